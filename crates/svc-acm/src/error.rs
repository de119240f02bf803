//! Errors that several operations give.

use service::ServiceError;

pub fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::client("ValidationException", message)
}

pub fn not_found(arn: &str) -> ServiceError {
    ServiceError::client("ResourceNotFoundException", format!("Could not find certificate {arn}."))
}

pub fn invalid_arn(arn: &str) -> ServiceError {
    ServiceError::client("InvalidArnException", format!("Invalid ARN: {arn}"))
}

pub fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::client("LimitExceededException", message)
}
