//! What trials of methods and authorizers share.

use crate::call::Refusal;
use crate::read;
use crate::state::{DeployedResource, Deployment};
use service::{Call, ServiceError};
use std::collections::BTreeMap;
use store::Snapshot;

/// An API as it is now, as if it were deployed.
pub fn undeployed(
    rows: &Snapshot,
    call: &Call,
    api: &str,
    resources: Vec<DeployedResource>,
) -> Result<Deployment, ServiceError> {
    Ok(Deployment {
        scope: call.scope.clone(),
        api: api.to_owned(),
        id: "test".to_owned(),
        description: None,
        created: call.now,
        resources,
        parts: read::parts(rows, &call.scope, api)?,
    })
}

/// The headers of a trial, those with many values as well as those with one.
pub fn headers(
    one: Option<BTreeMap<String, String>>,
    many: Option<BTreeMap<String, Vec<String>>>,
) -> Vec<(String, String)> {
    let many = many.unwrap_or_default();
    let mut headers: Vec<(String, String)> = one.unwrap_or_default().into_iter().collect();
    headers.retain(|(name, _)| !many.contains_key(name));
    for (name, values) in many {
        headers.extend(values.into_iter().map(|value| (name.clone(), value)));
    }
    headers
}

/// A response's headers: the last value of each, and all of them.
pub fn by_name(headers: &[(String, String)]) -> (BTreeMap<String, String>, BTreeMap<String, Vec<String>>) {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        all.entry(name.clone()).or_default().push(value.clone());
    }
    (headers.iter().cloned().collect(), all)
}

/// The log of a trial, which AWS shows to who tries.
pub fn log(call: &Call, lines: &[&str]) -> String {
    let mut log = format!("Execution log for request {}\n", call.request_id);
    for line in lines {
        log.push_str(&format!("{} : {line}\n", call.now.iso8601()));
    }
    log
}

pub fn log_of_refusal(call: &Call, refusal: &Refusal) -> String {
    log(
        call,
        &[
            &format!("Execution failed: {}", refusal.reason),
            &format!("Method completed with status: {}", refusal.status),
        ],
    )
}
