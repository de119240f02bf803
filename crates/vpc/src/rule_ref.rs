//! Where a compiled rule comes from, and what a decision was made by.

use crate::Direction;
use base::{NetworkAclId, RouteTableId, SecurityGroupId, SecurityGroupRuleId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleRef {
    SecurityGroupRule {
        group: SecurityGroupId,
        rule: SecurityGroupRuleId,
        direction: Direction,
    },
    /// `number` is `None` for the default entry that denies the rest.
    NetworkAclEntry {
        acl: NetworkAclId,
        direction: Direction,
        number: Option<u16>,
    },
    Route {
        table: RouteTableId,
        destination: IpNet,
    },
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecurityGroupRule { group, rule, direction } if rule.as_str().is_empty() => {
                write!(f, "{group} {direction}")
            }
            Self::SecurityGroupRule { group, rule, direction } => write!(f, "{group} {direction} {rule}"),
            Self::NetworkAclEntry { acl, direction, number: Some(number) } => {
                write!(f, "{acl} {direction} {number}")
            }
            Self::NetworkAclEntry { acl, direction, number: None } => write!(f, "{acl} {direction} *"),
            Self::Route { table, destination } => write!(f, "{table} {destination}"),
        }
    }
}
