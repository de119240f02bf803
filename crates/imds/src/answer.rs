//! One request and its answer, without a socket.

use crate::tokens::LIFETIMES;
use crate::{Credentials, Facts, Source, Tokens};
use serde_json::json;

/// A request, as far as it matters.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub token: Option<String>,
    pub lifetime: Option<String>,
    /// Whether somebody passed it on.
    pub forwarded: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub text: String,
    /// The lifetime that a new token has.
    pub lifetime: Option<i64>,
}

/// The versions that clients ask for; they all say the same here.
const VERSIONS: [&str; 4] = ["1.0", "2009-04-04", "2021-07-15", "latest"];

fn reply(status: u16, text: impl Into<String>) -> Reply {
    Reply { status, text: text.into(), lifetime: None }
}

/// Answers what one instance asks of itself.
pub async fn answer(asked: &Asked, source: &dyn Source, tokens: &Tokens) -> Reply {
    let Some(facts) = source.facts() else { return reply(404, "") };
    if !facts.enabled {
        return reply(403, "");
    }
    match (asked.method.as_str(), asked.path.as_str()) {
        ("PUT", "/latest/api/token") => token(asked, source, tokens),
        ("GET" | "HEAD", path) => match may_read(asked, &facts, source, tokens) {
            Ok(()) => read(path, &facts, source).await,
            Err(status) => reply(status, ""),
        },
        _ => reply(405, ""),
    }
}

fn token(asked: &Asked, source: &dyn Source, tokens: &Tokens) -> Reply {
    // A proxy that passes requests on blindly adds this header, and shall not get a token.
    if asked.forwarded {
        return reply(403, "");
    }
    let lifetime = asked.lifetime.as_deref().and_then(|text| text.trim().parse().ok());
    match lifetime.filter(|seconds| LIFETIMES.contains(seconds)) {
        Some(seconds) => Reply {
            status: 200,
            text: tokens.give(source.random(), source.now(), seconds),
            lifetime: Some(seconds),
        },
        None => reply(400, ""),
    }
}

fn may_read(asked: &Asked, facts: &Facts, source: &dyn Source, tokens: &Tokens) -> Result<(), u16> {
    match &asked.token {
        Some(token) if tokens.holds(token, source.now()) => Ok(()),
        Some(_) => Err(401),
        None if facts.tokens_required => Err(401),
        None => Ok(()),
    }
}

async fn read(path: &str, facts: &Facts, source: &dyn Source) -> Reply {
    let path = path.trim_start_matches('/');
    let (version, rest) = path.split_once('/').unwrap_or((path, ""));
    if version.is_empty() {
        return reply(200, VERSIONS.join("\n"));
    }
    if !VERSIONS.contains(&version) {
        return reply(404, "");
    }
    if let Some(asked) = rest.strip_prefix("meta-data/iam/security-credentials") {
        return credentials(asked.trim_matches('/'), facts, source).await;
    }
    match facts.tree.get(rest) {
        Some(text) => reply(200, text),
        None => reply(404, ""),
    }
}

async fn credentials(asked: &str, facts: &Facts, source: &dyn Source) -> Reply {
    match &facts.role {
        Some(role) if asked.is_empty() => reply(200, role),
        Some(role) if role == asked => match source.credentials().await {
            Some(minted) => reply(200, document(&minted)),
            None => reply(200, failed()),
        },
        _ => reply(404, ""),
    }
}

fn document(minted: &Credentials) -> String {
    let text = json!({
        "Code": "Success",
        "LastUpdated": minted.updated.iso8601(),
        "Type": "AWS-HMAC",
        "AccessKeyId": minted.access_key_id,
        "SecretAccessKey": minted.secret_access_key,
        "Token": minted.session_token,
        "Expiration": minted.expires.iso8601(),
    });
    format!("{text:#}")
}

/// What AWS says for a role that EC2 may not assume.
fn failed() -> String {
    let text = json!({
        "Code": "AssumeRoleUnauthorizedAccess",
        "Message": "EC2 cannot assume the role. Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.",
    });
    format!("{text:#}")
}

#[cfg(test)]
mod tests;
