//! Drawings of a small shop, one kept beside this file and one that the documentation shows: `UPDATE_EXPECT=1` writes
//! them anew.

#![allow(clippy::unwrap_used, clippy::panic)]

use expect_test::expect_file;
use map::{Label, Labels, Map, What, survey, svg, text};
use vpc::Network;
use vpc::testing::networks;

/// A public subnet with a NAT gateway and a web server, functions and endpoints in two zones, a database that only
/// the functions reach, and a second VPC whose reports read from it.
const SHOP: &str = "
    network vpc-shop
    vpc 10.0.0.0/16
    igw igw-shop
    subnet subnet-pub-a 10.0.0.0/24 acl-open rtb-public
    subnet subnet-app-a 10.0.10.0/24 acl-open rtb-app
    subnet subnet-data-a 10.0.20.0/24 acl-data rtb-data
    subnet subnet-app-b 10.0.11.0/24 acl-open rtb-app
    subnet subnet-data-b 10.0.21.0/24 acl-data rtb-data
    route rtb-public 0.0.0.0/0 igw-shop
    route rtb-app 0.0.0.0/0 nat-1
    route rtb-data 10.9.0.0/16 pcx-reports
    acl acl-open open
    acl acl-data 100 allow in tcp 5432 from 10.0.0.0/8
    acl acl-data 110 deny in all from 10.0.0.0/24
    acl acl-data 100 allow out tcp 1024-65535 to 10.0.0.0/8
    sg sg-web in tcp 80 from 0.0.0.0/0
    sg sg-web in tcp 443 from 0.0.0.0/0
    sg sg-web out all to 0.0.0.0/0
    sg sg-fn out tcp 5432 to sg-db
    sg sg-fn out tcp 443 to 0.0.0.0/0
    sg sg-db in tcp 5432 from sg-fn
    sg sg-db in tcp 5432 from 10.9.0.0/16
    sg sg-ep in tcp 443 from sg-fn
    eni eni-nat nat-1 subnet-pub-a 10.0.0.5=198.18.0.5
    eni eni-web host subnet-pub-a 10.0.0.20=198.18.0.20 sg-web
    eni eni-fn-a hub subnet-app-a 10.0.10.10 sg-fn
    eni eni-fn-b hub subnet-app-b 10.0.11.10 sg-fn
    eni eni-ep-a vpce-1 subnet-app-a 10.0.10.20 sg-ep
    eni eni-db host subnet-data-a 10.0.20.10 sg-db
    eni eni-ro host subnet-data-b 10.0.21.10 sg-db
    network vpc-reports
    vpc 10.9.0.0/16
    subnet subnet-rep 10.9.1.0/24 acl-rep rtb-rep
    route rtb-rep 10.0.0.0/16 pcx-reports
    acl acl-rep open
    sg sg-rep out tcp 5432 to 10.0.20.0/23
    eni eni-rep host subnet-rep 10.9.1.10 sg-rep
    peering pcx-reports vpc-shop vpc-reports
";

fn labels() -> Labels {
    let label = |id: &str, what, name: &str| (id.into(), Label { what, name: name.to_owned() });
    Labels {
        interfaces: [
            label("eni-web", What::Instance, "storefront"),
            label("eni-fn-a", What::Function, "license"),
            label("eni-fn-b", What::Function, "license"),
            label("eni-ep-a", What::Endpoint, "secretsmanager"),
            label("eni-db", What::Database, "orders"),
            label("eni-ro", What::Database, "orders-replica"),
            label("eni-rep", What::Program, "nightly report"),
        ]
        .into(),
        subnets: [
            ("subnet-pub-a".into(), "public a".to_owned()),
            ("subnet-app-a".into(), "app a".to_owned()),
            ("subnet-app-b".into(), "app b".to_owned()),
            ("subnet-data-a".into(), "data a".to_owned()),
            ("subnet-data-b".into(), "data b".to_owned()),
        ]
        .into(),
        vpcs: [("vpc-shop".into(), "shop".to_owned())].into(),
    }
}

/// The networks, each subnet in the zone that its id ends with.
fn shops() -> Vec<Network> {
    let mut networks = networks(SHOP).unwrap();
    for (id, subnet) in networks.iter_mut().flat_map(|network| &mut network.subnets) {
        let zone = if id.as_str().ends_with("-b") { "us-east-1b" } else { "us-east-1a" };
        subnet.availability_zone = zone.to_owned();
    }
    networks
}

fn shop() -> Map {
    survey(&shops(), &labels())
}

#[test]
fn a_shop_is_drawn() {
    expect_file!["../../../docs/reference/map.svg"].assert_eq(&svg(&shop()));
}

#[test]
fn a_shop_is_written() {
    expect_file!["shop.txt"].assert_eq(&text(&shop()));
}

#[test]
fn the_same_networks_give_the_same_drawing() {
    assert_eq!(svg(&shop()), svg(&shop()));
}

/// What users name things may have any character; a drawing of it is still one that XML allows.
#[test]
fn names_do_not_break_the_drawing() {
    let mut labels = labels();
    for label in labels.interfaces.values_mut() {
        label.name = "</text><script>\u{0}&\u{1b}[31m\"'".to_owned();
    }
    let map = survey(&shops(), &labels);
    let drawing = svg(&map);
    assert!(!drawing.contains("<script") && !drawing.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!text(&map).chars().any(|c| c.is_control() && c != '\n'));
}

/// Every line is one that a packet could take: no more are drawn, and no less.
#[test]
fn what_is_drawn_is_what_packets_meet() {
    let networks = shops();
    let map = survey(&networks, &labels());
    let drawn = |from: &str, to: &str| {
        let from = map::Party::Interface(from.into());
        map.talks.iter().any(|talk| talk.from == from && talk.to.as_str() == to)
    };
    let mut pairs = 0;
    for network in &networks {
        for from in sources(network) {
            for to in networks.iter().flat_map(|n| n.interfaces.values()).filter(|to| to.id != from.id) {
                let Some(address) = to.primary_address().filter(|_| !to.is_nat_gateway()) else { continue };
                let reached = [80, 443, 5432].into_iter().any(|port| {
                    vpc::walk(network, &vpc::Flow::new(from.id.clone(), address, vpc::Payload::tcp(port)))
                        .verdict
                        == vpc::Verdict::Delivered(vpc::Delivery::Interface(to.id.clone()))
                });
                assert_eq!(drawn(from.id.as_str(), to.id.as_str()), reached, "{} to {}", from.id, to.id);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 20);
}

fn sources(network: &Network) -> impl Iterator<Item = &vpc::NetworkInterface> {
    let begins =
        |kind: &vpc::InterfaceKind| matches!(kind, vpc::InterfaceKind::Hub | vpc::InterfaceKind::Host);
    network.interfaces.values().filter(move |interface| begins(&interface.kind))
}
