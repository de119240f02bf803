//! Makes groups be what their rows say. It takes no input, reads what it needs, and may be interrupted anywhere:
//! the next pass goes on from what is there.

use crate::Scaling;
use crate::model::advance::{Advanced, Event, advance};
use crate::model::effect::{Effect, effects};
use crate::model::world::World;
use crate::needs::{Launch, LaunchRefused, Machine, NeedError, TargetHealth};
use crate::state::{Activity, Group, Outcome, Policy};
use base::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Table, Tx};

/// How long it sleeps at most while there are groups: what failed outside is tried again.
const REPAIR_MS: i64 = 5_000;
/// The rows that it follows. What it writes about activities concerns it not.
const ROWS: &str = "autoscaling_group";
/// How long a launch waits after one that failed; it doubles with each, up to the most.
const RETRY_MS: i64 = 1_000;
const RETRY_MOST_MS: i64 = 60_000;
/// How long activities are shown.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html>
const ACTIVITIES_MS: i64 = 42 * 24 * 60 * 60 * 1000;

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Need(#[from] NeedError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Scaling {
    /// Reconciles for as long as it is polled: when a row, an instance or a target group changed, and when the
    /// time has come for something.
    pub async fn run(self: Arc<Self>) {
        let mut changes = self.store.changes();
        loop {
            changes.borrow_and_update();
            let seen = self.seen();
            let wake = self.pass().await;
            let changed = async {
                while seen == self.seen() {
                    if changes.changed().await.is_err() {
                        return;
                    }
                }
            };
            let until = async {
                match wake {
                    Some(at) => {
                        let ms = at.millis().saturating_sub(self.needs.clock.now().millis());
                        tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
                            .await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = changed => {}
                () = until => {}
            }
        }
    }

    fn seen(&self) -> (u64, u64, u64) {
        (self.store.read().edits(ROWS), self.needs.machines.edits(), self.needs.targets.edits())
    }

    /// Looks at every group once; answers when one is to be looked at again, though nothing changes.
    pub async fn pass(&self) -> Option<Timestamp> {
        let groups = match self.store.read().scan::<Group>("") {
            Ok(groups) => groups,
            Err(fault) => {
                tracing::error!(%fault, "read the groups");
                return Some(Timestamp(self.needs.clock.now().millis() + REPAIR_MS));
            }
        };
        let mut wake: Option<Timestamp> = None;
        for group in groups {
            let again = match self.look_after(&group).await {
                Ok(again) => again,
                Err(error) => {
                    tracing::error!(%error, group = group.name, "an Auto Scaling group");
                    Some(Timestamp(self.needs.clock.now().millis() + REPAIR_MS))
                }
            };
            wake = [wake, again].into_iter().flatten().min();
        }
        wake
    }

    async fn look_after(&self, seen: &Group) -> Result<Option<Timestamp>, Failure> {
        let world = self.world(seen)?;
        let now = self.needs.clock.now();
        let key = seen.key();
        let step = self
            .store
            .write(|tx| {
                let Some(row) = tx.get::<Group>(&key)? else { return Ok::<_, Fault>(None) };
                let mut group = Group::clone(&row);
                let mut fresh = || self.needs.ids.uuid();
                let Advanced { events, wake } = advance(&mut group, &world, now, &mut fresh);
                note(tx, &group, events, now)?;
                if group.is_deleting && group.members.is_empty() {
                    remove(tx, &group)?;
                    return Ok(None);
                }
                if group != *row {
                    tx.put(&group)?;
                }
                Ok(Some((group, wake)))
            })
            .await?;
        let Some((group, mut wake)) = step else { return Ok(None) };
        let mut failed = false;
        for effect in effects(&group, &world) {
            if let Err(error) = self.act(&group, effect).await {
                tracing::warn!(%error, group = group.name, "an Auto Scaling group");
                failed = true;
            }
        }
        // What targets' health checks find changes no row.
        if failed || (group.heeds_load_balancers && !group.target_groups.is_empty()) {
            let at = Timestamp(now.millis() + REPAIR_MS);
            wake = Some(wake.map_or(at, |known| known.min(at)));
        }
        Ok(wake)
    }

    pub(crate) fn world(&self, group: &Group) -> Result<World, NeedError> {
        let mut targets = BTreeMap::new();
        for arn in group.target_groups.iter().chain(&group.left_target_groups) {
            if let Some(of) = self.needs.targets.of(&group.scope, arn)? {
                let of = of.into_iter().map(|target| (target.instance, target.health));
                targets.insert(arn.clone(), of.collect::<BTreeMap<String, TargetHealth>>());
            }
        }
        Ok(World::new(self.needs.machines.all(&group.scope)?, targets))
    }

    async fn act(&self, group: &Group, effect: Effect) -> Result<(), Failure> {
        let (scope, role) = (&group.scope, group.role.as_str());
        match effect {
            Effect::Launch { token } => self.launch(group, &token).await?,
            Effect::Terminate { instance } => self.needs.machines.terminate(scope, role, &instance).await?,
            Effect::Register { group, instance } => {
                self.needs.targets.register(scope, role, &group, &instance).await?;
            }
            Effect::Deregister { group, instance } => {
                self.needs.targets.deregister(scope, role, &group, &instance).await?;
            }
            Effect::Tag { instance } => {
                let tags = crate::tags::of_instances(group);
                self.needs.machines.tag(scope, role, &instance, &tags).await?;
            }
            Effect::Untag { instance } => {
                self.needs.machines.untag(scope, role, &instance, &group.name).await?;
            }
        }
        Ok(())
    }

    async fn launch(&self, group: &Group, token: &str) -> Result<(), Failure> {
        let Some(member) = group.members.iter().find(|member| member.token == token) else { return Ok(()) };
        let choice = &group.template;
        let template =
            self.needs.machines.template(&group.scope, Some(&choice.id), None, choice.version.as_deref());
        let launched = match template {
            Ok(template) => {
                let launch = Launch {
                    scope: group.scope.clone(),
                    role: group.role.clone(),
                    place: member.place.clone(),
                    token: token.to_owned(),
                    tags: crate::tags::of_instances(group),
                    template,
                };
                let instance = self.needs.machines.launch(&launch).await;
                instance.map(|instance| (instance, launch.template))
            }
            Err(error) => Err(LaunchRefused { is_denied: false, message: error.message }),
        };
        // EC2 may have launched it and failed after that; the next pass then finds it by its token.
        let is_there = |machine: &Machine| machine.token.as_deref() == Some(token);
        if launched.is_err() && self.needs.machines.all(&group.scope)?.iter().any(is_there) {
            return Ok(());
        }
        let now = self.needs.clock.now();
        let key = group.key();
        self.store
            .write(|tx| {
                let Some(row) = tx.get::<Group>(&key)? else { return Ok(()) };
                let mut group = Group::clone(&row);
                let Some(place) = group.members.iter().position(|member| member.token == token) else {
                    return Ok(());
                };
                match launched {
                    Ok((instance, template)) => {
                        (group.failures, group.launches_after) = (0, None);
                        if let Some(member) = group.members.get_mut(place) {
                            member.kind = template.kind.unwrap_or_default();
                            member.image = template.image.unwrap_or_default();
                            member.template = Some(template.version);
                            let activity = member.activity.clone();
                            member.instance = Some(instance.clone());
                            let named = activity.map(|activity| Event::Named { activity, instance });
                            note(tx, &group, named.into_iter().collect(), now)?;
                        }
                    }
                    Err(refused) => {
                        let member = group.members.remove(place);
                        let wait = RETRY_MS << group.failures.min(10);
                        group.failures = group.failures.saturating_add(1);
                        group.launches_after = Some(Timestamp(now.millis() + wait.min(RETRY_MOST_MS)));
                        let message = format!(
                            "{}. Launching EC2 instance failed.",
                            refused.message.trim_end_matches('.')
                        );
                        let ended = member.activity.map(|activity| Event::Ended {
                            activity,
                            outcome: Outcome::Failed,
                            message: Some(message),
                        });
                        note(tx, &group, ended.into_iter().collect(), now)?;
                    }
                }
                tx.put(&group)
            })
            .await?;
        Ok(())
    }
}

/// Writes the log of activities, and takes out of it what is too old.
pub(crate) fn note(tx: &mut Tx, group: &Group, events: Vec<Event>, now: Timestamp) -> Result<(), Fault> {
    if events.is_empty() {
        return Ok(());
    }
    for old in tx.scan::<Activity>(&group.scope.prefix())? {
        if old.began.millis() + ACTIVITIES_MS < now.millis() {
            tx.delete::<Activity>(&old.key())?;
        }
    }
    for event in events {
        let row = match event {
            Event::Began { activity, description, cause, place } => Some(Activity {
                scope: group.scope.clone(),
                id: activity,
                group: group.name.clone(),
                group_arn: group.arn(),
                description,
                cause,
                began: now,
                ended: None,
                outcome: Outcome::InProgress,
                message: None,
                details: format!(
                    r#"{{"Subnet ID":"{}","Availability Zone":"{}"}}"#,
                    place.subnet, place.zone
                ),
            }),
            Event::Ended { activity, outcome, message } => edited(tx, group, &activity, |row| {
                (row.outcome, row.message, row.ended) = (outcome, message, Some(now));
            })?,
            Event::Named { activity, instance } => edited(tx, group, &activity, |row| {
                row.description = format!("Launching a new EC2 instance: {instance}");
            })?,
        };
        if let Some(row) = row {
            tx.put(&row)?;
        }
    }
    Ok(())
}

fn edited(
    tx: &Tx,
    group: &Group,
    activity: &str,
    edit: impl FnOnce(&mut Activity),
) -> Result<Option<Activity>, Fault> {
    let found = tx.get::<Activity>(&group.scope.key(activity))?;
    Ok(found.map(|found| {
        let mut row = Activity::clone(&found);
        edit(&mut row);
        row
    }))
}

/// Takes a group out, with its policies. Its activities stay.
pub(crate) fn remove(tx: &mut Tx, group: &Group) -> Result<(), Fault> {
    for policy in tx.scan::<Policy>(&Policy::prefix(&group.scope, &group.name))? {
        tx.delete::<Policy>(&policy.key())?;
    }
    tx.delete::<Group>(&group.key()).map(|_| ())
}
