//! One method of a path: its parameters, body, responses.

use super::security::AUTH;
use super::{Form, READ_AGAIN, Reader, flag, list, text, weight};
use crate::definition::{Method, Response, Texts};
use crate::document::Malformed;
use crate::{Flavour, Object};
use serde_json::Value as Json;
use std::collections::BTreeMap;

const JSON_TYPE: &str = "application/json";
const VALIDATOR: &str = "x-amazon-apigateway-request-validator";
/// What a document may say for all methods.
const OF_ALL: [&str; 5] = [VALIDATOR, "consumes", "produces", "security", AUTH];

impl<'d> Reader<'d> {
    /// What each method costs that reads what the document says for all.
    pub fn cost_of_each_method(&self) -> usize {
        OF_ALL.into_iter().filter_map(|name| self.root.get(name)).map(|said| weight(said, READ_AGAIN)).sum()
    }

    pub fn method(
        &mut self,
        path: &str,
        verb: &str,
        item: &'d Json,
        operation: &'d Json,
    ) -> Result<Method, Malformed> {
        if !self.spends(self.of_each_method) {
            return Err(Malformed::TooMuch);
        }
        let (authorization, api_key_required) = self.authorization(path, operation)?;
        let (integration, shared_integration) = self.integration_of(path, operation)?;
        let mut method = Method {
            operation_name: text(operation, "operationId"),
            authorization,
            api_key_required,
            request_validator: text(operation, VALIDATOR).or_else(|| text(self.root, VALIDATOR)),
            integration,
            shared_integration,
            ..Method::default()
        };
        if self.flavour == Flavour::Http {
            // What a route takes is said by its key.
            return Ok(method);
        }
        // A method's own parameters stand in the place of its path's.
        for place in [item, operation] {
            for parameter in place.get("parameters").and_then(Json::as_array).into_iter().flatten() {
                self.parameter(path, operation, parameter, &mut method);
            }
        }
        if let Some(body) = operation.get("requestBody").filter(|_| self.form == Form::OpenApi) {
            let body = self.resolved(body);
            method.request_models = self.models_of(body.and_then(|body| body.get("content")));
        }
        method.responses = self.responses(path, verb, operation);
        Ok(method)
    }

    fn parameter(&mut self, path: &str, operation: &'d Json, parameter: &'d Json, method: &mut Method) {
        let Some(parameter) = self.resolved(parameter) else { return };
        let (Some(name), Some(place)) = (text(parameter, "name"), text(parameter, "in")) else {
            return self.warn(format!("A parameter of path '{path}' has no name or place. Ignoring."));
        };
        let place = match place.as_str() {
            "path" => "path",
            "query" => "querystring",
            "header" => "header",
            "body" if self.form == Form::Swagger => {
                if let Some(schema) = parameter.get("schema") {
                    let model = self.model(schema);
                    let types = self.types(operation, "consumes");
                    method.request_models = types.into_iter().map(|kind| (kind, model.clone())).collect();
                }
                return;
            }
            other => {
                let text =
                    format!("Parameter '{name}' of path '{path}' in '{other}' is not supported. Ignoring.");
                return self.warn(text);
            }
        };
        let is_required = flag(parameter, "required").unwrap_or(false);
        method.request_parameters.insert(format!("method.request.{place}.{name}"), is_required);
    }

    /// The content types of a Swagger document's method.
    fn types(&self, operation: &Json, name: &str) -> Vec<String> {
        let said = list(operation, name).or_else(|| list(self.root, name));
        said.filter(|types| !types.is_empty()).unwrap_or_else(|| vec![JSON_TYPE.to_owned()])
    }

    /// The models of an OpenAPI document's content.
    fn models_of(&mut self, content: Option<&'d Json>) -> Texts {
        let all = content.and_then(Json::as_object).into_iter().flat_map(Object::iter);
        all.filter_map(|(kind, said)| Some((kind.clone(), self.model(said.get("schema")?)))).collect()
    }

    fn responses(&mut self, path: &str, verb: &str, operation: &'d Json) -> BTreeMap<String, Response> {
        let mut responses = BTreeMap::new();
        let Some(all) = operation.get("responses").and_then(Json::as_object) else {
            let verb = verb.to_ascii_lowercase();
            self.warn(format!("Parse issue: attribute paths.'{path}'({verb}).responses is missing"));
            return responses;
        };
        for (code, said) in all.iter().filter(|(code, _)| !code.starts_with("x-")) {
            let is_code = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
            if !is_code {
                self.warn(format!("Response '{code}' of path '{path}' is not supported. Ignoring."));
                continue;
            }
            let Some(said) = self.resolved(said) else { continue };
            responses.insert(code.clone(), self.response(operation, said));
        }
        responses
    }

    fn response(&mut self, operation: &'d Json, said: &'d Json) -> Response {
        let mut headers = BTreeMap::new();
        for (name, header) in said.get("headers").and_then(Json::as_object).into_iter().flatten() {
            let header = self.resolved(header);
            let is_required = header.and_then(|header| flag(header, "required")).unwrap_or(false);
            headers.insert(name.clone(), is_required);
        }
        let models = match (self.form, said.get("schema")) {
            (Form::Swagger, Some(schema)) => {
                let model = self.model(schema);
                self.types(operation, "produces").into_iter().map(|kind| (kind, model.clone())).collect()
            }
            (Form::Swagger, None) => Texts::new(),
            (Form::OpenApi, _) => self.models_of(said.get("content")),
        };
        Response { headers, models }
    }
}
