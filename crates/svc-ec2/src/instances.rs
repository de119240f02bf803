//! Makes instances be what their rows say. It takes no input, reads what it needs, and may be
//! interrupted anywhere: the next pass goes on from what is there.

use crate::Ec2;
use crate::change::Change;
use crate::needs::{Life, MachineError, Machines};
use crate::read::{Read, View};
use crate::render::interfaces_of;
use crate::state::{Address, Instance, InstanceState, NetworkInterface, StateReason};
use base::{Clock, InstanceId, Scope, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Fault, Tx};
use tokio::sync::Notify;

/// What the rows are in; other changes do not concern instances.
const TABLE: &str = "ec2_instance";
/// How long the reconciler sleeps when nobody wakes it.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long a terminated instance stays visible.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html>
const TERMINATED_VISIBLE_MS: i64 = 60 * 60 * 1000;

/// Which instances a task is at work on, and how often each was booted.
#[derive(Default)]
struct Work {
    under_way: Mutex<BTreeMap<String, bool>>,
    booted: Mutex<BTreeMap<InstanceId, u32>>,
    again: Notify,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Machine(#[from] MachineError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Ec2 {
    /// Whether an instance is a local program rather than a machine that boots.
    pub fn is_program(&self, instance: &Instance) -> bool {
        self.needs().is_some_and(|needs| needs.machines.is_program(instance))
    }

    /// Reconciles for as long as it is polled: when rows change, when a machine ends, on a timer.
    pub async fn run_instances(self: Arc<Self>, clock: Arc<dyn Clock>) {
        let Some(machines) = self.needs().map(|needs| needs.machines.clone()) else { return };
        let work = Arc::new(Work::default());
        let mut changes = self.store.changes();
        let mut seen = None;
        loop {
            changes.borrow_and_update();
            let edits = self.store.read().edits(TABLE);
            if seen != Some(edits) {
                seen = Some(edits);
            }
            self.begin(&work, &machines, &clock);
            let changed = async {
                loop {
                    if changes.changed().await.is_err() || seen != Some(self.store.read().edits(TABLE)) {
                        return;
                    }
                }
            };
            tokio::select! {
                () = changed => {}
                () = machines.ended() => {}
                () = work.again.notified() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    /// A task for each instance that is not at rest and has none.
    fn begin(self: &Arc<Self>, work: &Arc<Work>, machines: &Arc<dyn Machines>, clock: &Arc<dyn Clock>) {
        let rows = match self.store.read().scan::<Instance>("") {
            Ok(rows) => rows,
            Err(fault) => return tracing::error!(%fault, "read the instances"),
        };
        for row in rows {
            if row.state == InstanceState::Stopped {
                continue;
            }
            let key = row.scope.key(row.id.as_str());
            let mut under_way = work.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(again) = under_way.get_mut(&key) {
                *again = true;
                continue;
            }
            under_way.insert(key.clone(), false);
            let (ec2, work) = (self.clone(), work.clone());
            let (machines, now) = (machines.clone(), clock.now());
            tokio::spawn(async move {
                if let Err(error) = ec2.reconcile_instance(&work, machines.as_ref(), &row, now).await {
                    tracing::error!(%error, instance = %row.id, "instance");
                }
                let again = work.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                if again == Some(true) {
                    work.again.notify_one();
                }
            });
        }
    }

    async fn reconcile_instance(
        &self,
        work: &Work,
        machines: &dyn Machines,
        row: &Instance,
        now: Timestamp,
    ) -> Result<(), Failure> {
        match row.state {
            InstanceState::Pending => self.bring_up(work, machines, row).await,
            InstanceState::Running => self.look_after(work, machines, row).await,
            InstanceState::Stopping { force } => {
                machines.stop(row, force).await?;
                self.settle_instance(row, |row| row.state = InstanceState::Stopped).await?;
                self.take_public_address(row).await
            }
            InstanceState::ShuttingDown => {
                machines.remove(row).await?;
                self.release_interfaces(row, now).await
            }
            InstanceState::Terminated { at } => {
                if now.0 - at.0 > TERMINATED_VISIBLE_MS {
                    machines.forget(row).await?;
                    let key = row.scope.key(row.id.as_str());
                    self.store.write(move |tx| tx.delete::<Instance>(&key).map(drop)).await?;
                }
                Ok(())
            }
            InstanceState::Stopped => Ok(()),
        }
    }

    async fn bring_up(&self, work: &Work, machines: &dyn Machines, row: &Instance) -> Result<(), Failure> {
        match machines.start(row).await {
            Ok(()) => {
                work.booted.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id.clone(), row.boots);
                Ok(self.settle_instance(row, |row| row.state = InstanceState::Running).await?)
            }
            Err(error) => {
                tracing::warn!(%error, instance = %row.id, "start an instance");
                let reason = StateReason {
                    code: "Server.InternalError".to_owned(),
                    message: format!("Server.InternalError: {error}"),
                };
                Ok(self
                    .settle_instance(row, |row| {
                        row.state = InstanceState::ShuttingDown;
                        row.reason = Some(reason);
                    })
                    .await?)
            }
        }
    }

    /// A running instance may have been rebooted by its user, have ended by itself, or be one of a
    /// world that is gone: that one starts again, as after a power failure.
    async fn look_after(&self, work: &Work, machines: &dyn Machines, row: &Instance) -> Result<(), Failure> {
        let booted = work.booted.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id).copied();
        match machines.life(row).await? {
            Life::Runs if booted.is_some_and(|boots| boots < row.boots) => {
                machines.stop(row, false).await?;
                self.bring_up(work, machines, row).await
            }
            Life::Runs => {
                // What an earlier daemon started is adopted, with its metadata service.
                if booted.is_none() {
                    machines.start(row).await?;
                    work.booted
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(row.id.clone(), row.boots);
                }
                Ok(())
            }
            Life::Unknown if !machines.is_program(row) => self.bring_up(work, machines, row).await,
            Life::Ended | Life::Unknown => {
                let ends = row.terminates_on_shutdown || machines.is_program(row);
                let reason = StateReason {
                    code: "Client.InstanceInitiatedShutdown".to_owned(),
                    message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown".to_owned(),
                };
                let next =
                    if ends { InstanceState::ShuttingDown } else { InstanceState::Stopping { force: true } };
                Ok(self
                    .settle_instance(row, |row| {
                        row.state = next;
                        row.reason = Some(reason);
                    })
                    .await?)
            }
        }
    }

    /// Changes the row if nobody changed its state meanwhile.
    async fn settle_instance(
        &self,
        seen: &Instance,
        change: impl FnOnce(&mut Instance) + Send,
    ) -> Result<(), Fault> {
        let key = seen.scope.key(seen.id.as_str());
        let state = seen.state;
        self.store
            .write(move |tx| {
                let Some(found) = tx.get::<Instance>(&key)?.filter(|found| found.state == state) else {
                    return Ok(());
                };
                let mut row = Instance::clone(&found);
                change(&mut row);
                if row == *found { Ok(()) } else { tx.put(&row) }
            })
            .await
    }

    /// A stopped instance has no public address of AWS's choice.
    async fn take_public_address(&self, row: &Instance) -> Result<(), Failure> {
        let key = row.scope.key(row.interface.as_str());
        self.store
            .write(move |tx| match tx.get::<NetworkInterface>(&key)? {
                Some(found) if found.public_ip.is_some() => {
                    tx.put(&NetworkInterface { public_ip: None, ..NetworkInterface::clone(&found) })
                }
                _ => Ok::<(), Fault>(()),
            })
            .await?;
        Ok(())
    }

    /// The interfaces that end with the instance go; the others are free again.
    async fn release_interfaces(&self, row: &Instance, now: Timestamp) -> Result<(), Failure> {
        self.store
            .write(|tx: &mut Tx| {
                let mut change = Change::new(tx, &row.scope, self.ids.as_ref(), now, &self.quotas);
                for interface in interfaces_of(&change, row)? {
                    release(&mut change, &interface)?;
                }
                let Some(found) = change.lookup::<Instance>(row.id.as_str())? else { return Ok(()) };
                let mut ended = Instance::clone(&found);
                ended.state = InstanceState::Terminated { at: now };
                change.put(&ended)
            })
            .await?;
        Ok(())
    }

    /// The instance of this id, or with this `Name`, in a scope; the newest that is not ending.
    pub fn instance(&self, scope: &Scope, name: &str) -> Result<Option<Arc<Instance>>, Fault> {
        let view = View::new(self.store.read(), scope.clone());
        if let Some(found) = view.lookup::<Instance>(name)? {
            return Ok(Some(found));
        }
        let mut named = view
            .having::<Instance>(|i| i.tags.get("Name").is_some_and(|n| n == name) && !i.state.is_ending())?;
        named.sort_by_key(|instance| instance.launched);
        Ok(named.pop())
    }
}

fn release(change: &mut Change<'_>, interface: &NetworkInterface) -> Result<(), Fault> {
    let ends = interface.attachment.as_ref().is_some_and(|a| a.delete_on_termination);
    if !ends {
        return change.put(&NetworkInterface { attachment: None, public_ip: None, ..interface.clone() });
    }
    let held = |a: &Address| a.association.as_ref().is_some_and(|x| x.interface == interface.id);
    for address in change.having::<Address>(held)? {
        change.put(&Address { association: None, ..Address::clone(&address) })?;
    }
    change.remove(interface)
}
