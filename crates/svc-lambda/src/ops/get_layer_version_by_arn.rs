//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html>

use crate::lambda::Lambda;
use crate::layers::NamedLayer;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetLayerVersionByArn {
    fn access(lambda: &Lambda, _: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = input.arn.as_deref().unwrap_or_default();
        match NamedLayer::parse(arn) {
            Some(layer) => Ok(vec![lambda.access_to_layer("GetLayerVersion", &layer)?]),
            None => Ok(vec![Access::to("lambda:GetLayerVersion", arn)]),
        }
    }

    async fn run(
        lambda: &Lambda,
        _: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let found = lambda.find_layer(&named(&input)?)?.ok_or_else(error::no_such_resource)?;
        Ok(found.render())
    }
}

fn named(input: &api::GetLayerVersionByArnRequest) -> Result<NamedLayer, ServiceError> {
    NamedLayer::parse(input.arn.as_deref().unwrap_or_default()).ok_or_else(error::no_such_resource)
}
