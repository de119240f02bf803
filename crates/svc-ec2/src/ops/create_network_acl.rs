//! Makes a network ACL, which denies everything until it has entries.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAcl.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateNetworkAcl {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateNetworkAcl")
            .create::<NetworkAcl>(input.tag_specifications.as_ref())?
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let acl = create(change, &input)?;
            Ok(api::CreateNetworkAclResult {
                network_acl: Some(render::network_acl(change, &acl)?),
                client_token: input.client_token.clone(),
            })
        })
        .await
    }
}

/// A new network ACL denies everything.
fn create(change: &mut Change<'_>, input: &api::CreateNetworkAclRequest) -> Result<NetworkAcl, ServiceError> {
    let vpc = change.find::<Vpc>(required(&input.vpc_id, "VpcId")?)?;
    let siblings = change.having::<NetworkAcl>(|acl| acl.vpc == vpc.id)?;
    let token = input.client_token.as_ref();
    if let Some(same) = siblings.iter().find(|a| token.is_some() && a.client_token.as_ref() == token) {
        return Ok(NetworkAcl::clone(same));
    }
    room(siblings.len(), change.quotas().network_acls_per_vpc, "NetworkAclLimitExceeded", "network ACLs")?;
    let acl = NetworkAcl {
        scope: change.scope().clone(),
        id: change.id("acl"),
        vpc: vpc.id.clone(),
        is_default: false,
        entries: Vec::new(),
        associations: Vec::new(),
        client_token: token.cloned(),
        tags: tags::specified(NetworkAcl::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&acl)?;
    Ok(acl)
}
