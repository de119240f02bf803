//! Security schemes, and which of them a method asks for.

use super::{Writer, put};
use crate::definition::{Authorization, Authorizer, Definition, Method};
use crate::read::{API_KEY_HEADER, AUTH_TYPE, AUTHORIZER, SIGNED};
use crate::{Flavour, Object};
use serde_json::{Value as Json, json};

const IN_HEADER: &str = "method.request.header.";
const OF_REQUEST: &str = "$request.header.";

/// The names of the schemes that are no authorizers, where there is use for them.
pub struct Schemes {
    api_key: Option<String>,
    iam: Option<String>,
}

impl Schemes {
    pub fn of(definition: &Definition) -> Self {
        let methods = || definition.paths.values().flat_map(|methods| methods.values());
        let free = |name: &str| {
            let mut name = name.to_owned();
            while definition.authorizers.contains_key(&name) {
                name.push('_');
            }
            name
        };
        Self {
            api_key: methods().any(|method| method.api_key_required).then(|| free("api_key")),
            iam: methods().any(|method| method.authorization == Authorization::Iam).then(|| free("sigv4")),
        }
    }
}

impl Writer<'_> {
    pub fn security_schemes(&self) -> Object {
        let mut all = Object::new();
        let key = json!({ "type": "apiKey", "name": API_KEY_HEADER, "in": "header" });
        put(
            &mut all,
            self.schemes.api_key.as_deref().unwrap_or_default(),
            self.schemes.api_key.is_some().then_some(key),
        );
        if let Some(name) = &self.schemes.iam {
            let mut scheme = Object::new();
            put(&mut scheme, "type", Some("apiKey"));
            put(&mut scheme, "name", Some("Authorization"));
            put(&mut scheme, "in", Some("header"));
            put(&mut scheme, AUTH_TYPE, self.extensions.authorizers.then_some(SIGNED));
            all.insert(name.clone(), Json::Object(scheme));
        }
        for (name, authorizer) in &self.definition.authorizers {
            all.insert(name.clone(), Json::Object(self.scheme(authorizer)));
        }
        all
    }

    fn scheme(&self, authorizer: &Authorizer) -> Object {
        let mut scheme = Object::new();
        if authorizer.kind == "jwt" {
            put(&mut scheme, "type", Some("oauth2"));
            put(&mut scheme, "flows", Some(json!({})));
        } else {
            put(&mut scheme, "type", Some("apiKey"));
            put(&mut scheme, "name", Some(header(authorizer).unwrap_or("Unused")));
            put(&mut scheme, "in", Some("header"));
        }
        if self.extensions.authorizers {
            if self.flavour == Flavour::Rest {
                put(&mut scheme, AUTH_TYPE, authorizer.auth_type.clone());
            }
            scheme.insert(AUTHORIZER.to_owned(), Json::Object(settings(authorizer)));
        }
        scheme
    }

    pub fn security(&self, method: &Method) -> Option<Json> {
        let mut all = Vec::new();
        let scheme = |name: &str, scopes: &[String]| json!({ name: scopes });
        match &method.authorization {
            Authorization::None => {}
            Authorization::Iam => all.extend(self.schemes.iam.as_deref().map(|name| scheme(name, &[]))),
            Authorization::Authorizer(name, scopes) => all.push(scheme(name, scopes)),
        }
        if method.api_key_required {
            all.extend(self.schemes.api_key.as_deref().map(|name| scheme(name, &[])));
        }
        (!all.is_empty()).then_some(Json::Array(all))
    }
}

/// The one header that an authorizer looks at, if it is one.
fn header(authorizer: &Authorizer) -> Option<&str> {
    let source = authorizer.identity_source.as_deref()?;
    let name = source.strip_prefix(IN_HEADER).or_else(|| source.strip_prefix(OF_REQUEST))?;
    (!name.is_empty() && !name.contains([',', ' '])).then_some(name)
}

fn settings(authorizer: &Authorizer) -> Object {
    let mut said = Object::new();
    put(&mut said, "type", Some(authorizer.kind.clone()));
    put(&mut said, "authorizerUri", authorizer.uri.clone());
    put(&mut said, "authorizerCredentials", authorizer.credentials.clone());
    // A token's header is the scheme's name.
    let is_said = authorizer.kind == "token" && header(authorizer).is_some();
    put(&mut said, "identitySource", authorizer.identity_source.clone().filter(|_| !is_said));
    put(&mut said, "identityValidationExpression", authorizer.validation_expression.clone());
    put(&mut said, "authorizerResultTtlInSeconds", authorizer.ttl_s);
    let pools = &authorizer.provider_arns;
    put(&mut said, "providerARNs", Some(pools.clone()).filter(|pools| !pools.is_empty()));
    put(&mut said, "authorizerPayloadFormatVersion", authorizer.payload_format.clone());
    put(&mut said, "enableSimpleResponses", authorizer.simple_responses);
    let mut jwt = Object::new();
    put(&mut jwt, "issuer", authorizer.issuer.clone());
    put(&mut jwt, "audience", Some(authorizer.audience.clone()).filter(|all| !all.is_empty()));
    super::put_object(&mut said, "jwtConfiguration", jwt);
    said
}
