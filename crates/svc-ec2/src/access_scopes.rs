//! Network Access Scopes as requests write them, and as the model is asked.
//! <https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/working-with-network-access-scopes.html>

use crate::Ec2;
use crate::api;
use crate::error::{invalid_value, missing};
use crate::network_insights::id_of;
use crate::read::{Read, View};
use crate::state::{
    AnalysisResult, ScopeContent, ScopePackets, ScopePath, ScopeResources, ScopeStatement, Vpc,
};
use ipnet::Ipv4Net;
use service::ServiceError;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use vpc::{Network, PortRange};
use why::analysis::{
    AccessPath, Bounds, Findings, HeaderStatement, Protocol, ResourceStatement, Statement, access,
};

/// What a statement may be about. What moat has none of, no path goes through.
const RESOURCE_TYPES: [&str; 14] = [
    "AWS::EC2::Instance",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
];

pub(crate) fn read(
    input: &api::CreateNetworkInsightsAccessScopeRequest,
) -> Result<ScopeContent, ServiceError> {
    let paths = |given: &Option<Vec<api::AccessScopePathRequest>>| {
        given.as_ref().map(|paths| paths.iter().map(path).collect::<Vec<_>>())
    };
    let content = ScopeContent { matched: paths(&input.match_paths), excluded: paths(&input.exclude_paths) };
    if content.all().next().is_none() {
        return Err(missing("MatchPaths"));
    }
    for path in content.all() {
        // What is wrong about a path is told when it is made, not when it is asked about.
        sought(path, &BTreeMap::new())?;
    }
    Ok(content)
}

fn path(given: &api::AccessScopePathRequest) -> ScopePath {
    let through = |given: &Vec<api::ThroughResourcesStatementRequest>| {
        given.iter().map(|through| through.resource_statement.as_ref().map(resources)).collect()
    };
    ScopePath {
        source: given.source.as_ref().map(statement),
        destination: given.destination.as_ref().map(statement),
        through: given.through_resources.as_ref().map(through),
    }
}

fn statement(given: &api::PathStatementRequest) -> ScopeStatement {
    ScopeStatement {
        packets: given.packet_header_statement.as_ref().map(packets),
        resources: given.resource_statement.as_ref().map(resources),
    }
}

fn resources(given: &api::ResourceStatementRequest) -> ScopeResources {
    ScopeResources { ids: given.resources.clone(), types: given.resource_types.clone() }
}

fn packets(given: &api::PacketHeaderStatementRequest) -> ScopePackets {
    ScopePackets {
        source_addresses: given.source_addresses.clone(),
        destination_addresses: given.destination_addresses.clone(),
        source_ports: given.source_ports.clone(),
        destination_ports: given.destination_ports.clone(),
        source_prefix_lists: given.source_prefix_lists.clone(),
        destination_prefix_lists: given.destination_prefix_lists.clone(),
        protocols: given.protocols.clone(),
    }
}

impl ScopeContent {
    fn all(&self) -> impl Iterator<Item = &ScopePath> {
        self.matched.iter().chain(&self.excluded).flatten()
    }
}

type Lists = BTreeMap<String, Vec<Ipv4Net>>;

/// A scope's question, with everything that it is asked of.
pub(crate) struct Question {
    networks: Vec<Network>,
    matched: Vec<AccessPath>,
    excluded: Vec<AccessPath>,
}

pub(crate) fn ask(ec2: &Ec2, view: &View, content: &ScopeContent) -> Result<Question, ServiceError> {
    let snapshot = ec2.snapshot();
    let own: Vec<_> = view.all::<Vpc>()?;
    let mut networks = Vec::new();
    for vpc in own {
        networks.extend(ec2.network(&snapshot, &vpc.id)?);
    }
    let lists = lists(&networks);
    let paths = |paths: &Option<Vec<ScopePath>>| -> Result<Vec<AccessPath>, ServiceError> {
        paths.iter().flatten().map(|path| sought(path, &lists)).collect()
    };
    let (mut matched, excluded) = (paths(&content.matched)?, paths(&content.excluded)?);
    if matched.is_empty() {
        // Everything but what is excepted.
        matched.push(AccessPath::default());
    }
    Ok(Question { networks, matched, excluded })
}

