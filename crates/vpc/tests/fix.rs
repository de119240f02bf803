//! The commands that a drop's fix consists of do repair it: a small interpreter applies them to the
//! network, and the packet gets past that place. Repeated, everything that has a fix is delivered.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use std::collections::BTreeMap;
use vpc::testing::{case, network_text};
use vpc::{Direction, Flow, Network, NetworkAclEntry, Reason, Route, SecurityGroupRule, Target, Trace, walk};

const CASES: u32 = 2_000;
/// More repairs than a flow in such a network can need.
const REPAIRS: usize = 20;

/// Applies a command, `None` if it is one that needs an answer from elsewhere (a new gateway or address).
fn apply(network: &mut Network, command: &str) -> Option<()> {
    if command.contains("$(") || command.contains("$NAT") || command.contains("$EIGW") {
        return None;
    }
    let mut words = command.strip_prefix("aws ec2 ")?.split(' ');
    let verb = words.next()?;
    let mut options = BTreeMap::new();
    let mut name = "";
    for word in words {
        match word.strip_prefix("--") {
            Some(option) => {
                name = option;
                options.insert(option, "");
            }
            None => {
                options.insert(name, word.trim_matches('\''));
            }
        }
    }
    match verb {
        "authorize-security-group-ingress" => authorize(network, &options, Direction::Ingress),
        "authorize-security-group-egress" => authorize(network, &options, Direction::Egress),
        "create-network-acl-entry" => create_entry(network, &options),
        "delete-network-acl-entry" => {
            let acl = network.network_acls.get_mut(&options["network-acl-id"].into())?;
            let number: u16 = options["rule-number"].parse().ok()?;
            let before = acl.entries.len();
            acl.entries.retain(|e| (e.number, e.direction) != (number, direction(&options)));
            (acl.entries.len() < before).then_some(())
        }
        "modify-network-interface-attribute" => {
            options.get("no-source-dest-check")?;
            network.interfaces.get_mut(&options["network-interface-id"].into())?.source_dest_check = false;
            Some(())
        }
        "create-route" | "replace-route" | "delete-route" => route(network, verb, &options),
        "attach-internet-gateway" => {
            assert_eq!(options["vpc-id"], network.vpc.as_str());
            network.internet_gateway = Some(options["internet-gateway-id"].into());
            Some(())
        }
        // Which address it is, AWS says.
        "assign-ipv6-addresses" => None,
        _ => panic!("no such command is known: {command}"),
    }
}

fn direction(options: &BTreeMap<&str, &str>) -> Direction {
    if options.contains_key("egress") { Direction::Egress } else { Direction::Ingress }
}

fn authorize(network: &mut Network, options: &BTreeMap<&str, &str>, direction: Direction) -> Option<()> {
    let permission = options["ip-permissions"];
    let field = |name: &str| {
        let start = permission.find(&format!("{name}="))? + name.len() + 1;
        permission[start..].split([',', '}', ']']).next()
    };
    let peer = field("GroupId").or(field("CidrIp")).or(field("CidrIpv6"))?;
    let (protocol, from, to) = (field("IpProtocol")?, field("FromPort"), field("ToPort"));
    let ports = match (protocol, from.zip(to)) {
        ("icmp" | "icmpv6", Some((from, to))) => format!("{from}/{to}"),
        (_, Some((from, to))) => format!("{from}-{to}"),
        (_, None) => String::new(),
    };
    let text = format!("{direction} {protocol} {ports} {} {peer}", direction.preposition());
    let rule: SecurityGroupRule = text.parse().unwrap();
    network.security_groups.get_mut(&options["group-id"].into())?.rules.push(rule);
    Some(())
}

fn create_entry(network: &mut Network, options: &BTreeMap<&str, &str>) -> Option<()> {
    let range = |text: &str| text.replace("From=", "").replace(",To=", "-");
    let icmp = |text: &str| text.replace("Type=", "").replace(",Code=", "/");
    let ports =
        options.get("port-range").map(|t| range(t)).or(options.get("icmp-type-code").map(|t| icmp(t)));
    let (way, protocol) = (direction(options), options["protocol"]);
    let text = format!(
        "{} {} {way} {protocol} {} {} {}",
        options["rule-number"],
        options["rule-action"],
        ports.unwrap_or_default(),
        way.preposition(),
        options.get("cidr-block").unwrap_or_else(|| &options["ipv6-cidr-block"])
    );
    let entry: NetworkAclEntry = text.parse().unwrap();
    let entries = &mut network.network_acls.get_mut(&options["network-acl-id"].into())?.entries;
    assert!(!entries.iter().any(|e| (e.number, e.direction) == (entry.number, way)), "{text} exists");
    entries.push(entry);
    Some(())
}

