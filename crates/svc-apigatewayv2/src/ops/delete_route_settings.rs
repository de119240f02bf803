//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-routesettings-routekey#DeleteRouteSettings>

use super::may;
use crate::{ApiGatewayV2, api, error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::DeleteRouteSettings {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/apis/{}/stages/{}/routesettings/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default(),
                input.route_key.as_deref().unwrap_or_default()
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
                let key = input.route_key.as_deref().unwrap_or_default();
                if stage.route_settings.remove(key).is_none() {
                    return Err(error::not_found(format!(
                        "Unable to find Route by key {key} within the provided RouteSettings"
                    )));
                }
                stage.updated = call.now;
                Ok::<_, ServiceError>(tx.put(&stage)?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
