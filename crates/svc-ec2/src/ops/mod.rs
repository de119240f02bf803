//! The operations, one file each, and the registry that lists them.

mod accept_vpc_peering_connection;
mod allocate_address;
mod assign_ipv6_addresses;
mod assign_private_ip_addresses;
mod associate_address;
mod associate_dhcp_options;
mod associate_route_table;
mod associate_subnet_cidr_block;
mod associate_vpc_cidr_block;
mod attach_internet_gateway;
mod attach_network_interface;
mod authorize_security_group_egress;
mod authorize_security_group_ingress;
mod create_default_subnet;
mod create_default_vpc;
mod create_dhcp_options;
mod create_egress_only_internet_gateway;
mod create_flow_logs;
mod create_internet_gateway;
mod create_launch_template;
mod create_launch_template_version;
mod create_managed_prefix_list;
mod create_nat_gateway;
mod create_network_acl;
mod create_network_acl_entry;
mod create_network_insights_access_scope;
mod create_network_insights_path;
mod create_network_interface;
mod create_route;
mod create_route_table;
mod create_security_group;
mod create_subnet;
mod create_tags;
mod create_vpc;
mod create_vpc_endpoint;
mod create_vpc_peering_connection;
mod delete_dhcp_options;
mod delete_egress_only_internet_gateway;
mod delete_flow_logs;
mod delete_internet_gateway;
mod delete_launch_template;
mod delete_launch_template_versions;
mod delete_managed_prefix_list;
mod delete_nat_gateway;
mod delete_network_acl;
mod delete_network_acl_entry;
mod delete_network_insights_access_scope;
mod delete_network_insights_access_scope_analysis;
mod delete_network_insights_analysis;
mod delete_network_insights_path;
mod delete_network_interface;
mod delete_route;
mod delete_route_table;
mod delete_security_group;
mod delete_subnet;
mod delete_tags;
mod delete_vpc;
mod delete_vpc_endpoints;
mod delete_vpc_peering_connection;
mod describe_account_attributes;
mod describe_addresses;
mod describe_addresses_attribute;
mod describe_availability_zones;
mod describe_dhcp_options;
mod describe_egress_only_internet_gateways;
mod describe_flow_logs;
mod describe_images;
mod describe_instance_attribute;
mod describe_instance_credit_specifications;
mod describe_instance_status;
mod describe_instance_types;
mod describe_instances;
mod describe_internet_gateways;
mod describe_launch_template_versions;
mod describe_launch_templates;
mod describe_managed_prefix_lists;
mod describe_nat_gateways;
mod describe_network_acls;
mod describe_network_insights_access_scope_analyses;
mod describe_network_insights_access_scopes;
mod describe_network_insights_analyses;
mod describe_network_insights_paths;
mod describe_network_interface_attribute;
mod describe_network_interfaces;
mod describe_prefix_lists;
mod describe_regions;
mod describe_route_tables;
mod describe_security_group_references;
mod describe_security_group_rules;
mod describe_security_groups;
mod describe_stale_security_groups;
mod describe_subnets;
mod describe_tags;
mod describe_vpc_attribute;
mod describe_vpc_endpoint_services;
mod describe_vpc_endpoints;
mod describe_vpc_peering_connections;
mod describe_vpcs;
mod detach_internet_gateway;
mod detach_network_interface;
mod disassociate_address;
mod disassociate_route_table;
mod disassociate_subnet_cidr_block;
mod disassociate_vpc_cidr_block;
mod get_console_output;
mod get_launch_template_data;
mod get_managed_prefix_list_associations;
mod get_managed_prefix_list_entries;
mod get_network_insights_access_scope_analysis_findings;
mod get_network_insights_access_scope_content;
mod modify_instance_attribute;
mod modify_instance_metadata_options;
mod modify_launch_template;
mod modify_managed_prefix_list;
mod modify_network_interface_attribute;
mod modify_security_group_rules;
mod modify_subnet_attribute;
mod modify_vpc_attribute;
mod modify_vpc_endpoint;
mod modify_vpc_peering_connection_options;
mod reboot_instances;
mod reject_vpc_peering_connection;
mod release_address;
mod replace_network_acl_association;
mod replace_network_acl_entry;
mod replace_route;
mod replace_route_table_association;
mod reset_network_interface_attribute;
mod restore_managed_prefix_list_version;
mod revoke_security_group_egress;
mod revoke_security_group_ingress;
mod run_instances;
mod start_instances;
mod start_network_insights_access_scope_analysis;
mod start_network_insights_analysis;
mod stop_instances;
mod terminate_instances;
mod unassign_ipv6_addresses;
mod unassign_private_ip_addresses;
mod update_security_group_rule_descriptions_egress;
mod update_security_group_rule_descriptions_ingress;

