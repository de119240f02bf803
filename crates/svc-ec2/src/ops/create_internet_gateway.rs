//! Makes an internet gateway, attached to nothing yet.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateInternetGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateInternetGateway")
            .create::<InternetGateway>(input.tag_specifications.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let tags = tags::specified(InternetGateway::KIND, input.tag_specifications.as_ref())?;
        ec2.change(call, input.dry_run, |change| {
            let have = change.all::<InternetGateway>()?.len();
            let quota = change.quotas().internet_gateways_per_region;
            room(have, quota, "InternetGatewayLimitExceeded", "internet gateways")?;
            let gateway =
                InternetGateway { scope: change.scope().clone(), id: change.id("igw"), vpc: None, tags };
            change.put(&gateway)?;
            let shown = render::internet_gateway(&gateway);
            Ok(api::CreateInternetGatewayResult { internet_gateway: Some(shown) })
        })
        .await
    }
}
