//! Sets of DHCP options, and the name servers that they make.

use crate::world::World;
use std::net::Ipv4Addr;

const OWN: [(&str, &str); 5] = [
    ("DhcpConfiguration.1.Key", "domain-name-servers"),
    ("DhcpConfiguration.1.Value.1", "10.0.0.53"),
    ("DhcpConfiguration.1.Value.2", "AmazonProvidedDNS"),
    ("DhcpConfiguration.2.Key", "domain-name"),
    ("DhcpConfiguration.2.Value.1", "corp.example.com"),
];

#[test]
fn they_decide_whom_a_vpc_asks_for_names() {
    let world = World::new();
    let vpc = world.vpc();
    let service = || world.ec2.name_service(&world.ec2.snapshot(), &vpc.clone().into()).unwrap();
    assert_eq!(service().servers, [Ipv4Addr::new(10, 0, 0, 2)]);
    assert_eq!(service().domain.as_deref(), Some("ec2.internal"));
    let options = world.ok("CreateDhcpOptions", &OWN).text("dhcpOptionsId");
    let error = world.fails("AssociateDhcpOptions", &[("DhcpOptionsId", "dopt-0"), ("VpcId", &vpc)]);
    assert_eq!(error, "400 InvalidDhcpOptionID.NotFound: The dhcpOption ID 'dopt-0' does not exist");
    world.ok("AssociateDhcpOptions", &[("DhcpOptionsId", &options), ("VpcId", &vpc)]);
    assert_eq!(service().servers, [Ipv4Addr::new(10, 0, 0, 53), Ipv4Addr::new(10, 0, 0, 2)]);
    assert_eq!(service().domain.as_deref(), Some("corp.example.com"));
    let error = world.fails("DeleteDhcpOptions", &[("DhcpOptionsId", &options)]);
    assert!(error.starts_with("400 DependencyViolation: "), "{error}");
    world.ok("AssociateDhcpOptions", &[("DhcpOptionsId", "default"), ("VpcId", &vpc)]);
    assert_eq!(service().servers, Vec::<Ipv4Addr>::new());
    assert_eq!(world.ok("DescribeVpcs", &[]).text("dhcpOptionsId"), "default");
    world.ok("DeleteDhcpOptions", &[("DhcpOptionsId", &options)]);
}

#[test]
fn they_are_described_and_filtered() {
    let world = World::new();
    world.vpc();
    world.ok("CreateDhcpOptions", &OWN);
    assert_eq!(world.ok("DescribeDhcpOptions", &[]).texts("dhcpOptionsId").len(), 2);
    let found =
        world.ok("DescribeDhcpOptions", &[("Filter.1.Name", "value"), ("Filter.1.Value.1", "corp.*")]);
    assert_eq!(found.texts("value"), ["corp.example.com", "10.0.0.53", "AmazonProvidedDNS"]);
}

#[test]
fn what_no_host_reads_is_refused() {
    let world = World::new();
    let with = |key: &str, value: &str| {
        world.fails(
            "CreateDhcpOptions",
            &[("DhcpConfiguration.1.Key", key), ("DhcpConfiguration.1.Value.1", value)],
        )
    };
    assert!(with("ntp-servers", "10.0.0.1").starts_with("501 NotImplemented: "));
    assert!(with("colour", "red").starts_with("400 InvalidParameterValue: "));
    assert!(with("domain-name-servers", "nowhere").starts_with("400 InvalidParameterValue: "));
    assert!(with("domain-name", "two words; and more").starts_with("400 InvalidParameterValue: "));
    assert!(world.fails("CreateDhcpOptions", &[]).starts_with("400 MissingParameter: "));
}
