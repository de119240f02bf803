//! <https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html>

use super::may;
use super::stage_wanted::frozen;
use super::trial::{by_name, headers, log, log_of_refusal, undeployed};
use crate::call::{Tested, Trial};
use crate::{ApiGateway, api, error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

impl Handler<ApiGateway> for api::TestInvokeMethod {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!(
                "/restapis/{}/resources/{}/methods/{}",
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
        if input.client_certificate_id.is_some_and(|id| !id.is_empty()) {
            return Err(ServiceError::not_implemented("client certificates"));
        }
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let rows = gateway.store.read();
        let api = Arc::new(read::rest_api(&rows, &call.scope, &id)?);
        let one = read::resource(&rows, &call.scope, &id, &resource)?;
        let verb = input.http_method.unwrap_or_default();
        let method = one.methods.get(&verb).ok_or_else(error::no_method)?;
        if method.integration.is_none() {
            return Err(error::not_found("No integration defined for method"));
        }
        let resources = frozen(&read::resources(&rows, &call.scope, &id)?, false)?;
        let own_path = resources.iter().find(|r| r.id == resource).map(|r| r.path.clone());
        let deployment = undeployed(&rows, call, &id, resources)?;
        let trial = Trial {
            verb,
            path_with_query: input.path_with_query_string.or(own_path).unwrap_or_default(),
            headers: headers(input.headers, input.multi_value_headers),
            body: input.body.unwrap_or_default(),
            stage_variables: input.stage_variables.unwrap_or_default(),
        };
        let Tested { response, refused, latency_ms } =
            gateway.try_method(call, api, deployment, &resource, &trial).await?;
        let (one, all) = by_name(&response.headers);
        let log = match &refused {
            Some(refusal) => log_of_refusal(call, refusal),
            None => log(
                call,
                &[
                    "Successfully completed execution",
                    &format!("Method completed with status: {}", response.status),
                ],
            ),
        };
        Ok(Self::Output {
            status: Some(i32::from(response.status)),
            body: Some(String::from_utf8_lossy(&response.body).into_owned()),
            headers: Some(one),
            multi_value_headers: Some(all),
            log: Some(log),
            latency: Some(latency_ms),
        })
    }
}
