//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateModel.html>

use super::may;
use super::model_wanted::{admit, check_name, check_schema};
use crate::state::Model;
use crate::{ApiGateway, api, error, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateModel {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!("/restapis/{}/models", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.rest_api_id.unwrap_or_default();
        let made = Model {
            scope: call.scope.clone(),
            api: id.clone(),
            id: gateway.id(6),
            name: check_name(input.name.unwrap_or_default())?,
            description: input.description,
            schema: input.schema.filter(|schema| !schema.is_empty()),
            content_type: input.content_type.unwrap_or_default(),
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                let all = read::models(&tx.snapshot(), &call.scope, &id)?;
                if all.iter().any(|model| model.name == made.name) {
                    return Err(error::conflict("Model name already exists for this REST API"));
                }
                admit(all.len())?;
                check_schema(made.schema.as_deref(), &all)?;
                Ok(tx.put(&made)?)
            })
            .await?;
        Ok(render::model(&made))
    }
}
