//! How many of each resource there may be. The defaults are AWS's.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>

use service::ServiceError;

/// Limits that an operator may raise; [`Quotas::default`] is what a new AWS account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    pub vpcs_per_region: usize,
    pub cidrs_per_vpc: usize,
    pub ipv6_cidrs_per_vpc: usize,
    pub dhcp_options_per_region: usize,
    pub active_peering_connections_per_vpc: usize,
    pub pending_peering_connections: usize,
    pub flow_logs_per_resource: usize,
    pub prefix_lists_per_region: usize,
    pub subnets_per_vpc: usize,
    pub route_tables_per_vpc: usize,
    pub routes_per_table: usize,
    pub internet_gateways_per_region: usize,
    pub egress_only_internet_gateways_per_region: usize,
    pub addresses_per_region: usize,
    pub nat_gateways_per_zone: usize,
    pub security_groups_per_region: usize,
    /// For each direction.
    pub rules_per_security_group: usize,
    pub security_groups_per_interface: usize,
    pub network_acls_per_vpc: usize,
    /// For each direction.
    pub entries_per_network_acl: usize,
    /// <https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-limits.html>
    pub network_insights_paths_per_region: usize,
    pub network_insights_analyses_per_region: usize,
    pub network_insights_access_scopes_per_region: usize,
    pub instances_per_region: usize,
    pub interfaces_per_region: usize,
    pub interface_endpoints_per_vpc: usize,
    pub gateway_endpoints_per_region: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            vpcs_per_region: 5,
            cidrs_per_vpc: 5,
            ipv6_cidrs_per_vpc: 5,
            dhcp_options_per_region: 100,
            active_peering_connections_per_vpc: 50,
            pending_peering_connections: 25,
            flow_logs_per_resource: 2,
            prefix_lists_per_region: 100,
            subnets_per_vpc: 200,
            route_tables_per_vpc: 200,
            routes_per_table: 50,
            internet_gateways_per_region: 5,
            egress_only_internet_gateways_per_region: 5,
            addresses_per_region: 5,
            nat_gateways_per_zone: 5,
            security_groups_per_region: 2500,
            rules_per_security_group: 60,
            security_groups_per_interface: 5,
            network_acls_per_vpc: 200,
            entries_per_network_acl: 20,
            network_insights_paths_per_region: 1000,
            network_insights_analyses_per_region: 10_000,
            network_insights_access_scopes_per_region: 1000,
            instances_per_region: 20,
            interfaces_per_region: 5000,
            interface_endpoints_per_vpc: 50,
            gateway_endpoints_per_region: 20,
        }
    }
}

/// Tags on one resource. AWS does not raise this one.
pub const TAGS_PER_RESOURCE: usize = 50;

/// Refuses one more when there are `have` already.
pub(crate) fn room(have: usize, limit: usize, code: &'static str, noun: &str) -> Result<(), ServiceError> {
    if have < limit {
        return Ok(());
    }
    Err(ServiceError::client(code, format!("The maximum number of {noun} has been reached.")))
}
