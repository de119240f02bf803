//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRequestValidator.html>

use super::may;
use crate::{ApiGateway, api, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateRequestValidator {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/requestvalidators/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.request_validator_id.as_deref().unwrap_or_default()
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
        let (id, validator) =
            (input.rest_api_id.unwrap_or_default(), input.request_validator_id.unwrap_or_default());
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut validator = read::validator(&tx.snapshot(), &call.scope, &id, &validator)?;
                for patch in &patches {
                    match patch.parts()[..] {
                        ["name"] => validator.name = patch.text(),
                        ["validateRequestBody"] => validator.validates_body = patch.flag()?,
                        ["validateRequestParameters"] => validator.validates_parameters = patch.flag()?,
                        _ => {
                            let known = ["/name", "/validateRequestBody", "/validateRequestParameters"];
                            return Err(patch.unknown(&known));
                        }
                    }
                }
                tx.put(&validator)?;
                Ok::<_, ServiceError>(validator)
            })
            .await?;
        Ok(render::request_validator(&changed))
    }
}
