//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployments.html>

use super::may;
use crate::page::page;
use crate::state::Deployment;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetDeployments {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/restapis/{}/deployments", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let api = read::rest_api(&rows, &call.scope, input.rest_api_id.as_deref().unwrap_or_default())?;
        let mut all = rows.scan::<Deployment>(&call.scope.key(&format!("{}/", api.id)))?;
        all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        let (all, position) = page(all, |deployment| &deployment.id, input.limit, input.position.as_deref())?;
        Ok(api::Deployments {
            items: Some(all.iter().map(|d| render::deployment(d, false)).collect()),
            position,
        })
    }
}
