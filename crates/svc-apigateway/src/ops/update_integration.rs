//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegration.html>

use super::authorizer_wanted::passed;
use super::integration_wanted::{check, connection, handling, passthrough, timeout};
use super::may;
use crate::patch::{Op, Patch};
use crate::state::Integration;
use crate::{ApiGateway, api};
use crate::{error, patch, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

fn wants_link(patch: &Patch) -> bool {
    patch.path == "/connectionType" && patch.text().as_deref() == Some("VPC_LINK")
}

fn change(integration: &mut Integration, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["uri"] => patch.value()?.clone_into(&mut integration.uri),
        ["timeoutInMillis"] => integration.timeout_ms = timeout(patch.number()?)?,
        ["cacheNamespace"] => patch.value()?.clone_into(&mut integration.cache_namespace),
        ["httpMethod"] => patch.value()?.clone_into(&mut integration.http_method),
        ["credentials"] => integration.credentials = patch.text(),
        ["contentHandling"] => integration.content_handling = handling(patch.text().as_deref())?,
        ["passthroughBehavior"] => integration.passthrough = passthrough(patch.text().as_deref())?,
        ["requestParameters", name] if patch.op == Op::Remove => {
            integration.request_parameters.remove(name);
        }
        ["requestParameters", name] => {
            integration.request_parameters.insert(name.to_owned(), patch.value()?.to_owned());
        }
        ["requestTemplates", kind] if patch.op == Op::Remove => {
            integration.request_templates.remove(kind);
        }
        ["requestTemplates", kind] => {
            integration.request_templates.insert(kind.to_owned(), patch.value.clone().unwrap_or_default());
        }
        ["connectionType"] if wants_link(patch) => {}
        ["connectionType"] => integration.connection = connection(patch.text().as_deref(), None)?,
        ["connectionId"] => integration.connection = patch.text(),
        ["cacheKeyParameters" | "tlsConfig", ..] => {
            return Err(ServiceError::not_implemented(&patch.path));
        }
        _ => return Err(error::bad_request(format!("Invalid patch path {}", patch.path))),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateIntegration {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/resources/{}/methods/{}/integration",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default(),
                input.http_method.as_deref().unwrap_or_default()
            ),
        );
        asked.extend(passed(input.patch_operations.as_deref()));
        Ok(asked)
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
        let rows = gateway.store.read();
        let changed = gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                let mut integration = method.integration.clone().ok_or_else(error::no_integration)?;
                patches.iter().try_for_each(|patch| change(&mut integration, patch))?;
                if patches.iter().any(wants_link) && integration.connection.is_none() {
                    // Which says that the link is missing.
                    connection(Some("VPC_LINK"), None)?;
                }
                check(&rows, &integration, method, &call.scope)?;
                method.integration = Some(integration);
                Ok(())
            })
            .await?;
        let method = changed.methods.get(&verb).ok_or_else(error::no_method)?;
        method.integration.as_ref().map(render::integration).ok_or_else(error::no_integration)
    }
}
