//! Errors that several operations give.

use service::ServiceError;

pub fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::client("ValidationError", message)
}

pub fn no_group(name: &str) -> ServiceError {
    validation(format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"))
}

/// An instance that is in no group.
pub fn no_instance(id: &str) -> ServiceError {
    validation(format!("Instance Id not found - No managed instance found for instance ID: {id}"))
}

/// An instance that is not in this group.
pub fn not_in_group(id: &str, group: &str) -> ServiceError {
    validation(format!("The instance {id} is not part of Auto Scaling group {group}."))
}

pub fn no_target_groups() -> ServiceError {
    validation("Provided Target Groups may not be valid. Please ensure they exist and try again.")
}
