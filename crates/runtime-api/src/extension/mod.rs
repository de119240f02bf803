//! The Extensions API: programs beside the runtime, and threads of the runtime's own process, that want to hear of
//! invocations and of the environment's end.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>

mod exit_error;
mod extensions;
mod init_error;
mod lifecycle;
mod next;
mod register;
mod session;

pub use exit_error::exit_error;
pub use extensions::{Ended, Extensions, Known};
pub use init_error::init_error;
pub use lifecycle::{Lifecycle, ShutdownReason};
pub use next::next;
pub use register::register;

use crate::answer::{self, Answer};
use base::Ids;
use http::HeaderMap;

/// Extensions of one environment, external and internal together.
/// <https://docs.aws.amazon.com/lambda/latest/dg/extensions-configuration.html>
pub const MAX_EXTENSIONS: usize = 10;

const NAME: &str = "lambda-extension-name";
const IDENTIFIER: &str = "lambda-extension-identifier";
const EVENT_IDENTIFIER: &str = "lambda-extension-event-identifier";
const FEATURES: &str = "lambda-extension-accept-feature";
const ERROR_TYPE: &str = "lambda-extension-function-error-type";

/// Why an extension's request was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub error_type: &'static str,
    pub message: String,
}

impl Refused {
    fn new(error_type: &'static str, message: impl Into<String>) -> Self {
        Self { error_type, message: message.into() }
    }

    fn state(from: &str, to: &str, whom: &str) -> Self {
        let message = format!(
            "State transition from {from} to {to} failed for extension {whom}. Error: State transition is not allowed"
        );
        Self::new("Extension.InvalidExtensionState", message)
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        answer::forbidden(refused.error_type, &refused.message)
    }
}

/// The identifier that the extension was given when it registered.
pub fn identifier(headers: &HeaderMap) -> Result<String, Refused> {
    let Some(identifier) = header(headers, IDENTIFIER) else {
        let message = "Missing Lambda-Extension-Identifier header";
        return Err(Refused::new("Extension.MissingExtensionIdentifier", message));
    };
    if !is_uuid(identifier) {
        let message = "Invalid Lambda-Extension-Identifier";
        return Err(Refused::new("Extension.InvalidExtensionIdentifier", message));
    }
    Ok(identifier.to_ascii_lowercase())
}

/// The type of error that an extension reports.
fn error_type(headers: &HeaderMap) -> Result<String, Refused> {
    let found = header(headers, ERROR_TYPE).map(str::to_owned);
    let missing =
        || Refused::new("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    found.ok_or_else(missing)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What extensions are told of the function beside which they run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub version: String,
    pub handler: String,
    pub account_id: String,
}

/// What the Extensions API needs beyond the environment's own conversation.
pub struct Surroundings {
    pub function: Function,
    /// The external extensions that have been started, by their names.
    pub extensions: Vec<String>,
    pub ids: std::sync::Arc<dyn Ids>,
    pub clock: std::sync::Arc<dyn base::Clock>,
    /// How telemetry reaches those who listen inside the environment.
    pub dial: std::sync::Arc<dyn crate::telemetry::Dial>,
}
