//! The policy simulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use support::World;

const DATED: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ROLE: (&str, &str) = ("PolicySourceArn", "arn:aws:iam::000000000000:role/r");

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters).replace("><", ">\n<"));
}

fn document(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

/// Decisions only, in order.
fn decisions(w: &World, action: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let answer = w.ok(action, parameters);
    let parts = answer.split("<EvalDecision>").skip(1);
    parts.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// The example in the documentation of the AWS CLI, with its numbers.
#[test]
fn the_documented_example() {
    let w = World::new();
    check(
        &w,
        "SimulateCustomPolicy",
        &[
            ("PolicyInputList.member.1", DATED),
            ("ActionNames.member.1", "dynamodb:CreateBackup"),
            ("ContextEntries.member.1.ContextKeyName", "aws:CurrentTime"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", "2019-04-25T11:00:00Z"),
            ("ContextEntries.member.1.ContextKeyType", "date"),
        ],
        expect![[r#"
            200 <EvaluationResults>
            <member>
            <EvalActionName>dynamodb:CreateBackup</EvalActionName>
            <EvalDecision>allowed</EvalDecision>
            <EvalDecisionDetails>
            </EvalDecisionDetails>
            <EvalResourceName>*</EvalResourceName>
            <MatchedStatements>
            <member>
            <EndPosition>
            <Column>167</Column>
            <Line>1</Line>
            </EndPosition>
            <SourcePolicyId>PolicyInputList.1</SourcePolicyId>
            <SourcePolicyType>IAM Policy</SourcePolicyType>
            <StartPosition>
            <Column>38</Column>
            <Line>1</Line>
            </StartPosition>
            </member>
            </MatchedStatements>
            <MissingContextValues>
            </MissingContextValues>
            </member>
            </EvaluationResults>
            <IsTruncated>false</IsTruncated>"#]],
    );
    check(
        &w,
        "SimulateCustomPolicy",
        &[("PolicyInputList.member.1", DATED), ("ActionNames.member.1", "dynamodb:CreateBackup")],
        expect![[r#"
            200 <EvaluationResults>
            <member>
            <EvalActionName>dynamodb:CreateBackup</EvalActionName>
            <EvalDecision>implicitDeny</EvalDecision>
            <EvalDecisionDetails>
            </EvalDecisionDetails>
            <EvalResourceName>*</EvalResourceName>
            <MatchedStatements>
            </MatchedStatements>
            <MissingContextValues>
            <member>aws:CurrentTime</member>
            </MissingContextValues>
            </member>
            </EvaluationResults>
            <IsTruncated>false</IsTruncated>"#]],
    );
}

#[test]
fn a_denial_is_the_only_statement_told() {
    let w = World::new();
    let allow = document(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
    let deny = document(r#"{"Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::b/*"}"#);
    check(
        &w,
        "SimulateCustomPolicy",
        &[
            ("PolicyInputList.member.1", &allow),
            ("PolicyInputList.member.2", &deny),
            ("ActionNames.member.1", "s3:DeleteObject"),
            ("ResourceArns.member.1", "arn:aws:s3:::b/k"),
        ],
        expect![[r#"
            200 <EvaluationResults>
            <member>
            <EvalActionName>s3:DeleteObject</EvalActionName>
            <EvalDecision>explicitDeny</EvalDecision>
            <EvalDecisionDetails>
            </EvalDecisionDetails>
            <EvalResourceName>arn:aws:s3:::b/k</EvalResourceName>
            <MatchedStatements>
            <member>
            <EndPosition>
            <Column>107</Column>
            <Line>1</Line>
            </EndPosition>
            <SourcePolicyId>PolicyInputList.2</SourcePolicyId>
            <SourcePolicyType>IAM Policy</SourcePolicyType>
            <StartPosition>
            <Column>38</Column>
            <Line>1</Line>
            </StartPosition>
            </member>
            </MatchedStatements>
            <MissingContextValues>
            </MissingContextValues>
            <ResourceSpecificResults>
            <member>
            <EvalDecisionDetails>
            </EvalDecisionDetails>
            <EvalResourceDecision>explicitDeny</EvalResourceDecision>
            <EvalResourceName>arn:aws:s3:::b/k</EvalResourceName>
            <MatchedStatements>
            <member>
            <EndPosition>
            <Column>107</Column>
            <Line>1</Line>
            </EndPosition>
            <SourcePolicyId>PolicyInputList.2</SourcePolicyId>
            <SourcePolicyType>IAM Policy</SourcePolicyType>
            <StartPosition>
            <Column>38</Column>
            <Line>1</Line>
            </StartPosition>
            </member>
            </MatchedStatements>
            <MissingContextValues>
            </MissingContextValues>
            </member>
            </ResourceSpecificResults>
            </member>
            </EvaluationResults>
            <IsTruncated>false</IsTruncated>"#]],
    );
}

#[test]
fn a_boundary_given_as_text_limits() {
    let w = World::new();
    let all = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let sqs = document(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#);
    let asked = [
        ("PolicyInputList.member.1", all.as_str()),
        ("PermissionsBoundaryPolicyInputList.member.1", &sqs),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "sqs:SendMessage"),
    ];
    assert_eq!(decisions(&w, "SimulateCustomPolicy", &asked), ["implicitDeny", "allowed"]);
    let answer = w.ok("SimulateCustomPolicy", &asked);
    assert!(answer.contains("<AllowedByPermissionsBoundary>false<"), "{answer}");
    assert!(answer.contains("<AllowedByPermissionsBoundary>true<"), "{answer}");
    let paged = w.ok("SimulateCustomPolicy", &[&asked[..], &[("MaxItems", "1")]].concat());
    assert!(paged.contains("<IsTruncated>true</IsTruncated>"), "{paged}");
}

#[test]
fn stored_policies_are_simulated_as_they_decide() {
    let w = World::new();
    w.ok("CreateUser", &[("UserName", "ann"), ("Path", "/p/")]);
    w.ok("CreateGroup", &[("GroupName", "g")]);
    w.ok("AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]);
    let home =
        document(r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"}"#);
    w.ok("PutGroupPolicy", &[("GroupName", "g"), ("PolicyName", "home"), ("PolicyDocument", &home)]);
    let ann = ("PolicySourceArn", "arn:aws:iam::000000000000:user/p/ann");
    let asked = [
        ann,
        ("ActionNames.member.1", "s3:GetObject"),
        ("ResourceArns.member.1", "arn:aws:s3:::home/ann/x"),
        ("ResourceArns.member.2", "arn:aws:s3:::home/eve/x"),
    ];
    assert_eq!(decisions(&w, "SimulatePrincipalPolicy", &asked), ["allowed", "implicitDeny"]);
    assert!(w.ok("SimulatePrincipalPolicy", &asked).contains("<SourcePolicyId>group_g_home<"));
    let boundary = ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonSQSFullAccess");
    w.ok("PutUserPermissionsBoundary", &[("UserName", "ann"), boundary]);
    assert_eq!(decisions(&w, "SimulatePrincipalPolicy", &asked), ["implicitDeny", "implicitDeny"]);
    check(
        &w,
        "GetContextKeysForPrincipalPolicy",
        &[ann],
        expect![[r#"
        200 <ContextKeyNames>
        <member>aws:username</member>
        </ContextKeyNames>"#]],
    );
}

#[test]
fn a_resource_policy_has_its_say() {
    let w = World::new();
    w.ok("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]);
    let allow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"s3:*","Resource":"*"}]}"#;
    let deny = allow.replace("Allow", "Deny");
    let inline = document(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#);
    let base =
        [ROLE, ("ActionNames.member.1", "s3:GetObject"), ("ResourceArns.member.1", "arn:aws:s3:::b/k")];
    let ask = |more: &[(&str, &str)]| decisions(&w, "SimulatePrincipalPolicy", &[&base[..], more].concat());
    assert_eq!(ask(&[]), ["implicitDeny"]);
    // Naming the account passes the permission on to identity policies, which say nothing.
    assert_eq!(ask(&[("ResourcePolicy", allow)]), ["implicitDeny"]);
    assert_eq!(ask(&[("PolicyInputList.member.1", &inline)]), ["allowed"]);
    assert_eq!(ask(&[("PolicyInputList.member.1", &inline), ("ResourcePolicy", &deny)]), ["explicitDeny"]);
    let other = ("ResourceOwner", "arn:aws:iam::111111111111:root");
    assert_eq!(ask(&[("PolicyInputList.member.1", &inline), other]), ["implicitDeny"]);
    assert_eq!(ask(&[("PolicyInputList.member.1", &inline), other, ("ResourcePolicy", allow)]), ["allowed"]);
    let answer = w.ok("SimulatePrincipalPolicy", &[&base[..], &[("ResourcePolicy", &deny)]].concat());
    let details = &answer
        [answer.find("<EvalDecisionDetails>").unwrap()..answer.find("</EvalDecisionDetails>").unwrap()];
    expect!["<EvalDecisionDetails><entry><key>IAM Policy</key><value>implicitDeny</value></entry><entry><key>Resource Policy</key><value>explicitDeny</value></entry>"].assert_eq(details);
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let w = World::new();
    let ok = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let action = ("ActionNames.member.1", "s3:GetObject");
    let policy = ("PolicyInputList.member.1", ok.as_str());
    check(
        &w,
        "SimulateCustomPolicy",
        &[("PolicyInputList.member.1", "{}"), action],
        expect!["400 InvalidInput: Syntax errors in policy."],
    );
    check(
        &w,
        "SimulateCustomPolicy",
        &[policy, ("ActionNames.member.1", "s3:*")],
        expect!["400 InvalidInput: Invalid action name: s3:*"],
    );
    check(
        &w,
        "SimulateCustomPolicy",
        &[policy, action, ("ResourcePolicy", &ok)],
        expect!["400 InvalidInput: CallerArn is required if a ResourcePolicy is specified."],
    );
    check(
        &w,
        "SimulatePrincipalPolicy",
        &[ROLE, action],
        expect!["404 NoSuchEntity: The role with name r cannot be found."],
    );
    let root = ("PolicySourceArn", "arn:aws:iam::000000000000:root");
    check(
        &w,
        "SimulatePrincipalPolicy",
        &[root, action],
        expect![
            "400 InvalidInput: Invalid Entity Arn: arn:aws:iam::000000000000:root does not clearly define entity type and name."
        ],
    );
    check(
        &w,
        "GetContextKeysForCustomPolicy",
        &[("PolicyInputList.member.1", DATED)],
        expect![[r#"
        200 <ContextKeyNames>
        <member>aws:CurrentTime</member>
        </ContextKeyNames>"#]],
    );
}

/// `lambda:InvokeFunction` has no key `lambda:VpcIds`: to tell it changes nothing, and it is not missed.
#[test]
fn keys_that_an_action_never_has_are_neither_heard_nor_missed() {
    let w = World::new();
    let policy = document(
        r#"{"Effect":"Allow","Action":"lambda:*","Resource":"*","Condition":{"StringEquals":{"lambda:VpcIds":"vpc-1"}}}"#,
    );
    let of = |action: &str, told: bool| {
        let mut asked = vec![("PolicyInputList.member.1", policy.as_str()), ("ActionNames.member.1", action)];
        if told {
            asked.extend([
                ("ContextEntries.member.1.ContextKeyName", "lambda:VpcIds"),
                ("ContextEntries.member.1.ContextKeyType", "stringList"),
                ("ContextEntries.member.1.ContextKeyValues.member.1", "vpc-1"),
            ]);
        }
        let answer = w.ok("SimulateCustomPolicy", &asked);
        let misses = answer.contains("<member>lambda:VpcIds</member>");
        (support::element(&answer, "EvalDecision").unwrap().to_owned(), misses)
    };
    assert_eq!(of("lambda:CreateFunction", true), ("allowed".to_owned(), false));
    assert_eq!(of("lambda:CreateFunction", false), ("implicitDeny".to_owned(), true));
    assert_eq!(of("lambda:InvokeFunction", true), ("implicitDeny".to_owned(), false));
    assert_eq!(of("lambda:InvokeFunction", false), ("implicitDeny".to_owned(), false));
}

/// Only an action that is on resources has results for them.
#[test]
fn an_action_without_resources_has_no_result_for_one() {
    let w = World::new();
    let policy = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    for (action, resource, specific) in [
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:000000000000:secret:s", true),
        ("secretsmanager:ListSecrets", "arn:aws:secretsmanager:us-east-1:000000000000:secret:s", false),
        ("unknownservice:GetThing", "arn:aws:unknownservice:::x", true),
    ] {
        let asked = [
            ("PolicyInputList.member.1", policy.as_str()),
            ("ActionNames.member.1", action),
            ("ResourceArns.member.1", resource),
        ];
        let answer = w.ok("SimulateCustomPolicy", &asked);
        assert_eq!(answer.contains("ResourceSpecificResults"), specific, "{action}: {answer}");
    }
}
