//! `$context`: what is known of a request, for templates, mappings, gateway responses and access logs.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference>

use super::event::{identity, request_time};
use super::{Arrived, Known, Refusal};
use crate::model::mapping::Message;
use crate::model::route::Matched;
use std::collections::BTreeMap;
use vtl::Json;

/// How a request ended.
pub(super) struct Ended<'a> {
    pub(super) status: u16,
    pub(super) length: usize,
    pub(super) refusal: Option<&'a Refusal>,
}

fn number(n: impl TryInto<i64>) -> Json {
    n.try_into().map_or(Json::Null, Json::Int)
}

fn optional<T: Into<Json>>(value: Option<T>) -> Json {
    value.map_or(Json::Null, Into::into)
}

pub(super) fn context(
    arrived: Arrived<'_>,
    matched: Option<&Matched<'_>>,
    known: &Known,
    ended: Option<&Ended<'_>>,
) -> Json {
    let Arrived { request, deployed } = arrived;
    let stage = &deployed.stage;
    let mut members: Vec<(&str, Json)> = vec![
        ("accountId", deployed.api.scope.account.as_str().into()),
        ("apiId", deployed.api.id.as_str().into()),
        ("deploymentId", stage.deployment.as_str().into()),
        ("domainName", request.domain.into()),
        ("domainPrefix", request.domain.split('.').next().unwrap_or_default().into()),
        ("extendedRequestId", request.request_id.into()),
        ("httpMethod", request.http.method.as_str().into()),
        ("identity", identity_of(arrived, known)),
        ("path", request.whole_path(&stage.name).into()),
        ("isCanaryRequest", deployed.is_canary.to_string().into()),
        ("protocol", "HTTP/1.1".into()),
        ("requestId", request.request_id.into()),
        ("requestTime", request_time(request.now).into()),
        ("requestTimeEpoch", number(request.now.millis())),
        ("stage", stage.name.as_str().into()),
    ];
    if let Some(matched) = matched {
        members.push(("resourceId", matched.resource.id.as_str().into()));
        members.push(("resourcePath", matched.resource.path.as_str().into()));
        members.push(("operationName", optional(matched.method.operation_name.as_deref())));
    }
    if let Some(authorized) = &known.authorized {
        members.push(("authorizer", authorized.context()));
    }
    if let Some(overrides) = &known.request_override {
        members.push(("requestOverride", overrides.clone()));
    }
    if let Some(ended) = ended {
        members.extend(of_end(ended, known));
    }
    members.into_iter().collect()
}

fn identity_of(arrived: Arrived<'_>, known: &Known) -> Json {
    let user_id = known.caller.as_ref().map(|caller| caller.principal.user_id());
    let identity = identity(arrived, known.caller.as_ref(), user_id.as_deref(), known.key.as_deref());
    serde_json::to_value(identity).map(Json::from).unwrap_or_default()
}

/// What is known at the end only.
fn of_end(ended: &Ended<'_>, known: &Known) -> Vec<(&'static str, Json)> {
    let mut members = vec![
        ("status", number(ended.status)),
        ("responseLength", number(ended.length)),
        ("integrationStatus", optional(known.integration_status.map(number))),
        ("integrationLatency", optional(known.integration_latency_ms.map(number))),
        ("integrationErrorMessage", optional(known.integration_error.as_deref())),
        (
            "integration",
            [
                ("status", optional(known.integration_status.map(number))),
                ("latency", optional(known.integration_latency_ms.map(number))),
                ("error", optional(known.integration_error.as_deref())),
            ]
            .into_iter()
            .collect(),
        ),
    ];
    if let Some(refusal) = ended.refusal {
        let quoted = serde_json::to_string(&refusal.message).unwrap_or_default();
        members.push((
            "error",
            [
                ("message", optional(refusal.message.as_deref())),
                ("messageString", quoted.into()),
                ("responseType", refusal.kind.name.into()),
                ("validationErrorString", optional(refusal.validation.as_deref())),
            ]
            .into_iter()
            .collect(),
        ));
    }
    members
}

/// What mappings of a request may read.
pub(super) fn message_of<'a>(
    arrived: Arrived<'a>,
    path: &'a BTreeMap<String, String>,
    query: &'a [(String, String)],
    body: &'a str,
    context: &'a Json,
) -> Message<'a> {
    let headers = arrived.request.http.headers.as_slice();
    Message { path, query, headers, body, context, stage_variables: &arrived.deployed.stage.variables }
}
