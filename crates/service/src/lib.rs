//! The frame that every service stands in: one ordered pipeline from an authenticated request
//! to a rendered answer, and the traits that a service's operations implement.
//!
//! A service crate has a file per operation with one `impl Handler<Service> for api::Operation`
//! and a registry that lists them. Only this crate's gate can make the [`Authorized`] input that
//! an operation takes.

mod access;
mod audit;
mod authority;
mod authorized;
mod call;
mod context;
mod error;
mod gate;
mod handler;
mod pipeline;
mod signer;
#[cfg(feature = "testing")]
pub mod testing;

pub use access::Access;
pub use audit::{Audit, Event, Noted, Said};
pub use authority::{Authority, IdentifyError, Identity, Secret, Verdict};
pub use authorized::Authorized;
pub use call::{Call, Caller, Federation, SessionFacts, Source, SourceEndpoint, Tls};
pub use context::global_keys;
pub use error::{Denial, ServiceError};
pub use handler::{Begun, Builder, Events, Handler, Registry, StreamHandler};
pub use pipeline::{Pipeline, Settle};
pub use signer::Signer;
