//! Every operation asks for the action, the resource and the keys that AWS's reference gives it.

use base::RandomIds;
use service::testing::{Asking, root_call};
use std::sync::Arc;
use store::{Durability, Store};
use svc_cloudtrail::CloudTrail;

#[test]
fn operations_ask_as_the_reference_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    let registry = svc_cloudtrail::ops::registry(Arc::new(CloudTrail::new(store, Arc::new(RandomIds))));
    let call = root_call(base::Timestamp::from_secs(1_767_225_600));
    let asking = Asking { registry: &registry, call: &call, samples: &[], free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}
