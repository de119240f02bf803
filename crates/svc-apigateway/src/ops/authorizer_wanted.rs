//! What an authorizer is to be.

use super::may_pass;
use crate::call::pattern;
use crate::model::integration_uri;
use crate::patch::Patch;
use crate::state::{Authorizer, AuthorizerType};
use crate::{api, error, quota};
use authorizer::{IdentitySource, Spelling};
use base::Scope;
use service::{Access, ServiceError};

/// Seconds that an answer is kept, at most and when nobody says.
const TTL_MAX_S: u32 = 3600;
const TTL_S: u32 = 300;
const COGNITO: &str = "authorizers of type COGNITO_USER_POOLS";
const PATHS: [&str; 8] = [
    "/name",
    "/type",
    "/authType",
    "/authorizerUri",
    "/authorizerCredentials",
    "/identitySource",
    "/identityValidationExpression",
    "/authorizerResultTtlInSeconds",
];

fn kind(text: &str) -> Result<AuthorizerType, ServiceError> {
    match text {
        "TOKEN" => Ok(AuthorizerType::Token),
        "REQUEST" => Ok(AuthorizerType::Request),
        "COGNITO_USER_POOLS" => Err(ServiceError::not_implemented(COGNITO)),
        _ => Err(error::bad_request("Invalid authorizer type specified")),
    }
}

pub fn wanted(
    input: &api::CreateAuthorizerRequest,
    scope: &Scope,
    id: String,
) -> Result<Authorizer, ServiceError> {
    let kind = kind(input.r#type.as_deref().unwrap_or_default())?;
    if input.provider_arns.as_ref().is_some_and(|arns| !arns.is_empty()) {
        return Err(ServiceError::not_implemented(COGNITO));
    }
    Ok(Authorizer {
        scope: scope.clone(),
        api: input.rest_api_id.clone().unwrap_or_default(),
        id,
        name: input.name.clone().unwrap_or_default(),
        kind,
        auth_type: Some(input.auth_type.clone().unwrap_or_else(|| "custom".to_owned())),
        uri: input.authorizer_uri.clone().unwrap_or_default(),
        credentials: input.authorizer_credentials.clone().filter(|role| !role.is_empty()),
        identity_source: input.identity_source.clone().filter(|source| !source.is_empty()),
        validation_expression: input.identity_validation_expression.clone().filter(|e| !e.is_empty()),
        ttl_s: ttl(input.authorizer_result_ttl_in_seconds)?,
    })
}

fn ttl(wanted: Option<i32>) -> Result<u32, ServiceError> {
    let wanted = u32::try_from(wanted.unwrap_or(TTL_S as i32)).ok().filter(|ttl| *ttl <= TTL_MAX_S);
    wanted.ok_or_else(|| {
        error::bad_request(format!("Authorizer result TTL must be between 0 and {TTL_MAX_S} seconds"))
    })
}

/// What holds for every authorizer, new or changed.
pub fn check(authorizer: &Authorizer) -> Result<(), ServiceError> {
    if authorizer.name.is_empty() {
        return Err(error::bad_request("Authorizer name cannot be empty"));
    }
    if integration_uri::function(&authorizer.uri).is_err() {
        let uri = if authorizer.uri.is_empty() { "null" } else { &authorizer.uri };
        return Err(error::bad_request(format!(
            "Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
        )));
    }
    super::integration_wanted::check_role(authorizer.credentials.as_deref(), &authorizer.scope)?;
    let sources = authorizer.identity_source.as_deref().unwrap_or_default();
    let sources: Vec<&str> = sources.split(',').map(str::trim).filter(|source| !source.is_empty()).collect();
    let is_needed = authorizer.kind == AuthorizerType::Token || authorizer.ttl_s > 0;
    if sources.is_empty() && is_needed {
        return Err(error::bad_request("Identity source must be specified for the authorizer"));
    }
    for source in &sources {
        let is_known = match IdentitySource::parse(source, Spelling::Rest) {
            Some(IdentitySource::Header(_)) => true,
            Some(_) => authorizer.kind == AuthorizerType::Request,
            None => false,
        };
        if !is_known || (authorizer.kind == AuthorizerType::Token && sources.len() > 1) {
            return Err(error::bad_mapping(source));
        }
    }
    match &authorizer.validation_expression {
        Some(expression) if pattern(expression).is_none() => {
            Err(error::bad_request(format!("Invalid identity validation expression specified: {expression}")))
        }
        _ => Ok(()),
    }
}

/// Whether an API may have it beside its others.
pub fn admit<'a>(
    others: impl Iterator<Item = &'a Authorizer>,
    made: &Authorizer,
) -> Result<(), ServiceError> {
    let mut number = 0;
    for other in others {
        if other.name == made.name {
            return Err(error::conflict(format!(
                "Authorizer name must be unique. Authorizer {} already exists in this RestApi.",
                made.name
            )));
        }
        number += 1;
    }
    if number < quota::AUTHORIZERS {
        return Ok(());
    }
    Err(error::limit_exceeded("Maximum number of Authorizers for this API exceeded."))
}

pub fn change(authorizer: &mut Authorizer, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["name"] => patch.value()?.clone_into(&mut authorizer.name),
        ["type"] => authorizer.kind = kind(patch.value()?)?,
        ["authType"] => authorizer.auth_type = patch.text(),
        ["authorizerUri"] => patch.value()?.clone_into(&mut authorizer.uri),
        ["authorizerCredentials"] => authorizer.credentials = patch.text(),
        ["identitySource"] => authorizer.identity_source = patch.text(),
        ["identityValidationExpression"] => authorizer.validation_expression = patch.text(),
        ["authorizerResultTtlInSeconds"] => authorizer.ttl_s = ttl(Some(patch.number()?))?,
        ["providerARNs", ..] => return Err(ServiceError::not_implemented(COGNITO)),
        _ => return Err(patch.unknown(&PATHS)),
    }
    Ok(())
}

/// The roles that patches hand to API Gateway.
pub fn passed(patches: Option<&[api::PatchOperation]>) -> Vec<Access> {
    let patches = patches.unwrap_or_default().iter();
    let roles = patches
        .filter(|patch| matches!(patch.path.as_deref(), Some("/authorizerCredentials" | "/credentials")));
    roles.flat_map(|patch| may_pass(patch.value.as_deref().filter(|role| !role.is_empty()))).collect()
}
