//! The tables of domain names.

use crate::BasePath;
use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Table;

pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Endpoint {
    Regional,
    /// Answered as a regional one: there are no edges of a network in one machine.
    Edge,
}

impl Endpoint {
    pub fn text(self) -> &'static str {
        match self {
            Self::Regional => "REGIONAL",
            Self::Edge => "EDGE",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainName {
    pub scope: Scope,
    /// In lower case, perhaps with a star for its first label.
    pub name: String,
    pub endpoint: Endpoint,
    /// The certificate's ARN.
    pub certificate: String,
    pub certificate_name: Option<String>,
    /// Of the name that AWS's DNS has: ten letters.
    pub target: String,
    pub uploaded: Timestamp,
    pub tags: Tags,
}

impl Table for DomainName {
    const NAME: &'static str = "api_domain_name";
    fn key(&self) -> String {
        self.scope.key(&self.name)
    }
}

impl DomainName {
    pub fn arn(&self) -> String {
        format!("arn:aws:apigateway:{}::/domainnames/{}", self.scope.region, self.name)
    }

    /// `d-xxxxxxxxxx.execute-api.REGION.amazonaws.com`.
    pub fn regional_host(&self) -> String {
        format!("d-{}.execute-api.{}.amazonaws.com", self.target, self.scope.region)
    }

    pub fn distribution_host(&self) -> String {
        format!("d{}.cloudfront.net", self.target)
    }
}

/// In whose account and region a domain name is: there is one of each in a moat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DomainOwner {
    pub name: String,
    pub scope: Scope,
}

impl Table for DomainOwner {
    const NAME: &'static str = "api_domain_owner";
    fn key(&self) -> String {
        self.name.clone()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    pub scope: Scope,
    pub domain: String,
    pub id: String,
    pub base_path: BasePath,
    pub api: String,
    /// None where the stage is the first part of the path after the base path.
    pub stage: Option<String>,
}

impl Table for Mapping {
    const NAME: &'static str = "api_mapping";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.domain, self.id))
    }
}
