//! Rules of load balancers without I/O.

pub mod action;
pub mod attributes;
pub mod condition;
pub mod health_check;
pub mod name;
