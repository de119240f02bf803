//! Shows peering connections.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeVpcPeeringConnections {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeVpcPeeringConnections"))
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
            ("vpcPeeringConnectionIdsSet", &input.vpc_peering_connection_ids),
        );
        let view = ec2.look(call).await?;
        let ids = input.vpc_peering_connection_ids.as_ref();
        let mut shown = Vec::new();
        for row in view.named::<VpcPeeringConnection>(ids)? {
            if row.is_visible(call.now) {
                shown.push(render::vpc_peering_connection(&view, &row, call.now)?);
            } else if ids.is_some_and(|ids| ids.iter().any(|id| id == row.id.as_str())) {
                return Err(VpcPeeringConnection::missing(row.id.as_str()));
            }
        }
        let page = wanted.select(shown)?;
        Ok(api::DescribeVpcPeeringConnectionsResult {
            vpc_peering_connections: Some(page.items),
            next_token: page.next_token,
        })
    }
}
