//! Paths that Reachability Analyzer is asked about.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInsightsPath.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{NetworkInsightsPathId, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use vpc::PortRange;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkInsightsPath {
    pub scope: Scope,
    pub id: NetworkInsightsPathId,
    pub created: Timestamp,
    pub asked: PathAsked,
    pub client_token: Option<String>,
    pub tags: Tags,
}

/// What the path is from, to, and of which packets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathAsked {
    /// The id of an instance, an interface, an internet gateway or an endpoint.
    pub source: String,
    /// `None` where an address is meant, wherever it is.
    pub destination: Option<String>,
    pub source_ip: Option<Ipv4Addr>,
    pub destination_ip: Option<Ipv4Addr>,
    /// `tcp` or `udp`.
    pub protocol: String,
    pub destination_port: Option<u16>,
    pub at_source: Option<PathFilter>,
    pub at_destination: Option<PathFilter>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathFilter {
    pub source: Option<Ipv4Addr>,
    pub source_ports: Option<PortRange>,
    pub destination: Option<Ipv4Addr>,
    pub destination_ports: Option<PortRange>,
}

resource!(NetworkInsightsPath, table "ec2_network_insights_path", kind "network-insights-path",
    missing "InvalidNetworkInsightsPathId.NotFound" "The network insights path '{}' does not exist.",
    malformed "InvalidNetworkInsightsPathId.Malformed" "nip");
