//! Stored records resolved to the pure model of a network: names become interfaces and addresses.

use crate::Ec2;
use crate::model::permission::{Peer, Permission};
use crate::read::{Read, View};
use crate::render;
use crate::state::{
    Address, EgressOnlyInternetGateway, Instance, InterfaceType, InternetGateway, NatGateway, NetworkAcl,
    NetworkAclEntry, NetworkInterface, PrefixList, RouteDestination, RouteTable, RouteTarget, SecurityGroup,
    SecurityGroupRule, Subnet, Vpc, VpcEndpoint, VpcPeeringConnection,
};
use base::{NetworkAclId, PrefixListId, RouteTableId, SecurityGroupId, SubnetId, VpcId};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Fault, Snapshot};

impl Ec2 {
    /// One VPC, wherever it is.
    pub fn network(&self, snapshot: &Snapshot, id: &VpcId) -> Result<Option<vpc::Network>, Fault> {
        let rows = snapshot.scan::<Vpc>("")?;
        let connections = peering_connections(snapshot)?;
        let peers: BTreeSet<&VpcId> = connections.iter().filter_map(|c| c.other(id)).collect();
        let wanted = rows.iter().filter(|row| row.id == *id || peers.contains(&row.id));
        let mut networks = wanted.map(|row| resolve(snapshot, row)).collect::<Result<Vec<_>, _>>()?;
        vpc::connect(&mut networks, &connections);
        Ok(networks.into_iter().find(|network| network.vpc == *id))
    }

    /// Every VPC of every account and region, but for default VPCs without an interface: those came
    /// unasked, and cost nothing until somebody moves in.
    pub fn networks(&self, snapshot: &Snapshot) -> Result<Vec<vpc::Network>, Fault> {
        let mut rows = snapshot.scan::<Vpc>("")?;
        if rows.iter().any(|row| row.is_default) {
            let used: BTreeSet<VpcId> = snapshot
                .scan::<NetworkInterface>("")?
                .iter()
                .map(|interface| interface.vpc.clone())
                .collect();
            rows.retain(|row| !row.is_default || used.contains(&row.id));
        }
        let mut networks = rows.iter().map(|row| resolve(snapshot, row)).collect::<Result<Vec<_>, _>>()?;
        vpc::connect(&mut networks, &peering_connections(snapshot)?);
        Ok(networks)
    }
}

/// The active ones, each once.
fn peering_connections(snapshot: &Snapshot) -> Result<Vec<vpc::PeeringConnection>, Fault> {
    let rows = snapshot.scan::<VpcPeeringConnection>("")?;
    let active = rows.iter().filter(|row| row.is_active() && row.scope == row.requester.scope);
    let connection = |row: &Arc<VpcPeeringConnection>| vpc::PeeringConnection {
        id: row.id.clone(),
        requester: row.requester.vpc.clone(),
        accepter: row.accepter.vpc.clone(),
    };
    Ok(active.map(connection).collect())
}

fn resolve(snapshot: &Snapshot, row: &Arc<Vpc>) -> Result<vpc::Network, Fault> {
    let view = View::new(snapshot.clone(), row.scope.clone());
    let id = &row.id;
    let mut network = vpc::Network::new(id.clone(), row.cidr);
    network.cidrs = row.cidrs().collect();
    network.ipv6_cidrs = row.ipv6_cidrs.iter().map(|association| association.cidr).collect();
    network.dns_support = row.dns_support;
    network.dns_hostnames = row.dns_hostnames;
    network.internet_gateway = view
        .having::<InternetGateway>(|gateway| gateway.vpc.as_ref() == Some(id))?
        .first()
        .map(|gateway| gateway.id.clone());
    network.egress_only_internet_gateway = view
        .having::<EgressOnlyInternetGateway>(|gateway| &gateway.vpc == id)?
        .first()
        .map(|gateway| gateway.id.clone());
    let tables = view.having::<RouteTable>(|table| &table.vpc == id)?;
    let acls = view.having::<NetworkAcl>(|acl| &acl.vpc == id)?;
    network.prefix_lists = prefix_lists(&view)?;
    network.subnets = subnets(&view, id, &tables, &acls)?;
    for table in &tables {
        let routes = routes(&view, table, &network.prefix_lists)?;
        network.route_tables.insert(table.id.clone(), vpc::RouteTable { routes });
    }
    for acl in &acls {
        let entries = acl.entries.iter().map(entry).collect();
        network.network_acls.insert(acl.id.clone(), vpc::NetworkAcl { entries });
    }
    let mut rules = rules_by_group(&view)?;
    for group in view.having::<SecurityGroup>(|group| &group.vpc == id)? {
        let rules = rules.remove(&group.id).unwrap_or_default();
        network.security_groups.insert(group.id.clone(), security_group(&group, &rules));
    }
    let interfaces = view.having::<NetworkInterface>(|interface| &interface.vpc == id)?;
    for interface in &interfaces {
        network.interfaces.insert(interface.id.clone(), network_interface(&view, interface)?);
        if let Some(attachment) = attachment(&view, interface)? {
            network.attachments.insert(interface.id.clone(), attachment);
        }
    }
    network.flow_logs = crate::flow_logs::of_network(&view, id, &interfaces)?;
    Ok(network)
}

