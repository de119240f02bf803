//! API Gateway: REST APIs in front of functions, and who may call them.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html>
//!
//! `ops` is the control plane: it writes what an API is. [`ApiGateway::answer`] is the data plane:
//! it takes a request to an API through the ordered list of questions in `call`.

pub mod api;
mod call;
mod cipher;
mod domain_names;
mod error;
mod model;
pub mod needs;
mod ops;
mod page;
mod patch;
mod quota;
mod read;
mod render;
mod state;
mod tags;
mod vpc_links;

pub use call::{Answered, ApiRequest, Refusal};
pub use cipher::{Cipher, CipherError};
pub use needs::Needs;
pub use ops::registry;
pub use vpc_links::leads_to;

use std::sync::Arc;
use store::Store;

/// Letters of the ids of APIs, resources, stages' deployments, keys and plans.
const ID_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// Letters of API keys that nobody chose.
const KEY_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Whether an API has a stage; `None` where there is no such API.
///
/// # Errors
/// When the store cannot be read.
pub fn has_stage(
    rows: &store::Snapshot,
    scope: &base::Scope,
    api: &str,
    stage: &str,
) -> Result<Option<bool>, store::Fault> {
    if rows.get::<state::RestApi>(&scope.key(api))?.is_none() {
        return Ok(None);
    }
    Ok(Some(rows.get::<state::Stage>(&scope.key(&format!("{api}/{stage}")))?.is_some()))
}

pub struct ApiGateway {
    store: Store,
    needs: Needs,
    plans: call::Plans,
    usage: call::Usage,
    deployments: call::Deployments,
    verdicts: call::Verdicts,
    access_logs: call::AccessLogQueue,
}

impl ApiGateway {
    pub fn new(store: Store, needs: Needs) -> Arc<Self> {
        Arc::new(Self {
            store,
            needs,
            plans: call::Plans::default(),
            usage: call::Usage::default(),
            deployments: call::Deployments::default(),
            verdicts: call::Verdicts::default(),
            access_logs: call::AccessLogQueue::default(),
        })
    }

    /// The account that an API is in, if there is one of this id.
    pub fn owner(&self, api: &str) -> Option<base::AccountId> {
        let found = self.store.read().get::<state::RestApiOwner>(api).ok()??;
        Some(found.scope.account.clone())
    }

    fn id(&self, length: usize) -> String {
        self.needs.ids.pick(length, ID_LETTERS)
    }
}
