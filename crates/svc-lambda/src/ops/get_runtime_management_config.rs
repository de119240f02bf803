//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetRuntimeManagementConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "GetRuntimeManagementConfig", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let function = lambda.function(&named)?;
        Ok(api::GetRuntimeManagementConfigResponse {
            function_arn: Some(function.version_arn().to_string()),
            runtime_version_arn: None,
            update_runtime_on: Some("Auto".to_owned()),
        })
    }
}
