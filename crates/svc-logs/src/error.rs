//! CloudWatch Logs' errors, in its words.

use service::ServiceError;

pub fn no_group() -> ServiceError {
    ServiceError::client("ResourceNotFoundException", "The specified log group does not exist.")
}

pub fn no_stream() -> ServiceError {
    ServiceError::client("ResourceNotFoundException", "The specified log stream does not exist.")
}

pub fn group_exists() -> ServiceError {
    ServiceError::client("ResourceAlreadyExistsException", "The specified log group already exists")
}

pub fn stream_exists() -> ServiceError {
    ServiceError::client("ResourceAlreadyExistsException", "The specified log stream already exists")
}

pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidParameterException", message)
}

/// A request names its group by name and by identifier.
pub fn two_names() -> ServiceError {
    let text = "LogGroup name and LogGroup ARN are mutually exclusive parameters.";
    ServiceError::client("ValidationException", text)
}

pub fn limit_exceeded() -> ServiceError {
    ServiceError::client("LimitExceededException", "Resource limit exceeded.")
}

pub fn too_many_tags(arn: String) -> ServiceError {
    ServiceError::client("TooManyTagsException", "A resource can have no more than 50 tags.")
        .with("resourceName", wire::Value::String(arn))
}

/// The group is of a class that lacks the operation.
pub fn not_standard() -> ServiceError {
    ServiceError::client("ValidationException", "This operation is only supported on the Standard log class.")
}

pub fn no_subscription_filter() -> ServiceError {
    let text = "The specified subscription filter does not exist.";
    ServiceError::client("ResourceNotFoundException", text)
}

pub fn no_metric_filter() -> ServiceError {
    ServiceError::client("ResourceNotFoundException", "The specified metric filter does not exist.")
}

pub fn not_executable() -> ServiceError {
    invalid(
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your \
         function.",
    )
}
