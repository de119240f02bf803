//! AWS Certificate Manager: certificates that moat's own authority signs, and certificates that are imported.
//! <https://docs.aws.amazon.com/acm/latest/APIReference/Welcome.html>
//!
//! AWS issues a certificate when a CNAME record shows that the domain is its asker's. moat is the DNS of its world:
//! nobody but its user can own a name there, so its authority signs at once and every domain is validated from the
//! start. The records that AWS would want are told all the same, because Terraform and CDK write them down.
//!
//! Private keys lie sealed in a table of their own, which no listing reads.
//!
//! # For those that serve TLS
//!
//! A crate that needs a certificate states so as a trait of its own, such as `fn certificate(&self, arn: &str) ->
//! Result<Option<..>, Fault>`; `server` implements it with [`Acm::material`], which gives PEM texts: the certificate
//! with its chain, leaf first, and the private key. It costs one decryption, so keep what you make of it for as long
//! as [`Material::revision`] stays the same (it changes when a certificate is imported anew or renewed). To ask whether
//! there is such a certificate, inside a transaction too, use [`find`]. Whoever uses a certificate also says so
//! through [`needs::Users`], handed to [`Acm::supply`]: that is what makes `DeleteCertificate` refuse and
//! `InUseBy` true.

mod access;
mod answer;
pub mod api;
mod error;
mod keys;
mod material;
mod model;
pub mod needs;
pub mod ops;
mod renew;
pub mod state;
mod tags;

pub use material::{Material, MaterialError};
pub use needs::Needs;

use base::{Ids, Scope};
use keyring::Keyring;
use needs::{Authority, Users};
use state::Certificate;
use std::sync::{Arc, OnceLock};
use store::{Fault, Snapshot, Store};

/// Quotas of an account in a region.
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html>
pub const CERTIFICATES_MAX: usize = 2500;
pub const DOMAIN_NAMES_PER_CERTIFICATE_MAX: usize = 10;
pub const TAGS_PER_CERTIFICATE_MAX: usize = 50;

pub struct Acm {
    store: Store,
    keyring: Keyring,
    authority: Arc<dyn Authority>,
    ids: Arc<dyn Ids>,
    users: OnceLock<Vec<Arc<dyn Users>>>,
    /// Held while a key is made.
    key_making: Arc<tokio::sync::Mutex<()>>,
}

impl Acm {
    pub fn new(store: Store, needs: Needs) -> Self {
        let Needs { keyring, authority, ids } = needs;
        Self { store, keyring, authority, ids, users: OnceLock::new(), key_making: Arc::default() }
    }

    /// Gives it those that use certificates, which need it themselves.
    pub fn supply(&self, users: Vec<Arc<dyn Users>>) {
        let _ = self.users.set(users);
    }

    /// The ARNs of what uses a certificate.
    fn users_of(&self, state: &Snapshot, certificate: &Certificate) -> Result<Vec<String>, Fault> {
        let arn = certificate.arn();
        let mut found = Vec::new();
        for users in self.users.get().into_iter().flatten() {
            found.extend(users.using(state, &arn)?);
        }
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// The certificate of this ARN, if the scope has it.
///
/// # Errors
/// When the store cannot be read.
pub fn find(state: &Snapshot, scope: &Scope, arn: &str) -> Result<Option<Arc<Certificate>>, Fault> {
    let prefix = base::Arn::regional("acm", scope, "certificate/").to_string();
    match arn.strip_prefix(&prefix).filter(|id| !id.is_empty()) {
        Some(id) => state.get::<Certificate>(&scope.key(id)),
        None => Ok(None),
    }
}
