//! Paths, their analyses, and what they met.

use super::{described, one, text};
use crate::api;
use crate::filter::Facts;
use crate::read::Read;
use crate::state::{AnalysisResult, NetworkInsightsAnalysis, NetworkInsightsPath, PathFilter};
use crate::taggable;
use crate::tags;
use base::{Arn, Scope};
use vpc::{Direction, PortRange};
use why::analysis::{AclRule, Component, Explanation, GroupRule, Header, RouteRow};

pub(crate) fn arn(scope: &Scope, kind: &str, id: impl ToString) -> Option<String> {
    text(Arn::regional("ec2", scope, format!("{kind}/{}", id.to_string())))
}

pub(crate) fn network_insights_path(row: &NetworkInsightsPath) -> api::NetworkInsightsPath {
    let asked = &row.asked;
    let arn_of = |id: &String| arn(&row.scope, kind_of(id), id);
    api::NetworkInsightsPath {
        network_insights_path_id: text(&row.id),
        network_insights_path_arn: arn(&row.scope, "network-insights-path", &row.id),
        created_date: Some(row.created),
        source: text(&asked.source),
        source_arn: arn_of(&asked.source),
        destination: asked.destination.clone(),
        destination_arn: asked.destination.as_ref().and_then(arn_of),
        source_ip: asked.source_ip.map(|ip| ip.to_string()),
        destination_ip: asked.destination_ip.map(|ip| ip.to_string()),
        protocol: text(&asked.protocol),
        destination_port: asked.destination_port.map(i32::from),
        tags: tags::rendered(&row.tags),
        filter_at_source: asked.at_source.as_ref().map(filter),
        filter_at_destination: asked.at_destination.as_ref().map(filter),
    }
}

/// The resource type that an id's prefix stands for, as in ARNs.
fn kind_of(id: &str) -> &'static str {
    match id.rsplit_once('-').map(|(prefix, _)| prefix) {
        Some("i") => "instance",
        Some("eni") => "network-interface",
        Some("igw") => "internet-gateway",
        _ => "vpc-endpoint",
    }
}

fn filter(filter: &PathFilter) -> api::PathFilter {
    let ports = |range: PortRange| api::FilterPortRange {
        from_port: Some(range.from.into()),
        to_port: Some(range.to.into()),
    };
    api::PathFilter {
        source_address: filter.source.map(|ip| ip.to_string()),
        source_port_range: filter.source_ports.map(ports),
        destination_address: filter.destination.map(|ip| ip.to_string()),
        destination_port_range: filter.destination_ports.map(ports),
    }
}

pub(crate) fn network_insights_analysis(
    view: &impl Read,
    row: &NetworkInsightsAnalysis,
) -> api::NetworkInsightsAnalysis {
    let arns = |arns: &Vec<String>| (!arns.is_empty()).then(|| arns.clone());
    let mut shown = api::NetworkInsightsAnalysis {
        network_insights_analysis_id: text(&row.id),
        network_insights_analysis_arn: arn(&row.scope, "network-insights-analysis", &row.id),
        network_insights_path_id: text(&row.path),
        filter_in_arns: arns(&row.within),
        filter_out_arns: arns(&row.without),
        start_date: Some(row.started),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    };
    match &row.result {
        AnalysisResult::Failed(message) => {
            (shown.status, shown.status_message) = (text("failed"), text(message))
        }
        AnalysisResult::Succeeded(outcome) => {
            shown.status = text("succeeded");
            shown.network_path_found = Some(outcome.found);
            shown.forward_path_components = Some(components(view, &outcome.forward));
            shown.return_path_components = Some(components(view, &outcome.back));
            shown.explanations =
                Some(outcome.explanations.iter().map(|told| explanation(view, told)).collect());
        }
    }
    shown
}

/// As AWS answers the call that starts it: what it finds is shown to who asks afterwards.
pub(crate) fn begun(shown: api::NetworkInsightsAnalysis) -> api::NetworkInsightsAnalysis {
    api::NetworkInsightsAnalysis {
        status: text("running"),
        status_message: None,
        network_path_found: None,
        forward_path_components: None,
        return_path_components: None,
        explanations: None,
        ..shown
    }
}

pub(crate) fn components(view: &impl Read, met: &[Component]) -> Vec<api::PathComponent> {
    (1..).zip(met).map(|(number, component)| path_component(view, number, component)).collect()
}

fn path_component(view: &impl Read, number: i32, met: &Component) -> api::PathComponent {
    let named = |id: &Option<String>| id.as_deref().map(|id| component(view, id));
    api::PathComponent {
        sequence_number: Some(number),
        component: Some(component(view, &met.id)),
        attached_to: named(&met.attached_to),
        subnet: named(&met.subnet),
        vpc: named(&met.vpc),
        source_vpc: named(&met.source_vpc),
        destination_vpc: named(&met.destination_vpc),
        acl_rule: met.acl_rule.as_ref().map(acl_rule),
        security_group_rule: met.group_rule.as_ref().map(group_rule),
        route_table_route: met.route.as_ref().map(route),
        inbound_header: met.inbound.as_ref().map(header),
        outbound_header: met.outbound.as_ref().map(header),
        additional_details: Some(Vec::new()),
        explanations: Some(Vec::new()),
        ..Default::default()
    }
}

