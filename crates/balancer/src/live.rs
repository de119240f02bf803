//! What is served just now: the plan, with what is known of each target.

use crate::cookie::{self, Cookies, Given};
use crate::health::TargetState;
use crate::needs::Tags;
use crate::plan::{Action, Choice, Forward, Group, Listener, Place, Rule, Stickiness, Target};
use crate::tls::Door;
use std::collections::BTreeMap;
use std::net::IpAddr;
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
    /// Those of its groups, where clients stay with one.
    cookies: Vec<Cookies>,
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
    /// Those that lead back to it, where clients stay by them.
    pub cookies: Option<Cookies>,
}

/// The groups of a plan, once each; known targets keep what is known of them.
pub(crate) fn groups<'a>(
    listeners: impl Iterator<Item = &'a Arc<Listener>>,
    known: &BTreeMap<TargetKey, Arc<TargetState>>,
    tags: &dyn Tags,
) -> BTreeMap<GroupKey, Arc<LiveGroup>> {
    let mut groups = BTreeMap::new();
    for rule in listeners.flat_map(|listener| &listener.rules) {
        let Action::Forward(forward) = &rule.action else { continue };
        for (group, _) in &forward.groups {
            let live = || Arc::new(LiveGroup::new(group.clone(), known, tags));
            groups.entry(group.key()).or_insert_with(live);
        }
    }
    groups
}

