//! Whose an access key is.

use crate::model::{AccessKey, User, key};
use crate::state::Iam;
use service::{Caller, IdentifyError, Identity, Secret};
use store::Fault;

impl Iam {
    /// The user behind a long-term access key that is active.
    pub fn identify(&self, access_key_id: &str) -> Result<Identity, IdentifyError> {
        let state = self.read();
        let stored = state.get::<AccessKey>(access_key_id)?.filter(|k| k.active);
        let stored = stored.ok_or(IdentifyError::UnknownKey)?;
        let user = state.get::<User>(&key(stored.account.as_str(), &stored.user))?;
        let user = user.ok_or(IdentifyError::UnknownKey)?;
        let secret = self.cipher.open(&AccessKey::context(access_key_id), &stored.sealed);
        let secret = secret.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let caller = Caller {
            principal: user.principal(),
            account: stored.account.clone(),
            access_key_id: access_key_id.to_owned(),
            session_policies: Vec::new(),
            session_started: None,
            session_facts: Default::default(),
        };
        secret.map(|s| Identity { caller, secret: Secret::new(s) }).ok_or_else(|| unreadable(&stored).into())
    }
}

fn unreadable(key: &AccessKey) -> Fault {
    Fault::Decode {
        table: <AccessKey as store::Table>::NAME,
        key: key.id.clone(),
        reason: "the secret cannot be opened".to_owned(),
    }
}
