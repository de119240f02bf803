//! What IAM and STS need: the keyring, and each other.

use crate::authority::EndpointPolicies;
use base::{AccountId, Ids, Timestamp};
use keyring::Keyring;
use policy::{Decision, Document, Principal};
use service::{Access, Call};
use std::sync::Arc;
use store::Fault;
use svc_iam::{Asked, Cipher, CipherError, Iam};
use svc_sts::{Directory, Fetch, FetchError, Fetched, IdentityProvider, Noted, Role, SealError, Sealer};

/// IAM's access keys are sealed with the keyring.
pub struct KeyCipher(pub Keyring);

impl Cipher for KeyCipher {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        let error = |_| CipherError::Seal { context: context.to_owned() };
        self.0.seal(context.as_bytes(), plain).map_err(error)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        let error = |_| CipherError::Open { context: context.to_owned() };
        self.0.open(context.as_bytes(), sealed).map_err(error)
    }
}

/// So are session tokens.
pub struct TokenSealer(pub Keyring);

const TOKEN_CONTEXT: &[u8] = b"sts session token";

impl Sealer for TokenSealer {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.seal(TOKEN_CONTEXT, plain).map_err(|_| SealError::Seal)
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.open(TOKEN_CONTEXT, sealed).map_err(|_| SealError::Open)
    }
}

/// IAM, as STS asks it.
pub struct IamDirectory {
    pub iam: Arc<Iam>,
    pub endpoints: EndpointPolicies,
}

impl Directory for IamDirectory {
    fn role(&self, arn: &str) -> Result<Option<Role>, Fault> {
        let found = self.iam.role_by_arn(arn)?;
        Ok(found.map(|role| Role {
            account: role.account.clone(),
            arn: arn.to_owned(),
            id: role.id.clone(),
            trust: role.trust.clone(),
            max_session_duration_s: role.max_session_duration_s,
        }))
    }

    fn managed_policy(&self, account: &AccountId, arn: &str) -> Result<Option<Arc<Document>>, Fault> {
        self.iam.managed_policy(account, arn)
    }

    fn identity_provider(
        &self,
        account: &AccountId,
        issuer: &str,
    ) -> Result<Option<IdentityProvider>, Fault> {
        let found = self.iam.open_id_connect_provider(account, issuer)?;
        Ok(found.map(|provider| IdentityProvider {
            arn: provider.arn(),
            client_ids: provider.client_ids.clone(),
            thumbprints: provider.thumbprints.clone(),
        }))
    }

    fn decide(&self, call: &Call, principal: &Principal, access: &Access) -> Result<Decision, Fault> {
        let endpoint = self.endpoints.of(call)?;
        self.iam.decide(&Asked {
            principal,
            session_policies: &[],
            access,
            context: &service::global_keys(call),
            endpoint_policy: endpoint.as_ref(),
        })
    }

    fn note_role_use<'a>(&'a self, arn: &'a str, region: &'a str, now: Timestamp) -> Noted<'a> {
        Box::pin(self.iam.note_role_use(arn, region, now))
    }

    fn new_key_id(&self, ids: &dyn Ids, prefix: &str, account: &AccountId) -> String {
        svc_iam::new_key_id(ids, prefix, account)
    }

    fn new_secret(&self, ids: &dyn Ids) -> String {
        svc_iam::new_secret(ids)
    }

    fn account_of_key(&self, id: &str) -> Option<AccountId> {
        svc_iam::account_of_key(id)
    }
}

/// What issuers publish, read through the edge.
pub struct IssuerDocuments(pub edge::Fetcher);

impl Fetch for IssuerDocuments {
    fn get<'a>(&'a self, url: &'a str, thumbprints: &'a [String]) -> Fetched<'a> {
        Box::pin(async move {
            let bytes = self.0.get(url, thumbprints).await.map_err(|error| match error {
                edge::FetchError::Unreachable { url, reason } => FetchError::Unreachable { url, reason },
                edge::FetchError::Status { url, status } => FetchError::Status { url, status },
                edge::FetchError::TooLarge { url, limit } => FetchError::TooLarge { url, limit },
            })?;
            Ok(bytes.to_vec())
        })
    }
}
