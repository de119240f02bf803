//! AWS's errors, in AWS's words.

use service::ServiceError;

pub(crate) fn not_found() -> ServiceError {
    ServiceError::client("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

pub(crate) fn no_value_for_stage(stage: &str) -> ServiceError {
    ServiceError::client(
        "ResourceNotFoundException",
        format!("Secrets Manager can't find the specified secret value for staging label: {stage}"),
    )
}

pub(crate) fn no_value_for_version(version: &str) -> ServiceError {
    ServiceError::client(
        "ResourceNotFoundException",
        format!("Secrets Manager can't find the specified secret value for VersionId: {version}"),
    )
}

pub(crate) fn marked_for_deletion() -> ServiceError {
    invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
}

pub(crate) fn already_exists(name: &str) -> ServiceError {
    ServiceError::client(
        "ResourceExistsException",
        format!("The operation failed because the secret {name} already exists."),
    )
}

pub(crate) fn token_in_use(token: &str, arn: &str) -> ServiceError {
    let text = format!(
        "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
    );
    ServiceError::client("ResourceExistsException", text)
}

pub(crate) fn token_missing() -> ServiceError {
    invalid_request("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
}

pub(crate) fn too_large() -> ServiceError {
    limit_exceeded(&format!("The secret value can't be longer than {} bytes.", crate::quota::VALUE_BYTES))
}

/// Secrets that another service made and owns can be changed through that service only.
pub(crate) fn owned_by(service: &str) -> ServiceError {
    invalid_request(format!(
        "You can't perform this operation on the secret because it is managed by {service}."
    ))
}

pub(crate) fn next_token() -> ServiceError {
    ServiceError::client("InvalidNextTokenException", "The NextToken value is invalid.")
}

pub(crate) fn limit_exceeded(text: &str) -> ServiceError {
    ServiceError::client("LimitExceededException", text)
}

pub(crate) fn invalid_request(text: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidRequestException", text)
}

pub(crate) fn invalid_parameter(text: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidParameterException", text)
}

/// The pipeline checks required members before an operation runs, so this is not reached by
/// clients; it keeps the operations free of panics.
pub(crate) fn missing(member: &'static str) -> ServiceError {
    invalid_parameter(format!("You must provide {member}."))
}
