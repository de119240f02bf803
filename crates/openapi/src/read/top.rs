//! What a document says of an API as a whole.

use super::{Form, Reader, flag, list, number, plain, text, texts};
use crate::Object;
use crate::definition::{ANY, Cors, Definition, Endpoint, GatewayResponse, Validator};
use crate::document::Malformed;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The verbs that methods may have, and the extension for all others.
const VERBS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("x-amazon-apigateway-any-method", ANY),
];

impl<'d> Reader<'d> {
    pub fn definition(&mut self) -> Result<Definition, Malformed> {
        let root = self.root;
        self.read_schemes();
        self.of_each_method = self.cost_of_each_method();
        let info = root.get("info").unwrap_or(&Json::Null);
        if !info.is_object() {
            self.warn("Parse issue: attribute info is missing");
        }
        let mut definition = Definition {
            title: text(info, "title"),
            description: text(info, "description"),
            version: text(info, "version"),
            base_path: self.base_path(),
            api_key_source: text(root, "x-amazon-apigateway-api-key-source"),
            binary_media_types: list(root, "x-amazon-apigateway-binary-media-types"),
            minimum_compression_size: number(root, "x-amazon-apigateway-minimum-compression-size"),
            policy: root.get("x-amazon-apigateway-policy").filter(|policy| !policy.is_null()).cloned(),
            endpoint: self.endpoint(),
            validators: validators(root),
            gateway_responses: gateway_responses(root)?,
            authorizers: self.schemes.authorizers(),
            integrations: self.shared_integrations()?,
            cors: root.get("x-amazon-apigateway-cors").map(cors),
            tags: tags(root),
            has_documentation: root.get("x-amazon-apigateway-documentation").is_some(),
            ..Definition::default()
        };
        definition.paths = self.paths()?;
        definition.models = std::mem::take(&mut self.models).finished();
        Ok(definition)
    }

    fn paths(&mut self) -> Result<BTreeMap<String, BTreeMap<String, crate::Method>>, Malformed> {
        let mut paths = BTreeMap::new();
        let Some(all) = self.root.get("paths").and_then(Json::as_object) else {
            self.warn("Parse issue: attribute paths is missing");
            return Ok(paths);
        };
        for (path, item) in all.iter().filter(|(path, _)| !path.starts_with("x-")) {
            let Some(item) = self.resolved(item) else { continue };
            let mut methods = BTreeMap::new();
            for (name, verb) in VERBS {
                if let Some(operation) = item.get(name).filter(|operation| operation.is_object()) {
                    methods.insert(verb.to_owned(), self.method(path, verb, item, operation)?);
                }
            }
            if item.get("trace").is_some() {
                self.warn(format!("Method 'trace' of path '{path}' is not supported. Ignoring."));
            }
            paths.insert(path.clone(), methods);
        }
        Ok(paths)
    }

    fn base_path(&self) -> Option<String> {
        let found = match self.form {
            Form::Swagger => text(self.root, "basePath"),
            Form::OpenApi => self.server_path(),
        }?;
        let inner = found.trim_matches('/');
        (!inner.is_empty()).then(|| format!("/{inner}"))
    }

    fn servers(&self) -> impl Iterator<Item = &'d Json> {
        self.root.get("servers").and_then(Json::as_array).into_iter().flatten()
    }

    /// The first variable `basePath`, else the path of the first server's URL.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>
    fn server_path(&self) -> Option<String> {
        let variable = |server: &'d Json| server.pointer("/variables/basePath/default").and_then(plain);
        self.servers().find_map(variable).or_else(|| {
            let url = self.servers().next()?.get("url")?.as_str()?;
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            rest.split_once('/').map(|(_, path)| path.to_owned())
        })
    }

    fn endpoint(&self) -> Endpoint {
        const NAME: &str = "x-amazon-apigateway-endpoint-configuration";
        let of_server = self.servers().find_map(|server| server.get(NAME));
        let Some(said) = of_server.or_else(|| self.root.get(NAME)) else { return Endpoint::default() };
        Endpoint {
            vpc_endpoint_ids: list(said, "vpcEndpointIds"),
            disable_execute_api_endpoint: flag(said, "disableExecuteApiEndpoint"),
            ip_address_type: text(said, "ipAddressType"),
        }
    }
}

fn members<'d>(root: &'d Json, name: &str) -> impl Iterator<Item = (&'d String, &'d Json)> {
    root.get(name).and_then(Json::as_object).into_iter().flat_map(Object::iter)
}

fn validators(root: &Json) -> BTreeMap<String, Validator> {
    let read = |(name, said): (&String, &Json)| {
        let body = flag(said, "validateRequestBody").unwrap_or(false);
        let parameters = flag(said, "validateRequestParameters").unwrap_or(false);
        (name.clone(), Validator { body, parameters })
    };
    members(root, "x-amazon-apigateway-request-validators").map(read).collect()
}

fn gateway_responses(root: &Json) -> Result<BTreeMap<String, GatewayResponse>, Malformed> {
    const NAME: &str = "x-amazon-apigateway-gateway-responses";
    let malformed = |kind: &String| Malformed::Part(format!("{NAME} {kind}"));
    members(root, NAME)
        .map(|(kind, said)| {
            let response = GatewayResponse {
                status_code: text(said, "statusCode"),
                parameters: texts(said, "responseParameters").ok_or_else(|| malformed(kind))?,
                templates: texts(said, "responseTemplates").ok_or_else(|| malformed(kind))?,
            };
            Ok((kind.clone(), response))
        })
        .collect()
}

fn cors(said: &Json) -> Cors {
    Cors {
        allow_credentials: flag(said, "allowCredentials"),
        allow_headers: list(said, "allowHeaders"),
        allow_methods: list(said, "allowMethods"),
        allow_origins: list(said, "allowOrigins"),
        expose_headers: list(said, "exposeHeaders"),
        max_age_s: number(said, "maxAge"),
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-tag-value.html>
fn tags(root: &Json) -> BTreeMap<String, String> {
    let all = root.get("tags").and_then(Json::as_array).into_iter().flatten();
    all.filter_map(|tag| Some((text(tag, "name")?, text(tag, "x-amazon-apigateway-tag-value")?))).collect()
}
