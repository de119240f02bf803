//! Definitions of any APIs that API Gateway would take, for properties.

use crate::{
    ANY, Authorization, Authorizer, Cors, DEFAULT_RESPONSE, Definition, Endpoint, Format, GatewayResponse,
    Integration, IntegrationResponse, Method, Response, Texts, Validator,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
const ROLE: &str = "arn:aws:iam::000000000000:role/gateway";
const PATHS: [&str; 7] =
    ["/", "/pets", "/pets/{pet}", "/pets/{pet}/{proxy+}", "/orders", "/orders/a.b", "/orders/{order}/items"];
const VERBS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", ANY];
const TYPES: [&str; 3] = ["application/json", "application/xml", "text/plain"];

fn uri() -> String {
    format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations")
}

/// A REST API that a document of the format says all of.
pub fn rest_definition(format: Format) -> impl Strategy<Value = Definition> {
    prop::collection::vec(any::<u8>(), 0..600)
        .prop_map(move |choices| Choices { choices, at: 0, format }.rest())
}

/// An HTTP API.
pub fn http_definition() -> impl Strategy<Value = Definition> {
    prop::collection::vec(any::<u8>(), 0..400)
        .prop_map(|choices| Choices { choices, at: 0, format: Format::OpenApi }.http())
}

/// Choices one after the other; the first of all when there are no more.
struct Choices {
    choices: Vec<u8>,
    at: usize,
    format: Format,
}

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        let next = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(next).checked_rem(n).unwrap_or(0)
    }

    fn is(&mut self) -> bool {
        self.below(2) == 1
    }

    fn one<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        let at = self.below(all.len());
        all[at]
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.is() { Some(make(self)) } else { None }
    }

    fn text(&mut self) -> String {
        let texts =
            ["plain", "", "with \"quotes\"\nand lines", "é 😀 # ~", "true", "12", "<<", "$input.json('$')"];
        self.one(&texts).to_owned()
    }

    fn named<T>(&mut self, names: &[&str], mut make: impl FnMut(&mut Self) -> T) -> BTreeMap<String, T> {
        let mut made = BTreeMap::new();
        for name in names {
            if self.is() {
                made.insert((*name).to_owned(), make(self));
            }
        }
        made
    }

    fn texts(&mut self, names: &[&str]) -> Texts {
        self.named(names, Self::text)
    }

    fn rest(&mut self) -> Definition {
        let mut definition = Definition {
            title: Some("an API".to_owned()),
            description: self.some(Self::text),
            version: Some("2026-01-01".to_owned()),
            api_key_source: self.some(|_| "AUTHORIZER".to_owned()),
            binary_media_types: self.some(|_| vec!["image/png".to_owned(), "*/*".to_owned()]),
            policy: self.some(|_| {
                json!({"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
                    "Resource": ["execute-api:/*/GET/pets", "arn:aws:execute-api:us-east-1:000000000000:x/*"],
                }]})
            }),
            endpoint: Endpoint { disable_execute_api_endpoint: self.some(|_| true), ..Endpoint::default() },
            models: self.named(&["Empty", "Order", "Pet"], Self::schema),
            validators: self.named(&["all", "body only"], |c| Validator { body: c.is(), parameters: c.is() }),
            gateway_responses: self.named(&["DEFAULT_4XX", "THROTTLED"], Self::gateway_response),
            authorizers: self.named(&["api_key", "sigv4", "who"], Self::authorizer),
            ..Definition::default()
        };
        // Schemas refer only to those that are there.
        let names: Vec<String> = definition.models.keys().cloned().collect();
        for schema in definition.models.values_mut() {
            crate::with_references(schema, &|_| names.first().map(|name| format!("#/models/{name}")));
        }
        let paths = self.named(&PATHS, |_| ());
        for path in paths.into_keys() {
            let methods = self.methods(&path, &definition);
            definition.paths.insert(path, methods);
        }
        without_stems(&mut definition);
        definition
    }

    fn schema(&mut self) -> Json {
        if self.is() {
            return json!({"type": "object", "description": "one", "properties": {"a": {"type": "string"}}});
        }
        let reference = json!({"$ref": "#/models/Pet"});
        json!({"type": "array", "items": reference, "x": [1, 2.5, null, true], "description": self.text()})
    }

    fn gateway_response(&mut self) -> GatewayResponse {
        GatewayResponse {
            status_code: self.some(|_| "418".to_owned()),
            parameters: self.named(&["gatewayresponse.header.X-A"], |_| "'a'".to_owned()),
            templates: self.texts(&TYPES),
        }
    }

    fn authorizer(&mut self) -> Authorizer {
        let is_token = self.is();
        Authorizer {
            kind: if is_token { "token" } else { "request" }.to_owned(),
            auth_type: Some("custom".to_owned()),
            uri: Some(uri()),
            credentials: self.some(|_| ROLE.to_owned()),
            identity_source: Some(if is_token || self.is() {
                "method.request.header.Authorization".to_owned()
            } else {
                "method.request.querystring.token, context.identity.sourceIp".to_owned()
            }),
            validation_expression: self.some(|_| "^Bearer .*$".to_owned()),
            ttl_s: Some([300, 0, 60][self.below(3)]),
            ..Authorizer::default()
        }
    }

    fn authorization(&mut self, definition: &Definition) -> Authorization {
        let names: Vec<&String> = definition.authorizers.keys().collect();
        match self.below(3) {
            0 => Authorization::None,
            1 => Authorization::Iam,
            _ if names.is_empty() => Authorization::None,
            _ => Authorization::Authorizer(names[self.below(names.len())].clone(), Vec::new()),
        }
    }

    fn methods(&mut self, path: &str, definition: &Definition) -> BTreeMap<String, Method> {
        let verbs = [VERBS[self.below(8)], VERBS[self.below(8)]];
        self.named(&verbs, |c| c.method(path, definition))
    }

    fn method(&mut self, path: &str, definition: &Definition) -> Method {
        let mut parameters: BTreeMap<String, bool> =
            self.named(&["method.request.header.X-A", "method.request.querystring.q"], Self::is);
        for part in path.split('/') {
            if let Some(name) = part.strip_prefix('{').map(|part| part.trim_end_matches(['}', '+'])) {
                parameters.insert(format!("method.request.path.{name}"), true);
            }
        }
        let models: Vec<&str> = definition.models.keys().map(String::as_str).collect();
        let validators: Vec<&str> = definition.validators.keys().map(String::as_str).collect();
        let responses = self.responses(&models);
        let integration = self.some(|c| c.integration(&parameters, &responses));
        Method {
            operation_name: self.some(|_| "anOperation".to_owned()),
            authorization: self.authorization(definition),
            api_key_required: self.is(),
            request_models: self.models(&models, &TYPES),
            request_parameters: parameters,
            request_validator: (!validators.is_empty() && self.is())
                .then(|| self.one(&validators).to_owned()),
            responses,
            integration,
            shared_integration: None,
        }
    }

    /// Models by content type. Swagger has one for all of them.
    fn models(&mut self, known: &[&str], types: &[&str]) -> Texts {
        if known.is_empty() {
            return Texts::new();
        }
        if self.format == Format::OpenApi {
            return self.named(types, |c| c.one(known).to_owned());
        }
        let model = self.one(known).to_owned();
        if self.is() {
            types.iter().map(|kind| ((*kind).to_owned(), model.clone())).collect()
        } else {
            Texts::new()
        }
    }

    fn responses(&mut self, models: &[&str]) -> BTreeMap<String, Response> {
        let types = if self.is() { &TYPES[..] } else { &TYPES[..1] };
        let says_required = self.format == Format::OpenApi;
        self.named(&["200", "404", "500"], |c| Response {
            headers: c.named(&["X-R", "X-S"], |c| c.is() && says_required),
            models: c.models(models, types),
        })
    }

    fn integration(
        &mut self,
        parameters: &BTreeMap<String, bool>,
        responses: &BTreeMap<String, Response>,
    ) -> Integration {
        let kind = self.one(&["AWS_PROXY", "MOCK", "HTTP", "HTTP_PROXY", "AWS"]);
        let sources = parameters.keys().enumerate();
        let mapped = sources.map(|(n, from)| (format!("integration.request.header.x-{n}"), from.clone()));
        let mut patterns = [DEFAULT_RESPONSE, "4\\d{2}", "5.*"].into_iter();
        let mut answers = BTreeMap::new();
        for (code, response) in responses {
            if let (true, Some(pattern)) = (self.is(), patterns.next()) {
                answers.insert(pattern.to_owned(), self.answer(code, response));
            }
        }
        Integration {
            kind: kind.to_owned(),
            uri: match kind {
                "MOCK" => None,
                "HTTP" | "HTTP_PROXY" => Some("https://example.com/${stageVariables.a}".to_owned()),
                _ => Some(uri()),
            },
            http_method: (kind != "MOCK").then(|| "POST".to_owned()),
            credentials: self.some(|_| ROLE.to_owned()),
            passthrough: Some(self.one(&["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]).to_owned()),
            content_handling: self.some(|_| "CONVERT_TO_TEXT".to_owned()),
            timeout_ms: self.some(|_| 1000),
            cache_namespace: self.some(|_| "ns".to_owned()),
            request_parameters: if self.is() { mapped.collect() } else { Texts::new() },
            request_templates: self.texts(&TYPES),
            responses: answers,
            ..Integration::default()
        }
    }

    fn answer(&mut self, code: &str, response: &Response) -> IntegrationResponse {
        let headers =
            response.headers.keys().map(|name| (format!("method.response.header.{name}"), "'v'".to_owned()));
        IntegrationResponse {
            status_code: code.to_owned(),
            parameters: if self.is() { headers.collect() } else { Texts::new() },
            templates: self.texts(&TYPES),
            content_handling: self.some(|_| "CONVERT_TO_BINARY".to_owned()),
        }
    }

    fn http(&mut self) -> Definition {
        let mut definition = Definition {
            title: Some("an HTTP API".to_owned()),
            description: self.some(|_| "what it is for".to_owned()),
            version: Some("1.0".to_owned()),
            endpoint: Endpoint { disable_execute_api_endpoint: self.some(|_| true), ..Endpoint::default() },
            authorizers: self.named(&["jwt", "sigv4", "who"], Self::http_authorizer),
            integrations: self.named(&["integration1", "integration2"], Self::http_integration),
            cors: self.some(|c| Cors {
                allow_credentials: Some(c.is()),
                allow_headers: c.some(|_| vec!["x-a".to_owned()]),
                allow_methods: Some(vec!["GET".to_owned(), "POST".to_owned()]),
                allow_origins: Some(vec!["https://example.com".to_owned()]),
                expose_headers: c.some(|_| vec!["date".to_owned()]),
                max_age_s: c.some(|_| 60),
            }),
            tags: self.texts(&["stage", "team"]),
            ..Definition::default()
        };
        for path in self.named(&["/$default", "/", "/pets", "/pets/{pet}", "/{proxy+}"], |_| ()).into_keys() {
            let verbs =
                if path == "/$default" { [ANY, ANY] } else { [VERBS[self.below(8)], VERBS[self.below(8)]] };
            let methods = self.named(&verbs, |c| c.route(&definition));
            if !methods.is_empty() {
                definition.paths.insert(path, methods);
            }
        }
        definition
    }

    fn http_authorizer(&mut self) -> Authorizer {
        let source = Some("$request.header.Authorization".to_owned());
        if self.is() {
            return Authorizer {
                kind: "jwt".to_owned(),
                identity_source: source,
                issuer: Some("https://issuer.example.com".to_owned()),
                audience: vec!["me".to_owned(), "you".to_owned()],
                ..Authorizer::default()
            };
        }
        Authorizer {
            kind: "request".to_owned(),
            uri: Some(uri()),
            identity_source: if self.is() {
                Some("$request.header.a,$request.querystring.b".to_owned())
            } else {
                source
            },
            ttl_s: Some([300, 0][self.below(2)]),
            payload_format: Some("2.0".to_owned()),
            simple_responses: Some(self.is()),
            ..Authorizer::default()
        }
    }

    fn http_integration(&mut self) -> Integration {
        let is_function = self.is();
        let answers = self.named(&["200", "500"], |_| {
            Texts::from([("append:header.x-b".to_owned(), "$context.requestId".to_owned())])
        });
        Integration {
            kind: if is_function { "AWS_PROXY" } else { "HTTP_PROXY" }.to_owned(),
            uri: Some(if is_function { uri() } else { "https://example.com/{proxy}".to_owned() }),
            http_method: Some(if is_function { "POST" } else { "ANY" }.to_owned()),
            payload_format: Some(if is_function && self.is() { "2.0" } else { "1.0" }.to_owned()),
            description: self.some(|_| "behind it".to_owned()),
            timeout_ms: self.some(|_| 1000),
            connection_type: Some("INTERNET".to_owned()),
            request_parameters: self.named(&["overwrite:path"], |_| "$request.path".to_owned()),
            response_parameters: answers,
            ..Integration::default()
        }
    }

    fn route(&mut self, definition: &Definition) -> Method {
        let shared: Vec<&String> = definition.integrations.keys().collect();
        let shared = (!shared.is_empty() && self.is()).then(|| shared[self.below(shared.len())].clone());
        let authorization = match self.authorization(definition) {
            Authorization::Authorizer(name, _) => {
                let is_jwt = definition.authorizers.get(&name).is_some_and(|one| one.kind == "jwt");
                let scopes = if is_jwt && self.is() { vec!["read".to_owned()] } else { Vec::new() };
                Authorization::Authorizer(name, scopes)
            }
            other => other,
        };
        Method {
            operation_name: self.some(|_| "anOperation".to_owned()),
            authorization,
            integration: if shared.is_none() { self.some(Self::http_integration) } else { None },
            shared_integration: shared,
            ..Method::default()
        }
    }
}

/// What has no methods and only leads to others is not said, as others bring it back.
fn without_stems(definition: &mut Definition) {
    let all: Vec<String> = definition.paths.keys().cloned().collect();
    definition.paths.retain(|path, methods| {
        let leads_on = path == "/" || all.iter().any(|other| other.starts_with(&format!("{path}/")));
        !methods.is_empty() || !leads_on
    });
}
