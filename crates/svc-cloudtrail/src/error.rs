//! CloudTrail's errors.

use service::ServiceError;

pub fn one_attribute_only() -> ServiceError {
    ServiceError::client("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
}

pub fn bad_read_only(value: &str) -> ServiceError {
    ServiceError::client(
        "InvalidLookupAttributesException",
        format!("The value {value} of the lookup attribute ReadOnly is not true or false."),
    )
}

pub fn time_range() -> ServiceError {
    ServiceError::client("InvalidTimeRangeException", "The start time must not be after the end time.")
}

pub fn max_results() -> ServiceError {
    ServiceError::client("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
}

pub fn next_token() -> ServiceError {
    ServiceError::client(
        "InvalidNextTokenException",
        "The token is not valid, or was given with different parameters.",
    )
}

pub fn no_trail(name: &str, account: &base::AccountId) -> ServiceError {
    ServiceError::client("TrailNotFoundException", format!("Unknown trail: {name} for the user: {account}"))
}
