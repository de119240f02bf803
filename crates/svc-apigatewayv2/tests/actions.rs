//! Every operation asks for the action and the resource that AWS's reference gives it.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

mod support;

use service::testing::{Asking, root_call};
use support::{NOW, World};

#[test]
fn operations_ask_as_the_reference_says() {
    let world = World::new();
    let registry = svc_apigatewayv2::registry(world.gateway.clone());
    let call = root_call(NOW);
    let asking = Asking { registry: &registry, call: &call, samples: &[], free: &[] };
    let mut differences = asking.differences();
    // AWS's two references for API Gateway have actions of the same names. The tables keep one of each,
    // which knows most paths of the other as resource types only.
    let is_of_the_other = |line: &String| {
        ["/apis", "/tags/", "/domainnames/sample/apimappings"]
            .iter()
            .any(|path| line.contains(&format!(" is never on arn:aws:apigateway:us-east-1::{path}")))
    };
    differences.retain(|line| !is_of_the_other(line));
    assert_eq!(differences, Vec::<String>::new());
}
