//! Rules of APIs, without I/O.

pub mod integration_uri;
pub mod json_schema;
pub mod mapping;
pub mod path_part;
pub mod placeholders;
pub mod resource_policy;
pub mod response_type;
pub mod route;
