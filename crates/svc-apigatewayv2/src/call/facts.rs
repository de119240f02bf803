//! What is known of a request, by the names that mappings, authorizers and access logs have for it.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>

use super::authorize::Caller;
use super::{Aimed, ApiRequest, Deployed};
use crate::model::{json_path, request_time};
use crate::state::Route;
use authorizer::{IdentitySource, Spelling};
use serde_json::Value;
use wire::http::{Request, Response};

/// How much of a body is read for a mapping.
const MAPPED_BODY_BYTES: usize = 100 * 1024;

impl Aimed<'_> {
    /// What stands at one of an authorizer's sources.
    pub(super) fn identity(&self, source: &str) -> Option<String> {
        match IdentitySource::parse(source, Spelling::Http)? {
            IdentitySource::Header(name) => header(&self.request.http.headers, name),
            IdentitySource::Query(name) => query(&self.request.http.query, name),
            IdentitySource::Context(name) => self.context(name),
            IdentitySource::StageVariable(name) => self.deployed.stage.variables.get(name).cloned(),
        }
    }

    fn context(&self, name: &str) -> Option<String> {
        context(self.request, self.deployed, Some(self.route), &self.caller, name)
    }

    /// The value of `request.header.x` and its like, in a mapping of the request.
    pub(super) fn of_request(&self, name: &str) -> Option<String> {
        let http = self.request.http;
        if let Some(rest) = name.strip_prefix("request.") {
            return match rest.split_once('.') {
                None if rest == "path" => Some(self.path.clone()),
                None if rest == "body" => Some(String::from_utf8_lossy(&http.body).into_owned()),
                Some(("header", name)) => header(&http.headers, name),
                Some(("querystring", name)) => query(&http.query, name),
                Some(("path", name)) => self.parameters.get(name).cloned(),
                Some(("body", path)) => in_body(&http.body, path),
                _ => None,
            };
        }
        self.of_both(name)
    }

    /// The value of `response.header.x` and its like, in a mapping of the answer.
    pub(super) fn of_response(&self, response: &Response, name: &str) -> Option<String> {
        if let Some(rest) = name.strip_prefix("response.") {
            return match rest.split_once('.') {
                None if rest == "body" => Some(String::from_utf8_lossy(&response.body).into_owned()),
                Some(("header", name)) => header(&response.headers, name),
                Some(("body", path)) => in_body(&response.body, path),
                _ => None,
            };
        }
        self.of_both(name)
    }

    fn of_both(&self, name: &str) -> Option<String> {
        match name.split_once('.')? {
            ("context", name) => self.context(name),
            ("stageVariables", name) => self.deployed.stage.variables.get(name).cloned(),
            _ => None,
        }
    }
}

fn in_body(body: &[u8], path: &str) -> Option<String> {
    let part = body.get(..MAPPED_BODY_BYTES).unwrap_or(body);
    let value: Value = serde_json::from_slice(part).ok()?;
    json_path::find(&value, path).map(json_path::text)
}

/// All values of a header, with commas between them.
pub(super) fn header(headers: &[(String, String)], name: &str) -> Option<String> {
    let all: Vec<&str> = headers
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.as_str())
        .collect();
    (!all.is_empty()).then(|| all.join(","))
}

fn query(query: &str, name: &str) -> Option<String> {
    let all: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .collect();
    (!all.is_empty()).then(|| all.join(","))
}

/// A variable of `$context`.
pub(super) fn context(
    request: &ApiRequest<'_>,
    deployed: &Deployed,
    route: Option<&Route>,
    caller: &Caller,
    name: &str,
) -> Option<String> {
    let (api, stage) = (&deployed.api, &deployed.stage);
    let Request { method, headers, .. } = request.http;
    let text = match name {
        "accountId" => api.scope.account.to_string(),
        "apiId" => api.id.clone(),
        "awsEndpointRequestId" | "extendedRequestId" | "requestId" => request.request_id.to_owned(),
        "domainName" => request.domain.to_owned(),
        "domainPrefix" => request.domain.split('.').next().unwrap_or_default().to_owned(),
        "httpMethod" => method.clone(),
        "identity.sourceIp" => request.source.ip.to_string(),
        "identity.userAgent" => header(headers, "user-agent")?,
        "path" => request.path.to_owned(),
        "protocol" => "HTTP/1.1".to_owned(),
        "requestTime" => request_time::text(request.now),
        "requestTimeEpoch" => request.now.millis().to_string(),
        "routeKey" => route?.key.clone(),
        "stage" => stage.name.clone(),
        _ => return of_caller(caller, name),
    };
    Some(text)
}

fn of_caller(caller: &Caller, name: &str) -> Option<String> {
    match (caller, name) {
        (Caller::Iam(caller), "identity.accountId") => Some(caller.account.to_string()),
        (Caller::Iam(caller), "identity.caller" | "identity.user") => Some(caller.principal.user_id()),
        (Caller::Iam(caller), "identity.userArn") => Some(caller.principal.arn()),
        (Caller::Jwt { claims, .. }, name) => {
            let claim = name.strip_prefix("authorizer.claims.")?;
            claims.get(claim).map(json_path::text)
        }
        (Caller::Function { principal, .. }, "authorizer.principalId") => principal.clone(),
        (Caller::Function { context, .. }, name) => {
            context.get(name.strip_prefix("authorizer.")?).map(json_path::text)
        }
        _ => None,
    }
}