impl Question {
    /// Takes a while.
    pub(crate) fn answer(&self) -> AnalysisResult<Findings> {
        match access(&self.networks, &self.matched, &self.excluded) {
            Ok(findings) => AnalysisResult::Succeeded(findings),
            Err(_) => AnalysisResult::Failed("The network configuration is not supported".to_owned()),
        }
    }
}

/// Every network knows the account's lists.
fn lists(networks: &[Network]) -> Lists {
    let blocks = |cidrs: &[ipnet::IpNet]| -> Vec<Ipv4Net> {
        cidrs
            .iter()
            .filter_map(|cidr| match *cidr {
                ipnet::IpNet::V4(block) => Some(block),
                ipnet::IpNet::V6(_) => None,
            })
            .collect()
    };
    let of = networks.first().map(|network| &network.prefix_lists);
    of.into_iter().flatten().map(|(id, cidrs)| (id.to_string(), blocks(cidrs))).collect()
}

fn sought(path: &ScopePath, lists: &Lists) -> Result<AccessPath, ServiceError> {
    let end = |end: &Option<ScopeStatement>| -> Result<Statement, ServiceError> {
        let given = end.clone().unwrap_or_default();
        Ok(Statement {
            resources: resource_statement(given.resources.as_ref())?,
            header: header(&given.packets.unwrap_or_default(), lists)?,
        })
    };
    let through = path.through.iter().flatten().map(|through| resource_statement(through.as_ref()));
    Ok(AccessPath {
        source: end(&path.source)?,
        destination: end(&path.destination)?,
        through: through.collect::<Result<_, _>>()?,
    })
}

fn resource_statement(given: Option<&ScopeResources>) -> Result<ResourceStatement, ServiceError> {
    let given = given.cloned().unwrap_or_default();
    let types = given.types.unwrap_or_default();
    if let Some(unknown) = types.iter().find(|kind| !RESOURCE_TYPES.contains(&kind.as_str())) {
        return Err(invalid_value(format!("The resource type '{unknown}' is not valid.")));
    }
    let ids = given.ids.unwrap_or_default().iter().map(|id| id_of(id).to_owned()).collect();
    Ok(ResourceStatement { ids, types })
}

fn header(given: &ScopePackets, lists: &Lists) -> Result<HeaderStatement, ServiceError> {
    let addresses =
        |own: &Option<Vec<String>>, named: &Option<Vec<String>>| -> Result<Vec<Ipv4Net>, ServiceError> {
            let own = own.iter().flatten().map(|text| block(text)).collect::<Result<Vec<_>, _>>()?;
            let of_lists = named.iter().flatten().flat_map(|id| {
                // A list that is not there has no address, and must not become one that asks for nothing.
                lists.get(id_of(id)).cloned().unwrap_or_else(|| vec![Ipv4Net::from(Ipv4Addr::UNSPECIFIED)])
            });
            Ok(own.into_iter().chain(of_lists).collect())
        };
    let ports = |given: &Option<Vec<String>>| -> Result<Vec<PortRange>, ServiceError> {
        given.iter().flatten().map(|text| ports(text)).collect()
    };
    let bounds = Bounds {
        sources: addresses(&given.source_addresses, &given.source_prefix_lists)?,
        destinations: addresses(&given.destination_addresses, &given.destination_prefix_lists)?,
        source_ports: ports(&given.source_ports)?,
        destination_ports: ports(&given.destination_ports)?,
    };
    let protocols = given.protocols.iter().flatten().map(|text| protocol(text)).collect::<Result<_, _>>()?;
    Ok(HeaderStatement { bounds, protocols })
}

fn block(text: &str) -> Result<Ipv4Net, ServiceError> {
    let wrong = || invalid_value(format!("The address '{text}' is not valid."));
    let address = || text.parse::<Ipv4Addr>().map(Ipv4Net::from);
    text.parse::<Ipv4Net>().or_else(|_| address()).map_err(|_| wrong())
}

fn ports(text: &str) -> Result<PortRange, ServiceError> {
    text.parse().map_err(|_| invalid_value(format!("The port range '{text}' is not valid.")))
}

fn protocol(text: &str) -> Result<Protocol, ServiceError> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Udp),
        _ => Err(invalid_value(format!("The protocol '{text}' is not valid."))),
    }
}
