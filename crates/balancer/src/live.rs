//! What is served just now: the plan, with what is known of each target.

use crate::health::TargetState;
use crate::plan::{Action, Choice, Group, Listener, Place, Rule, Target};
use crate::tls::Door;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A group's ARN and part.
pub(crate) type GroupKey = (String, String);

/// A group's ARN, a target's id and its port.
pub(crate) type TargetKey = (String, String, u16);

pub(crate) struct LiveListener {
    pub plan: Arc<Listener>,
    pub rules: Vec<LiveRule>,
    pub door: Door,
}

pub(crate) struct LiveRule {
    pub plan: Rule,
    /// The groups of a forward, with their weights.
    pub groups: Vec<(Arc<LiveGroup>, u32)>,
    turn: AtomicUsize,
}

pub(crate) struct LiveGroup {
    pub plan: Arc<Group>,
    pub targets: Vec<Arc<LiveTarget>>,
    turn: AtomicUsize,
}

pub(crate) struct LiveTarget {
    pub plan: Target,
    pub state: Arc<TargetState>,
}

/// The groups of a plan, once each; known targets keep what is known of them.
pub(crate) fn groups<'a>(
    listeners: impl Iterator<Item = &'a Arc<Listener>>,
    known: &BTreeMap<TargetKey, Arc<TargetState>>,
) -> BTreeMap<GroupKey, Arc<LiveGroup>> {
    let mut groups = BTreeMap::new();
    for rule in listeners.flat_map(|listener| &listener.rules) {
        let Action::Forward(forward) = &rule.action else { continue };
        for (group, _) in &forward.groups {
            groups.entry(group.key()).or_insert_with(|| Arc::new(LiveGroup::new(group.clone(), known)));
        }
    }
    groups
}

impl LiveListener {
    pub(crate) fn new(plan: Arc<Listener>, groups: &BTreeMap<GroupKey, Arc<LiveGroup>>, door: Door) -> Self {
        let rules = plan.rules.iter().map(|rule| LiveRule::new(rule, groups)).collect();
        Self { plan, rules, door }
    }
}

impl LiveListener {
    /// What clients speak here.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.plan.tls.is_some() { "https" } else { "http" }
    }
}

impl Group {
    pub(crate) fn key(&self) -> GroupKey {
        (self.arn.clone(), self.part.clone())
    }
}

impl AsRef<Rule> for LiveRule {
    fn as_ref(&self) -> &Rule {
        &self.plan
    }
}

impl LiveRule {
    fn new(rule: &Rule, groups: &BTreeMap<GroupKey, Arc<LiveGroup>>) -> Self {
        let own = match &rule.action {
            Action::Forward(forward) => forward
                .groups
                .iter()
                .filter_map(|(group, weight)| Some((groups.get(&group.key())?.clone(), *weight)))
                .collect(),
            _ => Vec::new(),
        };
        Self { plan: rule.clone(), groups: own, turn: AtomicUsize::new(0) }
    }

    /// The group whose turn it is: each as often as its weight says, spread over the turns.
    pub(crate) fn group(&self) -> Option<&Arc<LiveGroup>> {
        let total: usize = self.groups.iter().map(|(_, weight)| *weight as usize).sum();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if total == 0 {
            return None;
        }
        // A step that has no divisor in common with the total visits every place once.
        let mut at = turn.wrapping_mul(coprime_step(total)) % total;
        self.groups.iter().find_map(|(group, weight)| {
            let weight = *weight as usize;
            if at < weight {
                return Some(group);
            }
            at -= weight;
            None
        })
    }
}

/// A number near the golden part of `total` that has no divisor in common with it.
fn coprime_step(total: usize) -> usize {
    let common = |mut a: usize, mut b: usize| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (total * 5 / 8..total).find(|step| common(*step, total) == 1).unwrap_or(1)
}

impl LiveGroup {
    fn new(plan: Arc<Group>, known: &BTreeMap<TargetKey, Arc<TargetState>>) -> Self {
        let target = |target: &Target| {
            let key = (plan.arn.clone(), target.id.clone(), target.port);
            let state = known.get(&key).cloned();
            let state = state.unwrap_or_else(|| Arc::new(TargetState::new(plan.check.is_some())));
            Arc::new(LiveTarget { plan: target.clone(), state })
        };
        let targets = plan.targets.iter().map(target).collect();
        Self { plan, targets, turn: AtomicUsize::new(0) }
    }

