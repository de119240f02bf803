//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html>

use super::{exported, may};
use crate::{ApiGateway, api, error, read};
use openapi::{Extensions, Flavour, Format, Place};
use service::{Access, Authorized, Call, Handler, ServiceError};

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

impl Handler<ApiGateway> for api::GetExport {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/stages/{}/exports/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default(),
                input.export_type.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, stage) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.stage_name.as_deref().unwrap_or_default(),
        );
        let rows = gateway.store.read();
        let api = read::rest_api(&rows, &call.scope, id)?;
        let stage = read::stage(&rows, &call.scope, id, stage)?;
        let kind = input.export_type.as_deref().unwrap_or_default();
        let format = match kind {
            "swagger" => Format::Swagger,
            "oas30" => Format::OpenApi,
            _ => return Err(error::bad_request(format!("No API exporter for type '{kind}'"))),
        };
        let said =
            input.parameters.as_ref().and_then(|all| all.get("extensions").or_else(|| all.get("extension")));
        let extensions = extensions(said.map(String::as_str).unwrap_or_default())?;
        let deployment = read::deployment(&rows, &call.scope, id, &stage.deployment)?;
        let place = Place {
            host: format!("{id}.execute-api.{}.amazonaws.com", call.scope.region),
            base_path: format!("/{}", stage.name),
        };
        let definition = exported::definition(&api, &deployment);
        let document = openapi::document(&definition, Flavour::Rest, format, extensions, &place);
        let (text, content_type, ending) = match input.accepts.as_deref() {
            Some(accepts) if accepts.starts_with(YAML) => (openapi::yaml(&document), YAML, "yaml"),
            _ => (openapi::json(&document), JSON, "json"),
        };
        let name = format!("{kind}_{}.{ending}", call.now.iso8601());
        Ok(api::ExportResponse {
            content_type: Some(content_type.to_owned()),
            content_disposition: Some(format!("attachment; filename=\"{name}\"")),
            body: Some(text.into_bytes()),
        })
    }
}

fn extensions(said: &str) -> Result<Extensions, ServiceError> {
    let mut extensions = Extensions::default();
    for name in said.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            "integrations" => extensions.integrations = true,
            "authorizers" => extensions.authorizers = true,
            "apigateway" => extensions = Extensions::ALL,
            "postman" => return Err(ServiceError::not_implemented("the export's extension postman")),
            // What there is none of is exported in full.
            "documentation" => {}
            _ => return Err(error::bad_request(format!("Invalid export extension specified: {name}"))),
        }
    }
    Ok(extensions)
}
