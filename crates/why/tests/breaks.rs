//! The story of a function, its database and its secret, and each thing that can be taken away from it.
#![allow(clippy::unwrap_used, clippy::panic)]

use expect_test::{Expect, expect};
use policy::{Context, Document, Policies, Policy, Principal, Request, evaluate, near_misses, remarks};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use vpc::{InterfaceKind, Network};
use why::{
    Call, Dns, EndpointPolicy, Explanation, Listener, Placement, Question, Subject, Target, endpoint_of,
    explain,
};

const STORY: &str = "
    vpc 10.0.0.0/16
    subnet subnet-app  10.0.1.0/24 acl-app  rtb-app
    subnet subnet-data 10.0.2.0/24 acl-data rtb-data
    acl acl-app open
    acl acl-data 100 allow in tcp 5432 from 10.0.1.0/24
    acl acl-data 100 allow out tcp 1024-65535 to 10.0.1.0/24
    sg sg-fn sgr-fn-db out tcp 5432 to sg-db
    sg sg-fn sgr-fn-ep out tcp 443 to sg-ep
    sg sg-db sgr-db-fn in tcp 5432 from sg-fn
    sg sg-ep sgr-ep-fn in tcp 443 from sg-fn
    eni eni-fn hub    subnet-app  10.0.1.10 sg-fn
    eni eni-ep vpce-1 subnet-app  10.0.1.20 sg-ep
    eni eni-db host   subnet-data 10.0.2.10 sg-db
";
const SERVICE: &str = "com.amazonaws.us-east-1.secretsmanager";
const HOST: &str = "secretsmanager.us-east-1.amazonaws.com";
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1));
const DATABASE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 10));
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf";
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow",
    "Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#;
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":"secretsmanager:DescribeSecret","Resource":"*"}]}"#;

struct Story {
    network: Network,
    role_policy: String,
    endpoint_policy: String,
    private_dns: bool,
}

/// The story without the lines that start with `-`, and with the others.
fn story(change: &str) -> Story {
    let squeeze = |line: &str| line.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let changes: Vec<_> = change.lines().map(squeeze).filter(|line| !line.is_empty()).collect();
    let gone: Vec<_> = changes.iter().filter_map(|line| line.strip_prefix("- ")).collect();
    let lines: Vec<_> = STORY.lines().map(squeeze).collect();
    gone.iter().for_each(|line| assert!(lines.iter().any(|l| l == line), "the story has no line `{line}`"));
    let kept = lines.iter().filter(|line| !gone.contains(&line.as_str()));
    let added = changes.iter().filter(|line| !line.starts_with("- "));
    let text = kept.chain(added).cloned().collect::<Vec<_>>().join("\n");
    let mut network = vpc::testing::network(&text).unwrap();
    network.dns_hostnames = true;
    Story {
        network,
        role_policy: READ.to_owned(),
        endpoint_policy: READ.replace(r#""Effect""#, r#""Principal":"*","Effect""#),
        private_dns: true,
    }
}

impl Story {
    fn subject(&self) -> Subject<'_> {
        let hubs = self.network.interfaces.values().filter(|i| i.kind == InterfaceKind::Hub);
        Subject {
            label: "function:license".to_owned(),
            function: Some("license".to_owned()),
            placement: Placement::Vpc {
                network: &self.network,
                interfaces: hubs.map(|i| i.id.clone()).collect(),
            },
        }
    }

    fn database(&self) -> Explanation {
        explain(&Question {
            subject: self.subject(),
            target: database(),
            dns: Dns::Addresses(vec![DATABASE]),
            call: None,
            listener: Some(Listener { ok: true, reason: "db main is available".to_owned(), fix: vec![] }),
        })
    }

    /// The secret, its name resolved as the VPC's resolver would.
    fn secret(mut self) -> Explanation {
        let mut addresses = vec![];
        let leads = self.network.dns_support && self.network.dns_hostnames;
        for interface in self.network.interfaces.values_mut() {
            if let InterfaceKind::Endpoint { services, names, .. } = &mut interface.kind {
                services.push(SERVICE.to_owned());
                if self.private_dns {
                    names.push(HOST.to_owned());
                    let own = interface.addresses.iter().map(|address| IpAddr::V4(address.private));
                    addresses.extend(own.filter(|_| leads));
                }
            }
        }
        if addresses.is_empty() {
            addresses.push(PUBLIC);
        }
        explain(&Question {
            subject: self.subject(),
            target: Target {
                label: "secret:prod/db".to_owned(),
                host: HOST.to_owned(),
                port: 443,
                payload: vpc::Payload::tcp(443),
                service: Some(SERVICE.to_owned()),
            },
            call: Some(self.call(&addresses)),
            dns: Dns::Addresses(addresses),
            listener: None,
        })
    }

    fn call(&self, addresses: &[IpAddr]) -> Call {
        let vpce = endpoint_of(&self.network, addresses);
        let parsed = |text: &str| Arc::new(Document::parse(text).unwrap());
        let identity = [Policy::new("read-secret", parsed(&self.role_policy))];
        let endpoint = vpce.map(|vpce| Policy::new(vpce.as_str(), parsed(&self.endpoint_policy)));
        let principal = Principal::RoleSession {
            account: "000000000000".parse().unwrap(),
            role_arn: "arn:aws:iam::000000000000:role/license".to_owned(),
            role_id: "AROA1".to_owned(),
            session_name: "license".to_owned(),
        };
        let mut context = Context::default();
        context.set("aws:SourceVpc", [self.network.vpc.as_str()]);
        let action = "secretsmanager:GetSecretValue";
        let request = Request::new(principal, action, SECRET).with_context(context);
        let policies = Policies { identity: &identity, endpoint: endpoint.as_ref(), ..Policies::default() };
        Call {
            action: action.to_owned(),
            resource: SECRET.to_owned(),
            role: Some("license".to_owned()),
            decision: evaluate(&request, &policies),
            near_misses: near_misses(&request, &policies),
            remarks: remarks(&request, &policies, &actions::Aws),
            endpoint: vpce.map(|vpce| EndpointPolicy {
                vpce: vpce.clone(),
                document: serde_json::from_str(&self.endpoint_policy).unwrap(),
            }),
        }
    }
}

