//! Makes the gateway by which IPv6 goes out of a VPC and nothing comes in.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateEgressOnlyInternetGateway.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateEgressOnlyInternetGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateEgressOnlyInternetGateway")
            .create::<EgressOnlyInternetGateway>(input.tag_specifications.as_ref())?
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.vpc_id, "VpcId")?;
        let tags = tags::specified(EgressOnlyInternetGateway::KIND, input.tag_specifications.as_ref())?;
        let token = input.client_token.clone();
        let gateway = ec2.change(call, input.dry_run, |change| create(change, id, token, tags)).await?;
        Ok(api::CreateEgressOnlyInternetGatewayResult {
            client_token: input.client_token.clone(),
            egress_only_internet_gateway: Some(render::egress_only_internet_gateway(&gateway)),
        })
    }
}

fn create(
    change: &mut Change<'_>,
    id: &str,
    token: Option<String>,
    tags: Tags,
) -> Result<EgressOnlyInternetGateway, ServiceError> {
    let vpc = change.find::<Vpc>(id)?;
    let all = change.all::<EgressOnlyInternetGateway>()?;
    if let Some(same) = all.iter().find(|g| token.is_some() && g.client_token == token) {
        return Ok((**same).clone());
    }
    let quota = change.quotas().egress_only_internet_gateways_per_region;
    let (code, noun) = ("EgressOnlyInternetGatewayLimitExceeded", "egress-only internet gateways");
    room(all.len(), quota, code, noun)?;
    // One can be attached to a VPC at a time.
    room(
        all.iter().filter(|g| g.vpc == vpc.id).count(),
        1,
        code,
        "egress-only internet gateways of this VPC",
    )?;
    let gateway = EgressOnlyInternetGateway {
        scope: change.scope().clone(),
        id: change.id("eigw"),
        vpc: vpc.id.clone(),
        client_token: token,
        tags,
    };
    change.put(&gateway)?;
    Ok(gateway)
}
