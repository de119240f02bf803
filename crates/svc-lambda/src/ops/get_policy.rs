//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::name::LATEST;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetPolicy {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "GetPolicy", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let absent = || error::not_found("The resource you requested does not exist.");
        let resolved = lambda.resolve(&named)?.ok_or_else(absent)?;
        if named.qualifier.as_deref() == Some(LATEST) {
            return Err(absent());
        }
        let policy = resolved.policy().ok_or_else(absent)?;
        Ok(api::GetPolicyResponse {
            policy: Some(policy),
            revision_id: Some(resolved.policy_revision_id().to_owned()),
        })
    }
}