/// With its ARN and, where it has one, its name.
fn component(view: &impl Read, id: &str) -> api::AnalysisComponent {
    let known = taggable::for_policies(view, id).ok();
    let kind = known.as_ref().map(|(kind, _)| *kind).filter(|kind| *kind != "*");
    api::AnalysisComponent {
        id: text(id),
        arn: kind.and_then(|kind| arn(view.scope(), kind, id)),
        name: known.and_then(|(_, tags)| tags.get("Name").cloned()),
    }
}

fn port_range(range: PortRange) -> api::PortRange {
    api::PortRange { from: Some(range.from.into()), to: Some(range.to.into()) }
}

fn header(header: &Header) -> api::AnalysisPacketHeader {
    let ports = |ranges: &[PortRange]| Some(ranges.iter().copied().map(port_range).collect());
    api::AnalysisPacketHeader {
        destination_addresses: Some(header.destinations.clone()),
        destination_port_ranges: ports(&header.destination_ports),
        protocol: text(header.protocol),
        source_addresses: Some(header.sources.clone()),
        source_port_ranges: ports(&header.source_ports),
    }
}

fn acl_rule(rule: &AclRule) -> api::AnalysisAclRule {
    api::AnalysisAclRule {
        cidr: text(&rule.cidr),
        egress: Some(rule.egress),
        port_range: rule.ports.map(port_range),
        protocol: text(&rule.protocol),
        rule_action: text(if rule.allow { "allow" } else { "deny" }),
        rule_number: Some(rule.number.into()),
    }
}

fn group_rule(rule: &GroupRule) -> api::AnalysisSecurityGroupRule {
    api::AnalysisSecurityGroupRule {
        cidr: rule.cidr.clone(),
        direction: text(rule.direction.noun()),
        security_group_id: rule.group.clone(),
        port_range: rule.ports.map(port_range),
        prefix_list_id: rule.prefix_list.clone(),
        protocol: text(&rule.protocol),
    }
}

fn route(row: &RouteRow) -> api::AnalysisRouteTableRoute {
    api::AnalysisRouteTableRoute {
        destination_cidr: row.destination.clone(),
        destination_prefix_list_id: row.prefix_list.clone(),
        gateway_id: row.gateway.clone(),
        nat_gateway_id: row.nat_gateway.clone(),
        network_interface_id: row.network_interface.clone(),
        vpc_peering_connection_id: row.peering.clone(),
        egress_only_internet_gateway_id: row.egress_only.clone(),
        origin: text(if row.is_local { "createroutetable" } else { "createroute" }),
        state: text(if row.is_blackhole { "blackhole" } else { "active" }),
        ..Default::default()
    }
}

fn explanation(view: &impl Read, told: &Explanation) -> api::Explanation {
    let named = |id: &Option<String>| id.as_deref().map(|id| component(view, id));
    let groups: Vec<_> = told.security_groups.iter().map(|id| component(view, id)).collect();
    api::Explanation {
        explanation_code: text(&told.code),
        direction: told.direction.map(Direction::noun).and_then(text),
        component: named(&told.component),
        vpc: named(&told.vpc),
        subnet: named(&told.subnet),
        network_interface: named(&told.network_interface),
        security_groups: (!groups.is_empty()).then_some(groups),
        security_group: named(&told.security_group),
        acl: named(&told.acl),
        acl_rule: told.acl_rule.as_ref().map(acl_rule),
        route_table: named(&told.route_table),
        route_table_route: told.route.as_ref().map(route),
        internet_gateway: named(&told.internet_gateway),
        nat_gateway: named(&told.nat_gateway),
        vpc_peering_connection: named(&told.peering),
        vpc_endpoint: named(&told.vpc_endpoint),
        destination: named(&told.destination),
        source_vpc: named(&told.source_vpc),
        destination_vpc: named(&told.destination_vpc),
        address: told.address.clone(),
        protocols: (!told.protocols.is_empty()).then(|| told.protocols.clone()),
        ..Default::default()
    }
}

impl Facts for api::NetworkInsightsPath {
    const FILTERS: &'static [&'static str] = &[
        "destination",
        "filter-at-source.source-address",
        "filter-at-source.source-port-range",
        "filter-at-source.destination-address",
        "filter-at-source.destination-port-range",
        "filter-at-destination.source-address",
        "filter-at-destination.source-port-range",
        "filter-at-destination.destination-address",
        "filter-at-destination.destination-port-range",
        "protocol",
        "source",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let of = |end: &Option<api::PathFilter>, name: &str| -> Vec<String> {
            let Some(end) = end else { return Vec::new() };
            match name {
                "source-address" => one(end.source_address.as_ref()),
                "destination-address" => one(end.destination_address.as_ref()),
                "source-port-range" => one(end.source_port_range.as_ref().map(range)),
                _ => one(end.destination_port_range.as_ref().map(range)),
            }
        };
        match filter.split_once('.') {
            Some(("filter-at-source", name)) => of(&self.filter_at_source, name),
            Some((_, name)) => of(&self.filter_at_destination, name),
            None => match filter {
                "destination" => one(self.destination.as_ref()),
                "protocol" => one(self.protocol.as_ref()),
                _ => one(self.source.as_ref()),
            },
        }
    }

    described!(network_insights_path_id, tags);
}

fn range(range: &api::FilterPortRange) -> String {
    format!("{}-{}", range.from_port.unwrap_or_default(), range.to_port.unwrap_or_default())
}

impl Facts for api::NetworkInsightsAnalysis {
    const FILTERS: &'static [&'static str] = &["path-found", "status"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "path-found" => one(self.network_path_found),
            _ => one(self.status.as_ref()),
        }
    }

    described!(network_insights_analysis_id, tags);
}
