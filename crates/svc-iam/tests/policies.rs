//! Managed policies and their versions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use support::{World, element};

const ARN: &str = "arn:aws:iam::000000000000:policy/app/p";
const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters));
}

fn world_with_policy() -> World {
    let world = World::new();
    world.ok("CreatePolicy", &[("PolicyName", "p"), ("Path", "/app/"), ("PolicyDocument", DOCUMENT)]);
    world
}

#[test]
fn a_policy_is_made_shown_and_deleted() {
    let w = World::new();
    let full = [
        ("PolicyName", "p"),
        ("Path", "/app/"),
        ("Description", "reads"),
        ("PolicyDocument", DOCUMENT),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    check(
        &w,
        "CreatePolicy",
        &full,
        expect![
            "200 <Policy><Arn>arn:aws:iam::000000000000:policy/app/p</Arn><AttachmentCount>0</AttachmentCount><CreateDate>2026-01-01T00:00:00Z</CreateDate><DefaultVersionId>v1</DefaultVersionId><IsAttachable>true</IsAttachable><Path>/app/</Path><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><PolicyId>ANPAB4CJMNKRHMOFBNL66</PolicyId><PolicyName>p</PolicyName><Tags><member><Key>k</Key><Value>v</Value></member></Tags><UpdateDate>2026-01-01T00:00:00Z</UpdateDate></Policy>"
        ],
    );
    check(
        &w,
        "CreatePolicy",
        &[("PolicyName", "P"), ("PolicyDocument", DOCUMENT)],
        expect![
            "409 EntityAlreadyExists: A policy called P already exists. Duplicate names are not allowed."
        ],
    );
    check(
        &w,
        "GetPolicy",
        &[("PolicyArn", ARN)],
        expect![
            "200 <Policy><Arn>arn:aws:iam::000000000000:policy/app/p</Arn><AttachmentCount>0</AttachmentCount><CreateDate>2026-01-01T00:00:00Z</CreateDate><DefaultVersionId>v1</DefaultVersionId><Description>reads</Description><IsAttachable>true</IsAttachable><Path>/app/</Path><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><PolicyId>ANPAB4CJMNKRHMOFBNL66</PolicyId><PolicyName>p</PolicyName><Tags><member><Key>k</Key><Value>v</Value></member></Tags><UpdateDate>2026-01-01T00:00:00Z</UpdateDate></Policy>"
        ],
    );
    check(
        &w,
        "GetPolicyVersion",
        &[("PolicyArn", ARN), ("VersionId", "v1")],
        expect![
            "200 <PolicyVersion><CreateDate>2026-01-01T00:00:00Z</CreateDate><Document>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</Document><IsDefaultVersion>true</IsDefaultVersion><VersionId>v1</VersionId></PolicyVersion>"
        ],
    );
    check(
        &w,
        "ListPolicies",
        &[("Scope", "Local")],
        expect![
            "200 <IsTruncated>false</IsTruncated><Policies><member><Arn>arn:aws:iam::000000000000:policy/app/p</Arn><AttachmentCount>0</AttachmentCount><CreateDate>2026-01-01T00:00:00Z</CreateDate><DefaultVersionId>v1</DefaultVersionId><IsAttachable>true</IsAttachable><Path>/app/</Path><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><PolicyId>ANPAB4CJMNKRHMOFBNL66</PolicyId><PolicyName>p</PolicyName><UpdateDate>2026-01-01T00:00:00Z</UpdateDate></member></Policies>"
        ],
    );
    w.ok("UntagPolicy", &[("PolicyArn", ARN), ("TagKeys.member.1", "k")]);
    w.ok("TagPolicy", &[("PolicyArn", ARN), ("Tags.member.1.Key", "l"), ("Tags.member.1.Value", "w")]);
    check(
        &w,
        "ListPolicyTags",
        &[("PolicyArn", ARN)],
        expect![
            "200 <IsTruncated>false</IsTruncated><Tags><member><Key>l</Key><Value>w</Value></member></Tags>"
        ],
    );
    check(&w, "DeletePolicy", &[("PolicyArn", ARN)], expect!["200 "]);
    check(
        &w,
        "GetPolicy",
        &[("PolicyArn", ARN)],
        expect!["404 NoSuchEntity: Policy arn:aws:iam::000000000000:policy/app/p was not found."],
    );
}

#[test]
fn malformed_documents_are_refused_with_aws_texts() {
    let w = World::new();
    for (document, expect) in [
        ("{", expect!["400 MalformedPolicyDocument: Syntax errors in policy."]),
        (r#"{"Version":"2012-10-17"}"#, expect!["400 MalformedPolicyDocument: Syntax errors in policy."]),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
            expect!["400 MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater."],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}]}"#,
            expect![[r#"400 MalformedPolicyDocument: Resource bucket must be in ARN format or "*"."#]],
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
            expect!["400 MalformedPolicyDocument: Policy document should not specify a principal."],
        ),
    ] {
        check(&w, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", document)], expect);
    }
    let long = DOCUMENT.replace("s3:GetObject", &format!("s3:{}", "a".repeat(6200)));
    check(
        &w,
        "CreatePolicy",
        &[("PolicyName", "p"), ("PolicyDocument", &long)],
        expect!["409 LimitExceeded: Cannot exceed quota for PolicySize: 6144"],
    );
}

#[test]
fn versions() {
    let w = world_with_policy();
    let add = |default: &str| {
        w.call(
            "CreatePolicyVersion",
            &[("PolicyArn", ARN), ("PolicyDocument", DOCUMENT), ("SetAsDefault", default)],
        )
    };
    expect!["200 <PolicyVersion><CreateDate>2026-01-01T00:00:00Z</CreateDate><IsDefaultVersion>true</IsDefaultVersion><VersionId>v2</VersionId></PolicyVersion>"].assert_eq(&add("true"));
    for _ in 0..3 {
        add("false");
    }
    expect!["409 LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."].assert_eq(&add("false"));
    check(
        &w,
        "DeletePolicyVersion",
        &[("PolicyArn", ARN), ("VersionId", "v2")],
        expect!["409 DeleteConflict: Cannot delete the default version of a policy."],
    );
    check(
        &w,
        "DeletePolicyVersion",
        &[("PolicyArn", ARN), ("VersionId", "v9")],
        expect![
            "404 NoSuchEntity: Policy arn:aws:iam::000000000000:policy/app/p version v9 does not exist or is not attachable."
        ],
    );
    w.ok("SetDefaultPolicyVersion", &[("PolicyArn", ARN), ("VersionId", "v5")]);
    w.ok("DeletePolicyVersion", &[("PolicyArn", ARN), ("VersionId", "v2")]);
    add("false");
    check(
        &w,
        "ListPolicyVersions",
        &[("PolicyArn", ARN), ("MaxItems", "2")],
        expect![
            "200 <IsTruncated>true</IsTruncated><Marker>34323934393637323930</Marker><Versions><member><CreateDate>2026-01-01T00:00:00Z</CreateDate><IsDefaultVersion>false</IsDefaultVersion><VersionId>v6</VersionId></member><member><CreateDate>2026-01-01T00:00:00Z</CreateDate><IsDefaultVersion>true</IsDefaultVersion><VersionId>v5</VersionId></member></Versions>"
        ],
    );
    check(
        &w,
        "DeletePolicy",
        &[("PolicyArn", ARN)],
        expect![
            "409 DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
        ],
    );
}

#[test]
fn a_policy_in_use_stays() {
    let w = world_with_policy();
    w.ok("CreateUser", &[("UserName", "ann")]);
    w.ok("AttachUserPolicy", &[("UserName", "ann"), ("PolicyArn", ARN)]);
    w.ok("CreateUser", &[("UserName", "bob"), ("PermissionsBoundary", ARN)]);
    let shown = w.ok("GetPolicy", &[("PolicyArn", ARN)]);
    assert_eq!(
        (element(&shown, "AttachmentCount"), element(&shown, "PermissionsBoundaryUsageCount")),
        (Some("1"), Some("1"))
    );
    check(
        &w,
        "ListEntitiesForPolicy",
        &[("PolicyArn", ARN), ("PolicyUsageFilter", "PermissionsPolicy")],
        expect![
            "200 <IsTruncated>false</IsTruncated><PolicyGroups></PolicyGroups><PolicyRoles></PolicyRoles><PolicyUsers><member><UserId>AIDAI56V6YXJWHBUO4DLB</UserId><UserName>ann</UserName></member></PolicyUsers>"
        ],
    );
    let all = w.ok("ListEntitiesForPolicy", &[("PolicyArn", ARN)]);
    assert!(all.contains("ann") && all.contains("bob"), "{all}");
    check(
        &w,
        "DeletePolicy",
        &[("PolicyArn", ARN)],
        expect!["409 DeleteConflict: Cannot delete a policy attached to entities."],
    );
    let attached = w.ok("ListPolicies", &[("OnlyAttached", "true")]);
    assert!(attached.matches("<PolicyName>").count() == 1 && attached.contains(ARN), "{attached}");
}

#[test]
fn awss_own_policies_are_there_and_cannot_be_changed() {
    let w = World::new();
    let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    check(
        &w,
        "GetPolicyVersion",
        &[("PolicyArn", arn), ("VersionId", "v1")],
        expect![
            "200 <PolicyVersion><CreateDate>2015-04-09T15:03:43Z</CreateDate><Document>%7B%0A%20%20%22Statement%22%3A%20%5B%0A%20%20%20%20%7B%0A%20%20%20%20%20%20%22Action%22%3A%20%5B%0A%20%20%20%20%20%20%20%20%22logs%3ACreateLogGroup%22%2C%0A%20%20%20%20%20%20%20%20%22logs%3ACreateLogStream%22%2C%0A%20%20%20%20%20%20%20%20%22logs%3APutLogEvents%22%0A%20%20%20%20%20%20%5D%2C%0A%20%20%20%20%20%20%22Effect%22%3A%20%22Allow%22%2C%0A%20%20%20%20%20%20%22Resource%22%3A%20%22%2A%22%0A%20%20%20%20%7D%0A%20%20%5D%2C%0A%20%20%22Version%22%3A%20%222012-10-17%22%0A%7D</Document><IsDefaultVersion>true</IsDefaultVersion><VersionId>v1</VersionId></PolicyVersion>"
        ],
    );
    check(
        &w,
        "DeletePolicy",
        &[("PolicyArn", arn)],
        expect!["403 AccessDenied: Cannot perform the operation on an AWS managed policy."],
    );
    check(
        &w,
        "TagPolicy",
        &[("PolicyArn", arn), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")],
        expect!["403 AccessDenied: Cannot perform the operation on an AWS managed policy."],
    );
    let listed = w.ok("ListPolicies", &[("Scope", "AWS"), ("PathPrefix", "/service-role/")]);
    assert!(listed.contains(arn) && !listed.contains("AdministratorAccess"), "{listed}");
    let (mut marker, mut seen) = (None::<String>, 0);
    loop {
        let mut parameters = vec![("MaxItems", "7")];
        if let Some(marker) = &marker {
            parameters.push(("Marker", marker));
        }
        let page = w.ok("ListPolicies", &parameters);
        seen += page.matches("<PolicyName>").count();
        marker = element(&page, "Marker").map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, w.ok("ListPolicies", &[]).matches("<PolicyName>").count());
}
