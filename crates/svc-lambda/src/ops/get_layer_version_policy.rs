//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html>

use crate::lambda::Lambda;
use crate::layers::NamedLayer;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetLayerVersionPolicy {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![lambda.access_to_layer("GetLayerVersionPolicy", &named(call, input))?])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let layer = named(call, &input);
        let found = lambda.find_layer(&layer)?;
        let found = found.ok_or_else(|| error::layer_version_not_found(&layer.arn()))?;
        let policy = found.policy();
        let policy =
            policy.ok_or_else(|| error::not_found("No policy is associated with the given resource."))?;
        Ok(api::GetLayerVersionPolicyResponse {
            policy: Some(policy),
            revision_id: Some(found.policy_revision_id.clone()),
        })
    }
}

fn named(call: &Call, input: &api::GetLayerVersionPolicyRequest) -> NamedLayer {
    let name = input.layer_name.as_deref().unwrap_or_default();
    NamedLayer::of(&call.scope, name, input.version_number.unwrap_or_default())
}
