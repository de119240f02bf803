//! What is stored, as the API shows it.

use crate::api;
use crate::model::path_part;
use crate::model::response_type::{DEFAULT_TEMPLATE, ResponseType};
use crate::state::{
    ApiKey, Authorizer, Canary, Deployment, GatewayResponse, Integration, IntegrationResponse,
    IntegrationType, Logging, Method, MethodResponse, Model, PlanStage, Quota, RequestValidator, Resource,
    RestApi, Stage, Tags, Throttle, UsagePlan, VpcLink,
};
use std::collections::BTreeMap;
use std::sync::Arc;

fn shown(tags: &Tags) -> Option<Tags> {
    (!tags.is_empty()).then(|| tags.clone())
}

pub fn rest_api(api: &RestApi) -> api::RestApi {
    api::RestApi {
        id: Some(api.id.clone()),
        name: Some(api.name.clone()),
        description: api.description.clone(),
        version: api.version.clone(),
        created_date: Some(api.created),
        api_key_source: Some(api.api_key_source.text().to_owned()),
        binary_media_types: Some(api.binary_media_types.clone()).filter(|types| !types.is_empty()),
        endpoint_configuration: Some(api::EndpointConfiguration {
            types: Some(vec![api.endpoint.text().to_owned()]),
            ip_address_type: Some(api.ip_address_type.clone()),
            vpc_endpoint_ids: Some(api.vpc_endpoint_ids.clone()).filter(|ids| !ids.is_empty()),
        }),
        // As AWS does, the policy is text inside JSON, with its quotes escaped once more.
        policy: api
            .policy
            .as_ref()
            .map(|document| document.text().replace('\\', "\\\\").replace('"', "\\\"")),
        disable_execute_api_endpoint: Some(api.disable_execute_api_endpoint),
        root_resource_id: Some(api.root.clone()),
        tags: shown(&api.tags),
        ..Default::default()
    }
}

/// The resources of an API with their full paths.
pub fn resources(all: &[Arc<Resource>], with_methods: bool) -> Vec<api::Resource> {
    let paths =
        path_part::paths(all.iter().map(|r| (r.id.as_str(), r.parent.as_deref(), r.path_part.as_str())));
    all.iter().map(|r| resource(r, paths.get(r.id.as_str()).cloned(), with_methods)).collect()
}

fn resource(resource: &Resource, path: Option<String>, with_methods: bool) -> api::Resource {
    let methods = || {
        let shown = |(verb, m): (&String, &Method)| {
            // Without `embed=methods` AWS names the verbs and no more.
            (verb.clone(), if with_methods { method(verb, m) } else { api::Method::default() })
        };
        resource.methods.iter().map(shown).collect()
    };
    api::Resource {
        id: Some(resource.id.clone()),
        parent_id: resource.parent.clone(),
        path_part: resource.parent.as_ref().map(|_| resource.path_part.clone()),
        path,
        resource_methods: (!resource.methods.is_empty()).then(methods),
    }
}

pub fn method(verb: &str, method: &Method) -> api::Method {
    api::Method {
        http_method: Some(verb.to_owned()),
        authorization_type: Some(method.authorization.text().to_owned()),
        authorizer_id: method.authorizer.clone(),
        request_validator_id: method.request_validator.clone(),
        api_key_required: Some(method.api_key_required),
        operation_name: method.operation_name.clone(),
        request_parameters: (!method.request_parameters.is_empty())
            .then(|| method.request_parameters.clone()),
        request_models: (!method.request_models.is_empty()).then(|| method.request_models.clone()),
        method_responses: (!method.responses.is_empty()).then(|| {
            method
                .responses
                .iter()
                .map(|(code, response)| (code.clone(), method_response(code, response)))
                .collect()
        }),
        method_integration: method.integration.as_ref().map(integration),
        ..Default::default()
    }
}

pub fn method_response(code: &str, response: &MethodResponse) -> api::MethodResponse {
    api::MethodResponse {
        status_code: Some(code.to_owned()),
        response_parameters: (!response.parameters.is_empty()).then(|| response.parameters.clone()),
        response_models: (!response.models.is_empty()).then(|| response.models.clone()),
    }
}

fn some(map: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    (!map.is_empty()).then(|| map.clone())
}

