//! An HTTP API as a definition to be exported.

use crate::model::route_key::{DEFAULT, RouteKey};
use crate::quota;
use crate::state::{
    Api, AuthorizationType, Authorizer, AuthorizerKind, Content, Cors, Integration, IntegrationType, Route,
};
use openapi::{ANY, Authorization, Definition, Endpoint};
use std::collections::BTreeMap;

pub fn definition(api: &Api, content: &Content) -> Definition {
    let shared = shared(content);
    let mut paths: BTreeMap<String, BTreeMap<String, openapi::Method>> = BTreeMap::new();
    for route in content.routes.values() {
        let (path, verb) = match RouteKey::parse(&route.key) {
            Ok(key) => (key.path.to_owned(), key.method.unwrap_or(ANY).to_owned()),
            Err(_) => (format!("/{DEFAULT}"), ANY.to_owned()),
        };
        paths.entry(path).or_default().insert(verb, method(route, content, &shared));
    }
    let said = shared.iter().filter_map(|(id, name)| Some((name.clone(), content.integrations.get(*id)?)));
    Definition {
        title: Some(api.name.clone()),
        description: api.description.clone(),
        version: Some(api.version.clone().unwrap_or_else(|| api.created.iso8601())),
        endpoint: Endpoint {
            disable_execute_api_endpoint: api.disable_execute_api_endpoint.then_some(true),
            ip_address_type: Some(api.ip_address_type.clone()).filter(|kind| kind != "ipv4"),
            vpc_endpoint_ids: None,
        },
        authorizers: content.authorizers.values().map(|one| (one.name.clone(), authorizer(one))).collect(),
        integrations: said.map(|(name, one)| (name, integration(one))).collect(),
        cors: content.cors.as_ref().map(cors),
        tags: api.tags.clone(),
        paths,
        ..Definition::default()
    }
}

/// Names, by id, of the integrations that are not those of exactly one route. Their order is that of
/// what they are, not of their ids: an import gives new ones.
fn shared(content: &Content) -> BTreeMap<&str, String> {
    let mut all: Vec<(Vec<&str>, String, &str)> = Vec::new();
    for one in content.integrations.values() {
        let mut keys: Vec<&str> = content
            .routes
            .values()
            .filter(|route| route.target.as_ref() == Some(&one.id))
            .map(|route| route.key.as_str())
            .collect();
        keys.sort_unstable();
        if keys.len() != 1 {
            all.push((keys, format!("{:?}", integration(one)), &one.id));
        }
    }
    all.sort();
    all.into_iter().enumerate().map(|(n, (_, _, id))| (id, format!("integration{:03}", n + 1))).collect()
}

fn method(route: &Route, content: &Content, shared: &BTreeMap<&str, String>) -> openapi::Method {
    let target = route.target.as_deref();
    let shared = target.and_then(|id| shared.get(id)).cloned();
    let own = target.and_then(|id| content.integrations.get(id)).filter(|_| shared.is_none());
    let authorizer = route.authorizer.as_ref().map(|id| {
        let name = content.authorizers.get(id).map(|one| one.name.clone());
        Authorization::Authorizer(name.unwrap_or_else(|| id.clone()), route.scopes.clone())
    });
    let authorization = match route.authorization {
        AuthorizationType::None => Authorization::None,
        AuthorizationType::Iam => Authorization::Iam,
        AuthorizationType::Jwt | AuthorizationType::Custom => authorizer.unwrap_or_default(),
    };
    openapi::Method {
        operation_name: route.operation_name.clone(),
        authorization,
        integration: own.map(integration),
        shared_integration: shared,
        ..openapi::Method::default()
    }
}

fn integration(integration: &Integration) -> openapi::Integration {
    let is_private = integration.connection.is_some();
    openapi::Integration {
        kind: match integration.kind {
            IntegrationType::AwsProxy => "AWS_PROXY".to_owned(),
            IntegrationType::HttpProxy => "HTTP_PROXY".to_owned(),
        },
        uri: Some(integration.uri.clone()),
        http_method: integration.method.clone(),
        payload_format: Some(integration.payload_format.text().to_owned()),
        description: integration.description.clone(),
        timeout_ms: (integration.timeout_ms != quota::HTTP_TIMEOUT_MS)
            .then_some(i64::from(integration.timeout_ms)),
        connection_type: Some(if is_private { "VPC_LINK" } else { "INTERNET" }.to_owned()),
        connection_id: integration.connection.clone(),
        request_parameters: integration.request_parameters.clone(),
        response_parameters: integration.response_parameters.clone(),
        ..openapi::Integration::default()
    }
}

fn authorizer(authorizer: &Authorizer) -> openapi::Authorizer {
    let sources = &authorizer.identity_sources;
    let said = openapi::Authorizer {
        identity_source: (!sources.is_empty()).then(|| sources.join(",")),
        ..openapi::Authorizer::default()
    };
    match &authorizer.kind {
        AuthorizerKind::Jwt { issuer, audience } => openapi::Authorizer {
            kind: "jwt".to_owned(),
            issuer: Some(issuer.clone()),
            audience: audience.clone(),
            ..said
        },
        AuthorizerKind::Request { uri, payload_format, simple_responses, ttl_s } => openapi::Authorizer {
            kind: "request".to_owned(),
            uri: Some(uri.clone()),
            payload_format: payload_format.map(|format| format.text().to_owned()),
            simple_responses: Some(*simple_responses),
            ttl_s: Some(i64::from(*ttl_s)),
            ..said
        },
    }
}

fn cors(cors: &Cors) -> openapi::Cors {
    openapi::Cors {
        allow_credentials: cors.allow_credentials,
        allow_headers: cors.allow_headers.clone(),
        allow_methods: cors.allow_methods.clone(),
        allow_origins: cors.allow_origins.clone(),
        expose_headers: cors.expose_headers.clone(),
        max_age_s: cors.max_age_s.map(i64::from),
    }
}