fn route(network: &mut Network, verb: &str, options: &BTreeMap<&str, &str>) -> Option<()> {
    let v6 = || &options["destination-ipv6-cidr-block"];
    let destination = options.get("destination-cidr-block").unwrap_or_else(v6);
    let destination: ipnet::IpNet = destination.parse().unwrap();
    let nat = |id: &str| {
        let of = |i: &&vpc::NetworkInterface| i.kind == vpc::InterfaceKind::NatGateway(id.into());
        let interface = network.interfaces.values().find(of)?.id.clone();
        Some(Target::NatGateway { id: id.into(), interface })
    };
    let gateway = |id: &&str| Target::InternetGateway((*id).into());
    let outward = |id: &&str| Target::EgressOnlyInternetGateway((*id).into());
    let target = options.get("nat-gateway-id").and_then(|id| nat(id));
    let target = target.or(options.get("gateway-id").map(gateway));
    let target = target.or(options.get("egress-only-internet-gateway-id").map(outward));
    let routes = &mut network.route_tables.get_mut(&options["route-table-id"].into())?.routes;
    let existed = routes.iter().any(|route| route.destination == destination);
    assert_eq!(existed, verb != "create-route", "{verb} {destination}");
    routes.retain(|route| route.destination != destination);
    if verb != "delete-route" {
        routes.push(Route { destination, prefix_list: None, target: target? });
    }
    Some(())
}

/// The network with the drop repaired; `None` when the fix is not one that can be applied here.
fn repaired(network: &Network, reason: &Reason) -> Option<Network> {
    let commands = reason.fix(network);
    let mut network = network.clone();
    for command in &commands {
        apply(&mut network, command)?;
    }
    (!commands.is_empty()).then_some(network)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_fix_gets_the_packet_past_that_place(case in case()) {
        let (mut network, flow) = case;
        let mut met = Vec::new();
        for _ in 0..REPAIRS {
            let trace = walk(&network, &flow);
            let Some(reason) = trace.reason() else { return Ok(()) };
            // Two subnets that share a route table may want opposite things of it; each repair then undoes
            // the other, and only a second table helps.
            if met.contains(reason) {
                return Ok(());
            }
            met.push(reason.clone());
            let Some(better) = repaired(&network, reason) else { return Ok(()) };
            let now = walk(&better, &flow);
            let stuck = now.reason() == Some(reason);
            prop_assert!(!stuck, "{}\n{flow}\n{trace}\n{:#?}", network_text(&network), reason.fix(&network));
            network = better;
        }
        let trace: Trace = walk(&network, &flow);
        prop_assert!(trace.is_delivered(), "never ends: {}\n{flow}\n{trace}", network_text(&network));
    }
}

#[test]
fn most_drops_between_hosts_are_repaired() {
    let (mut delivered, mut left) = (0, BTreeMap::<String, usize>::new());
    for seed in 0..300 {
        let (original, flows) = vpc::testing::sample(seed, 5).unwrap();
        for flow in flows {
            let mut network = original.clone();
            // Two subnets that share a route table may undo each other's repairs for ever.
            for _ in 0..REPAIRS {
                let Some(reason) = walk(&network, &flow).reason().cloned() else { break };
                match repaired(&network, &reason) {
                    Some(better) => network = better,
                    None => break,
                }
            }
            match walk(&network, &flow).reason() {
                None => delivered += 1,
                Some(reason) => {
                    *left
                        .entry(format!("{reason:?}").split([' ', '{']).next().unwrap().into())
                        .or_default() += 1
                }
            }
        }
    }
    for reason in ["SecurityGroup", "NetworkAcl", "Spoofed", "DestinationCheck", "Loop"] {
        assert!(!left.contains_key(reason), "without a fix: {reason}\n{left:#?}");
    }
    assert!(delivered > 500, "{delivered} delivered, {left:#?}");
}

#[test]
fn a_full_acl_loses_the_entry_that_denies() {
    let network = vpc::testing::network(
        "vpc 10.0.0.0/16
         subnet subnet-a 10.0.1.0/24 acl-a rtb-1
         subnet subnet-b 10.0.2.0/24 acl-b rtb-1
         acl acl-a open
         acl acl-b open
         acl acl-b 1 deny in all from 0.0.0.0/0
         sg sg-1 out all to 0.0.0.0/0
         sg sg-1 in all from 0.0.0.0/0
         eni eni-a host subnet-a 10.0.1.10 sg-1
         eni eni-b host subnet-b 10.0.2.10 sg-1",
    )
    .unwrap();
    let flow: Flow = "eni-a -> tcp 80 10.0.2.10".parse().unwrap();
    let reason = walk(&network, &flow).reason().unwrap().clone();
    assert!(walk(&repaired(&network, &reason).unwrap(), &flow).is_delivered());
}
