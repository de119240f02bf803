//! AWS Secrets Manager: secrets by name and ARN, versions with staging labels, recovery
//! windows, resource policies. Values are sealed before they reach the store.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html>

mod access;
pub mod api;
mod error;
mod managed;
mod model;
mod ops;
mod quota;
mod secret_id;
mod state;
mod value;

pub use managed::{ManagedSecret, ManagedSpec};
pub use ops::registry;

use base::Ids;
use keyring::Keyring;
use std::sync::Arc;
use store::Store;

/// The service: its state, the key its values are sealed with, and a source of randomness.
#[derive(Clone)]
pub struct SecretsManager {
    store: Store,
    keyring: Keyring,
    ids: Arc<dyn Ids>,
}

impl SecretsManager {
    pub fn new(store: Store, keyring: Keyring, ids: Arc<dyn Ids>) -> Self {
        Self { store, keyring, ids }
    }
}
