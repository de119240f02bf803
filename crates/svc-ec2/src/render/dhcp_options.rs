//! Sets of DHCP options.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::state::DhcpOptions;
use crate::tags;

pub(crate) fn dhcp_options(row: &DhcpOptions) -> api::DhcpOptions {
    let value = |text: String| api::AttributeValue { value: Some(text) };
    let mut configurations = Vec::new();
    if let Some(domain) = &row.domain_name {
        configurations.push(configuration("domain-name", vec![value(domain.clone())]));
    }
    if !row.domain_name_servers.is_empty() {
        let servers = row.domain_name_servers.iter().map(|server| value(server.to_string())).collect();
        configurations.push(configuration("domain-name-servers", servers));
    }
    api::DhcpOptions {
        dhcp_options_id: text(&row.id),
        owner_id: text(&row.scope.account),
        dhcp_configurations: Some(configurations),
        tags: tags::rendered(&row.tags),
    }
}

fn configuration(key: &str, values: Vec<api::AttributeValue>) -> api::DhcpConfiguration {
    api::DhcpConfiguration { key: text(key), values: Some(values) }
}

impl Facts for api::DhcpOptions {
    const FILTERS: &'static [&'static str] = &["dhcp-options-id", "key", "owner-id", "value"];

    fn facts(&self, filter: &str) -> Vec<String> {
        let configurations = self.dhcp_configurations.as_ref();
        match filter {
            "dhcp-options-id" => one(self.dhcp_options_id.as_ref()),
            "key" => many(configurations, |c| c.key.clone()),
            "owner-id" => one(self.owner_id.as_ref()),
            "value" => configurations
                .into_iter()
                .flatten()
                .flat_map(|c| many(c.values.as_ref(), |v| v.value.clone()))
                .collect(),
            _ => Vec::new(),
        }
    }

    described!(dhcp_options_id, tags);
}
