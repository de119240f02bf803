//! Where the outcomes of asynchronous invocations may go.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use crate::lambda::Lambda;
use crate::name::Named;
use crate::{api, error};
use base::Arn;
use service::ServiceError;

/// Services whose resources AWS takes as destinations and moat does not have.
const UNSERVED: [(&str, &str); 4] = [
    ("sqs", "a destination in Amazon SQS"),
    ("sns", "a destination in Amazon SNS"),
    ("events", "a destination in Amazon EventBridge"),
    ("s3", "a destination in Amazon S3"),
];

/// Destinations as they were asked for and may be.
#[derive(Debug, Default)]
pub struct Destinations {
    /// `Some(None)` takes one away.
    pub on_success: Option<Option<String>>,
    pub on_failure: Option<Option<String>>,
}

impl Lambda {
    pub(crate) fn check_destinations(
        &self,
        function: &Named,
        given: Option<&api::DestinationConfig>,
    ) -> Result<Destinations, ServiceError> {
        let Some(given) = given else { return Ok(Destinations::default()) };
        let success = given.on_success.as_ref().map(|d| d.destination.as_deref().unwrap_or_default());
        let failure = given.on_failure.as_ref().map(|d| d.destination.as_deref().unwrap_or_default());
        for destination in [success, failure].into_iter().flatten().filter(|d| !d.is_empty()) {
            self.check_destination(function, destination, success, failure)?;
        }
        let stored = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Destinations { on_success: success.map(stored), on_failure: failure.map(stored) })
    }

    fn check_destination(
        &self,
        function: &Named,
        destination: &str,
        success: Option<&str>,
        failure: Option<&str>,
    ) -> Result<(), ServiceError> {
        let arn = destination.parse::<Arn>().ok();
        let service = arn.as_ref().map(|arn| arn.service.as_str()).unwrap_or_default();
        if let Some((_, what)) = UNSERVED.iter().find(|(unserved, _)| *unserved == service) {
            return Err(ServiceError::not_implemented(what));
        }
        if service != "lambda" {
            return Err(error::invalid_parameter(format!(
                "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
                shown("OnSuccess", success),
                shown("OnFailure", failure)
            )));
        }
        let invalid = || error::invalid_parameter(format!("The destination ARN {destination} is invalid."));
        let target = Named::parse(&function.scope, destination, None).map_err(|_| invalid())?;
        if target.scope == function.scope && target.name == function.name {
            return Err(error::invalid_parameter(
                "You can't specify the function as a destination for itself.",
            ));
        }
        if target.scope != function.scope || self.find(&target)?.is_none() {
            return Err(invalid());
        }
        let role = &self.function(&function.unqualified())?.settings.role;
        if !self.needs.permissions.allows(role, "lambda:InvokeFunction", destination) {
            return Err(error::invalid_parameter(format!(
                "The function's execution role does not have permissions to call InvokeFunction on {destination}"
            )));
        }
        Ok(())
    }
}

fn shown(name: &str, destination: Option<&str>) -> String {
    destination.map_or_else(|| "null".to_owned(), |d| format!("{name}(destination={d})"))
}
