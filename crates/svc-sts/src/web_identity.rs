//! Who a web identity token says somebody is, once an identity provider of the account vouches
//! for it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html>

use crate::Sts;
use crate::directory::IdentityProvider;
use crate::facts::Said;
use base::{AccountId, Timestamp};
use openid::{FetchError, Issuer, JsonWebToken, KeysError, Verdict, texts};
use serde_json::Value;
use service::{Federation, ServiceError};
use std::collections::BTreeMap;

/// Claims by which a token says session tags and the source identity.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp>
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const PRINCIPAL_TAGS: &str = "principal_tags";
const TRANSITIVE_KEYS: &str = "transitive_tag_keys";

/// A user whom a provider vouches for.
pub(crate) struct WebIdentity {
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) federation: Federation,
    /// Condition keys of this one request, which the session does not have.
    pub(crate) further: Vec<(String, Vec<String>)>,
    pub(crate) said: Said,
}

impl Sts {
    /// Believes a token, or says in AWS's words why not.
    pub(crate) async fn web_identity(
        &self,
        account: &AccountId,
        text: &str,
        now: Timestamp,
    ) -> Result<WebIdentity, ServiceError> {
        let token = JsonWebToken::read(text).ok_or_else(|| {
            invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        })?;
        let required = |name: &str| token.text(name).ok_or_else(|| missing(name));
        let (url, subject) = (required("iss")?, required("sub")?);
        let unknown = || invalid(format!("No OpenIDConnect provider found in your account for {url}"));
        let issuer = Issuer::of(url).ok_or_else(unknown)?;
        let provider = self.directory.identity_provider(account, &issuer.name)?.ok_or_else(unknown)?;
        let audience = audience(&token, &provider)?;
        check_times(&token, now)?;
        match self.keys.verify(&issuer, &provider.thumbprints, &token, now).await.map_err(refused)? {
            Verdict::Signed => {}
            Verdict::Wrong => return Err(invalid("The token signature is invalid")),
            Verdict::NoKey => return Err(no_key()),
        }
        Ok(WebIdentity {
            subject: subject.to_owned(),
            federation: federation(&token, &issuer, provider.arn, &audience, subject),
            further: further(&token, &issuer),
            audience,
            said: said(&token)?,
        })
    }
}

/// For whom the token was made: `azp` where it is said, else `aud`. The provider must know it.
fn audience(token: &JsonWebToken<'_>, provider: &IdentityProvider) -> Result<String, ServiceError> {
    let audiences = token.texts("aud");
    if audiences.is_empty() {
        return Err(missing("aud"));
    }
    let party = token.text("azp").map(str::to_owned);
    let mut asked = party.map_or(audiences, |party| vec![party]).into_iter();
    let known = asked.find(|audience| provider.client_ids.contains(audience));
    known.ok_or_else(|| invalid("Incorrect token audience"))
}

fn check_times(token: &JsonWebToken<'_>, now: Timestamp) -> Result<(), ServiceError> {
    let (now, until) = (now.secs(), token.seconds("exp").ok_or_else(|| missing("exp"))?);
    if now >= until {
        return Err(ServiceError::client(
            "ExpiredTokenException",
            format!("Token expired: current date/time {now} must be before the expiration date/time {until}"),
        ));
    }
    match token.seconds("nbf") {
        Some(since) if since > now => Err(invalid("The token is not valid yet")),
        _ => Ok(()),
    }
}

/// What stays with the session.
fn federation(
    token: &JsonWebToken<'_>,
    issuer: &Issuer,
    provider: String,
    audience: &str,
    subject: &str,
) -> Federation {
    let mut keys = BTreeMap::new();
    let mut set = |key: &str, values: Vec<String>| {
        if !values.is_empty() {
            keys.insert(format!("{}:{key}", issuer.name), values);
        }
    };
    set("aud", vec![audience.to_owned()]);
    set("sub", vec![subject.to_owned()]);
    set("amr", token.texts("amr"));
    Federation { provider, keys }
}

fn further(token: &JsonWebToken<'_>, issuer: &Issuer) -> Vec<(String, Vec<String>)> {
    [("oaud", "aud"), ("email", "email")]
        .map(|(key, claim)| (format!("{}:{key}", issuer.name), token.texts(claim)))
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// The tags stand in one claim, or each in one of its own.
fn said(token: &JsonWebToken<'_>) -> Result<Said, ServiceError> {
    let mut said =
        Said { source_identity: token.text(SOURCE_IDENTITY).map(str::to_owned), ..Said::default() };
    if let Some(Value::Object(tags)) = token.claim(TAGS) {
        for (key, value) in tags.get(PRINCIPAL_TAGS).and_then(Value::as_object).into_iter().flatten() {
            said.tags.push((key.clone(), one(value)?));
        }
        said.transitive.extend(tags.get(TRANSITIVE_KEYS).map(texts).unwrap_or_default());
    }
    for (claim, value) in token.claims() {
        let Some(rest) = claim.strip_prefix(TAGS).and_then(|rest| rest.strip_prefix('/')) else { continue };
        if let Some(key) = rest.strip_prefix(PRINCIPAL_TAGS).and_then(|key| key.strip_prefix('/')) {
            said.tags.push((key.to_owned(), one(value)?));
        } else if rest == TRANSITIVE_KEYS {
            said.transitive.extend(texts(value));
        }
    }
    Ok(said)
}

/// The value of a tag, which may come as a list of one.
fn one(value: &Value) -> Result<String, ServiceError> {
    match <[String; 1]>::try_from(texts(value)) {
        Ok([text]) => Ok(text),
        Err(_) => Err(invalid("The session tags of the token are not well-formed")),
    }
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidIdentityToken", message)
}

fn missing(claim: &str) -> ServiceError {
    invalid(format!("Missing a required claim: {claim}"))
}

fn no_key() -> ServiceError {
    invalid(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    )
}

fn refused(error: KeysError) -> ServiceError {
    tracing::info!(%error, "an identity provider's keys");
    match error {
        KeysError::Fetch(FetchError::Unreachable { .. }) => ServiceError::client(
            "IDPCommunicationError",
            "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the incoming identity token could not be reached.",
        ),
        KeysError::AnotherIssuer { .. } => ServiceError::client(
            "IDPRejectedClaim",
            "The identity provider (IdP) reported that authentication failed. This might be because the claim is invalid.",
        )
        .status(403),
        KeysError::Fetch(_) | KeysError::Malformed(_) => no_key(),
    }
}
