//! The names of one VPC as a table.

use crate::{Answer, Zones};
use base::Region;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use vpc::{InterfaceKind, Network};

/// Names and addresses. A private name hides a public one of the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    private: BTreeMap<String, Vec<Ipv4Addr>>,
    public: BTreeMap<String, Vec<Ipv4Addr>>,
    names: BTreeMap<Ipv4Addr, String>,
}

impl Records {
    /// What follows from the VPC alone: the name of each private address in both directions, and the
    /// names that endpoints answer to (`InterfaceKind::Endpoint::names`).
    pub fn of(network: &Network, region: &Region) -> Self {
        let mut records = Self::default();
        for interface in network.interfaces.values() {
            for address in &interface.addresses {
                records.host(address.private, region);
            }
            if let (InterfaceKind::Endpoint { names, .. }, Some(address)) =
                (&interface.kind, interface.primary_address())
            {
                names.iter().for_each(|name| records.private(name, address));
            }
        }
        records
    }

    /// `ip-10-0-1-5.ec2.internal` and the way back.
    fn host(&mut self, address: Ipv4Addr, region: &Region) {
        let name = host_name(address, region);
        self.private(&name, address);
        self.names.insert(address, name);
    }

    /// An address more for a name inside the VPC: a database's, a load balancer's.
    pub fn private(&mut self, name: &str, address: Ipv4Addr) {
        add(&mut self.private, name, address);
    }

    /// An address more for a name that everybody may ask for: a service's public one. A name that starts
    /// with `*.` stands for all names below it.
    pub fn public(&mut self, name: &str, address: Ipv4Addr) {
        add(&mut self.public, name, address);
    }

    fn addresses(&self, name: &str) -> Option<&Vec<Ipv4Addr>> {
        [&self.private, &self.public].into_iter().find_map(|table| lookup(table, name))
    }
}

/// The host name of a private address; us-east-1 has its own form.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-naming.html>
fn host_name(address: Ipv4Addr, region: &Region) -> String {
    let [a, b, c, d] = address.octets();
    match region.as_str() {
        "us-east-1" => format!("ip-{a}-{b}-{c}-{d}.ec2.internal"),
        region => format!("ip-{a}-{b}-{c}-{d}.{region}.compute.internal"),
    }
}

fn canonical(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn add(table: &mut BTreeMap<String, Vec<Ipv4Addr>>, name: &str, address: Ipv4Addr) {
    let addresses = table.entry(canonical(name)).or_default();
    if !addresses.contains(&address) {
        addresses.push(address);
    }
}

/// The name itself, else the closest wildcard above it.
fn lookup<'a>(table: &'a BTreeMap<String, Vec<Ipv4Addr>>, name: &str) -> Option<&'a Vec<Ipv4Addr>> {
    let mut rest = name;
    table.get(name).or_else(|| {
        loop {
            rest = rest.split_once('.')?.1;
            if let Some(addresses) = table.get(&format!("*.{rest}")) {
                return Some(addresses);
            }
        }
    })
}

impl Zones for Records {
    fn resolve(&self, name: &str) -> Answer {
        if let Some(addresses) = self.addresses(name) {
            return Answer::Addresses(addresses.clone());
        }
        let pointer = reverse(name).and_then(|address| self.names.get(&address));
        pointer.cloned().map_or(Answer::NoSuchName, Answer::Name)
    }
}

/// The address that a name below `in-addr.arpa` stands for.
fn reverse(name: &str) -> Option<Ipv4Addr> {
    let octets: Vec<&str> = name.strip_suffix(".in-addr.arpa")?.split('.').rev().collect();
    octets.join(".").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Records {
        let network = vpc::testing::network(
            "vpc 10.0.0.0/16
             subnet subnet-a 10.0.1.0/24 acl-1 rtb-1
             eni eni-ep vpce-1 subnet-a 10.0.1.20 sg-1
             eni eni-db host subnet-a 10.0.1.30,10.0.1.31 sg-1",
        );
        let mut network = network.unwrap();
        if let Some(endpoint) = network.interfaces.get_mut(&"eni-ep".into())
            && let InterfaceKind::Endpoint { names, .. } = &mut endpoint.kind
        {
            names.push("SecretsManager.us-east-1.amazonaws.com".to_owned());
        }
        let mut records = Records::of(&network, &"us-east-1".parse().unwrap());
        records.private("db.abc.us-east-1.rds.amazonaws.com", Ipv4Addr::new(10, 0, 1, 30));
        records.public("secretsmanager.us-east-1.amazonaws.com", Ipv4Addr::new(198, 18, 0, 1));
        records.public("sts.us-east-1.amazonaws.com.", Ipv4Addr::new(198, 18, 0, 2));
        records.public("*.execute-api.us-east-1.amazonaws.com", Ipv4Addr::new(198, 18, 0, 3));
        records
    }

    fn check(name: &str, expected: &str) {
        let found = match records().resolve(name) {
            Answer::Addresses(addresses) => {
                addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            Answer::Name(name) => name,
            Answer::NoSuchName | Answer::Outside => "-".to_owned(),
        };
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn names_of_a_vpc() {
        check("ip-10-0-1-31.ec2.internal", "10.0.1.31");
        check("31.1.0.10.in-addr.arpa", "ip-10-0-1-31.ec2.internal");
        check("99.1.0.10.in-addr.arpa", "-");
        check("1.0.10.in-addr.arpa", "-");
        check("secretsmanager.us-east-1.amazonaws.com", "10.0.1.20");
        check("sts.us-east-1.amazonaws.com", "198.18.0.2");
        check("x.execute-api.us-east-1.amazonaws.com", "198.18.0.3");
        check("y.x.execute-api.us-east-1.amazonaws.com", "198.18.0.3");
        check("execute-api.us-east-1.amazonaws.com", "-");
        check("db.abc.us-east-1.rds.amazonaws.com", "10.0.1.30");
        check("example.com", "-");
        check("", "-");
    }

    #[test]
    fn other_regions_have_another_host_name() {
        let region: Region = "eu-central-1".parse().unwrap();
        assert_eq!(
            host_name(Ipv4Addr::new(10, 0, 1, 5), &region),
            "ip-10-0-1-5.eu-central-1.compute.internal"
        );
    }
}
