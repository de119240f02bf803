//! The operations, one file each, and the registry of them.

mod add_layer_version_permission;
mod add_permission;
mod aliases;
mod condition_keys;
mod create_alias;
mod create_function;
mod create_function_url_config;
mod delete_alias;
mod delete_function;
mod delete_function_concurrency;
mod delete_function_event_invoke_config;
mod delete_function_url_config;
mod delete_layer_version;
mod delete_provisioned_concurrency_config;
mod event_invoke_configs;
mod function_urls;
mod get_account_settings;
mod get_alias;
mod get_function;
mod get_function_code_signing_config;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_event_invoke_config;
mod get_function_recursion_config;
mod get_function_url_config;
mod get_layer_version;
mod get_layer_version_by_arn;
mod get_layer_version_policy;
mod get_policy;
mod get_provisioned_concurrency_config;
mod get_runtime_management_config;
mod invoke;
mod invoke_with_response_stream;
mod list_aliases;
mod list_function_event_invoke_configs;
mod list_function_url_configs;
mod list_functions;
mod list_layer_versions;
mod list_layers;
mod list_provisioned_concurrency_configs;
mod list_tags;
mod list_versions_by_function;
mod page;
mod payload;
mod provisioned_concurrency;
mod publish_layer_version;
mod publish_version;
mod put_function_concurrency;
mod put_function_event_invoke_config;
mod put_function_recursion_config;
mod put_provisioned_concurrency_config;
mod put_runtime_management_config;
mod remove_layer_version_permission;
mod remove_permission;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_alias;
mod update_function_code;
mod update_function_configuration;
mod update_function_event_invoke_config;
mod update_function_url_config;

pub(crate) use update_function_code::may_change;

use crate::api;
use crate::lambda::Lambda;
use crate::name::Named;
use service::{Access, Call, Registry, ServiceError};
use std::sync::Arc;

/// Everything that Lambda serves.
pub fn registry(service: Arc<Lambda>) -> Registry {
    Registry::builder(&api::MODEL, service)
        .with::<api::AddLayerVersionPermission>()
        .with::<api::AddPermission>()
        .with::<api::CreateAlias>()
        .with::<api::CreateFunction>()
        .with::<api::CreateFunctionUrlConfig>()
        .with::<api::DeleteAlias>()
        .with::<api::DeleteFunction>()
        .with::<api::DeleteFunctionConcurrency>()
        .with::<api::DeleteFunctionEventInvokeConfig>()
        .with::<api::DeleteFunctionUrlConfig>()
        .with::<api::DeleteLayerVersion>()
        .with::<api::DeleteProvisionedConcurrencyConfig>()
        .with::<api::GetAccountSettings>()
        .with::<api::GetAlias>()
        .with::<api::GetFunction>()
        .with::<api::GetFunctionCodeSigningConfig>()
        .with::<api::GetFunctionConcurrency>()
        .with::<api::GetFunctionConfiguration>()
        .with::<api::GetFunctionEventInvokeConfig>()
        .with::<api::GetFunctionRecursionConfig>()
        .with::<api::GetFunctionUrlConfig>()
        .with::<api::GetLayerVersion>()
        .with::<api::GetLayerVersionByArn>()
        .with::<api::GetLayerVersionPolicy>()
        .with::<api::GetPolicy>()
        .with::<api::GetProvisionedConcurrencyConfig>()
        .with::<api::GetRuntimeManagementConfig>()
        .with::<api::Invoke>()
        .with_stream::<api::InvokeWithResponseStream>()
        .with::<api::ListAliases>()
        .with::<api::ListFunctionEventInvokeConfigs>()
        .with::<api::ListFunctionUrlConfigs>()
        .with::<api::ListFunctions>()
        .with::<api::ListLayerVersions>()
        .with::<api::ListLayers>()
        .with::<api::ListProvisionedConcurrencyConfigs>()
        .with::<api::ListTags>()
        .with::<api::ListVersionsByFunction>()
        .with::<api::PublishLayerVersion>()
        .with::<api::PublishVersion>()
        .with::<api::PutFunctionConcurrency>()
        .with::<api::PutFunctionEventInvokeConfig>()
        .with::<api::PutFunctionRecursionConfig>()
        .with::<api::PutProvisionedConcurrencyConfig>()
        .with::<api::PutRuntimeManagementConfig>()
        .with::<api::RemoveLayerVersionPermission>()
        .with::<api::RemovePermission>()
        .with::<api::TagResource>()
        .with::<api::UntagResource>()
        .with::<api::UpdateAlias>()
        .with::<api::UpdateFunctionCode>()
        .with::<api::UpdateFunctionConfiguration>()
        .with::<api::UpdateFunctionEventInvokeConfig>()
        .with::<api::UpdateFunctionUrlConfig>()
        .build()
}

/// The function that a request names.
fn named(call: &Call, name: Option<&str>, qualifier: Option<&str>) -> Result<Named, ServiceError> {
    Named::parse(&call.scope, name.unwrap_or_default(), qualifier)
}

/// The question whether the caller may do `action` on the function, its own policy included.
pub(crate) fn access(lambda: &Lambda, action: &str, named: &Named) -> Result<Vec<Access>, ServiceError> {
    let resolved = lambda.resolve(named)?;
    let document = resolved.as_ref().map(|resolved| lambda.kept_policies.of(resolved)).transpose();
    let document = document.map_err(ServiceError::internal)?.flatten();
    let arn = named.qualified_arn().to_string();
    let access = Access::to(format!("lambda:{action}"), arn).resource_policy(document);
    Ok(vec![match &resolved {
        Some(resolved) => condition_keys::with_resource_tags(access, &resolved.function.tags),
        None => access,
    }])
}

/// The question whether the caller may hand `role` to Lambda for a function.
fn pass_role(role: &str, function: &Named) -> Access {
    Access::to("iam:PassRole", role)
        .context("iam:PassedToService", vec!["lambda.amazonaws.com".to_owned()])
        .context("iam:AssociatedResourceArn", vec![function.arn().to_string()])
}
