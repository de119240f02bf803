//! What is stored, as it is shown.

use crate::api;
use crate::state::{
    AccessLog, Api, Authorizer, AuthorizerKind, Cors, Deployment, Integration, IntegrationType, Protocol,
    Route, RouteResponse, RouteSettings, Stage, VpcLink,
};
use base::Scope;

/// What an API says of where its keys would be.
pub const API_KEY_SELECTION: &str = "$request.header.x-api-key";

/// `https://ID.execute-api.REGION.amazonaws.com`.
fn endpoint(api: &Api) -> String {
    let scheme = if api.protocol == Protocol::Http { "https" } else { "wss" };
    let Scope { region, .. } = &api.scope;
    format!("{scheme}://{}.execute-api.{region}.amazonaws.com", api.id)
}

pub fn api(api: &Api) -> api::Api {
    api::Api {
        api_endpoint: Some(endpoint(api)),
        api_id: Some(api.id.clone()),
        api_key_selection_expression: Some(api.api_key_selection_expression.clone()),
        cors_configuration: api.content.cors.as_ref().map(cors),
        created_date: Some(api.created),
        description: api.description.clone(),
        disable_execute_api_endpoint: Some(api.disable_execute_api_endpoint),
        ip_address_type: Some(api.ip_address_type.clone()),
        name: Some(api.name.clone()),
        protocol_type: Some(api.protocol.text().to_owned()),
        route_selection_expression: Some(api.route_selection_expression.clone()),
        tags: Some(api.tags.clone()),
        version: api.version.clone(),
        ..api::Api::default()
    }
}

fn cors(cors: &Cors) -> api::Cors {
    api::Cors {
        allow_credentials: Some(cors.allow_credentials.unwrap_or(false)),
        allow_headers: cors.allow_headers.clone(),
        allow_methods: cors.allow_methods.clone(),
        allow_origins: cors.allow_origins.clone(),
        expose_headers: cors.expose_headers.clone(),
        max_age: cors.max_age_s,
    }
}

pub fn route(route: &Route) -> api::Route {
    api::Route {
        api_gateway_managed: route.managed.then_some(true),
        api_key_required: Some(false),
        authorization_scopes: (!route.scopes.is_empty()).then(|| route.scopes.clone()),
        authorization_type: Some(route.authorization.text().to_owned()),
        authorizer_id: route.authorizer.clone(),
        operation_name: route.operation_name.clone(),
        route_id: Some(route.id.clone()),
        route_key: Some(route.key.clone()),
        route_response_selection_expression: route.response_selection_expression.clone(),
        target: route.target.as_ref().map(|id| format!("integrations/{id}")),
        ..api::Route::default()
    }
}

pub fn route_response(response: &RouteResponse) -> api::RouteResponse {
    api::RouteResponse {
        route_response_id: Some(response.id.clone()),
        route_response_key: Some(response.key.clone()),
        ..api::RouteResponse::default()
    }
}

pub fn integration(integration: &Integration) -> api::Integration {
    let is_http = integration.kind == IntegrationType::HttpProxy;
    let of_websocket = integration.passthrough_behavior.is_some();
    let mapped = &integration.request_parameters;
    let answers = &integration.response_parameters;
    api::Integration {
        api_gateway_managed: integration.managed.then_some(true),
        connection_type: Some(
            if integration.connection.is_some() { "VPC_LINK" } else { "INTERNET" }.to_owned(),
        ),
        connection_id: integration.connection.clone(),
        description: integration.description.clone(),
        integration_id: Some(integration.id.clone()),
        integration_method: integration.method.clone(),
        integration_response_selection_expression: (is_http && of_websocket)
            .then(|| "${integration.response.statuscode}".to_owned()),
        integration_type: Some(integration.kind.text().to_owned()),
        integration_uri: Some(integration.uri.clone()),
        passthrough_behavior: integration.passthrough_behavior.clone(),
        payload_format_version: Some(integration.payload_format.text().to_owned()),
        request_parameters: (!mapped.is_empty()).then(|| mapped.clone()),
        response_parameters: (!answers.is_empty()).then(|| answers.clone()),
        timeout_in_millis: Some(integration.timeout_ms),
        ..api::Integration::default()
    }
}

