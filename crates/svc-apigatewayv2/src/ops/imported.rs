//! An HTTP API out of an OpenAPI document: read, then built by the checks of the single operations.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html>

mod found;
mod routes;

use super::{api_wanted, authorizer_wanted};
use crate::state::{Api, Content, Protocol};
use crate::{ApiGatewayV2, api, error, quota, tags};
use found::Found;
use openapi::{Definition, Document, Flavour, Malformed};
use service::ServiceError;
use store::Snapshot;

pub struct Import {
    definition: Definition,
    warnings: Vec<String>,
    /// What stands before each path.
    base_path: String,
    fails_on_warnings: bool,
}

impl Import {
    pub fn read(
        body: Option<&str>,
        base_path: Option<&str>,
        fails_on_warnings: Option<bool>,
    ) -> Result<Self, ServiceError> {
        let document = Document::parse(body.unwrap_or_default().as_bytes()).map_err(|e| invalid(&e))?;
        let read = document.read(Flavour::Http).map_err(|e| invalid(&e))?;
        let said = read.definition.base_path.clone().unwrap_or_default();
        let base_path = match base_path {
            None | Some("ignore") => String::new(),
            Some("prepend") => said,
            Some("split") => {
                let rest = said.trim_start_matches('/').split_once('/');
                rest.map(|(_, rest)| format!("/{rest}")).unwrap_or_default()
            }
            Some(_) => {
                let text = "Invalid basepath specified. Must be one of [ignore, prepend, split]";
                return Err(error::bad_request(text));
            }
        };
        let fails_on_warnings = fails_on_warnings == Some(true);
        Ok(Self { definition: read.definition, warnings: read.warnings, base_path, fails_on_warnings })
    }

    /// Makes the API what the document says, by the rows as they are then, and tells what was passed over.
    pub fn put_into(
        self,
        gateway: &ApiGatewayV2,
        rows: &Snapshot,
        made: &mut Api,
    ) -> Result<Vec<String>, ServiceError> {
        if made.protocol != Protocol::Http {
            return Err(error::bad_request("Importing an API definition is only supported for HTTP APIs"));
        }
        let mut found = Found::default();
        let before = std::mem::take(&mut made.content);
        api_wanted::apply(made, &self.wanted())?;
        made.tags.extend(tags::checked(Some(self.definition.tags.clone()))?);
        self.authorizers(gateway, made, &before, &mut found)?;
        routes::put(gateway, rows, made, &before, &self.definition, &self.base_path, &mut found)?;
        found.checked()?;
        if self.fails_on_warnings && !self.warnings.is_empty() {
            let told = self.warnings.join("\n\t");
            return Err(error::bad_request(format!("Warnings found during import:\n\t{told}")));
        }
        Ok(self.warnings)
    }

    fn wanted(&self) -> api::CreateApiRequest {
        let Definition { title, description, version, endpoint, cors, .. } = &self.definition;
        let cors = cors.as_ref().map(|said| api::Cors {
            allow_credentials: said.allow_credentials,
            allow_headers: said.allow_headers.clone(),
            allow_methods: said.allow_methods.clone(),
            allow_origins: said.allow_origins.clone(),
            expose_headers: said.expose_headers.clone(),
            max_age: said.max_age_s.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX)),
        });
        api::CreateApiRequest {
            name: title.clone(),
            description: description.clone(),
            version: version.clone(),
            disable_execute_api_endpoint: endpoint.disable_execute_api_endpoint,
            ip_address_type: endpoint.ip_address_type.clone(),
            cors_configuration: cors,
            ..api::CreateApiRequest::default()
        }
    }

    fn authorizers(
        &self,
        gateway: &ApiGatewayV2,
        made: &mut Api,
        before: &Content,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        for (name, wanted) in &self.definition.authorizers {
            if made.content.authorizers.len() >= quota::AUTHORIZERS {
                return Err(error::too_many("Maximum number of authorizers for this API has been reached."));
            }
            let known = before.authorizers.values().find(|one| one.name == *name);
            let id = known.map_or_else(|| gateway.id(6), |one| one.id.clone());
            let one = authorizer_wanted::new(made, id, &authorizer(name, wanted));
            if let Some(one) = found.note(|| format!("Unable to create authorizer '{name}'"), one)? {
                made.content.authorizers.insert(one.id.clone(), one);
            }
        }
        Ok(())
    }
}

fn authorizer(name: &str, wanted: &openapi::Authorizer) -> api::CreateAuthorizerRequest {
    let sources = wanted.identity_source.as_ref();
    let is_jwt = wanted.kind == "jwt";
    api::CreateAuthorizerRequest {
        name: Some(name.to_owned()),
        authorizer_type: Some(wanted.kind.to_ascii_uppercase()),
        authorizer_uri: wanted.uri.clone(),
        authorizer_credentials_arn: wanted.credentials.clone(),
        identity_source: sources.map(|all| all.split(',').map(|one| one.trim().to_owned()).collect()),
        identity_validation_expression: wanted.validation_expression.clone(),
        authorizer_payload_format_version: wanted.payload_format.clone(),
        enable_simple_responses: wanted.simple_responses,
        authorizer_result_ttl_in_seconds: wanted.ttl_s.map(|ttl| i32::try_from(ttl).unwrap_or(i32::MAX)),
        jwt_configuration: is_jwt.then(|| api::JWTConfiguration {
            audience: Some(wanted.audience.clone()),
            issuer: wanted.issuer.clone(),
        }),
        ..api::CreateAuthorizerRequest::default()
    }
}

fn invalid(refused: &Malformed) -> ServiceError {
    error::bad_request(match refused {
        Malformed::Integration(path) => {
            format!("Unable to parse API definition because of a malformed integration at path {path}.")
        }
        _ => "Invalid OpenAPI input.".to_owned(),
    })
}
