//! How a trail does. There are no trails, so the answer is that this one is not there.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>

use crate::{CloudTrail, api, error};
use base::Arn;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<CloudTrail> for api::GetTrailStatus {
    fn access(_: &CloudTrail, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let name = input.name.as_deref().unwrap_or_default();
        let arn = if name.starts_with("arn:") {
            name.to_owned()
        } else {
            Arn::regional("cloudtrail", &call.scope, format!("trail/{name}")).to_string()
        };
        Ok(vec![Access::to("cloudtrail:GetTrailStatus", arn)])
    }

    async fn run(
        _: &CloudTrail,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        Err(error::no_trail(input.name.as_deref().unwrap_or_default(), &call.scope.account))
    }
}
