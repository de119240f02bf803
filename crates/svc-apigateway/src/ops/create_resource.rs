//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html>

use super::may;
use super::resource_place::{admitted, shown};
use crate::read;
use crate::state::Resource;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateResource {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!(
                "/restapis/{}/resources/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.parent_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (id, parent) = (input.rest_api_id.unwrap_or_default(), input.parent_id.unwrap_or_default());
        let path_part = input.path_part.unwrap_or_default();
        let created = Resource {
            scope: call.scope.clone(),
            api: id.clone(),
            id: gateway.id(6),
            parent: Some(parent.clone()),
            path_part,
            methods: Default::default(),
        };
        let all = gateway
            .store
            .write(|tx: &mut Tx| {
                let siblings = read::resources(&tx.snapshot(), &call.scope, &id)?;
                admitted(&siblings, &created)?;
                tx.put(&created)?;
                read::resources(&tx.snapshot(), &call.scope, &id)
            })
            .await?;
        shown(&all, &created.id, false)
    }
}
