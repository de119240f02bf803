//! Roles: life, texts of errors, policies on them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use support::{World, element};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const VPC_ACCESS: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters));
}

fn world_with_role() -> World {
    let world = World::new();
    world.ok("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]);
    world
}

#[test]
fn a_role_is_made_shown_changed_and_deleted() {
    let w = World::new();
    let full = [
        ("RoleName", "worker"),
        ("Path", "/app/"),
        ("Description", "works"),
        ("MaxSessionDuration", "7200"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "blue"),
    ];
    check(
        &w,
        "CreateRole",
        &full,
        expect![
            "200 <Role><Arn>arn:aws:iam::000000000000:role/app/worker</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2026-01-01T00:00:00Z</CreateDate><Description>works</Description><MaxSessionDuration>7200</MaxSessionDuration><Path>/app/</Path><RoleId>AROAB4CJMNKRHMOFBNL66</RoleId><RoleName>worker</RoleName><Tags><member><Key>Team</Key><Value>blue</Value></member></Tags></Role>"
        ],
    );
    check(
        &w,
        "GetRole",
        &[("RoleName", "worker")],
        expect![
            "200 <Role><Arn>arn:aws:iam::000000000000:role/app/worker</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2026-01-01T00:00:00Z</CreateDate><Description>works</Description><MaxSessionDuration>7200</MaxSessionDuration><Path>/app/</Path><RoleId>AROAB4CJMNKRHMOFBNL66</RoleId><RoleLastUsed></RoleLastUsed><RoleName>worker</RoleName><Tags><member><Key>Team</Key><Value>blue</Value></member></Tags></Role>"
        ],
    );
    check(&w, "UpdateRole", &[("RoleName", "worker"), ("Description", "rests")], expect!["200 "]);
    w.ok("UpdateRoleDescription", &[("RoleName", "worker"), ("Description", "sleeps")]);
    check(
        &w,
        "ListRoles",
        &[("PathPrefix", "/app")],
        expect![
            "200 <IsTruncated>false</IsTruncated><Roles><member><Arn>arn:aws:iam::000000000000:role/app/worker</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2026-01-01T00:00:00Z</CreateDate><Description>sleeps</Description><MaxSessionDuration>7200</MaxSessionDuration><Path>/app/</Path><RoleId>AROAB4CJMNKRHMOFBNL66</RoleId><RoleName>worker</RoleName></member></Roles>"
        ],
    );
    check(
        &w,
        "ListRoles",
        &[("PathPrefix", "/other/")],
        expect!["200 <IsTruncated>false</IsTruncated><Roles></Roles>"],
    );
    check(&w, "DeleteRole", &[("RoleName", "worker")], expect!["200 "]);
    check(
        &w,
        "GetRole",
        &[("RoleName", "worker")],
        expect!["404 NoSuchEntity: The role with name worker cannot be found."],
    );
}

#[test]
fn what_cannot_be_a_role_is_refused() {
    let w = world_with_role();
    check(
        &w,
        "CreateRole",
        &[("RoleName", "R"), ("AssumeRolePolicyDocument", TRUST)],
        expect!["409 EntityAlreadyExists: Role with name R already exists."],
    );
    check(
        &w,
        "CreateRole",
        &[("RoleName", "x"), ("AssumeRolePolicyDocument", "{")],
        expect!["400 MalformedPolicyDocument: This policy contains invalid Json"],
    );
    check(
        &w,
        "CreateRole",
        &[("RoleName", "x"), ("AssumeRolePolicyDocument", " {}")],
        expect!["400 MalformedPolicyDocument: JSON strings must not have leading spaces"],
    );
    check(
        &w,
        "CreateRole",
        &[("RoleName", "x"), ("AssumeRolePolicyDocument", DOCUMENT)],
        expect!["400 MalformedPolicyDocument: Has prohibited field Resource"],
    );
    check(
        &w,
        "CreateRole",
        &[("RoleName", "x")],
        expect![
            "400 ValidationError: 1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null"
        ],
    );
    check(
        &w,
        "CreateRole",
        &[("RoleName", "a b"), ("AssumeRolePolicyDocument", TRUST)],
        expect![[
            r#"400 ValidationError: 1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"#
        ]],
    );
    let unknown = TRUST
        .replace(r#"{"Service":"lambda.amazonaws.com"}"#, r#"{"AWS":"arn:aws:iam::000000000000:role/none"}"#);
    check(
        &w,
        "CreateRole",
        &[("RoleName", "x"), ("AssumeRolePolicyDocument", &unknown)],
        expect![[
            r#"400 MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:role/none""#
        ]],
    );
    check(
        &w,
        "UpdateAssumeRolePolicy",
        &[("RoleName", "r"), ("PolicyDocument", &unknown)],
        expect![[
            r#"400 MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:role/none""#
        ]],
    );
    let boundary = [
        ("RoleName", "x"),
        ("AssumeRolePolicyDocument", TRUST),
        ("PermissionsBoundary", "arn:aws:iam::000000000000:policy/none"),
    ];
    check(
        &w,
        "CreateRole",
        &boundary,
        expect![
            "404 NoSuchEntity: Policy arn:aws:iam::000000000000:policy/none does not exist or is not attachable."
        ],
    );
    check(
        &w,
        "GetRole",
        &[("RoleName", "x")],
        expect!["404 NoSuchEntity: The role with name x cannot be found."],
    );
}

#[test]
fn the_trust_policy_can_be_replaced() {
    let w = world_with_role();
    let other = TRUST.replace("lambda.", "ec2.");
    w.ok("UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", &other)]);
    let shown = w.ok("GetRole", &[("RoleName", "r")]);
    assert!(element(&shown, "AssumeRolePolicyDocument").unwrap().contains("ec2.amazonaws.com"), "{shown}");
    assert_eq!(w.iam.role_by_arn("arn:aws:iam::000000000000:role/r").unwrap().unwrap().trust.text(), other);
}

