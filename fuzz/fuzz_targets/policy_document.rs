//! Any text as a policy: reading it ends and does not panic; what can be read is read the same
//! again, decides something, and says where its statements stand.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::{Context, Document, Kind, Policies, Policy, Principal, Request, evaluate};
use std::sync::Arc;

const ACTION: &str = "s3:GetObject";
const RESOURCE: &str = "arn:aws:s3:::bucket/home/ann/key";

fuzz_target!(|text: &str| {
    let Ok(document) = Document::parse(text) else { return };
    for kind in [Kind::Identity, Kind::Trust, Kind::Resource] {
        drop(document.check(kind));
    }
    assert_eq!(document.spans().len(), document.statements().len(), "each statement stands somewhere");
    drop(document.condition_keys());
    assert_eq!(Document::parse(document.text()).as_ref(), Ok(&document));
    let mut context = Context::default();
    context.set("aws:username", ["told"]);
    let principal = Principal::User {
        account: Default::default(),
        path: "/".to_owned(),
        name: "ann".to_owned(),
        id: "AIDA".to_owned(),
    };
    let request = Request::new(principal, ACTION, RESOURCE).with_context(context).owned_as_its_arn_says();
    let policy = [Policy::new("fuzzed", Arc::new(document))];
    let decide = |identity| evaluate(&request, &Policies { identity, ..Policies::default() });
    let with = decide(&policy);
    // Nothing is allowed without a policy, and a decision that names a denial has one.
    assert!(!decide(&[]).is_allowed());
    assert_eq!(
        with.is_allowed(),
        with.missing.is_empty() && with.deciding.iter().all(|d| d.effect == policy::Effect::Allow)
    );
});
