//! <https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html>

use super::{access, tags};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::UntagResource {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let keys = input.tag_keys.clone().unwrap_or_default();
        let asked = access(lambda, "UntagResource", &tags::tagged(call, input.resource.as_deref())?)?;
        Ok(asked.into_iter().map(|access| access.context("aws:TagKeys", keys.clone())).collect())
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let named = tags::tagged(call, input.resource.as_deref())?;
        let keys = input.tag_keys.unwrap_or_default();
        lambda
            .change(&named, |function| {
                function.tags.retain(|key, _| !keys.contains(key));
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
