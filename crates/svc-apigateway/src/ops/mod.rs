//! One file per operation, named as AWS names it; this is the registry.

mod api_key_value;
mod authorizer_wanted;
mod canary_wanted;
mod create_api_key;
mod create_authorizer;
mod create_base_path_mapping;
mod create_deployment;
mod create_domain_name;
mod create_model;
mod create_request_validator;
mod create_resource;
mod create_rest_api;
mod create_stage;
mod create_usage_plan;
mod create_usage_plan_key;
mod create_vpc_link;
mod delete_api_key;
mod delete_authorizer;
mod delete_base_path_mapping;
mod delete_deployment;
mod delete_domain_name;
mod delete_gateway_response;
mod delete_integration;
mod delete_integration_response;
mod delete_method;
mod delete_method_response;
mod delete_model;
mod delete_request_validator;
mod delete_resource;
mod delete_rest_api;
mod delete_stage;
mod delete_usage_plan;
mod delete_usage_plan_key;
mod delete_vpc_link;
mod exported;
mod flush_stage_authorizers_cache;
mod gateway_response_wanted;
mod get_account;
mod get_api_key;
mod get_api_keys;
mod get_authorizer;
mod get_authorizers;
mod get_base_path_mapping;
mod get_base_path_mappings;
mod get_deployment;
mod get_deployments;
mod get_domain_name;
mod get_domain_names;
mod get_export;
mod get_gateway_response;
mod get_gateway_responses;
mod get_integration;
mod get_integration_response;
mod get_method;
mod get_method_response;
mod get_model;
mod get_models;
mod get_request_validator;
mod get_request_validators;
mod get_resource;
mod get_resources;
mod get_rest_api;
mod get_rest_apis;
mod get_stage;
mod get_stages;
mod get_tags;
mod get_usage;
mod get_usage_plan;
mod get_usage_plan_key;
mod get_usage_plan_keys;
mod get_usage_plans;
mod get_vpc_link;
mod get_vpc_links;
mod import_rest_api;
mod imported;
mod integration_response_wanted;
mod integration_wanted;
mod method_wanted;
mod model_wanted;
mod plan_stages;
mod plan_wanted;
mod put_gateway_response;
mod put_integration;
mod put_integration_response;
mod put_method;
mod put_method_response;
mod put_rest_api;
mod resource_place;
mod rest_api_wanted;
mod stage_wanted;
mod tag_resource;
mod test_invoke_authorizer;
mod test_invoke_method;
mod trial;
mod untag_resource;
mod update_account;
mod update_api_key;
mod update_authorizer;
mod update_base_path_mapping;
mod update_deployment;
mod update_domain_name;
mod update_gateway_response;
mod update_integration;
mod update_integration_response;
mod update_method;
mod update_method_response;
mod update_model;
mod update_request_validator;
mod update_resource;
mod update_rest_api;
mod update_stage;
mod update_usage_plan;
mod update_vpc_link;

pub(crate) use api_key_value::digest;

use crate::{ApiGateway, api};
use base::Arn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use service::{Access, Call};
use std::sync::Arc;

