//! A function, a database, an endpoint and a NAT gateway in a network of three subnets, and what happens
//! to packets when one thing is taken away or put in the way.
#![allow(clippy::unwrap_used, clippy::panic)]

use expect_test::{Expect, expect};
use vpc::testing::network;
use vpc::{Flow, walk};

const STORY: &str = "
    vpc 10.0.0.0/16
    igw igw-1
    subnet subnet-public 10.0.0.0/24 acl-public rtb-public
    subnet subnet-app    10.0.1.0/24 acl-app    rtb-app
    subnet subnet-data   10.0.2.0/24 acl-data   rtb-data
    route rtb-public 0.0.0.0/0 igw-1
    route rtb-app    0.0.0.0/0 nat-1
    acl acl-public open
    acl acl-app open
    acl acl-data 100 allow in tcp 5432 from 10.0.1.0/24
    acl acl-data 100 allow out tcp 1024-65535 to 10.0.1.0/24
    sg sg-fn sgr-fn-db out tcp 5432 to sg-db
    sg sg-fn sgr-fn-https out tcp 443 to 0.0.0.0/0
    sg sg-db sgr-db-fn in tcp 5432 from sg-fn
    sg sg-ep sgr-ep in tcp 443 from 10.0.0.0/16
    sg sg-web sgr-web in tcp 80 from 0.0.0.0/0
    sg sg-web sgr-web-out out all to 0.0.0.0/0
    eni eni-fn  hub    subnet-app    10.0.1.10 sg-fn
    eni eni-ep  vpce-1 subnet-app    10.0.1.20 sg-ep
    eni eni-db  host   subnet-data   10.0.2.10 sg-db
    eni eni-nat nat-1  subnet-public 10.0.0.5=198.18.0.5
    eni eni-web host   subnet-public 10.0.0.80=198.18.0.80 sg-web
    eni eni-fw  host   subnet-public 10.0.0.90 sg-web nocheck
";

/// `change` lines starting with `-` take away the line of the story that they name, others are added.
#[track_caller]
fn check(change: &str, flow: &str, expect: Expect) {
    let changes: Vec<_> = change.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let gone: Vec<_> = changes.iter().filter_map(|line| line.strip_prefix("- ")).collect();
    let squeeze = |line: &str| line.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    for line in &gone {
        assert!(STORY.lines().any(|l| squeeze(l) == *line), "the story has no line `{line}`");
    }
    let kept = STORY.lines().map(squeeze).filter(|line| !gone.contains(&line.as_str()));
    let added = changes.iter().filter(|line| !line.starts_with("- ")).map(|line| (*line).to_owned());
    let network = network(&kept.chain(added).collect::<Vec<_>>().join("\n")).unwrap();
    let flow: Flow = flow.parse().unwrap();
    let trace = walk(&network, &flow);
    let mut text = format!("{trace}\n");
    for command in trace.reason().map(|reason| reason.fix(&network)).unwrap_or_default() {
        text += &format!("fix: {command}\n");
    }
    expect.assert_eq(&text);
}

#[test]
fn the_function_reaches_the_database() {
    check(
        "",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-data acl-data in 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-db sg-db in sgr-db-fn allows
        < 10.0.2.10 -> 10.0.1.10 tcp 40000: rtb-data 10.0.0.0/16 routes to eni-fn
        < 10.0.2.10 -> 10.0.1.10 tcp 40000: subnet-data acl-data out 100 allows
        < 10.0.2.10 -> 10.0.1.10 tcp 40000: subnet-app acl-app in 100 allows
        delivered to eni-db
    "#]],
    );
}

#[test]
fn without_the_egress_rule() {
    check(
        "- sg sg-fn sgr-fn-db out tcp 5432 to sg-db",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-data acl-data in 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: dropped at sg-out eni-fn
        dropped: no rule of sg-fn (eni-fn) allows out tcp 5432 to 10.0.2.10
        fix: aws ec2 authorize-security-group-egress --group-id sg-fn --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-db}]'
    "#]],
    );
}

#[test]
fn without_the_ingress_rule() {
    check(
        "- sg sg-db sgr-db-fn in tcp 5432 from sg-fn\nsg sg-db",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-data acl-data in 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: dropped at sg-in eni-db
            dropped: no rule of sg-db (eni-db) allows in tcp 5432 from 10.0.1.10
            fix: aws ec2 authorize-security-group-ingress --group-id sg-db --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-fn}]'
        "#]],
    );
}

