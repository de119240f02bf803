//! HTTP messages as plain data: what the codecs read and write. The edge turns them into
//! and from its HTTP library's types.

use bytes::Bytes;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A request as it was received. `path` and `query` are raw: still percent-encoded, the
/// query without its question mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Request {
    /// The first header of the name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// What follows the body, when the answer goes on after its head.
    pub rest: Option<Rest>,
}

/// Something that is had piece by piece.
pub trait Pieces: Send {
    /// The next piece, when there is one; `None` is the end.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

/// The part of a body that is not there yet. Clones share it: who takes a piece has it alone.
#[derive(Clone)]
pub struct Rest(Arc<Mutex<dyn Pieces>>);

impl Rest {
    pub fn new(pieces: impl Pieces + 'static) -> Self {
        Self(Arc::new(Mutex::new(pieces)))
    }

    pub fn poll_piece(&self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_piece(context)
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest")
    }
}

impl PartialEq for Rest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Rest {}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}
