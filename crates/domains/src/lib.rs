//! Domain names of users' APIs, and which API answers below which path.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>
//!
//! API Gateway's two interfaces show the same domain names and mappings, in different words. Neither of their
//! crates may know the other, so what both show is here: the tables, the rules that hold whoever asks, and
//! [`route`], which takes a host name and a path to an API.

mod base_path;
mod change;
pub mod needs;
mod route;
mod state;

pub use base_path::BasePath;
pub use change::{DomainError, Domains, Wanted};
pub use route::{Route, Routed, find, route};
pub use state::{DomainName, Endpoint, Mapping, Tags};

use store::{Fault, Snapshot};

/// Quotas of an account in a region.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
pub const DOMAIN_NAMES_MAX: usize = 120;
pub const MAPPINGS_PER_DOMAIN_MAX: usize = 200;

/// The one security policy that moat's TLS has: 1.2 and newer.
pub const TLS_1_2: &str = "TLS_1_2";

/// The ARNs of the domain names that show the certificate of an ARN.
///
/// # Errors
/// When the store cannot be read.
pub fn using(rows: &Snapshot, certificate: &str) -> Result<Vec<String>, Fault> {
    let all = rows.scan::<DomainName>("")?;
    Ok(all.iter().filter(|domain| domain.certificate == certificate).map(|domain| domain.arn()).collect())
}
