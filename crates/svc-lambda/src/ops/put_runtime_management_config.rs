//! A runtime is the machine's interpreter, so moat can hold no function to one version of it.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::refuse;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::PutRuntimeManagementConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "PutRuntimeManagementConfig", &named)
    }

    /// `Auto` is what every function has.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let function = lambda.function(&named)?;
        let update = input.update_runtime_on.as_deref();
        refuse(&[
            (update == Some("Manual"), "UpdateRuntimeOn Manual"),
            (update == Some("FunctionUpdate"), "UpdateRuntimeOn FunctionUpdate"),
        ])?;
        Ok(api::PutRuntimeManagementConfigResponse {
            function_arn: Some(function.version_arn().to_string()),
            runtime_version_arn: None,
            update_runtime_on: input.update_runtime_on.clone(),
        })
    }
}
