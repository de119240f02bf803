//! Whatever happens to a group and to its instances: when it is left alone it has as many as it should, spread
//! evenly, and at no time more than it may have.
#![allow(clippy::unwrap_used, clippy::panic)]

use base::{Scope, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use svc_autoscaling::model::advance::advance;
use svc_autoscaling::model::effect::{Effect, effects};
use svc_autoscaling::model::world::World;
use svc_autoscaling::needs::{Machine, MachineState, TargetHealth};
use svc_autoscaling::state::{Group, Place, Process, Stage, TemplateChoice, TerminationPolicy};

#[derive(Debug, Clone)]
enum Blow {
    /// Nothing; the world moves on.
    Rest,
    Desire(i32),
    Bound(i32),
    /// One of the instances ends by itself.
    End(usize),
    Stop(usize),
    /// A target group finds one sick.
    Sicken(usize),
    /// The group is in these zones from now on.
    Zones(Vec<u8>),
    /// EC2 launches nothing for a while.
    Refuse(bool),
    Suspend(bool),
}

fn blow() -> impl Strategy<Value = Blow> {
    prop_oneof![
        Just(Blow::Rest),
        (0..8).prop_map(Blow::Desire),
        (1..8).prop_map(Blow::Bound),
        (0..8usize).prop_map(Blow::End),
        (0..8usize).prop_map(Blow::Stop),
        (0..8usize).prop_map(Blow::Sicken),
        proptest::collection::vec(0..3u8, 1..4).prop_map(Blow::Zones),
        any::<bool>().prop_map(Blow::Refuse),
        any::<bool>().prop_map(Blow::Suspend),
    ]
}

struct Simulated {
    group: Group,
    machines: BTreeMap<String, Machine>,
    targets: BTreeMap<String, TargetHealth>,
    refuses: bool,
    names: u32,
    now: Timestamp,
}

fn places(zones: &[u8]) -> Vec<Place> {
    let mut zones = zones.to_vec();
    zones.sort_unstable();
    zones.dedup();
    zones.iter().map(|zone| Place { zone: format!("z{zone}"), subnet: format!("s{zone}") }).collect()
}

impl Simulated {
    fn new(policy: TerminationPolicy) -> Self {
        let group = Group {
            scope: Scope::default(),
            name: "g".into(),
            id: "1".into(),
            template: TemplateChoice { id: "lt-1".into(), name: "t".into(), version: None },
            min: 0,
            max: 6,
            desired: 3,
            cooldown_s: 0,
            places: places(&[0, 1]),
            names_subnets: true,
            target_groups: vec!["tg".into()],
            left_target_groups: Vec::new(),
            heeds_load_balancers: true,
            grace_s: 2,
            termination: vec![policy],
            protects_new: false,
            role: String::new(),
            suspended: BTreeMap::new(),
            created: Timestamp(0),
            is_deleting: false,
            tags: BTreeMap::new(),
            members: Vec::new(),
            reason: String::new(),
            scaled: None,
            failures: 0,
            launches_after: None,
        };
        Self {
            group,
            machines: BTreeMap::new(),
            targets: BTreeMap::new(),
            refuses: false,
            names: 0,
            now: Timestamp(0),
        }
    }

    fn strike(&mut self, blow: &Blow) {
        let nth = |n: &usize| self.machines.keys().nth(*n).cloned();
        match blow {
            Blow::Rest => {}
            Blow::Desire(desired) => self.group.desired = (*desired).min(self.group.max),
            Blow::Bound(max) => {
                self.group.max = *max;
                self.group.desired = self.group.desired.min(*max);
            }
            Blow::End(n) => self.hit(nth(n), MachineState::Ended),
            Blow::Stop(n) => self.hit(nth(n), MachineState::Stopped),
            Blow::Sicken(n) => {
                if let Some(id) = nth(n).filter(|id| self.targets.get(id) == Some(&TargetHealth::Healthy)) {
                    self.targets.insert(id, TargetHealth::Unhealthy);
                }
            }
            Blow::Zones(zones) => self.group.places = places(zones),
            Blow::Refuse(on) => self.refuses = *on,
            Blow::Suspend(true) => {
                self.group.suspended.insert(Process::Launch, self.now);
            }
            Blow::Suspend(false) => self.group.suspended.clear(),
        }
    }

    /// What has ended cannot be hit any more.
    fn hit(&mut self, id: Option<String>, state: MachineState) {
        let alive = |id: &String| {
            self.machines
                .get(id)
                .is_some_and(|m| matches!(m.state, MachineState::Pending | MachineState::Running))
        };
        self.set(id.filter(alive), state);
    }

    fn set(&mut self, id: Option<String>, state: MachineState) {
        if let Some(machine) = id.and_then(|id| self.machines.get_mut(&id)) {
            machine.state = state;
        }
    }

    fn step(&mut self) {
        self.now = Timestamp(self.now.millis() + 1000);
        for machine in self.machines.values_mut() {
            machine.state = match machine.state {
                MachineState::Pending => MachineState::Running,
                MachineState::Ending => MachineState::Ended,
                other => other,
            };
        }
        self.targets.retain(|_, health| *health != TargetHealth::Draining);
        let targets = BTreeMap::from([("tg".to_owned(), self.targets.clone())]);
        let world = World::new(self.machines.values().cloned().collect(), targets);
        let mut names = self.names;
        let mut fresh = || {
            names += 1;
            format!("n{names:05}")
        };
        advance(&mut self.group, &world, self.now, &mut fresh);
        self.names = names;
        let max = usize::try_from(self.group.max).unwrap();
        assert!(self.group.live() <= max, "{} live of at most {max}", self.group.live());
        for effect in effects(&self.group, &world) {
            self.act(effect);
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Launch { token } => {
                let place = self.group.members.iter().position(|member| member.token == token).unwrap();
                if self.refuses {
                    self.group.members.remove(place);
                    self.group.launches_after = Some(Timestamp(self.now.millis() + 3000));
                    return;
                }
                self.names += 1;
                let id = format!("i-{:05}", self.names);
                let machine = Machine {
                    id: id.clone(),
                    token: Some(token),
                    state: MachineState::Pending,
                    place: self.group.members[place].place.clone(),
                    vpc: String::new(),
                    kind: String::new(),
                    image: String::new(),
                    launched: self.now,
                    group: Some(self.group.name.clone()),
                };
                self.machines.insert(id, machine);
                // The row does not hear of it: the next pass finds the instance by its token.
            }
            Effect::Terminate { instance } => self.set(Some(instance), MachineState::Ending),
            Effect::Register { instance, .. } => {
                self.targets.insert(instance, TargetHealth::Healthy);
            }
            Effect::Deregister { instance, .. } => {
                self.targets.insert(instance, TargetHealth::Draining);
            }
            Effect::Tag { instance } => panic!("{instance} is attached by nobody"),
            Effect::Untag { instance } => panic!("{instance} is detached by nobody"),
        }
    }

    fn is_at_rest(&self) -> Result<(), String> {
        let group = &self.group;
        let serving = group.members.iter().filter(|m| m.stage == Stage::InService).count();
        if serving != group.members.len() || serving != usize::try_from(group.desired).unwrap() {
            return Err(format!("{serving} of {} serve, {} desired", group.members.len(), group.desired));
        }
        let of = |zone: &str| group.members.iter().filter(|member| member.place.zone == zone).count();
        let counts: Vec<usize> = group.zones().iter().map(|zone| of(zone)).collect();
        if counts.iter().sum::<usize>() != serving {
            return Err(format!("some are in zones that the group left: {counts:?} of {serving}"));
        }
        if counts.iter().max().unwrap() - counts.iter().min().unwrap() > 1 {
            return Err(format!("uneven: {counts:?}"));
        }
        let running = self.machines.values().filter(|m| m.state == MachineState::Running).count();
        if running != serving || self.targets.len() != serving {
            return Err(format!("{running} run, {} are targets, {serving} serve", self.targets.len()));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_group_that_is_left_alone_is_as_it_should_be(
        blows in proptest::collection::vec(blow(), 0..25),
        policy in proptest::sample::select(TerminationPolicy::ALL.map(|(policy, _)| policy).to_vec()),
    ) {
        let mut simulated = Simulated::new(policy);
        for blow in &blows {
            simulated.strike(blow);
            simulated.step();
        }
        simulated.refuses = false;
        simulated.group.suspended.clear();
        for _ in 0..120 {
            simulated.step();
        }
        prop_assert_eq!(simulated.is_at_rest(), Ok(()));
        let before = simulated.group.clone();
        simulated.step();
        prop_assert_eq!(&simulated.group, &before, "what rests changes nothing");
    }
}
