//! <https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeAuthorizer.html>

use super::may;
use super::trial::{headers, log, log_of_refusal, undeployed};
use crate::call::Trial;
use crate::state::AuthorizerType;
use crate::{ApiGateway, api, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Handler<ApiGateway> for api::TestInvokeAuthorizer {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!(
                "/restapis/{}/authorizers/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.authorizer_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (id, authorizer) =
            (input.rest_api_id.unwrap_or_default(), input.authorizer_id.unwrap_or_default());
        let rows = gateway.store.read();
        let api = Arc::new(read::rest_api(&rows, &call.scope, &id)?);
        let found = read::authorizer(&rows, &call.scope, &id, &authorizer)?;
        // What a trial finds out is not kept, nor does it find what is.
        let mut deployment = undeployed(&rows, call, &id, Vec::new())?;
        if let Some(tried) = deployment.parts.authorizers.get_mut(&authorizer) {
            tried.ttl_s = 0;
        }
        let trial = Trial {
            verb: "GET".to_owned(),
            path_with_query: input.path_with_query_string.unwrap_or_default(),
            headers: headers(input.headers, input.multi_value_headers),
            body: input.body.unwrap_or_default(),
            stage_variables: input.stage_variables.unwrap_or_default(),
        };
        let kind = if found.kind == AuthorizerType::Token { "TOKEN" } else { "REQUEST" };
        Ok(match gateway.try_authorizer(call, api, deployment, &authorizer, &trial).await {
            Ok(authorized) => Self::Output {
                client_status: Some(0),
                log: Some(log(call, &[&format!("Successfully completed authorizer of type {kind}")])),
                latency: Some(authorized.latency_ms),
                principal_id: Some(authorized.answer.principal_id.clone()),
                policy: Some(authorized.answer.policy.text().to_owned()),
                authorization: Some(BTreeMap::new()),
                claims: None,
            },
            Err(refusal) => Self::Output {
                client_status: Some(i32::from(refusal.status)),
                log: Some(log_of_refusal(call, &refusal)),
                latency: Some(0),
                ..Default::default()
            },
        })
    }
}
