//! Rules of load balancers without I/O.

pub mod action;
pub mod attributes;
pub mod condition;
pub mod health_check;
pub mod listener_tls;
pub mod name;
pub mod ssl_policy;