    /// The target of this name, while it takes requests.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<LiveTarget>> {
        self.candidates().into_iter().find(|target| target.name() == name)
    }

    /// The target whose turn it is.
    pub(crate) fn target(&self) -> Option<&Arc<LiveTarget>> {
        let candidates = self.candidates();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        match self.plan.choice {
            Choice::RoundRobin => candidates.get(turn % candidates.len().max(1)).copied(),
            Choice::LeastOutstandingRequests => {
                candidates.into_iter().min_by_key(|target| target.state.outstanding())
            }
        }
    }

    /// Healthy targets, or all that are registered when none is healthy.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
    fn candidates(&self) -> Vec<&Arc<LiveTarget>> {
        let open: Vec<_> = self.targets.iter().filter(|target| target.is_open()).collect();
        let healthy: Vec<_> = open.iter().copied().filter(|target| target.state.is_healthy()).collect();
        if healthy.is_empty() { open } else { healthy }
    }
}

impl LiveTarget {
    fn is_open(&self) -> bool {
        !self.plan.is_draining && self.plan.place != Place::Nowhere
    }

    /// What a stickiness cookie names it by.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.plan.id, self.plan.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Forward, Protocol, Settings};
    use std::time::Duration;

    fn group(name: &str, targets: &[&str]) -> Arc<Group> {
        let target = |id: &&str| Target {
            id: (*id).to_owned(),
            port: 80,
            place: Place::Address("10.0.0.1:80".parse().unwrap()),
            is_draining: false,
        };
        Arc::new(Group {
            arn: name.to_owned(),
            part: String::new(),
            targets: targets.iter().map(target).collect(),
            is_encrypted: false,
            proxy_protocol: false,
            check: None,
            stickiness: None,
            choice: Choice::RoundRobin,
            multi_value_headers: false,
        })
    }

    fn listener(groups: Vec<(Arc<Group>, u32)>) -> LiveListener {
        let rule = Rule { conditions: Vec::new(), action: Action::Forward(Forward { groups }) };
        let settings = Settings {
            idle_timeout: Duration::from_secs(60),
            forwarded_for: crate::plan::ForwardedFor::Append,
            client_port: false,
            preserve_host: false,
            drop_invalid_headers: false,
            tls_headers: false,
            has_server_header: true,
            answered_headers: Vec::new(),
        };
        let plan = Arc::new(Listener {
            arn: "l".to_owned(),
            port: 80,
            protocol: Protocol::Http,
            tls: None,
            rules: vec![rule],
            settings,
        });
        let groups = super::groups(std::iter::once(&plan), &BTreeMap::new());
        LiveListener::new(plan, &groups, Door::Plain)
    }

    #[test]
    fn groups_take_turns_by_their_weights() {
        let listener =
            listener(vec![(group("a", &["1"]), 7), (group("b", &["2"]), 3), (group("c", &["3"]), 0)]);
        let mut count = BTreeMap::new();
        for _ in 0..100 {
            *count.entry(listener.rules[0].group().unwrap().plan.arn.clone()).or_insert(0) += 1;
        }
        assert_eq!(count, BTreeMap::from([("a".to_owned(), 70), ("b".to_owned(), 30)]));
    }

    #[test]
    fn targets_take_turns_and_a_sick_one_is_left_out_while_another_is_well() {
        let listener = listener(vec![(group("a", &["1", "2", "3"]), 1)]);
        let group = listener.rules[0].group().unwrap();
        let next = || group.target().unwrap().plan.id.clone();
        assert_eq!([next(), next(), next(), next()], ["1", "2", "3", "1"]);
        group.targets[1].state.set_healthy(false);
        let seen: std::collections::BTreeSet<String> = (0..6).map(|_| next()).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["1", "3"]);
        group.targets.iter().for_each(|target| target.state.set_healthy(false));
        let seen: std::collections::BTreeSet<String> = (0..6).map(|_| next()).collect();
        assert_eq!(seen.len(), 3, "with none healthy, all get requests");
    }

    #[test]
    fn without_targets_or_weight_there_is_nobody() {
        assert!(listener(vec![(group("a", &[]), 1)]).rules[0].group().unwrap().target().is_none());
        assert!(listener(vec![(group("a", &["1"]), 0)]).rules[0].group().is_none());
    }
}
