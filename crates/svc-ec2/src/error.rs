//! The errors that many operations share, with AWS's codes and texts.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>

use service::ServiceError;
use std::fmt::Display;

pub(crate) fn invalid_value(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidParameterValue", message)
}

pub(crate) fn invalid_parameter(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidParameter", message)
}

pub(crate) fn combination(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidParameterCombination", message)
}

pub(crate) fn missing(parameter: &str) -> ServiceError {
    ServiceError::client("MissingParameter", format!("The request must contain the parameter {parameter}"))
}

pub(crate) fn bad_cidr(value: &str, parameter: &str) -> ServiceError {
    invalid_value(format!(
        "Value ({value}) for parameter {parameter} is invalid. This is not a valid CIDR block."
    ))
}

pub(crate) fn bad_value(value: impl Display, parameter: &str, why: &str) -> ServiceError {
    invalid_value(format!("Value ({value}) for parameter {parameter} is invalid. {why}"))
}

/// `noun` as AWS writes it: `vpc`, `subnet`, `routeTable`, …
pub(crate) fn dependency(noun: &str, id: impl Display) -> ServiceError {
    ServiceError::client(
        "DependencyViolation",
        format!("The {noun} '{id}' has dependencies and cannot be deleted."),
    )
}

pub(crate) fn different_networks(id: impl Display) -> ServiceError {
    invalid_parameter(format!("{id} belongs to a different network."))
}

pub(crate) fn dry_run() -> ServiceError {
    ServiceError::client("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        .status(412)
}

/// Ends a call that only wanted to know whether it would be allowed.
pub(crate) fn unless_dry(flag: Option<bool>) -> Result<(), ServiceError> {
    if flag == Some(true) { Err(dry_run()) } else { Ok(()) }
}

/// AWS's refusal to let users touch what belongs to a service.
pub(crate) fn not_yours() -> ServiceError {
    ServiceError::client("AuthFailure", "You do not have permission to access the specified resource.")
        .status(403)
}

pub(crate) fn no_association(id: &str) -> ServiceError {
    ServiceError::client("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}

pub(crate) fn already_associated(message: impl Into<String>) -> ServiceError {
    ServiceError::client("Resource.AlreadyAssociated", message)
}

/// The parameter that a caller gave, or AWS's complaint that it is missing.
pub(crate) fn required<'a>(value: &'a Option<String>, parameter: &str) -> Result<&'a str, ServiceError> {
    match value.as_deref() {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(missing(parameter)),
    }
}

/// Refuses parameters that ask for something moat does not have, so that none is ignored.
pub(crate) fn refuse(operation: &str, asked: &[(&str, bool)]) -> Result<(), ServiceError> {
    match asked.iter().find(|(_, present)| *present) {
        Some((name, _)) => {
            Err(ServiceError::not_implemented(&format!("the parameter {name} of ec2:{operation}")))
        }
        None => Ok(()),
    }
}
