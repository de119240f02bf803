//! Amazon CloudWatch Logs.

pub mod api;