pub fn integration(integration: &Integration) -> api::Integration {
    let is_mock = integration.kind == IntegrationType::Mock;
    let responses = || {
        let shown =
            |(code, r): (&String, &IntegrationResponse)| (code.clone(), integration_response(code, r));
        integration.responses.iter().map(shown).collect()
    };
    api::Integration {
        r#type: Some(integration.kind.text().to_owned()),
        http_method: (!is_mock).then(|| integration.http_method.clone()),
        uri: (!is_mock).then(|| integration.uri.clone()),
        credentials: integration.credentials.clone(),
        request_parameters: some(&integration.request_parameters),
        request_templates: some(&integration.request_templates),
        passthrough_behavior: Some(integration.passthrough.text().to_owned()),
        content_handling: integration.content_handling.map(|handling| handling.text().to_owned()),
        timeout_in_millis: Some(integration.timeout_ms),
        connection_type: integration.connection.as_ref().map(|_| "VPC_LINK".to_owned()),
        connection_id: integration.connection.clone(),
        cache_namespace: Some(integration.cache_namespace.clone()),
        cache_key_parameters: Some(Vec::new()),
        integration_responses: (!integration.responses.is_empty()).then(responses),
        response_transfer_mode: Some("BUFFERED".to_owned()),
        ..Default::default()
    }
}

pub fn integration_response(code: &str, response: &IntegrationResponse) -> api::IntegrationResponse {
    api::IntegrationResponse {
        status_code: Some(code.to_owned()),
        selection_pattern: response.selection_pattern.clone(),
        response_parameters: some(&response.parameters),
        response_templates: some(&response.templates),
        content_handling: response.content_handling.map(|handling| handling.text().to_owned()),
    }
}

pub fn model(model: &Model) -> api::Model {
    api::Model {
        id: Some(model.id.clone()),
        name: Some(model.name.clone()),
        description: model.description.clone(),
        schema: model.schema.clone(),
        content_type: Some(model.content_type.clone()),
    }
}

pub fn request_validator(validator: &RequestValidator) -> api::RequestValidator {
    api::RequestValidator {
        id: Some(validator.id.clone()),
        name: validator.name.clone(),
        validate_request_body: Some(validator.validates_body),
        validate_request_parameters: Some(validator.validates_parameters),
    }
}

pub fn authorizer(authorizer: &Authorizer) -> api::Authorizer {
    api::Authorizer {
        id: Some(authorizer.id.clone()),
        name: Some(authorizer.name.clone()),
        r#type: Some(authorizer.kind.text().to_owned()),
        auth_type: authorizer.auth_type.clone(),
        authorizer_uri: Some(authorizer.uri.clone()),
        authorizer_credentials: authorizer.credentials.clone(),
        identity_source: authorizer.identity_source.clone(),
        identity_validation_expression: authorizer.validation_expression.clone(),
        authorizer_result_ttl_in_seconds: i32::try_from(authorizer.ttl_s).ok(),
        ..Default::default()
    }
}

/// What clients are told: in the owner's words, or in AWS's, or in those of the type that it falls back to.
pub fn gateway_response(
    kind: ResponseType,
    worded: &BTreeMap<String, Arc<GatewayResponse>>,
) -> api::GatewayResponse {
    let own = worded.get(kind.name);
    let words = own.or_else(|| worded.get(kind.fallback().name));
    let usual = || BTreeMap::from([("application/json".to_owned(), DEFAULT_TEMPLATE.to_owned())]);
    api::GatewayResponse {
        response_type: Some(kind.name.to_owned()),
        status_code: match words {
            Some(words) => words.status.clone().or_else(|| kind.status.map(|s| s.to_string())),
            None => kind.status.map(|status| status.to_string()),
        },
        response_parameters: Some(words.map(|words| words.parameters.clone()).unwrap_or_default()),
        response_templates: Some(words.map_or_else(usual, |words| words.templates.clone())),
        default_response: Some(own.is_none()),
    }
}

pub fn deployment(deployment: &Deployment, with_summary: bool) -> api::Deployment {
    let summary = || {
        let snapshot = |m: &Method| api::MethodSnapshot {
            authorization_type: Some(m.authorization.text().to_owned()),
            api_key_required: Some(m.api_key_required),
        };
        let with_methods = deployment.resources.iter().filter(|r| !r.methods.is_empty());
        with_methods
            .map(|r| {
                (r.path.clone(), r.methods.iter().map(|(verb, m)| (verb.clone(), snapshot(m))).collect())
            })
            .collect()
    };
    api::Deployment {
        id: Some(deployment.id.clone()),
        description: deployment.description.clone(),
        created_date: Some(deployment.created),
        api_summary: with_summary.then(summary),
    }
}

pub fn throttle(throttle: &Throttle) -> api::ThrottleSettings {
    api::ThrottleSettings { rate_limit: Some(throttle.rate), burst_limit: Some(throttle.burst) }
}

