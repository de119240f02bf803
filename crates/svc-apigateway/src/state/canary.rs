//! The share of a stage's requests that another deployment answers.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>

use super::Stage;
use base::Ids;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    pub deployment: String,
    /// Of a hundred requests.
    pub percent_traffic: f64,
    /// In the place of the stage's variables of these names, or beside them.
    pub variables: BTreeMap<String, String>,
}

impl Canary {
    /// Whether the next request is the canary's: for so many of a hundred.
    pub fn takes(&self, ids: &dyn Ids) -> bool {
        let drawn = ids.pick(6, b"0123456789").parse().unwrap_or(0.0);
        drawn < self.percent_traffic * 10_000.0
    }
}

impl Stage {
    /// The deployments that it serves.
    pub fn deployments(&self) -> impl Iterator<Item = &str> {
        let canary = self.canary.as_ref().map(|canary| canary.deployment.as_str());
        std::iter::once(self.deployment.as_str()).chain(canary)
    }

    /// The stage as the canary's requests see it.
    pub fn as_canary(&self, canary: &Canary) -> Self {
        let mut stage = self.clone();
        stage.deployment.clone_from(&canary.deployment);
        stage.variables.extend(canary.variables.clone());
        stage
    }
}
