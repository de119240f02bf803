//! A ruleset as data: what one namespace's table should hold.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, Verdict};
use crate::linux::ifname::fnv64;
use crate::linux::netlink::encode::Message;
use crate::linux::netlink::family::Family;

/// The whole content of the plane's table in one namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// The kind of IP that it is for.
    pub family: Family,
    /// Chains by name.
    pub chains: BTreeMap<String, Chain>,
    /// Sets and maps by name.
    pub sets: BTreeMap<String, Set>,
}

/// A chain: a list of rules, tried in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// Where the kernel enters it; none when only other chains do.
    pub hook: Option<Hook>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Where the kernel enters a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hook {
    /// `filter` or `nat`.
    pub kind: &'static str,
    /// The point on the packet's way.
    pub point: Point,
    /// Order among chains at one point.
    pub priority: i32,
    /// What happens at the chain's end.
    pub accept: bool,
}

/// The points on a packet's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Point {
    /// Before the routing decision.
    Prerouting = 0,
    /// To this namespace itself.
    Input = 1,
    /// Through this namespace.
    Forward = 2,
    /// From this namespace itself.
    Output = 3,
    /// After the routing decision.
    Postrouting = 4,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub expressions: Vec<Expression>,
    /// What it is for, shown by `nft list ruleset`.
    pub comment: String,
}

impl Rule {
    /// A rule with its comment.
    pub fn new(comment: impl Into<String>, expressions: Vec<Expression>) -> Rule {
        Rule { expressions, comment: comment.into() }
    }

    /// What the rule is recognised by when it is read back: it is stored beside the comment in the kernel.
    pub fn fingerprint(&self) -> u64 {
        let mut message = Message::new(0, 0, &[]);
        self.expressions.iter().for_each(|e| e.encode(&mut message));
        let mut bytes = message.finish(0);
        bytes.extend_from_slice(self.comment.as_bytes());
        fnv64(&bytes)
    }
}

/// The type of one field of a set's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// An interface number (machine order).
    Interface,
    /// An address.
    Address(Family),
    /// A transport protocol.
    Protocol,
    /// A packet mark (machine order).
    Mark,
    /// A group of interfaces (machine order).
    Group,
    /// What a set of security groups is known by.
    Combination,
}

impl Field {
    /// The number that `nft` knows the type by; the kernel only carries it.
    pub fn type_number(self) -> u32 {
        match self {
            Field::Combination => 4,
            Field::Address(Family::Ipv4) => 7,
            Field::Address(Family::Ipv6) => 8,
            Field::Protocol => 12,
            Field::Mark => 19,
            Field::Interface => 20,
            Field::Group => 23,
        }
    }

    /// The length in bytes.
    pub fn len(self) -> u32 {
        match self {
            Field::Protocol => 1,
            Field::Address(family) => u32::from(family.bits() / 8),
            Field::Mark | Field::Interface | Field::Group => 4,
            Field::Combination => 8,
        }
    }
}

/// What a set's elements lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    /// Nothing: membership only.
    Set,
    /// A verdict.
    VerdictMap,
    /// A value of this type.
    Map(Field),
}

/// A named set or map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// The fields of the key; several make a concatenation.
    pub key: Vec<Field>,
    /// What elements lead to.
    pub kind: SetKind,
    /// The elements.
    pub elements: BTreeSet<Element>,
}

impl Set {
    /// An empty set or map.
    pub fn new(key: &[Field], kind: SetKind) -> Set {
        Set { key: key.to_vec(), kind, elements: BTreeSet::new() }
    }
}

/// One element. Several fields are each padded to four bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// The key.
    pub key: Vec<u8>,
    /// What it leads to.
    pub data: Data,
}

/// What an element leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Data {
    /// Nothing.
    None,
    /// A verdict.
    Verdict(Verdict),
    /// A value.
    Value(Vec<u8>),
}
