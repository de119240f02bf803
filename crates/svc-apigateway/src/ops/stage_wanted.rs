//! What a stage is to be, and what a deployment freezes.

use super::canary_wanted;
use crate::model::path_part;
use crate::patch::{Op, Patch};
use crate::state::{DeployedResource, Deployment, LogLevel, Resource, Stage, Throttle};
use crate::{error, quota};
use service::{Call, ServiceError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The resources as they are now, with their paths; `whole` when all of them are to work.
pub fn frozen(resources: &[Arc<Resource>], whole: bool) -> Result<Vec<DeployedResource>, ServiceError> {
    if whole {
        deployable(resources)?;
    }
    let all = resources.iter().map(|r| (r.id.as_str(), r.parent.as_deref(), r.path_part.as_str()));
    let paths = path_part::paths(all);
    let with_path = resources.iter().filter_map(|r| Some((r, paths.get(r.id.as_str())?.clone())));
    Ok(with_path
        .map(|(r, path)| DeployedResource { id: r.id.clone(), path, methods: r.methods.clone() })
        .collect())
}

/// Whether there is something to deploy, and nothing that lacks its integration.
fn deployable(resources: &[Arc<Resource>]) -> Result<(), ServiceError> {
    if resources.iter().all(|r| r.methods.is_empty()) {
        return Err(error::bad_request("The REST API doesn't contain any methods"));
    }
    if resources.iter().flat_map(|r| r.methods.values()).any(|method| method.integration.is_none()) {
        return Err(error::bad_request("No integration defined for method"));
    }
    Ok(())
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
        access_log: None,
        canary: None,
        logging: BTreeMap::new(),
        created: call.now,
        updated: call.now,
        tags: BTreeMap::new(),
    })
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>
pub fn check_variable(name: &str, value: &str) -> Result<(), ServiceError> {
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
const UNSERVED: [&str; 7] = [
    "metrics/enabled",
    "caching/enabled",
    "caching/ttlInSeconds",
    "caching/dataEncrypted",
    "caching/requireAuthorizationForCacheControl",
    "caching/unauthorizedCacheControlHeaderStrategy",
    "caching/clusterSize",
];

pub fn change(stage: &mut Stage, patch: &Patch) -> Result<(), ServiceError> {
    let spelled = patch.path.strip_prefix('/').unwrap_or(&patch.path);
    if patch.op == Op::Copy {
        return canary_wanted::change(stage, patch);
    }
    match patch.parts()[..] {
        ["canarySettings", ..] => canary_wanted::change(stage, patch)?,
        ["deploymentId"] => patch.value()?.clone_into(&mut stage.deployment),
        ["description"] => stage.description = patch.text(),
        ["variables", name] => match patch.text() {
            Some(value) => {
                check_variable(name, &value)?;
                stage.variables.insert(name.to_owned(), value);
            }
            None => drop(stage.variables.remove(name)),
        },
        ["accessLogSettings"] if patch.op == Op::Remove => stage.access_log = None,
        ["accessLogSettings", "destinationArn"] => {
            let destination = patch.text().map(destination).transpose()?;
            stage.access_log.get_or_insert_default().destination = destination;
        }
        ["accessLogSettings", "format"] => {
            let format = patch.text().map(log_format).transpose()?;
            stage.access_log.get_or_insert_default().format = format;
        }
        [_, _, .., "throttling", limit @ ("rateLimit" | "burstLimit")] => {
            let method = spelled.rsplitn(3, '/').last().unwrap_or_default();
            throttle(stage, method, patch, limit)?;
        }
        [_, _, .., "logging", what @ ("loglevel" | "dataTrace")] => {
            let method = spelled.rsplitn(3, '/').last().unwrap_or_default().to_owned();
            stage.throttles.entry(method.clone()).or_insert(throttle::ACCOUNT);
            let logging = stage.logging.entry(method).or_default();
            if what == "dataTrace" {
                logging.traces_data = patch.flag()?;
            } else {
                logging.level = log_level(patch.value()?)?;
            }
        }
        [_, _] if patch.op == Op::Remove => {
            stage.logging.remove(spelled);
            if stage.throttles.remove(spelled).is_none() {
                return Err(error::bad_request(format!(
                    "Cannot remove method setting {spelled} because there is no method setting for this method "
                )));
            }
        }
        _ => match UNSERVED.iter().find_map(|setting| spelled.strip_suffix(setting)) {
            Some(method) if is_off(patch) => {
                let method = method.trim_end_matches('/').to_owned();
                stage.throttles.entry(method).or_insert(throttle::ACCOUNT);
            }
            None if is_off(patch) => {}
            _ => return Err(ServiceError::not_implemented(&format!("the stage setting {}", patch.path))),
        },
    }
    Ok(())
}

fn log_level(text: &str) -> Result<LogLevel, ServiceError> {
    LogLevel::parse(text).ok_or_else(|| {
        error::bad_request("Invalid logging level specified. Must be one of [OFF, ERROR, INFO]")
    })
}

/// Where an access log may go: a log group. A stream of Firehose, which AWS takes too, is not there.
fn destination(arn: String) -> Result<String, ServiceError> {
    if arn.contains(":firehose:") {
        return Err(ServiceError::not_implemented("access logs to Firehose"));
    }
    let arn = arn.strip_suffix(":*").map_or(arn.clone(), str::to_owned);
    let read: Option<base::Arn> = arn.parse().ok();
    let is_group = read.is_some_and(|arn| arn.service == "logs" && arn.resource.starts_with("log-group:"));
    if is_group { Ok(arn) } else { Err(error::bad_request("Invalid ARN specified in the request")) }
}

fn log_format(format: String) -> Result<String, ServiceError> {
    let format = format.trim_end_matches('\n').to_owned();
    if format.contains('\n') {
        return Err(error::bad_request(
            "Access Log format must be single line, new line character is allowed only at end of the format",
        ));
    }
    if !format.contains("$context.requestId") && !format.contains("$context.extendedRequestId") {
        return Err(error::bad_request(
            "Access Log format must contain $context.requestId or $context.extendedRequestId",
        ));
    }
    Ok(format)
}

fn is_off(patch: &Patch) -> bool {
    patch.value.as_deref().is_some_and(|value| OFF.contains(&value))
}

fn throttle(stage: &mut Stage, method: &str, patch: &Patch, limit: &str) -> Result<(), ServiceError> {
    let throttle = stage.throttles.entry(method.to_owned()).or_insert(throttle::ACCOUNT);
    if limit == "rateLimit" {
        throttle.rate = patch.number()?;
    } else {
        throttle.burst = patch.number()?;
    }
    // What is not to be limited is set to -1.
    let set = Throttle {
        rate: if throttle.rate == -1.0 { 0.0 } else { throttle.rate },
        burst: if throttle.burst == -1 { 0 } else { throttle.burst },
    };
    super::plan_wanted::check(&set)
}
