//! Network ACLs: stateless, numbered, the first entry that matches decides.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>

use crate::text::{TextError, Words};
use crate::{Direction, Payload, Traffic};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The number under which AWS lists the entry that denies the rest (`*` in its console). It can be
/// neither changed nor removed, so whether it is listed here makes no difference.
pub const DEFAULT_ENTRY_NUMBER: u16 = 32_767;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    pub entries: Vec<NetworkAclEntry>,
}

impl NetworkAcl {
    /// The entries of one direction in the order of their numbers, without the default one.
    pub fn ordered(&self, direction: Direction) -> Vec<&NetworkAclEntry> {
        let of_direction = |e: &&NetworkAclEntry| e.direction == direction && e.number < DEFAULT_ENTRY_NUMBER;
        let mut entries: Vec<_> = self.entries.iter().filter(of_direction).collect();
        entries.sort_by_key(|entry| entry.number);
        entries
    }

    /// The entry that decides, `None` when the default one does.
    pub fn deciding(&self, direction: Direction, peer: IpAddr, payload: Payload) -> Option<&NetworkAclEntry> {
        self.ordered(direction).into_iter().find(|entry| entry.matches(peer, payload))
    }
}

/// One entry. Its text is `100 allow in tcp 1024-65535 from 10.0.0.0/16`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAclEntry {
    pub number: u16,
    pub direction: Direction,
    pub action: Action,
    pub traffic: Traffic,
    /// Sources for ingress, destinations for egress.
    pub cidr: IpNet,
}

impl NetworkAclEntry {
    pub fn matches(&self, peer: IpAddr, payload: Payload) -> bool {
        self.cidr.contains(&peer) && self.traffic.matches(payload)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Allow,
    Deny,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

impl FromStr for Action {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        match text {
            "allow" => Ok(Self::Allow),
            "deny" => Ok(Self::Deny),
            _ => Err(TextError::unexpected("`allow` or `deny`", text)),
        }
    }
}

impl fmt::Display for NetworkAclEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, direction, action, traffic, cidr } = self;
        if *number == DEFAULT_ENTRY_NUMBER {
            f.write_str("*")?
        } else {
            number.fmt(f)?
        }
        write!(f, " {action} {direction} {traffic} {} {cidr}", direction.preposition())
    }
}

impl FromStr for NetworkAclEntry {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut words = Words::new(text);
        let number = match words.peek() {
            Some("*") => words.next("an entry number").map(|_| DEFAULT_ENTRY_NUMBER)?,
            _ => words.parse("an entry number")?,
        };
        if !(1..=DEFAULT_ENTRY_NUMBER).contains(&number) {
            return Err(TextError::unexpected("an entry number", &number.to_string()));
        }
        let action = words.parse("`allow` or `deny`")?;
        let direction = words.parse("`in` or `out`")?;
        let traffic = Traffic::parse(&mut words)?;
        words.preposition(direction)?;
        let cidr = words.parse("a CIDR")?;
        words.end()?;
        Ok(Self { number, direction, action, traffic, cidr })
    }
}
