//! What a model is to be.

use crate::model::json_schema::Schema;
use crate::state::Model;
use crate::{error, quota};
use base::Scope;
use service::ServiceError;
use std::sync::Arc;

/// Bytes of a schema, AWS's quota.
const SCHEMA_BYTES: usize = 400 * 1024;

pub fn check_name(name: String) -> Result<String, ServiceError> {
    if name.is_empty() {
        return Err(error::bad_request("No Model Name specified"));
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(error::bad_request(format!("Model name must be alphanumeric: {name}")));
    }
    Ok(name)
}

/// Whether an API with so many may have another.
pub fn admit(others: usize) -> Result<(), ServiceError> {
    if others < quota::MODELS {
        return Ok(());
    }
    Err(error::limit_exceeded("Maximum number of models for this API has been reached"))
}

/// A schema that moat can check bodies with.
pub fn check_schema(schema: Option<&str>, others: &[Arc<Model>]) -> Result<(), ServiceError> {
    let Some(schema) = schema else { return Ok(()) };
    if schema.len() > SCHEMA_BYTES {
        return Err(error::bad_request(format!("Model schema exceeds maximum size of {SCHEMA_BYTES} bytes")));
    }
    let texts = others.iter().filter_map(|model| Some((model.name.as_str(), model.schema.as_deref()?)));
    Schema::read(schema, texts).map(drop).map_err(|reason| {
        error::bad_request(format!(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. {reason}]"
        ))
    })
}

/// The models that every new API has.
pub fn first_models(scope: &Scope, api: &str, ids: [String; 2]) -> [Model; 2] {
    const EMPTY: &str = "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}";
    const ERROR: &str = "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}";
    let model = |id: String, name: &str, description: &str, schema: &str| Model {
        scope: scope.clone(),
        api: api.to_owned(),
        id,
        name: name.to_owned(),
        description: Some(description.to_owned()),
        schema: Some(schema.to_owned()),
        content_type: "application/json".to_owned(),
    };
    let [empty, error] = ids;
    [
        model(empty, "Empty", "This is a default empty schema model", EMPTY),
        model(error, "Error", "This is a default error schema model", ERROR),
    ]
}
