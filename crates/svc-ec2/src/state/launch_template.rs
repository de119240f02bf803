//! Launch templates and their versions, each version a row of its own.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use store::Table;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaunchTemplate {
    pub scope: Scope,
    pub id: String,
    pub name: String,
    pub created: Timestamp,
    /// The ARN of who made it.
    pub created_by: String,
    pub default_version: i64,
    pub latest_version: i64,
    pub client_token: Option<String>,
    pub tags: Tags,
}

resource!(LaunchTemplate, table "ec2_launch_template", kind "launch-template",
    missing "InvalidLaunchTemplateId.NotFound"
        "The specified launch template, with template ID {}, does not exist.",
    malformed "InvalidLaunchTemplateId.Malformed" "lt");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaunchTemplateVersion {
    pub scope: Scope,
    pub template: String,
    pub number: i64,
    pub description: Option<String>,
    pub created: Timestamp,
    pub created_by: String,
    pub client_token: Option<String>,
    /// What was given, by the members of `RequestLaunchTemplateData`.
    pub data: serde_json::Map<String, serde_json::Value>,
}

impl LaunchTemplateVersion {
    /// The beginning of the keys of a template's versions.
    pub fn prefix(scope: &Scope, template: &str) -> String {
        scope.key(&format!("{template}/"))
    }

    /// The key of one version.
    pub fn key_of(scope: &Scope, template: &str, number: i64) -> String {
        format!("{}{number:010}", Self::prefix(scope, template))
    }
}

impl Table for LaunchTemplateVersion {
    const NAME: &'static str = "ec2_launch_template_version";
    fn key(&self) -> String {
        Self::key_of(&self.scope, &self.template, self.number)
    }
}
