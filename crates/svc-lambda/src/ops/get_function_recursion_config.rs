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
        let function = lambda.function(&named(call, input.function_name.as_deref(), None)?.unqualified())?;
        Ok(api::GetFunctionRecursionConfigResponse { recursive_loop: Some(function.recursive_loop()) })
    }
}
