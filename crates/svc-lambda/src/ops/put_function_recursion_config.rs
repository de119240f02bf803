//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::PutFunctionRecursionConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "PutFunctionRecursionConfig", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        let allowed = input.recursive_loop.as_deref() == Some("Allow");
        let ((), function) = lambda
            .change(&named, |function| {
                function.recursion_allowed = allowed;
                Ok(())
            })
            .await?;
        Ok(api::PutFunctionRecursionConfigResponse { recursive_loop: Some(function.recursive_loop()) })
    }
}
