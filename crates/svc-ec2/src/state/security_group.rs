//! Security groups, and their rules as rows of their own, because rules have ids and tags.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html>

use crate::model::permission::Permission;
use crate::state::resource;
use crate::tags::Tags;
use base::{Scope, SecurityGroupId, SecurityGroupRuleId, VpcId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub scope: Scope,
    pub id: SecurityGroupId,
    pub name: String,
    pub description: String,
    pub vpc: VpcId,
    pub tags: Tags,
}

impl SecurityGroup {
    /// The group that every VPC has and that cannot be deleted.
    pub const DEFAULT: &'static str = "default";

    pub fn is_default(&self) -> bool {
        self.name == Self::DEFAULT
    }
}

resource!(SecurityGroup, table "ec2_security_group", kind "security-group",
    missing "InvalidGroup.NotFound" "The security group '{}' does not exist",
    malformed "InvalidGroupId.Malformed" "sg",
    keys crate::keys::security_group);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    pub scope: Scope,
    pub id: SecurityGroupRuleId,
    pub group: SecurityGroupId,
    pub egress: bool,
    pub permission: Permission,
    pub description: Option<String>,
    pub tags: Tags,
}

resource!(SecurityGroupRule, table "ec2_security_group_rule", kind "security-group-rule",
    missing "InvalidSecurityGroupRuleId.NotFound" "The security group rule ID '{}' does not exist",
    malformed "InvalidSecurityGroupRuleId.Malformed" "sgr");