#[test]
fn inline_policies() {
    let w = world_with_role();
    let put = |name: &str, text: &str| {
        w.call("PutRolePolicy", &[("RoleName", "r"), ("PolicyName", name), ("PolicyDocument", text)])
    };
    assert_eq!(put("one", DOCUMENT), "200 ");
    assert_eq!(put("two", DOCUMENT), "200 ");
    check(
        &w,
        "GetRolePolicy",
        &[("RoleName", "r"), ("PolicyName", "one")],
        expect![
            "200 <PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</PolicyDocument><PolicyName>one</PolicyName><RoleName>r</RoleName>"
        ],
    );
    check(
        &w,
        "ListRolePolicies",
        &[("RoleName", "r"), ("MaxItems", "1")],
        expect![
            "200 <IsTruncated>true</IsTruncated><Marker>6f6e65</Marker><PolicyNames><member>one</member></PolicyNames>"
        ],
    );
    check(
        &w,
        "ListRolePolicies",
        &[("RoleName", "r"), ("Marker", "6f6e65")],
        expect!["200 <IsTruncated>false</IsTruncated><PolicyNames><member>two</member></PolicyNames>"],
    );
    check(
        &w,
        "ListRolePolicies",
        &[("RoleName", "r"), ("Marker", "zz")],
        expect!["400 ValidationError: Invalid Marker."],
    );
    check(
        &w,
        "DeleteRole",
        &[("RoleName", "r")],
        expect!["409 DeleteConflict: Cannot delete entity, must delete policies first."],
    );
    check(
        &w,
        "DeleteRolePolicy",
        &[("RoleName", "r"), ("PolicyName", "none")],
        expect!["404 NoSuchEntity: The role policy with name none cannot be found."],
    );
    w.ok("DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "one")]);
    check(
        &w,
        "GetRolePolicy",
        &[("RoleName", "r"), ("PolicyName", "one")],
        expect!["404 NoSuchEntity: The role policy with name one cannot be found."],
    );
    expect!["400 MalformedPolicyDocument: Syntax errors in policy."].assert_eq(&put("bad", "{"));
    let long = DOCUMENT.replace("s3:GetObject", &format!("s3:{}", "a".repeat(11_000)));
    expect!["409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role r"]
        .assert_eq(&put("long", &long));
    assert_eq!(
        w.ok("ListRolePolicies", &[("RoleName", "r")]),
        "<IsTruncated>false</IsTruncated><PolicyNames><member>two</member></PolicyNames>"
    );
}

#[test]
fn managed_policies_are_attached_and_detached() {
    let w = world_with_role();
    w.ok("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC_ACCESS)]);
    w.ok("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC_ACCESS)]);
    check(
        &w,
        "ListAttachedRolePolicies",
        &[("RoleName", "r")],
        expect![
            "200 <AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole</PolicyArn><PolicyName>AWSLambdaVPCAccessExecutionRole</PolicyName></member></AttachedPolicies><IsTruncated>false</IsTruncated>"
        ],
    );
    check(
        &w,
        "DeleteRole",
        &[("RoleName", "r")],
        expect!["409 DeleteConflict: Cannot delete entity, must detach all policies first."],
    );
    check(
        &w,
        "AttachRolePolicy",
        &[("RoleName", "r"), ("PolicyArn", "arn:aws:iam::aws:policy/NoSuchPolicy")],
        expect![
            "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable."
        ],
    );
    check(
        &w,
        "AttachRolePolicy",
        &[("RoleName", "none"), ("PolicyArn", VPC_ACCESS)],
        expect!["404 NoSuchEntity: The role with name none cannot be found."],
    );
    w.ok("DetachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC_ACCESS)]);
    check(
        &w,
        "DetachRolePolicy",
        &[("RoleName", "r"), ("PolicyArn", VPC_ACCESS)],
        expect![
            "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole was not found."
        ],
    );
    for n in 0..11 {
        let name = format!("p{n}");
        w.ok("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", DOCUMENT)]);
        let arn = format!("arn:aws:iam::000000000000:policy/{name}");
        let answer = w.call("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", &arn)]);
        let expected =
            if n < 10 { "200 " } else { "409 LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10" };
        assert_eq!(answer, expected);
    }
}

