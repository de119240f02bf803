//! API Gateway through its registry and its data plane, with what is behind it made up.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed step must fail the test"
)]

mod access_logs;
mod actions;
mod authorizers;
mod canaries;
mod domain_names;
mod execution_logs;
mod gateway_responses;
mod integrations;
mod next_request;
mod openapi;
mod outcome_tables;
mod trials;
mod validation;
mod vpc_links;
mod world;
