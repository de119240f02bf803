//! What is behind a method.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html>

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntegrationType {
    /// A function that is handed the request as it came.
    #[default]
    AwsProxy,
    /// A function or an action of AWS, and mappings to and from it.
    Aws,
    HttpProxy,
    Http,
    Mock,
}

impl IntegrationType {
    pub const ALL: [Self; 5] = [Self::Http, Self::Aws, Self::Mock, Self::HttpProxy, Self::AwsProxy];

    pub fn text(self) -> &'static str {
        match self {
            Self::AwsProxy => "AWS_PROXY",
            Self::Aws => "AWS",
            Self::HttpProxy => "HTTP_PROXY",
            Self::Http => "HTTP",
            Self::Mock => "MOCK",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.text() == text)
    }

    pub fn is_proxy(self) -> bool {
        matches!(self, Self::AwsProxy | Self::HttpProxy)
    }
}

/// What happens to a body for whose content type there is no template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Passthrough {
    #[default]
    #[serde(rename = "WHEN_NO_MATCH")]
    WhenNoMatch,
    #[serde(rename = "WHEN_NO_TEMPLATES")]
    WhenNoTemplates,
    #[serde(rename = "NEVER")]
    Never,
}

impl Passthrough {
    pub fn text(self) -> &'static str {
        match self {
            Self::WhenNoMatch => "WHEN_NO_MATCH",
            Self::WhenNoTemplates => "WHEN_NO_TEMPLATES",
            Self::Never => "NEVER",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::WhenNoMatch, Self::WhenNoTemplates, Self::Never].into_iter().find(|p| p.text() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentHandling {
    ToBinary,
    ToText,
}

impl ContentHandling {
    pub fn text(self) -> &'static str {
        match self {
            Self::ToBinary => "CONVERT_TO_BINARY",
            Self::ToText => "CONVERT_TO_TEXT",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::ToBinary, Self::ToText].into_iter().find(|handling| handling.text() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    #[serde(default)]
    pub kind: IntegrationType,
    /// Stage variables and path parameters are not yet put in; empty for `MOCK`.
    pub uri: String,
    /// The integration's own verb; none for `MOCK`.
    pub http_method: String,
    pub timeout_ms: i32,
    #[serde(rename = "passthrough_behavior")]
    pub passthrough: Passthrough,
    pub cache_namespace: String,
    /// The role that the gateway takes on.
    #[serde(default)]
    pub credentials: Option<String>,
    #[serde(default)]
    pub request_parameters: BTreeMap<String, String>,
    /// By content type.
    #[serde(default)]
    pub request_templates: BTreeMap<String, String>,
    #[serde(default)]
    pub content_handling: Option<ContentHandling>,
    /// The VPC link that it goes over; stage variables not yet put in.
    #[serde(default)]
    pub connection: Option<String>,
    /// By status code.
    #[serde(default)]
    pub responses: BTreeMap<String, IntegrationResponse>,
}

impl Integration {
    /// How long it may take.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.timeout_ms).unwrap_or(0))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IntegrationResponse {
    /// What it is for; the default response has none.
    pub selection_pattern: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub templates: BTreeMap<String, String>,
    pub content_handling: Option<ContentHandling>,
}
