//! Every operation asks for the action, the resource and the keys that AWS's reference gives it.

mod support;

use policy::Principal;
use service::testing::Asking;
use support::{ACCOUNT, World};

const LISTS: [&str; 5] = ["ListGroups", "ListInstanceProfiles", "ListPolicies", "ListRoles", "ListUsers"];

#[test]
fn operations_ask_as_the_reference_says() {
    let mut w = World::new();
    w.caller = Principal::User {
        account: ACCOUNT.parse().unwrap(),
        path: "/".to_owned(),
        name: "ann".to_owned(),
        id: "AIDA1".to_owned(),
    };
    let registry = svc_iam::ops::registry(w.iam.clone());
    let samples = [
        ("PolicyArn", "arn:aws:iam::000000000000:policy/p"),
        ("Arn", "arn:aws:iam::000000000000:role/r"),
        ("PolicySourceArn", "arn:aws:iam::000000000000:role/r"),
        ("OpenIDConnectProviderArn", "arn:aws:iam::000000000000:oidc-provider/issuer.example"),
        ("Url", "https://issuer.example"),
        ("AWSServiceName", "rds.amazonaws.com"),
        ("Path", "/"),
        ("PathPrefix", "/"),
    ];
    let asking = Asking { registry: &registry, call: &w.frame(), samples: &samples, free: &[] };
    let told = asking.differences();
    let (lists, others): (Vec<_>, Vec<_>) = told.into_iter().partition(|line| {
        // AWS's own denials name the path that is listed, for which the reference has no resource.
        LISTS.iter().any(|list| line.starts_with(&format!("{list}: iam:{list} is never on arn:")))
    });
    assert_eq!(others, Vec::<String>::new());
    assert_eq!(lists.len(), LISTS.len(), "{lists:?}");
}
