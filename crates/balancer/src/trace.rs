//! `X-Amzn-Trace-Id`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html>

use base::{Ids, Timestamp};

/// The header's value for a target: a new root, or the client's own with this hop before it.
pub(crate) fn header(given: Option<&str>, now: Timestamp, ids: &dyn Ids) -> String {
    let id = format!("1-{:08x}-{}", now.millis() / 1000, ids.hex(24));
    match given.filter(|given| given.contains("Root=")) {
        Some(given) => format!("Self={id};{given}"),
        None => match given.filter(|given| !given.is_empty()) {
            Some(given) => format!("Root={id};{given}"),
            None => format!("Root={id}"),
        },
    }
}
