//! Every operation asks for the action, the resource and the keys that AWS's reference gives it.

use service::testing::{Asking, root_call};
use std::sync::Arc;
use store::{Durability, Store};
use svc_logs::Logs;

#[test]
fn operations_ask_as_the_reference_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    let registry = svc_logs::ops::registry(Arc::new(Logs::new(store)));
    let call = root_call(base::Timestamp::from_secs(1_767_225_600));
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    let samples = [
        ("resourceArn", group),
        ("logGroupIdentifier", "g"),
        ("DescribeLogStreams.logGroupName", "g"),
        ("FilterLogEvents.logGroupName", "g"),
        ("GetLogEvents.logGroupName", "g"),
    ];
    let asking = Asking { registry: &registry, call: &call, samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}
