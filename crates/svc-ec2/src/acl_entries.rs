//! Entries of network ACLs as requests give them.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html>

use crate::api;
use crate::error::{bad_cidr, bad_value, combination, missing, required};
use crate::model::acl_entry::{AclTraffic, AclTrafficError, NUMBERS};
use crate::model::cidr;
use crate::state::NetworkAclEntry;
use ipnet::IpNet;
use service::ServiceError;

/// The members that creating and replacing an entry have alike.
pub(crate) struct EntryInput<'a> {
    pub(crate) number: Option<i32>,
    pub(crate) egress: Option<bool>,
    pub(crate) action: &'a Option<String>,
    pub(crate) protocol: &'a Option<String>,
    pub(crate) cidr: &'a Option<String>,
    pub(crate) ipv6_cidr: &'a Option<String>,
    pub(crate) ports: Option<&'a api::PortRange>,
    pub(crate) icmp: Option<&'a api::IcmpTypeCode>,
}

impl EntryInput<'_> {
    pub(crate) fn entry(&self) -> Result<NetworkAclEntry, ServiceError> {
        let protocol = required(self.protocol, "Protocol")?;
        let traffic = AclTraffic::new(
            protocol,
            self.ports.map(|p| (p.from, p.to)),
            self.icmp.map(|i| (i.r#type, i.code)),
        );
        Ok(NetworkAclEntry {
            number: self.number()?,
            egress: self.egress.ok_or_else(|| missing("Egress"))?,
            allow: self.allow()?,
            traffic: traffic.map_err(|error| refused(&error))?,
            cidr: self.cidr()?,
        })
    }

    fn number(&self) -> Result<u16, ServiceError> {
        let number = self.number.ok_or_else(|| missing("RuleNumber"))?;
        u16::try_from(number).ok().filter(|_| NUMBERS.contains(&number)).ok_or_else(|| {
            let why = format!("The rule number must be between {} and {}.", NUMBERS.start(), NUMBERS.end());
            bad_value(number, "ruleNumber", &why)
        })
    }

    fn allow(&self) -> Result<bool, ServiceError> {
        match required(self.action, "RuleAction")? {
            "allow" => Ok(true),
            "deny" => Ok(false),
            other => Err(bad_value(other, "ruleAction", "Expecting allow or deny.")),
        }
    }

    fn cidr(&self) -> Result<IpNet, ServiceError> {
        match (self.cidr, self.ipv6_cidr) {
            (Some(text), None) => cidr::ipv4(text).map(IpNet::V4).ok_or_else(|| bad_cidr(text, "cidrBlock")),
            (None, Some(text)) => {
                cidr::ipv6(text).map(IpNet::V6).ok_or_else(|| bad_cidr(text, "ipv6CidrBlock"))
            }
            (None, None) => Err(missing("CidrBlock")),
            (Some(_), Some(_)) => Err(combination("Only one of cidrBlock and ipv6CidrBlock can be provided")),
        }
    }
}

fn refused(error: &AclTrafficError) -> ServiceError {
    match error {
        AclTrafficError::Protocol(text) => bad_value(text, "protocol", "Unknown protocol."),
        AclTrafficError::PortsMissing => missing("PortRange"),
        AclTrafficError::Ports(from, to) => {
            bad_value(format!("{from}-{to}"), "portRange", "Invalid port range.")
        }
        AclTrafficError::IcmpMissing => missing("IcmpTypeCode"),
        AclTrafficError::Icmp(kind, code) => {
            bad_value(format!("{kind}/{code}"), "icmpTypeCode", "Invalid ICMP type or code.")
        }
    }
}

pub(crate) fn no_such_entry(number: i32) -> ServiceError {
    ServiceError::client(
        "InvalidNetworkAclEntry.NotFound",
        format!("The network acl entry identified by {number} does not exist."),
    )
}
