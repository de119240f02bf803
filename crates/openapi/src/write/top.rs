//! What a document says of an API as a whole.

use super::{Format, Place, Writer, put, put_object, put_texts};
use crate::definition::{Cors, GatewayResponse};
use crate::{Flavour, Object};
use serde_json::{Value as Json, json};

impl Writer<'_> {
    pub fn document(&self, place: &Place) -> Json {
        let mut root = Object::new();
        match self.format {
            Format::Swagger => self.swagger(&mut root, place),
            Format::OpenApi => self.open_api(&mut root, place),
        }
        let mut info = Object::new();
        put(&mut info, "title", self.definition.title.clone());
        put(&mut info, "description", self.definition.description.clone());
        put(&mut info, "version", self.definition.version.clone());
        put_object(&mut root, "info", info);
        let paths =
            self.definition.paths.iter().map(|(path, methods)| (path.clone(), self.path(path, methods)));
        root.insert("paths".to_owned(), Json::Object(paths.collect()));
        self.extensions(&mut root);
        Json::Object(root)
    }

    fn swagger(&self, root: &mut Object, place: &Place) {
        root.insert("swagger".to_owned(), json!("2.0"));
        root.insert("host".to_owned(), json!(place.host));
        root.insert("schemes".to_owned(), json!(["https"]));
        put(root, "basePath", Some(place.base_path.clone()).filter(|path| !path.is_empty()));
        put_object(root, "definitions", self.models());
        put_object(root, "securityDefinitions", self.security_schemes());
        put_object(root, "x-amazon-apigateway-endpoint-configuration", self.endpoint());
    }

    fn open_api(&self, root: &mut Object, place: &Place) {
        root.insert("openapi".to_owned(), json!("3.0.1"));
        let mut server = Object::new();
        server.insert("url".to_owned(), json!(format!("https://{}/{{basePath}}", place.host)));
        server.insert("variables".to_owned(), json!({ "basePath": { "default": place.base_path } }));
        put_object(&mut server, "x-amazon-apigateway-endpoint-configuration", self.endpoint());
        root.insert("servers".to_owned(), json!([server]));
        let mut components = Object::new();
        put_object(&mut components, "schemas", self.models());
        put_object(&mut components, "securitySchemes", self.security_schemes());
        if self.extensions.integrations {
            let shared = self.definition.integrations.iter();
            let shared =
                shared.map(|(name, one)| (name.clone(), Json::Object(self.integration(one)))).collect();
            put_object(&mut components, "x-amazon-apigateway-integrations", shared);
        }
        put_object(root, "components", components);
    }

    fn models(&self) -> Object {
        let all = self.definition.models.iter();
        all.map(|(name, schema)| (name.clone(), self.schema(schema))).collect()
    }

    fn endpoint(&self) -> Object {
        let (mut said, endpoint) = (Object::new(), &self.definition.endpoint);
        if self.extensions.api {
            put(&mut said, "disableExecuteApiEndpoint", endpoint.disable_execute_api_endpoint);
            put(&mut said, "vpcEndpointIds", endpoint.vpc_endpoint_ids.clone());
            put(&mut said, "ipAddressType", endpoint.ip_address_type.clone());
        }
        said
    }

    fn extensions(&self, root: &mut Object) {
        let definition = self.definition;
        if self.flavour == Flavour::Http && self.extensions.api {
            root.insert("x-amazon-apigateway-importexport-version".to_owned(), json!("1.0"));
            put(root, "x-amazon-apigateway-cors", definition.cors.as_ref().map(cors));
            let tag = |(name, value)| json!({ "name": name, "x-amazon-apigateway-tag-value": value });
            let tags: Vec<Json> = definition.tags.iter().map(tag).collect();
            put(root, "tags", Some(tags).filter(|tags| !tags.is_empty()));
        }
        if self.extensions.integrations {
            put(root, "x-amazon-apigateway-api-key-source", definition.api_key_source.clone());
            put(root, "x-amazon-apigateway-binary-media-types", definition.binary_media_types.clone());
            let size = definition.minimum_compression_size;
            put(root, "x-amazon-apigateway-minimum-compression-size", size);
            put_object(root, "x-amazon-apigateway-request-validators", self.validators());
            let worded = definition.gateway_responses.iter();
            let worded = worded.map(|(kind, response)| (kind.clone(), gateway_response(response))).collect();
            put_object(root, "x-amazon-apigateway-gateway-responses", worded);
        }
        if self.extensions.api {
            put(root, "x-amazon-apigateway-policy", definition.policy.clone());
        }
    }

    fn validators(&self) -> Object {
        let all = self.definition.validators.iter().map(|(name, validator)| {
            let said = json!({
                "validateRequestBody": validator.body, "validateRequestParameters": validator.parameters,
            });
            (name.clone(), said)
        });
        all.collect()
    }
}

fn gateway_response(response: &GatewayResponse) -> Json {
    let mut said = Object::new();
    put(&mut said, "statusCode", response.status_code.clone());
    put_texts(&mut said, "responseParameters", &response.parameters);
    put_texts(&mut said, "responseTemplates", &response.templates);
    Json::Object(said)
}

fn cors(cors: &Cors) -> Json {
    let mut said = Object::new();
    put(&mut said, "allowCredentials", cors.allow_credentials);
    put(&mut said, "allowHeaders", cors.allow_headers.clone());
    put(&mut said, "allowMethods", cors.allow_methods.clone());
    put(&mut said, "allowOrigins", cors.allow_origins.clone());
    put(&mut said, "exposeHeaders", cors.expose_headers.clone());
    put(&mut said, "maxAge", cors.max_age_s);
    Json::Object(said)
}
