//! What share of a stage's requests another deployment is to answer.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>

use super::stage_wanted::check_variable;
use crate::error;
use crate::patch::{Op, Patch};
use crate::state::{Canary, Stage};
use service::ServiceError;
use std::collections::BTreeMap;

pub fn new(
    deployment: String,
    percent_traffic: Option<f64>,
    variables: Option<BTreeMap<String, String>>,
    uses_stage_cache: Option<bool>,
) -> Result<Canary, ServiceError> {
    refuse_cache(uses_stage_cache == Some(true))?;
    let variables = variables.unwrap_or_default();
    variables.iter().try_for_each(|(name, value)| check_variable(name, value))?;
    Ok(Canary { deployment, percent_traffic: percent(percent_traffic.unwrap_or(0.0))?, variables })
}

/// Stages have no caches, so a canary cannot use one.
fn refuse_cache(is_asked: bool) -> Result<(), ServiceError> {
    if is_asked { Err(ServiceError::not_implemented("the stage caches of canaries")) } else { Ok(()) }
}

fn percent(percent: f64) -> Result<f64, ServiceError> {
    if (0.0..=100.0).contains(&percent) {
        return Ok(percent);
    }
    Err(error::bad_request("Canary percent traffic must be between 0.0 and 100.0"))
}

/// Changes a stage's canary, or makes one, or takes what it is over into the stage.
pub fn change(stage: &mut Stage, patch: &Patch) -> Result<(), ServiceError> {
    if patch.op == Op::Copy {
        return promote(stage, patch);
    }
    let parts = patch.parts();
    if parts == ["canarySettings"] && patch.op == Op::Remove {
        stage.canary = None;
        return Ok(());
    }
    if patch.op == Op::Remove && stage.canary.is_none() {
        return Err(error::bad_request(format!(
            "Invalid patch path {}: the stage has no canary",
            patch.path
        )));
    }
    let deployment = stage.deployment.clone();
    let canary = stage.canary.get_or_insert_with(|| Canary {
        deployment,
        percent_traffic: 0.0,
        variables: BTreeMap::new(),
    });
    match parts[..] {
        ["canarySettings", "percentTraffic"] => canary.percent_traffic = percent(patch.number()?)?,
        ["canarySettings", "deploymentId"] => patch.value()?.clone_into(&mut canary.deployment),
        ["canarySettings", "useStageCache"] => refuse_cache(patch.flag()?)?,
        ["canarySettings", "stageVariableOverrides", name] => match patch.text() {
            Some(value) => {
                check_variable(name, &value)?;
                canary.variables.insert(name.to_owned(), value);
            }
            None => drop(canary.variables.remove(name)),
        },
        _ => return Err(error::bad_request(format!("Invalid patch path {}", patch.path))),
    }
    Ok(())
}

/// `copy` takes the canary's deployment or variables over into the stage.
fn promote(stage: &mut Stage, patch: &Patch) -> Result<(), ServiceError> {
    let from = patch.from.as_deref().unwrap_or_default();
    let canary = stage.canary.clone();
    let canary = canary.ok_or_else(|| error::bad_request("The stage has no canary settings to copy from"))?;
    match (from, patch.path.as_str()) {
        ("/canarySettings/deploymentId", "/deploymentId") => stage.deployment = canary.deployment,
        ("/canarySettings/stageVariableOverrides", "/variables") => stage.variables.extend(canary.variables),
        _ => {
            return Err(error::bad_request(format!(
                "Invalid patch path '{}' specified for op 'copy' from '{from}'",
                patch.path
            )));
        }
    }
    Ok(())
}
