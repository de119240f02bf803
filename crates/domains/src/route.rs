//! From a host name and a path to an API.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html>

use crate::state::DomainOwner;
use crate::{DomainName, Mapping};
use std::sync::Arc;
use store::{Fault, Snapshot};

/// The domain name that a host name leads to, and what is mapped at the path.
pub struct Routed {
    pub domain: Arc<DomainName>,
    pub route: Option<Route>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub api: String,
    pub stage: String,
    /// After the base path, and after the stage where the path names it; with its first slash.
    pub path: String,
    /// What stood before it.
    pub prefix: String,
}

/// The domain name of a host: its own, or the one with a star for the first label.
///
/// # Errors
/// When the store cannot be read.
pub fn find(rows: &Snapshot, host: &str) -> Result<Option<Arc<DomainName>>, Fault> {
    let host = host.to_ascii_lowercase();
    let owner = match rows.get::<DomainOwner>(&host)? {
        Some(owner) => Some(owner),
        None => match host.split_once('.') {
            Some((_, parent)) => rows.get::<DomainOwner>(&format!("*.{parent}"))?,
            None => None,
        },
    };
    match owner {
        Some(owner) => rows.get::<DomainName>(&owner.scope.key(&owner.name)),
        None => Ok(None),
    }
}

/// The longest base path that the path is below decides.
///
/// # Errors
/// When the store cannot be read.
pub fn route(rows: &Snapshot, host: &str, path: &str) -> Result<Option<Routed>, Fault> {
    let Some(domain) = find(rows, host)? else { return Ok(None) };
    let mappings = rows.scan::<Mapping>(&domain.scope.key(&format!("{}/", domain.name)))?;
    let below = mappings.iter().filter_map(|mapping| Some((mapping, mapping.base_path.rest(path)?)));
    let longest = below.max_by_key(|(mapping, _)| mapping.base_path.as_str().len());
    let route = longest.map(|(mapping, rest)| to(mapping, rest));
    Ok(Some(Routed { domain, route }))
}

fn to(mapping: &Mapping, rest: &str) -> Route {
    let (api, prefix) = (mapping.api.clone(), mapping.base_path.prefix());
    match &mapping.stage {
        Some(stage) => Route { api, stage: stage.clone(), path: rest.to_owned(), prefix },
        None => {
            let inner = rest.strip_prefix('/').unwrap_or(rest);
            let (stage, path) = inner.split_once('/').unwrap_or((inner, ""));
            let prefix = format!("{prefix}/{stage}");
            Route { api, stage: stage.to_owned(), path: format!("/{path}"), prefix }
        }
    }
}
