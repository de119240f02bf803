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

pub fn too_many_groups() -> ServiceError {
    ServiceError::client("LimitExceededException", "Resource limit exceeded.")
}

pub fn too_many_tags(arn: String) -> ServiceError {
    ServiceError::client("TooManyTagsException", "A resource can have no more than 50 tags.")
        .with("resourceName", wire::Value::String(arn))
}
