//! What a group does next: its row as it follows from what there is and from the time. What is to be done
//! outside, [`super::effect`] then reads from the row.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-groups.html>

use super::victim::{choose, zone_counts};
use super::world::World;
use crate::needs::{MachineState, TargetHealth};
use crate::state::{Group, Member, Outcome, Place, Process, Stage};
use base::Timestamp;

/// Launches of a group that are under way at once: a capacity is only a number, and EC2's quota is told by the
/// first launch beyond it. After one that failed, one is tried.
const LAUNCHES_AT_ONCE: usize = 20;

/// What the log of activities is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Began {
        activity: String,
        description: String,
        cause: String,
        place: Place,
    },
    Ended {
        activity: String,
        outcome: Outcome,
        message: Option<String>,
    },
    /// The instance of a launch that is under way became known.
    Named {
        activity: String,
        instance: String,
    },
}

pub struct Advanced {
    pub events: Vec<Event>,
    /// When it is to be looked at again, though nothing changed.
    pub wake: Option<Timestamp>,
}

/// Begins an activity with a member.
pub fn begin(member: &mut Member, activity: String, description: String, cause: String) -> Event {
    member.activity = Some(activity.clone());
    Event::Began { activity, description, cause, place: member.place.clone() }
}

struct Step<'a> {
    group: &'a mut Group,
    world: &'a World,
    now: Timestamp,
    fresh: &'a mut dyn FnMut() -> String,
    events: Vec<Event>,
    wake: Option<Timestamp>,
}

/// Changes the row. `fresh` gives names that nobody has.
pub fn advance(
    group: &mut Group,
    world: &World,
    now: Timestamp,
    fresh: &mut dyn FnMut() -> String,
) -> Advanced {
    let mut step = Step { group, world, now, fresh, events: Vec::new(), wake: None };
    let members = std::mem::take(&mut step.group.members);
    for member in members {
        if let Some(member) = step.follow(member) {
            step.group.members.push(member);
        }
    }
    step.forget_left_groups();
    if step.group.is_deleting {
        step.end_all();
    } else {
        step.size();
    }
    Advanced { events: step.events, wake: step.wake }
}

