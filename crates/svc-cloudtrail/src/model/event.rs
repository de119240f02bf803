//! One event in CloudTrail's format.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use super::identity::{self, UserIdentity};
use super::observed::{Failure, Observed};
use super::{names, resources};
use crate::quota;
use crate::state::Entry;
use base::{AccountId, Region, Scope};
use policy::Principal;
use serde::Serialize;
use serde_json::Value as Json;
use service::{Call, Tls};
use wire::schema::Protocol;

const EVENT_VERSION: &str = "1.11";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CloudTrailEvent<'a> {
    event_version: &'static str,
    user_identity: UserIdentity,
    event_time: String,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    request_parameters: &'a Json,
    response_elements: &'a Json,
    #[serde(rename = "requestID")]
    request_id: &'a str,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    read_only: bool,
    event_type: &'static str,
    management_event: bool,
    recipient_account_id: &'a AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_endpoint_id: Option<&'a str>,
    event_category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_details: Option<TlsDetails<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TlsDetails<'a> {
    tls_version: &'a str,
    cipher_suite: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_provided_host_header: Option<&'a str>,
}

impl<'a> TlsDetails<'a> {
    fn of(tls: &'a Tls) -> Self {
        Self {
            tls_version: &tls.version,
            cipher_suite: &tls.cipher_suite,
            client_provided_host_header: tls.server_name.as_deref(),
        }
    }
}

/// Where the event is looked up: global services have theirs in one region.
pub fn scope(observed: &Observed) -> Scope {
    let scope = observed.call.scope.clone();
    if !names::is_global(observed.model.service.signing_name) {
        return scope;
    }
    let region: Region = names::GLOBAL_REGION.parse().unwrap_or(scope.region);
    Scope { region, ..scope }
}

/// The event, and what it is found by.
pub fn entry(mut observed: Observed, id: String) -> Entry {
    if observed.model.service.protocol == Protocol::Ec2Query {
        with_request_id(&mut observed);
    }
    let (service, operation) = (observed.model.service.signing_name, observed.operation.as_str());
    let name = names::event_name(service, operation, observed.uri);
    let source = names::event_source(observed.model);
    let read_only = names::is_read_only(operation);
    let data = names::is_data(service, operation);
    let event = render(&observed, &id, &name, &source);
    let proven = observed.proven;
    let caller = &observed.call.caller;
    Entry {
        at: observed.call.now,
        username: identity::username(&caller.principal).filter(|_| proven),
        access_key_id: Some(caller.access_key_id.clone()).filter(|id| !id.is_empty()),
        resources: resources::of(service, operation, [&observed.input, &observed.output]),
        reasons: observed.error.as_ref().and_then(Failure::reasons),
        request_id: observed.call.request_id,
        id,
        name,
        source,
        read_only,
        event,
        data,
    }
}

/// EC2's answers begin with the request's id.
fn with_request_id(observed: &mut Observed) {
    let is_write = !names::is_read_only(&observed.operation);
    if !is_write || observed.error.is_some() {
        return;
    }
    let id = Json::from(observed.call.request_id.as_str());
    match &mut observed.output {
        Json::Object(members) => drop(members.insert("requestId".to_owned(), id)),
        output => *output = serde_json::json!({ "requestId": id, "_return": true }),
    }
}

fn render(observed: &Observed, id: &str, name: &str, source: &str) -> String {
    let Observed { call, model, error, .. } = observed;
    let (service, operation) = (model.service.signing_name, observed.operation.as_str());
    let data = names::is_data(service, operation);
    let region = scope(observed).region;
    let event = CloudTrailEvent {
        event_version: EVENT_VERSION,
        user_identity: UserIdentity::of(call, observed.proven, &observed.output),
        event_time: call.now.iso8601(),
        event_source: source,
        event_name: name,
        aws_region: region.as_str(),
        source_ip_address: address(call),
        user_agent: call.user_agent.as_deref().map(|text| cut(text, quota::TEXT_BYTES)),
        error_code: error.as_ref().map(|e| names::error_code(model, &e.code, e.status, e.denial.is_some())),
        error_message: error.as_ref().map(|e| cut(&e.message, quota::TEXT_BYTES)),
        request_parameters: &observed.input,
        response_elements: &observed.output,
        request_id: &call.request_id,
        event_id: id,
        read_only: names::is_read_only(operation),
        event_type: "AwsApiCall",
        management_event: !data,
        recipient_account_id: &call.scope.account,
        vpc_endpoint_id: call.source.endpoint.as_ref().map(|e| e.vpce.as_str()),
        event_category: if data { "Data" } else { "Management" },
        tls_details: call.source.tls.as_deref().map(TlsDetails::of),
    };
    serde_json::to_string(&event).unwrap_or_default()
}

/// A service that calls on its own has its name there.
fn address(call: &Call) -> String {
    match &call.caller.principal {
        Principal::Service { name } => name.clone(),
        _ => call.source.ip.to_string(),
    }
}

/// The text, at most so many bytes of it.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
