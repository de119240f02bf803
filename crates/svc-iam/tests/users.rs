//! Users and their access keys.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use policy::Principal;
use support::{ACCOUNT, NOW, World, element};

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters));
}

fn world_with_user() -> World {
    let world = World::new();
    world.ok("CreateUser", &[("UserName", "ann")]);
    world
}

#[test]
fn a_user_is_made_shown_renamed_and_deleted() {
    let w = World::new();
    check(
        &w,
        "CreateUser",
        &[("UserName", "ann"), ("Path", "/team/")],
        expect![
            "200 <User><Arn>arn:aws:iam::000000000000:user/team/ann</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Path>/team/</Path><UserId>AIDAB4CJMNKRHMOFBNL66</UserId><UserName>ann</UserName></User>"
        ],
    );
    check(
        &w,
        "CreateUser",
        &[("UserName", "ANN")],
        expect!["409 EntityAlreadyExists: User with name ANN already exists."],
    );
    check(
        &w,
        "UpdateUser",
        &[("UserName", "ann"), ("NewUserName", "bob"), ("NewPath", "/")],
        expect!["200 "],
    );
    check(
        &w,
        "GetUser",
        &[("UserName", "bob")],
        expect![
            "200 <User><Arn>arn:aws:iam::000000000000:user/bob</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Path>/</Path><UserId>AIDAB4CJMNKRHMOFBNL66</UserId><UserName>bob</UserName></User>"
        ],
    );
    check(
        &w,
        "GetUser",
        &[("UserName", "ann")],
        expect!["404 NoSuchEntity: The user with name ann cannot be found."],
    );
    w.ok("CreateUser", &[("UserName", "eve")]);
    check(
        &w,
        "UpdateUser",
        &[("UserName", "bob"), ("NewUserName", "Eve")],
        expect!["409 EntityAlreadyExists: User with name Eve already exists."],
    );
    check(
        &w,
        "ListUsers",
        &[("MaxItems", "1")],
        expect![
            "200 <IsTruncated>true</IsTruncated><Marker>3030303030303030303030302f626f62</Marker><Users><member><Arn>arn:aws:iam::000000000000:user/bob</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Path>/</Path><UserId>AIDAB4CJMNKRHMOFBNL66</UserId><UserName>bob</UserName></member></Users>"
        ],
    );
    check(
        &w,
        "ListGroupsForUser",
        &[("UserName", "bob")],
        expect!["200 <Groups></Groups><IsTruncated>false</IsTruncated>"],
    );
    check(
        &w,
        "GetLoginProfile",
        &[("UserName", "bob")],
        expect!["404 NoSuchEntity: Login Profile for User bob cannot be found."],
    );
    check(&w, "DeleteUser", &[("UserName", "bob")], expect!["200 "]);
    check(
        &w,
        "DeleteUser",
        &[("UserName", "bob")],
        expect!["404 NoSuchEntity: The user with name bob cannot be found."],
    );
    check(
        &w,
        "GetUser",
        &[],
        expect![
            "200 <User><Arn>arn:aws:iam::000000000000:root</Arn><CreateDate>1970-01-01T00:00:00Z</CreateDate><UserId>000000000000</UserId></User>"
        ],
    );
}

#[test]
fn an_access_key_identifies_its_user_until_it_is_switched_off() {
    let w = world_with_user();
    let made = w.ok("CreateAccessKey", &[("UserName", "ann")]);
    let (id, secret) = (element(&made, "AccessKeyId").unwrap(), element(&made, "SecretAccessKey").unwrap());
    assert_eq!(svc_iam::account_of_key(id).unwrap().as_str(), ACCOUNT);
    let identity = w.iam.identify(id).unwrap();
    assert_eq!(
        (identity.secret.expose(), identity.caller.principal.arn().as_str()),
        (secret, "arn:aws:iam::000000000000:user/ann")
    );
    check(
        &w,
        "GetAccessKeyLastUsed",
        &[("AccessKeyId", id)],
        expect![
            "200 <AccessKeyLastUsed><Region>N/A</Region><ServiceName>N/A</ServiceName></AccessKeyLastUsed><UserName>ann</UserName>"
        ],
    );
    w.block_on(w.iam.note_key_use(id, "s3", "us-east-1", NOW)).unwrap();
    check(
        &w,
        "GetAccessKeyLastUsed",
        &[("AccessKeyId", id)],
        expect![
            "200 <AccessKeyLastUsed><LastUsedDate>2026-01-01T00:00:00Z</LastUsedDate><Region>us-east-1</Region><ServiceName>s3</ServiceName></AccessKeyLastUsed><UserName>ann</UserName>"
        ],
    );
    w.ok("UpdateUser", &[("UserName", "ann"), ("NewUserName", "bob")]);
    assert_eq!(w.iam.identify(id).unwrap().caller.principal.arn(), "arn:aws:iam::000000000000:user/bob");
    w.ok("UpdateAccessKey", &[("UserName", "bob"), ("AccessKeyId", id), ("Status", "Inactive")]);
    assert!(w.iam.identify(id).is_err());
    let listed = w.ok("ListAccessKeys", &[("UserName", "bob")]);
    assert_eq!(
        (element(&listed, "Status").unwrap(), element(&listed, "AccessKeyId").unwrap()),
        ("Inactive", id)
    );
    assert!(!listed.contains(secret));
    w.ok("DeleteAccessKey", &[("UserName", "bob"), ("AccessKeyId", id)]);
    assert!(w.iam.identify(id).is_err());
}

