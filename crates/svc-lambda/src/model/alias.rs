//! An alias: a name for a version, or for two of which each gets its share of the invocations.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html>

use super::Permission;
use crate::api;
use base::{Arn, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    pub scope: Scope,
    pub function_name: String,
    pub name: String,
    pub description: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// The share of another version, from 0 to 1.
    pub weights: BTreeMap<String, f64>,
    pub revision_id: String,
    pub permissions: Vec<Permission>,
    pub policy_revision_id: String,
}

impl store::Table for Alias {
    const NAME: &'static str = "lambda.alias";

    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.function_name, self.name))
    }
}

impl Alias {
    pub fn arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("function:{}:{}", self.function_name, self.name))
    }

    /// Whether invocations may go to this version.
    pub fn leads_to(&self, version: &str) -> bool {
        self.version == version || self.weights.contains_key(version)
    }

    /// The version for one invocation, by a number from 0 to 1 that was drawn for it.
    pub fn route(&self, drawn: f64) -> &str {
        let mut below = 0.0;
        for (version, weight) in &self.weights {
            below += weight;
            if drawn < below {
                return version;
            }
        }
        &self.version
    }

    pub fn render(&self) -> api::AliasConfiguration {
        let weights = (!self.weights.is_empty()).then(|| self.weights.clone());
        api::AliasConfiguration {
            alias_arn: Some(self.arn().to_string()),
            description: Some(self.description.clone()),
            function_version: Some(self.version.clone()),
            name: Some(self.name.clone()),
            revision_id: Some(self.revision_id.clone()),
            routing_config: weights
                .map(|weights| api::AliasRoutingConfiguration { additional_version_weights: Some(weights) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_gets_its_share() {
        let alias = Alias {
            scope: Scope::default(),
            function_name: "f".to_owned(),
            name: "live".to_owned(),
            description: String::new(),
            version: "1".to_owned(),
            weights: BTreeMap::from([("2".to_owned(), 0.25)]),
            revision_id: String::new(),
            permissions: Vec::new(),
            policy_revision_id: String::new(),
        };
        let second = (0..1000).filter(|n| alias.route(f64::from(*n) / 1000.0) == "2").count();
        assert_eq!(second, 250);
        assert_eq!(alias.route(0.999), "1");
        assert_eq!(Alias { weights: BTreeMap::from([("2".to_owned(), 0.0)]), ..alias }.route(0.0), "1");
    }
}
