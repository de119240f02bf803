//! Sets of DHCP options.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{DhcpOptionsId, Scope};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DhcpOptions {
    pub scope: Scope,
    pub id: DhcpOptionsId,
    pub domain_name: Option<String>,
    pub domain_name_servers: Vec<NameServer>,
    /// The set that new VPCs of the region get.
    pub is_region_default: bool,
    pub tags: Tags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameServer {
    /// `AmazonProvidedDNS`, the VPC's own resolver.
    Amazon,
    At(Ipv4Addr),
}

impl NameServer {
    /// As the API writes it.
    pub const AMAZON: &'static str = "AmazonProvidedDNS";
}

impl std::fmt::Display for NameServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Amazon => f.write_str(Self::AMAZON),
            Self::At(address) => address.fmt(f),
        }
    }
}

resource!(DhcpOptions, table "ec2_dhcp_options", kind "dhcp-options",
    missing "InvalidDhcpOptionID.NotFound" "The dhcpOption ID '{}' does not exist");
