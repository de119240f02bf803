//! Groups: their life, and what their members may do because of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use policy::{Context, Principal};
use service::Access;
use support::{ACCOUNT, World, element};
use svc_iam::Asked;

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters));
}

fn world() -> (World, Principal) {
    let world = World::new();
    let made = world.ok("CreateUser", &[("UserName", "ann")]);
    let ann = Principal::User {
        account: ACCOUNT.parse().unwrap(),
        path: "/".into(),
        name: "ann".into(),
        id: element(&made, "UserId").unwrap().into(),
    };
    (world, ann)
}

fn may_read(w: &World, principal: &Principal) -> bool {
    let access = Access::to("s3:GetObject", "arn:aws:s3:::b/k");
    let context = Context::default();
    let asked =
        Asked { principal, session_policies: &[], access: &access, context: &context, endpoint_policy: None };
    w.iam.decide(&asked).unwrap().is_allowed()
}

#[test]
fn a_group_is_made_shown_renamed_and_deleted() {
    let (w, _) = world();
    check(
        &w,
        "CreateGroup",
        &[("GroupName", "Devs"), ("Path", "/team/")],
        expect![
            "200 <Group><Arn>arn:aws:iam::000000000000:group/team/Devs</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><GroupId>AGPAI56V6YXJWHBUO4DLB</GroupId><GroupName>Devs</GroupName><Path>/team/</Path></Group>"
        ],
    );
    check(
        &w,
        "CreateGroup",
        &[("GroupName", "DEVS")],
        expect!["409 EntityAlreadyExists: Group with name DEVS already exists."],
    );
    check(&w, "AddUserToGroup", &[("GroupName", "Devs"), ("UserName", "ann")], expect!["200 "]);
    check(
        &w,
        "AddUserToGroup",
        &[("GroupName", "none"), ("UserName", "ann")],
        expect!["404 NoSuchEntity: The group with name none cannot be found."],
    );
    check(
        &w,
        "AddUserToGroup",
        &[("GroupName", "Devs"), ("UserName", "none")],
        expect!["404 NoSuchEntity: The user with name none cannot be found."],
    );
    check(&w, "UpdateGroup", &[("GroupName", "Devs"), ("NewGroupName", "Ops")], expect!["200 "]);
    check(
        &w,
        "GetGroup",
        &[("GroupName", "Devs")],
        expect!["404 NoSuchEntity: The group with name Devs cannot be found."],
    );
    check(
        &w,
        "GetGroup",
        &[("GroupName", "Ops")],
        expect![
            "200 <Group><Arn>arn:aws:iam::000000000000:group/team/Ops</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><GroupId>AGPAI56V6YXJWHBUO4DLB</GroupId><GroupName>Ops</GroupName><Path>/team/</Path></Group><IsTruncated>false</IsTruncated><Users><member><Arn>arn:aws:iam::000000000000:user/ann</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Path>/</Path><UserId>AIDAB4CJMNKRHMOFBNL66</UserId><UserName>ann</UserName></member></Users>"
        ],
    );
    check(
        &w,
        "ListGroupsForUser",
        &[("UserName", "ann")],
        expect![
            "200 <Groups><member><Arn>arn:aws:iam::000000000000:group/team/Ops</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><GroupId>AGPAI56V6YXJWHBUO4DLB</GroupId><GroupName>Ops</GroupName><Path>/team/</Path></member></Groups><IsTruncated>false</IsTruncated>"
        ],
    );
    check(
        &w,
        "DeleteGroup",
        &[("GroupName", "Ops")],
        expect!["409 DeleteConflict: Cannot delete entity, must remove users from group first."],
    );
    check(
        &w,
        "DeleteUser",
        &[("UserName", "ann")],
        expect!["409 DeleteConflict: Cannot delete entity, must remove users from group first."],
    );
    w.ok("RemoveUserFromGroup", &[("GroupName", "Ops"), ("UserName", "ann")]);
    check(
        &w,
        "ListGroups",
        &[("PathPrefix", "/team/")],
        expect![
            "200 <Groups><member><Arn>arn:aws:iam::000000000000:group/team/Ops</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><GroupId>AGPAI56V6YXJWHBUO4DLB</GroupId><GroupName>Ops</GroupName><Path>/team/</Path></member></Groups><IsTruncated>false</IsTruncated>"
        ],
    );
    w.ok("DeleteGroup", &[("GroupName", "Ops")]);
    check(&w, "ListGroups", &[], expect!["200 <Groups></Groups><IsTruncated>false</IsTruncated>"]);
}

