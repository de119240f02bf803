//! One file per operation, named as AWS names it; this is the registry.

mod api_wanted;
mod authorizer_wanted;
mod create_api;
mod create_api_mapping;
mod create_authorizer;
mod create_deployment;
mod create_domain_name;
mod create_integration;
mod create_route;
mod create_route_response;
mod create_stage;
mod create_vpc_link;
mod delete_access_log_settings;
mod delete_api;
mod delete_api_mapping;
mod delete_authorizer;
mod delete_cors_configuration;
mod delete_deployment;
mod delete_domain_name;
mod delete_integration;
mod delete_route;
mod delete_route_response;
mod delete_route_settings;
mod delete_stage;
mod delete_vpc_link;
mod export_api;
mod exported;
mod get_api;
mod get_api_mapping;
mod get_api_mappings;
mod get_apis;
mod get_authorizer;
mod get_authorizers;
mod get_deployment;
mod get_deployments;
mod get_domain_name;
mod get_domain_names;
mod get_integration;
mod get_integrations;
mod get_route;
mod get_route_response;
mod get_route_responses;
mod get_routes;
mod get_stage;
mod get_stages;
mod get_tags;
mod get_vpc_link;
mod get_vpc_links;
mod import_api;
mod imported;
mod integration_wanted;
mod reimport_api;
mod reset_authorizers_cache;
mod route_response_wanted;
mod route_wanted;
mod stage_wanted;
mod tag_resource;
mod untag_resource;
mod update_api;
mod update_api_mapping;
mod update_authorizer;
mod update_deployment;
mod update_domain_name;
mod update_integration;
mod update_route;
mod update_route_response;
mod update_stage;
mod update_vpc_link;

use crate::{ApiGatewayV2, api};
use base::Arn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use service::{Access, Call};
use std::sync::Arc;

/// The operations that are served.
pub fn registry(gateway: Arc<ApiGatewayV2>) -> service::Registry {
    service::Registry::builder(&api::MODEL, gateway)
        .with::<api::CreateApi>()
        .with::<api::CreateApiMapping>()
        .with::<api::CreateAuthorizer>()
        .with::<api::CreateDeployment>()
        .with::<api::CreateDomainName>()
        .with::<api::CreateIntegration>()
        .with::<api::CreateRoute>()
        .with::<api::CreateRouteResponse>()
        .with::<api::CreateStage>()
        .with::<api::CreateVpcLink>()
        .with::<api::DeleteAccessLogSettings>()
        .with::<api::DeleteApi>()
        .with::<api::DeleteApiMapping>()
        .with::<api::DeleteAuthorizer>()
        .with::<api::DeleteCorsConfiguration>()
        .with::<api::DeleteDeployment>()
        .with::<api::DeleteDomainName>()
        .with::<api::DeleteIntegration>()
        .with::<api::DeleteRoute>()
        .with::<api::DeleteRouteResponse>()
        .with::<api::DeleteRouteSettings>()
        .with::<api::DeleteStage>()
        .with::<api::DeleteVpcLink>()
        .with::<api::ExportApi>()
        .with::<api::GetApi>()
        .with::<api::GetApiMapping>()
        .with::<api::GetApiMappings>()
        .with::<api::GetApis>()
        .with::<api::GetAuthorizer>()
        .with::<api::GetAuthorizers>()
        .with::<api::GetDeployment>()
        .with::<api::GetDeployments>()
        .with::<api::GetDomainName>()
        .with::<api::GetDomainNames>()
        .with::<api::GetIntegration>()
        .with::<api::GetIntegrations>()
        .with::<api::GetRoute>()
        .with::<api::GetRouteResponse>()
        .with::<api::GetRouteResponses>()
        .with::<api::GetRoutes>()
        .with::<api::GetStage>()
        .with::<api::GetStages>()
        .with::<api::GetTags>()
        .with::<api::GetVpcLink>()
        .with::<api::GetVpcLinks>()
        .with::<api::ImportApi>()
        .with::<api::ReimportApi>()
        .with::<api::ResetAuthorizersCache>()
        .with::<api::TagResource>()
        .with::<api::UntagResource>()
        .with::<api::UpdateApi>()
        .with::<api::UpdateApiMapping>()
        .with::<api::UpdateAuthorizer>()
        .with::<api::UpdateDeployment>()
        .with::<api::UpdateDomainName>()
        .with::<api::UpdateIntegration>()
        .with::<api::UpdateRoute>()
        .with::<api::UpdateRouteResponse>()
        .with::<api::UpdateStage>()
        .with::<api::UpdateVpcLink>()
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
