//! Analyses of Network Access Scopes, each with its findings.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInsightsAccessScopeAnalysis.html>

use crate::state::{AnalysisResult, resource};
use crate::tags::Tags;
use base::{NetworkInsightsAccessScopeAnalysisId, NetworkInsightsAccessScopeId, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use why::analysis::Findings;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkInsightsAccessScopeAnalysis {
    pub scope: Scope,
    pub id: NetworkInsightsAccessScopeAnalysisId,
    pub access_scope: NetworkInsightsAccessScopeId,
    pub started: Timestamp,
    pub result: AnalysisResult<Findings>,
    pub client_token: Option<String>,
    pub tags: Tags,
}

resource!(NetworkInsightsAccessScopeAnalysis, table "ec2_network_insights_access_scope_analysis",
    kind "network-insights-access-scope-analysis",
    missing "InvalidNetworkInsightsAccessScopeAnalysisId.NotFound"
        "The network insights access scope analysis '{}' does not exist.",
    malformed "InvalidNetworkInsightsAccessScopeAnalysisId.Malformed" "nisa");
