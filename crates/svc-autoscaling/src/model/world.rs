//! What there is, as a group sees it.

use crate::needs::{Machine, MachineState, TargetHealth};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct World {
    machines: BTreeMap<String, Machine>,
    by_token: BTreeMap<String, String>,
    /// The instances in each target group that there is.
    targets: BTreeMap<String, BTreeMap<String, TargetHealth>>,
}

impl World {
    pub fn new(machines: Vec<Machine>, targets: BTreeMap<String, BTreeMap<String, TargetHealth>>) -> Self {
        let token = |machine: &Machine| Some((machine.token.clone()?, machine.id.clone()));
        Self {
            by_token: machines.iter().filter_map(token).collect(),
            machines: machines.into_iter().map(|machine| (machine.id.clone(), machine)).collect(),
            targets,
        }
    }

    pub fn machine(&self, instance: Option<&str>) -> Option<&Machine> {
        self.machines.get(instance?)
    }

    /// The instance of a launch.
    pub fn launched(&self, token: &str) -> Option<&Machine> {
        self.machine(self.by_token.get(token).map(String::as_str))
    }

    pub fn state(&self, instance: Option<&str>) -> Option<MachineState> {
        self.machine(instance).map(|machine| machine.state)
    }

    /// Whether an instance that is there is tagged as one of this group.
    pub fn is_marked(&self, instance: Option<&str>, group: &str) -> bool {
        let is_its = |machine: &Machine| machine.group.as_deref() == Some(group);
        self.machine(instance).is_some_and(|machine| machine.state != MachineState::Ended && is_its(machine))
    }

    /// Whether an instance that is there is tagged as one of no group.
    pub fn is_nobodys(&self, instance: &str) -> bool {
        let ends = |machine: &Machine| matches!(machine.state, MachineState::Ending | MachineState::Ended);
        self.machine(Some(instance)).is_some_and(|machine| !ends(machine) && machine.group.is_none())
    }

    /// Whether there is such a target group.
    pub fn has(&self, group: &str) -> bool {
        self.targets.contains_key(group)
    }

    /// How an instance stands in a target group; `None` when it is not in it.
    pub fn health(&self, group: &str, instance: &str) -> Option<TargetHealth> {
        self.targets.get(group)?.get(instance).copied()
    }

    /// Whether an instance is in any of these target groups, draining or not.
    pub fn is_target(&self, groups: &[String], instance: &str) -> bool {
        groups.iter().any(|group| self.health(group, instance).is_some())
    }
}
