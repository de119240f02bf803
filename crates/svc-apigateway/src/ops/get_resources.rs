//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html>

use super::may;
use crate::page::page;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetResources {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/restapis/{}/resources", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = read::resources(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?;
        let with_methods = input.embed.iter().flatten().any(|what| what == "methods");
        let mut items = render::resources(&all, with_methods);
        items.sort_by(|a, b| a.path.cmp(&b.path));
        let id = |r: &api::Resource| r.id.as_deref().unwrap_or_default().to_owned();
        let ids: Vec<(String, api::Resource)> = items.into_iter().map(|r| (id(&r), r)).collect();
        let (items, position) = page(ids, |(id, _)| id, input.limit, input.position.as_deref())?;
        Ok(api::Resources { items: Some(items.into_iter().map(|(_, r)| r).collect()), position })
    }
}
