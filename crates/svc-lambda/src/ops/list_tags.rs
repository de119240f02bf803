//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html>

use super::{access, tags};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListTags {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "ListTags", &tags::tagged(call, input.resource.as_deref())?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let function = lambda.function(&tags::tagged(call, input.resource.as_deref())?)?;
        Ok(api::ListTagsResponse { tags: Some(function.tags.clone()) })
    }
}