fn database() -> Target {
    Target {
        label: "db:main".to_owned(),
        host: "main.abc.us-east-1.rds.amazonaws.com".to_owned(),
        port: 5432,
        payload: vpc::Payload::tcp(5432),
        service: None,
    }
}

/// The text, and the layer that programs are told.
#[track_caller]
fn check(explanation: &Explanation, layer: Option<&str>, text: Expect) {
    text.assert_eq(&explanation.to_string());
    let json = explanation.to_json();
    assert_eq!(json["layer"].as_str(), layer);
    assert_eq!(json["reachable"], json!(layer.is_none()));
    assert_eq!(json["verdict"], json!(explanation.verdict));
    assert!(explanation.to_string().lines().last() == Some(explanation.verdict.as_str()));
}

#[test]
fn the_database_is_reached() {
    check(
        &story("").database(),
        None,
        expect![[r#"
        function:license -> db:main
          ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
          ok    route            rtb-app 10.0.0.0/16, rtb-data 10.0.0.0/16
          ok    network acl      acl-app out 100, acl-data in 100, acl-data out 100, acl-app in 100
          ok    security group   sg-fn out sgr-fn-db, sg-db in sgr-db-fn
          ok    listener         db main is available
        function:license reaches db:main at 10.0.2.10:5432
    "#]],
    );
}

#[test]
fn the_secret_is_reached() {
    check(
        &story("").secret(),
        None,
        expect![[r#"
        function:license -> secret:prod/db
          ok    dns              secretsmanager.us-east-1.amazonaws.com is 10.0.1.20, of endpoint vpce-1
          ok    route            rtb-app 10.0.0.0/16
          ok    security group   sg-fn out sgr-fn-ep, sg-ep in sgr-ep-fn
          ok    endpoint         vpce-1 leads to com.amazonaws.us-east-1.secretsmanager
          ok    endpoint policy  Allow in VPC endpoint policy vpce-1, statement 0 (Read)
          ok    iam              Allow in identity-based policy read-secret, statement 0 (Read)
        function:license reaches secret:prod/db at 10.0.1.20:443
    "#]],
    );
}

#[test]
fn without_the_egress_rule() {
    check(
        &story("- sg sg-fn sgr-fn-db out tcp 5432 to sg-db").database(),
        Some("security group"),
        expect![[r#"
            function:license -> db:main
              ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
              ok    route            rtb-app 10.0.0.0/16
              ok    network acl      acl-app out 100, acl-data in 100
            > FAIL  security group   no rule of sg-fn (eni-fn) allows out tcp 5432 to 10.0.2.10
                    fix: aws ec2 authorize-security-group-egress --group-id sg-fn --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-db}]'
            function:license does not reach db:main: no rule of sg-fn (eni-fn) allows out tcp 5432 to 10.0.2.10
        "#]],
    );
}

#[test]
fn without_the_ingress_rule() {
    check(
        &story("- sg sg-db sgr-db-fn in tcp 5432 from sg-fn").database(),
        Some("security group"),
        expect![[r#"
            function:license -> db:main
              ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
              ok    route            rtb-app 10.0.0.0/16
              ok    network acl      acl-app out 100, acl-data in 100
            > FAIL  security group   no rule of sg-db (eni-db) allows in tcp 5432 from 10.0.1.10
                    fix: aws ec2 authorize-security-group-ingress --group-id sg-db --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-fn}]'
            function:license does not reach db:main: no rule of sg-db (eni-db) allows in tcp 5432 from 10.0.1.10
        "#]],
    );
}

#[test]
fn without_the_endpoint() {
    check(
        &story("- eni eni-ep vpce-1 subnet-app 10.0.1.20 sg-ep").secret(),
        Some("route"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 198.18.0.1, a public address: vpc-1 has no endpoint for com.amazonaws.us-east-1.secretsmanager
            > FAIL  route            rtb-app has no route to 198.18.0.1, and vpc-1 has no endpoint for com.amazonaws.us-east-1.secretsmanager
                    fix: aws ec2 create-vpc-endpoint --vpc-id vpc-1 --vpc-endpoint-type Interface --service-name com.amazonaws.us-east-1.secretsmanager --subnet-ids subnet-app --private-dns-enabled --security-group-ids sg-ep
              ok    iam              Allow in identity-based policy read-secret, statement 0 (Read)
            function:license does not reach secret:prod/db: rtb-app has no route to 198.18.0.1, and vpc-1 has no endpoint for com.amazonaws.us-east-1.secretsmanager
        "#]],
    );
}

#[test]
fn with_an_endpoint_without_private_dns() {
    let mut story = story("");
    story.private_dns = false;
    story.network.dns_hostnames = false;
    check(
        &story.secret(),
        Some("route"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 198.18.0.1, a public address: vpce-1 has no private DNS for this name
            > FAIL  route            rtb-app has no route to 198.18.0.1, and vpce-1 has no private DNS for this name
                    fix: aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-hostnames Value=true
                    fix: aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-1 --private-dns-enabled
              ok    iam              Allow in identity-based policy read-secret, statement 0 (Read)
            function:license does not reach secret:prod/db: rtb-app has no route to 198.18.0.1, and vpce-1 has no private DNS for this name
        "#]],
    );
}

#[test]
fn with_an_endpoint_whose_name_the_vpc_does_not_give_out() {
    let mut story = story("");
    story.network.dns_hostnames = false;
    check(
        &story.secret(),
        Some("route"),
        expect![[r#"
        function:license -> secret:prod/db
          ok    dns              secretsmanager.us-east-1.amazonaws.com is 198.18.0.1, a public address: the private DNS of vpce-1 needs enableDnsSupport and enableDnsHostnames: not both are on in vpc-1
        > FAIL  route            rtb-app has no route to 198.18.0.1, and the private DNS of vpce-1 needs enableDnsSupport and enableDnsHostnames: not both are on in vpc-1
                fix: aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-hostnames Value=true
          ok    iam              Allow in identity-based policy read-secret, statement 0 (Read)
        function:license does not reach secret:prod/db: rtb-app has no route to 198.18.0.1, and the private DNS of vpce-1 needs enableDnsSupport and enableDnsHostnames: not both are on in vpc-1
    "#]],
    );
}

/// What a function's own resolver library meets, which sends packets by itself.
#[test]
fn a_question_to_a_resolver_that_is_switched_off() {
    let mut story = story("");
    story.network.dns_support = false;
    let asked = |address: &str| {
        let payload = vpc::Payload::udp(53);
        let label = format!("{address}:53");
        explain(&Question {
            subject: story.subject(),
            target: Target { label, host: address.to_owned(), port: 53, payload, service: None },
            dns: Dns::Literal(address.parse().unwrap()),
            call: None,
            listener: None,
        })
    };
    check(
        &asked("10.0.0.2"),
        Some("route"),
        expect![[r#"
        function:license -> 10.0.0.2:53
          ok    dns              10.0.0.2 needs no name
        > FAIL  route            no interface has the address 10.0.0.2: vpc-1 has no resolver: enableDnsSupport is off
                fix: aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support Value=true
        function:license does not reach 10.0.0.2:53: no interface has the address 10.0.0.2: vpc-1 has no resolver: enableDnsSupport is off
    "#]],
    );
    let elsewhere = asked("10.0.0.3");
    assert_eq!(elsewhere.first_failure().unwrap().fix, Vec::<String>::new(), "{elsewhere}");
}

/// As the packets of a program tell it that has resolved the name long ago.
#[test]
fn a_service_by_its_address() {
    let ask = |story: &Story| {
        explain(&Question {
            subject: story.subject(),
            target: Target {
                label: format!("{PUBLIC}:443"),
                host: HOST.to_owned(),
                port: 443,
                payload: vpc::Payload::tcp(443),
                service: Some(SERVICE.to_owned()),
            },
            dns: Dns::Literal(PUBLIC),
            call: None,
            listener: None,
        })
    };
    let mut there = story("");
    for interface in there.network.interfaces.values_mut() {
        if let InterfaceKind::Endpoint { services, names, .. } = &mut interface.kind {
            services.push(SERVICE.to_owned());
            names.push(HOST.to_owned());
        }
    }
    let failure = ask(&there).first_failure().unwrap().clone();
    assert_eq!(failure.reason, format!("rtb-app has no route to {PUBLIC}, and {HOST} leads to vpce-1 now"));
    assert_eq!(failure.fix, Vec::<String>::new());
    check(
        &ask(&story("- eni eni-ep vpce-1 subnet-app  10.0.1.20 sg-ep")),
        Some("route"),
        expect![[r#"
        function:license -> 198.18.0.1:443
          ok    dns              198.18.0.1 is of secretsmanager.us-east-1.amazonaws.com
        > FAIL  route            rtb-app has no route to 198.18.0.1, and vpc-1 has no endpoint for com.amazonaws.us-east-1.secretsmanager
                fix: aws ec2 create-vpc-endpoint --vpc-id vpc-1 --vpc-endpoint-type Interface --service-name com.amazonaws.us-east-1.secretsmanager --subnet-ids subnet-app --private-dns-enabled --security-group-ids sg-ep
        function:license does not reach 198.18.0.1:443: rtb-app has no route to 198.18.0.1, and vpc-1 has no endpoint for com.amazonaws.us-east-1.secretsmanager
    "#]],
    );
}

#[test]
fn without_the_endpoint_policys_permission() {
    let mut story = story("");
    story.endpoint_policy = NOTHING.replace(r#""Effect""#, r#""Principal":"*","Effect""#);
    check(
        &story.secret(),
        Some("endpoint policy"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 10.0.1.20, of endpoint vpce-1
              ok    route            rtb-app 10.0.0.0/16
              ok    security group   sg-fn out sgr-fn-ep, sg-ep in sgr-ep-fn
              ok    endpoint         vpce-1 leads to com.amazonaws.us-east-1.secretsmanager
            > FAIL  endpoint policy  the policy of vpce-1 does not allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf
                    fix: aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-1 --policy-document '{"Statement":[{"Action":"secretsmanager:DescribeSecret","Effect":"Allow","Principal":"*","Resource":"*"},{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Principal":"*","Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf"}],"Version":"2012-10-17"}'
              ok    iam              nothing here is missing for secretsmanager:GetSecretValue
            function:license does not reach secret:prod/db: the policy of vpce-1 does not allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf
        "#]],
    );
}

#[test]
fn without_the_roles_permission() {
    let mut story = story("");
    story.role_policy = NOTHING.to_owned();
    check(
        &story.secret(),
        Some("iam"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 10.0.1.20, of endpoint vpce-1
              ok    route            rtb-app 10.0.0.0/16
              ok    security group   sg-fn out sgr-fn-ep, sg-ep in sgr-ep-fn
              ok    endpoint         vpce-1 leads to com.amazonaws.us-east-1.secretsmanager
              ok    endpoint policy  nothing here is missing for secretsmanager:GetSecretValue
            > FAIL  iam              no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf
                    fix: aws iam put-role-policy --role-name license --policy-name GetSecretValue-prod-db --policy-document '{"Statement":[{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf"}],"Version":"2012-10-17"}'
            function:license does not reach secret:prod/db: no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf
        "#]],
    );
}

#[test]
fn with_a_condition_that_does_not_hold() {
    let mut story = story("");
    let condition = r#""Condition":{"StringEquals":{"aws:SourceVpc":"vpc-other"}},"Resource""#;
    story.role_policy = READ.replace(r#""Resource""#, condition);
    check(
        &story.secret(),
        Some("iam"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 10.0.1.20, of endpoint vpce-1
              ok    route            rtb-app 10.0.0.0/16
              ok    security group   sg-fn out sgr-fn-ep, sg-ep in sgr-ep-fn
              ok    endpoint         vpce-1 leads to com.amazonaws.us-east-1.secretsmanager
              ok    endpoint policy  nothing here is missing for secretsmanager:GetSecretValue
            > FAIL  iam              no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf (Allow in identity-based policy read-secret, statement 0 (Read) does not apply: StringEquals aws:SourceVpc vpc-other)
                    fix: aws iam put-role-policy --role-name license --policy-name GetSecretValue-prod-db --policy-document '{"Statement":[{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf"}],"Version":"2012-10-17"}'
            function:license does not reach secret:prod/db: no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf (Allow in identity-based policy read-secret, statement 0 (Read) does not apply: StringEquals aws:SourceVpc vpc-other)
        "#]],
    );
}

/// What a policy asks for and no call ever has: a slip in a name, a key of another action.
#[test]
fn with_a_statement_that_never_allows() {
    for (written, told) in [
        (
            READ.replace("GetSecretValue", "GetSecretsValue"),
            expect![
                "function:license does not reach secret:prod/db: no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf (Allow in identity-based policy read-secret, statement 0 (Read): there is no action `secretsmanager:GetSecretsValue`; `secretsmanager:GetSecretValue` is near)"
            ],
        ),
        (
            READ.replace(
                r#""Resource""#,
                r#""Condition":{"StringEquals":{"lambda:VpcIds":"vpc-1"}},"Resource""#,
            ),
            expect![
                "function:license does not reach secret:prod/db: no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf (Allow in identity-based policy read-secret, statement 0 (Read) does not apply: StringEquals lambda:VpcIds vpc-1: the key `lambda:VpcIds` is not used by `secretsmanager:GetSecretValue`)"
            ],
        ),
    ] {
        let mut story = story("");
        story.role_policy = written;
        told.assert_eq(&story.secret().verdict);
    }
}

#[test]
fn with_a_statement_that_denies() {
    let mut story = story("");
    story.role_policy = READ.replace("Allow", "Deny");
    check(
        &story.secret(),
        Some("iam"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 10.0.1.20, of endpoint vpce-1
              ok    route            rtb-app 10.0.0.0/16
              ok    security group   sg-fn out sgr-fn-ep, sg-ep in sgr-ep-fn
              ok    endpoint         vpce-1 leads to com.amazonaws.us-east-1.secretsmanager
              ok    endpoint policy  nothing here denies secretsmanager:GetSecretValue
            > FAIL  iam              secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf is denied: Deny in identity-based policy read-secret, statement 0 (Read)
            function:license does not reach secret:prod/db: secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf is denied: Deny in identity-based policy read-secret, statement 0 (Read)
        "#]],
    );
}

#[test]
fn without_the_acls_ephemeral_ports() {
    check(
        &story("- acl acl-data 100 allow out tcp 1024-65535 to 10.0.1.0/24").database(),
        Some("network acl"),
        expect![[r#"
            function:license -> db:main
              ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
              ok    route            rtb-app 10.0.0.0/16, rtb-data 10.0.0.0/16
              ok    security group   sg-fn out sgr-fn-db, sg-db in sgr-db-fn
            > FAIL  network acl      no entry of acl-data (subnet-data) allows the answer, out tcp 40000 to 10.0.1.10
                    fix: aws ec2 create-network-acl-entry --network-acl-id acl-data --egress --rule-number 100 --rule-action allow --cidr-block 10.0.1.0/24 --protocol tcp --port-range From=1024,To=65535
            function:license does not reach db:main: no entry of acl-data (subnet-data) allows the answer, out tcp 40000 to 10.0.1.10
        "#]],
    );
}

#[test]
fn several_things_at_once_are_all_told() {
    let mut story = story("- sg sg-ep sgr-ep-fn in tcp 443 from sg-fn");
    story.role_policy = NOTHING.to_owned();
    check(
        &story.secret(),
        Some("security group"),
        expect![[r#"
            function:license -> secret:prod/db
              ok    dns              secretsmanager.us-east-1.amazonaws.com is 10.0.1.20, of endpoint vpce-1
              ok    route            rtb-app 10.0.0.0/16
            > FAIL  security group   no rule of sg-ep (eni-ep) allows in tcp 443 from 10.0.1.10
                    fix: aws ec2 authorize-security-group-ingress --group-id sg-ep --ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,UserIdGroupPairs=[{GroupId=sg-fn}]'
              ok    endpoint policy  nothing here is missing for secretsmanager:GetSecretValue
              FAIL  iam              no policy of role license allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf
                    fix: aws iam put-role-policy --role-name license --policy-name GetSecretValue-prod-db --policy-document '{"Statement":[{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf"}],"Version":"2012-10-17"}'
            function:license does not reach secret:prod/db: no rule of sg-ep (eni-ep) allows in tcp 443 from 10.0.1.10
        "#]],
    );
}

#[test]
fn when_only_one_of_two_subnets_works() {
    let change =
        "subnet subnet-app2 10.0.3.0/24 acl-app rtb-app\neni eni-fn2 hub subnet-app2 10.0.3.10 sg-fn";
    check(
        &story(change).database(),
        Some("network acl"),
        expect![[r#"
            function:license -> db:main
              ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
              ok    route            rtb-app 10.0.0.0/16
            > FAIL  network acl      no entry of acl-data (subnet-data) allows in tcp 5432 from 10.0.3.10 (1 of 2 ways fail: from eni-fn2 to 10.0.2.10)
                    fix: aws ec2 create-network-acl-entry --network-acl-id acl-data --ingress --rule-number 200 --rule-action allow --cidr-block 10.0.3.0/24 --protocol tcp --port-range From=5432,To=5432
              FAIL  network acl      no entry of acl-data (subnet-data) allows the answer, out tcp 40000 to 10.0.3.10
                    fix: aws ec2 create-network-acl-entry --network-acl-id acl-data --egress --rule-number 200 --rule-action allow --cidr-block 10.0.3.0/24 --protocol tcp --port-range From=1024,To=65535
            function:license does not reach db:main: no entry of acl-data (subnet-data) allows in tcp 5432 from 10.0.3.10 (1 of 2 ways fail: from eni-fn2 to 10.0.2.10)
        "#]],
    );
}

#[test]
fn without_a_resolver_or_a_name() {
    let story = story("");
    let ask = |dns| {
        let (subject, target) = (story.subject(), database());
        explain(&Question { subject, target, dns, call: None, listener: None })
    };
    check(
        &ask(Dns::Off),
        Some("dns"),
        expect![[r#"
        function:license -> db:main
        > FAIL  dns              vpc-1 has no resolver: enableDnsSupport is off
                fix: aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support Value=true
        function:license does not reach db:main: vpc-1 has no resolver: enableDnsSupport is off
    "#]],
    );
    check(
        &ask(Dns::NoSuchName),
        Some("dns"),
        expect![[r#"
        function:license -> db:main
        > FAIL  dns              main.abc.us-east-1.rds.amazonaws.com does not exist for the resolver of vpc-1
        function:license does not reach db:main: main.abc.us-east-1.rds.amazonaws.com does not exist for the resolver of vpc-1
    "#]],
    );
    check(
        &ask(Dns::AtLarge),
        Some("dns"),
        expect![[r#"
        function:license -> db:main
        > FAIL  dns              main.abc.us-east-1.rds.amazonaws.com is a name of the internet at large: it leads somewhere with `moat up --internet proxy` only, and is asked about here by its address
        function:license does not reach db:main: main.abc.us-east-1.rds.amazonaws.com is a name of the internet at large: it leads somewhere with `moat up --internet proxy` only, and is asked about here by its address
    "#]],
    );
    check(
        &ask(Dns::Literal(DATABASE)),
        None,
        expect![[r#"
        function:license -> db:main
          ok    dns              10.0.2.10 needs no name
          ok    route            rtb-app 10.0.0.0/16, rtb-data 10.0.0.0/16
          ok    network acl      acl-app out 100, acl-data in 100, acl-data out 100, acl-app in 100
          ok    security group   sg-fn out sgr-fn-db, sg-db in sgr-db-fn
        function:license reaches db:main at 10.0.2.10:5432
    "#]],
    );
}

#[test]
fn from_outside_any_vpc() {
    let story = story("");
    let ask = |address| {
        explain(&Question {
            subject: Subject {
                label: "function:license".to_owned(),
                function: Some("license".to_owned()),
                placement: Placement::Outside { beside: Some(&story.network) },
            },
            target: database(),
            dns: Dns::Addresses(vec![address]),
            call: None,
            listener: None,
        })
    };
    check(
        &ask(DATABASE),
        Some("route"),
        expect![[r#"
        function:license -> db:main
          ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
        > FAIL  route            function:license is in no VPC, and 10.0.2.10 is a private address
                fix: aws lambda update-function-configuration --function-name license --vpc-config SubnetIds=subnet-data,SecurityGroupIds=sg-fn
        function:license does not reach db:main: function:license is in no VPC, and 10.0.2.10 is a private address
    "#]],
    );
    check(
        &ask(PUBLIC),
        None,
        expect![[r#"
        function:license -> db:main
          ok    dns              main.abc.us-east-1.rds.amazonaws.com is 198.18.0.1
          ok    route            function:license is in no VPC and goes out to the internet
        function:license reaches db:main at 198.18.0.1:5432
    "#]],
    );
}

#[test]
fn what_does_not_listen() {
    let story = story("");
    let listener = Listener { ok: false, reason: "db main is stopped".to_owned(), fix: vec![] };
    let explanation = explain(&Question {
        subject: story.subject(),
        target: database(),
        dns: Dns::Addresses(vec![DATABASE]),
        call: None,
        listener: Some(listener),
    });
    check(
        &explanation,
        Some("listener"),
        expect![[r#"
        function:license -> db:main
          ok    dns              main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10
          ok    route            rtb-app 10.0.0.0/16, rtb-data 10.0.0.0/16
          ok    network acl      acl-app out 100, acl-data in 100, acl-data out 100, acl-app in 100
          ok    security group   sg-fn out sgr-fn-db, sg-db in sgr-db-fn
        > FAIL  listener         db main is stopped
        function:license does not reach db:main: db main is stopped
    "#]],
    );
}

#[test]
fn programs_get_every_step() {
    let json = story("- sg sg-fn sgr-fn-db out tcp 5432 to sg-db").database().to_json();
    expect![[r#"
        [
          {
            "fix": [],
            "layer": "dns",
            "ok": true,
            "reason": "main.abc.us-east-1.rds.amazonaws.com is 10.0.2.10",
            "rule": null
          },
          {
            "fix": [],
            "layer": "route",
            "ok": true,
            "reason": "rtb-app 10.0.0.0/16",
            "rule": "rtb-app 10.0.0.0/16"
          },
          {
            "fix": [],
            "layer": "network acl",
            "ok": true,
            "reason": "acl-app out 100, acl-data in 100",
            "rule": "acl-app out 100, acl-data in 100"
          },
          {
            "fix": [
              "aws ec2 authorize-security-group-egress --group-id sg-fn --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-db}]'"
            ],
            "layer": "security group",
            "ok": false,
            "reason": "no rule of sg-fn (eni-fn) allows out tcp 5432 to 10.0.2.10",
            "rule": "sg-out eni-fn"
          }
        ]"#]].assert_eq(&serde_json::to_string_pretty(&json["steps"]).unwrap());
    assert_eq!(json["fix"], json["steps"][3]["fix"]);
}
