//! What the resolver asks for each name.

use crate::Upstream;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Looked up anew for each query, so that a change is seen as soon as the state behind it changes.
pub trait Zones: Send + Sync {
    /// `name` in lower case and without the dot at the end: `db.example.com`, `5.1.0.10.in-addr.arpa`.
    fn resolve(&self, name: &str) -> Answer;

    /// Whoever is asked for [`Answer::Outside`].
    fn upstream(&self) -> Option<&dyn Upstream> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A records.
    Addresses(Vec<Ipv4Addr>),
    /// A PTR record.
    Name(String),
    /// NXDOMAIN.
    NoSuchName,
    /// Somebody else knows: [`Zones::upstream`].
    Outside,
}

impl<Z: Zones + ?Sized> Zones for Arc<Z> {
    fn resolve(&self, name: &str) -> Answer {
        (**self).resolve(name)
    }

    fn upstream(&self) -> Option<&dyn Upstream> {
        (**self).upstream()
    }
}
