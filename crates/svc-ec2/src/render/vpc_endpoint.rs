//! Endpoints, and the DNS names of those with interfaces.
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html>

use super::{described, group_identifiers, one, text};
use crate::api;
use crate::endpoint_service::service_named;
use crate::filter::Facts;
use crate::gateway_endpoints::{GATEWAY, INTERFACE, tables};
use crate::read::Read;
use crate::state::{Subnet, VpcEndpoint};
use crate::tags;
use store::Fault;

/// The document that AWS shows for an endpoint without one of its own.
const DEFAULT_POLICY: &str = "{\n\t\"Statement\": [\n\t\t{\n\t\t\t\"Action\": \"*\", \n\t\t\t\"Effect\": \"Allow\", \n\t\t\t\"Principal\": \"*\", \n\t\t\t\"Resource\": \"*\"\n\t\t}\n\t]\n}";

/// And for a gateway endpoint.
const DEFAULT_GATEWAY_POLICY: &str = "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}";

/// The public hosted zone of `REGION.vpce.amazonaws.com`; the id is that of us-east-1.
const HOSTED_ZONE: &str = "Z7HUB22UULQXV";
/// The zone that AWS keeps for a private name has a different id each time; nobody can use it.
const PRIVATE_HOSTED_ZONE: &str = "ZONEIDPENDING";

pub(crate) fn vpc_endpoint(view: &impl Read, row: &VpcEndpoint) -> Result<api::VpcEndpoint, Fault> {
    let groups = group_identifiers(view, &row.groups)?
        .into_iter()
        .map(|g| api::SecurityGroupIdentifier { group_id: g.group_id, group_name: g.group_name })
        .collect();
    Ok(api::VpcEndpoint {
        vpc_endpoint_id: text(&row.id),
        vpc_endpoint_type: text(if row.gateway { GATEWAY } else { INTERFACE }),
        vpc_id: text(&row.vpc),
        service_name: text(&row.service_name),
        service_region: text(&row.scope.region),
        state: text("available"),
        policy_document: text(row.policy.as_ref().map_or(default_policy(row), |p| p.text())),
        route_table_ids: Some(if row.gateway { tables(view, &row.id)? } else { Vec::new() }),
        subnet_ids: Some(row.interfaces.keys().map(ToString::to_string).collect()),
        groups: Some(groups),
        ip_address_type: text("ipv4"),
        dns_options: Some(api::DnsOptions {
            dns_record_ip_type: text(if row.gateway { "service-defined" } else { "ipv4" }),
            ..Default::default()
        }),
        private_dns_enabled: Some(row.private_dns),
        requester_managed: Some(false),
        network_interface_ids: Some(row.interfaces.values().map(ToString::to_string).collect()),
        dns_entries: Some(entries(view, row)?),
        creation_timestamp: Some(row.created),
        tags: tags::rendered(&row.tags),
        owner_id: text(&row.scope.account),
        ..Default::default()
    })
}

fn default_policy(row: &VpcEndpoint) -> &'static str {
    if row.gateway { DEFAULT_GATEWAY_POLICY } else { DEFAULT_POLICY }
}

fn entries(view: &impl Read, row: &VpcEndpoint) -> Result<Vec<api::DnsEntry>, Fault> {
    let own = dns_entries(view, row)?;
    let entry = |name: &String, zone| api::DnsEntry { dns_name: text(name), hosted_zone_id: text(zone) };
    let mut out: Vec<_> = own.endpoint.iter().map(|name| entry(name, HOSTED_ZONE)).collect();
    out.extend(own.private.iter().map(|name| entry(name, PRIVATE_HOSTED_ZONE)));
    Ok(out)
}

/// The names under which an endpoint is found.
pub(crate) struct EndpointNames {
    /// `vpce-….secretsmanager.us-east-1.vpce.amazonaws.com` and one for each zone.
    pub(crate) endpoint: Vec<String>,
    /// The service's own names, when private DNS is on.
    pub(crate) private: Vec<String>,
}

pub(crate) fn dns_entries(view: &impl Read, row: &VpcEndpoint) -> Result<EndpointNames, Fault> {
    if row.gateway {
        return Ok(EndpointNames { endpoint: Vec::new(), private: Vec::new() });
    }
    let region = &row.scope.region;
    let service = service_named(region, &row.service_name);
    let label = row.service_name.rsplit('.').next().unwrap_or_default();
    let name = |zone: &str| format!("{}-{}{zone}.{label}.{region}.vpce.amazonaws.com", row.id, row.dns_token);
    let mut endpoint = vec![name("")];
    for subnet in row.interfaces.keys() {
        if let Some(subnet) = view.lookup::<Subnet>(subnet.as_str())? {
            endpoint.push(name(&format!("-{}", subnet.zone)));
        }
    }
    let private = match service {
        Some(service) if row.private_dns => service.private_names,
        _ => Vec::new(),
    };
    Ok(EndpointNames { endpoint, private })
}

impl Facts for api::VpcEndpoint {
    const FILTERS: &'static [&'static str] = &[
        "ip-address-type",
        "service-name",
        "service-region",
        "vpc-endpoint-id",
        "vpc-endpoint-state",
        "vpc-endpoint-type",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "ip-address-type" => one(self.ip_address_type.as_ref()),
            "service-name" => one(self.service_name.as_ref()),
            "service-region" => one(self.service_region.as_ref()),
            "vpc-endpoint-id" => one(self.vpc_endpoint_id.as_ref()),
            "vpc-endpoint-state" => one(self.state.as_ref()),
            "vpc-endpoint-type" => one(self.vpc_endpoint_type.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(vpc_endpoint_id, tags);
}