impl LiveListener {
    pub(crate) fn new(
        plan: Arc<Listener>,
        groups: &BTreeMap<GroupKey, Arc<LiveGroup>>,
        door: Door,
        tags: &dyn Tags,
    ) -> Self {
        let rules = plan.rules.iter().map(|rule| LiveRule::new(rule, groups, tags)).collect();
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
    fn new(rule: &Rule, groups: &BTreeMap<GroupKey, Arc<LiveGroup>>, tags: &dyn Tags) -> Self {
        let own: Vec<(Arc<LiveGroup>, u32)> = match &rule.action {
            Action::Forward(forward) => forward
                .groups
                .iter()
                .filter_map(|(group, weight)| Some((groups.get(&group.key())?.clone(), *weight)))
                .collect(),
            _ => Vec::new(),
        };
        let cookies = match &rule.action {
            Action::Forward(Forward { stickiness: Some(duration), .. }) => {
                let of = |(group, _): &(Arc<LiveGroup>, u32)| {
                    Cookies::new(cookie::GROUP, &group.plan.arn, *duration, tags)
                };
                own.iter().map(of).collect()
            }
            _ => Vec::new(),
        };
        Self { plan: rule.clone(), groups: own, cookies, turn: AtomicUsize::new(0) }
    }

    /// The group that a client was led to before, while it has a weight.
    pub(crate) fn known(&self, given: &Given<'_>) -> Option<&Arc<LiveGroup>> {
        let mut groups = self.groups.iter().zip(&self.cookies).filter(|((_, weight), _)| *weight > 0);
        groups.find(|(_, cookies)| cookies.are(given)).map(|((group, _), _)| group)
    }

    /// What leads a client back to one of its groups.
    pub(crate) fn cookies(&self, of: &Arc<LiveGroup>) -> Option<&Cookies> {
        let mut groups = self.groups.iter().zip(&self.cookies);
        groups.find(|((group, _), _)| Arc::ptr_eq(group, of)).map(|(_, cookies)| cookies)
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

/// Numbers that follow each other become numbers that look like chance (the finalizer of SplitMix64).
fn spread(number: usize) -> usize {
    let mut z = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as usize
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
    fn new(plan: Arc<Group>, known: &BTreeMap<TargetKey, Arc<TargetState>>, tags: &dyn Tags) -> Self {
        let cookies = |target: &Target| {
            let (name, duration) = match &plan.stickiness {
                Some(Stickiness::Cookie(duration)) => (cookie::TARGET, *duration),
                Some(Stickiness::AfterCookie(_, duration)) => (cookie::APPLICATION, *duration),
                Some(Stickiness::SourceIp) | None => return None,
            };
            let meant = format!("{}/{}:{}", plan.arn, target.id, target.port);
            Some(Cookies::new(name, &meant, duration, tags))
        };
        let target = |target: &Target| {
            let key = (plan.arn.clone(), target.id.clone(), target.port);
            let state = known.get(&key).cloned();
            let state = state.unwrap_or_else(|| Arc::new(TargetState::new(plan.check.is_some())));
            Arc::new(LiveTarget { plan: target.clone(), state, cookies: cookies(target) })
        };
        let targets = plan.targets.iter().map(target).collect();
        Self { plan, targets, turn: AtomicUsize::new(0) }
    }

    /// The target that a client was led to before, while it takes requests.
    pub(crate) fn known(&self, given: &Given<'_>) -> Option<&Arc<LiveTarget>> {
        let is_its = |target: &&Arc<LiveTarget>| target.cookies.as_ref().is_some_and(|own| own.are(given));
        self.candidates().into_iter().find(is_its)
    }

    /// The target whose turn it is.
    pub(crate) fn target(&self) -> Option<&Arc<LiveTarget>> {
        let candidates = self.candidates();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        match self.plan.choice {
            Choice::RoundRobin => self.in_turn(&candidates, turn),
            Choice::Random => candidates.get(spread(turn) % candidates.len().max(1)).copied(),
            Choice::LeastOutstandingRequests => {
                candidates.into_iter().min_by_key(|target| target.state.outstanding())
            }
        }
    }

    /// The target of a client that stays by its address, else the one whose turn it is.
    pub(crate) fn target_of(&self, client: IpAddr) -> Option<&Arc<LiveTarget>> {
        if self.plan.stickiness != Some(Stickiness::SourceIp) {
            return self.target();
        }
        let number = match client {
            IpAddr::V4(v4) => u128::from(v4.to_bits()),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        // The high half says nothing that the low one does not, for one network's clients.
        let candidates = self.candidates();
        candidates.get(spread(number as usize) % candidates.len().max(1)).copied()
    }

    /// Each in turn, but one that starts slowly lets some of its turns pass, while another takes them in full.
    fn in_turn<'a>(&self, candidates: &[&'a Arc<LiveTarget>], turn: usize) -> Option<&'a Arc<LiveTarget>> {
        let count = candidates.len().max(1);
        let own = candidates.get(turn % count).copied();
        let Some(duration) = self.plan.slow_start else { return own };
        let share = |target: &&Arc<LiveTarget>| target.state.share(duration);
        if !candidates.iter().any(|target| share(target) >= 1.0) {
            return own;
        }
        let mut from_here = candidates.iter().cycle().skip(turn % count).take(count);
        from_here.find(|target| target.state.takes_turn(share(target))).copied().or(own)
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Protocol, Settings};
    use hyper::HeaderMap;
    use hyper::header::{COOKIE, SET_COOKIE};
    use std::time::Duration;

    /// Not secret; other texts have others.
    struct Plain;

    impl Tags for Plain {
        fn tag(&self, _: &str, text: &[u8]) -> [u8; 32] {
            [text.iter().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(*byte)); 32]
        }
    }

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
            slow_start: None,
            multi_value_headers: false,
        })
    }

    fn listener(groups: Vec<(Arc<Group>, u32)>) -> LiveListener {
        let stickiness = Some(Duration::from_secs(60));
        let rule = Rule { conditions: Vec::new(), action: Action::Forward(Forward { groups, stickiness }) };
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
        let groups = super::groups(std::iter::once(&plan), &BTreeMap::new(), &Plain);
        LiveListener::new(plan, &groups, Door::Plain, &Plain)
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
    fn a_client_stays_by_its_address_while_its_target_is_well() {
        let sticky =
            Group { stickiness: Some(Stickiness::SourceIp), ..Group::clone(&group("a", &["1", "2", "3"])) };
        let listener = listener(vec![(Arc::new(sticky), 1)]);
        let group = listener.rules[0].group().unwrap();
        let of = |last: u8| group.target_of(IpAddr::from([10, 0, 0, last])).unwrap().plan.id.clone();
        let all: Vec<String> = (0..60).map(of).collect();
        assert_eq!((0..60).map(of).collect::<Vec<_>>(), all);
        for target in ["1", "2", "3"] {
            assert!(all.iter().filter(|id| *id == target).count() > 5, "{all:?}");
        }
    }

    #[test]
    fn chance_leaves_nobody_out() {
        let random = Group { choice: Choice::Random, ..Group::clone(&group("a", &["1", "2", "3"])) };
        let listener = listener(vec![(Arc::new(random), 1)]);
        let group = listener.rules[0].group().unwrap();
        let mut count = BTreeMap::new();
        for _ in 0..300 {
            *count.entry(group.target().unwrap().plan.id.clone()).or_insert(0) += 1;
        }
        assert!(count.len() == 3 && count.values().all(|n| *n > 60), "{count:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_became_healthy_starts_slowly_beside_another() {
        let slow =
            Group { slow_start: Some(Duration::from_secs(100)), ..Group::clone(&group("a", &["1", "2"])) };
        let listener = listener(vec![(Arc::new(slow), 1)]);
        let group = listener.rules[0].group().unwrap();
        let shares = || {
            let second = |_: &usize| group.target().unwrap().plan.id == "2";
            (0..200_usize).filter(second).count()
        };
        group.targets.iter().for_each(|target| target.state.set_healthy(true));
        assert_eq!(shares(), 100, "when all are new, none waits for the others");
        tokio::time::advance(Duration::from_secs(100)).await;
        group.targets[1].state.set_healthy(false);
        group.targets[1].state.set_healthy(true);
        assert_eq!(shares(), 0);
        tokio::time::advance(Duration::from_secs(50)).await;
        let half = shares();
        assert!((45..=70).contains(&half), "{half}");
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(shares(), 100);
    }

    #[test]
    fn a_group_is_found_by_its_cookie_while_it_has_a_weight() {
        let listener = listener(vec![(group("a", &["1"]), 1), (group("b", &["2"]), 0)]);
        let rule = &listener.rules[0];
        let found = |at: usize| {
            let mut answer = HeaderMap::new();
            rule.cookies(&rule.groups[at].0).unwrap().set(&mut answer);
            let mut request = HeaderMap::new();
            request.insert(COOKIE, answer[SET_COOKIE].clone());
            let given = cookie::find(&request, cookie::GROUP).unwrap();
            rule.known(&given).map(|group| group.plan.arn.clone())
        };
        assert_eq!([found(0), found(1)], [Some("a".to_owned()), None]);
    }

    #[test]
    fn without_targets_or_weight_there_is_nobody() {
        assert!(listener(vec![(group("a", &[]), 1)]).rules[0].group().unwrap().target().is_none());
        assert!(listener(vec![(group("a", &["1"]), 0)]).rules[0].group().is_none());
    }
}
