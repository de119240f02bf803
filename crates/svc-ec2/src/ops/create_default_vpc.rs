//! Makes the default VPC again after it was deleted.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html>

use crate::default_vpc;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateDefaultVpc {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "CreateDefaultVpc"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            if default_vpc::find(change)?.is_some() {
                return Err(ServiceError::client(
                    "DefaultVpcAlreadyExists",
                    "A Default VPC already exists for this account in this region.",
                ));
            }
            let vpc = default_vpc::create(change)?;
            Ok(api::CreateDefaultVpcResult { vpc: Some(render::vpc(&vpc)) })
        })
        .await
    }
}