pub fn vpc_link(link: &VpcLink) -> api::VpcLink {
    api::VpcLink {
        created_date: Some(link.created),
        name: Some(link.name.clone()),
        security_group_ids: Some(link.groups.iter().map(ToString::to_string).collect()),
        subnet_ids: Some(link.subnets.iter().map(ToString::to_string).collect()),
        tags: Some(link.tags.clone()),
        vpc_link_id: Some(link.id.clone()),
        vpc_link_status: Some(link.stage.text().to_owned()),
        vpc_link_status_message: Some(link.stage.message().to_owned()),
        vpc_link_version: Some("V2".to_owned()),
    }
}

pub fn authorizer(authorizer: &Authorizer) -> api::Authorizer {
    let shown = api::Authorizer {
        authorizer_id: Some(authorizer.id.clone()),
        identity_source: Some(authorizer.identity_sources.clone()),
        name: Some(authorizer.name.clone()),
        ..api::Authorizer::default()
    };
    match &authorizer.kind {
        AuthorizerKind::Jwt { issuer, audience } => api::Authorizer {
            authorizer_type: Some("JWT".to_owned()),
            jwt_configuration: Some(api::JWTConfiguration {
                audience: Some(audience.clone()),
                issuer: Some(issuer.clone()),
            }),
            ..shown
        },
        AuthorizerKind::Request { uri, payload_format, simple_responses, ttl_s } => api::Authorizer {
            authorizer_type: Some("REQUEST".to_owned()),
            authorizer_uri: Some(uri.clone()),
            authorizer_payload_format_version: payload_format.map(|format| format.text().to_owned()),
            enable_simple_responses: payload_format.map(|_| *simple_responses),
            authorizer_result_ttl_in_seconds: payload_format.map(|_| *ttl_s),
            ..shown
        },
    }
}

pub fn deployment(deployment: &Deployment) -> api::Deployment {
    api::Deployment {
        auto_deployed: Some(deployment.auto),
        created_date: Some(deployment.created),
        deployment_id: Some(deployment.id.clone()),
        deployment_status: Some("DEPLOYED".to_owned()),
        description: deployment.description.clone(),
        ..api::Deployment::default()
    }
}

pub fn stage(stage: &Stage, protocol: Protocol) -> api::Stage {
    let settings = |settings: &RouteSettings| route_settings(settings, protocol);
    api::Stage {
        access_log_settings: stage.access_log.as_ref().map(access_log),
        api_gateway_managed: stage.managed.then_some(true),
        auto_deploy: stage.auto_deploy.then_some(true),
        created_date: Some(stage.created),
        default_route_settings: Some(settings(&stage.default_route_settings)),
        deployment_id: stage.deployment.clone(),
        description: stage.description.clone(),
        last_deployment_status_message: stage.last_deployment_status.clone(),
        last_updated_date: Some(stage.updated),
        route_settings: Some(
            stage.route_settings.iter().map(|(key, s)| (key.clone(), settings(s))).collect(),
        ),
        stage_name: Some(stage.name.clone()),
        stage_variables: Some(stage.variables.clone()),
        tags: Some(stage.tags.clone()),
        ..api::Stage::default()
    }
}

fn access_log(log: &AccessLog) -> api::AccessLogSettings {
    api::AccessLogSettings {
        destination_arn: Some(log.destination.clone()),
        format: Some(log.format.clone()),
    }
}

fn route_settings(settings: &RouteSettings, protocol: Protocol) -> api::RouteSettings {
    let of_websocket = protocol == Protocol::WebSocket;
    api::RouteSettings {
        data_trace_enabled: of_websocket.then_some(false),
        detailed_metrics_enabled: Some(false),
        logging_level: of_websocket.then(|| "OFF".to_owned()),
        throttling_burst_limit: settings.burst,
        throttling_rate_limit: settings.rate,
    }
}
