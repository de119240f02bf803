//! VPC peering: two networks whose routers are linked, each routing the other's CIDRs there by its own tables.
//! It is not transitive: only packets between an address of the one and an address of the other cross.
//!
//! <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>

use crate::Network;
use base::{NetworkInterfaceId, SecurityGroupId, VpcId, VpcPeeringConnectionId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// The other end of an active connection, as a network knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peering {
    pub vpc: VpcId,
    pub cidrs: Vec<IpNet>,
    /// What is there. `None` in a network that is itself somebody's peer: nothing looks further than one
    /// connection, as no packet goes further.
    pub network: Option<Arc<Network>>,
}

/// An active connection between two VPCs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PeeringConnection {
    pub id: VpcPeeringConnectionId,
    pub requester: VpcId,
    pub accepter: VpcId,
}

impl PeeringConnection {
    /// The other end as seen from one of them.
    pub fn other(&self, vpc: &VpcId) -> Option<&VpcId> {
        match vpc {
            _ if vpc == &self.requester => Some(&self.accepter),
            _ if vpc == &self.accepter => Some(&self.requester),
            _ => None,
        }
    }
}

/// Tells networks, each resolved for itself, of the connections between them. A connection to a VPC that is
/// not among them leads nowhere, and so do routes to it.
pub fn connect(networks: &mut [Network], connections: &[PeeringConnection]) {
    let ends = |network: &Network| -> BTreeMap<VpcPeeringConnectionId, VpcId> {
        let other = |c: &PeeringConnection| Some((c.id.clone(), c.other(&network.vpc)?.clone()));
        connections.iter().filter_map(other).collect()
    };
    let cidrs: BTreeMap<VpcId, Vec<IpNet>> =
        networks.iter().map(|network| (network.vpc.clone(), network.all_cidrs().collect())).collect();
    for network in networks.iter_mut() {
        let known = |(id, vpc): (VpcPeeringConnectionId, VpcId)| {
            let cidrs = cidrs.get(&vpc)?.clone();
            Some((id, Peering { vpc, cidrs, network: None }))
        };
        network.peerings = ends(network).into_iter().filter_map(known).collect();
    }
    let peered = networks.iter().filter(|network| !network.peerings.is_empty());
    let bare: BTreeMap<VpcId, Arc<Network>> =
        peered.map(|network| (network.vpc.clone(), Arc::new(network.clone()))).collect();
    for peering in networks.iter_mut().flat_map(|network| network.peerings.values_mut()) {
        peering.network = bare.get(&peering.vpc).cloned();
    }
}

impl Network {
    /// The connection whose other end has the address.
    pub fn peering_to(&self, address: impl Into<IpAddr>) -> Option<(&VpcPeeringConnectionId, &Peering)> {
        let address = address.into();
        self.peerings.iter().find(|(_, peering)| peering.cidrs.iter().any(|cidr| cidr.contains(&address)))
    }

    /// This network and those at the other ends of its connections.
    pub fn reachable(&self) -> impl Iterator<Item = &Network> {
        std::iter::once(self).chain(self.peerings.values().filter_map(|peering| peering.network.as_deref()))
    }

    /// The network, this one or a peered one, that an interface is in.
    pub fn having(&self, interface: &NetworkInterfaceId) -> Option<&Network> {
        self.reachable().find(|network| network.interfaces.contains_key(interface))
    }

    /// What a rule here stands for that names a group of the other end; `None` when the group is not there.
    pub(crate) fn members_across(&self, group: &SecurityGroupId) -> Option<BTreeSet<IpAddr>> {
        self.security_groups.contains_key(group).then(|| self.members(group))
    }
}
