//! Every operation through the whole pipeline, as the EC2 query protocol carries it.

#![allow(clippy::unwrap_used, clippy::panic)] // also in the helpers of tests, where a failure is the test's

mod addresses;
mod attachments;
mod authorization;
mod cidr_blocks;
mod consoles;
mod default_vpc;
mod dhcp_options;
mod endpoints;
mod filters_and_pages;
mod flow_logs;
mod gateway_endpoints;
mod interfaces;
mod invariants;
mod ipv6;
mod launch_templates;
mod managed_interfaces;
mod network_acls;
mod network_insights;
mod networks;
mod peering;
mod prefix_lists;
mod refusals;
mod routes;
mod security_groups;
mod subnets;
mod tags;
mod vpcs;
mod world;
