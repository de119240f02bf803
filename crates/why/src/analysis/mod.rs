//! EC2's Reachability Analyzer and Network Access Analyzer: is there any packet from here to there that the rules
//! let through, with its answer, and what does it meet? Where there is none, what is in the way of the one that
//! comes furthest.
//!
//! Nothing is sampled: all rules treat the ports between two of their bounds alike, and so the addresses, so that
//! one packet of each class stands for all of them.
//!
//! <https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html>

mod classes;
mod component;
mod components;
mod explanation;
mod reach;
mod scope;
mod search;

pub use component::{AclRule, Component, GroupRule, Header, RouteRow};
pub use explanation::Explanation;
pub use reach::Reach;
pub use scope::{AccessPath, Finding, Findings, HeaderStatement, ResourceStatement, Statement, access};
pub use search::{Bounds, End, Protocol, Query, TooLarge};

use components::components;
use explanation::{explained, restriction};
use search::{Best, Found, search};
use serde::{Deserialize, Serialize};
use vpc::{Trace, Verdict, Way};

/// What came of an analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub found: bool,
    /// What the packet meets, from its source to its destination or to where it is stopped.
    pub forward: Vec<Component>,
    /// What its answer meets.
    pub back: Vec<Component>,
    /// Everything that is in the way.
    pub explanations: Vec<Explanation>,
}

/// Which components a path must have, and which it must not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Through {
    pub within: Vec<String>,
    pub without: Vec<String>,
}

/// Looks for a packet that gets from one end to the other.
pub fn analyze(query: &Query<'_>, through: &Through) -> Result<Outcome, TooLarge> {
    let traverses = |found: &Found| {
        let met = components(query.network, found);
        let ids: Vec<&str> = met
            .forward
            .iter()
            .flat_map(|c| [Some(c.id.as_str()), c.subnet.as_deref(), c.vpc.as_deref()])
            .flatten()
            .collect();
        through.within.iter().all(|id| ids.contains(&id.as_str()))
            && !through.without.iter().any(|id| ids.contains(&id.as_str()))
    };
    let best = match search(query, &traverses)? {
        Ok(found) => {
            let met = components(query.network, &found);
            return Ok(Outcome {
                found: true,
                forward: met.forward,
                back: met.back,
                explanations: Vec::new(),
            });
        }
        Err(best) => best,
    };
    Ok(match best {
        Best::Stopped(found) => stopped(query, &found),
        Best::Refused => Outcome { explanations: restriction(query, through), ..Outcome::default() },
        Best::Nothing => Outcome { explanations: vec![Explanation::new("NO_PATH")], ..Outcome::default() },
    })
}

/// The way as far as it goes, and what is in it.
fn stopped(query: &Query<'_>, found: &Found) -> Outcome {
    let met = components(query.network, found);
    let on_reply = matches!(found.trace.verdict, Verdict::Dropped { on: Way::Reply, .. });
    let back = if on_reply { met.back } else { Vec::new() };
    Outcome { found: false, forward: met.forward, back, explanations: explained(query, found) }
}

/// What decided, in the order in which it did.
fn same_rules(one: &Trace, other: &Trace) -> bool {
    let steps = |trace: &Trace| -> Vec<vpc::Step> {
        trace.forward.iter().chain(&trace.reply).map(|hop| hop.step.clone()).collect()
    };
    steps(one) == steps(other)
}
