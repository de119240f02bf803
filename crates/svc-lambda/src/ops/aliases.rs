//! What the operations on aliases share.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html>

use crate::model::Function;
use crate::name::{LATEST, Named};
use crate::{api, error};
use service::ServiceError;
use std::collections::BTreeMap;
use store::Tx;

/// Versions beside the alias's own, by AWS's rule.
const ADDITIONAL_VERSIONS: usize = 1;

/// Checks that the versions exist and that the shares make sense.
pub fn checked_weights(
    tx: &Tx,
    named: &Named,
    version: &str,
    routing: Option<&api::AliasRoutingConfiguration>,
) -> Result<BTreeMap<String, f64>, ServiceError> {
    must_exist(tx, named, version)?;
    let weights = routing.and_then(|r| r.additional_version_weights.clone()).unwrap_or_default();
    if weights.len() > ADDITIONAL_VERSIONS {
        return Err(error::invalid_parameter(format!(
            "Number of items in AdditionalVersionWeights cannot be greater than {ADDITIONAL_VERSIONS}"
        )));
    }
    for other in weights.keys() {
        if version == LATEST {
            return Err(error::invalid_parameter(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        if other == version {
            return Err(error::invalid_parameter(format!(
                "Invalid function version {other}. Function version {other} is already included in routing configuration."
            )));
        }
        must_exist(tx, named, other)?;
    }
    Ok(weights)
}

fn must_exist(tx: &Tx, named: &Named, version: &str) -> Result<(), ServiceError> {
    let key =
        if version == LATEST { named.key() } else { named.scope.key(&format!("{}:{version}", named.name)) };
    match tx.get::<Function>(&key)? {
        Some(_) => Ok(()),
        None => Err(error::function_not_found(&named.qualified(version).qualified_arn())),
    }
}
