//! Who may call: security schemes, authorizers, and what a method asks for.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>

use super::{Reader, flag, list, number, text};
use crate::definition::{Authorization, Authorizer};
use crate::document::Malformed;
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(crate) const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
pub(crate) const AUTH_TYPE: &str = "x-amazon-apigateway-authtype";
pub(crate) const SIGNED: &str = "awsSigv4";
pub(crate) const API_KEY_HEADER: &str = "x-api-key";
pub(super) const AUTH: &str = "x-amazon-apigateway-auth";
const DISCOVERY: &str = "/.well-known/openid-configuration";

#[derive(Debug, Clone)]
enum Scheme {
    ApiKey,
    Iam,
    Authorizer(Box<Authorizer>),
}

#[derive(Default)]
pub struct Schemes(BTreeMap<String, Scheme>);

impl Schemes {
    pub fn authorizers(&self) -> BTreeMap<String, Authorizer> {
        let all = self.0.iter().filter_map(|(name, scheme)| match scheme {
            Scheme::Authorizer(authorizer) => Some((name.clone(), Authorizer::clone(authorizer))),
            Scheme::ApiKey | Scheme::Iam => None,
        });
        all.collect()
    }
}

impl<'d> Reader<'d> {
    pub fn read_schemes(&mut self) {
        let all = self.shared("securityDefinitions", "securitySchemes");
        for (name, said) in all.into_iter().flatten() {
            let Some(said) = self.resolved(said) else { continue };
            if let Some(scheme) = scheme(said) {
                self.schemes.0.insert(name.clone(), scheme);
            }
        }
    }

    /// How a method finds out who calls, and whether it wants an API key.
    ///
    /// # Errors
    /// For what is said in another form than it is read in: a method must not be open to all by a slip.
    pub fn authorization(
        &mut self,
        path: &str,
        operation: &'d Json,
    ) -> Result<(Authorization, bool), Malformed> {
        let malformed = || Malformed::Part(format!("security of path {path}"));
        let (mut found, mut wants_key) = (Authorization::None, false);
        let said = |object: &'d Json, name: &str| object.get(name).filter(|said| !said.is_null());
        let own = said(operation, "security");
        let asked = own.or_else(|| said(self.root, "security"));
        for asked in asked.map(|all| all.as_array().ok_or_else(malformed)).transpose()?.into_iter().flatten()
        {
            for (name, scopes) in asked.as_object().ok_or_else(malformed)? {
                match self.schemes.0.get(name) {
                    Some(Scheme::ApiKey) => wants_key = true,
                    Some(Scheme::Iam) => found = Authorization::Iam,
                    Some(Scheme::Authorizer(_)) => {
                        let scopes =
                            scopes.as_array().into_iter().flatten().filter_map(super::plain).collect();
                        found = Authorization::Authorizer(name.clone(), scopes);
                    }
                    None => self
                        .warn(format!("Security scheme '{name}' is not known or not supported. Ignoring.")),
                }
            }
        }
        // What is said for all methods stands behind what a method says of itself.
        let kind = said(operation, AUTH).or_else(|| said(self.root, AUTH).filter(|_| own.is_none()));
        match kind.and_then(|auth| text(auth, "type")).as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("AWS_IAM") => found = Authorization::Iam,
            Some(kind) if kind.eq_ignore_ascii_case("NONE") => found = Authorization::None,
            Some(_) => return Err(malformed()),
            None => {}
        }
        Ok((found, wants_key))
    }
}

fn scheme(said: &Json) -> Option<Scheme> {
    if let Some(settings) = said.get(AUTHORIZER).filter(|settings| settings.is_object()) {
        return Some(Scheme::Authorizer(Box::new(authorizer(said, settings))));
    }
    if text(said, AUTH_TYPE).is_some_and(|kind| kind.eq_ignore_ascii_case(SIGNED)) {
        return Some(Scheme::Iam);
    }
    let is_key = text(said, "type").as_deref() == Some("apiKey")
        && text(said, "in").as_deref() == Some("header")
        && text(said, "name").is_some_and(|name| name.eq_ignore_ascii_case(API_KEY_HEADER));
    is_key.then_some(Scheme::ApiKey)
}

fn authorizer(said: &Json, settings: &Json) -> Authorizer {
    let kind = text(settings, "type").unwrap_or_default().to_ascii_lowercase();
    // A token is in the header that the scheme names.
    let header = text(said, "name").filter(|_| kind == "token");
    let from_scheme = || header.map(|name| format!("method.request.header.{name}"));
    let jwt = settings.get("jwtConfiguration").unwrap_or(&Json::Null);
    let discovered = text(said, "openIdConnectUrl");
    let discovered = discovered.and_then(|url| url.strip_suffix(DISCOVERY).map(str::to_owned));
    let identity_source = match list(settings, "identitySource") {
        Some(sources) => Some(sources.join(",")),
        None => from_scheme(),
    };
    Authorizer {
        kind,
        auth_type: text(said, AUTH_TYPE),
        uri: text(settings, "authorizerUri"),
        credentials: text(settings, "authorizerCredentials"),
        identity_source,
        validation_expression: text(settings, "identityValidationExpression"),
        ttl_s: number(settings, "authorizerResultTtlInSeconds"),
        provider_arns: list(settings, "providerARNs").unwrap_or_default(),
        payload_format: text(settings, "authorizerPayloadFormatVersion"),
        simple_responses: flag(settings, "enableSimpleResponses"),
        issuer: text(jwt, "issuer").or(discovered),
        audience: list(jwt, "audience").unwrap_or_default(),
    }
}
