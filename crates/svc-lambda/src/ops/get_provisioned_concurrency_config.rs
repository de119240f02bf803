//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html>

use super::provisioned_concurrency::{Progress, found};
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetProvisionedConcurrencyConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "GetProvisionedConcurrencyConfig", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let config = found(lambda, &named)?;
        let progress = Progress::of(lambda, &config)?;
        Ok(api::GetProvisionedConcurrencyConfigResponse {
            allocated_provisioned_concurrent_executions: Some(progress.ready),
            available_provisioned_concurrent_executions: Some(progress.ready),
            last_modified: Some(config.last_modified_text()),
            requested_provisioned_concurrent_executions: i32::try_from(config.requested).ok(),
            status: Some(progress.status),
            status_reason: progress.status_reason,
        })
    }
}