/// The operations that API Gateway serves.
pub fn registry(gateway: Arc<ApiGateway>) -> service::Registry {
    service::Registry::builder(&api::MODEL, gateway)
        .with::<api::CreateApiKey>()
        .with::<api::CreateAuthorizer>()
        .with::<api::CreateBasePathMapping>()
        .with::<api::CreateDeployment>()
        .with::<api::CreateDomainName>()
        .with::<api::CreateModel>()
        .with::<api::CreateRequestValidator>()
        .with::<api::CreateResource>()
        .with::<api::CreateRestApi>()
        .with::<api::CreateStage>()
        .with::<api::CreateUsagePlan>()
        .with::<api::CreateUsagePlanKey>()
        .with::<api::CreateVpcLink>()
        .with::<api::DeleteApiKey>()
        .with::<api::DeleteAuthorizer>()
        .with::<api::DeleteBasePathMapping>()
        .with::<api::DeleteDeployment>()
        .with::<api::DeleteDomainName>()
        .with::<api::DeleteGatewayResponse>()
        .with::<api::DeleteIntegration>()
        .with::<api::DeleteIntegrationResponse>()
        .with::<api::DeleteMethod>()
        .with::<api::DeleteMethodResponse>()
        .with::<api::DeleteModel>()
        .with::<api::DeleteRequestValidator>()
        .with::<api::DeleteResource>()
        .with::<api::DeleteRestApi>()
        .with::<api::DeleteStage>()
        .with::<api::DeleteUsagePlan>()
        .with::<api::DeleteUsagePlanKey>()
        .with::<api::DeleteVpcLink>()
        .with::<api::FlushStageAuthorizersCache>()
        .with::<api::GetAccount>()
        .with::<api::GetApiKey>()
        .with::<api::GetApiKeys>()
        .with::<api::GetAuthorizer>()
        .with::<api::GetAuthorizers>()
        .with::<api::GetBasePathMapping>()
        .with::<api::GetBasePathMappings>()
        .with::<api::GetDeployment>()
        .with::<api::GetDeployments>()
        .with::<api::GetDomainName>()
        .with::<api::GetDomainNames>()
        .with::<api::GetExport>()
        .with::<api::GetGatewayResponse>()
        .with::<api::GetGatewayResponses>()
        .with::<api::GetIntegration>()
        .with::<api::GetIntegrationResponse>()
        .with::<api::GetMethod>()
        .with::<api::GetMethodResponse>()
        .with::<api::GetModel>()
        .with::<api::GetModels>()
        .with::<api::GetRequestValidator>()
        .with::<api::GetRequestValidators>()
        .with::<api::GetResource>()
        .with::<api::GetResources>()
        .with::<api::GetRestApi>()
        .with::<api::GetRestApis>()
        .with::<api::GetStage>()
        .with::<api::GetStages>()
        .with::<api::GetTags>()
        .with::<api::GetUsage>()
        .with::<api::GetUsagePlan>()
        .with::<api::GetUsagePlanKey>()
        .with::<api::GetUsagePlanKeys>()
        .with::<api::GetUsagePlans>()
        .with::<api::GetVpcLink>()
        .with::<api::GetVpcLinks>()
        .with::<api::ImportRestApi>()
        .with::<api::PutGatewayResponse>()
        .with::<api::PutIntegration>()
        .with::<api::PutIntegrationResponse>()
        .with::<api::PutMethod>()
        .with::<api::PutMethodResponse>()
        .with::<api::PutRestApi>()
        .with::<api::TagResource>()
        .with::<api::TestInvokeAuthorizer>()
        .with::<api::TestInvokeMethod>()
        .with::<api::UntagResource>()
        .with::<api::UpdateAccount>()
        .with::<api::UpdateApiKey>()
        .with::<api::UpdateAuthorizer>()
        .with::<api::UpdateBasePathMapping>()
        .with::<api::UpdateDeployment>()
        .with::<api::UpdateDomainName>()
        .with::<api::UpdateGatewayResponse>()
        .with::<api::UpdateIntegration>()
        .with::<api::UpdateIntegrationResponse>()
        .with::<api::UpdateMethod>()
        .with::<api::UpdateMethodResponse>()
        .with::<api::UpdateModel>()
        .with::<api::UpdateRequestValidator>()
        .with::<api::UpdateResource>()
        .with::<api::UpdateRestApi>()
        .with::<api::UpdateStage>()
        .with::<api::UpdateUsagePlan>()
        .with::<api::UpdateVpcLink>()
        .build()
}

/// API Gateway's own actions are HTTP verbs, its resources the paths of its API.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html>
fn may(call: &Call, verb: &str, path: &str) -> Vec<Access> {
    // Its ARNs have no account.
    let arn = Arn { account: String::new(), ..Arn::regional("apigateway", &call.scope, path) };
    vec![Access::to(format!("apigateway:{verb}"), arn.to_string())]
}

/// Who says or changes an API's resource policy needs this besides.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html>
fn may_set_policy(call: &Call, path: &str) -> Vec<Access> {
    may(call, "UpdateRestApiPolicy", path)
}

/// The path of a resource's tags, as policies see it.
fn tag_path(arn: &str) -> String {
    format!("/tags/{}", utf8_percent_encode(arn, NON_ALPHANUMERIC))
}

/// Who hands a role to API Gateway must be allowed to.
fn may_pass(role: Option<&str>) -> Vec<Access> {
    let to_gateway = || vec!["apigateway.amazonaws.com".to_owned()];
    role.map(|role| Access::to("iam:PassRole", role).context("iam:PassedToService", to_gateway()))
        .into_iter()
        .collect()
}
