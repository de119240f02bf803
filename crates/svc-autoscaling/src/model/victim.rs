//! Which instance goes when there are too many.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>

use crate::state::{Group, Member, Stage, TerminationPolicy};
use base::Timestamp;
use std::cmp::Reverse;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// The token of the member to go: one in the fullest zone that has a member that is not protected, by the
/// group's policies, each of which narrows the choice of the one before.
pub fn choose(group: &Group, now: Timestamp) -> Option<String> {
    let can_go = |member: &&Member| member.stage.counts() && !member.is_protected;
    let counts = zone_counts(group);
    let mut candidates: Vec<&Member> = group.members.iter().filter(can_go).collect();
    // A zone that the group has left is the first to be emptied.
    let fullness =
        |member: &Member| counts.get(member.place.zone.as_str()).copied().unwrap_or((true, usize::MAX));
    let fullest = candidates.iter().map(|member| fullness(member)).max()?;
    candidates.retain(|member| fullness(member) == fullest);
    for policy in &group.termination {
        narrow(&mut candidates, *policy, now);
    }
    // What has not begun to serve goes before what serves; then the order of tokens, which is nobody's.
    candidates.sort_by_key(|member| (member.stage == Stage::InService, member.token.clone()));
    candidates.first().map(|member| member.token.clone())
}

/// Of each zone whether the group has left it, and how many members count in it.
pub fn zone_counts(group: &Group) -> BTreeMap<&str, (bool, usize)> {
    let mut counts: BTreeMap<&str, (bool, usize)> =
        group.zones().into_iter().map(|zone| (zone, (false, 0))).collect();
    for member in group.members.iter().filter(|member| member.stage.counts()) {
        counts.entry(member.place.zone.as_str()).or_insert((true, 0)).1 += 1;
    }
    counts
}

fn narrow(candidates: &mut Vec<&Member>, policy: TerminationPolicy, now: Timestamp) {
    match policy {
        TerminationPolicy::OldestInstance => keep_least(candidates, |member| member.since.millis()),
        TerminationPolicy::NewestInstance => keep_least(candidates, |member| Reverse(member.since.millis())),
        TerminationPolicy::OldestLaunchTemplate => keep_oldest_template(candidates),
        TerminationPolicy::ClosestToNextInstanceHour => {
            keep_least(candidates, |member| {
                HOUR_MS - (now.millis() - member.since.millis()).rem_euclid(HOUR_MS)
            });
        }
        TerminationPolicy::Default => {
            keep_oldest_template(candidates);
            narrow(candidates, TerminationPolicy::ClosestToNextInstanceHour, now);
        }
        // All instances have a launch template and are on demand: these tell none from another.
        TerminationPolicy::AllocationStrategy | TerminationPolicy::OldestLaunchConfiguration => {}
    }
}

/// Those of the template that is not the newest one's, then of the lowest version.
fn keep_oldest_template(candidates: &mut Vec<&Member>) {
    let newest =
        candidates.iter().max_by_key(|member| member.since).and_then(|member| member.template.clone());
    let id = newest.map(|version| version.id).unwrap_or_default();
    keep_least(candidates, |member| match &member.template {
        Some(version) => (version.id == id, version.number),
        None => (false, 0),
    });
}

fn keep_least<K: Ord>(candidates: &mut Vec<&Member>, key: impl Fn(&Member) -> K) {
    if let Some(least) = candidates.iter().map(|member| key(member)).min() {
        candidates.retain(|member| key(member) == least);
    }
}