#[test]
fn boundaries() {
    let w = world_with_role();
    w.ok(
        "PutRolePermissionsBoundary",
        &[("RoleName", "r"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess")],
    );
    let shown = w.ok("GetRole", &[("RoleName", "r")]);
    expect!["<PermissionsBoundaryArn>arn:aws:iam::aws:policy/PowerUserAccess</PermissionsBoundaryArn><PermissionsBoundaryType>Policy</PermissionsBoundaryType>"].assert_eq(element(&shown, "PermissionsBoundary").unwrap());
    w.ok("DeleteRolePermissionsBoundary", &[("RoleName", "r")]);
    check(
        &w,
        "DeleteRolePermissionsBoundary",
        &[("RoleName", "r")],
        expect!["404 NoSuchEntity: Permissions boundary for role r cannot be found."],
    );
}

#[test]
fn tags() {
    let w = world_with_role();
    w.ok(
        "TagRole",
        &[
            ("RoleName", "r"),
            ("Tags.member.1.Key", "a"),
            ("Tags.member.1.Value", "1"),
            ("Tags.member.2.Key", "B"),
            ("Tags.member.2.Value", "2"),
        ],
    );
    w.ok("TagRole", &[("RoleName", "r"), ("Tags.member.1.Key", "b"), ("Tags.member.1.Value", "3")]);
    check(
        &w,
        "ListRoleTags",
        &[("RoleName", "r")],
        expect![
            "200 <IsTruncated>false</IsTruncated><Tags><member><Key>a</Key><Value>1</Value></member><member><Key>b</Key><Value>3</Value></member></Tags>"
        ],
    );
    w.ok("UntagRole", &[("RoleName", "r"), ("TagKeys.member.1", "A")]);
    check(
        &w,
        "ListRoleTags",
        &[("RoleName", "r")],
        expect![
            "200 <IsTruncated>false</IsTruncated><Tags><member><Key>b</Key><Value>3</Value></member></Tags>"
        ],
    );
    check(
        &w,
        "TagRole",
        &[
            ("RoleName", "r"),
            ("Tags.member.1.Key", "a"),
            ("Tags.member.1.Value", "1"),
            ("Tags.member.2.Key", "A"),
            ("Tags.member.2.Value", "2"),
        ],
        expect![
            "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive."
        ],
    );
}

#[test]
fn instance_profiles() {
    let w = world_with_role();
    let named = [("InstanceProfileName", "p")];
    let with_role = [("InstanceProfileName", "p"), ("RoleName", "r")];
    w.ok("CreateInstanceProfile", &named);
    check(
        &w,
        "CreateInstanceProfile",
        &named,
        expect!["409 EntityAlreadyExists: Instance Profile p already exists."],
    );
    w.ok("AddRoleToInstanceProfile", &with_role);
    check(
        &w,
        "AddRoleToInstanceProfile",
        &with_role,
        expect!["409 LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"],
    );
    check(
        &w,
        "GetInstanceProfile",
        &named,
        expect![
            "200 <InstanceProfile><Arn>arn:aws:iam::000000000000:instance-profile/p</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><InstanceProfileId>AIPAI56V6YXJWHBUO4DLB</InstanceProfileId><InstanceProfileName>p</InstanceProfileName><Path>/</Path><Roles><member><Arn>arn:aws:iam::000000000000:role/r</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2026-01-01T00:00:00Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration><Path>/</Path><RoleId>AROAB4CJMNKRHMOFBNL66</RoleId><RoleName>r</RoleName></member></Roles></InstanceProfile>"
        ],
    );
    let listed = w.ok("ListInstanceProfilesForRole", &[("RoleName", "r")]);
    assert_eq!(listed, w.ok("ListInstanceProfiles", &[]));
    assert!(listed.contains("<InstanceProfileName>p</InstanceProfileName>"), "{listed}");
    check(
        &w,
        "DeleteRole",
        &[("RoleName", "r")],
        expect!["409 DeleteConflict: Cannot delete entity, must remove roles from instance profile first."],
    );
    check(
        &w,
        "DeleteInstanceProfile",
        &named,
        expect!["409 DeleteConflict: Cannot delete entity, must remove roles from instance profile first."],
    );
    w.ok("RemoveRoleFromInstanceProfile", &with_role);
    w.ok("DeleteInstanceProfile", &named);
    check(&w, "GetInstanceProfile", &named, expect!["404 NoSuchEntity: Instance Profile p cannot be found."]);
    w.ok("DeleteRole", &[("RoleName", "r")]);
}

#[test]
fn service_linked_roles_belong_to_aws() {
    let w = World::new();
    let rds = [("AWSServiceName", "rds.amazonaws.com")];
    let made = w.ok("CreateServiceLinkedRole", &rds);
    assert_eq!(
        element(&made, "Arn").unwrap(),
        "arn:aws:iam::000000000000:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
    );
    let attached = w.ok("ListAttachedRolePolicies", &[("RoleName", "AWSServiceRoleForRDS")]);
    assert_eq!(element(&attached, "PolicyName"), Some("AmazonRDSServiceRolePolicy"));
    check(
        &w,
        "CreateServiceLinkedRole",
        &rds,
        expect![
            "400 InvalidInput: Service role name AWSServiceRoleForRDS has been taken in this account, please try a different suffix."
        ],
    );
    check(
        &w,
        "CreateServiceLinkedRole",
        &[("AWSServiceName", "moon.amazonaws.com")],
        expect!["400 InvalidInput: Cannot find Service Linked Role template for moon.amazonaws.com"],
    );
    check(
        &w,
        "CreateRole",
        &[
            ("RoleName", "x"),
            ("Path", "/aws-service-role/autoscaling.amazonaws.com/"),
            ("AssumeRolePolicyDocument", TRUST),
        ],
        expect![
            "400 InvalidInput: Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"
        ],
    );
    check(
        &w,
        "DeleteRole",
        &[("RoleName", "AWSServiceRoleForRDS")],
        expect![
            "400 UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForRDS' - this role is only modifiable by AWS"
        ],
    );
    check(
        &w,
        "TagRole",
        &[("RoleName", "AWSServiceRoleForRDS"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")],
        expect![
            "400 UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForRDS' - this role is only modifiable by AWS"
        ],
    );
}

#[test]
fn the_last_use_of_a_role_is_kept() {
    let w = world_with_role();
    let arn = "arn:aws:iam::000000000000:role/r";
    w.block_on(w.iam.note_role_use(arn, "eu-west-1", support::NOW)).unwrap();
    w.block_on(w.iam.note_role_use(arn, "us-east-1", support::NOW.plus_ms(1000))).unwrap();
    let shown = w.ok("GetRole", &[("RoleName", "r")]);
    expect!["<LastUsedDate>2026-01-01T00:00:00Z</LastUsedDate><Region>eu-west-1</Region>"]
        .assert_eq(element(&shown, "RoleLastUsed").unwrap());
}
