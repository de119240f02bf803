//! Routes that ask for a token of an issuer.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>

use super::authorize::Caller;
use super::{Aimed, Refusal};
use crate::ApiGatewayV2;
use crate::state::{Authorizer, AuthorizerKind};
use base::Timestamp;
use openid::{Issuer, JsonWebToken, Verdict};

/// Algorithms that AWS takes here: those of RSA.
const ALGORITHM_PREFIX: &str = "RS";

impl ApiGatewayV2 {
    pub(super) async fn authorize_token(
        &self,
        aimed: &Aimed<'_>,
        authorizer: &Authorizer,
    ) -> Result<Caller, Refusal> {
        let AuthorizerKind::Jwt { issuer, audience } = &authorizer.kind else {
            return Err(Refusal::internal("the route's authorizer is none for tokens"));
        };
        let source = authorizer.identity_sources.first().and_then(|source| aimed.identity(source));
        let missing = || Refusal::unauthorized("the request has no token").challenge("Bearer");
        let text = source.filter(|text| !text.is_empty()).ok_or_else(missing)?;
        let text = without_scheme(&text);
        let token = JsonWebToken::read(text).ok_or_else(|| invalid("the token is no JSON web token"))?;
        check_claims(&token, issuer, audience, aimed.request.now)?;
        self.check_signature(issuer, &token, aimed.request.now).await?;
        let scopes = check_scopes(&token, &aimed.route.scopes)?;
        let claims = token.claims().map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Caller::Jwt { claims, scopes })
    }

    async fn check_signature(
        &self,
        issuer: &str,
        token: &JsonWebToken<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if !token.algorithm.starts_with(ALGORITHM_PREFIX) {
            return Err(invalid(&format!("the algorithm {} is not supported", token.algorithm)));
        }
        let issuer = Issuer::of(issuer).ok_or_else(|| Refusal::internal("the issuer is no URL"))?;
        match self.issuers.verify(&issuer, &[], token, now).await {
            Ok(Verdict::Signed) => Ok(()),
            Ok(Verdict::Wrong) => Err(invalid("signature is invalid")),
            Ok(Verdict::NoKey) => Err(invalid("the issuer has no key for the token")),
            // AWS answers 500 when it cannot find the issuer's keys out.
            Err(error) => Err(Refusal::internal(format!("the issuer's keys cannot be had: {error}"))),
        }
    }
}

/// `Bearer` may stand before the token, and need not.
fn without_scheme(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => text.trim(),
    }
}

fn check_claims(
    token: &JsonWebToken<'_>,
    issuer: &str,
    audience: &[String],
    now: Timestamp,
) -> Result<(), Refusal> {
    let now = now.secs();
    if token.text("iss") != Some(issuer) {
        return Err(invalid("invalid issuer"));
    }
    let named = if token.claim("aud").is_some() { token.texts("aud") } else { token.texts("client_id") };
    if !audience.is_empty() && !named.iter().any(|one| audience.contains(one)) {
        return Err(invalid("the token does not have a valid audience"));
    }
    match token.seconds("exp") {
        Some(until) if now < until => {}
        _ => return Err(invalid("the token has expired")),
    }
    if token.seconds("nbf").is_some_and(|since| since > now) {
        return Err(invalid("the token is not valid yet"));
    }
    if token.seconds("iat").is_some_and(|since| since > now) {
        return Err(invalid("the token was issued in the future"));
    }
    Ok(())
}

/// One of the route's scopes is enough. Without scopes of the route those of the token say nothing.
fn check_scopes(token: &JsonWebToken<'_>, wanted: &[String]) -> Result<Option<Vec<String>>, Refusal> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let claimed = if token.claim("scope").is_some() { token.texts("scope") } else { token.texts("scp") };
    let all: Vec<String> = claimed.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect();
    if all.iter().any(|scope| wanted.contains(scope)) {
        return Ok(Some(all));
    }
    let reason = format!("the token has none of the route's scopes: {}", wanted.join(" "));
    let challenge = format!(
        "Bearer scope=\"{}\" error=\"insufficient_scope\" error_description=\"the token does not have the required scope\"",
        wanted.join(" ")
    );
    Err(Refusal::forbidden(reason).challenge(challenge))
}

fn invalid(reason: &str) -> Refusal {
    let challenge = format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{reason}\"");
    Refusal::unauthorized(reason).challenge(challenge)
}
