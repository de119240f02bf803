//! What stands behind the edge, as the edge needs it.

use service::{Authority, Call, Pipeline, ServiceError};
use std::future::Future;
use std::pin::Pin;
use wire::http::{Request, Response};
use wire::schema::Model;

/// An answer on its way.
pub type Reply<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// The services of AWS that moat has.
pub trait Services: Send + Sync {
    fn models(&self) -> Vec<&'static Model>;

    /// Whose an access key is.
    fn authority(&self) -> &dyn Authority;

    /// Answers an authenticated request for the service of this signing name.
    fn handle<'a>(&'a self, signing_name: &'a str, call: &'a Call, request: &'a Request) -> Reply<'a>;

    /// Takes note of a request that was turned away at the door; the call says whom it claimed to be.
    fn refused(&self, signing_name: &str, call: &Call, request: &Request, error: &ServiceError);
}

impl Services for Pipeline {
    fn models(&self) -> Vec<&'static Model> {
        self.registries().map(service::Registry::model).collect()
    }

    fn authority(&self) -> &dyn Authority {
        Self::authority(self).as_ref()
    }

    fn handle<'a>(&'a self, signing_name: &'a str, call: &'a Call, request: &'a Request) -> Reply<'a> {
        Box::pin(Self::handle(self, signing_name, call, request))
    }

    fn refused(&self, signing_name: &str, call: &Call, request: &Request, error: &ServiceError) {
        Self::refused(self, signing_name, call, request, error);
    }
}

/// moat's own interface under `/_moat/`, which only the host's port offers and only to
/// requests signed for the service `moat`.
pub trait Internal: Send + Sync {
    fn handle<'a>(&'a self, call: &'a Call, request: &'a Request) -> Reply<'a>;
}
