//! What happens to asynchronous invocations that fail or succeed.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>

use crate::name::{LATEST, Named};
use crate::{api, quota};
use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventInvokeConfig {
    pub scope: Scope,
    pub function_name: String,
    /// `$LATEST`, a number or an alias.
    pub qualifier: String,
    pub maximum_age_s: Option<u32>,
    pub maximum_retries: Option<u32>,
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
    pub last_modified: Timestamp,
}

impl store::Table for EventInvokeConfig {
    const NAME: &'static str = "lambda.event_invoke_config";

    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.function_name, self.qualifier))
    }
}

impl EventInvokeConfig {
    /// The key for what a request names.
    pub fn key_of(named: &Named) -> String {
        named.scope.key(&format!("{}:{}", named.name, named.qualifier.as_deref().unwrap_or(LATEST)))
    }

    pub fn arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("function:{}:{}", self.function_name, self.qualifier))
    }

    pub fn maximum_age(&self) -> Duration {
        self.maximum_age_s.map_or(quota::EVENT_AGE, |s| Duration::from_secs(u64::from(s)))
    }

    pub fn render(&self) -> api::FunctionEventInvokeConfig {
        api::FunctionEventInvokeConfig {
            destination_config: Some(api::DestinationConfig {
                on_failure: Some(api::OnFailure { destination: self.on_failure.clone() }),
                on_success: Some(api::OnSuccess { destination: self.on_success.clone() }),
            }),
            function_arn: Some(self.arn().to_string()),
            last_modified: Some(self.last_modified),
            maximum_event_age_in_seconds: self.maximum_age_s.and_then(|s| i32::try_from(s).ok()),
            maximum_retry_attempts: self.maximum_retries.and_then(|n| i32::try_from(n).ok()),
        }
    }
}
