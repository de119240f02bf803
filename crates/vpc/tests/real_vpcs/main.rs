//! Three real VPCs, exported from AWS with `describe-*`, and what is known to happen in them. The files
//! are not part of this repository; without them this says so and leaves the field to the other tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use vpc::{
    Action, Delivery, Direction, Flow, IcmpMatch, InterfaceAddress, InterfaceKind, Network, NetworkAclEntry,
    NetworkInterface, Origin, Payload, Peer, PortRange, Reason, Route, SecurityGroupRule, Subnet, Target,
    Traffic, Verdict, compile, walk,
};

fn corpora() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    std::env::var_os("MOAT_CORPORA").map_or(beside, PathBuf::from).join("batfish")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The items of one `describe-*` answer; a file that is not there has none.
fn described(folder: &Path, name: &str) -> Vec<Value> {
    let Ok(file) = fs::read_to_string(folder.join("aws_configs").join(format!("{name}.json"))) else {
        return Vec::new();
    };
    let value: Value = serde_json::from_str(&file).unwrap();
    list(&value, name).to_vec()
}

fn network(folder: &Path) -> Network {
    // Exports may hold the region's default VPC too; the interesting one is the one with interfaces.
    let interfaces = described(folder, "NetworkInterfaces");
    let vpc = text(&interfaces[0], "VpcId").to_owned();
    let of_vpc =
        |name| described(folder, name).into_iter().filter(|v| v["VpcId"] == vpc.as_str()).collect::<Vec<_>>();
    let cidr = text(&of_vpc("Vpcs")[0], "CidrBlock").parse().unwrap();
    let mut network = Network::new(vpc.as_str().into(), cidr);
    for gateway in described(folder, "InternetGateways") {
        if list(&gateway, "Attachments").iter().any(|a| a["VpcId"] == vpc.as_str()) {
            network.internet_gateway = Some(text(&gateway, "InternetGatewayId").into());
        }
    }
    let tables = of_vpc("RouteTables");
    let acls = of_vpc("NetworkAcls");
    for subnet in of_vpc("Subnets") {
        let id = text(&subnet, "SubnetId");
        let subnet = Subnet {
            cidr: text(&subnet, "CidrBlock").parse().unwrap(),
            availability_zone: text(&subnet, "AvailabilityZone").to_owned(),
            network_acl: text(associated(&acls, id).unwrap(), "NetworkAclId").into(),
            route_table: text(associated(&tables, id).or(main_table(&tables)).unwrap(), "RouteTableId")
                .into(),
        };
        network.subnets.insert(id.into(), subnet);
    }
    for interface in interfaces.iter().filter(|v| v["VpcId"] == vpc.as_str()) {
        let interface = network_interface(folder, interface);
        network.interfaces.insert(interface.id.clone(), interface);
    }
    for table in &tables {
        let routes = list(table, "Routes").iter().filter_map(|r| route(folder, r)).collect();
        network.route_tables.insert(text(table, "RouteTableId").into(), vpc::RouteTable { routes });
    }
    for acl in &acls {
        let entries = list(acl, "Entries").iter().map(acl_entry).collect();
        network.network_acls.insert(text(acl, "NetworkAclId").into(), vpc::NetworkAcl { entries });
    }
    for group in of_vpc("SecurityGroups") {
        let mut rules = group_rules(list(&group, "IpPermissions"), Direction::Ingress);
        rules.extend(group_rules(list(&group, "IpPermissionsEgress"), Direction::Egress));
        let group_name = text(&group, "GroupName").to_owned();
        network
            .security_groups
            .insert(text(&group, "GroupId").into(), vpc::SecurityGroup { name: group_name, rules });
    }
    network
}

fn associated<'a>(items: &'a [Value], subnet: &str) -> Option<&'a Value> {
    items.iter().find(|item| list(item, "Associations").iter().any(|a| a["SubnetId"] == subnet))
}

fn main_table(tables: &[Value]) -> Option<&Value> {
    tables.iter().find(|item| list(item, "Associations").iter().any(|a| a["Main"] == true))
}

