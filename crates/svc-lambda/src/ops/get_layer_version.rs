//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html>

use crate::lambda::Lambda;
use crate::layers::NamedLayer;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetLayerVersion {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![lambda.access_to_layer("GetLayerVersion", &named(call, input))?])
    }

    /// The content has no `Location`: moat serves no presigned download.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let layer = named(call, &input);
        if layer.number < 1 {
            return Err(error::layer_version_too_low());
        }
        let found = lambda.find_layer(&layer)?.ok_or_else(error::no_such_resource)?;
        Ok(found.render())
    }
}

fn named(call: &Call, input: &api::GetLayerVersionRequest) -> NamedLayer {
    let name = input.layer_name.as_deref().unwrap_or_default();
    NamedLayer::of(&call.scope, name, input.version_number.unwrap_or_default())
}
