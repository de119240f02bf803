//! Network ACLs.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::model::acl_entry::AclTraffic;
use crate::read::Read;
use crate::state::{NetworkAcl, NetworkAclEntry, Vpc};
use crate::tags;
use ipnet::IpNet;
use store::Fault;
use vpc::DEFAULT_ENTRY_NUMBER;

pub(crate) fn network_acl(view: &impl Read, row: &NetworkAcl) -> Result<api::NetworkAcl, Fault> {
    let with_ipv6 = view.lookup::<Vpc>(row.vpc.as_str())?.is_some_and(|vpc| vpc.has_ipv6());
    let mut entries: Vec<&NetworkAclEntry> = row.entries.iter().collect();
    let mut last = last_entries(DEFAULT_ENTRY_NUMBER, ipnet::Ipv4Net::default().into()).to_vec();
    if with_ipv6 {
        last.extend(last_entries(DEFAULT_ENTRY_NUMBER + 1, ipnet::Ipv6Net::default().into()));
    }
    entries.extend(&last);
    // Egress before ingress, each in order, as AWS lists them.
    entries.sort_by_key(|e| (!e.egress, e.number));
    let associations = row
        .associations
        .iter()
        .map(|association| api::NetworkAclAssociation {
            network_acl_association_id: text(&association.id),
            network_acl_id: text(&row.id),
            subnet_id: text(&association.subnet),
        })
        .collect();
    Ok(api::NetworkAcl {
        network_acl_id: text(&row.id),
        vpc_id: text(&row.vpc),
        owner_id: text(&row.scope.account),
        is_default: Some(row.is_default),
        entries: Some(entries.into_iter().map(entry).collect()),
        associations: Some(associations),
        tags: tags::rendered(&row.tags),
    })
}

/// The entries that deny the rest, of one kind of IP.
fn last_entries(number: u16, cidr: IpNet) -> [NetworkAclEntry; 2] {
    [true, false].map(|egress| NetworkAclEntry {
        number,
        egress,
        allow: false,
        traffic: AclTraffic::ALL,
        cidr,
    })
}

fn entry(row: &NetworkAclEntry) -> api::NetworkAclEntry {
    let (v4, v6) = match row.cidr {
        IpNet::V4(net) => (text(net), None),
        IpNet::V6(net) => (None, text(net)),
    };
    api::NetworkAclEntry {
        cidr_block: v4,
        ipv6_cidr_block: v6,
        egress: Some(row.egress),
        icmp_type_code: row
            .traffic
            .icmp
            .map(|(kind, code)| api::IcmpTypeCode { code: Some(code), r#type: Some(kind) }),
        port_range: row
            .traffic
            .ports
            .map(|(from, to)| api::PortRange { from: Some(i32::from(from)), to: Some(i32::from(to)) }),
        protocol: text(row.traffic.protocol),
        rule_action: text(if row.allow { "allow" } else { "deny" }),
        rule_number: Some(i32::from(row.number)),
    }
}

impl Facts for api::NetworkAcl {
    const FILTERS: &'static [&'static str] = &[
        "association.association-id",
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "entry.cidr",
        "entry.egress",
        "entry.icmp.code",
        "entry.icmp.type",
        "entry.ipv6-cidr",
        "entry.port-range.from",
        "entry.port-range.to",
        "entry.protocol",
        "entry.rule-action",
        "entry.rule-number",
        "network-acl-id",
        "owner-id",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let (associations, entries) = (self.associations.as_ref(), self.entries.as_ref());
        match filter {
            "association.association-id" => many(associations, |a| a.network_acl_association_id.clone()),
            "association.network-acl-id" => many(associations, |a| a.network_acl_id.clone()),
            "association.subnet-id" => many(associations, |a| a.subnet_id.clone()),
            "default" => one(self.is_default),
            "entry.cidr" => many(entries, |e| e.cidr_block.clone()),
            "entry.ipv6-cidr" => many(entries, |e| e.ipv6_cidr_block.clone()),
            "entry.egress" => many(entries, |e| e.egress),
            "entry.icmp.code" => many(entries, |e| e.icmp_type_code.as_ref().and_then(|i| i.code)),
            "entry.icmp.type" => many(entries, |e| e.icmp_type_code.as_ref().and_then(|i| i.r#type)),
            "entry.port-range.from" => many(entries, |e| e.port_range.as_ref().and_then(|p| p.from)),
            "entry.port-range.to" => many(entries, |e| e.port_range.as_ref().and_then(|p| p.to)),
            "entry.protocol" => many(entries, |e| e.protocol.clone()),
            "entry.rule-action" => many(entries, |e| e.rule_action.clone()),
            "entry.rule-number" => many(entries, |e| e.rule_number),
            "network-acl-id" => one(self.network_acl_id.as_ref()),
            "owner-id" => one(self.owner_id.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(network_acl_id, tags);
}
