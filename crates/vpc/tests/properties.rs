//! What holds for every network: the model agrees with the compiled plan, and rules do what rules do.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use vpc::simulate::{Outcome, simulate, simulate_among};
use vpc::testing::{World, case, cases, network_text, networks_text, sample, sample_world, worlds};
use vpc::{
    Action, Direction, Flow, InterfaceAddress, InterfaceKind, Network, NetworkAclEntry, NetworkInterface,
    PeerPlan, Reason, SecurityGroupRule, Trace, Verdict, compile, walk,
};

const CASES: u32 = 2_000;

fn agree(network: &Network, flow: &Flow) -> Result<(), TestCaseError> {
    let trace = walk(network, flow);
    same(&trace, &simulate(&compile(network), flow), flow, || network_text(network))
}

fn same(
    trace: &Trace,
    outcome: &Outcome,
    flow: &Flow,
    text: impl Fn() -> String,
) -> Result<(), TestCaseError> {
    let same = match (&trace.verdict, outcome) {
        (Verdict::Delivered(to), Outcome::Delivered(simulated)) => to == simulated,
        (
            Verdict::Dropped { on, by: Reason::AsymmetricReply { .. } },
            Outcome::Dropped { on: simulated, .. },
        ) => on == simulated,
        (Verdict::Dropped { on, by }, Outcome::Dropped { on: simulated, at }) => {
            on == simulated && by.drop_ref() == *at
        }
        _ => false,
    };
    prop_assert!(same, "{}\n{flow}\n{trace}\nbut the plan: {outcome:?}", text());
    Ok(())
}