#[test]
fn members_have_the_policies_of_their_groups() {
    let (w, ann) = world();
    w.ok("CreateGroup", &[("GroupName", "g")]);
    w.ok("PutGroupPolicy", &[("GroupName", "g"), ("PolicyName", "p"), ("PolicyDocument", DOCUMENT)]);
    assert!(!may_read(&w, &ann));
    w.ok("AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]);
    assert!(may_read(&w, &ann));
    w.ok("UpdateGroup", &[("GroupName", "g"), ("NewGroupName", "h")]);
    assert!(may_read(&w, &ann));
    check(
        &w,
        "GetGroupPolicy",
        &[("GroupName", "h"), ("PolicyName", "p")],
        expect![
            "200 <GroupName>h</GroupName><PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</PolicyDocument><PolicyName>p</PolicyName>"
        ],
    );
    check(
        &w,
        "ListGroupPolicies",
        &[("GroupName", "h")],
        expect!["200 <IsTruncated>false</IsTruncated><PolicyNames><member>p</member></PolicyNames>"],
    );
    check(
        &w,
        "DeleteGroup",
        &[("GroupName", "h")],
        expect!["409 DeleteConflict: Cannot delete entity, must remove users from group first."],
    );
    w.ok("DeleteGroupPolicy", &[("GroupName", "h"), ("PolicyName", "p")]);
    assert!(!may_read(&w, &ann));
    let s3 = ("PolicyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    w.ok("AttachGroupPolicy", &[("GroupName", "h"), s3]);
    assert!(may_read(&w, &ann));
    check(
        &w,
        "ListAttachedGroupPolicies",
        &[("GroupName", "h")],
        expect![
            "200 <AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess</PolicyArn><PolicyName>AmazonS3ReadOnlyAccess</PolicyName></member></AttachedPolicies><IsTruncated>false</IsTruncated>"
        ],
    );
    check(
        &w,
        "ListEntitiesForPolicy",
        &[s3],
        expect![
            "200 <IsTruncated>false</IsTruncated><PolicyGroups><member><GroupId>AGPAI56V6YXJWHBUO4DLB</GroupId><GroupName>h</GroupName></member></PolicyGroups><PolicyRoles></PolicyRoles><PolicyUsers></PolicyUsers>"
        ],
    );
    w.ok("DetachGroupPolicy", &[("GroupName", "h"), s3]);
    check(
        &w,
        "DetachGroupPolicy",
        &[("GroupName", "h"), s3],
        expect!["404 NoSuchEntity: Policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess was not found."],
    );
    assert!(!may_read(&w, &ann));
    w.ok("AttachGroupPolicy", &[("GroupName", "h"), s3]);
    w.ok("RemoveUserFromGroup", &[("GroupName", "h"), ("UserName", "ann")]);
    assert!(!may_read(&w, &ann));
}

#[test]
fn a_boundary_limits_what_a_group_grants() {
    let (w, ann) = world();
    w.ok("CreateGroup", &[("GroupName", "g")]);
    w.ok("PutGroupPolicy", &[("GroupName", "g"), ("PolicyName", "p"), ("PolicyDocument", DOCUMENT)]);
    w.ok("AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]);
    let boundary = |arn| [("UserName", "ann"), ("PermissionsBoundary", arn)];
    w.ok("PutUserPermissionsBoundary", &boundary("arn:aws:iam::aws:policy/AmazonSQSFullAccess"));
    assert!(!may_read(&w, &ann));
    w.ok("PutUserPermissionsBoundary", &boundary("arn:aws:iam::aws:policy/AmazonS3FullAccess"));
    assert!(may_read(&w, &ann));
}

#[test]
fn quotas_of_groups_are_aws() {
    let (w, _) = world();
    for n in 0..11 {
        w.ok("CreateGroup", &[("GroupName", &format!("g{n}"))]);
    }
    let add = |n: usize| w.call("AddUserToGroup", &[("GroupName", &format!("g{n}")), ("UserName", "ann")]);
    for n in 0..10 {
        assert_eq!(add(n), "200 ");
    }
    assert_eq!(add(10), "409 LimitExceeded: Cannot exceed quota for GroupsPerUser: 10");
    assert_eq!(add(9), "200 ");
    let long = DOCUMENT.replace("s3:GetObject", &format!("s3:{}", "G".repeat(5120)));
    check(
        &w,
        "PutGroupPolicy",
        &[("GroupName", "g0"), ("PolicyName", "p"), ("PolicyDocument", &long)],
        expect!["409 LimitExceeded: Maximum policy size of 5120 bytes exceeded for group g0"],
    );
}
