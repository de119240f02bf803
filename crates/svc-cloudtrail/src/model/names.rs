//! How CloudTrail calls things.

use base::Timestamp;
use wire::schema::{Model, Protocol};

/// The region in which the events of global services are.
pub const GLOBAL_REGION: &str = "us-east-1";
const GLOBAL: [&str; 2] = ["iam", "sts"];

pub fn is_global(service: &str) -> bool {
    GLOBAL.contains(&service)
}

/// Operations on data, not on resources: trails record them when told to, LookupEvents never
/// shows them.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>
pub fn is_data(service: &str, operation: &str) -> bool {
    match service {
        "lambda" => operation.starts_with("Invoke"),
        "logs" => operation == "PutLogEvents",
        _ => false,
    }
}

/// What operations that read begin with.
const READING: [&str; 18] = [
    "AssumeRole",
    "BatchGet",
    "Check",
    "Decode",
    "Describe",
    "Estimate",
    "Filter",
    "GenerateCredentialReport",
    "GenerateServiceLastAccessedDetails",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Search",
    "Select",
    "Simulate",
    "Validate",
];

pub fn is_read_only(operation: &str) -> bool {
    READING.iter().any(|verb| operation.starts_with(verb))
}

pub fn event_source(model: &Model) -> String {
    format!("{}.amazonaws.com", model.service.endpoint_prefix)
}

/// Lambda's operations whose second form the events name.
const SECOND_FORMS: [&str; 9] = [
    "AddPermission",
    "GetFunction",
    "GetFunctionConfiguration",
    "GetPolicy",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
];

/// The operation's name; Lambda's have the version of its API in them, as in
/// `GetFunction20150331v2`. <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>
pub fn event_name(service: &str, operation: &str, uri: &str) -> String {
    if service != "lambda" {
        return operation.to_owned();
    }
    let date: String = uri.split('/').nth(1).unwrap_or_default().split('-').collect();
    let second = if SECOND_FORMS.contains(&operation) { "v2" } else { "" };
    if date.len() == 8 { format!("{operation}{date}{second}") } else { operation.to_owned() }
}

/// EC2 says whose fault it was; others have the name of the exception, and plainly
/// `AccessDenied` for a denial.
pub fn error_code(model: &Model, code: &str, status: u16, denied: bool) -> String {
    if model.service.protocol == Protocol::Ec2Query {
        let side = if status >= 500 { "Server" } else { "Client" };
        return format!("{side}.{code}");
    }
    if denied {
        return "AccessDenied".to_owned();
    }
    model.error(code).map_or(code, |shape| shape.name).to_owned()
}

/// `FunctionName` becomes `functionName`, `DBInstanceIdentifier` becomes `dBInstanceIdentifier`.
pub fn lower_camel(name: &str) -> String {
    with_first(name, |first| first.to_ascii_lowercase())
}

pub fn capitalised(name: &str) -> String {
    with_first(name, |first| first.to_ascii_uppercase())
}

fn with_first(name: &str, change: impl Fn(char) -> char) -> String {
    let mut chars = name.chars();
    chars.next().map(change).into_iter().chain(chars).collect()
}

/// `Jan 2, 2026, 3:04:05 AM`.
pub fn date(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let utc = at.to_utc();
    let month = MONTHS.get(usize::from(u8::from(utc.month())).saturating_sub(1)).unwrap_or(&"Jan");
    let (half, hour) = (if utc.hour() < 12 { "AM" } else { "PM" }, (utc.hour() + 11) % 12 + 1);
    format!("{month} {}, {}, {hour}:{:02}:{:02} {half}", utc.day(), utc.year(), utc.minute(), utc.second())
}
