//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#ImportApi>

use super::imported::Import;
use super::{create_api, may};
use crate::state::Protocol;
use crate::{ApiGatewayV2, api, error, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::ImportApi {
    fn access(_: &ApiGatewayV2, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PUT", "/apis"))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let import = Import::read(input.body.as_deref(), input.basepath.as_deref(), input.fail_on_warnings)?;
        let mut made = create_api::blank(gateway, call, Protocol::Http)?;
        let write = |tx: &mut Tx| {
            let warnings = import.put_into(gateway, &tx.snapshot(), &mut made)?;
            if made.name.is_empty() {
                return Err(error::bad_request("Invalid OpenAPI input."));
            }
            create_api::put(tx, &made)?;
            Ok(warnings)
        };
        let warnings = gateway.store.write(write).await?;
        let shown = api::Api { warnings: Some(warnings).filter(|w| !w.is_empty()), ..render::api(&made) };
        shape::as_shape(shown)
    }
}
