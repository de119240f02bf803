//! From a plan to the ruleset of each namespace.

pub mod acl;
pub mod forward;
pub mod group;
pub mod hub;
pub mod internet;
pub mod link;
pub mod machine;
pub mod nat_gateway;
pub mod record;
pub mod router;
pub mod routes;

#[cfg(test)]
mod tests;

/// Stands in a report's prefix for the interface the packet came by; the reader fills it in.
pub const CAME_BY: &str = "%in";
/// Stands in a report's prefix for the interface the packet would have left by.
pub const LEAVES_BY: &str = "%out";
