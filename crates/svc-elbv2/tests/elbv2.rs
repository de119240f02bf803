//! Elastic load balancing as its clients use it, over a network and nodes that are faked.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use balancer::plan::{Action, Place, Protocol};
use service::testing::{Asking, root_call};
use support::{NOW, World, part};

const INTERNAL: &[(&str, &str)] = &[
    ("Name", "orders"),
    ("Scheme", "internal"),
    ("Subnets.member.1", "subnet-a"),
    ("Subnets.member.2", "subnet-b"),
    ("SecurityGroups.member.1", "sg-1"),
];
const GROUP: &[(&str, &str)] = &[
    ("Name", "orders"),
    ("Protocol", "HTTP"),
    ("Port", "8080"),
    ("VpcId", "vpc-1"),
    ("TargetType", "instance"),
];

fn changed<'a>(form: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = form.to_vec();
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        if !value.is_empty() {
            form.push((name, value));
        }
    }
    form
}

/// A load balancer, a group and a listener that forwards to it.
struct Made {
    world: World,
    lb: String,
    group: String,
    listener: String,
}

fn made() -> Made {
    let world = World::new();
    let lb = part(&world.ok("CreateLoadBalancer", INTERNAL), "LoadBalancerArn");
    let group = part(&world.ok("CreateTargetGroup", GROUP), "TargetGroupArn");
    let listener = part(&world.ok("CreateListener", &listen(&lb, &group)), "ListenerArn");
    world.reconcile();
    Made { world, lb, group, listener }
}

fn listen<'a>(lb: &'a str, group: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("LoadBalancerArn", lb),
        ("Protocol", "HTTP"),
        ("Port", "80"),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", group),
    ]
}

#[test]
fn a_load_balancer_is_made_becomes_active_and_goes() {
    let w = World::new();
    let created = w.ok("CreateLoadBalancer", INTERNAL);
    assert_eq!(part(&created, "Code"), "provisioning");
    let arn = part(&created, "LoadBalancerArn");
    assert!(
        arn.starts_with("arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/orders/"),
        "{arn}"
    );
    w.reconcile();
    let shown = w.ok("DescribeLoadBalancers", &[("Names.member.1", "orders")]);
    assert_eq!(part(&shown, "Code"), "active");
    assert_eq!(w.network.attached(), ["subnet-a sg-1", "subnet-b sg-1"]);
    let host = part(&shown, "DNSName");
    assert!(host.starts_with("internal-orders-") && host.ends_with(".us-east-1.elb.amazonaws.com"), "{host}");
    let addresses = svc_elbv2::addresses_of(&w.store.read(), &host).unwrap().unwrap();
    assert_eq!(addresses.len(), 2);
    assert_eq!(
        part(&w.ok("CreateLoadBalancer", INTERNAL), "LoadBalancerArn"),
        arn,
        "the same again is found"
    );
    w.ok("DeleteLoadBalancer", &[("LoadBalancerArn", &arn)]);
    let gone = w.fails("DescribeLoadBalancers", &[("Names.member.1", "orders")]);
    assert_eq!(gone, "LoadBalancerNotFound: Load balancers '[orders]' not found");
    w.reconcile();
    assert!(w.network.attached().is_empty() && w.nodes.plan().nodes.is_empty());
    w.ok("DeleteLoadBalancer", &[("LoadBalancerArn", &arn)]);
}

#[test]
fn a_load_balancer_that_cannot_be_placed_says_why() {
    let w = World::new();
    w.ok("CreateLoadBalancer", &changed(INTERNAL, &[("Subnets.member.2", "subnet-full")]));
    w.reconcile();
    let shown = w.ok("DescribeLoadBalancers", &[]);
    assert_eq!(
        (part(&shown, "Code").as_str(), part(&shown, "Reason").as_str()),
        ("failed", "the subnet has no free address")
    );
    assert!(w.nodes.plan().nodes.is_empty());
}

