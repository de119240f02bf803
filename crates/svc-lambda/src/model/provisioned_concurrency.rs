//! Environments that are kept ready for a version, by its number or by an alias.
//! <https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html>

use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionedConcurrency {
    pub scope: Scope,
    pub function_name: String,
    /// A number or an alias.
    pub qualifier: String,
    pub requested: u32,
    pub last_modified: Timestamp,
}

impl store::Table for ProvisionedConcurrency {
    const NAME: &'static str = "lambda.provisioned_concurrency";

    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.function_name, self.qualifier))
    }
}

impl ProvisionedConcurrency {
    pub fn arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("function:{}:{}", self.function_name, self.qualifier))
    }

    /// `2026-01-02T03:04:05+0000`.
    pub fn last_modified_text(&self) -> String {
        self.last_modified.iso8601().replace('Z', "+0000")
    }
}
