//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html>

use super::event_invoke_configs::{absent, found, must_say_something};
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::EventInvokeConfig;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::UpdateFunctionEventInvokeConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "UpdateFunctionEventInvokeConfig", &named)
    }

    /// What is not named stays.
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
        found(lambda, &named)?;
        let destinations = lambda.check_destinations(&named, input.destination_config.as_ref())?;
        let number = |given: Option<i32>| given.and_then(|n| u32::try_from(n).ok());
        let config = lambda
            .store
            .write(|tx: &mut Tx| {
                let before = tx.get::<EventInvokeConfig>(&EventInvokeConfig::key_of(&named))?;
                let before = EventInvokeConfig::clone(&*before.ok_or_else(|| absent(&named))?);
                let config = EventInvokeConfig {
                    maximum_age_s: number(input.maximum_event_age_in_seconds).or(before.maximum_age_s),
                    maximum_retries: number(input.maximum_retry_attempts).or(before.maximum_retries),
                    on_success: destinations.on_success.unwrap_or(before.on_success),
                    on_failure: destinations.on_failure.unwrap_or(before.on_failure),
                    last_modified: call.now,
                    ..before
                };
                tx.put(&config)?;
                Ok::<_, ServiceError>(config)
            })
            .await?;
        Ok(config.render())
    }
}
