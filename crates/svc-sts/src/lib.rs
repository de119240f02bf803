//! STS: who am I, and temporary credentials. A session is not stored: its token carries it,
//! sealed, so that any node can check it and nothing has to be cleaned up.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

#[allow(clippy::all, reason = "generated")]
pub mod api;
mod assume;
mod authorization_message;
mod directory;
mod facts;
pub mod ops;
mod session;
mod web_identity;

pub use assume::{AssumeError, Credentials, ServiceSession};
pub use directory::{Directory, IdentityProvider, Noted, Role, SealError, Sealer};
pub use openid::{Fetch, FetchError, Fetched};
pub use session::Session;

use base::Ids;
use openid::IssuerKeys;
use std::sync::Arc;

pub struct Sts {
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) keys: IssuerKeys,
}

impl Sts {
    pub fn new(
        directory: Arc<dyn Directory>,
        sealer: Arc<dyn Sealer>,
        ids: Arc<dyn Ids>,
        fetch: Arc<dyn Fetch>,
    ) -> Self {
        Self { directory, sealer, ids, keys: IssuerKeys::new(fetch) }
    }
}
