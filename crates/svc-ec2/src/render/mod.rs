//! Rows as the API shows them, and what filters may ask of each.

mod access_scope;
mod account;
mod address;
mod dhcp_options;
mod egress_only_internet_gateway;
mod flow_log;
mod instance;
mod internet_gateway;
mod launch_template;
mod nat_gateway;
mod network_acl;
mod network_insights;
mod network_interface;
mod prefix_list;
mod route_table;
mod security_group;
mod subnet;
mod vpc;
mod vpc_endpoint;
mod vpc_peering_connection;

pub(crate) use access_scope::{
    access_scope, access_scope_analysis, access_scope_content, findings, scope_analysis_begun,
};
pub(crate) use account::account_attributes;
pub(crate) use address::address;
pub(crate) use dhcp_options::dhcp_options;
pub(crate) use egress_only_internet_gateway::egress_only_internet_gateway;
pub(crate) use flow_log::flow_log;
pub(crate) use instance::{instance, instance_state, interfaces_of, metadata_options};
pub(crate) use internet_gateway::internet_gateway;
pub(crate) use launch_template::{launch_template, launch_template_version};
pub(crate) use nat_gateway::{is_visible, nat_gateway};
pub(crate) use network_acl::network_acl;
pub(crate) use network_insights::{begun, network_insights_analysis, network_insights_path};
pub(crate) use network_interface::{group_identifiers, internal_domain, network_interface};
pub(crate) use prefix_list::{aws_prefix_list, prefix_list};
pub(crate) use route_table::route_table;
pub(crate) use security_group::{peered_group, revoked_rule, security_group, security_group_rule};
pub(crate) use subnet::{available_addresses, subnet, subnet_ipv6, used_addresses};
pub(crate) use vpc::{cidr_association, ipv6_association, vpc};
pub(crate) use vpc_endpoint::{dns_entries, vpc_endpoint};
pub(crate) use vpc_peering_connection::vpc_peering_connection;

/// A member that is there.
pub(crate) fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// The values of filters: what is there, as text.
pub(crate) fn one(value: Option<impl ToString>) -> Vec<String> {
    value.iter().map(ToString::to_string).collect()
}

/// The values of filters over a list.
pub(crate) fn many<T, V: ToString>(items: Option<&Vec<T>>, of: impl Fn(&T) -> Option<V>) -> Vec<String> {
    items.into_iter().flatten().filter_map(|item| of(item).map(|value| value.to_string())).collect()
}

/// Implements the parts of [`crate::filter::Facts`] that every described thing has alike.
macro_rules! described {
    ($($id:ident)?, $tags:ident) => {
        fn tags(&self) -> &[$crate::api::Tag] {
            self.$tags.as_deref().unwrap_or_default()
        }
        $(fn id(&self) -> &str {
            self.$id.as_deref().unwrap_or_default()
        })?
    };
}
pub(crate) use described;
