//! Rules of APIs, without I/O.

pub mod integration_uri;
pub mod path_part;
pub mod resource_policy;
pub mod route;