fn subnets(
    view: &View,
    vpc: &VpcId,
    tables: &[Arc<RouteTable>],
    acls: &[Arc<NetworkAcl>],
) -> Result<BTreeMap<SubnetId, vpc::Subnet>, Fault> {
    let rows = view.having::<Subnet>(|subnet| &subnet.vpc == vpc)?;
    let resolved = rows.iter().filter_map(|row| {
        // Both exist by construction: creating a VPC makes a main table, creating a subnet associates it.
        let subnet = vpc::Subnet {
            cidr: row.cidr,
            ipv6_cidr: row.ipv6_cidr.as_ref().map(|association| association.cidr),
            availability_zone: row.zone.clone(),
            network_acl: acl_of(&row.id, acls)?,
            route_table: table_of(&row.id, tables)?,
        };
        Some((row.id.clone(), subnet))
    });
    Ok(resolved.collect())
}

fn acl_of(subnet: &SubnetId, acls: &[Arc<NetworkAcl>]) -> Option<NetworkAclId> {
    acls.iter().find(|acl| acl.associations.iter().any(|a| &a.subnet == subnet)).map(|acl| acl.id.clone())
}

fn table_of(subnet: &SubnetId, tables: &[Arc<RouteTable>]) -> Option<RouteTableId> {
    let own = tables.iter().find(|t| t.associations.iter().any(|a| a.subnet.as_ref() == Some(subnet)));
    own.or_else(|| tables.iter().find(|t| t.is_main())).map(|table| table.id.clone())
}

/// AWS's lists and the account's, each with its blocks.
fn prefix_lists(view: &View) -> Result<BTreeMap<PrefixListId, Vec<IpNet>>, Fault> {
    let aws = crate::prefix_lists::aws_lists(&view.scope().region);
    let aws = aws.into_iter().map(|list| (list.id, vec![list.cidr.into()]));
    let own = view.all::<PrefixList>()?;
    let own =
        own.iter().map(|list| (list.id.clone(), list.entries().iter().map(|e| e.cidr.into()).collect()));
    Ok(aws.chain(own).collect())
}

/// A route to a prefix list is one to each of its blocks.
fn routes(
    view: &View,
    table: &RouteTable,
    lists: &BTreeMap<PrefixListId, Vec<IpNet>>,
) -> Result<Vec<vpc::Route>, Fault> {
    let mut out = Vec::new();
    for route in &table.routes {
        let target = target(view, &route.target)?;
        match &route.destination {
            RouteDestination::Cidr(cidr) => {
                out.push(vpc::Route { destination: *cidr, prefix_list: None, target });
            }
            RouteDestination::PrefixList(id) => {
                let blocks = lists.get(id).into_iter().flatten();
                out.extend(blocks.map(|cidr| vpc::Route {
                    destination: *cidr,
                    prefix_list: Some(id.clone()),
                    target: target.clone(),
                }));
            }
        }
    }
    Ok(out)
}

fn target(view: &View, target: &RouteTarget) -> Result<vpc::Target, Fault> {
    let found = match target {
        RouteTarget::InternetGateway(id) => {
            view.lookup::<InternetGateway>(id.as_str())?.map(|_| vpc::Target::InternetGateway(id.clone()))
        }
        RouteTarget::EgressOnlyInternetGateway(id) => view
            .lookup::<EgressOnlyInternetGateway>(id.as_str())?
            .map(|_| vpc::Target::EgressOnlyInternetGateway(id.clone())),
        RouteTarget::NatGateway(id) => view
            .lookup::<NatGateway>(id.as_str())?
            .filter(|gateway| gateway.is_available())
            .map(|gateway| vpc::Target::NatGateway { id: id.clone(), interface: gateway.interface.clone() }),
        RouteTarget::VpcEndpoint(id) => {
            view.lookup::<VpcEndpoint>(id.as_str())?.map(|_| vpc::Target::VpcEndpoint(id.clone()))
        }
        RouteTarget::VpcPeeringConnection(id) => view
            .lookup::<VpcPeeringConnection>(id.as_str())?
            .filter(|connection| connection.is_active())
            .map(|_| vpc::Target::Peering(id.clone())),
        RouteTarget::NetworkInterface(id) => view
            .lookup::<NetworkInterface>(id.as_str())?
            .filter(|interface| interface.attachment.is_some())
            .map(|_| vpc::Target::NetworkInterface(id.clone())),
    };
    Ok(found.unwrap_or(vpc::Target::Blackhole))
}

