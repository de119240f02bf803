//! Resource policies that were read. Every invocation by a service asks one, and reading it takes
//! longer than deciding by it.

use crate::model::Permission;
use crate::resolve::Resolved;
use policy::{Document, Malformed};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Most policies that are kept.
const KEPT: usize = 4096;

/// A policy as it was read, and what it was made of.
struct Read {
    permissions: Vec<Permission>,
    document: Arc<Document>,
}

/// By the revision, which changes with every change of a policy.
#[derive(Default)]
pub(crate) struct KeptPolicies {
    kept: RwLock<HashMap<String, Read>>,
}

impl KeptPolicies {
    /// The policy of what was named, if it has one.
    pub(crate) fn of(&self, resolved: &Resolved) -> Result<Option<Arc<Document>>, Malformed> {
        let (revision, permissions) = (resolved.policy_revision_id(), resolved.permissions());
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(read) = kept.get(revision).filter(|read| read.permissions == permissions) {
                return Ok(Some(read.document.clone()));
            }
        }
        let Some(text) = resolved.policy() else { return Ok(None) };
        let document = Arc::new(Document::parse(&text)?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        let read = Read { permissions: permissions.to_vec(), document: document.clone() };
        kept.insert(revision.to_owned(), read);
        Ok(Some(document))
    }
}