fn network_interface(folder: &Path, value: &Value) -> NetworkInterface {
    let id = text(value, "NetworkInterfaceId");
    let address = |v: &Value| InterfaceAddress {
        private: text(v, "PrivateIpAddress").parse().unwrap(),
        public: v["Association"]["PublicIp"].as_str().map(|ip| ip.parse().unwrap()),
    };
    let nat = described(folder, "NatGateways")
        .into_iter()
        .find(|nat| list(nat, "NatGatewayAddresses").iter().any(|a| a["NetworkInterfaceId"] == id));
    NetworkInterface {
        id: id.into(),
        subnet: text(value, "SubnetId").into(),
        addresses: list(value, "PrivateIpAddresses").iter().map(address).collect(),
        groups: list(value, "Groups").iter().map(|g| text(g, "GroupId").into()).collect(),
        source_dest_check: value["SourceDestCheck"].as_bool().unwrap(),
        kind: nat
            .map_or(InterfaceKind::Host, |nat| InterfaceKind::NatGateway(text(&nat, "NatGatewayId").into())),
    }
}

fn route(folder: &Path, value: &Value) -> Option<Route> {
    let destination = value["DestinationCidrBlock"].as_str()?.parse().unwrap();
    let gateway = value["GatewayId"].as_str().or(value["NatGatewayId"].as_str())?;
    let target = match gateway.split('-').next()? {
        "local" => Target::Local,
        "igw" => Target::InternetGateway(gateway.into()),
        "vgw" => Target::VpnGateway(gateway.into()),
        "nat" => {
            let nat =
                described(folder, "NatGateways").into_iter().find(|nat| nat["NatGatewayId"] == gateway)?;
            let interface = text(&list(&nat, "NatGatewayAddresses")[0], "NetworkInterfaceId").into();
            Target::NatGateway { id: gateway.into(), interface }
        }
        other => panic!("target {other}"),
    };
    Some(Route { destination, prefix_list: None, target })
}

fn traffic(protocol: &str, ports: Option<(i64, i64)>, icmp: Option<(i64, i64)>) -> Traffic {
    let range = || {
        let (from, to) = ports.unwrap();
        PortRange { from: from.try_into().unwrap(), to: to.try_into().unwrap() }
    };
    let byte = |n: i64| u8::try_from(n).ok();
    match protocol {
        "-1" => Traffic::All,
        "6" | "tcp" => Traffic::Tcp(range()),
        "17" | "udp" => Traffic::Udp(range()),
        "1" | "icmp" => {
            let (kind, code) = icmp.unwrap_or((-1, -1));
            Traffic::Icmp(IcmpMatch { kind: byte(kind), code: byte(code) })
        }
        number => Traffic::Protocol(number.parse().unwrap()),
    }
}

fn acl_entry(value: &Value) -> NetworkAclEntry {
    let pair = |name: &str, a: &str, b: &str| value[name][a].as_i64().zip(value[name][b].as_i64());
    let (ports, icmp) = (pair("PortRange", "From", "To"), pair("IcmpTypeCode", "Type", "Code"));
    NetworkAclEntry {
        number: value["RuleNumber"].as_u64().unwrap().try_into().unwrap(),
        direction: if value["Egress"] == true { Direction::Egress } else { Direction::Ingress },
        action: if value["RuleAction"] == "allow" { Action::Allow } else { Action::Deny },
        traffic: traffic(text(value, "Protocol"), ports, icmp),
        cidr: text(value, "CidrBlock").parse().unwrap(),
    }
}

fn group_rules(permissions: &[Value], direction: Direction) -> Vec<SecurityGroupRule> {
    let mut rules = Vec::new();
    for permission in permissions {
        let ports = permission["FromPort"].as_i64().zip(permission["ToPort"].as_i64());
        let traffic = traffic(text(permission, "IpProtocol"), ports, ports);
        let cidrs =
            list(permission, "IpRanges").iter().map(|r| Peer::Cidr(text(r, "CidrIp").parse().unwrap()));
        let groups =
            list(permission, "UserIdGroupPairs").iter().map(|g| Peer::Group(text(g, "GroupId").into()));
        for peer in cidrs.chain(groups) {
            rules.push(SecurityGroupRule { id: "".into(), direction, traffic, peer, description: None });
        }
    }
    rules
}

/// The interface of an instance of the export.
fn interface_of(folder: &Path, instance: &str) -> String {
    let reservations = described(folder, "Reservations");
    let mut instances = reservations.iter().flat_map(|r| list(r, "Instances"));
    let found = instances.find(|i| i["InstanceId"] == instance).unwrap_or_else(|| panic!("no {instance}"));
    text(&list(found, "NetworkInterfaces")[0], "NetworkInterfaceId").to_owned()
}

