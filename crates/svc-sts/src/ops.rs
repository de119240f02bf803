//! One operation per file; [`registry`] lists them all.

mod assume_role;
mod assume_role_with_web_identity;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_session_token;
mod role_session;

use crate::{Credentials, Sts, api};
use service::{Registry, ServiceError};
use std::sync::Arc;

/// What STS answers.
pub fn registry(sts: Arc<Sts>) -> Registry {
    Registry::builder(&api::MODEL, sts)
        .with::<api::GetCallerIdentity>()
        .with::<api::AssumeRole>()
        .with::<api::AssumeRoleWithWebIdentity>()
        .with::<api::GetSessionToken>()
        .with::<api::GetAccessKeyInfo>()
        .with::<api::DecodeAuthorizationMessage>()
        .build()
}

pub(crate) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::client("ValidationError", message)
}

fn describe(credentials: Credentials) -> api::Credentials {
    api::Credentials {
        access_key_id: Some(credentials.access_key_id),
        secret_access_key: Some(credentials.secret_access_key.expose().to_owned()),
        session_token: Some(credentials.session_token),
        expiration: Some(credentials.expires),
    }
}
