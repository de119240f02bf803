//! Changes the options of a peering connection, none of which can be on in moat.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcPeeringConnectionOptions.html>

use crate::op::*;

impl Handler<Ec2> for api::ModifyVpcPeeringConnectionOptions {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ModifyVpcPeeringConnectionOptions")
            .on::<VpcPeeringConnection>(required(
                &input.vpc_peering_connection_id,
                "VpcPeeringConnectionId",
            )?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let accepter = input.accepter_peering_connection_options.as_ref();
        let requester = input.requester_peering_connection_options.as_ref();
        if accepter.is_none() && requester.is_none() {
            return Err(missing("accepterPeeringConnectionOptions"));
        }
        for options in [accepter, requester].into_iter().flatten() {
            check(options)?;
        }
        let id = required(&input.vpc_peering_connection_id, "VpcPeeringConnectionId")?;
        if !ec2.look(call).await?.find::<VpcPeeringConnection>(id)?.is_active() {
            return Err(ServiceError::client(
                "OperationNotPermitted",
                format!("Peering {id} is not active. Peering options can be added only to active peerings."),
            ));
        }
        unless_dry(input.dry_run)?;
        let off = || api::PeeringConnectionOptions {
            allow_dns_resolution_from_remote_vpc: Some(false),
            allow_egress_from_local_classic_link_to_remote_vpc: Some(false),
            allow_egress_from_local_vpc_to_remote_classic_link: Some(false),
        };
        Ok(api::ModifyVpcPeeringConnectionOptionsResult {
            accepter_peering_connection_options: accepter.map(|_| off()),
            requester_peering_connection_options: requester.map(|_| off()),
        })
    }
}

/// Public names do not resolve inside a VPC, so a peer's cannot either; EC2-Classic is gone.
fn check(options: &api::PeeringConnectionOptionsRequest) -> Result<(), ServiceError> {
    let on = |option: Option<bool>| option == Some(true);
    refuse(
        "ModifyVpcPeeringConnectionOptions",
        &[
            ("AllowDnsResolutionFromRemoteVpc", on(options.allow_dns_resolution_from_remote_vpc)),
            (
                "AllowEgressFromLocalClassicLinkToRemoteVpc",
                on(options.allow_egress_from_local_classic_link_to_remote_vpc),
            ),
            (
                "AllowEgressFromLocalVpcToRemoteClassicLink",
                on(options.allow_egress_from_local_vpc_to_remote_classic_link),
            ),
        ],
    )
}
