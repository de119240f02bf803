//! Three real VPCs, exported from AWS with `describe-*`, and what is known to happen in them, as the tests of the
//! model and those of the kernel read them.

use serde_json::Value;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use vpc::{
    Action, Direction, Flow, IcmpMatch, InterfaceAddress, InterfaceKind, Network, NetworkAcl,
    NetworkAclEntry, NetworkInterface, Origin, Payload, Peer, PeeringConnection, PortRange, Route,
    RouteTable, SecurityGroup, SecurityGroupRule, Subnet, Target, Traffic, connect,
};

/// The interface of the only host of the site at the other end of a VPN.
pub const SITE_HOST: &str = "eni-site";
/// Which of the site's addresses it has. The first of a CIDR, which the expectations write, is the network's own.
const SITE_HOST_NUMBER: u32 = 10;
/// A port where every host of the tests listens.
const PORT: u16 = 80;
/// Protocol 107, Active Networks.
const ACTIVE_NETWORKS: u8 = 107;

/// What is known of one packet: where it starts, what becomes of it, and what it meets.
pub struct Case {
    pub name: String,
    pub flow: Flow,
    /// `ACCEPTED`, `DENIED_IN`, `EXITS_NETWORK`, `NO_ROUTE` or `NULL_ROUTED`.
    pub disposition: String,
    /// The gateways on its way, in their order.
    pub gateways: Vec<String>,
    /// Those on the way of the answer, where they are known.
    pub back: Option<Vec<String>>,
}

/// One export: the VPC, the site at the other end of its VPN if it has one, and what is known of both.
pub struct Export {
    pub name: String,
    pub networks: Vec<Network>,
    pub cases: Vec<Case>,
}

impl Export {
    /// The network that a flow starts in.
    pub fn home(&self, flow: &Flow) -> &Network {
        let from = match &flow.from {
            Origin::Interface(id) => Some(id),
            Origin::Internet(_) => None,
        };
        let having = |id| self.networks.iter().find(|network| network.interfaces.contains_key(id));
        from.and_then(having).unwrap_or(&self.networks[0])
    }
}

/// What the internet has at an address that is not this VPC's. Nobody carries packets for the private addresses of
/// RFC 1918, and Amazon drops those for its own addresses that belong to nobody; all others are somebody's.
pub fn is_somebody_elses(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return true };
    // Of <https://ip-ranges.amazonaws.com/ip-ranges.json>, the block that the exports' packets go to.
    let amazon: ipnet::Ipv4Net = "54.184.0.0/13".parse().unwrap();
    !address.is_private() && !amazon.contains(&address)
}

/// The exports, or the folder where they are missing.
pub fn exports() -> Result<Vec<Export>, PathBuf> {
    let folder = corpora();
    let text = fs::read_to_string(folder.join("expectations.json")).map_err(|_| folder.clone())?;
    let expectations: Value = serde_json::from_str(&text).unwrap();
    Ok(list(&expectations, "snapshots").iter().map(|snapshot| export(&folder, snapshot)).collect())
}