use crate::{Ec2, api};
use service::Registry;
use std::sync::Arc;

/// Every operation that is served.
pub fn registry(service: Arc<Ec2>) -> Registry {
    Registry::builder(&api::MODEL, service)
        .with::<api::AcceptVpcPeeringConnection>()
        .with::<api::AllocateAddress>()
        .with::<api::AssignPrivateIpAddresses>()
        .with::<api::AssignIpv6Addresses>()
        .with::<api::AssociateAddress>()
        .with::<api::AssociateDhcpOptions>()
        .with::<api::AssociateRouteTable>()
        .with::<api::AssociateSubnetCidrBlock>()
        .with::<api::AssociateVpcCidrBlock>()
        .with::<api::AttachInternetGateway>()
        .with::<api::AttachNetworkInterface>()
        .with::<api::AuthorizeSecurityGroupEgress>()
        .with::<api::AuthorizeSecurityGroupIngress>()
        .with::<api::CreateDefaultSubnet>()
        .with::<api::CreateDefaultVpc>()
        .with::<api::CreateDhcpOptions>()
        .with::<api::CreateEgressOnlyInternetGateway>()
        .with::<api::CreateFlowLogs>()
        .with::<api::CreateInternetGateway>()
        .with::<api::CreateLaunchTemplate>()
        .with::<api::CreateLaunchTemplateVersion>()
        .with::<api::CreateManagedPrefixList>()
        .with::<api::CreateNatGateway>()
        .with::<api::CreateNetworkAcl>()
        .with::<api::CreateNetworkAclEntry>()
        .with::<api::CreateNetworkInsightsAccessScope>()
        .with::<api::CreateNetworkInsightsPath>()
        .with::<api::CreateNetworkInterface>()
        .with::<api::CreateRoute>()
        .with::<api::CreateRouteTable>()
        .with::<api::CreateSecurityGroup>()
        .with::<api::CreateSubnet>()
        .with::<api::CreateTags>()
        .with::<api::CreateVpc>()
        .with::<api::CreateVpcEndpoint>()
        .with::<api::CreateVpcPeeringConnection>()
        .with::<api::DeleteDhcpOptions>()
        .with::<api::DeleteEgressOnlyInternetGateway>()
        .with::<api::DeleteFlowLogs>()
        .with::<api::DeleteInternetGateway>()
        .with::<api::DeleteLaunchTemplate>()
        .with::<api::DeleteLaunchTemplateVersions>()
        .with::<api::DeleteManagedPrefixList>()
        .with::<api::DeleteNatGateway>()
        .with::<api::DeleteNetworkAcl>()
        .with::<api::DeleteNetworkAclEntry>()
        .with::<api::DeleteNetworkInsightsAccessScope>()
        .with::<api::DeleteNetworkInsightsAccessScopeAnalysis>()
        .with::<api::DeleteNetworkInsightsAnalysis>()
        .with::<api::DeleteNetworkInsightsPath>()
        .with::<api::DeleteNetworkInterface>()
        .with::<api::DeleteRoute>()
        .with::<api::DeleteRouteTable>()
        .with::<api::DeleteSecurityGroup>()
        .with::<api::DeleteSubnet>()
        .with::<api::DeleteTags>()
        .with::<api::DeleteVpc>()
        .with::<api::DeleteVpcEndpoints>()
        .with::<api::DeleteVpcPeeringConnection>()
        .with::<api::DescribeAccountAttributes>()
        .with::<api::DescribeAddresses>()
        .with::<api::DescribeAddressesAttribute>()
        .with::<api::DescribeAvailabilityZones>()
        .with::<api::DescribeDhcpOptions>()
        .with::<api::DescribeEgressOnlyInternetGateways>()
        .with::<api::DescribeFlowLogs>()
        .with::<api::DescribeImages>()
        .with::<api::DescribeInstanceAttribute>()
        .with::<api::DescribeInstanceCreditSpecifications>()
        .with::<api::DescribeInstanceStatus>()
        .with::<api::DescribeInstanceTypes>()
        .with::<api::DescribeInstances>()
        .with::<api::DescribeInternetGateways>()
        .with::<api::DescribeLaunchTemplateVersions>()
        .with::<api::DescribeLaunchTemplates>()
        .with::<api::DescribeManagedPrefixLists>()
        .with::<api::DescribeNatGateways>()
        .with::<api::DescribeNetworkAcls>()
        .with::<api::DescribeNetworkInsightsAccessScopeAnalyses>()
        .with::<api::DescribeNetworkInsightsAccessScopes>()
        .with::<api::DescribeNetworkInsightsAnalyses>()
        .with::<api::DescribeNetworkInsightsPaths>()
        .with::<api::DescribeNetworkInterfaceAttribute>()
        .with::<api::DescribeNetworkInterfaces>()
        .with::<api::DescribePrefixLists>()
        .with::<api::DescribeRegions>()
        .with::<api::DescribeRouteTables>()
        .with::<api::DescribeSecurityGroupReferences>()
        .with::<api::DescribeSecurityGroupRules>()
        .with::<api::DescribeSecurityGroups>()
        .with::<api::DescribeStaleSecurityGroups>()
        .with::<api::DescribeSubnets>()
        .with::<api::DescribeTags>()
        .with::<api::DescribeVpcAttribute>()
        .with::<api::DescribeVpcEndpointServices>()
        .with::<api::DescribeVpcEndpoints>()
        .with::<api::DescribeVpcPeeringConnections>()
        .with::<api::DescribeVpcs>()
        .with::<api::DetachInternetGateway>()
        .with::<api::DetachNetworkInterface>()
        .with::<api::DisassociateAddress>()
        .with::<api::DisassociateRouteTable>()
        .with::<api::DisassociateSubnetCidrBlock>()
        .with::<api::DisassociateVpcCidrBlock>()
        .with::<api::GetConsoleOutput>()
        .with::<api::GetLaunchTemplateData>()
        .with::<api::GetManagedPrefixListAssociations>()
        .with::<api::GetManagedPrefixListEntries>()
        .with::<api::GetNetworkInsightsAccessScopeAnalysisFindings>()
        .with::<api::GetNetworkInsightsAccessScopeContent>()
        .with::<api::ModifyInstanceAttribute>()
        .with::<api::ModifyInstanceMetadataOptions>()
        .with::<api::ModifyLaunchTemplate>()
        .with::<api::ModifyManagedPrefixList>()
        .with::<api::ModifyNetworkInterfaceAttribute>()
        .with::<api::ModifySecurityGroupRules>()
        .with::<api::ModifySubnetAttribute>()
        .with::<api::ModifyVpcAttribute>()
        .with::<api::ModifyVpcEndpoint>()
        .with::<api::ModifyVpcPeeringConnectionOptions>()
        .with::<api::RebootInstances>()
        .with::<api::RejectVpcPeeringConnection>()
        .with::<api::ReleaseAddress>()
        .with::<api::ReplaceNetworkAclAssociation>()
        .with::<api::ReplaceNetworkAclEntry>()
        .with::<api::ReplaceRoute>()
        .with::<api::ReplaceRouteTableAssociation>()
        .with::<api::ResetNetworkInterfaceAttribute>()
        .with::<api::RestoreManagedPrefixListVersion>()
        .with::<api::RevokeSecurityGroupEgress>()
        .with::<api::RevokeSecurityGroupIngress>()
        .with::<api::RunInstances>()
        .with::<api::StartInstances>()
        .with::<api::StartNetworkInsightsAccessScopeAnalysis>()
        .with::<api::StartNetworkInsightsAnalysis>()
        .with::<api::StopInstances>()
        .with::<api::TerminateInstances>()
        .with::<api::UnassignPrivateIpAddresses>()
        .with::<api::UnassignIpv6Addresses>()
        .with::<api::UpdateSecurityGroupRuleDescriptionsEgress>()
        .with::<api::UpdateSecurityGroupRuleDescriptionsIngress>()
        .build()
}
