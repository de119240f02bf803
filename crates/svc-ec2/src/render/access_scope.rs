//! Network Access Scopes, their analyses and findings.

use super::network_insights::{arn, components};
use super::{described, text};
use crate::api;
use crate::filter::Facts;
use crate::read::Read;
use crate::state::{
    AnalysisResult, NetworkInsightsAccessScope, NetworkInsightsAccessScopeAnalysis, ScopePackets, ScopePath,
    ScopeResources, ScopeStatement,
};
use crate::tags;

pub(crate) fn access_scope(row: &NetworkInsightsAccessScope) -> api::NetworkInsightsAccessScope {
    api::NetworkInsightsAccessScope {
        network_insights_access_scope_id: text(&row.id),
        network_insights_access_scope_arn: arn(&row.scope, "network-insights-access-scope", &row.id),
        created_date: Some(row.created),
        updated_date: Some(row.created),
        tags: tags::rendered(&row.tags),
    }
}

pub(crate) fn access_scope_content(
    row: &NetworkInsightsAccessScope,
) -> api::NetworkInsightsAccessScopeContent {
    let paths = |paths: &Option<Vec<ScopePath>>| paths.as_ref().map(|paths| paths.iter().map(path).collect());
    api::NetworkInsightsAccessScopeContent {
        network_insights_access_scope_id: text(&row.id),
        match_paths: paths(&row.content.matched),
        exclude_paths: paths(&row.content.excluded),
    }
}

fn path(path: &ScopePath) -> api::AccessScopePath {
    let through = |through: &Vec<Option<ScopeResources>>| {
        let statement = |given: &Option<ScopeResources>| api::ThroughResourcesStatement {
            resource_statement: given.as_ref().map(resources),
        };
        through.iter().map(statement).collect()
    };
    api::AccessScopePath {
        source: path.source.as_ref().map(statement),
        destination: path.destination.as_ref().map(statement),
        through_resources: path.through.as_ref().map(through),
    }
}

fn statement(given: &ScopeStatement) -> api::PathStatement {
    api::PathStatement {
        packet_header_statement: given.packets.as_ref().map(packets),
        resource_statement: given.resources.as_ref().map(resources),
    }
}

fn resources(given: &ScopeResources) -> api::ResourceStatement {
    api::ResourceStatement { resources: given.ids.clone(), resource_types: given.types.clone() }
}

fn packets(given: &ScopePackets) -> api::PacketHeaderStatement {
    api::PacketHeaderStatement {
        source_addresses: given.source_addresses.clone(),
        destination_addresses: given.destination_addresses.clone(),
        source_ports: given.source_ports.clone(),
        destination_ports: given.destination_ports.clone(),
        source_prefix_lists: given.source_prefix_lists.clone(),
        destination_prefix_lists: given.destination_prefix_lists.clone(),
        protocols: given.protocols.clone(),
    }
}

pub(crate) fn access_scope_analysis(
    row: &NetworkInsightsAccessScopeAnalysis,
) -> api::NetworkInsightsAccessScopeAnalysis {
    let mut shown = api::NetworkInsightsAccessScopeAnalysis {
        network_insights_access_scope_analysis_id: text(&row.id),
        network_insights_access_scope_analysis_arn: arn(
            &row.scope,
            "network-insights-access-scope-analysis",
            &row.id,
        ),
        network_insights_access_scope_id: text(&row.access_scope),
        start_date: Some(row.started),
        end_date: Some(row.started),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    };
    match &row.result {
        AnalysisResult::Failed(message) => {
            (shown.status, shown.status_message) = (text("failed"), text(message));
            shown.findings_found = text("unknown");
        }
        AnalysisResult::Succeeded(findings) => {
            shown.status = text("succeeded");
            shown.findings_found = text(!findings.findings.is_empty());
            shown.analyzed_eni_count = i32::try_from(findings.interfaces).ok();
        }
    }
    shown
}

/// As AWS answers the call that starts it: what it finds is shown to who asks afterwards.
pub(crate) fn scope_analysis_begun(
    shown: api::NetworkInsightsAccessScopeAnalysis,
) -> api::NetworkInsightsAccessScopeAnalysis {
    api::NetworkInsightsAccessScopeAnalysis {
        status: text("running"),
        status_message: None,
        end_date: None,
        findings_found: None,
        analyzed_eni_count: None,
        ..shown
    }
}

pub(crate) fn findings(
    view: &impl Read,
    row: &NetworkInsightsAccessScopeAnalysis,
) -> Vec<api::AccessScopeAnalysisFinding> {
    let AnalysisResult::Succeeded(found) = &row.result else { return Vec::new() };
    let numbered = (1..).zip(&found.findings);
    numbered
        .map(|(number, finding): (usize, _)| api::AccessScopeAnalysisFinding {
            network_insights_access_scope_analysis_id: text(&row.id),
            network_insights_access_scope_id: text(&row.access_scope),
            finding_id: text(format!("AnalysisFinding-{number}")),
            finding_components: Some(components(view, &finding.components)),
        })
        .collect()
}

impl Facts for api::NetworkInsightsAccessScope {
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    described!(network_insights_access_scope_id, tags);
}

impl Facts for api::NetworkInsightsAccessScopeAnalysis {
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    described!(network_insights_access_scope_analysis_id, tags);
}
