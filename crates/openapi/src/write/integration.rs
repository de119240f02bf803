//! `x-amazon-apigateway-integration`.

use super::{Writer, put, put_object, put_texts};
use crate::Object;
use crate::definition::{Integration, IntegrationResponse};
use serde_json::{Value as Json, json};

impl Writer<'_> {
    pub fn integration(&self, integration: &Integration) -> Object {
        let Integration { passthrough, cache_key_parameters: keys, .. } = integration;
        let mut said = Object::new();
        put(&mut said, "type", Some(integration.kind.to_ascii_lowercase()));
        put(&mut said, "uri", integration.uri.clone());
        put(&mut said, "httpMethod", integration.http_method.clone());
        put(&mut said, "credentials", integration.credentials.clone());
        put(&mut said, "passthroughBehavior", passthrough.as_ref().map(|text| text.to_ascii_lowercase()));
        put(&mut said, "contentHandling", integration.content_handling.clone());
        put(&mut said, "timeoutInMillis", integration.timeout_ms);
        put(&mut said, "cacheNamespace", integration.cache_namespace.clone());
        put(&mut said, "cacheKeyParameters", Some(keys.clone()).filter(|keys| !keys.is_empty()));
        put(&mut said, "connectionId", integration.connection_id.clone());
        put(&mut said, "connectionType", integration.connection_type.clone());
        put(&mut said, "integrationSubtype", integration.subtype.clone());
        put(&mut said, "payloadFormatVersion", integration.payload_format.clone());
        put(&mut said, "description", integration.description.clone());
        put(&mut said, "responseTransferMode", integration.response_transfer_mode.clone());
        put(&mut said, "integrationTarget", integration.target.clone());
        put_texts(&mut said, "requestParameters", &integration.request_parameters);
        put_texts(&mut said, "requestTemplates", &integration.request_templates);
        let responses = integration.responses.iter();
        put_object(
            &mut said,
            "responses",
            responses.map(|(key, one)| (key.clone(), response(one))).collect(),
        );
        let mapped = integration.response_parameters.iter();
        let mapped = mapped.map(|(code, texts)| (code.clone(), json!(texts))).collect();
        put_object(&mut said, "responseParameters", mapped);
        said
    }
}

fn response(response: &IntegrationResponse) -> Json {
    let mut said = Object::new();
    put(&mut said, "statusCode", Some(response.status_code.clone()));
    put_texts(&mut said, "responseParameters", &response.parameters);
    put_texts(&mut said, "responseTemplates", &response.templates);
    put(&mut said, "contentHandling", response.content_handling.clone());
    Json::Object(said)
}
