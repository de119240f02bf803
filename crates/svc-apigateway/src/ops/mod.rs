//! One file per operation, named as AWS names it; this is the registry.

mod api_key_value;
mod create_api_key;
mod create_deployment;
mod create_resource;
mod create_rest_api;
mod create_stage;
mod create_usage_plan;
mod create_usage_plan_key;
mod delete_api_key;
mod delete_deployment;
mod delete_integration;
mod delete_method;
mod delete_method_response;
mod delete_resource;
mod delete_rest_api;
mod delete_stage;
mod delete_usage_plan;
mod delete_usage_plan_key;
mod get_account;
mod get_api_key;
mod get_api_keys;
mod get_deployment;
mod get_deployments;
mod get_integration;
mod get_method;
mod get_method_response;
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
mod integration_wanted;
mod method_wanted;
mod plan_stages;
mod plan_wanted;
mod put_integration;
mod put_method;
mod put_method_response;
mod resource_place;
mod rest_api_wanted;
mod stage_wanted;
mod tag_resource;
mod untag_resource;
mod update_api_key;
mod update_integration;
mod update_method;
mod update_resource;
mod update_rest_api;
mod update_stage;
mod update_usage_plan;

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
        .with::<api::CreateDeployment>()
        .with::<api::CreateResource>()
        .with::<api::CreateRestApi>()
        .with::<api::CreateStage>()
        .with::<api::CreateUsagePlan>()
        .with::<api::CreateUsagePlanKey>()
        .with::<api::DeleteApiKey>()
        .with::<api::DeleteDeployment>()
        .with::<api::DeleteIntegration>()
        .with::<api::DeleteMethod>()
        .with::<api::DeleteMethodResponse>()
        .with::<api::DeleteResource>()
        .with::<api::DeleteRestApi>()
        .with::<api::DeleteStage>()
        .with::<api::DeleteUsagePlan>()
        .with::<api::DeleteUsagePlanKey>()
        .with::<api::GetAccount>()
        .with::<api::GetApiKey>()
        .with::<api::GetApiKeys>()
        .with::<api::GetDeployment>()
        .with::<api::GetDeployments>()
        .with::<api::GetIntegration>()
        .with::<api::GetMethod>()
        .with::<api::GetMethodResponse>()
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
        .with::<api::PutIntegration>()
        .with::<api::PutMethod>()
        .with::<api::PutMethodResponse>()
        .with::<api::TagResource>()
        .with::<api::UntagResource>()
        .with::<api::UpdateApiKey>()
        .with::<api::UpdateIntegration>()
        .with::<api::UpdateMethod>()
        .with::<api::UpdateResource>()
        .with::<api::UpdateRestApi>()
        .with::<api::UpdateStage>()
        .with::<api::UpdateUsagePlan>()
        .build()
}

/// API Gateway's own actions are HTTP verbs, its resources the paths of its API.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html>
fn may(call: &Call, verb: &str, path: &str) -> Vec<Access> {
    // Its ARNs have no account.
    let arn = Arn { account: String::new(), ..Arn::regional("apigateway", &call.scope, path) };
    vec![Access::to(format!("apigateway:{verb}"), arn.to_string())]
}

/// The path of a resource's tags, as policies see it.
fn tag_path(arn: &str) -> String {
    format!("/tags/{}", utf8_percent_encode(arn, NON_ALPHANUMERIC))
}
