//! What a new or changed stage is to be.

use crate::model::route_key::DEFAULT;
use crate::state::{AccessLog, Api, RouteSettings, Stage, Texts};
use crate::{api, error};
use base::Arn;
use service::{Call, ServiceError};
use std::collections::BTreeMap;

pub fn blank(call: &Call, api: &str, name: String) -> Stage {
    Stage {
        scope: call.scope.clone(),
        api: api.to_owned(),
        name,
        deployment: None,
        auto_deploy: false,
        last_deployment_status: None,
        description: None,
        variables: Texts::new(),
        default_route_settings: RouteSettings::default(),
        route_settings: BTreeMap::new(),
        access_log: None,
        created: call.now,
        updated: call.now,
        managed: false,
        tags: Texts::new(),
    }
}

pub fn check_name(name: &str) -> Result<(), ServiceError> {
    let is_right =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if is_right || name == DEFAULT {
        return Ok(());
    }
    Err(error::bad_request("Stage name only allows a-zA-Z0-9_- and $default"))
}

/// Puts what the input says into the stage. An update has the same members; a variable with an empty value
/// is taken away.
pub fn apply(api: &Api, stage: &mut Stage, input: &api::CreateStageRequest) -> Result<(), ServiceError> {
    error::refuse(&[("client certificates", input.client_certificate_id.is_some())])?;
    if let Some(automatic) = input.auto_deploy {
        stage.auto_deploy = automatic;
    }
    stage.description = input.description.clone().or(stage.description.take());
    for (name, value) in input.stage_variables.iter().flatten() {
        if value.is_empty() {
            stage.variables.remove(name);
        } else {
            stage.variables.insert(name.clone(), value.clone());
        }
    }
    if let Some(wanted) = &input.default_route_settings {
        stage.default_route_settings = settings(stage.default_route_settings, wanted)?;
    }
    for (key, wanted) in input.route_settings.iter().flatten() {
        if !api.content.routes.values().any(|route| route.key == *key) {
            return Err(error::not_found(format!(
                "Unable to find Route by key {key} within the provided RouteSettings"
            )));
        }
        let before = stage.route_settings.get(key).copied().unwrap_or_default();
        stage.route_settings.insert(key.clone(), settings(before, wanted)?);
    }
    if let Some(wanted) = &input.access_log_settings {
        stage.access_log = Some(access_log(wanted)?);
    }
    Ok(())
}

fn settings(before: RouteSettings, wanted: &api::RouteSettings) -> Result<RouteSettings, ServiceError> {
    error::refuse(&[
        ("detailed metrics", wanted.detailed_metrics_enabled == Some(true)),
        ("data traces", wanted.data_trace_enabled == Some(true)),
        (
            "execution logs",
            wanted.logging_level.as_deref().is_some_and(|level| level != "OFF" && !level.is_empty()),
        ),
    ])?;
    let burst = wanted.throttling_burst_limit.or(before.burst);
    let rate = wanted.throttling_rate_limit.or(before.rate);
    if burst.is_some_and(|n| n < 0) || rate.is_some_and(|n| !n.is_finite() || n < 0.0) {
        return Err(error::bad_request("Invalid throttling limits specified"));
    }
    Ok(RouteSettings { rate, burst })
}

fn access_log(wanted: &api::AccessLogSettings) -> Result<AccessLog, ServiceError> {
    let (destination, format) =
        (wanted.destination_arn.clone().unwrap_or_default(), wanted.format.clone().unwrap_or_default());
    let arn = destination.parse::<Arn>().ok();
    let is_stream = arn.as_ref().is_some_and(|arn| arn.service == "firehose");
    error::refuse(&[("access logs to Firehose", is_stream)])?;
    let is_group = arn.is_some_and(|arn| arn.service == "logs" && arn.resource.starts_with("log-group:"));
    if !is_group {
        return Err(error::bad_request("Invalid ARN specified in the request"));
    }
    if !format.contains("$context.requestId") && !format.contains("$context.extendedRequestId") {
        return Err(error::bad_request(
            "Access log format must include at least $context.requestId or $context.extendedRequestId",
        ));
    }
    Ok(AccessLog { destination: destination.trim_end_matches(":*").to_owned(), format })
}
