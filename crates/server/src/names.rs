//! What names resolve to inside each VPC, and the sockets that answer there.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>

use crate::domain_names;
use crate::listeners::public_address;
use crate::network::Follower;
use crate::outside::{HostResolver, with_outside};
use base::{Region, VpcId};
use netplane::DataPlane;
use resolver::{Answer, Zones};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Snapshot, Store};
use svc_ec2::Ec2;
use svc_rds::DbInstance;
use tokio::task::AbortHandle;
use vpc::Network;

const DNS: u16 = 53;
/// Where every VPC's resolver answers besides base+2.
pub const LINK_LOCAL: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);

/// The names that one VPC sees.
pub struct VpcNames {
    store: Store,
    ec2: Arc<Ec2>,
    vpc: VpcId,
    region: Region,
}

impl VpcNames {
    pub fn new(store: Store, ec2: Arc<Ec2>, vpc: VpcId, region: Region) -> Self {
        Self { store, ec2, vpc, region }
    }

    fn lookup(&self, name: &str) -> Result<Answer, store::Fault> {
        let snapshot = self.store.read();
        let Some(dns) = self.ec2.dns_attributes(&snapshot, &self.vpc)?.filter(|dns| dns.support) else {
            return Ok(Answer::NoSuchName);
        };
        if let Some(addresses) = self.endpoint(&snapshot, name)? {
            return Ok(Answer::Addresses(addresses));
        }
        if let Some(address) = database(&snapshot, name)? {
            return Ok(Answer::Addresses(vec![address]));
        }
        if let Some(addresses) = svc_elbv2::addresses_of(&snapshot, name)? {
            return Ok(Answer::Addresses(addresses));
        }
        if let Some(address) = public_address(name, &self.region) {
            return Ok(Answer::Addresses(vec![address]));
        }
        if let Some(address) = domain_names::address(&snapshot, name, &self.region)? {
            return Ok(Answer::Addresses(vec![address]));
        }
        self.host_name(&snapshot, name, dns.hostnames)
    }

    fn endpoint(&self, snapshot: &Snapshot, name: &str) -> Result<Option<Vec<Ipv4Addr>>, store::Fault> {
        let endpoints = self.ec2.endpoints(snapshot)?;
        let own = endpoints.into_iter().filter(|e| e.vpc == self.vpc);
        let found = own.into_iter().find(|e| {
            let private = e.private_dns_names.iter().any(|n| matches_name(n, name));
            private || e.endpoint_dns_names.iter().any(|n| matches_name(n, name))
        });
        Ok(found.map(|e| e.addresses.iter().map(|a| a.address).collect()))
    }

    /// `ip-10-0-1-5.ec2.internal` and its reverse.
    fn host_name(&self, snapshot: &Snapshot, name: &str, hostnames: bool) -> Result<Answer, store::Fault> {
        let Some(network) = self.ec2.network(snapshot, &self.vpc)? else { return Ok(Answer::NoSuchName) };
        let domain = if self.region.as_str() == "us-east-1" {
            "ec2.internal".to_owned()
        } else {
            format!("{}.compute.internal", self.region)
        };
        if let Some(address) = reverse(name) {
            let known = hostnames && network.cidrs.iter().any(|cidr| cidr.contains(&address));
            let text = address.to_string().replace('.', "-");
            return Ok(if known { Answer::Name(format!("ip-{text}.{domain}")) } else { Answer::NoSuchName });
        }
        let address = name
            .strip_suffix(&domain)
            .and_then(|rest| rest.strip_prefix("ip-")?.strip_suffix('.'))
            .and_then(|rest| rest.replace('-', ".").parse::<Ipv4Addr>().ok())
            .filter(|address| network.cidrs.iter().any(|cidr| cidr.contains(address)));
        Ok(address.map_or(Answer::NoSuchName, |address| Answer::Addresses(vec![address])))
    }
}

impl Zones for VpcNames {
    fn resolve(&self, name: &str) -> Answer {
        self.lookup(name).unwrap_or_else(|fault| {
            tracing::error!(%fault, "resolve a name");
            Answer::NoSuchName
        })
    }
}

/// The names that functions outside any VPC see: the public ones.
pub struct PublicNames {
    pub store: Store,
    pub region: Region,
}

impl Zones for PublicNames {
    fn resolve(&self, name: &str) -> Answer {
        if let Ok(Some(addresses)) = svc_elbv2::addresses_of(&self.store.read(), name) {
            return Answer::Addresses(addresses);
        }
        if let Ok(Some(address)) = domain_names::address(&self.store.read(), name, &self.region) {
            return Answer::Addresses(vec![address]);
        }
        let database = database(&self.store.read(), name).unwrap_or_default();
        // As on AWS, a private database's name resolves everywhere; its address leads nowhere from outside.
        public_address(name, &self.region)
            .or(database)
            .map_or(Answer::NoSuchName, |address| Answer::Addresses(vec![address]))
    }
}

fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

fn database(snapshot: &Snapshot, name: &str) -> Result<Option<Ipv4Addr>, store::Fault> {
    if !name.ends_with(".rds.amazonaws.com") {
        return Ok(None);
    }
    let found = snapshot.scan::<DbInstance>("")?.into_iter().find(|db| db.host.eq_ignore_ascii_case(name));
    Ok(found.and_then(|db| db.address))
}

fn reverse(name: &str) -> Option<Ipv4Addr> {
    let mut octets: Vec<&str> = name.strip_suffix(".in-addr.arpa")?.split('.').collect();
    octets.reverse();
    octets.join(".").parse().ok()
}

/// Keeps a resolver answering in every VPC's router.
pub struct Resolvers {
    store: Store,
    ec2: Arc<Ec2>,
    plane: Arc<dyn DataPlane>,
    region: Region,
    upstream: Option<Arc<HostResolver>>,
    runtime: tokio::runtime::Handle,
    open: Mutex<BTreeMap<VpcId, Vec<AbortHandle>>>,
}

impl Resolvers {
    /// Must be called on the runtime that is to serve.
    pub fn new(
        store: Store,
        ec2: Arc<Ec2>,
        plane: Arc<dyn DataPlane>,
        region: Region,
        upstream: Option<Arc<HostResolver>>,
    ) -> Arc<Self> {
        let runtime = tokio::runtime::Handle::current();
        Arc::new(Self { store, ec2, plane, region, upstream, runtime, open: Mutex::default() })
    }

    fn open(&self, network: &Network) -> Result<Vec<AbortHandle>, netplane::PlaneError> {
        let router = self.plane.router_path(&network.vpc)?;
        let zones = Arc::new(VpcNames::new(
            self.store.clone(),
            self.ec2.clone(),
            network.vpc.clone(),
            self.region.clone(),
        ));
        let zones = with_outside(zones, self.upstream.clone());
        let mut tasks = Vec::new();
        for address in [base_plus_two(network), Some(LINK_LOCAL)].into_iter().flatten() {
            tasks.push(serve_names(&self.runtime, self.plane.as_ref(), &router, address, zones.clone())?);
        }
        Ok(tasks)
    }
}

/// Answers DNS at an address of a network namespace until aborted.
pub fn serve_names(
    runtime: &tokio::runtime::Handle,
    plane: &dyn DataPlane,
    namespace: &Path,
    address: Ipv4Addr,
    zones: Arc<dyn Zones>,
) -> Result<AbortHandle, netplane::PlaneError> {
    let at = SocketAddr::new(IpAddr::V4(address), DNS);
    let udp = plane.bind_udp_in(namespace, at)?;
    let tcp = plane.listen_in(namespace, at)?;
    let task = runtime.spawn(async move {
        if let Err(error) = resolver::serve(udp, tcp, zones).await {
            tracing::error!(%error, "a resolver stopped");
        }
    });
    Ok(task.abort_handle())
}

/// The Amazon-provided DNS server of a VPC: the base of its primary CIDR plus two.
pub fn base_plus_two(network: &Network) -> Option<Ipv4Addr> {
    network.cidrs.first().map(|cidr| Ipv4Addr::from_bits(cidr.network().to_bits() + 2))
}

impl Follower for Resolvers {
    fn follow(&self, _: &Snapshot, networks: &[Network]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|vpc, tasks| {
            let kept = networks.iter().any(|network| network.vpc == *vpc);
            if !kept {
                tasks.iter().for_each(AbortHandle::abort);
            }
            kept
        });
        for network in networks {
            if open.contains_key(&network.vpc) {
                continue;
            }
            match self.open(network) {
                Ok(tasks) => {
                    open.insert(network.vpc.clone(), tasks);
                }
                Err(error) => tracing::error!(vpc = %network.vpc, %error, "open a resolver"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reverse_name_is_an_address_written_backwards() {
        assert_eq!(reverse("5.1.0.10.in-addr.arpa"), Some(Ipv4Addr::new(10, 0, 1, 5)));
        assert_eq!(reverse("1.0.10.in-addr.arpa"), None);
        assert_eq!(reverse("example.com"), None);
    }

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(matches_name(
            "*.execute-api.us-east-1.amazonaws.com",
            "a1.execute-api.us-east-1.amazonaws.com"
        ));
        assert!(!matches_name("*.amazonaws.com", "a.b.amazonaws.com"));
    }
}
