//! Rules of HTTP and WebSocket APIs, without I/O.

pub mod cors;
pub mod integration_uri;
pub mod json_path;
pub mod mapping;
pub mod path;
pub mod request_time;
pub mod route_key;
pub mod selection;