fn world_agrees(world: &World) -> Result<(), TestCaseError> {
    let plans: Vec<_> = world.networks.iter().map(compile).collect();
    for (home, flow) in &world.flows {
        let trace = walk(&world.networks[*home], flow);
        let outcome = simulate_among(&plans, &plans[*home], flow);
        same(&trace, &outcome, flow, || networks_text(&world.networks))?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_model_agrees_with_the_compiled_plan(case in cases(8)) {
        let (network, flows) = case;
        for flow in flows {
            agree(&network, &flow)?;
        }
    }

    #[test]
    fn the_model_agrees_with_the_compiled_plans_of_peered_networks(world in worlds(8)) {
        world_agrees(&world)?;
    }

    #[test]
    fn compiling_what_changed_gives_what_compiling_all_gives(
        one in case(), other in case(), parts in any::<u8>(), gone in 0..6_usize
    ) {
        let (before, other) = (one.0, other.0);
        let plan = compile(&before);
        let mut after = before.clone();
        let taken = |bit: u8| parts & (1 << bit) != 0;
        if taken(0) { after.security_groups = other.security_groups }
        if taken(1) { after.network_acls = other.network_acls }
        if taken(2) { after.route_tables = other.route_tables }
        if taken(3) { after.prefix_lists.insert("pl-1".into(), vec!["10.0.2.0/24".parse().unwrap()]); }
        if taken(4) { after.interfaces = other.interfaces }
        if taken(5) { after.interfaces.remove(&base::NetworkInterfaceId::new(format!("eni-{gone}"))); }
        if taken(6) { after.security_groups.remove(&base::SecurityGroupId::from("sg-1")); }
        if taken(7) { after.subnets = other.subnets }
        prop_assert_eq!(vpc::recompile(&before, plan.clone(), &after), compile(&after));
        prop_assert_eq!(vpc::recompile(&after, compile(&after), &before), plan);
    }

    #[test]
    fn a_security_group_rule_more_never_takes_reachability_away(
        case in case(), group in 0..4_usize, text in "(in|out) (all|tcp 443|udp 1-100)"
    ) {
        let (mut network, flow) = case;
        let before = walk(&network, &flow).is_delivered();
        let preposition = if text.starts_with("in") { "from" } else { "to" };
        let rule: SecurityGroupRule = format!("{text} {preposition} 10.0.0.0/16").parse().unwrap();
        let id = base::SecurityGroupId::new(format!("sg-{group}"));
        network.security_groups.get_mut(&id).unwrap().rules.push(rule);
        prop_assert!(!before || walk(&network, &flow).is_delivered());
    }

    #[test]
    fn a_security_group_rule_less_never_adds_reachability(case in case(), group in 0..4_usize, n in 0..5_usize) {
        let (mut network, flow) = case;
        let before = walk(&network, &flow).is_delivered();
        let id = base::SecurityGroupId::new(format!("sg-{group}"));
        let rules = &mut network.security_groups.get_mut(&id).unwrap().rules;
        if n < rules.len() {
            rules.remove(n);
        }
        prop_assert!(before || !walk(&network, &flow).is_delivered());
    }

    #[test]
    fn a_denying_entry_more_never_adds_reachability(case in case(), acl in 0..3_usize, number in 1..500_u16) {
        let (mut network, flow) = case;
        let before = walk(&network, &flow).is_delivered();
        let id = base::NetworkAclId::new(format!("acl-{acl}"));
        let entries = &mut network.network_acls.get_mut(&id).unwrap().entries;
        for direction in ["in tcp 1024-65535 from", "out all to"] {
            let entry: NetworkAclEntry = format!("{number} deny {direction} 10.0.0.0/8").parse().unwrap();
            if !entries.iter().any(|e| (e.number, e.direction) == (entry.number, entry.direction)) {
                entries.push(entry);
            }
        }
        prop_assert!(before || !walk(&network, &flow).is_delivered());
    }

    #[test]
    fn what_does_not_take_part_changes_nothing(case in case()) {
        let (mut network, flow) = case;
        let before = walk(&network, &flow);
        network.security_groups.insert("sg-unused".into(), Default::default());
        network.network_acls.insert("acl-unused".into(), Default::default());
        network.route_tables.insert("rtb-unused".into(), Default::default());
        let subnet = network.subnets.keys().next().unwrap().clone();
        let addresses = vec![InterfaceAddress { private: "10.0.0.200".parse().unwrap(), public: None }];
        let (kind, id) = (InterfaceKind::Host, base::NetworkInterfaceId::from("eni-zz"));
        let groups = Default::default();
        let bystander = NetworkInterface { id: id.clone(), subnet, addresses, ipv6_addresses: Vec::new(), groups, source_dest_check: true, kind };
        network.interfaces.insert(id, bystander);
        prop_assert_eq!(walk(&network, &flow), before);
    }

    #[test]
    fn an_open_world_delivers_between_hosts(case in case()) {
        let (mut network, flow) = case;
        for group in network.security_groups.values_mut() {
            let open = ["in all from 0.0.0.0/0", "out all to 0.0.0.0/0", "in all from ::/0", "out all to ::/0"];
            group.rules = open.iter().map(|text| text.parse().unwrap()).collect();
        }
        for acl in network.network_acls.values_mut() {
            let entry = |text: &str| text.parse::<NetworkAclEntry>().unwrap();
            let open = ["1 allow in all from 0.0.0.0/0", "1 allow out all to 0.0.0.0/0"];
            let ipv6 = ["2 allow in all from ::/0", "2 allow out all to ::/0"];
            acl.entries = open.iter().chain(&ipv6).map(|text| entry(text)).collect();
        }
        network.route_tables.values_mut().for_each(|table| table.routes.clear());
        let host = |a| network.interface_at(a).is_some_and(|i| matches!(i.kind, InterfaceKind::Host));
        let honest = flow.packet(&network).is_some_and(|p| network.interface_at(p.source).is_some());
        let inside = matches!(flow.from, vpc::Origin::Interface(_)) && honest;
        if inside && host(flow.destination) {
            prop_assert!(walk(&network, &flow).is_delivered(), "{}\n{flow}\n{}", network_text(&network), walk(&network, &flow));
        }
    }
}

#[test]
fn random_cases_reach_every_kind_of_decision() {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..300 {
        let (network, flows) = sample(seed, 10).unwrap();
        for flow in flows {
            let kind = match walk(&network, &flow).verdict {
                Verdict::Delivered(to) => format!("delivered {to:?}"),
                Verdict::Dropped { on, by } => format!("{on:?} {by:?}"),
            };
            *seen.entry(kind.split(['(', '{']).next().unwrap().trim().to_owned()).or_default() += 1;
        }
    }
    for kind in [
        "delivered Interface",
        "delivered Internet",
        "Forward SecurityGroup",
        "Forward NetworkAcl",
        "Forward NoRoute",
        "Forward Spoofed",
        "Forward NoInterface",
        "Forward Hub",
        "Forward NoPublicAddress",
        "Forward Blackhole",
        "Reply NetworkAcl",
        "Reply AsymmetricReply",
        "Forward DestinationCheck",
        "Forward NatGateway",
        "Forward Loop",
    ] {
        assert!(seen.contains_key(kind), "none of the random flows shows `{kind}`: {seen:#?}");
    }
    assert!(seen["delivered Interface"] + seen["delivered Internet"] > 150, "{seen:#?}");
}

#[test]
fn random_worlds_reach_over_connections_and_not_beyond() {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..600 {
        let world = sample_world(seed, 12).unwrap();
        assert!(!world.networks.is_empty(), "the generator's text cannot be read");
        for (home, flow) in &world.flows {
            let network = &world.networks[*home];
            let kind = match walk(network, flow).verdict {
                Verdict::Delivered(vpc::Delivery::Interface(id)) if !network.interfaces.contains_key(&id) => {
                    "delivered across".to_owned()
                }
                Verdict::Dropped { on, by } => {
                    let across = if network.is_local(flow.destination) { "" } else { " abroad" };
                    format!("{on:?} {}{across}", format!("{by:?}").split([' ', '{']).next().unwrap())
                }
                _ => continue,
            };
            *seen.entry(kind).or_default() += 1;
        }
    }
    for kind in [
        "delivered across",
        "Forward Transit abroad",
        "Forward NoInterface abroad",
        "Forward SecurityGroup abroad",
        "Forward NetworkAcl abroad",
        "Reply NetworkAcl abroad",
        "Reply NoRoute abroad",
        "Reply AsymmetricReply abroad",
    ] {
        assert!(seen.contains_key(kind), "none of the random flows shows `{kind}`: {seen:#?}");
    }
    assert!(seen["delivered across"] > 100, "{seen:#?}");
}

#[test]
fn compiling_is_deterministic_and_never_expands_groups() {
    let (network, _) = sample(7, 1).unwrap();
    assert_eq!(compile(&network), compile(&network.clone()));
    let mut text =
        "vpc 10.0.0.0/16\nsubnet subnet-a 10.0.0.0/16 acl-1 rtb-1\nsg sg-1 in tcp 80 from sg-1\n".to_owned();
    for i in 0..1_000 {
        text += &format!("eni eni-{i} host subnet-a 10.0.{}.{} sg-1\n", 1 + i / 200, 10 + i % 200);
    }
    let plan = compile(&vpc::testing::network(&text).unwrap());
    let group = &plan.groups[&base::SecurityGroupId::from("sg-1")];
    assert_eq!((group.ingress.len(), group.members.len()), (1, 1_000));
    assert_eq!(group.ingress[0].peer, PeerPlan::Members("sg-1".into()));
}

#[test]
fn numbers_of_tables_and_subnets_stay_when_others_come() {
    let (network, _) = sample(11, 1).unwrap();
    let mut grown = network.clone();
    let subnet = grown.subnets.values().next().unwrap().clone();
    grown.subnets.insert("subnet-00".into(), vpc::Subnet { route_table: "rtb-00".into(), ..subnet });
    let (before, after) = (compile(&network), compile(&grown));
    for (id, subnet) in &before.subnets {
        assert_eq!(after.subnets[id].index, subnet.index);
    }
    for (id, table) in &before.tables {
        assert_eq!(after.tables[id].number, table.number);
    }
}

#[test]
fn a_missing_acl_or_group_closes() {
    let network = vpc::testing::network(
        "vpc 10.0.0.0/16
         subnet subnet-a 10.0.1.0/24 acl-1 rtb-1
         subnet subnet-b 10.0.2.0/24 acl-1 rtb-1
         sg sg-1 out all to 0.0.0.0/0
         sg sg-1 in all from 0.0.0.0/0
         eni eni-a host subnet-a 10.0.1.10 sg-1
         eni eni-b host subnet-b 10.0.2.10 sg-1",
    );
    let mut network = network.unwrap();
    let flow: Flow = "eni-a -> tcp 80 10.0.2.10".parse().unwrap();
    network.network_acls.clear();
    let trace = walk(&network, &flow);
    assert!(matches!(
        trace.reason(),
        Some(Reason::NetworkAcl { direction: Direction::Egress, number: None, .. })
    ));
    agree(&network, &flow).unwrap();
    network.network_acls.entry("acl-1".into()).or_default().entries = vec![
        NetworkAclEntry {
            number: 1,
            direction: Direction::Egress,
            action: Action::Allow,
            traffic: vpc::Traffic::All,
            cidr: Default::default(),
        },
        "1 allow in all from 0.0.0.0/0".parse().unwrap(),
    ];
    assert!(walk(&network, &flow).is_delivered());
    network.security_groups.clear();
    assert!(matches!(walk(&network, &flow).reason(), Some(Reason::SecurityGroup { .. })));
    agree(&network, &flow).unwrap();
}
