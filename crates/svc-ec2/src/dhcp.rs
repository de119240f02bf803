//! DHCP options: what a request may ask for, and what they make of a VPC's name servers.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html>

use crate::api;
use crate::change::Change;
use crate::error::{bad_value, invalid_value, missing};
use crate::read::{Read, View};
use crate::state::{DhcpOptions, NameServer, Vpc};
use crate::tags::Tags;
use crate::{Ec2, render};
use base::{DhcpOptionsId, VpcId};
use service::ServiceError;
use std::net::Ipv4Addr;
use store::{Fault, Snapshot};

/// Name servers in one set.
const MAX_SERVERS: usize = 4;
/// Instead of an id: a VPC without options.
pub(crate) const NONE: &str = "default";

/// What DHCP tells the hosts of a VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameService {
    /// In the order to ask them.
    pub servers: Vec<Ipv4Addr>,
    /// The domain that is appended to names without one.
    pub domain: Option<String>,
}

impl Ec2 {
    /// The name servers and the domain of a VPC's hosts.
    pub fn name_service(&self, snapshot: &Snapshot, vpc: &VpcId) -> Result<NameService, Fault> {
        let rows = snapshot.scan::<Vpc>("")?;
        let Some(row) = rows.iter().find(|row| &row.id == vpc) else { return Ok(NameService::default()) };
        let options = View::new(snapshot.clone(), row.scope.clone())
            .lookup::<DhcpOptions>(row.dhcp_options.as_str())?;
        // Without options there is nobody to ask.
        let Some(options) = options else { return Ok(NameService::default()) };
        let server = |server: &NameServer| match server {
            NameServer::Amazon => Ipv4Addr::from_bits(row.cidr.network().to_bits().wrapping_add(2)),
            NameServer::At(address) => *address,
        };
        Ok(NameService {
            servers: options.domain_name_servers.iter().map(server).collect(),
            domain: options.domain_name.clone(),
        })
    }
}

/// The options that new VPCs of the region get, made when first needed.
pub(crate) fn region_default(change: &mut Change<'_>) -> Result<DhcpOptionsId, ServiceError> {
    if let Some(found) = change.having::<DhcpOptions>(|options| options.is_region_default)?.first() {
        return Ok(found.id.clone());
    }
    let options = DhcpOptions {
        scope: change.scope().clone(),
        id: change.id("dopt"),
        domain_name: Some(render::internal_domain(&change.scope().region)),
        domain_name_servers: vec![NameServer::Amazon],
        is_region_default: true,
        tags: Tags::new(),
    };
    change.put(&options)?;
    Ok(options.id)
}

/// The options of a request. Those that no host of moat reads are refused by name.
pub(crate) fn read(
    scope: &base::Scope,
    id: DhcpOptionsId,
    configurations: Option<&Vec<api::NewDhcpConfiguration>>,
    tags: Tags,
) -> Result<DhcpOptions, ServiceError> {
    let given = configurations.map(Vec::as_slice).unwrap_or_default();
    if given.is_empty() {
        return Err(missing("dhcpConfiguration"));
    }
    let mut options = DhcpOptions {
        scope: scope.clone(),
        id,
        domain_name: None,
        domain_name_servers: Vec::new(),
        is_region_default: false,
        tags,
    };
    for configuration in given {
        read_one(&mut options, configuration)?;
    }
    Ok(options)
}

fn read_one(
    options: &mut DhcpOptions,
    configuration: &api::NewDhcpConfiguration,
) -> Result<(), ServiceError> {
    let values = configuration.values.as_deref().unwrap_or_default();
    match configuration.key.as_deref().unwrap_or_default() {
        "domain-name" => options.domain_name = Some(domain(values)?),
        "domain-name-servers" => options.domain_name_servers = servers(values)?,
        known @ ("ntp-servers"
        | "netbios-name-servers"
        | "netbios-node-type"
        | "ipv6-address-preferred-lease-time") => {
            return Err(ServiceError::not_implemented(&format!("the DHCP option {known}")));
        }
        other => return Err(bad_value(other, "dhcpOption.key", "Unknown DHCP option.")),
    }
    Ok(())
}

fn domain(values: &[String]) -> Result<String, ServiceError> {
    let is_name = |text: &String| {
        !text.is_empty()
            && text.len() <= 253
            && text
                .split(['.', ' '])
                .all(|label| label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)))
    };
    match values {
        [text] if is_name(text) => Ok(text.clone()),
        _ => Err(bad_value(values.join(","), "domain-name", "Invalid domain name.")),
    }
}

/// Several may come as several values, or as one with commas, which the AWS CLI's older examples write.
fn servers(values: &[String]) -> Result<Vec<NameServer>, ServiceError> {
    let each = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    let servers: Vec<NameServer> = each.map(server).collect::<Result<_, _>>()?;
    if servers.is_empty() || servers.len() > MAX_SERVERS {
        return Err(invalid_value(format!(
            "Value ({}) for parameter domain-name-servers is invalid. Between 1 and {MAX_SERVERS} servers are allowed.",
            values.join(",")
        )));
    }
    Ok(servers)
}

fn server(text: &str) -> Result<NameServer, ServiceError> {
    if text == NameServer::AMAZON {
        return Ok(NameServer::Amazon);
    }
    text.parse().map(NameServer::At).map_err(|_| {
        bad_value(text, "domain-name-servers", "Expecting an IPv4 address or AmazonProvidedDNS.")
    })
}