impl Step<'_> {
    fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |known| known.min(at)));
    }

    /// A member as it is now; nothing when it is none any more.
    fn follow(&mut self, mut member: Member) -> Option<Member> {
        if member.instance.is_none()
            && let Some(machine) = self.world.launched(&member.token)
        {
            member.instance = Some(machine.id.clone());
            (member.kind, member.image) = (machine.kind.clone(), machine.image.clone());
            if let Some(activity) = member.activity.clone() {
                self.events.push(Event::Named { activity, instance: machine.id.clone() });
            }
        }
        match member.stage {
            Stage::Pending => self.pending(&mut member),
            Stage::InService => self.in_service(&mut member),
            Stage::EnteringStandby if !self.is_target(&member) => {
                self.end(&mut member, Outcome::Successful, None);
                member.stage = Stage::Standby;
            }
            Stage::Detaching if !self.is_target(&member) && !self.is_marked(&member) => {
                self.end(&mut member, Outcome::Successful, None);
                return None;
            }
            Stage::Terminating if self.is_gone(&member) => {
                self.end(&mut member, Outcome::Successful, None);
                return None;
            }
            _ => {}
        }
        Some(member)
    }

    fn is_target(&self, member: &Member) -> bool {
        let there = |instance: &String| self.world.is_target(&self.group.target_groups, instance);
        self.state(member) == Some(MachineState::Running) && member.instance.as_ref().is_some_and(there)
    }

    fn is_marked(&self, member: &Member) -> bool {
        self.world.is_marked(member.instance.as_deref(), &self.group.name)
    }

    /// Whether nothing is left of it, its places in target groups included.
    fn is_gone(&self, member: &Member) -> bool {
        let instance = member.instance.as_deref().unwrap_or_default();
        let is_in = |group: &String| {
            self.world.health(group, instance).is_some_and(|health| health != TargetHealth::Draining)
        };
        matches!(self.state(member), None | Some(MachineState::Ended))
            && !self.group.target_groups.iter().any(is_in)
    }

    fn state(&self, member: &Member) -> Option<MachineState> {
        self.world.state(member.instance.as_deref())
    }

    /// It serves once it runs and is in every target group.
    fn pending(&mut self, member: &mut Member) {
        let Some(instance) = member.instance.clone() else { return };
        match self.state(member) {
            Some(MachineState::Pending) => {}
            Some(MachineState::Running) => {
                let is_in = |group: &String| {
                    !matches!(self.world.health(group, &instance), None | Some(TargetHealth::Draining))
                };
                let mut wanted = self.group.target_groups.iter().filter(|group| self.world.has(group));
                if wanted.all(is_in) || self.group.is_suspended(Process::AddToLoadBalancer) {
                    self.end(member, Outcome::Successful, None);
                    member.stage = Stage::InService;
                    member.is_extra = false;
                    member.since = self.now;
                }
            }
            _ => {
                self.end(member, Outcome::Failed, Some("Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.UserInitiatedShutdown".to_owned()));
                member.is_healthy = false;
                self.terminate(member, "an EC2 health check indicating it has been terminated or stopped");
            }
        }
    }

    fn in_service(&mut self, member: &mut Member) {
        let mut sick = None;
        if !self.group.is_suspended(Process::HealthCheck) {
            if self.state(member) != Some(MachineState::Running) {
                sick = Some("an EC2 health check indicating it has been terminated or stopped");
            } else if self.group.heeds_load_balancers && self.is_sick_target(member) {
                sick = Some("an ELB system health check failure");
            }
        }
        if sick.is_some() {
            member.is_healthy = false;
        }
        let may_replace = !self.group.is_suspended(Process::ReplaceUnhealthy)
            && !self.group.is_suspended(Process::Terminate);
        if !member.is_healthy && may_replace {
            self.terminate(member, sick.unwrap_or("a user health-check"));
        }
    }

    /// Whether a target group finds it sick, after it had its time to begin.
    fn is_sick_target(&mut self, member: &Member) -> bool {
        let until = Timestamp(member.since.millis() + i64::from(self.group.grace_s) * 1000);
        if self.now < until {
            self.wake_at(until);
            return false;
        }
        let instance = member.instance.as_deref().unwrap_or_default();
        let is_sick = |group: &String| self.world.health(group, instance) == Some(TargetHealth::Unhealthy);
        self.group.target_groups.iter().any(is_sick)
    }

    fn begin(&mut self, member: &mut Member, description: String, cause: String) {
        let event = begin(member, (self.fresh)(), description, cause);
        self.events.push(event);
    }

    fn end(&mut self, member: &mut Member, outcome: Outcome, message: Option<String>) {
        if let Some(activity) = member.activity.take() {
            self.events.push(Event::Ended { activity, outcome, message });
        }
    }

    /// `why` is what it was taken out of service in response to.
    fn terminate(&mut self, member: &mut Member, why: &str) {
        self.end(member, Outcome::Cancelled, None);
        let at = self.now.iso8601();
        let instance = member.instance.as_deref().unwrap_or_default();
        let cause = format!("At {at} an instance was taken out of service in response to {why}.");
        let description = format!("Terminating EC2 instance: {instance}");
        self.begin(member, description, cause);
        member.stage = Stage::Terminating;
        member.is_extra = false;
    }

    fn forget_left_groups(&mut self) {
        let (world, members) = (self.world, &self.group.members);
        let is_used = |group: &String| {
            members.iter().filter_map(|member| member.instance.as_deref()).any(|instance| {
                world.health(group, instance).is_some_and(|health| health != TargetHealth::Draining)
            })
        };
        self.group.left_target_groups.retain(is_used);
    }

    fn end_all(&mut self) {
        let mut members = std::mem::take(&mut self.group.members);
        for member in members.iter_mut().filter(|member| member.stage != Stage::Terminating) {
            self.terminate(member, "user request to delete the group");
        }
        // What was never launched is nothing that could end.
        members.retain(|member| member.instance.is_some());
        self.group.members = members;
    }

    fn size(&mut self) {
        let desired = usize::try_from(self.group.desired).unwrap_or_default();
        let mut extra = self.group.members.iter().filter(|m| m.is_extra && m.stage.counts()).count();
        if desired + extra > usize::try_from(self.group.max).unwrap_or_default() {
            // The bound came down meanwhile: there is no room for one more than desired.
            self.group.members.iter_mut().for_each(|member| member.is_extra = false);
            extra = 0;
        }
        let live = self.group.live() - extra;
        if live < desired {
            self.grow(live, desired);
        } else if live > desired {
            if !self.group.is_suspended(Process::Terminate) {
                self.shrink(live, desired);
            }
        } else if extra == 0 && !self.group.is_suspended(Process::AZRebalance) {
            self.even_out(live);
        }
    }

    fn may_launch(&mut self) -> bool {
        match self.group.launches_after {
            Some(after) if self.now < after => {
                self.wake_at(after);
                false
            }
            _ => !self.group.is_suspended(Process::Launch),
        }
    }

    fn grow(&mut self, live: usize, desired: usize) {
        if !self.may_launch() {
            return;
        }
        let (at, reason) = (self.now.iso8601(), self.group.reason.clone());
        let cause = format!(
            "{reason}At {at} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {live} to {desired}."
        );
        let is_under_way = |member: &&Member| member.stage == Stage::Pending && member.instance.is_none();
        let under_way = self.group.members.iter().filter(is_under_way).count();
        let most = if self.group.failures > 0 { 1 } else { LAUNCHES_AT_ONCE };
        for _ in 0..(desired - live).min(most.saturating_sub(under_way)) {
            self.launch(&cause, false);
        }
    }

    /// A new member in the zone that has the fewest.
    fn launch(&mut self, cause: &str, is_extra: bool) {
        let counts = zone_counts(self.group);
        let in_zone = |place: &&Place| counts.get(place.zone.as_str()).map_or(0, |(_, count)| *count);
        let in_subnet = |place: &&Place| {
            self.group.members.iter().filter(|m| m.stage.counts() && m.place.subnet == place.subnet).count()
        };
        let emptiest = self.group.places.iter().min_by_key(|place| (in_zone(place), in_subnet(place)));
        let Some(place) = emptiest.cloned() else { return };
        let mut member = Member {
            token: (self.fresh)(),
            instance: None,
            place,
            stage: Stage::Pending,
            is_healthy: true,
            is_protected: self.group.protects_new,
            template: None,
            kind: String::new(),
            image: String::new(),
            since: self.now,
            is_extra,
            activity: None,
        };
        self.begin(&mut member, "Launching a new EC2 instance".to_owned(), cause.to_owned());
        self.group.members.push(member);
    }

    fn shrink(&mut self, live: usize, desired: usize) {
        let (at, reason) = (self.now.iso8601(), self.group.reason.clone());
        for _ in desired..live {
            let Some(token) = choose(self.group, self.now) else { return };
            let why = format!(
                "a difference between desired and actual capacity, shrinking the capacity from {live} to {desired}"
            );
            self.end_one(&token, &why);
            // The text of AWS says first who changed the capacity, and last which instance it is.
            if let Some(Event::Began { cause, description, .. }) = self.events.last_mut() {
                let instance = description.rsplit(' ').next().unwrap_or_default();
                *cause = format!("{reason}{cause} At {at} instance {instance} was selected for termination.");
            }
        }
    }

    fn end_one(&mut self, token: &str, why: &str) {
        let Some(place) = self.group.members.iter().position(|member| member.token == token) else { return };
        let mut member = self.group.members.remove(place);
        self.terminate(&mut member, why);
        self.group.members.insert(place, member);
    }

    /// Moves one instance at a time from a zone that has too many to the one that has the fewest: launched there
    /// first, where the group may have one more.
    fn even_out(&mut self, live: usize) {
        let all_serve = self.group.members.iter().all(|m| !m.stage.counts() || m.stage == Stage::InService);
        let counts = zone_counts(self.group);
        let Some(least) = counts.values().filter(|(is_left, _)| !is_left).map(|(_, count)| *count).min()
        else {
            return;
        };
        let Some(token) = choose(self.group, self.now).filter(|_| all_serve) else { return };
        let zone = self.group.members.iter().find(|m| m.token == token).map(|m| m.place.zone.as_str());
        let is_over = zone
            .and_then(|zone| counts.get(zone))
            .is_some_and(|(is_left, count)| *is_left || *count > least + 1);
        if !is_over {
            return;
        }
        let at = self.now.iso8601();
        let max = usize::try_from(self.group.max).unwrap_or_default();
        if live < max {
            if self.may_launch() {
                let cause =
                    format!("At {at} an instance was launched to aid in balancing the group's zones.");
                self.launch(&cause, true);
            }
        } else if !self.group.is_suspended(Process::Terminate) && self.may_launch() {
            self.end_one(&token, "an instance rebalance request");
        }
    }
}
