//! Which actions AWS's services have, what resources they are on and which condition keys come
//! with them: AWS's service authorization reference as static tables.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
//!
//! `cargo xtask codegen actions` writes `reference/` for the services in `services.txt`, from a
//! pinned package whose licence is in `LICENSE-iam-data.txt`. Nothing here allocates until asked
//! for a list, and what is looked up for each call is found by halving.

mod action;
mod form;
mod key;
mod reference;
mod table;

pub use action::{Found, ResourceUse, find, of_operation};
pub use key::{is_global, is_of_service};
pub use table::Level;

use reference::{PREFIXES, SERVICES};
use std::cmp::Ordering;
use table::Service;

/// The reference as [`policy::remarks`] asks it.
#[derive(Debug, Clone, Copy)]
pub struct Aws;

impl policy::Reference for Aws {
    fn services(&self) -> Vec<&'static str> {
        PREFIXES.to_vec()
    }

    fn actions(&self, service: &str) -> Option<Vec<&'static str>> {
        Some(self::service(service)?.actions.iter().map(|action| action.0).collect())
    }

    fn actions_of(&self, service: &str, operation: &str) -> Vec<&'static str> {
        of_operation(service, operation).unwrap_or_default()
    }

    fn uses_key(&self, action: &str, key: &str) -> Option<bool> {
        find(action).map(|found| is_global(key) || !is_of_service(key) || found.uses_key(key))
    }

    fn is_on(&self, action: &str, resource: &str) -> Option<bool> {
        find(action).map(|found| found.is_on(resource))
    }

    fn forms(&self, action: &str) -> Vec<&'static str> {
        find(action).into_iter().flat_map(|found| found.resources()).flat_map(|r| r.forms).copied().collect()
    }
}

fn service(prefix: &str) -> Option<&'static Service> {
    let place = SERVICES.binary_search_by(|service| ignoring_case(service.prefix, prefix)).ok()?;
    SERVICES.get(place).copied()
}

fn ignoring_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()))
}
