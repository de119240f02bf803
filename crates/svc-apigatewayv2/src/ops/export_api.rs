//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html#ExportApi>

use super::{exported, may};
use crate::state::Protocol;
use crate::{ApiGatewayV2, api, error, read};
use openapi::{Extensions, Flavour, Format, Place};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::ExportApi {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let (id, kind) = (input.api_id.as_deref(), input.specification.as_deref());
        let path = format!("/apis/{}/exports/{}", id.unwrap_or_default(), kind.unwrap_or_default());
        Ok(may(call, "GET", &path))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (rows, id) = (gateway.store.read(), input.api_id.as_deref().unwrap_or_default());
        let api = read::api(&rows, &call.scope, id)?;
        if api.protocol != Protocol::Http {
            return Err(error::bad_request("Exporting an API definition is only supported for HTTP APIs"));
        }
        if input.specification.as_deref() != Some("OAS30") {
            return Err(error::bad_request("Invalid specification. Must be one of [OAS30]"));
        }
        if input.export_version.as_deref().is_some_and(|version| version != "1.0") {
            return Err(error::bad_request("Invalid export version. Must be one of [1.0]"));
        }
        // A stage serves its deployment; without a stage the API is told as it is now.
        let (content, stage) = match input.stage_name.as_deref() {
            None => (api.content.clone(), None),
            Some(name) => {
                let stage = read::stage(&rows, &call.scope, id, name)?;
                let deployment = stage.deployment.as_deref().ok_or_else(|| {
                    error::bad_request("Unable to export the API because its stage has no deployment")
                })?;
                (read::deployment(&rows, &call.scope, id, deployment)?.content.clone(), Some(stage.name))
            }
        };
        let place = Place {
            host: format!("{id}.execute-api.{}.amazonaws.com", call.scope.region),
            base_path: stage
                .filter(|name| name != "$default")
                .map(|name| format!("/{name}"))
                .unwrap_or_default(),
        };
        let extensions =
            if input.include_extensions == Some(false) { Extensions::default() } else { Extensions::ALL };
        let definition = exported::definition(&api, &content);
        let document = openapi::document(&definition, Flavour::Http, Format::OpenApi, extensions, &place);
        let text = match input.output_type.as_deref() {
            Some("JSON") => openapi::json(&document),
            Some("YAML") => openapi::yaml(&document),
            _ => return Err(error::bad_request("Invalid output type. Must be one of [JSON, YAML]")),
        };
        Ok(api::ExportApiResponse { body: Some(text.into_bytes()) })
    }
}