#[test]
fn without_the_ephemeral_ports() {
    check(
        "- acl acl-data 100 allow out tcp 1024-65535 to 10.0.1.0/24",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-data acl-data in 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-db sg-db in sgr-db-fn allows
            < 10.0.2.10 -> 10.0.1.10 tcp 40000: rtb-data 10.0.0.0/16 routes to eni-fn
            < 10.0.2.10 -> 10.0.1.10 tcp 40000: dropped at nacl-out acl-data *
            reply dropped: no entry of acl-data (subnet-data) allows the answer, out tcp 40000 to 10.0.1.10
            fix: aws ec2 create-network-acl-entry --network-acl-id acl-data --egress --rule-number 100 --rule-action allow --cidr-block 10.0.1.0/24 --protocol tcp --port-range From=1024,To=65535
        "#]],
    );
}

#[test]
fn an_entry_that_denies_is_named_and_the_fix_comes_before_it() {
    check(
        "acl acl-app 50 deny in tcp 1024-65535 from 10.0.2.0/24",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-data acl-data in 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-db sg-db in sgr-db-fn allows
            < 10.0.2.10 -> 10.0.1.10 tcp 40000: rtb-data 10.0.0.0/16 routes to eni-fn
            < 10.0.2.10 -> 10.0.1.10 tcp 40000: subnet-data acl-data out 100 allows
            < 10.0.2.10 -> 10.0.1.10 tcp 40000: dropped at nacl-in acl-app 50
            reply dropped: entry 50 of acl-app (subnet-app) denies the answer, in tcp 40000 from 10.0.2.10
            fix: aws ec2 create-network-acl-entry --network-acl-id acl-app --ingress --rule-number 49 --rule-action allow --cidr-block 10.0.2.0/24 --protocol tcp --port-range From=1024,To=65535
        "#]],
    );
    check(
        "acl acl-data 1 deny in all from 0.0.0.0/0",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: dropped at nacl-in acl-data 1
        dropped: entry 1 of acl-data (subnet-data) denies in tcp 5432 from 10.0.1.10
        fix: aws ec2 delete-network-acl-entry --network-acl-id acl-data --ingress --rule-number 1
    "#]],
    );
}

