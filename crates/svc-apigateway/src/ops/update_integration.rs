//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegration.html>

use super::integration_wanted::{function, timeout};
use super::may;
use crate::patch::Patch;
use crate::state::Integration;
use crate::{ApiGateway, api};
use crate::{error, patch, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

fn change(integration: &mut Integration, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["uri"] => {
            integration.function = function(patch.value()?)?;
            patch.value()?.clone_into(&mut integration.uri);
        }
        ["timeoutInMillis"] => integration.timeout_ms = timeout(patch.number()?)?,
        ["cacheNamespace"] => patch.value()?.clone_into(&mut integration.cache_namespace),
        ["httpMethod"] => patch.value()?.clone_into(&mut integration.http_method),
        [
            "requestParameters"
            | "requestTemplates"
            | "credentials"
            | "contentHandling"
            | "connectionId"
            | "connectionType"
            | "passthroughBehavior"
            | "cacheKeyParameters"
            | "tlsConfig",
            ..,
        ] => {
            return Err(ServiceError::not_implemented(&patch.path));
        }
        _ => return Err(error::bad_request(format!("Invalid patch path {}", patch.path))),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateIntegration {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/resources/{}/methods/{}/integration",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default(),
                input.http_method.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let verb = input.http_method.unwrap_or_default();
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let changed = gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                let integration = method.integration.as_mut().ok_or_else(error::no_integration)?;
                patches.iter().try_for_each(|patch| change(integration, patch))
            })
            .await?;
        let method = changed.methods.get(&verb).ok_or_else(error::no_method)?;
        method.integration.as_ref().map(render::integration).ok_or_else(error::no_integration)
    }
}
