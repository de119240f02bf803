//! A function without a code signing configuration, which is every function here, answers
//! its name alone.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetFunctionCodeSigningConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "GetFunctionCodeSigningConfig", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let function = lambda.function(&named(call, input.function_name.as_deref(), None)?)?;
        Ok(api::GetFunctionCodeSigningConfigResponse {
            code_signing_config_arn: None,
            function_name: Some(function.name.clone()),
        })
    }
}
