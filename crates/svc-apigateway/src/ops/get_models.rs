//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetModels.html>

use super::may;
use crate::page::page;
use crate::{ApiGateway, api, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetModels {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/restapis/{}/models", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = read::models(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?;
        let (items, position) = page(all, |item| &item.name, input.limit, input.position.as_deref())?;
        Ok(Self::Output { items: Some(items.iter().map(|item| render::model(item)).collect()), position })
    }
}