#[test]
fn through_the_nat_gateway_to_the_internet() {
    check(
        "",
        "eni-fn -> tcp 443 203.0.113.7",
        expect![[r#"
        > 10.0.1.10 -> 203.0.113.7 tcp 443: rtb-app 0.0.0.0/0 routes to eni-nat
        > 10.0.1.10 -> 203.0.113.7 tcp 443: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 203.0.113.7 tcp 443: subnet-public acl-public in 100 allows
        > 10.0.1.10 -> 203.0.113.7 tcp 443: eni-fn sg-fn out sgr-fn-https allows
        > 10.0.1.10 -> 203.0.113.7 tcp 443: eni-nat translates 10.0.1.10 to 10.0.0.5
        > 10.0.0.5 -> 203.0.113.7 tcp 443: rtb-public 0.0.0.0/0 routes to the internet gateway
        > 10.0.0.5 -> 203.0.113.7 tcp 443: subnet-public acl-public out 100 allows
        > 10.0.0.5 -> 203.0.113.7 tcp 443: the internet gateway translates 10.0.0.5 to 198.18.0.5
        < 203.0.113.7 -> 10.0.0.5 tcp 40000: to eni-nat
        < 203.0.113.7 -> 10.0.0.5 tcp 40000: subnet-public acl-public in 100 allows
        < 203.0.113.7 -> 10.0.1.10 tcp 40000: rtb-public 10.0.0.0/16 routes to eni-fn
        < 203.0.113.7 -> 10.0.1.10 tcp 40000: subnet-public acl-public out 100 allows
        < 203.0.113.7 -> 10.0.1.10 tcp 40000: subnet-app acl-app in 100 allows
        delivered to the internet
    "#]],
    );
}

#[test]
fn the_nat_gateways_subnet_filters_too() {
    check(
        "acl acl-public 10 deny in tcp 1024-65535 from 0.0.0.0/0",
        "eni-fn -> tcp 443 203.0.113.7",
        expect![[r#"
            > 10.0.1.10 -> 203.0.113.7 tcp 443: rtb-app 0.0.0.0/0 routes to eni-nat
            > 10.0.1.10 -> 203.0.113.7 tcp 443: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 203.0.113.7 tcp 443: subnet-public acl-public in 100 allows
            > 10.0.1.10 -> 203.0.113.7 tcp 443: eni-fn sg-fn out sgr-fn-https allows
            > 10.0.1.10 -> 203.0.113.7 tcp 443: eni-nat translates 10.0.1.10 to 10.0.0.5
            > 10.0.0.5 -> 203.0.113.7 tcp 443: rtb-public 0.0.0.0/0 routes to the internet gateway
            > 10.0.0.5 -> 203.0.113.7 tcp 443: subnet-public acl-public out 100 allows
            > 10.0.0.5 -> 203.0.113.7 tcp 443: the internet gateway translates 10.0.0.5 to 198.18.0.5
            < 203.0.113.7 -> 10.0.0.5 tcp 40000: to eni-nat
            < 203.0.113.7 -> 10.0.0.5 tcp 40000: dropped at nacl-in acl-public 10
            reply dropped: entry 10 of acl-public (subnet-public) denies the answer, in tcp 40000 from 203.0.113.7
            fix: aws ec2 create-network-acl-entry --network-acl-id acl-public --ingress --rule-number 9 --rule-action allow --cidr-block 0.0.0.0/0 --protocol tcp --port-range From=1024,To=65535
        "#]],
    );
}

#[test]
fn without_a_route_or_with_one_that_leads_nowhere() {
    check(
        "- route rtb-app 0.0.0.0/0 nat-1",
        "eni-fn -> tcp 443 203.0.113.7",
        expect![[r#"
        > 10.0.1.10 -> 203.0.113.7 tcp 443: dropped at no-route rtb-app
        dropped: rtb-app has no route to 203.0.113.7
        fix: aws ec2 create-route --route-table-id rtb-app --destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-1
    "#]],
    );
    check(
        "- eni eni-nat nat-1 subnet-public 10.0.0.5=198.18.0.5",
        "eni-fn -> tcp 443 203.0.113.7",
        expect![[r#"
            > 10.0.1.10 -> 203.0.113.7 tcp 443: dropped at blackhole rtb-app 0.0.0.0/0
            dropped: the route 0.0.0.0/0 of rtb-app leads to nat-1, which is not reachable from here
            fix: NAT=$(aws ec2 create-nat-gateway --subnet-id subnet-public --allocation-id $(aws ec2 allocate-address --domain vpc --query AllocationId --output text) --query NatGateway.NatGatewayId --output text)
            fix: aws ec2 wait nat-gateway-available --nat-gateway-ids $NAT
            fix: aws ec2 replace-route --route-table-id rtb-app --destination-cidr-block 0.0.0.0/0 --nat-gateway-id $NAT
        "#]],
    );
    check(
        "- igw igw-1",
        "eni-web -> tcp 443 203.0.113.7",
        expect![[r#"
        > 10.0.0.80 -> 203.0.113.7 tcp 443: dropped at blackhole rtb-public 0.0.0.0/0
        dropped: the route 0.0.0.0/0 of rtb-public leads to igw-1, which is not reachable from here
        fix: aws ec2 attach-internet-gateway --internet-gateway-id igw-1 --vpc-id vpc-1
    "#]],
    );
    check(
        "- route rtb-app 0.0.0.0/0 nat-1\nroute rtb-app 0.0.0.0/0 igw-1",
        "eni-fn -> tcp 443 203.0.113.7",
        expect![[r#"
            > 10.0.1.10 -> 203.0.113.7 tcp 443: rtb-app 0.0.0.0/0 routes to the internet gateway
            > 10.0.1.10 -> 203.0.113.7 tcp 443: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 203.0.113.7 tcp 443: eni-fn sg-fn out sgr-fn-https allows
            > 10.0.1.10 -> 203.0.113.7 tcp 443: dropped at no-public eni-fn
            dropped: the route 0.0.0.0/0 of rtb-app leads to the internet gateway, but eni-fn has no public address
            fix: aws ec2 replace-route --route-table-id rtb-app --destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-1
        "#]],
    );
    check(
        "route rtb-app 10.0.2.0/24 blackhole",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: dropped at blackhole rtb-app 10.0.2.0/24
        dropped: the route 10.0.2.0/24 of rtb-app leads to blackhole, which is not reachable from here
        fix: aws ec2 delete-route --route-table-id rtb-app --destination-cidr-block 10.0.2.0/24
    "#]],
    );
    check(
        "route rtb-data 198.51.100.0/24 pcx-1",
        "eni-db -> tcp 5432 198.51.100.1",
        expect![[r#"
        > 10.0.2.10 -> 198.51.100.1 tcp 5432: dropped at blackhole rtb-data 198.51.100.0/24
        dropped: the route 198.51.100.0/24 of rtb-data leads to pcx-1, which is not reachable from here
        fix: aws ec2 delete-route --route-table-id rtb-data --destination-cidr-block 198.51.100.0/24
    "#]],
    );
}

#[test]
fn from_the_internet() {
    check(
        "",
        "203.0.113.7 -> tcp 80 198.18.0.80",
        expect![[r#"
        > 203.0.113.7 -> 198.18.0.80 tcp 80: the internet gateway translates 198.18.0.80 to 10.0.0.80
        > 203.0.113.7 -> 10.0.0.80 tcp 80: to eni-web
        > 203.0.113.7 -> 10.0.0.80 tcp 80: subnet-public acl-public in 100 allows
        > 203.0.113.7 -> 10.0.0.80 tcp 80: eni-web sg-web in sgr-web allows
        < 10.0.0.80 -> 203.0.113.7 tcp 40000: rtb-public 0.0.0.0/0 routes to the internet gateway
        < 10.0.0.80 -> 203.0.113.7 tcp 40000: subnet-public acl-public out 100 allows
        delivered to eni-web
    "#]],
    );
    check(
        "",
        "203.0.113.7 -> tcp 22 198.18.0.80",
        expect![[r#"
        > 203.0.113.7 -> 198.18.0.80 tcp 22: the internet gateway translates 198.18.0.80 to 10.0.0.80
        > 203.0.113.7 -> 10.0.0.80 tcp 22: to eni-web
        > 203.0.113.7 -> 10.0.0.80 tcp 22: subnet-public acl-public in 100 allows
        > 203.0.113.7 -> 10.0.0.80 tcp 22: dropped at sg-in eni-web
        dropped: no rule of sg-web (eni-web) allows in tcp 22 from 203.0.113.7
        fix: aws ec2 authorize-security-group-ingress --group-id sg-web --ip-permissions 'IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges=[{CidrIp=203.0.113.7/32}]'
    "#]],
    );
    check(
        "",
        "203.0.113.7 -> tcp 80 198.18.0.5",
        expect![[r#"
        > 203.0.113.7 -> 198.18.0.5 tcp 80: the internet gateway translates 198.18.0.5 to 10.0.0.5
        > 203.0.113.7 -> 10.0.0.5 tcp 80: to eni-nat
        > 203.0.113.7 -> 10.0.0.5 tcp 80: subnet-public acl-public in 100 allows
        > 203.0.113.7 -> 10.0.0.5 tcp 80: dropped at nat eni-nat
        dropped: the NAT gateway of eni-nat does not take tcp 80 to 10.0.0.5
    "#]],
    );
    check(
        "",
        "203.0.113.7 -> tcp 80 198.18.0.99",
        expect![[r#"
        dropped: 198.18.0.99 is not a public address of this network
    "#]],
    );
    check(
        "- route rtb-public 0.0.0.0/0 igw-1",
        "203.0.113.7 -> tcp 80 198.18.0.80",
        expect![[r#"
        > 203.0.113.7 -> 198.18.0.80 tcp 80: the internet gateway translates 198.18.0.80 to 10.0.0.80
        > 203.0.113.7 -> 10.0.0.80 tcp 80: to eni-web
        > 203.0.113.7 -> 10.0.0.80 tcp 80: subnet-public acl-public in 100 allows
        > 203.0.113.7 -> 10.0.0.80 tcp 80: eni-web sg-web in sgr-web allows
        < 10.0.0.80 -> 203.0.113.7 tcp 40000: dropped at no-route rtb-public
        reply dropped: rtb-public has no route to 203.0.113.7
        fix: aws ec2 create-route --route-table-id rtb-public --destination-cidr-block 0.0.0.0/0 --gateway-id igw-1
    "#]],
    );
}

#[test]
fn to_a_public_address_of_the_same_network() {
    check(
        "sg sg-fn out tcp 80 to 0.0.0.0/0",
        "eni-fn -> tcp 80 198.18.0.80",
        expect![[r#"
        > 10.0.1.10 -> 198.18.0.80 tcp 80: rtb-app 0.0.0.0/0 routes to eni-nat
        > 10.0.1.10 -> 198.18.0.80 tcp 80: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 198.18.0.80 tcp 80: subnet-public acl-public in 100 allows
        > 10.0.1.10 -> 198.18.0.80 tcp 80: eni-fn sg-fn out allows
        > 10.0.1.10 -> 198.18.0.80 tcp 80: eni-nat translates 10.0.1.10 to 10.0.0.5
        > 10.0.0.5 -> 198.18.0.80 tcp 80: rtb-public 0.0.0.0/0 routes to the internet gateway
        > 10.0.0.5 -> 198.18.0.80 tcp 80: subnet-public acl-public out 100 allows
        > 10.0.0.5 -> 198.18.0.80 tcp 80: the internet gateway translates 10.0.0.5 to 198.18.0.5
        > 198.18.0.5 -> 198.18.0.80 tcp 80: the internet gateway translates 198.18.0.80 to 10.0.0.80
        > 198.18.0.5 -> 10.0.0.80 tcp 80: to eni-web
        > 198.18.0.5 -> 10.0.0.80 tcp 80: subnet-public acl-public in 100 allows
        > 198.18.0.5 -> 10.0.0.80 tcp 80: eni-web sg-web in sgr-web allows
        < 10.0.0.80 -> 198.18.0.5 tcp 40000: rtb-public 0.0.0.0/0 routes to the internet gateway
        < 10.0.0.80 -> 198.18.0.5 tcp 40000: subnet-public acl-public out 100 allows
        < 198.18.0.80 -> 10.0.0.5 tcp 40000: to eni-nat
        < 198.18.0.80 -> 10.0.0.5 tcp 40000: subnet-public acl-public in 100 allows
        < 198.18.0.80 -> 10.0.1.10 tcp 40000: rtb-public 10.0.0.0/16 routes to eni-fn
        < 198.18.0.80 -> 10.0.1.10 tcp 40000: subnet-public acl-public out 100 allows
        < 198.18.0.80 -> 10.0.1.10 tcp 40000: subnet-app acl-app in 100 allows
        delivered to eni-web
    "#]],
    );
}

#[test]
fn functions_accept_no_connections() {
    check(
        "sg sg-fn in all from 0.0.0.0/0",
        "eni-web -> tcp 80 10.0.1.10",
        expect![[r#"
        > 10.0.0.80 -> 10.0.1.10 tcp 80: rtb-public 10.0.0.0/16 routes to eni-fn
        > 10.0.0.80 -> 10.0.1.10 tcp 80: subnet-public acl-public out 100 allows
        > 10.0.0.80 -> 10.0.1.10 tcp 80: subnet-app acl-app in 100 allows
        > 10.0.0.80 -> 10.0.1.10 tcp 80: eni-web sg-web out sgr-web-out allows
        > 10.0.0.80 -> 10.0.1.10 tcp 80: eni-fn sg-fn in allows
        > 10.0.0.80 -> 10.0.1.10 tcp 80: dropped at hub eni-fn
        dropped: eni-fn belongs to functions, which accept no connections
    "#]],
    );
}

#[test]
fn addresses_that_are_not_ones_own() {
    check(
        "",
        "eni-web as 10.0.0.99 -> tcp 80 10.0.1.20",
        expect![[r#"
        > 10.0.0.99 -> 10.0.1.20 tcp 80: dropped at spoof eni-web
        dropped: 10.0.0.99 is not an address of eni-web, whose source/destination check is on
        fix: aws ec2 modify-network-interface-attribute --network-interface-id eni-web --no-source-dest-check
    "#]],
    );
    check(
        "",
        "eni-web -> tcp 80 10.0.2.99",
        expect![[r#"
        > 10.0.0.80 -> 10.0.2.99 tcp 80: dropped at no-interface
        dropped: no interface has the address 10.0.2.99
    "#]],
    );
    check(
        "route rtb-app 10.0.2.0/24 eni-web",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.2.0/24 routes to eni-web
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-public acl-public in 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: dropped at sg-in eni-web
        dropped: no rule of sg-web (eni-web) allows in tcp 5432 from 10.0.1.10
        fix: aws ec2 authorize-security-group-ingress --group-id sg-web --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-fn}]'
    "#]],
    );
    check(
        "route rtb-app 10.0.2.0/24 eni-fw\nsg sg-web in all from 10.0.0.0/8",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.2.0/24 routes to eni-fw
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-public acl-public in 100 allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
            > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fw sg-web in allows
            delivered to eni-fw
        "#]],
    );
}

#[test]
fn answers_that_go_another_way() {
    check(
        "route rtb-data 10.0.1.0/24 eni-fw",
        "eni-fn -> tcp 5432 10.0.2.10",
        expect![[r#"
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: rtb-app 10.0.0.0/16 routes to eni-db
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-app acl-app out 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: subnet-data acl-data in 100 allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-fn sg-fn out sgr-fn-db allows
        > 10.0.1.10 -> 10.0.2.10 tcp 5432: eni-db sg-db in sgr-db-fn allows
        < 10.0.2.10 -> 10.0.1.10 tcp 40000: rtb-data 10.0.1.0/24 routes to eni-fw
        < 10.0.2.10 -> 10.0.1.10 tcp 40000: subnet-data acl-data out 100 allows
        < 10.0.2.10 -> 10.0.1.10 tcp 40000: subnet-public acl-public in 100 allows
        reply dropped: eni-db answers by the route 10.0.1.0/24 of rtb-data, another way than the request came
        fix: aws ec2 delete-route --route-table-id rtb-data --destination-cidr-block 10.0.1.0/24
    "#]],
    );
}

#[test]
fn dns_is_not_filtered() {
    check(
        "acl acl-app 1 deny out all to 0.0.0.0/0",
        "eni-fn -> udp 53 10.0.0.2",
        expect![[r#"
        > 10.0.1.10 -> 10.0.0.2 udp 53: to the resolver
        delivered to the resolver
    "#]],
    );
    check(
        "dns off",
        "eni-fn -> udp 53 10.0.0.2",
        expect![[r#"
        > 10.0.1.10 -> 10.0.0.2 udp 53: dropped at no-interface
        dropped: no interface has the address 10.0.0.2
    "#]],
    );
}

#[test]
fn within_a_subnet_no_acl_is_asked() {
    check(
        "acl acl-app 1 deny out all to 0.0.0.0/0",
        "eni-fn -> tcp 443 10.0.1.20",
        expect![[r#"
        > 10.0.1.10 -> 10.0.1.20 tcp 443: rtb-app 10.0.0.0/16 routes to eni-ep
        > 10.0.1.10 -> 10.0.1.20 tcp 443: eni-fn sg-fn out sgr-fn-https allows
        > 10.0.1.10 -> 10.0.1.20 tcp 443: eni-ep sg-ep in sgr-ep allows
        < 10.0.1.20 -> 10.0.1.10 tcp 40000: rtb-app 10.0.0.0/16 routes to eni-fn
        delivered to eni-ep
    "#]],
    );
}

#[test]
fn a_prefix_list_is_its_cidrs() {
    check(
        "pl pl-1 203.0.113.0/24 198.51.100.0/24
         sg sg-fn out tcp 8080 to pl-1
         route rtb-app 198.51.100.0/24 vpce-9",
        "eni-fn -> tcp 8080 198.51.100.5",
        expect![[r#"
            > 10.0.1.10 -> 198.51.100.5 tcp 8080: rtb-app 198.51.100.0/24 routes to vpce-9
            > 10.0.1.10 -> 198.51.100.5 tcp 8080: subnet-app acl-app out 100 allows
            > 10.0.1.10 -> 198.51.100.5 tcp 8080: eni-fn sg-fn out allows
            < 198.51.100.5 -> 10.0.1.10 tcp 40000: to eni-fn
            < 198.51.100.5 -> 10.0.1.10 tcp 40000: subnet-app acl-app in 100 allows
            delivered to vpce-9
        "#]],
    );
}

/// Two peered VPCs whose addresses of IPv6 are public, so that the internet is another way between them.
const PEERS: &str = "
    network vpc-1
    vpc 10.0.0.0/16
    vpc 2001:db8:1::/56
    eigw eigw-1
    subnet subnet-a 10.0.0.0/24,2001:db8:1::/64 acl-a rtb-a
    acl acl-a open6
    sg sg-a out all to ::/0
    eni eni-a host subnet-a 10.0.0.10,2001:db8:1::a sg-a
    network vpc-2
    vpc 10.1.0.0/16
    vpc 2001:db8:2::/56
    igw igw-2
    subnet subnet-b 10.1.0.0/24,2001:db8:2::/64 acl-b rtb-b
    acl acl-b open6
    sg sg-b in tcp 80 from ::/0
    eni eni-b host subnet-b 10.1.0.10,2001:db8:2::b sg-b
    peering pcx-1 vpc-1 vpc-2
";

/// `first` stands in the one VPC, `second` in the other.
#[track_caller]
fn check_peers(first: &str, second: &str, expect: Expect) {
    let text = PEERS.replace("network vpc-2", &format!("{first}\nnetwork vpc-2"));
    let text = text.replace("peering pcx-1", &format!("{second}\npeering pcx-1"));
    let networks = vpc::testing::networks(&text).unwrap();
    let flow: Flow = "eni-a -> tcp 80 2001:db8:2::b".parse().unwrap();
    expect.assert_eq(&format!("{}\n", walk(&networks[0], &flow)));
}

#[test]
fn an_answer_of_ipv6_comes_home_by_the_internet() {
    check_peers(
        "igw igw-1\nroute rtb-a 2001:db8:2::/56 pcx-1",
        "route rtb-b ::/0 igw-2",
        expect![[r#"
            > 2001:db8:1::a -> 2001:db8:2::b tcp 80: rtb-a 2001:db8:2::/56 routes to pcx-1
            > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-a acl-a out 101 allows
            > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-a sg-a out allows
            > 2001:db8:1::a -> 2001:db8:2::b tcp 80: to eni-b
            > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-b acl-b in 101 allows
            > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-b sg-b in allows
            < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: rtb-b ::/0 routes to the internet gateway
            < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-b acl-b out 101 allows
            < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: to eni-a
            < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-a acl-a in 101 allows
            delivered to eni-b
        "#]],
    );
}

#[test]
fn an_egress_only_gateway_takes_no_answer_to_what_left_by_a_peering_connection() {
    check_peers(
        "route rtb-a 2001:db8:2::/56 pcx-1",
        "route rtb-b ::/0 igw-2",
        expect![[r#"
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: rtb-a 2001:db8:2::/56 routes to pcx-1
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-a acl-a out 101 allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-a sg-a out allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: to eni-b
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-b acl-b in 101 allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-b sg-b in allows
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: rtb-b ::/0 routes to the internet gateway
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-b acl-b out 101 allows
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: to eni-a
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: dropped at egress-only eigw-1
        reply dropped: eigw-1 takes connections from the VPC outwards and their answers, not 2001:db8:2::b to 2001:db8:1::a
    "#]],
    );
}

#[test]
fn an_answer_of_ipv6_comes_home_by_a_peering_connection() {
    check_peers(
        "route rtb-a ::/0 eigw-1",
        "route rtb-b 2001:db8:1::/56 pcx-1",
        expect![[r#"
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: rtb-a ::/0 routes to the egress-only internet gateway
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-a acl-a out 101 allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-a sg-a out allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: to eni-b
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-b acl-b in 101 allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-b sg-b in allows
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: rtb-b 2001:db8:1::/56 routes to pcx-1
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-b acl-b out 101 allows
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: to eni-a
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-a acl-a in 101 allows
        delivered to eni-b
    "#]],
    );
}

#[test]
fn a_peer_is_reached_over_the_internet_by_its_own_gateway() {
    check_peers(
        "route rtb-a ::/0 eigw-1",
        "route rtb-b ::/0 igw-2",
        expect![[r#"
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: rtb-a ::/0 routes to the egress-only internet gateway
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-a acl-a out 101 allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-a sg-a out allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: to eni-b
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: subnet-b acl-b in 101 allows
        > 2001:db8:1::a -> 2001:db8:2::b tcp 80: eni-b sg-b in allows
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: rtb-b ::/0 routes to the internet gateway
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-b acl-b out 101 allows
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: to eni-a
        < 2001:db8:2::b -> 2001:db8:1::a tcp 40000: subnet-a acl-a in 101 allows
        delivered to eni-b
    "#]],
    );
}
