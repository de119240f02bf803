//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>

use super::event_invoke_configs::{must_exist, must_say_something};
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::EventInvokeConfig;
use crate::name::LATEST;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::PutFunctionEventInvokeConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "PutFunctionEventInvokeConfig", &named)
    }

    /// What is not named goes back to the default.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        must_say_something(
            input.maximum_event_age_in_seconds,
            input.maximum_retry_attempts,
            input.destination_config.as_ref(),
        )?;
        must_exist(lambda, &named)?;
        let destinations = lambda.check_destinations(&named, input.destination_config.as_ref())?;
        let config = EventInvokeConfig {
            scope: named.scope.clone(),
            function_name: named.name.clone(),
            qualifier: named.qualifier.clone().unwrap_or_else(|| LATEST.to_owned()),
            maximum_age_s: input.maximum_event_age_in_seconds.and_then(|s| u32::try_from(s).ok()),
            maximum_retries: input.maximum_retry_attempts.and_then(|n| u32::try_from(n).ok()),
            on_success: destinations.on_success.flatten(),
            on_failure: destinations.on_failure.flatten(),
            last_modified: call.now,
        };
        lambda.store.write(|tx: &mut Tx| tx.put(&config).map_err(ServiceError::from)).await?;
        Ok(config.render())
    }
}
