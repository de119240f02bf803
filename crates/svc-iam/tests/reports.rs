//! What an account's policies come to: details, grants by service, and who reached what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::expect;
use policy::Principal;
use support::{ACCOUNT, NOW, World, element};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const S3: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","ec2:Describe*"],"Resource":"*"}]}"#;

fn world() -> (World, Principal) {
    let w = World::new();
    let made = w.ok("CreateUser", &[("UserName", "ann")]);
    w.ok("CreateGroup", &[("GroupName", "g")]);
    w.ok("AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]);
    w.ok("PutGroupPolicy", &[("GroupName", "g"), ("PolicyName", "look"), ("PolicyDocument", S3)]);
    w.ok("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]);
    w.ok(
        "AttachRolePolicy",
        &[("RoleName", "r"), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonEC2FullAccess")],
    );
    let ann = Principal::User {
        account: ACCOUNT.parse().unwrap(),
        path: "/".into(),
        name: "ann".into(),
        id: element(&made, "UserId").unwrap().into(),
    };
    (w, ann)
}

fn tidy(answer: &str) -> String {
    answer.replace("><", ">\n<")
}

#[test]
fn the_account_is_told_whole_and_in_parts() {
    let (w, _) = world();
    let all = w.ok("GetAccountAuthorizationDetails", &[]);
    for part in
        ["<GroupList><member>g</member>", "<PolicyName>look<", "<RoleName>r<", "policy/AmazonEC2FullAccess"]
    {
        assert!(all.contains(part), "{part} in {all}");
    }
    let groups = w.ok("GetAccountAuthorizationDetails", &[("Filter.member.1", "Group")]);
    assert!(groups.contains("<GroupName>g<") && !groups.contains("<UserName>"), "{groups}");
    let paged = w.ok("GetAccountAuthorizationDetails", &[("MaxItems", "1")]);
    assert!(paged.contains("<UserName>ann<") && !paged.contains("<GroupName>g<"), "{paged}");
    let marker = element(&paged, "Marker").unwrap();
    let next = w.ok("GetAccountAuthorizationDetails", &[("MaxItems", "1"), ("Marker", marker)]);
    assert!(next.contains("<GroupName>g<") && !next.contains("<UserName>"), "{next}");
}

#[test]
fn policies_are_told_by_the_service_they_grant() {
    let (w, _) = world();
    let ask = |arn: &str| {
        let asked =
            [("Arn", arn), ("ServiceNamespaces.member.1", "s3"), ("ServiceNamespaces.member.2", "ec2")];
        tidy(&w.ok("ListPoliciesGrantingServiceAccess", &asked))
    };
    expect![[r#"
        <IsTruncated>false</IsTruncated>
        <PoliciesGrantingServiceAccess>
        <member>
        <Policies>
        <member>
        <EntityName>g</EntityName>
        <EntityType>GROUP</EntityType>
        <PolicyName>look</PolicyName>
        <PolicyType>INLINE</PolicyType>
        </member>
        </Policies>
        <ServiceNamespace>s3</ServiceNamespace>
        </member>
        <member>
        <Policies>
        <member>
        <EntityName>g</EntityName>
        <EntityType>GROUP</EntityType>
        <PolicyName>look</PolicyName>
        <PolicyType>INLINE</PolicyType>
        </member>
        </Policies>
        <ServiceNamespace>ec2</ServiceNamespace>
        </member>
        </PoliciesGrantingServiceAccess>"#]]
    .assert_eq(&ask("arn:aws:iam::000000000000:user/ann"));
    expect![[r#"
        <IsTruncated>false</IsTruncated>
        <PoliciesGrantingServiceAccess>
        <member>
        <Policies>
        </Policies>
        <ServiceNamespace>s3</ServiceNamespace>
        </member>
        <member>
        <Policies>
        <member>
        <PolicyArn>arn:aws:iam::aws:policy/AmazonEC2FullAccess</PolicyArn>
        <PolicyName>AmazonEC2FullAccess</PolicyName>
        <PolicyType>MANAGED</PolicyType>
        </member>
        </Policies>
        <ServiceNamespace>ec2</ServiceNamespace>
        </member>
        </PoliciesGrantingServiceAccess>"#]]
    .assert_eq(&ask("arn:aws:iam::000000000000:role/r"));
}

#[test]
fn services_are_reported_with_who_reached_them() {
    let (w, ann) = world();
    let report = |arn: &str| {
        let job = w.ok("GenerateServiceLastAccessedDetails", &[("Arn", arn)]);
        element(&job, "JobId").unwrap().to_owned()
    };
    let before = report("arn:aws:iam::000000000000:group/g");
    w.block_on(w.iam.note_use(&ann, "ec2", "eu-west-1", NOW)).unwrap();
    let after = report("arn:aws:iam::000000000000:group/g");
    expect![[r#"
        <IsTruncated>false</IsTruncated>
        <JobCompletionDate>2026-01-01T00:00:00Z</JobCompletionDate>
        <JobCreationDate>2026-01-01T00:00:00Z</JobCreationDate>
        <JobStatus>COMPLETED</JobStatus>
        <JobType>SERVICE_LEVEL</JobType>
        <ServicesLastAccessed>
        <member>
        <ServiceName>Amazon EC2</ServiceName>
        <ServiceNamespace>ec2</ServiceNamespace>
        <TotalAuthenticatedEntities>0</TotalAuthenticatedEntities>
        </member>
        </ServicesLastAccessed>"#]]
    .assert_eq(&tidy(&w.ok("GetServiceLastAccessedDetails", &[("JobId", &before)])));
    expect![[r#"
        <IsTruncated>false</IsTruncated>
        <JobCompletionDate>2026-01-01T00:00:00Z</JobCompletionDate>
        <JobCreationDate>2026-01-01T00:00:00Z</JobCreationDate>
        <JobStatus>COMPLETED</JobStatus>
        <JobType>SERVICE_LEVEL</JobType>
        <ServicesLastAccessed>
        <member>
        <LastAuthenticated>2026-01-01T00:00:00Z</LastAuthenticated>
        <LastAuthenticatedEntity>arn:aws:iam::000000000000:user/ann</LastAuthenticatedEntity>
        <LastAuthenticatedRegion>eu-west-1</LastAuthenticatedRegion>
        <ServiceName>Amazon EC2</ServiceName>
        <ServiceNamespace>ec2</ServiceNamespace>
        <TotalAuthenticatedEntities>1</TotalAuthenticatedEntities>
        </member>
        </ServicesLastAccessed>"#]]
    .assert_eq(&tidy(&w.ok("GetServiceLastAccessedDetails", &[("JobId", &after)])));
    let asked = [("JobId", after.as_str()), ("ServiceNamespace", "ec2")];
    expect![[r#"
        <EntityDetailsList>
        <member>
        <EntityInfo>
        <Arn>arn:aws:iam::000000000000:user/ann</Arn>
        <Id>AIDAB4CJMNKRHMOFBNL66</Id>
        <Name>ann</Name>
        <Path>/</Path>
        <Type>USER</Type>
        </EntityInfo>
        <LastAuthenticated>2026-01-01T00:00:00Z</LastAuthenticated>
        </member>
        </EntityDetailsList>
        <IsTruncated>false</IsTruncated>
        <JobCompletionDate>2026-01-01T00:00:00Z</JobCompletionDate>
        <JobCreationDate>2026-01-01T00:00:00Z</JobCreationDate>
        <JobStatus>COMPLETED</JobStatus>"#]]
    .assert_eq(&tidy(&w.ok("GetServiceLastAccessedDetailsWithEntities", &asked)));
    let by_policy = report("arn:aws:iam::aws:policy/AmazonEC2FullAccess");
    let told = w.ok("GetServiceLastAccessedDetails", &[("JobId", &by_policy)]);
    assert!(told.contains("<ServiceNamespace>ec2<") && !told.contains("LastAuthenticated>"), "{told}");
    expect!["404 NoSuchEntity: Job with id 00000000-0000-0000-0000-000000000000 cannot be found."].assert_eq(
        &w.call("GetServiceLastAccessedDetails", &[("JobId", "00000000-0000-0000-0000-000000000000")]),
    );
    let by_action = [("Arn", "arn:aws:iam::000000000000:role/r"), ("Granularity", "ACTION_LEVEL")];
    expect!["501 NotImplemented: iam:GenerateServiceLastAccessedDetails with granularity ACTION_LEVEL is not implemented by moat"].assert_eq(&w.call("GenerateServiceLastAccessedDetails", &by_action));
}
