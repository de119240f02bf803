//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-accesslogsettings#DeleteAccessLogSettings>

use super::may;
use crate::{ApiGatewayV2, api, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::DeleteAccessLogSettings {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/apis/{}/stages/{}/accesslogsettings",
                input.api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, name) =
            (input.api_id.as_deref().unwrap_or_default(), input.stage_name.as_deref().unwrap_or_default());
        gateway
            .store
            .write(|tx: &mut Tx| {
                let mut stage = read::stage(&tx.snapshot(), &call.scope, id, name)?;
                stage.access_log = None;
                stage.updated = call.now;
                Ok::<_, ServiceError>(tx.put(&stage)?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
