//! A layer version: a package that functions see at `/opt`.
//! <https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html>

use super::{Code, Permission};
use crate::api;
use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerVersion {
    pub scope: Scope,
    pub name: String,
    pub number: u64,
    pub description: Option<String>,
    pub license: Option<String>,
    pub runtimes: Option<Vec<String>>,
    pub architectures: Option<Vec<String>>,
    pub code: Code,
    pub created: Timestamp,
    pub permissions: Vec<Permission>,
    pub policy_revision_id: String,
}

/// The highest number that a layer ever had: none is given twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerCount {
    pub scope: Scope,
    pub name: String,
    pub last: u64,
}

/// What a function keeps of a layer that it names, which outlives the layer version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerUse {
    pub arn: String,
    pub code: Code,
}

impl store::Table for LayerVersion {
    const NAME: &'static str = "lambda.layer_version";

    fn key(&self) -> String {
        Self::key_of(&self.scope, &self.name, self.number)
    }
}

impl store::Table for LayerCount {
    const NAME: &'static str = "lambda.layer_count";

    fn key(&self) -> String {
        self.scope.key(&self.name)
    }
}

impl LayerVersion {
    /// Keys sort as numbers do.
    pub fn key_of(scope: &Scope, name: &str, number: u64) -> String {
        scope.key(&format!("{name}:{number:020}"))
    }

    pub fn layer_arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("layer:{}", self.name))
    }

    pub fn arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("layer:{}:{}", self.name, self.number))
    }

    pub fn policy(&self) -> Option<String> {
        (!self.permissions.is_empty()).then(|| Permission::document(&self.permissions))
    }

    /// A layer that names no runtimes or architectures suits all.
    pub fn suits(&self, runtime: Option<&str>, architecture: Option<&str>) -> bool {
        let suits = |own: &Option<Vec<String>>, asked: Option<&str>| match (own, asked) {
            (Some(own), Some(asked)) => own.iter().any(|one| one == asked),
            (None, Some(_)) => false,
            (_, None) => true,
        };
        suits(&self.runtimes, runtime) && suits(&self.architectures, architecture)
    }

    pub fn content(&self) -> api::LayerVersionContentOutput {
        api::LayerVersionContentOutput {
            code_sha256: Some(self.code.sha256.clone()),
            code_size: i64::try_from(self.code.size).ok(),
            ..Default::default()
        }
    }

    /// `2026-01-02T03:04:05.678+0000`.
    pub fn created_date(&self) -> String {
        self.created.iso8601_ms().replace('Z', "+0000")
    }

    pub fn render(&self) -> api::GetLayerVersionResponse {
        api::GetLayerVersionResponse {
            compatible_architectures: self.architectures.clone(),
            compatible_runtimes: self.runtimes.clone(),
            content: Some(self.content()),
            created_date: Some(self.created_date()),
            description: Some(self.description.clone().unwrap_or_default()),
            layer_arn: Some(self.layer_arn().to_string()),
            layer_version_arn: Some(self.arn().to_string()),
            license_info: self.license.clone(),
            version: i64::try_from(self.number).ok(),
        }
    }

    pub fn render_listed(&self) -> api::LayerVersionsListItem {
        api::LayerVersionsListItem {
            compatible_architectures: self.architectures.clone(),
            compatible_runtimes: self.runtimes.clone(),
            created_date: Some(self.created_date()),
            description: self.description.clone(),
            layer_version_arn: Some(self.arn().to_string()),
            license_info: self.license.clone(),
            version: i64::try_from(self.number).ok(),
        }
    }
}