#[test]
fn what_cannot_be_a_load_balancer_is_refused() {
    let w = World::new();
    for (changes, wanted) in [
        (&[("Name", "-a")][..], "ValidationError: The load balancer name '-a' cannot begin or end with '-'"),
        (
            &[("Name", "internal-a")],
            "ValidationError: The load balancer name 'internal-a' cannot begin with 'internal-'",
        ),
        (
            &[("Subnets.member.2", "")],
            "ValidationError: At least two subnets in two different Availability Zones must be specified",
        ),
        (
            &[("Subnets.member.2", "subnet-a2")],
            "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        ),
        (&[("Subnets.member.2", "subnet-x")], "SubnetNotFound: The subnet ID 'subnet-x' does not exist"),
        (
            &[("Subnets.member.2", "subnet-other")],
            "InvalidConfigurationRequest: All subnets must belong to the same VPC",
        ),
        (
            &[("SecurityGroups.member.1", "sg-x")],
            "InvalidSecurityGroup: The security group 'sg-x' does not exist",
        ),
        (
            &[("SecurityGroups.member.1", "sg-other")],
            "InvalidSecurityGroup: The security group 'sg-other' is not in the VPC 'vpc-1'",
        ),
        (&[("Scheme", "internet-facing")], "InvalidSubnet: VPC vpc-1 has no internet gateway"),
        (&[("Type", "gateway")], "NotImplemented: A gateway load balancer is not implemented by moat"),
        (
            &[("IpAddressType", "dualstack")],
            "NotImplemented: A load balancer with IPv6 addresses is not implemented by moat",
        ),
    ] {
        assert_eq!(w.fails("CreateLoadBalancer", &changed(INTERNAL, changes)), wanted);
    }
    w.ok("CreateLoadBalancer", INTERNAL);
    assert_eq!(
        w.fails("CreateLoadBalancer", &changed(INTERNAL, &[("SecurityGroups.member.1", "sg-2")])),
        "DuplicateLoadBalancerName: A load balancer with the same name 'orders' exists, but with different settings"
    );
}

#[test]
fn the_nodes_are_told_listeners_rules_and_targets() {
    let Made { world: w, group, listener, .. } = made();
    w.ok("RegisterTargets", &[("TargetGroupArn", &group), ("Targets.member.1.Id", "i-1")]);
    let rule = [
        ("ListenerArn", listener.as_str()),
        ("Priority", "5"),
        ("Conditions.member.1.Field", "path-pattern"),
        ("Conditions.member.1.Values.member.1", "/tea/*"),
        ("Actions.member.1.Type", "fixed-response"),
        ("Actions.member.1.FixedResponseConfig.StatusCode", "418"),
    ];
    w.ok("CreateRule", &rule);
    assert_eq!(w.fails("CreateRule", &rule), "PriorityInUse: Priority '5' is currently in use");
    w.reconcile();
    let plan = w.nodes.plan();
    assert_eq!(plan.nodes.len(), 2, "one node in each subnet");
    let served = &plan.nodes[0].listeners[0];
    assert_eq!((served.port, served.protocol, served.rules.len()), (80, Protocol::Http, 2));
    assert!(matches!(&served.rules[0].action, Action::FixedResponse { status: 418, .. }));
    let Action::Forward(forward) = &served.rules[1].action else { panic!("{:?}", served.rules[1]) };
    let target = &forward.groups[0].0.targets[0];
    assert_eq!((target.port, &target.place), (8080, &Place::Address("10.0.0.9:8080".parse().unwrap())));
}

#[test]
fn targets_are_checked_and_drain_when_they_are_deregistered() {
    let Made { world: w, group, .. } = made();
    let target = |id: &'static str| vec![("TargetGroupArn", group.as_str()), ("Targets.member.1.Id", id)];
    for (id, wanted) in [
        (
            "i-stopped",
            "InvalidTarget: The following targets are not in a running state and cannot be registered: 'i-stopped'",
        ),
        (
            "i-x",
            "InvalidTarget: The following targets are not in a running state and cannot be registered: 'i-x'",
        ),
    ] {
        assert_eq!(w.fails("RegisterTargets", &target(id)), wanted);
    }
    w.ok("RegisterTargets", &target("i-1"));
    let state = || part(&w.ok("DescribeTargetHealth", &[("TargetGroupArn", &group)]), "State");
    assert_eq!(state(), "healthy");
    w.ok("DeregisterTargets", &target("i-1"));
    assert_eq!(state(), "draining");
    w.reconcile();
    assert_eq!(state(), "draining");
    w.clock.advance_ms(300_000);
    w.reconcile();
    assert!(!w.ok("DescribeTargetHealth", &[("TargetGroupArn", &group)]).contains("<State>"));
    assert_eq!(
        w.fails("DeregisterTargets", &target("i-1")),
        "InvalidTarget: The following targets are not registered: 'i-1'"
    );
}

#[test]
fn addresses_are_targets_inside_the_vpc_or_beyond_it_when_all_zones_are_said() {
    let w = World::new();
    let group = changed(GROUP, &[("TargetType", "ip"), ("Name", "addresses")]);
    let group = part(&w.ok("CreateTargetGroup", &group), "TargetGroupArn");
    let mut target = vec![("TargetGroupArn", group.as_str()), ("Targets.member.1.Id", "192.168.0.1")];
    assert!(
        w.fails("RegisterTargets", &target)
            .starts_with("ValidationError: You must specify an Availability Zone of 'all'")
    );
    target.push(("Targets.member.1.AvailabilityZone", "all"));
    w.ok("RegisterTargets", &target);
    w.ok("RegisterTargets", &[("TargetGroupArn", &group), ("Targets.member.1.Id", "10.0.3.4")]);
    let public = [("TargetGroupArn", group.as_str()), ("Targets.member.1.Id", "8.8.8.8")];
    assert_eq!(
        w.fails("RegisterTargets", &public),
        "ValidationError: The IP address '8.8.8.8' is not within a private address range"
    );
}

#[test]
fn what_is_used_cannot_be_deleted_and_what_is_gone_is_not_found() {
    let Made { world: w, lb, group, listener } = made();
    assert!(
        w.fails("DeleteTargetGroup", &[("TargetGroupArn", &group)])
            .starts_with("ResourceInUse: Target group '")
    );
    assert!(
        w.fails("CreateListener", &listen(&lb, &group))
            .starts_with("DuplicateListener: A listener already exists on this port")
    );
    let rules = w.ok("DescribeRules", &[("ListenerArn", &listener)]);
    let default = part(&rules, "RuleArn");
    assert_eq!(part(&rules, "Priority"), "default");
    assert_eq!(
        w.fails("DeleteRule", &[("RuleArn", &default)]),
        format!("OperationNotPermitted: Default rule '{default}' cannot be deleted")
    );
    w.ok("DeleteListener", &[("ListenerArn", &listener)]);
    assert_eq!(
        w.fails("DeleteListener", &[("ListenerArn", &listener)]),
        "ListenerNotFound: One or more listeners not found"
    );
    w.ok("DeleteTargetGroup", &[("TargetGroupArn", &group)]);
    w.ok("DeleteTargetGroup", &[("TargetGroupArn", &group)]);
    assert_eq!(
        w.fails("CreateListener", &listen(&lb, &group)),
        "TargetGroupNotFound: One or more target groups not found"
    );
    let nonsense = [("LoadBalancerArn", "nonsense")];
    assert_eq!(
        w.fails("DescribeLoadBalancerAttributes", &nonsense),
        "ValidationError: 'nonsense' is not a valid load balancer ARN"
    );
}

#[test]
fn attributes_are_in_force_or_refused_and_protection_protects() {
    let Made { world: w, lb, .. } = made();
    let set = |key: &'static str, value: &'static str| {
        vec![
            ("LoadBalancerArn", lb.as_str()),
            ("Attributes.member.1.Key", key),
            ("Attributes.member.1.Value", value),
        ]
    };
    w.ok("ModifyLoadBalancerAttributes", &set("deletion_protection.enabled", "true"));
    let refused = w.fails("DeleteLoadBalancer", &[("LoadBalancerArn", &lb)]);
    assert!(refused.ends_with("cannot be deleted because deletion protection is enabled"), "{refused}");
    w.ok("ModifyLoadBalancerAttributes", &set("idle_timeout.timeout_seconds", "7"));
    w.reconcile();
    assert_eq!(w.nodes.plan().nodes[0].listeners[0].settings.idle_timeout.as_secs(), 7);
    let logs = w.fails("ModifyLoadBalancerAttributes", &set("access_logs.s3.enabled", "true"));
    assert!(
        logs.starts_with("NotImplemented: The attribute access_logs.s3.enabled with the value 'true'"),
        "{logs}"
    );
}

#[test]
fn groups_and_subnets_are_changed_in_the_network() {
    let Made { world: w, lb, .. } = made();
    w.ok("SetSecurityGroups", &[("LoadBalancerArn", &lb), ("SecurityGroups.member.1", "sg-2")]);
    assert_eq!(w.network.attached(), ["subnet-a sg-2", "subnet-b sg-2"]);
    w.ok(
        "SetSubnets",
        &[("LoadBalancerArn", &lb), ("Subnets.member.1", "subnet-a2"), ("Subnets.member.2", "subnet-b")],
    );
    assert_eq!(w.network.attached(), ["subnet-a2 sg-2", "subnet-b sg-2"]);
}

#[test]
fn rules_change_places_at_once() {
    let Made { world: w, listener, .. } = made();
    let rule = |priority: &str| {
        let form = [
            ("ListenerArn", listener.as_str()),
            ("Priority", priority),
            ("Conditions.member.1.Field", "http-request-method"),
            ("Conditions.member.1.HttpRequestMethodConfig.Values.member.1", "GET"),
            ("Actions.member.1.Type", "redirect"),
            ("Actions.member.1.RedirectConfig.StatusCode", "HTTP_301"),
            ("Actions.member.1.RedirectConfig.Port", "8443"),
        ];
        part(&w.ok("CreateRule", &form), "RuleArn")
    };
    let (one, two) = (rule("1"), rule("2"));
    let swap = |a: &'static str, b: &'static str| {
        vec![
            ("RulePriorities.member.1.RuleArn", one.as_str()),
            ("RulePriorities.member.1.Priority", a),
            ("RulePriorities.member.2.RuleArn", two.as_str()),
            ("RulePriorities.member.2.Priority", b),
        ]
    };
    w.ok("SetRulePriorities", &swap("2", "1"));
    assert_eq!(part(&w.ok("DescribeRules", &[("ListenerArn", &listener)]), "RuleArn"), two);
    assert_eq!(
        w.fails("SetRulePriorities", &swap("3", "3")),
        "PriorityInUse: Priority '3' is currently in use"
    );
    assert_eq!(
        part(&w.ok("DescribeRules", &[("ListenerArn", &listener)]), "RuleArn"),
        two,
        "nothing was half done"
    );
}

#[test]
fn tags_are_added_shown_and_removed() {
    let Made { world: w, lb, .. } = made();
    let tag = [
        ("ResourceArns.member.1", lb.as_str()),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
    ];
    w.ok("AddTags", &tag);
    assert_eq!(part(&w.ok("DescribeTags", &tag[..1]), "Value"), "blue");
    w.ok("RemoveTags", &[("ResourceArns.member.1", &lb), ("TagKeys.member.1", "team")]);
    assert!(!w.ok("DescribeTags", &tag[..1]).contains("<Value>"));
}

#[test]
fn a_network_load_balancer_may_be_without_groups_for_ever() {
    let w = World::new();
    let open = changed(INTERNAL, &[("Type", "network"), ("SecurityGroups.member.1", "")]);
    let lb = part(&w.ok("CreateLoadBalancer", &open), "LoadBalancerArn");
    w.reconcile();
    assert_eq!(w.network.attached(), ["subnet-a ", "subnet-b "]);
    let set = [("LoadBalancerArn", lb.as_str()), ("SecurityGroups.member.1", "sg-1")];
    assert!(w.fails("SetSecurityGroups", &set).starts_with("InvalidConfigurationRequest: "));
}

#[test]
fn a_network_load_balancer_has_the_elastic_addresses_that_it_was_given() {
    let w = World::new();
    *w.network.has_internet.lock().unwrap() = true;
    let form = |allocation| {
        changed(
            INTERNAL,
            &[
                ("Type", "network"),
                ("Scheme", "internet-facing"),
                ("Subnets.member.1", ""),
                ("Subnets.member.2", ""),
                ("SubnetMappings.member.1.SubnetId", "subnet-a"),
                ("SubnetMappings.member.1.AllocationId", allocation),
            ],
        )
    };
    for (allocation, wanted) in [
        ("eipalloc-x", "AllocationIdNotFound: The allocation ID 'eipalloc-x' does not exist"),
        ("eipalloc-taken", "ResourceInUse: The Elastic IP address 'eipalloc-taken' is already associated"),
    ] {
        assert_eq!(w.fails("CreateLoadBalancer", &form(allocation)), wanted);
    }
    let internal = changed(&form("eipalloc-1"), &[("Scheme", "internal")]);
    assert!(w.fails("CreateLoadBalancer", &internal).starts_with("InvalidConfigurationRequest: Elastic IP"));
    w.ok("CreateLoadBalancer", &form("eipalloc-1"));
    w.reconcile();
    let shown = w.ok("DescribeLoadBalancers", &[]);
    assert_eq!(
        (part(&shown, "AllocationId"), part(&shown, "IpAddress")),
        ("eipalloc-1".to_owned(), "198.51.100.7".to_owned())
    );
}

#[test]
fn a_network_load_balancer_forwards_to_addresses_and_says_what_it_cannot_keep() {
    let w = World::new();
    let lb = changed(INTERNAL, &[("Type", "network"), ("Subnets.member.2", "")]);
    let lb = part(&w.ok("CreateLoadBalancer", &lb), "LoadBalancerArn");
    let group = |name: &'static str, kind: &'static str| {
        part(
            &w.ok(
                "CreateTargetGroup",
                &changed(GROUP, &[("Protocol", "TCP"), ("Name", name), ("TargetType", kind)]),
            ),
            "TargetGroupArn",
        )
    };
    let (instances, addresses) = (group("instances", "instance"), group("addresses", "ip"));
    let tcp = |group| {
        changed(&listen(&lb, group), &[("Protocol", "TCP")])
            .into_iter()
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect::<Vec<_>>()
    };
    let call = |form: Vec<(String, String)>| {
        w.fails("CreateListener", &form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>())
    };
    assert!(call(tcp(&instances)).starts_with("NotImplemented: Keeping the client's address"));
    let form = tcp(&addresses);
    w.ok("CreateListener", &form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>());
    w.reconcile();
    assert_eq!(w.nodes.plan().nodes[0].listeners[0].protocol, Protocol::Tcp);
    let http = listen(&lb, &addresses);
    assert_eq!(
        w.fails("CreateListener", &http),
        "ValidationError: Listener protocol 'HTTP' must be one of 'UDP, TCP, TCP_UDP, TLS'"
    );
}

const SECURE: &[(&str, &str)] = &[
    ("Protocol", "HTTPS"),
    ("Port", "443"),
    ("Certificates.member.1.CertificateArn", "arn:aws:acm:us-east-1:000000000000:certificate/1"),
];
const OTHER: &str = "arn:aws:acm:us-east-1:000000000000:certificate/2";

#[test]
fn a_listener_with_tls_has_its_certificates_and_its_policy() {
    let Made { world: w, lb, group, .. } = made();
    let form = changed(&listen(&lb, &group), SECURE);
    let created = w.ok("CreateListener", &form);
    let (listener, policy) = (part(&created, "ListenerArn"), part(&created, "SslPolicy"));
    assert_eq!(policy, "ELBSecurityPolicy-2016-08");
    let tls = || {
        w.reconcile();
        let plan = w.nodes.plan();
        let served =
            plan.nodes[0].listeners.iter().find(|listener| listener.port == 443).unwrap().tls.clone();
        served.unwrap()
    };
    let arns = || {
        tls().certificates.iter().map(|c| c.arn.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((tls().has_tls12, tls().has_tls13, arns()), (true, false, vec!["1".to_owned()]));
    let newer = [("ListenerArn", listener.as_str()), ("SslPolicy", "ELBSecurityPolicy-TLS13-1-3-2021-06")];
    w.ok("ModifyListener", &newer);
    assert_eq!((tls().has_tls12, tls().has_tls13), (false, true));
    let other = [("ListenerArn", listener.as_str()), ("Certificates.member.1.CertificateArn", OTHER)];
    w.ok("AddListenerCertificates", &other);
    w.ok("AddListenerCertificates", &other);
    assert_eq!(arns(), ["1", "2"]);
    let shown = w.ok("DescribeListenerCertificates", &other[..1]);
    assert_eq!(
        shown.matches("<IsDefault>true").count() + 2 * shown.matches("<IsDefault>false").count(),
        3,
        "{shown}"
    );
    let users = svc_elbv2::users_of_certificate(&w.store.read(), OTHER).unwrap();
    assert_eq!(users, [lb.as_str()]);

    let before = tls();
    w.certificates.renew();
    assert_ne!(tls(), before, "a renewed certificate is another one for the nodes");

    w.ok("RemoveListenerCertificates", &other);
    assert_eq!(arns(), ["1"]);
    let default = [("ListenerArn", listener.as_str()), SECURE[2]];
    assert!(w.fails("RemoveListenerCertificates", &default).starts_with("OperationNotPermitted: "));
    w.ok("ModifyListener", &[("ListenerArn", &listener), ("Protocol", "HTTP")]);
    w.reconcile();
    assert!(w.nodes.plan().nodes[0].listeners.iter().all(|listener| listener.tls.is_none()));
    assert!(
        w.fails("AddListenerCertificates", &other).starts_with("ValidationError: A certificate cannot be")
    );
}

#[test]
fn what_cannot_be_a_listener_with_tls_is_refused() {
    let Made { world: w, lb, group, .. } = made();
    let secure = changed(&listen(&lb, &group), SECURE);
    for (changes, wanted) in [
        (
            &[("Certificates.member.1.CertificateArn", "arn:aws:acm:us-east-1:000000000000:certificate/9")][..],
            "CertificateNotFound: Certificate 'arn:aws:acm:us-east-1:000000000000:certificate/9' not found",
        ),
        (
            &[("Certificates.member.1.CertificateArn", "")],
            "ValidationError: A certificate must be specified for HTTPS listeners",
        ),
        (&[("SslPolicy", "x")], "SSLPolicyNotFound: SSL policy 'x' not found"),
        (
            &[("SslPolicy", "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04")],
            "NotImplemented: The security policy ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04 with validated cryptography (FIPS) is not implemented by moat",
        ),
        (
            &[("MutualAuthentication.Mode", "verify")],
            "NotImplemented: Mutual authentication in the mode verify is not implemented by moat",
        ),
        (&[("Protocol", "HTTP")], "ValidationError: A certificate cannot be specified for HTTP listeners"),
        (
            &[("Certificates.member.1.IsDefault", "true")],
            "ValidationError: You cannot set the isDefault parameter for a certificate that you are configuring for a listener",
        ),
    ] {
        assert_eq!(w.fails("CreateListener", &changed(&secure, changes)), wanted);
    }
    let policies = w.ok("DescribeSSLPolicies", &[("Names.member.1", "ELBSecurityPolicy-TLS13-1-2-2021-06")]);
    assert!(policies.contains("TLSv1.3") && !policies.contains("TLSv1.1"), "{policies}");
}

#[test]
fn a_listener_has_attributes_of_its_own() {
    let Made { world: w, listener, .. } = made();
    let set = |key: &'static str, value: &'static str| {
        [
            ("ListenerArn", listener.as_str()),
            ("Attributes.member.1.Key", key),
            ("Attributes.member.1.Value", value),
        ]
    };
    w.ok("ModifyListenerAttributes", &set("routing.http.response.x_frame_options.header_value", "DENY"));
    w.ok("ModifyListenerAttributes", &set("routing.http.response.server.enabled", "false"));
    w.reconcile();
    let settings = w.nodes.plan().nodes[0].listeners[0].settings.clone();
    assert_eq!(settings.answered_headers, [("x-frame-options".to_owned(), "DENY".to_owned())]);
    assert!(!settings.has_server_header);
    for (key, value) in [("tcp.idle_timeout.seconds", "60"), ("routing.http.response.server.enabled", "no")] {
        assert!(w.fails("ModifyListenerAttributes", &set(key, value)).starts_with("ValidationError: "));
    }
}

#[test]
fn without_load_balancers_the_reconciler_sleeps_until_it_is_woken() {
    let w = World::new();
    assert_eq!(w.elb.pause(), None);
    w.ok("CreateLoadBalancer", INTERNAL);
    assert!(w.elb.pause().is_some());
    let shown = w.ok("DescribeLoadBalancers", &[]);
    w.ok("DeleteLoadBalancer", &[("LoadBalancerArn", &part(&shown, "LoadBalancerArn"))]);
    assert!(w.elb.pause().is_some());
    w.reconcile();
    assert_eq!(w.elb.pause(), None);
}

/// What each operation asks is what AWS's service authorization reference has.
#[test]
fn operations_ask_as_the_reference_says() {
    let w = World::new();
    let registry = svc_elbv2::ops::registry(w.elb.clone());
    let base = "arn:aws:elasticloadbalancing:us-east-1:000000000000";
    let (lb, group) = (format!("{base}:loadbalancer/app/a/1"), format!("{base}:targetgroup/a/1"));
    let (listener, rule) =
        (format!("{base}:listener/app/a/1/2"), format!("{base}:listener-rule/app/a/1/2/3"));
    let samples = [
        ("LoadBalancerArn", lb.as_str()),
        ("TargetGroupArn", group.as_str()),
        ("ListenerArn", listener.as_str()),
        ("RuleArn", rule.as_str()),
        ("ResourceArns", lb.as_str()),
    ];
    let asking = Asking { registry: &registry, call: &root_call(NOW), samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}
