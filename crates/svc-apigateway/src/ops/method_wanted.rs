//! What a method is to be.

use crate::state::{AuthorizationType, Method, Parts};
use crate::{ApiGateway, api, error, read};
use base::Scope;
use service::ServiceError;
use std::collections::BTreeMap;

const VERBS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];

pub fn verb(text: Option<&str>) -> Result<String, ServiceError> {
    let text = text.unwrap_or_default();
    if VERBS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(error::bad_request(format!("Invalid HttpMethod specified. Valid options are {}", VERBS.join(","))))
}

pub fn authorization(text: &str) -> Result<AuthorizationType, ServiceError> {
    match text {
        "NONE" => Ok(AuthorizationType::None),
        "AWS_IAM" => Ok(AuthorizationType::Iam),
        "CUSTOM" => Ok(AuthorizationType::Custom),
        "COGNITO_USER_POOLS" => Err(ServiceError::not_implemented(&format!("authorization type {text}"))),
        _ => Err(error::bad_request(
            "Invalid authorization type specified. Must be one of: [NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS]",
        )),
    }
}

pub fn wanted(input: &api::PutMethodRequest, known: &Known) -> Result<Method, ServiceError> {
    if input.authorization_scopes.as_ref().is_some_and(|scopes| !scopes.is_empty()) {
        return Err(ServiceError::not_implemented("authorization scopes"));
    }
    let made = Method {
        authorization: authorization(input.authorization_type.as_deref().unwrap_or_default())?,
        authorizer: input.authorizer_id.clone().filter(|id| !id.is_empty()),
        api_key_required: input.api_key_required.unwrap_or(false),
        operation_name: input.operation_name.clone(),
        request_parameters: parameters(input.request_parameters.clone(), "method.request.")?,
        request_models: known.models(input.request_models.clone())?,
        request_validator: known.validator(input.request_validator_id.clone())?,
        responses: Default::default(),
        integration: None,
    };
    known.authorized(&made)?;
    Ok(made)
}

/// The models, validators and authorizers of an API, which methods may name.
pub struct Known {
    parts: Parts,
}

pub fn known(gateway: &ApiGateway, scope: &Scope, api: &str) -> Result<Known, ServiceError> {
    Ok(Known::of(read::parts(&gateway.store.read(), scope, api)?))
}

/// APIs that were made before models were kept have these two all the same.
const FIRST_MODELS: [&str; 2] = ["Empty", "Error"];

impl Known {
    pub fn of(parts: Parts) -> Self {
        Self { parts }
    }

    pub fn model(&self, name: &str) -> Result<(), ServiceError> {
        if self.parts.models.contains_key(name) || FIRST_MODELS.contains(&name) {
            return Ok(());
        }
        Err(error::bad_request(format!("Invalid model identifier specified: {name}")))
    }

    /// Models by content type.
    pub fn models(
        &self,
        named: Option<BTreeMap<String, String>>,
    ) -> Result<BTreeMap<String, String>, ServiceError> {
        let named = named.unwrap_or_default();
        named.values().try_for_each(|name| self.model(name))?;
        Ok(named)
    }

    pub fn validator(&self, id: Option<String>) -> Result<Option<String>, ServiceError> {
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
        if self.parts.validators.contains_key(&id) {
            return Ok(Some(id));
        }
        Err(error::bad_request("Invalid Request Validator identifier specified"))
    }

    /// What a method's authorization and its authorizer must be to each other.
    pub fn authorized(&self, method: &Method) -> Result<(), ServiceError> {
        let named = method.authorizer.as_ref().filter(|id| self.parts.authorizers.contains_key(*id));
        if method.authorization == AuthorizationType::Custom && named.is_none() {
            return Err(error::bad_request(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
            ));
        }
        Ok(())
    }
}

/// Names of parameters, which begin so.
pub fn parameters(
    named: Option<BTreeMap<String, bool>>,
    prefix: &str,
) -> Result<BTreeMap<String, bool>, ServiceError> {
    let named = named.unwrap_or_default();
    match named.keys().find(|name| !name.starts_with(prefix)) {
        Some(other) => Err(error::bad_mapping(other)),
        None => Ok(named),
    }
}
