//! What the tables say, against what AWS's pages say of a few actions.
#![allow(clippy::unwrap_used)]

use actions::{Level, find, is_global, of_operation};
use expect_test::{Expect, expect};

fn check(action: &str, expected: Expect) {
    let found = find(action).unwrap();
    let kinds = found.resources().map(|r| format!("{}{}", r.name, if r.is_required { "!" } else { "" }));
    let text = format!(
        "{} {:?}\non {}\nwith {}\n",
        found.name(),
        found.level(),
        kinds.collect::<Vec<_>>().join(" "),
        found.keys().join(" ")
    );
    expected.assert_eq(&text);
}

#[test]
fn an_action_has_its_resources_and_keys() {
    check(
        "Lambda:invokefunction",
        expect![[r#"
            InvokeFunction Write
            on function!
            with aws:ResourceTag/${TagKey} lambda:EventSourceToken lambda:InvokedViaFunctionUrl
        "#]],
    );
    check(
        "secretsmanager:ListSecrets",
        expect![[r#"
            ListSecrets List
            on 
            with 
        "#]],
    );
    check(
        "iam:PassRole",
        expect![[r#"
        PassRole Write
        on role!
        with aws:ResourceTag/${TagKey} iam:ResourceTag/${TagKey} iam:AssociatedResourceArn iam:PassedToService
    "#]],
    );
    check(
        "ec2:CreateVpc",
        expect![[r#"
        CreateVpc Write
        on ipam-pool ipv6pool-ec2 vpc!
        with ec2:Region aws:RequestTag/${TagKey} aws:TagKeys aws:ResourceTag/${TagKey} ec2:ResourceTag/${TagKey} ec2:VpcID ec2:Ipv6IpamPoolId ec2:Ipv4IpamPoolId
    "#]],
    );
    check(
        "execute-api:Invoke",
        expect![[r#"
        Invoke Write
        on execute-api-domain execute-api-general
        with execute-api:viaDomainArn
    "#]],
    );
}

#[test]
fn names_that_aws_does_not_have_are_not_found() {
    for name in ["lambda:Invoke", "lambda:InvokeFunctions", "nosuch:GetObject", "lambda", "", ":", "lambda:"]
    {
        assert!(find(name).is_none(), "{name}");
    }
    assert_eq!(find("iam:CreateRole").unwrap().level(), Level::Write);
    assert_eq!(find("iam:AttachRolePolicy").unwrap().level(), Level::PermissionsManagement);
}

#[test]
fn an_operation_leads_to_its_action() {
    for (prefix, operation, actions) in [
        ("lambda", "Invoke", Some(vec!["InvokeFunction"])),
        ("lambda", "CreateFunction", Some(vec!["CreateFunction"])),
        ("sqs", "SendMessageBatch", Some(vec!["SendMessage"])),
        ("s3", "CopyObject", Some(vec!["GetObject", "PutObject"])),
        ("iam", "UpdateDelegationRequest", Some(vec![])),
        ("iam", "NoSuchOperation", Some(vec![])),
        ("nosuch", "Get", None),
    ] {
        assert_eq!(of_operation(prefix, operation), actions, "{prefix} {operation}");
    }
}

/// A key belongs to the action or to the kind of resource that is meant.
#[test]
fn keys_depend_on_the_resource() {
    let vpc = "arn:aws:ec2:us-east-1:000000000000:vpc/*";
    let group = "arn:aws:ec2:us-east-1:000000000000:security-group/*";
    for (action, key, resource, used) in [
        ("ec2:CreateSecurityGroup", "aws:RequestTag/team", group, true),
        ("ec2:CreateSecurityGroup", "aws:RequestTag/team", vpc, false),
        ("ec2:CreateSecurityGroup", "ec2:ResourceTag/team", vpc, true),
        ("ec2:CreateSecurityGroup", "ec2:ResourceTag/team", group, false),
        ("ec2:CreateSecurityGroup", "EC2:region", group, true),
        ("ec2:DescribeVpcs", "ec2:Region", "*", true),
        ("ec2:DescribeVpcs", "ec2:ResourceTag/team", "*", false),
        ("lambda:InvokeFunction", "lambda:VpcIds", "*", false),
        ("lambda:CreateFunction", "lambda:VpcIds", "arn:aws:lambda:r:a:function:f", true),
        (
            "secretsmanager:GetSecretValue",
            "secretsmanager:ResourceTag/team",
            "arn:aws:secretsmanager:r:a:secret:s",
            true,
        ),
        (
            "secretsmanager:GetSecretValue",
            "secretsmanager:ResourceTag/",
            "arn:aws:secretsmanager:r:a:secret:s",
            false,
        ),
    ] {
        assert_eq!(find(action).unwrap().uses_key_on(key, resource), used, "{action} {key} {resource}");
    }
    for (key, global) in [
        ("aws:SourceVpce", true),
        ("aws:principaltag/team", true),
        ("lambda:SourceFunctionArn", true),
        ("aws:ResourceTag/team", false),
        ("aws:RequestTag/team", false),
        ("aws:TagKeys", false),
        ("aws:NoSuchKey", false),
    ] {
        assert_eq!(is_global(key), global, "{key}");
    }
}
