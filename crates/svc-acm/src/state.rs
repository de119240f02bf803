//! The tables of certificates.

use crate::model::x509::Facts;
use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Table;

pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    pub scope: Scope,
    /// A UUID.
    pub id: String,
    pub origin: Origin,
    /// When it was requested or first imported.
    pub created: Timestamp,
    /// When it was signed, or imported as it is now.
    pub issued: Timestamp,
    pub pem: String,
    pub chain_pem: Option<String>,
    /// What stands in it.
    pub facts: Facts,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    Requested(Requested),
    Imported,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    pub token: Option<String>,
    /// The first is the one that it was requested for.
    pub names: Vec<String>,
    /// The domains whose owner would be asked by mail, where they are not the names themselves.
    pub validation_domains: BTreeMap<String, String>,
    pub is_logged: bool,
    pub renewed: Option<Timestamp>,
}

impl Table for Certificate {
    const NAME: &'static str = "acm_certificate";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

impl Certificate {
    pub fn arn(&self) -> String {
        Arn::regional("acm", &self.scope, format!("certificate/{}", self.id)).to_string()
    }

    /// The names that a server may have who shows it.
    pub fn names(&self) -> Vec<String> {
        match &self.origin {
            Origin::Requested(requested) => requested.names.clone(),
            Origin::Imported if self.facts.dns_names.is_empty() => {
                self.facts.common_name.clone().into_iter().collect()
            }
            Origin::Imported => self.facts.dns_names.clone(),
        }
    }

    pub fn domain(&self) -> Option<String> {
        match &self.origin {
            Origin::Requested(requested) => requested.names.first().cloned(),
            Origin::Imported => {
                self.facts.common_name.clone().or_else(|| self.facts.dns_names.first().cloned())
            }
        }
    }

    /// Whether it names a host: itself, or by a wildcard for the first label.
    pub fn covers(&self, host: &str) -> bool {
        self.names().iter().any(|name| crate::model::domain::covers(name, host))
    }

    pub fn status(&self, now: Timestamp) -> &'static str {
        if now < self.facts.not_after { "ISSUED" } else { "EXPIRED" }
    }

    pub fn kind(&self) -> &'static str {
        match self.origin {
            Origin::Requested(_) => "AMAZON_ISSUED",
            Origin::Imported => "IMPORTED",
        }
    }
}

/// A private key, sealed with the certificate's ARN for its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivateKey {
    pub scope: Scope,
    pub id: String,
    /// Base64 of a sealed PEM text.
    pub sealed: String,
}

impl Table for PrivateKey {
    const NAME: &'static str = "acm_private_key";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}
