//! Shows network ACLs with their entries and associations.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkAcls {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkAcls"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("networkAclIdsSet", &input.network_acl_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<NetworkAcl>(input.network_acl_ids.as_ref())?;
        let shown = rows.iter().map(|row| render::network_acl(&view, row)).collect::<Result<_, _>>()?;
        let page = wanted.select(shown)?;
        Ok(api::DescribeNetworkAclsResult { network_acls: Some(page.items), next_token: page.next_token })
    }
}