fn export(corpora: &Path, snapshot: &Value) -> Export {
    let name = text(snapshot, "snapshot").rsplit('/').next().unwrap().to_owned();
    let folder = corpora.join(&name);
    let mut networks = vec![network(&folder)];
    if let Some((site, connection)) = site(&folder, &networks[0]) {
        networks.push(site);
        connect(&mut networks, &[connection]);
    }
    let expectations = list(snapshot, "expectations");
    let cases = expectations.iter().map(|expectation| case(&folder, &networks, expectation)).collect();
    Export { name, networks, cases }
}

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
            ipv6_cidr: None,
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
        network.route_tables.insert(text(table, "RouteTableId").into(), RouteTable { routes });
    }
    for acl in &acls {
        let entries = list(acl, "Entries").iter().map(acl_entry).collect();
        network.network_acls.insert(text(acl, "NetworkAclId").into(), NetworkAcl { entries });
    }
    for group in of_vpc("SecurityGroups") {
        let mut rules = group_rules(list(&group, "IpPermissions"), Direction::Ingress);
        rules.extend(group_rules(list(&group, "IpPermissionsEgress"), Direction::Egress));
        let group_name = text(&group, "GroupName").to_owned();
        network
            .security_groups
            .insert(text(&group, "GroupId").into(), SecurityGroup { name: group_name, rules });
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
        ipv6_addresses: Vec::new(),
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
        // To packets a VPN is what a peering connection is: see [`site`].
        "vgw" => Target::Peering(gateway.into()),
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

/// The site at the other end of the VPC's VPN, with one host that talks to everybody, and the gateway between them.
/// To packets a virtual private gateway is a peering connection with the site: it takes only what goes from an
/// address of the one to an address of the other, by the routes of either side.
fn site(folder: &Path, home: &Network) -> Option<(Network, PeeringConnection)> {
    let gateways = described(folder, "VpnGateways");
    let attached =
        |gateway: &&Value| list(gateway, "VpcAttachments").iter().any(|a| a["VpcId"] == home.vpc.as_str());
    let gateway = text(gateways.iter().find(attached)?, "VpnGatewayId").to_owned();
    let connections = described(folder, "VpnConnections");
    let connection = connections.iter().find(|c| c["VpnGatewayId"] == gateway.as_str())?;
    let cidr: ipnet::Ipv4Net = text(&list(connection, "Routes")[0], "DestinationCidrBlock").parse().unwrap();
    let mut site = Network::new("vpc-site".into(), cidr);
    let both = [Direction::Ingress, Direction::Egress];
    let everybody = || ipnet::IpNet::V4(ipnet::Ipv4Net::default());
    let rule = |direction| SecurityGroupRule {
        id: "".into(),
        direction,
        traffic: Traffic::All,
        peer: Peer::Cidr(everybody()),
        description: None,
    };
    let entry = |direction| NetworkAclEntry {
        number: 100,
        direction,
        action: Action::Allow,
        traffic: Traffic::All,
        cidr: everybody(),
    };
    let route = |destination| Route {
        destination,
        prefix_list: None,
        target: Target::Peering(gateway.as_str().into()),
    };
    let group = SecurityGroup { name: "site".to_owned(), rules: both.map(rule).to_vec() };
    site.security_groups.insert("sg-site".into(), group);
    site.network_acls.insert("acl-site".into(), NetworkAcl { entries: both.map(entry).to_vec() });
    let routes = home.all_cidrs().map(route).collect();
    site.route_tables.insert("rtb-site".into(), RouteTable { routes });
    let subnet = Subnet {
        cidr,
        ipv6_cidr: None,
        availability_zone: "site".to_owned(),
        network_acl: "acl-site".into(),
        route_table: "rtb-site".into(),
    };
    site.subnets.insert("subnet-site".into(), subnet);
    let host = NetworkInterface {
        id: SITE_HOST.into(),
        subnet: "subnet-site".into(),
        addresses: vec![InterfaceAddress { private: host_of(cidr), public: None }],
        ipv6_addresses: Vec::new(),
        groups: ["sg-site".into()].into(),
        source_dest_check: true,
        kind: InterfaceKind::Host,
    };
    site.interfaces.insert(host.id.clone(), host);
    let id = gateway.as_str().into();
    let connection = PeeringConnection { id, requester: home.vpc.clone(), accepter: site.vpc.clone() };
    Some((site, connection))
}

fn host_of(cidr: ipnet::Ipv4Net) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(cidr.network()) + SITE_HOST_NUMBER)
}

fn case(folder: &Path, networks: &[Network], expectation: &Value) -> Case {
    let hops = |value: &Value| -> Vec<String> {
        let nodes = list(value, "hops").iter().map(|hop| hop.as_str().unwrap().to_owned());
        nodes.filter(|node| ["igw-", "nat-", "vgw-"].iter().any(|kind| node.starts_with(kind))).collect()
    };
    let reverse = &expectation["reverse"];
    Case {
        name: format!("{} {}", text(expectation, "test"), expectation["flow"]),
        flow: flow(folder, networks, expectation),
        disposition: text(expectation, "disposition").replace("ACCEPTED_OR_EXITS", "EXITS_NETWORK"),
        gateways: hops(expectation),
        back: reverse.is_object().then(|| hops(reverse)),
    }
}

/// The flow of an expectation. Two are written as parts of an expression of another program: the two traces, one for
/// each tunnel of the VPN, of the packet from the instance that they begin at to the site.
fn flow(folder: &Path, networks: &[Network], expectation: &Value) -> Flow {
    let written = &expectation["flow"];
    let from = match written["from"].as_str() {
        Some(from) => from,
        None => list(expectation, "hops")[0].as_str().unwrap(),
    };
    let address = |name: &str| written[name].as_str().and_then(|ip| ip.parse::<IpAddr>().ok());
    // The rest is `first-ip-of:` the site's CIDR.
    let destination = address("dst_ip").unwrap_or_else(|| host_of(networks[1].cidrs[0]).into());
    let payload = match written["proto"].as_str() {
        Some("an") => Payload::Other(ACTIVE_NETWORKS),
        _ => Payload::tcp(written["dst_port"].as_u64().map_or(PORT, |port| port.try_into().unwrap())),
    };
    let (from, source) = if from == "internet" {
        (Origin::Internet(address("src_ip").unwrap_or(IpAddr::from([8, 8, 8, 8]))), None)
    } else if from.starts_with("vgw-") {
        (Origin::Interface(SITE_HOST.into()), None)
    } else if let Some(subnet) = networks[0].subnets.keys().find(|id| id.as_str() == from) {
        let interface = networks[0].interfaces.values().find(|i| i.subnet == *subnet).unwrap();
        (Origin::Interface(interface.id.clone()), address("src_ip"))
    } else {
        (Origin::Interface(interface_of(folder, from).into()), None)
    };
    Flow { from, source, destination, payload }
}
