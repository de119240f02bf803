//! What is taken down of a call while the caller waits; everything else happens later.

use super::names;
use super::parameters::HIDDEN;
use crate::state::Reasons;
use base::{AccountId, Arn};
use policy::Principal;
use service::{Call, Denial, Event, Noted};
use wire::schema::Model;

/// One call that ended, as it goes to the task that writes.
pub struct Observed {
    pub call: Call,
    pub proven: bool,
    pub model: &'static Model,
    pub operation: String,
    /// Where REST protocols find the operation; Lambda's names have the date in it.
    pub uri: &'static str,
    pub input: serde_json::Value,
    pub output: serde_json::Value,
    pub error: Option<Failure>,
}

/// The error that a call ended with.
pub struct Failure {
    pub code: String,
    pub message: String,
    pub status: u16,
    pub denial: Option<Box<Denial>>,
}

impl Observed {
    /// What is kept of a call: nothing of a data event that was let through, of which there may
    /// be thousands a second.
    pub fn of(event: Event<'_>) -> Option<Self> {
        let denied = event.error.is_some_and(|error| error.denial.is_some());
        if !denied && names::is_data(event.model.service.signing_name, event.operation) {
            return None;
        }
        Some(Self::kept(event))
    }

    fn kept(event: Event<'_>) -> Self {
        let error = event.error.map(|error| Failure {
            code: error.code.clone().into_owned(),
            message: without_secrets(&error.message, event.input.as_ref()),
            status: error.status,
            denial: error.denial.clone(),
        });
        let json = |noted: Option<Noted>| noted.map_or(serde_json::Value::Null, |noted| noted.json);
        let (input, output) = (json(event.input), json(event.output));
        Self {
            call: attributed(event.call, &input),
            proven: event.proven,
            model: event.model,
            operation: event.operation.to_owned(),
            uri: event.shapes.map_or("", |operation| operation.uri),
            input,
            output,
            error,
        }
    }
}

/// Nobody signs for a role by a token: such a call belongs to the role's account.
fn attributed(call: &Call, input: &serde_json::Value) -> Call {
    let mut call = call.clone();
    if call.caller.principal == Principal::Anonymous
        && let Some(arn) = input.get("roleArn").and_then(serde_json::Value::as_str)
        && let Some(account) = arn.parse::<Arn>().ok().and_then(|arn| arn.account.parse::<AccountId>().ok())
    {
        call.scope.account = account.clone();
        call.caller.account = account;
    }
    call
}

/// The text without the secrets of the input: errors like to repeat what was wrong.
pub fn without_secrets(text: &str, input: Option<&Noted>) -> String {
    let secrets = input.into_iter().flat_map(|noted| &noted.secrets);
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret.expose(), HIDDEN))
}

impl Failure {
    pub fn reasons(&self) -> Option<Reasons> {
        let Denial { action, resource, decision, remarks } = self.denial.as_deref()?;
        let decision = decision.as_deref();
        Some(Reasons {
            action: action.clone(),
            resource: resource.clone(),
            deciding: decision.iter().flat_map(|d| &d.deciding).map(ToString::to_string).collect(),
            missing: decision.iter().flat_map(|d| &d.missing).map(ToString::to_string).collect(),
            remarks: remarks.clone(),
        })
    }
}
