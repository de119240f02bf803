//! Recursive loops go through queues and topics, none of which moat has, so nothing could be
//! terminated; the answer is AWS's default.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetFunctionRecursionConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "GetFunctionRecursionConfig", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        lambda.function(&named(call, input.function_name.as_deref(), None)?)?;
        Ok(api::GetFunctionRecursionConfigResponse { recursive_loop: Some("Terminate".to_owned()) })
    }
}
