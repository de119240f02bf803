//! What a stage is to be, and what a deployment freezes.

use crate::model::path_part;
use crate::patch::{Op, Patch};
use crate::state::{DeployedResource, Deployment, Resource, Stage, Throttle};
use crate::{error, quota};
use service::{Call, ServiceError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The resources as they are now, with their paths.
pub fn frozen(resources: &[Arc<Resource>]) -> Result<Vec<DeployedResource>, ServiceError> {
    if resources.iter().all(|r| r.methods.is_empty()) {
        return Err(error::bad_request("The REST API doesn't contain any methods"));
    }
    if resources.iter().flat_map(|r| r.methods.values()).any(|method| method.integration.is_none()) {
        return Err(error::bad_request("No integration defined for method"));
    }
    let all = resources.iter().map(|r| (r.id.as_str(), r.parent.as_deref(), r.path_part.as_str()));
    let paths = path_part::paths(all);
    let with_path = resources.iter().filter_map(|r| Some((r, paths.get(r.id.as_str())?.clone())));
    Ok(with_path
        .map(|(r, path)| DeployedResource { id: r.id.clone(), path, methods: r.methods.clone() })
        .collect())
}

pub fn new_stage(
    call: &Call,
    deployment: &Deployment,
    name: String,
    description: Option<String>,
    variables: BTreeMap<String, String>,
    others: usize,
) -> Result<Stage, ServiceError> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Err(error::bad_request("Stage name only allows a-zA-Z0-9_-"));
    }
    if others >= quota::STAGES {
        return Err(error::limit_exceeded("Maximum number of stages exceeded"));
    }
    for (name, value) in &variables {
        check_variable(name, value)?;
    }
    Ok(Stage {
        scope: call.scope.clone(),
        api: deployment.api.clone(),
        name,
        deployment: deployment.id.clone(),
        description,
        variables,
        throttles: BTreeMap::new(),
        created: call.now,
        updated: call.now,
        tags: BTreeMap::new(),
    })
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>
fn check_variable(name: &str, value: &str) -> Result<(), ServiceError> {
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let valued = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&b));
    if named && valued {
        return Ok(());
    }
    Err(error::bad_request(format!(
        "Stage variable value: {value} for the variable: {name} is invalid. Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
    )))
}

/// Settings that are off; asking for that changes nothing.
const OFF: [&str; 3] = ["false", "OFF", "0"];
/// Settings of a method that moat has only as they are when nobody sets them.
const UNSERVED: [&str; 9] = [
    "metrics/enabled",
    "logging/dataTrace",
    "logging/loglevel",
    "caching/enabled",
    "caching/ttlInSeconds",
    "caching/dataEncrypted",
    "caching/requireAuthorizationForCacheControl",
    "caching/unauthorizedCacheControlHeaderStrategy",
    "caching/clusterSize",
];

pub fn change(stage: &mut Stage, patch: &Patch) -> Result<(), ServiceError> {
    let spelled = patch.path.strip_prefix('/').unwrap_or(&patch.path);
    match patch.parts()[..] {
        ["deploymentId"] => patch.value()?.clone_into(&mut stage.deployment),
        ["description"] => stage.description = patch.text(),
        ["variables", name] => match patch.text() {
            Some(value) => {
                check_variable(name, &value)?;
                stage.variables.insert(name.to_owned(), value);
            }
            None => drop(stage.variables.remove(name)),
        },
        [_, _, .., "throttling", limit @ ("rateLimit" | "burstLimit")] => {
            let method = spelled.rsplitn(3, '/').last().unwrap_or_default();
            throttle(stage, method, patch, limit)?;
        }
        [_, _] if patch.op == Op::Remove => {
            if stage.throttles.remove(spelled).is_none() {
                return Err(error::bad_request(format!(
                    "Cannot remove method setting {spelled} because there is no method setting for this method "
                )));
            }
        }
        _ => match UNSERVED.iter().find_map(|setting| spelled.strip_suffix(setting)) {
            Some(method) if is_off(patch) => {
                let method = method.trim_end_matches('/').to_owned();
                stage.throttles.entry(method).or_insert(ACCOUNT);
            }
            None if is_off(patch) => {}
            _ => return Err(ServiceError::not_implemented(&format!("the stage setting {}", patch.path))),
        },
    }
    Ok(())
}

fn is_off(patch: &Patch) -> bool {
    patch.value.as_deref().is_some_and(|value| OFF.contains(&value))
}

const ACCOUNT: Throttle = Throttle { rate: quota::ACCOUNT_RATE, burst: quota::ACCOUNT_BURST };

fn throttle(stage: &mut Stage, method: &str, patch: &Patch, limit: &str) -> Result<(), ServiceError> {
    let throttle = stage.throttles.entry(method.to_owned()).or_insert(ACCOUNT);
    if limit == "rateLimit" {
        throttle.rate = patch.number()?;
    } else {
        throttle.burst = patch.number()?;
    }
    super::plan_wanted::check(throttle)
}
