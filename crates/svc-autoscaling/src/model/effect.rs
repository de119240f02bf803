//! What is to be done outside for a group to become what its row says. Nothing here remembers what was done: it
//! follows from the row and from what there is, so that an interruption anywhere loses nothing.

use super::world::World;
use crate::needs::{MachineState, TargetHealth};
use crate::state::{Group, Member, Process, Stage};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Launch {
        token: String,
    },
    Terminate {
        instance: String,
    },
    Register {
        group: String,
        instance: String,
    },
    Deregister {
        group: String,
        instance: String,
    },
    /// Puts the group's name, and its tags, on an instance that came by itself.
    Tag {
        instance: String,
    },
    /// Takes the group's name off an instance that leaves it.
    Untag {
        instance: String,
    },
}

pub fn effects(group: &Group, world: &World) -> Vec<Effect> {
    group.members.iter().flat_map(|member| of_member(group, member, world)).collect()
}

fn of_member(group: &Group, member: &Member, world: &World) -> Vec<Effect> {
    let Some(instance) = &member.instance else {
        let is_wanted = member.stage == Stage::Pending && !group.is_suspended(Process::Launch);
        return if is_wanted { vec![Effect::Launch { token: member.token.clone() }] } else { Vec::new() };
    };
    let state = world.state(Some(instance));
    let mut all = leave(&group.left_target_groups, instance, world);
    match member.stage {
        Stage::Pending | Stage::InService => {
            if world.is_nobodys(instance) {
                all.push(Effect::Tag { instance: instance.clone() });
            }
            if state == Some(MachineState::Running) && !group.is_suspended(Process::AddToLoadBalancer) {
                all.extend(join(&group.target_groups, instance, world));
            }
        }
        Stage::EnteringStandby => all.extend(leave(&group.target_groups, instance, world)),
        Stage::Detaching => {
            all.extend(leave(&group.target_groups, instance, world));
            if world.is_marked(Some(instance), &group.name) {
                all.push(Effect::Untag { instance: instance.clone() });
            }
        }
        Stage::Standby => {}
        Stage::Terminating => {
            all.extend(leave(&group.target_groups, instance, world));
            let runs = matches!(state, Some(MachineState::Pending | MachineState::Running));
            let is_there = runs || state == Some(MachineState::Stopped);
            // Requests that are under way come to their end first.
            if is_there && !(runs && world.is_target(&group.target_groups, instance)) {
                all.push(Effect::Terminate { instance: instance.clone() });
            }
        }
    }
    all
}

fn join(groups: &[String], instance: &str, world: &World) -> Vec<Effect> {
    let is_out = |group: &&String| {
        world.has(group) && matches!(world.health(group, instance), None | Some(TargetHealth::Draining))
    };
    let register = |group: &String| Effect::Register { group: group.clone(), instance: instance.to_owned() };
    groups.iter().filter(is_out).map(register).collect()
}

fn leave(groups: &[String], instance: &str, world: &World) -> Vec<Effect> {
    let is_in = |group: &&String| {
        world.health(group, instance).is_some_and(|health| health != TargetHealth::Draining)
    };
    let deregister =
        |group: &String| Effect::Deregister { group: group.clone(), instance: instance.to_owned() };
    groups.iter().filter(is_in).map(deregister).collect()
}
