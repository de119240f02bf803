//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>

use super::integration_wanted::{check, wanted};
use super::{may, may_pass};
use crate::state::Integration;
use crate::{ApiGateway, api};
use crate::{error, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::PutIntegration {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(
            call,
            "PUT",
            &format!(
                "/restapis/{}/resources/{}/methods/{}/integration",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default(),
                input.http_method.as_deref().unwrap_or_default()
            ),
        );
        asked.extend(may_pass(input.credentials.as_deref()));
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let made = wanted(&input)?;
        let verb = input.http_method.unwrap_or_default();
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let made = Integration {
            cache_namespace: input.cache_namespace.unwrap_or_else(|| resource.clone()),
            ..made
        };
        let shown = render::integration(&made);
        let rows = gateway.store.read();
        gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                check(&rows, &made, method, &call.scope)?;
                method.integration = Some(made);
                Ok(())
            })
            .await?;
        Ok(shown)
    }
}
