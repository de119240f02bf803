//! Network Access Scopes: which paths are wanted to be known of.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInsightsAccessScopeContent.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{NetworkInsightsAccessScopeId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkInsightsAccessScope {
    pub scope: Scope,
    pub id: NetworkInsightsAccessScopeId,
    pub created: Timestamp,
    pub content: ScopeContent,
    pub client_token: Option<String>,
    pub tags: Tags,
}

/// As it was given. `None` is told from an empty list, as the answer shows what was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeContent {
    pub matched: Option<Vec<ScopePath>>,
    pub excluded: Option<Vec<ScopePath>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopePath {
    pub source: Option<ScopeStatement>,
    pub destination: Option<ScopeStatement>,
    pub through: Option<Vec<Option<ScopeResources>>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeStatement {
    pub packets: Option<ScopePackets>,
    pub resources: Option<ScopeResources>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeResources {
    pub ids: Option<Vec<String>>,
    pub types: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopePackets {
    pub source_addresses: Option<Vec<String>>,
    pub destination_addresses: Option<Vec<String>>,
    pub source_ports: Option<Vec<String>>,
    pub destination_ports: Option<Vec<String>>,
    pub source_prefix_lists: Option<Vec<String>>,
    pub destination_prefix_lists: Option<Vec<String>>,
    pub protocols: Option<Vec<String>>,
}

resource!(NetworkInsightsAccessScope, table "ec2_network_insights_access_scope",
    kind "network-insights-access-scope",
    missing "InvalidNetworkInsightsAccessScopeId.NotFound" "The network insights access scope '{}' does not exist.",
    malformed "InvalidNetworkInsightsAccessScopeId.Malformed" "nis");
