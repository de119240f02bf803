//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#CreateApi>

use super::api_wanted::{apply, default_selection, protocol};
use super::integration_wanted::quick;
use super::may;
use crate::state::{Api, ApiOwner, Content, Protocol, Route, Stage};
use crate::{ApiGatewayV2, api, error, quota, render, shape, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::CreateApi {
    fn access(_: &ApiGatewayV2, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/apis"))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let mut made = blank(gateway, call, protocol(input.protocol_type.as_deref().unwrap_or_default())?)?;
        apply(&mut made, &input)?;
        if made.route_selection_expression.is_empty() {
            return Err(error::bad_request("routeSelectionExpression is required for WEBSOCKET APIs"));
        }
        let stage = match &input.target {
            Some(target) => Some(quick_create(gateway, call, &mut made, target, input.route_key.as_deref())?),
            None => None,
        };
        made.tags = tags::checked(input.tags)?;
        gateway
            .store
            .write(|tx: &mut Tx| {
                put(tx, &made)?;
                if let Some(stage) = stage {
                    gateway.deploy_automatically(tx, &made, stage, call.now)?;
                }
                Ok::<_, ServiceError>(())
            })
            .await?;
        shape::as_shape(render::api(&made))
    }
}

/// Stores a new API.
pub fn put(tx: &mut Tx, made: &Api) -> Result<(), ServiceError> {
    if tx.scan::<Api>(&made.scope.prefix())?.len() >= quota::APIS {
        return Err(error::too_many("Maximum number of APIs exceeded."));
    }
    tx.put(&ApiOwner { id: made.id.clone(), scope: made.scope.clone() })?;
    Ok(tx.put(made)?)
}

pub fn blank(gateway: &ApiGatewayV2, call: &Call, protocol: Protocol) -> Result<Api, ServiceError> {
    Ok(Api {
        scope: call.scope.clone(),
        id: gateway.id(10),
        protocol,
        name: String::new(),
        description: None,
        version: None,
        created: call.now,
        route_selection_expression: default_selection(protocol).unwrap_or_default(),
        api_key_selection_expression: render::API_KEY_SELECTION.to_owned(),
        disable_execute_api_endpoint: false,
        ip_address_type: "ipv4".to_owned(),
        tags: Default::default(),
        content: Content::default(),
    })
}

/// One integration, one route to it, and the stage that serves both.
fn quick_create(
    gateway: &ApiGatewayV2,
    call: &Call,
    made: &mut Api,
    target: &str,
    key: Option<&str>,
) -> Result<Stage, ServiceError> {
    if made.protocol != Protocol::Http {
        return Err(error::bad_request("Quick create is only supported for HTTP APIs"));
    }
    let integration = quick(gateway.id(7), target)?;
    let key = key.unwrap_or(crate::model::route_key::DEFAULT);
    super::route_wanted::check_key(made, None, key)?;
    let route = Route {
        key: key.to_owned(),
        target: Some(integration.id.clone()),
        managed: true,
        ..super::route_wanted::blank(gateway.id(7))
    };
    made.content.integrations.insert(integration.id.clone(), integration);
    made.content.routes.insert(route.id.clone(), route);
    let stage = super::stage_wanted::blank(call, &made.id, crate::model::route_key::DEFAULT.to_owned());
    Ok(Stage { auto_deploy: true, managed: true, ..stage })
}
