//! A NAT gateway: what comes in by its one link leaves by it again behind its own address.

use crate::linux::netns::LOOPBACK;
use crate::linux::nft::expression::Expression;
use crate::linux::nft::ruleset::{Point, Ruleset};
use crate::linux::nft::shorthand::{accept, came_by, entry, leaves_by, rule, tracked};

/// The ruleset of a NAT gateway whose link has this number.
pub fn ruleset(link: u32) -> Ruleset {
    let mut ruleset = Ruleset::default();
    let input = vec![rule("own processes", [came_by(LOOPBACK), accept()])];
    let leave = vec![rule("behind the gateway's address", [leaves_by(link), vec![Expression::Masquerade]])];
    // The kernel translates nothing that answers a connection it has not seen, and would pass it on as it is.
    let forward = vec![rule("what can be translated", [tracked(), accept()])];
    ruleset.chains.insert("forward".into(), entry("filter", Point::Forward, 0, forward));
    ruleset.chains.insert("input".into(), entry("filter", Point::Input, 0, input));
    ruleset.chains.insert("leave".into(), entry("nat", Point::Postrouting, 100, leave));
    ruleset
}
