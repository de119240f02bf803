//! One file per operation, named as AWS names it; this is the registry.

mod api_wanted;
mod authorizer_wanted;
mod create_api;
mod create_authorizer;
mod create_deployment;
mod create_integration;
mod create_route;
mod create_route_response;
mod create_stage;
mod delete_access_log_settings;
mod delete_api;
mod delete_authorizer;
mod delete_cors_configuration;
mod delete_deployment;
mod delete_integration;
mod delete_route;
mod delete_route_response;
mod delete_route_settings;
mod delete_stage;
mod get_api;
mod get_apis;
mod get_authorizer;
mod get_authorizers;
mod get_deployment;
mod get_deployments;
mod get_integration;
mod get_integrations;
mod get_route;
mod get_route_response;
mod get_route_responses;
mod get_routes;
mod get_stage;
mod get_stages;
mod get_tags;
mod integration_wanted;
mod reset_authorizers_cache;
mod route_response_wanted;
mod route_wanted;
mod stage_wanted;
mod tag_resource;
mod untag_resource;
mod update_api;
mod update_authorizer;
mod update_deployment;
mod update_integration;
mod update_route;
mod update_route_response;
mod update_stage;

use crate::{ApiGatewayV2, api};
use base::Arn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use service::{Access, Call};
use std::sync::Arc;

/// The operations that are served.
pub fn registry(gateway: Arc<ApiGatewayV2>) -> service::Registry {
    service::Registry::builder(&api::MODEL, gateway)
        .with::<api::CreateApi>()
        .with::<api::CreateAuthorizer>()
        .with::<api::CreateDeployment>()
        .with::<api::CreateIntegration>()
        .with::<api::CreateRoute>()
        .with::<api::CreateRouteResponse>()
        .with::<api::CreateStage>()
        .with::<api::DeleteAccessLogSettings>()
        .with::<api::DeleteApi>()
        .with::<api::DeleteAuthorizer>()
        .with::<api::DeleteCorsConfiguration>()
        .with::<api::DeleteDeployment>()
        .with::<api::DeleteIntegration>()
        .with::<api::DeleteRoute>()
        .with::<api::DeleteRouteResponse>()
        .with::<api::DeleteRouteSettings>()
        .with::<api::DeleteStage>()
        .with::<api::GetApi>()
        .with::<api::GetApis>()
        .with::<api::GetAuthorizer>()
        .with::<api::GetAuthorizers>()
        .with::<api::GetDeployment>()
        .with::<api::GetDeployments>()
        .with::<api::GetIntegration>()
        .with::<api::GetIntegrations>()
        .with::<api::GetRoute>()
        .with::<api::GetRouteResponse>()
        .with::<api::GetRouteResponses>()
        .with::<api::GetRoutes>()
        .with::<api::GetStage>()
        .with::<api::GetStages>()
        .with::<api::GetTags>()
        .with::<api::ResetAuthorizersCache>()
        .with::<api::TagResource>()
        .with::<api::UntagResource>()
        .with::<api::UpdateApi>()
        .with::<api::UpdateAuthorizer>()
        .with::<api::UpdateDeployment>()
        .with::<api::UpdateIntegration>()
        .with::<api::UpdateRoute>()
        .with::<api::UpdateRouteResponse>()
        .with::<api::UpdateStage>()
        .build()
}

/// API Gateway's own actions are HTTP verbs, its resources the paths of its API.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html>
fn may(call: &Call, verb: &str, path: &str) -> Vec<Access> {
    // Its ARNs have no account.
    let arn = Arn { account: String::new(), ..Arn::regional("apigateway", &call.scope, path) };
    vec![Access::to(format!("apigateway:{verb}"), arn.to_string())]
}

/// The path of a resource's tags, as policies see it.
fn tag_path(arn: &str) -> String {
    format!("/tags/{}", utf8_percent_encode(arn, NON_ALPHANUMERIC))
}