fn method_setting(throttle: &Throttle, logging: Option<&Logging>) -> api::MethodSetting {
    let logging = logging.copied().unwrap_or_default();
    api::MethodSetting {
        throttling_rate_limit: Some(throttle.rate),
        throttling_burst_limit: Some(throttle.burst),
        metrics_enabled: Some(false),
        data_trace_enabled: Some(logging.traces_data),
        caching_enabled: Some(false),
        cache_ttl_in_seconds: Some(300),
        cache_data_encrypted: Some(false),
        require_authorization_for_cache_control: Some(true),
        unauthorized_cache_control_header_strategy: Some("SUCCEED_WITH_RESPONSE_HEADER".to_owned()),
        logging_level: Some(logging.level.text().to_owned()),
    }
}

pub fn stage(stage: &Stage) -> api::Stage {
    let setting = |(method, throttle): (&String, &Throttle)| {
        (method.clone(), method_setting(throttle, stage.logging.get(method)))
    };
    let settings = stage.throttles.iter().map(setting).collect();
    api::Stage {
        stage_name: Some(stage.name.clone()),
        deployment_id: Some(stage.deployment.clone()),
        description: stage.description.clone(),
        variables: (!stage.variables.is_empty()).then(|| stage.variables.clone()),
        method_settings: Some(settings),
        cache_cluster_enabled: Some(false),
        cache_cluster_status: Some("NOT_AVAILABLE".to_owned()),
        tracing_enabled: Some(false),
        access_log_settings: stage.access_log.as_ref().map(|log| api::AccessLogSettings {
            destination_arn: log.destination.clone(),
            format: log.format.clone(),
        }),
        canary_settings: stage.canary.as_ref().map(canary),
        created_date: Some(stage.created),
        last_updated_date: Some(stage.updated),
        tags: shown(&stage.tags),
        ..Default::default()
    }
}

fn canary(canary: &Canary) -> api::CanarySettings {
    api::CanarySettings {
        percent_traffic: Some(canary.percent_traffic),
        deployment_id: Some(canary.deployment.clone()),
        stage_variable_overrides: some(&canary.variables),
        use_stage_cache: Some(false),
    }
}

pub fn vpc_link(link: &VpcLink) -> api::VpcLink {
    api::VpcLink {
        id: Some(link.id.clone()),
        name: Some(link.name.clone()),
        description: link.description.clone(),
        target_arns: Some(vec![link.target.clone()]),
        tags: Some(link.tags.clone()),
        ..Default::default()
    }
}

/// The key, with its value when that is asked for. `stages` are `API/STAGE` of its usage plans.
pub fn api_key(key: &ApiKey, value: Option<String>, stages: Vec<String>) -> api::ApiKey {
    api::ApiKey {
        id: Some(key.id.clone()),
        value,
        name: key.name.clone(),
        description: key.description.clone(),
        customer_id: key.customer_id.clone(),
        enabled: Some(key.enabled),
        created_date: Some(key.created),
        last_updated_date: Some(key.updated),
        stage_keys: Some(stages),
        tags: shown(&key.tags),
    }
}

pub fn usage_plan(plan: &UsagePlan) -> api::UsagePlan {
    api::UsagePlan {
        id: Some(plan.id.clone()),
        name: Some(plan.name.clone()),
        description: plan.description.clone(),
        api_stages: Some(plan.stages.iter().map(plan_stage).collect()),
        throttle: plan.throttle.as_ref().map(throttle),
        quota: plan.quota.as_ref().map(quota),
        tags: shown(&plan.tags),
        product_code: None,
    }
}

fn plan_stage(stage: &PlanStage) -> api::ApiStage {
    let throttles = || stage.throttles.iter().map(|(method, t)| (method.clone(), throttle(t))).collect();
    api::ApiStage {
        api_id: Some(stage.api.clone()),
        stage: Some(stage.stage.clone()),
        throttle: (!stage.throttles.is_empty()).then(throttles),
    }
}

fn quota(quota: &Quota) -> api::QuotaSettings {
    api::QuotaSettings {
        limit: Some(quota.limit),
        offset: Some(quota.offset),
        period: Some(quota.period.text().to_owned()),
    }
}

pub fn usage_plan_key(key: &ApiKey, value: Option<String>) -> api::UsagePlanKey {
    api::UsagePlanKey {
        id: Some(key.id.clone()),
        r#type: Some("API_KEY".to_owned()),
        name: key.name.clone(),
        value,
    }
}
