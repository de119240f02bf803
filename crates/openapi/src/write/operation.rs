//! The methods of a path.

use super::{Format, Writer, put, put_object};
use crate::definition::{ANY, Method, Response};
use crate::{Flavour, Object};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

impl Writer<'_> {
    pub fn path(&self, path: &str, methods: &BTreeMap<String, Method>) -> Json {
        let name = |verb: &str| if verb == ANY { ANY_METHOD.to_owned() } else { verb.to_ascii_lowercase() };
        let mut item: Object =
            methods.iter().map(|(verb, method)| (name(verb), self.method(path, verb, method))).collect();
        let variables = generated_parameters(path);
        if self.flavour == Flavour::Http && !methods.is_empty() && !variables.is_empty() {
            item.insert("parameters".to_owned(), Json::Array(variables));
        }
        Json::Object(item)
    }

    fn method(&self, path: &str, verb: &str, method: &Method) -> Json {
        let mut said = Object::new();
        put(&mut said, "operationId", method.operation_name.clone());
        if self.format == Format::Swagger {
            put(&mut said, "consumes", types(method.request_models.keys()));
            put(&mut said, "produces", types(method.responses.values().flat_map(|r| r.models.keys())));
        }
        put(&mut said, "parameters", Some(self.parameters(method)).filter(|all| !all.is_empty()));
        if self.format == Format::OpenApi {
            let content = self.content(&method.request_models);
            let body = content.map(|content| json!({ "content": content, "required": true }));
            put(&mut said, "requestBody", body);
        }
        said.insert("responses".to_owned(), Json::Object(self.responses(path, verb, method)));
        put(&mut said, "security", self.security(method));
        if self.extensions.integrations {
            put(&mut said, "x-amazon-apigateway-request-validator", method.request_validator.clone());
            let shared = method.shared_integration.as_ref().map(|name| {
                let name = name.replace('~', "~0").replace('/', "~1");
                json!({ "$ref": format!("#/components/x-amazon-apigateway-integrations/{name}") })
            });
            let own = || method.integration.as_ref().map(|own| Json::Object(self.integration(own)));
            put(&mut said, "x-amazon-apigateway-integration", shared.or_else(own));
        }
        Json::Object(said)
    }

    fn parameters(&self, method: &Method) -> Vec<Json> {
        let mut all = Vec::new();
        for (name, required) in &method.request_parameters {
            let Some((place, name)) = name.strip_prefix("method.request.").and_then(|n| n.split_once('.'))
            else {
                continue;
            };
            let place = if place == "querystring" { "query" } else { place };
            if !["path", "query", "header"].contains(&place) {
                continue;
            }
            let mut said = Object::new();
            put(&mut said, "name", Some(name));
            put(&mut said, "in", Some(place));
            // A parameter of a path is always there.
            put(&mut said, "required", (*required || place == "path").then_some(true));
            self.put_type(&mut said);
            all.push(Json::Object(said));
        }
        let body = method.request_models.values().next().filter(|_| self.format == Format::Swagger);
        all.extend(body.map(
            |model| json!({ "in": "body", "name": model, "required": true, "schema": self.model(model) }),
        ));
        all
    }

    fn put_type(&self, said: &mut Object) {
        match self.format {
            Format::Swagger => put(said, "type", Some("string")),
            Format::OpenApi => put(said, "schema", Some(json!({ "type": "string" }))),
        }
    }

    fn content(&self, models: &BTreeMap<String, String>) -> Option<Json> {
        let all: Object =
            models.iter().map(|(kind, name)| (kind.clone(), json!({ "schema": self.model(name) }))).collect();
        (!all.is_empty()).then_some(Json::Object(all))
    }

    fn responses(&self, path: &str, verb: &str, method: &Method) -> Object {
        if self.flavour == Flavour::Http {
            let description = format!("Default response for {verb} {path}");
            return Object::from_iter([("default".to_owned(), json!({ "description": description }))]);
        }
        method
            .responses
            .iter()
            .map(|(code, response)| (code.clone(), self.response(code, response)))
            .collect()
    }

    fn response(&self, code: &str, response: &Response) -> Json {
        let mut said = Object::new();
        said.insert("description".to_owned(), json!(format!("{code} response")));
        let headers = response.headers.iter().map(|(name, required)| {
            let mut header = Object::new();
            self.put_type(&mut header);
            // Swagger's headers do not say it.
            put(&mut header, "required", (*required && self.format == Format::OpenApi).then_some(true));
            (name.clone(), Json::Object(header))
        });
        put_object(&mut said, "headers", headers.collect());
        match self.format {
            Format::Swagger => {
                put(&mut said, "schema", response.models.values().next().map(|name| self.model(name)));
            }
            Format::OpenApi => put(&mut said, "content", self.content(&response.models)),
        }
        Json::Object(said)
    }
}

fn types<'a>(all: impl Iterator<Item = &'a String>) -> Option<Vec<&'a str>> {
    let types: BTreeSet<&str> = all.map(String::as_str).collect();
    (!types.is_empty()).then(|| types.into_iter().collect())
}

/// The parameters that an HTTP API's path has by its variables.
fn generated_parameters(path: &str) -> Vec<Json> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
            "description": format!("Generated path parameter for {name}"),
        })
    };
    names.map(parameter).collect()
}
