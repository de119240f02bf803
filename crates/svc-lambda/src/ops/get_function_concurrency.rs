//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetFunctionConcurrency {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "GetFunctionConcurrency", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let function = lambda.function(&named(call, input.function_name.as_deref(), None)?)?;
        let reserved = function.reserved_concurrency.and_then(|reserved| i32::try_from(reserved).ok());
        Ok(api::GetFunctionConcurrencyResponse { reserved_concurrent_executions: reserved })
    }
}
