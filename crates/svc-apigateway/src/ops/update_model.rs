//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateModel.html>

use super::may;
use super::model_wanted::check_schema;
use crate::{ApiGateway, api, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateModel {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/models/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.model_name.as_deref().unwrap_or_default()
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
        let (id, name) = (input.rest_api_id.unwrap_or_default(), input.model_name.unwrap_or_default());
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let mut model = read::model(&rows, &call.scope, &id, &name)?;
                for patch in &patches {
                    match patch.parts()[..] {
                        ["description"] => model.description = patch.text(),
                        ["schema"] => model.schema = Some(patch.value()?.to_owned()),
                        _ => return Err(patch.unknown(&["/description", "/schema"])),
                    }
                }
                check_schema(model.schema.as_deref(), &read::models(&rows, &call.scope, &id)?)?;
                tx.put(&model)?;
                Ok::<_, ServiceError>(model)
            })
            .await?;
        Ok(render::model(&changed))
    }
}
