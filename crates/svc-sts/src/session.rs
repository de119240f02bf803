//! Session tokens.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html>

use crate::{Credentials, Sts};
use base::{AccountId, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use policy::Principal;
use serde::{Deserialize, Serialize};
use service::{Caller, IdentifyError, Identity, Secret, ServiceError, SessionFacts};
use std::ops::Range;

/// Longer tokens are not ours; checked before anything is decoded.
const MAX_TOKEN: usize = 64 * 1024;

/// What a token carries.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    pub access_key_id: String,
    secret: String,
    pub account: AccountId,
    pub principal: Principal,
    pub session_policies: Vec<String>,
    /// Tokens of before this was kept lack it.
    #[serde(default)]
    pub started: Option<Timestamp>,
    #[serde(default)]
    pub facts: SessionFacts,
    pub expires: Timestamp,
}

impl Sts {
    /// Makes a session of the principal.
    pub(crate) fn mint(
        &self,
        account: &AccountId,
        principal: Principal,
        session_policies: Vec<String>,
        facts: SessionFacts,
        lifetime: Range<Timestamp>,
    ) -> Result<Credentials, ServiceError> {
        let session = Session {
            access_key_id: self.directory.new_key_id(&*self.ids, "ASIA", account),
            secret: self.directory.new_secret(&*self.ids),
            account: account.clone(),
            principal,
            session_policies,
            started: Some(lifetime.start),
            facts,
            expires: lifetime.end,
        };
        let plain = serde_json::to_vec(&session).map_err(ServiceError::internal)?;
        let sealed = self.sealer.seal(&plain).map_err(ServiceError::internal)?;
        Ok(Credentials {
            access_key_id: session.access_key_id,
            secret_access_key: Secret::new(session.secret),
            session_token: STANDARD.encode(sealed),
            expires: lifetime.end,
        })
    }

    /// Who holds a temporary access key. The token proves it; without a token nobody does.
    pub fn identify(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Identity, IdentifyError> {
        let token = session_token.ok_or(IdentifyError::UnknownKey)?;
        let session = self.open(token).ok_or(IdentifyError::InvalidToken)?;
        if session.access_key_id != access_key_id {
            return Err(IdentifyError::InvalidToken);
        }
        if session.expires <= now {
            return Err(IdentifyError::ExpiredToken);
        }
        let caller = Caller {
            principal: session.principal,
            account: session.account,
            access_key_id: session.access_key_id,
            session_policies: session.session_policies,
            session_started: session.started,
            session_facts: session.facts,
        };
        Ok(Identity { caller, secret: Secret::new(session.secret) })
    }

    fn open(&self, token: &str) -> Option<Session> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let plain = self.sealer.open(&STANDARD.decode(token).ok()?).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}
