//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings-apimappingid.html#UpdateApiMapping>

use super::may;
use crate::domain_names::{Refused, mapping};
use crate::{ApiGatewayV2, api, shape};
use domains::Mapping;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::UpdateApiMapping {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/domainnames/{}/apimappings/{}",
                input.domain_name.as_deref().unwrap_or_default(),
                input.api_mapping_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (name, id) = (input.domain_name.unwrap_or_default(), input.api_mapping_id.unwrap_or_default());
        let apply = |mapping: &mut Mapping| {
            if let Some(key) = &input.api_mapping_key {
                mapping.set_base_path(key)?;
            }
            if let Some(api) = input.api_id {
                mapping.api = api;
            }
            if input.stage.is_some() {
                mapping.stage = input.stage;
            }
            Ok::<_, Refused>(())
        };
        let chosen = |one: &Mapping| one.id == id;
        let changed = gateway.needs.domains.remap(&call.scope, &name, chosen, apply).await;
        shape::as_shape(mapping(&changed.map_err(|refused| refused.0)?))
    }
}
