//! The tables: one file per resource. Rows are keyed by scope and id.

mod address;
mod default_vpc;
mod dhcp_options;
mod egress_only_internet_gateway;
mod flow_log;
mod instance;
mod internet_gateway;
mod launch_template;
mod nat_gateway;
mod network_acl;
mod network_insights_access_scope;
mod network_insights_access_scope_analysis;
mod network_insights_analysis;
mod network_insights_path;
mod network_interface;
mod prefix_list;
mod resource;
mod route_table;
mod security_group;
mod subnet;
mod vpc;
mod vpc_endpoint;
mod vpc_peering_connection;

pub use address::{Address, AddressAssociation};
pub use default_vpc::DefaultVpcGiven;
pub use dhcp_options::{DhcpOptions, NameServer};
pub use egress_only_internet_gateway::EgressOnlyInternetGateway;
pub use flow_log::{FailedDelivery, FlowLog, Watched};
pub use instance::{Instance, InstanceProfile, InstanceState, MetadataOptions, StateReason};
pub use internet_gateway::InternetGateway;
pub use launch_template::{LaunchTemplate, LaunchTemplateVersion};
pub use nat_gateway::{NatAddress, NatGateway, NatState};
pub use network_acl::{NetworkAcl, NetworkAclAssociation, NetworkAclEntry};
pub use network_insights_access_scope::{
    NetworkInsightsAccessScope, ScopeContent, ScopePackets, ScopePath, ScopeResources, ScopeStatement,
};
pub use network_insights_access_scope_analysis::NetworkInsightsAccessScopeAnalysis;
pub use network_insights_analysis::{AnalysisResult, NetworkInsightsAnalysis};
pub use network_insights_path::{NetworkInsightsPath, PathAsked, PathFilter};
pub use network_interface::{Attachment, InterfaceType, NetworkInterface};
pub use prefix_list::{PrefixList, PrefixListEntry, PrefixListState};
pub use resource::Resource;
pub(crate) use resource::resource;
pub use route_table::{Route, RouteDestination, RouteTable, RouteTableAssociation, RouteTarget};
pub use security_group::{SecurityGroup, SecurityGroupRule};
pub use subnet::Subnet;
pub use vpc::{CidrAssociation, Ipv6Association, Vpc};
pub use vpc_endpoint::VpcEndpoint;
pub use vpc_peering_connection::{PeeringEnd, PeeringStatus, VpcPeeringConnection};
