//! IAM's errors, with AWS's codes, texts and statuses.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>

use service::ServiceError;

pub(crate) fn no_such_entity(message: impl Into<String>) -> ServiceError {
    ServiceError::client("NoSuchEntity", message).status(404)
}

pub(crate) fn no_such(noun: &str, name: &str) -> ServiceError {
    no_such_entity(format!("The {noun} with name {name} cannot be found."))
}

pub(crate) fn already_exists(message: impl Into<String>) -> ServiceError {
    ServiceError::client("EntityAlreadyExists", message).status(409)
}

pub(crate) fn delete_conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::client("DeleteConflict", message).status(409)
}

pub(crate) fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::client("LimitExceeded", message).status(409)
}

/// The common form: which quota, and its value.
pub(crate) fn quota(name: &str, value: usize) -> ServiceError {
    limit_exceeded(format!("Cannot exceed quota for {name}: {value}"))
}

pub(crate) fn malformed(message: impl ToString) -> ServiceError {
    ServiceError::client("MalformedPolicyDocument", message.to_string())
}

pub(crate) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::client("ValidationError", message)
}

pub(crate) fn policy_violation(message: impl Into<String>) -> ServiceError {
    ServiceError::client("PasswordPolicyViolation", message)
}

pub(crate) fn invalid_input(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidInput", message)
}

pub(crate) fn protected_role(name: &str) -> ServiceError {
    ServiceError::client(
        "UnmodifiableEntity",
        format!(
            "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        ),
    )
}