#[test]
fn access_keys_have_limits_and_texts() {
    let w = world_with_user();
    let made = w.ok("CreateAccessKey", &[("UserName", "ann")]);
    w.ok("CreateAccessKey", &[("UserName", "ann")]);
    check(
        &w,
        "CreateAccessKey",
        &[("UserName", "ann")],
        expect!["409 LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"],
    );
    check(
        &w,
        "CreateAccessKey",
        &[("UserName", "none")],
        expect!["404 NoSuchEntity: The user with name none cannot be found."],
    );
    check(
        &w,
        "CreateAccessKey",
        &[],
        expect!["400 ValidationError: Must specify userName when calling with non-User credentials"],
    );
    check(
        &w,
        "DeleteUser",
        &[("UserName", "ann")],
        expect!["409 DeleteConflict: Cannot delete entity, must delete access keys first."],
    );
    check(
        &w,
        "DeleteAccessKey",
        &[("UserName", "ann"), ("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")],
        expect!["404 NoSuchEntity: The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found."],
    );
    w.ok("CreateUser", &[("UserName", "bob")]);
    let id = element(&made, "AccessKeyId").unwrap();
    let foreign = w.call("DeleteAccessKey", &[("UserName", "bob"), ("AccessKeyId", id)]);
    assert_eq!(foreign, format!("404 NoSuchEntity: The Access Key with id {id} cannot be found."));
}

#[test]
fn policies_of_a_user() {
    let w = world_with_user();
    let policy = [("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", DOCUMENT)];
    w.ok("PutUserPolicy", &policy);
    check(
        &w,
        "GetUserPolicy",
        &policy[..2],
        expect![
            "200 <PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</PolicyDocument><PolicyName>p</PolicyName><UserName>ann</UserName>"
        ],
    );
    check(
        &w,
        "ListUserPolicies",
        &[("UserName", "ann")],
        expect!["200 <IsTruncated>false</IsTruncated><PolicyNames><member>p</member></PolicyNames>"],
    );
    let read_only = [("UserName", "ann"), ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")];
    w.ok("AttachUserPolicy", &read_only);
    check(
        &w,
        "ListAttachedUserPolicies",
        &[("UserName", "ann")],
        expect![
            "200 <AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn><PolicyName>ReadOnlyAccess</PolicyName></member></AttachedPolicies><IsTruncated>false</IsTruncated>"
        ],
    );
    check(
        &w,
        "DeleteUser",
        &[("UserName", "ann")],
        expect!["409 DeleteConflict: Cannot delete entity, must detach all policies first."],
    );
    w.ok("DetachUserPolicy", &read_only);
    check(
        &w,
        "DeleteUser",
        &[("UserName", "ann")],
        expect!["409 DeleteConflict: Cannot delete entity, must delete policies first."],
    );
    w.ok("DeleteUserPolicy", &policy[..2]);
    w.ok("PutUserPermissionsBoundary", &[("UserName", "ann"), ("PermissionsBoundary", read_only[1].1)]);
    w.ok("DeleteUserPermissionsBoundary", &[("UserName", "ann")]);
    w.ok("TagUser", &[("UserName", "ann"), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")]);
    check(
        &w,
        "ListUserTags",
        &[("UserName", "ann")],
        expect![
            "200 <IsTruncated>false</IsTruncated><Tags><member><Key>k</Key><Value>v</Value></member></Tags>"
        ],
    );
    w.ok("UntagUser", &[("UserName", "ann"), ("TagKeys.member.1", "k")]);
    w.ok("DeleteUser", &[("UserName", "ann")]);
}

/// What a user may do to IAM itself is what its policies say, through the same pipeline.
#[test]
fn iam_obeys_its_own_policies() {
    let mut w = world_with_user();
    let id = element(&w.ok("GetUser", &[("UserName", "ann")]), "UserId").unwrap().to_owned();
    let root = w.caller.clone();
    let ann = Principal::User { account: ACCOUNT.parse().unwrap(), path: "/".into(), name: "ann".into(), id };
    w.caller = ann.clone();
    check(
        &w,
        "GetUser",
        &[],
        expect![
            "403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:GetUser on resource: arn:aws:iam::000000000000:user/ann because no identity-based policy allows the iam:GetUser action"
        ],
    );
    check(
        &w,
        "CreateUser",
        &[("UserName", "eve")],
        expect![
            "403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::000000000000:user/eve because no identity-based policy allows the iam:CreateUser action"
        ],
    );
    w.caller = root.clone();
    let own = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:Tag*"],"Resource":"arn:aws:iam::*:user/${aws:username}"},{"Effect":"Deny","Action":"iam:TagUser","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["owner"]}}},{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]}"#;
    w.ok("PutUserPolicy", &[("UserName", "ann"), ("PolicyName", "own"), ("PolicyDocument", own)]);
    w.caller = ann.clone();
    w.ok("GetUser", &[]);
    w.ok("TagUser", &[("UserName", "ann"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "x")]);
    check(
        &w,
        "TagUser",
        &[("UserName", "ann"), ("Tags.member.1.Key", "owner"), ("Tags.member.1.Value", "x")],
        expect![
            "403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:TagUser on resource: arn:aws:iam::000000000000:user/ann with an explicit deny in an identity-based policy"
        ],
    );
    check(
        &w,
        "CreateUser",
        &[("UserName", "eve")],
        expect![
            "403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::000000000000:user/eve because no identity-based policy allows the iam:CreateUser action"
        ],
    );
    w.ok(
        "CreateUser",
        &[("UserName", "eve"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess")],
    );
    w.caller = root;
    w.ok(
        "PutUserPermissionsBoundary",
        &[("UserName", "ann"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3FullAccess")],
    );
    w.caller = ann;
    check(
        &w,
        "GetUser",
        &[],
        expect![
            "403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:GetUser on resource: arn:aws:iam::000000000000:user/ann because no permissions boundary allows the iam:GetUser action"
        ],
    );
}
