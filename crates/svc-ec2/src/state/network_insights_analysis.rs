//! Analyses of paths, each with what came of it.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInsightsAnalysis.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{NetworkInsightsAnalysisId, NetworkInsightsPathId, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use why::analysis::Outcome;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkInsightsAnalysis {
    pub scope: Scope,
    pub id: NetworkInsightsAnalysisId,
    pub path: NetworkInsightsPathId,
    /// ARNs that the path must go through, and those that it must not.
    pub within: Vec<String>,
    pub without: Vec<String>,
    pub started: Timestamp,
    pub result: AnalysisResult<Outcome>,
    pub client_token: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisResult<T> {
    Succeeded(T),
    /// With AWS's message.
    Failed(String),
}

resource!(NetworkInsightsAnalysis, table "ec2_network_insights_analysis", kind "network-insights-analysis",
    missing "InvalidNetworkInsightsAnalysisId.NotFound" "The network insights analysis '{}' does not exist.",
    malformed "InvalidNetworkInsightsAnalysisId.Malformed" "nia");
