//! <https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html>

use super::{access, condition_keys, tags};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::TagResource {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let asked = access(lambda, "TagResource", &tags::tagged(call, input.resource.as_deref())?)?;
        Ok(asked.into_iter().map(|a| condition_keys::with_request_tags(a, input.tags.as_ref())).collect())
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let named = tags::tagged(call, input.resource.as_deref())?;
        lambda
            .change(&named, |function| {
                let mut all = function.tags.clone();
                all.extend(input.tags.unwrap_or_default());
                function.tags = tags::checked(all)?;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
