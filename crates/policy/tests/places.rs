//! What the place of a document demands, with AWS's texts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use policy::{Document, Kind};

fn check(kind: Kind, statement: &str, expected: &str) {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let answer = match Document::parse(&text).and_then(|d| d.check(kind)) {
        Ok(()) => "fine".to_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(answer, expected, "{statement}");
}

#[test]
fn identity_policies() {
    for (statement, answer) in [
        (r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#, "fine"),
        (r#"{"Effect":"Allow","Resource":"*"}"#, "Policy statement must contain actions."),
        (r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#, "Policy statement must contain actions."),
        (r#"{"Effect":"Allow","Action":"s3:*"}"#, "Policy statement must contain resources."),
        (
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#,
            "Policy document should not specify a principal.",
        ),
        (
            r#"{"Effect":"Allow","Action":"GetObject","Resource":"*"}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#"{"Effect":"Allow","Action":"s3:a:b","Resource":"*"}"#,
            "Actions/Condition can contain only one colon.",
        ),
        (r#"{"Effect":"Allow","Action":"s_3:a","Resource":"*"}"#, "Vendor s_3 is not valid"),
        (
            r#"{"Effect":"Allow","Action":"s3:a","Resource":"bucket"}"#,
            r#"Resource bucket must be in ARN format or "*"."#,
        ),
        (
            r#"{"Effect":"Allow","Action":"s3:a","Resource":"arn:moon:s3:::b"}"#,
            r#"Partition "moon" is not valid for resource "arn:moon:s3:::b"."#,
        ),
        (
            r#"{"Effect":"Allow","Action":"s3:a","Resource":"arn:aws"}"#,
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            r#"{"Effect":"Allow","Action":"s3:a","Resource":"arn:aws:s3:us-east-1::b"}"#,
            "Resource arn:aws:s3:us-east-1::b can not contain region information.",
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:a","Resource":"arn:aws:iam:us-east-1:111111111111:role/r"}"#,
            "IAM resource arn:aws:iam:us-east-1:111111111111:role/r cannot contain region information.",
        ),
        (
            r#"{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}"#,
            "Statement IDs (SID) in a single policy must be unique.",
        ),
    ] {
        check(Kind::Identity, statement, answer);
    }
    let old = Document::parse(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap();
    assert_eq!(
        old.check(Kind::Identity).unwrap_err().to_string(),
        "Policy document must be version 2012-10-17 or greater."
    );
}

#[test]
fn trust_policies() {
    for (statement, answer) in [
        (
            r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
            "fine",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":["sts:AssumeRole","sts:TagSession"]}"#,
            "fine",
        ),
        (r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#, "Missing required field Principal"),
        (
            r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#,
            "Has prohibited field Resource",
        ),
        (
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}"#,
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"bob"},"Action":"sts:AssumeRole"}"#,
            r#"Invalid principal in policy: "AWS":"bob""#,
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/*"},"Action":"sts:AssumeRole"}"#,
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:role/*""#,
        ),
        (
            r#"{"Effect":"Allow","Principal":{"Service":"lambda"},"Action":"sts:AssumeRole"}"#,
            r#"Invalid principal in policy: "SERVICE":"lambda""#,
        ),
    ] {
        check(Kind::Trust, statement, answer);
    }
}