fn direction(egress: bool) -> vpc::Direction {
    if egress { vpc::Direction::Egress } else { vpc::Direction::Ingress }
}

fn entry(row: &NetworkAclEntry) -> vpc::NetworkAclEntry {
    vpc::NetworkAclEntry {
        number: row.number,
        direction: direction(row.egress),
        action: if row.allow { vpc::Action::Allow } else { vpc::Action::Deny },
        traffic: row.traffic.traffic(),
        cidr: row.cidr,
    }
}

/// Read once for all groups: there may be thousands of both.
fn rules_by_group(view: &View) -> Result<BTreeMap<SecurityGroupId, Vec<Arc<SecurityGroupRule>>>, Fault> {
    let mut by_group = BTreeMap::<_, Vec<_>>::new();
    for rule in view.all::<SecurityGroupRule>()? {
        by_group.entry(rule.group.clone()).or_default().push(rule);
    }
    Ok(by_group)
}

fn security_group(row: &SecurityGroup, rules: &[Arc<SecurityGroupRule>]) -> vpc::SecurityGroup {
    let rules = rules.iter().map(|rule| vpc::SecurityGroupRule {
        id: rule.id.clone(),
        direction: direction(rule.egress),
        traffic: rule.permission.traffic(),
        peer: peer(&rule.permission),
        description: rule.description.clone(),
    });
    vpc::SecurityGroup { name: row.name.clone(), rules: rules.collect() }
}

fn peer(permission: &Permission) -> vpc::Peer {
    match &permission.peer {
        Peer::Cidr(cidr) => vpc::Peer::Cidr(*cidr),
        Peer::Group(id) => vpc::Peer::Group(id.clone()),
        Peer::PeeredGroup(group) => vpc::Peer::Group(group.id.clone()),
        Peer::PrefixList(id) => vpc::Peer::PrefixList(id.clone()),
    }
}

/// Which instance has the interface.
fn attachment(view: &View, row: &NetworkInterface) -> Result<Option<vpc::Attachment>, Fault> {
    let Some(attachment) = &row.attachment else { return Ok(None) };
    let Some(id) = &attachment.instance else { return Ok(None) };
    let instance = view.lookup::<Instance>(id.as_str())?;
    let device_index = u32::try_from(attachment.device_index).unwrap_or_default();
    let attachment = |instance: &Instance| vpc::Attachment {
        instance: id.clone(),
        device_index,
        first: instance.interface.clone(),
    };
    Ok(instance.as_deref().map(attachment))
}

fn network_interface(view: &View, row: &NetworkInterface) -> Result<vpc::NetworkInterface, Fault> {
    let elastic =
        view.having::<Address>(|a| a.association.as_ref().is_some_and(|x| x.interface == row.id))?;
    let addresses = row.addresses().map(|private| {
        let public = elastic
            .iter()
            .find(|a| a.association.as_ref().is_some_and(|x| x.private_ip == private))
            .map(|a| a.public_ip)
            .or_else(|| row.public_ip.filter(|_| private == row.private_ip));
        vpc::InterfaceAddress { private, public }
    });
    Ok(vpc::NetworkInterface {
        id: row.id.clone(),
        subnet: row.subnet.clone(),
        addresses: addresses.collect(),
        ipv6_addresses: row.ipv6_addresses.clone(),
        groups: row.groups.clone(),
        source_dest_check: row.source_dest_check,
        kind: interface_kind(view, row)?,
    })
}

fn interface_kind(view: &View, row: &NetworkInterface) -> Result<vpc::InterfaceKind, Fault> {
    Ok(match row.interface_type {
        InterfaceType::Lambda => vpc::InterfaceKind::Hub,
        InterfaceType::NetworkLoadBalancer if row.groups.is_empty() => vpc::InterfaceKind::Open,
        InterfaceType::Interface | InterfaceType::ApiGateway | InterfaceType::NetworkLoadBalancer => {
            vpc::InterfaceKind::Host
        }
        InterfaceType::NatGateway => view
            .having::<NatGateway>(|gateway| gateway.interface == row.id)?
            .first()
            .map_or(vpc::InterfaceKind::Host, |gateway| vpc::InterfaceKind::NatGateway(gateway.id.clone())),
        InterfaceType::VpcEndpoint => {
            let rows = view.having::<VpcEndpoint>(|e| e.interfaces.values().any(|i| i == &row.id))?;
            match rows.first() {
                Some(endpoint) => endpoint_kind(view, endpoint)?,
                None => vpc::InterfaceKind::Host,
            }
        }
    })
}

fn endpoint_kind(view: &View, row: &VpcEndpoint) -> Result<vpc::InterfaceKind, Fault> {
    let names = render::dns_entries(view, row)?;
    Ok(vpc::InterfaceKind::Endpoint {
        vpce: row.id.clone(),
        services: vec![row.service_name.clone()],
        names: names.private.into_iter().chain(names.endpoint).collect(),
    })
}