/// The flow of an expectation, or why it cannot be asked of one VPC.
fn flow(folder: &Path, network: &Network, value: &Value) -> Result<Flow, &'static str> {
    if value.get("expr").is_some() {
        return Err("the flow is an expression of another program");
    }
    let from = text(value, "from");
    if from.starts_with("vgw-") {
        return Err("it starts at the other end of a VPN");
    }
    let address = |name: &str| value[name].as_str().and_then(|ip| ip.parse::<Ipv4Addr>().ok());
    let destination = address("dst_ip").unwrap_or_else(|| Ipv4Addr::new(19, 168, 0, 0));
    let payload = match value["proto"].as_str() {
        Some("an") => Payload::Other(107),
        _ => Payload::tcp(u16::try_from(value["dst_port"].as_u64().unwrap_or(80)).unwrap()),
    };
    let (from, source) = if from == "internet" {
        (Origin::Internet(address("src_ip").unwrap_or(Ipv4Addr::new(8, 8, 8, 8))), None)
    } else if let Some(subnet) = network.subnets.keys().find(|id| id.as_str() == from) {
        let interface = network.interfaces.values().find(|i| i.subnet == *subnet).unwrap();
        (Origin::Interface(interface.id.clone()), address("src_ip"))
    } else {
        (Origin::Interface(interface_of(folder, from).into()), None)
    };
    let public_or_private = network.behind_public(destination).is_some() || network.is_local(destination);
    if matches!(from, Origin::Internet(_)) && !public_or_private && value["dst_ip"] == "192.18.0.8" {
        return Err("it goes from the internet to the internet");
    }
    Ok(Flow { from, source, destination, payload })
}

/// The export's word for what the walk says.
fn disposition(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered(Delivery::Internet) => "EXITS_NETWORK",
        Verdict::Delivered(_) => "ACCEPTED",
        Verdict::Dropped { by: Reason::NoSuchPublicAddress { .. }, .. } => "NULL_ROUTED",
        Verdict::Dropped { by: Reason::NoRoute { .. } | Reason::Blackhole { .. }, .. } => "NO_ROUTE",
        Verdict::Dropped { .. } => "DENIED_IN",
    }
}

#[test]
fn real_vpcs_behave_as_they_are_known_to() {
    let folder = corpora();
    let Ok(expectations) = fs::read_to_string(folder.join("expectations.json")) else {
        eprintln!("real VPCs: 0 cases, {} is not there", folder.display());
        return;
    };
    let expectations: Value = serde_json::from_str(&expectations).unwrap();
    let (mut ran, mut left_out, mut wrong) = (0, Vec::new(), Vec::new());
    for snapshot in list(&expectations, "snapshots") {
        let name = text(snapshot, "snapshot").rsplit('/').next().unwrap();
        let folder = folder.join(name);
        let network = network(&folder);
        for expectation in list(snapshot, "expectations") {
            let case = format!("{name} {} {}", text(expectation, "test"), expectation["flow"]);
            let flow = match flow(&folder, &network, &expectation["flow"]) {
                Ok(flow) => flow,
                Err(why) => {
                    left_out.push(format!("{case}: {why}"));
                    continue;
                }
            };
            ran += 1;
            let trace = walk(&network, &flow);
            let expected = text(expectation, "disposition").replace("ACCEPTED_OR_EXITS", "EXITS_NETWORK");
            if disposition(&trace.verdict) != expected {
                wrong.push(format!("{case}: expected {expected}\n{trace}"));
            }
            agrees_with_plan(&network, &flow, &trace);
        }
    }
    eprintln!("real VPCs: {ran} cases, {} left out", left_out.len());
    left_out.iter().for_each(|case| eprintln!("left out: {case}"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!((ran, left_out.len()), (17, 6));
}

fn agrees_with_plan(network: &Network, flow: &Flow, trace: &vpc::Trace) {
    use vpc::simulate::{Outcome, simulate};
    let delivered = matches!(simulate(&compile(network), flow), Outcome::Delivered(_));
    assert_eq!(delivered, trace.is_delivered(), "{flow}\n{trace}");
}
