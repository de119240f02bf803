//! `x-amazon-apigateway-integration`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>

use super::{Reader, list, number, text, texts};
use crate::definition::{Integration, IntegrationResponse, Texts};
use crate::document::Malformed;
use crate::references::REFERENCE;
use crate::{Flavour, Object};
use serde_json::Value as Json;
use std::collections::BTreeMap;

const OWN: &str = "x-amazon-apigateway-integration";
const SHARED: &str = "x-amazon-apigateway-integrations";

impl<'d> Reader<'d> {
    /// Integrations that methods name, of the document or of its components.
    pub fn shared_integrations(&self) -> Result<BTreeMap<String, Integration>, Malformed> {
        let places = [self.root.pointer(&format!("/components/{SHARED}")), self.root.get(SHARED)];
        let all = places.into_iter().flatten().filter_map(Json::as_object).flat_map(Object::iter);
        all.map(|(name, said)| {
            let read = integration(said).ok_or_else(|| Malformed::Integration(name.clone()))?;
            Ok((name.clone(), read))
        })
        .collect()
    }

    /// A method's own integration, or the name of the one that it refers to.
    pub fn integration_of(
        &self,
        path: &str,
        operation: &'d Json,
    ) -> Result<(Option<Integration>, Option<String>), Malformed> {
        let malformed = || Malformed::Integration(path.to_owned());
        let Some(said) = operation.get(OWN).filter(|said| !said.is_null()) else { return Ok((None, None)) };
        let Some(reference) = said.get(REFERENCE).and_then(Json::as_str) else {
            return Ok((Some(integration(said).ok_or_else(malformed)?), None));
        };
        // REST APIs know no integrations that methods share: theirs would be without one.
        if self.flavour == Flavour::Rest {
            return Err(malformed());
        }
        let places = [format!("#/components/{SHARED}/"), format!("#/{SHARED}/")];
        let name = places.iter().find_map(|place| reference.strip_prefix(place.as_str()));
        let name = name.map(|name| name.replace("~1", "/").replace("~0", "~"));
        let is_known = |name: &String| {
            let in_components = self.root.get("components").and_then(|c| c.get(SHARED)?.get(name));
            in_components.or_else(|| self.root.get(SHARED)?.get(name)).is_some()
        };
        name.filter(is_known).map(|name| (None, Some(name))).ok_or_else(malformed)
    }
}

/// None when it is malformed.
fn integration(said: &Json) -> Option<Integration> {
    said.as_object()?;
    let is_text = |name: &str| said.get(name).is_none_or(|value| value.is_string() || value.is_null());
    if !["type", "uri", "httpMethod", "credentials"].into_iter().all(is_text) {
        return None;
    }
    let upper = |name: &str| text(said, name).map(|text| text.to_ascii_uppercase());
    Some(Integration {
        kind: upper("type").unwrap_or_default(),
        uri: text(said, "uri"),
        http_method: upper("httpMethod"),
        credentials: text(said, "credentials"),
        passthrough: upper("passthroughBehavior"),
        content_handling: upper("contentHandling"),
        timeout_ms: number(said, "timeoutInMillis"),
        cache_namespace: text(said, "cacheNamespace"),
        cache_key_parameters: list(said, "cacheKeyParameters").unwrap_or_default(),
        connection_id: text(said, "connectionId"),
        connection_type: upper("connectionType"),
        subtype: text(said, "integrationSubtype"),
        payload_format: text(said, "payloadFormatVersion"),
        description: text(said, "description"),
        response_transfer_mode: upper("responseTransferMode"),
        target: text(said, "integrationTarget"),
        has_tls_config: said.get("tlsConfig").and_then(Json::as_object).is_some_and(|tls| !tls.is_empty()),
        request_parameters: texts(said, "requestParameters")?,
        request_templates: texts(said, "requestTemplates")?,
        responses: responses(said)?,
        response_parameters: response_parameters(said)?,
    })
}

fn responses(said: &Json) -> Option<BTreeMap<String, IntegrationResponse>> {
    let all = match said.get("responses") {
        None | Some(Json::Null) => return Some(BTreeMap::new()),
        Some(all) => all.as_object()?,
    };
    all.iter()
        .map(|(pattern, said)| {
            let response = IntegrationResponse {
                status_code: text(said, "statusCode")?,
                parameters: texts(said, "responseParameters")?,
                templates: texts(said, "responseTemplates")?,
                content_handling: text(said, "contentHandling").map(|text| text.to_ascii_uppercase()),
            };
            Some((pattern.clone(), response))
        })
        .collect()
}

fn response_parameters(said: &Json) -> Option<BTreeMap<String, Texts>> {
    let all = match said.get("responseParameters") {
        None | Some(Json::Null) => return Some(BTreeMap::new()),
        Some(all) => all.as_object()?,
    };
    all.keys().map(|code| Some((code.clone(), texts(said.get("responseParameters")?, code)?))).collect()
}
