//! Every operation asks for the action, the resource and the keys that AWS's reference gives it.

use crate::world::{ROLE, World};
use service::testing::{Asking, root_call};

#[test]
fn operations_ask_as_the_reference_says() {
    let world = World::new();
    let registry = svc_apigateway::registry(world.gateway.clone());
    let call = root_call(crate::world::NOW);
    let samples = [("credentials", ROLE), ("authorizerCredentials", ROLE)];
    let asking = Asking { registry: &registry, call: &call, samples: &samples, free: &[] };
    // AWS's API has these paths under POST; its reference names the collections only.
    let own = |line: &String| {
        ["CreateResource", "TestInvokeAuthorizer", "TestInvokeMethod"]
            .iter()
            .any(|name| line.starts_with(&format!("{name}: apigateway:POST is never on")))
    };
    let mut differences = asking.differences();
    differences.retain(|line| !own(line));
    assert_eq!(differences, Vec::<String>::new());
}
