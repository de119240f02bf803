//! Passwords of users, and the account's policy that they have to follow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use policy::Principal;
use support::{ACCOUNT, World, element};

const ANN: (&str, &str) = ("UserName", "ann");

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters));
}

fn world() -> World {
    let w = World::new();
    w.ok("CreateUser", &[ANN]);
    w
}

/// The same world, in which ann calls.
fn as_ann(mut w: World) -> World {
    let shown = w.ok("GetUser", &[ANN]);
    w.caller = Principal::User {
        account: ACCOUNT.parse().unwrap(),
        path: "/".to_owned(),
        name: "ann".to_owned(),
        id: element(&shown, "UserId").unwrap().to_owned(),
    };
    w
}

#[test]
fn a_user_has_one_password_at_most_and_nobody_is_shown_it() {
    let w = world();
    let absent = || expect!["404 NoSuchEntity: Login Profile for User ann cannot be found."];
    for action in ["GetLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile"] {
        check(&w, action, &[ANN], absent());
    }
    let password = ("Password", "Secret-1");
    check(
        &w,
        "CreateLoginProfile",
        &[("UserName", "bob"), password],
        expect!["404 NoSuchEntity: The user with name bob cannot be found."],
    );
    let made = w.ok("CreateLoginProfile", &[ANN, password, ("PasswordResetRequired", "true")]);
    assert_eq!(
        (element(&made, "UserName"), element(&made, "PasswordResetRequired")),
        (Some("ann"), Some("true"))
    );
    check(
        &w,
        "CreateLoginProfile",
        &[ANN, password],
        expect!["409 EntityAlreadyExists: Login Profile for user ann already exists."],
    );
    w.ok("UpdateLoginProfile", &[ANN, ("PasswordResetRequired", "false")]);
    let shown = w.ok("GetLoginProfile", &[ANN]);
    assert!(
        element(&shown, "PasswordResetRequired") == Some("false") && !shown.contains("Secret"),
        "{shown}"
    );
    check(
        &w,
        "DeleteUser",
        &[ANN],
        expect!["409 DeleteConflict: Cannot delete entity, must delete login profile first."],
    );
    w.ok("DeleteLoginProfile", &[ANN]);
    w.ok("DeleteUser", &[ANN]);
}

#[test]
fn without_a_policy_awss_own_holds() {
    let w = world();
    let create = |password: &str| w.call("CreateLoginProfile", &[ANN, ("Password", password)]);
    expect!["400 PasswordPolicyViolation: Password should have a minimum length of 8"]
        .assert_eq(&create("Ab1!"));
    expect!["400 PasswordPolicyViolation: Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol"]
        .assert_eq(&create("abcdefg1"));
    expect!["400 PasswordPolicyViolation: Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol"]
        .assert_eq(&create("abcdefgh"));
    assert!(create("abcdefg1!").starts_with("200 "));
    expect!["501 NotImplemented: iam:CreateLoginProfile without a password is not implemented by moat"]
        .assert_eq(&w.call("CreateLoginProfile", &[ANN]));
}

#[test]
fn the_accounts_policy_is_enforced_wherever_a_password_is_set() {
    let w = world();
    let wants =
        ["RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters"];
    let mut policy: Vec<_> = wants.iter().map(|name| (*name, "true")).collect();
    policy.push(("MinimumPasswordLength", "12"));
    w.ok("UpdateAccountPasswordPolicy", &policy);
    let create = |password: &str| w.call("CreateLoginProfile", &[ANN, ("Password", password)]);
    expect!["400 PasswordPolicyViolation: Password should have a minimum length of 12"]
        .assert_eq(&create("abcdefg1!"));
    expect!["400 PasswordPolicyViolation: Password should have at least one uppercase letter, Password should have at least one number"]
        .assert_eq(&create("abcdefghijk!"));
    assert!(create("Abcdefghij1!").starts_with("200 "));
    check(
        &w,
        "UpdateLoginProfile",
        &[ANN, ("Password", "Abcdefghijk1")],
        expect!["400 PasswordPolicyViolation: Password should have at least one symbol"],
    );
    w.ok("UpdateAccountPasswordPolicy", &[("MinimumPasswordLength", "6")]);
    w.ok("UpdateLoginProfile", &[ANN, ("Password", "abcdef")]);
}

#[test]
fn a_user_changes_the_password_that_he_knows() {
    let w = world();
    w.ok("CreateLoginProfile", &[ANN, ("Password", "Secret-1"), ("PasswordResetRequired", "true")]);
    let change = |w: &World, old: &str, new: &str| {
        w.call("ChangePassword", &[("OldPassword", old), ("NewPassword", new)])
    };
    expect!["400 InvalidUserType: The request was rejected because the type of user for the transaction was incorrect."]
        .assert_eq(&change(&w, "Secret-1", "Secret-2"));
    w.ok("UpdateAccountPasswordPolicy", &[("MinimumPasswordLength", "8"), ("PasswordReusePrevention", "2")]);
    let mut w = as_ann(w);
    expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:ChangePassword on resource: arn:aws:iam::000000000000:user/ann because no identity-based policy allows the iam:ChangePassword action"]
        .assert_eq(&change(&w, "Secret-1", "Secret-2"));
    // The policy may let everybody change his own.
    let root = Principal::Root { account: ACCOUNT.parse().unwrap() };
    let ann = std::mem::replace(&mut w.caller, root);
    w.ok(
        "UpdateAccountPasswordPolicy",
        &[
            ("MinimumPasswordLength", "8"),
            ("PasswordReusePrevention", "2"),
            ("AllowUsersToChangePassword", "true"),
        ],
    );
    let root = std::mem::replace(&mut w.caller, ann);
    expect!["403 AccessDenied: The old password was incorrect."]
        .assert_eq(&change(&w, "Secret-0", "Secret-2"));
    expect!["400 PasswordPolicyViolation: Password should have a minimum length of 8"]
        .assert_eq(&change(&w, "Secret-1", "short"));
    for (old, new) in [("Secret-1", "Secret-2"), ("Secret-2", "Secret-3")] {
        assert!(change(&w, old, new).starts_with("200 "));
    }
    for used in ["Secret-3", "Secret-2"] {
        expect!["400 PasswordPolicyViolation: Policy constraint violation with password reuse prevention during password change"]
            .assert_eq(&change(&w, "Secret-3", used));
    }
    assert!(change(&w, "Secret-3", "Secret-1").starts_with("200 "), "the third last may come again");
    w.caller = root;
    let shown = w.ok("GetLoginProfile", &[ANN]);
    assert_eq!(element(&shown, "PasswordResetRequired"), Some("false"));
    w.ok("DeleteLoginProfile", &[ANN]);
    let w = as_ann(w);
    expect!["404 NoSuchEntity: Login Profile for User ann cannot be found."]
        .assert_eq(&change(&w, "Secret-1", "Secret-4"));
}
