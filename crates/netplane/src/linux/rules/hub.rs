//! A function hub: environments go out behind its address, and nothing comes in.

use crate::linux::netns::LOOPBACK;
use crate::linux::nft::expression::Expression;
use crate::linux::nft::ruleset::{Point, Ruleset};
use crate::linux::nft::shorthand::{accept, came_by, entry, established, leaves_by, rule};

/// The ruleset of a hub whose link to the outside has this number.
pub fn ruleset(uplink: u32) -> Ruleset {
    let mut ruleset = Ruleset::default();
    let input = vec![
        rule("own processes", [came_by(LOOPBACK), accept()]),
        rule("answers", [established(), accept()]),
    ];
    let forward = vec![
        rule("answers", [established(), accept()]),
        // Between environments there is no way: both ends would be other links than the uplink.
        rule("outward", [leaves_by(uplink), accept()]),
    ];
    let leave =
        vec![rule("behind the interface's address", [leaves_by(uplink), vec![Expression::Masquerade]])];
    ruleset.chains.insert("input".into(), entry("filter", Point::Input, 0, input));
    ruleset.chains.insert("forward".into(), entry("filter", Point::Forward, 0, forward));
    ruleset.chains.insert("leave".into(), entry("nat", Point::Postrouting, 100, leave));
    ruleset
}
