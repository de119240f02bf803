//! The values of API keys.

use crate::state::{ApiKey, UsagePlan};
use crate::{ApiGateway, error};
use service::ServiceError;
use sha2::{Digest, Sha256};
use store::{Fault, Snapshot};

/// A value that somebody chose.
pub fn key_value(value: String) -> Result<String, ServiceError> {
    match value.len() {
        0..20 => Err(error::bad_request("API Key value should be at least 20 characters")),
        20..=128 => Ok(value),
        _ => Err(error::bad_request("API Key value exceeds maximum size of 128 characters")),
    }
}

/// What a value is found by.
pub fn digest(value: &str) -> String {
    let digits = Sha256::digest(value).into_iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// `API/STAGE` of the plans that the key is in.
pub fn stage_keys(rows: &Snapshot, key: &ApiKey) -> Result<Vec<String>, Fault> {
    let plans = rows.scan::<UsagePlan>(&key.scope.prefix())?;
    let of_key = plans.iter().filter(|plan| plan.keys.contains(&key.id));
    Ok(of_key.flat_map(|plan| &plan.stages).map(|s| format!("{}/{}", s.api, s.stage)).collect())
}

impl ApiGateway {
    pub(crate) fn value_of(&self, key: &ApiKey) -> Result<String, ServiceError> {
        let opened = self.needs.cipher.open(&key.id, &key.value).map_err(ServiceError::internal)?;
        String::from_utf8(opened).map_err(ServiceError::internal)
    }
}
