//! All blockers are found, and the first is the one that drops.
#![allow(clippy::unwrap_used)]

use vpc::testing::sample;
use vpc::walk;
use why::blockers;

#[test]
fn the_first_blocker_is_the_one_that_drops() {
    let mut several = 0;
    for seed in 0..200 {
        let (network, flows) = sample(seed, 10).unwrap();
        for flow in flows {
            let found = blockers(&network, &flow);
            let trace = walk(&network, &flow);
            assert_eq!(found.first().map(|blocker| &blocker.reason), trace.reason(), "{flow}");
            for (index, blocker) in found.iter().enumerate() {
                assert!(!found[..index].iter().any(|earlier| earlier.reason == blocker.reason), "{flow}");
            }
            several += usize::from(found.len() > 1);
        }
    }
    assert!(several > 50, "{several} flows with more than one blocker");
}
