//! The operations, one per file, and their registry.

mod describe_trails;
mod get_trail_status;
mod list_trails;
mod lookup_events;

use crate::{CloudTrail, api};
use service::{Access, Registry};
use std::sync::Arc;

/// Everything that this service serves.
pub fn registry(service: Arc<CloudTrail>) -> Registry {
    Registry::builder(&api::MODEL, service)
        .with::<api::DescribeTrails>()
        .with::<api::GetTrailStatus>()
        .with::<api::ListTrails>()
        .with::<api::LookupEvents>()
        .build()
}

/// An action that has no resource.
fn on_everything(action: &str) -> Vec<Access> {
    vec![Access::to(format!("cloudtrail:{action}"), "*")]
}
