//! Endpoints as the resolver, the edge and the policies need them.

use crate::Ec2;
use crate::read::{Read, View};
use crate::render;
use crate::state::{NetworkInterface, Vpc, VpcEndpoint};
use base::{NetworkInterfaceId, SubnetId, VpcEndpointId, VpcId};
use std::net::Ipv4Addr;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// One endpoint.
#[derive(Debug, Clone)]
pub struct EndpointView {
    pub vpc: VpcId,
    pub id: VpcEndpointId,
    pub service_name: String,
    pub addresses: Vec<EndpointAddress>,
    /// The service's own names; empty while private DNS is off for the endpoint or the VPC.
    pub private_dns_names: Vec<String>,
    /// The endpoint's own names, which resolve from everywhere in the VPC.
    pub endpoint_dns_names: Vec<String>,
    /// `None` allows everything.
    pub policy: Option<Arc<policy::Document>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointAddress {
    pub interface: NetworkInterfaceId,
    pub subnet: SubnetId,
    pub address: Ipv4Addr,
}

/// The DNS attributes of a VPC.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DnsAttributes {
    pub support: bool,
    pub hostnames: bool,
}

impl Ec2 {
    /// Every endpoint of every account and region.
    pub fn endpoints(&self, snapshot: &Snapshot) -> Result<Vec<EndpointView>, Fault> {
        let rows = snapshot.scan::<VpcEndpoint>("")?;
        rows.iter().map(|row| endpoint_view(snapshot, row)).collect()
    }

    pub fn endpoint(&self, snapshot: &Snapshot, id: &VpcEndpointId) -> Result<Option<EndpointView>, Fault> {
        let rows = snapshot.scan::<VpcEndpoint>("")?;
        rows.iter().find(|row| &row.id == id).map(|row| endpoint_view(snapshot, row)).transpose()
    }

    pub fn dns_attributes(&self, snapshot: &Snapshot, vpc: &VpcId) -> Result<Option<DnsAttributes>, Fault> {
        let rows = snapshot.scan::<Vpc>("")?;
        let found = rows.iter().find(|row| &row.id == vpc);
        Ok(found.map(|row| DnsAttributes { support: row.dns_support, hostnames: row.dns_hostnames }))
    }
}

fn endpoint_view(snapshot: &Snapshot, row: &VpcEndpoint) -> Result<EndpointView, Fault> {
    let view = View::new(snapshot.clone(), row.scope.clone());
    let names = render::dns_entries(&view, row)?;
    let resolves = view.lookup::<Vpc>(row.vpc.as_str())?.is_some_and(|v| v.dns_support && v.dns_hostnames);
    let mut addresses = Vec::new();
    for (subnet, interface) in &row.interfaces {
        if let Some(found) = view.lookup::<NetworkInterface>(interface.as_str())? {
            let address = found.private_ip;
            addresses.push(EndpointAddress { interface: interface.clone(), subnet: subnet.clone(), address });
        }
    }
    Ok(EndpointView {
        vpc: row.vpc.clone(),
        id: row.id.clone(),
        service_name: row.service_name.clone(),
        addresses,
        private_dns_names: if resolves { names.private } else { Vec::new() },
        endpoint_dns_names: names.endpoint,
        policy: row.policy.clone().map(Arc::new),
    })
}
