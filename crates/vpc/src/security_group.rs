//! Security groups: stateful, allow only, joined to interfaces.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>

use crate::text::{TextError, Words};
use crate::{Direction, Traffic};
use base::{PrefixListId, SecurityGroupId, SecurityGroupRuleId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub name: String,
    pub rules: Vec<SecurityGroupRule>,
}

impl SecurityGroup {
    pub fn rules(&self, direction: Direction) -> impl Iterator<Item = &SecurityGroupRule> {
        self.rules.iter().filter(move |rule| rule.direction == direction)
    }
}

/// One rule. Its text is `in tcp 5432 from sg-1`, after its id when it has a known one:
/// `sgr-1 in tcp 5432 from sg-1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    pub id: SecurityGroupRuleId,
    pub direction: Direction,
    pub traffic: Traffic,
    pub peer: Peer,
    pub description: Option<String>,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    Cidr(IpNet),
    /// The addresses of the interfaces that are in the group.
    Group(SecurityGroupId),
    PrefixList(PrefixListId),
}

impl Peer {
    /// The group it names, if it names one.
    pub fn group(&self) -> Option<&SecurityGroupId> {
        match self {
            Self::Group(id) => Some(id),
            Self::Cidr(_) | Self::PrefixList(_) => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(cidr) => cidr.fmt(f),
            Self::Group(id) => id.fmt(f),
            Self::PrefixList(id) => id.fmt(f),
        }
    }
}

impl FromStr for Peer {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.starts_with("sg-") {
            return Ok(Self::Group(text.into()));
        }
        if text.starts_with("pl-") {
            return Ok(Self::PrefixList(text.into()));
        }
        text.parse().map(Self::Cidr).map_err(|_| TextError::unexpected("a CIDR, sg-… or pl-…", text))
    }
}

impl fmt::Display for SecurityGroupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.id.as_str().is_empty() {
            write!(f, "{} ", self.id)?;
        }
        write!(f, "{} {} {} {}", self.direction, self.traffic, self.direction.preposition(), self.peer)
    }
}

impl FromStr for SecurityGroupRule {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut words = Words::new(text);
        let id = match words.peek() {
            Some(word) if word.starts_with("sgr-") => words.next("a rule")?,
            _ => "",
        };
        let direction = words.parse("`in` or `out`")?;
        let traffic = Traffic::parse(&mut words)?;
        words.preposition(direction)?;
        let peer = words.parse("a CIDR, sg-… or pl-…")?;
        words.end()?;
        Ok(Self { id: id.into(), direction, traffic, peer, description: None })
    }
}
