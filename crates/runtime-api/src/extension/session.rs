//! What the session knows of extensions, for those who answer them and for the environment's owner.

use super::{Known, Refused, ShutdownReason, Surroundings};
use crate::extension::Lifecycle;
use crate::session::{Gate, InvokeError, Parked, Session, Shared};
use crate::telemetry::Fact;
use base::Timestamp;
use std::sync::Arc;
use tokio::sync::oneshot;

impl Session {
    /// Waits until every external extension has registered, after which the runtime is to start.
    pub async fn extensions_registered(&self) -> Result<(), InvokeError> {
        let mut registered = self.shared().registered.subscribe();
        let seen = registered.wait_for(Option::is_some).await.map(|seen| *seen);
        match seen {
            Ok(Some(true)) => Ok(()),
            _ => Err(InvokeError::Closed),
        }
    }

    /// Waits until the runtime has asked for its next event, whatever extensions do.
    pub async fn runtime_parked(&self) -> Result<(), InvokeError> {
        let shared = self.shared();
        let mut parked = shared.runtime_parked.subscribe();
        let seen = parked.wait_for(|parked| *parked != Parked::No).await.map(|seen| *seen);
        match seen {
            Ok(Parked::Yes) => Ok(()),
            _ => Err(InvokeError::Closed),
        }
    }

    /// All extensions, in the order in which they were started or registered.
    pub fn extensions(&self) -> Vec<Known> {
        self.shared().lock().extensions.known()
    }

    /// What the function's log says of extensions when initialisation has ended.
    pub fn extension_lines(&self) -> Vec<String> {
        let shared = self.shared();
        let known = shared.lock().extensions.known();
        let subscriptions = shared.telemetry().map(|telemetry| telemetry.lines());
        subscriptions.into_iter().flatten().chain(known.iter().map(Known::line)).collect()
    }

    /// An external extension could not be started; the runtime is not to start either.
    pub fn extension_not_started(&self, name: &str, error_type: &str, how: String) {
        let shared = self.shared();
        let mut state = shared.lock();
        let ended = state.extensions.not_started(name, error_type, how);
        shared.fail(&mut state, ended);
    }

    /// The program of an external extension has ended: `exit code 0`, `exit status 1`, `signal: killed`.
    pub fn extension_ended(&self, name: &str, how: String) {
        let shared = self.shared();
        let mut state = shared.lock();
        if let Some(ended) = state.extensions.ended(name, how) {
            shared.fail(&mut state, ended);
        }
    }

    /// Tells the extensions that want to know that the environment ends.
    pub fn shutdown(&self, reason: ShutdownReason, deadline: Timestamp) {
        let shared = self.shared();
        shared.wake();
        if let Some(telemetry) = shared.telemetry() {
            telemetry.flush();
        }
        shared.lock().extensions.shutdown(reason, deadline);
    }

    /// Tells the subscribers of telemetry. What nobody wants is not even made.
    pub fn say(&self, fact: impl FnOnce() -> Fact) {
        if let Some(telemetry) = self.shared().telemetry() {
            telemetry.say(fact);
        }
    }

    /// From now on `gate` is opened before each event.
    pub fn set_gate(&self, gate: Arc<dyn Gate>) {
        let _ = self.shared().gate.set(gate);
    }

    /// How many events have been handed in.
    pub fn turns(&self) -> u64 {
        *self.shared().turns.borrow()
    }

    /// Waits until more than so many events have been handed in.
    pub async fn next_turn(&self, turns: u64) -> Result<(), InvokeError> {
        let mut now = self.shared().turns.subscribe();
        let seen = now.wait_for(|now| *now != turns).await.map(drop);
        seen.map_err(|_| InvokeError::Closed)
    }

    /// Whether everything inside may be stopped now, in which case nothing is delivered from here on until the next
    /// event: nobody has anything to do since so many events.
    pub fn may_stop(&self, turns: u64) -> bool {
        let shared = self.shared();
        let idle = self.turns() == turns && shared.is_idle();
        idle && shared.telemetry().is_none_or(|telemetry| telemetry.sleep())
    }
}

impl Shared {
    pub fn register(
        &self,
        name: &str,
        events: Vec<String>,
        surroundings: &Surroundings,
    ) -> Result<String, Refused> {
        let mut state = self.lock();
        let id = state.extensions.register(name, events, surroundings.ids.as_ref())?;
        if state.extensions.have_registered() {
            self.registered.send_if_modified(|registered| {
                let open = registered.is_none();
                registered.get_or_insert(true);
                open
            });
        }
        Ok(id)
    }

    pub fn extension_name(&self, id: &str) -> Option<String> {
        self.lock().extensions.name(id).map(str::to_owned)
    }

    pub fn extension_next(&self, id: &str) -> Result<oneshot::Receiver<Lifecycle>, Refused> {
        let mut state = self.lock();
        let asked = state.extensions.next(id)?;
        self.settle(&mut state);
        Ok(asked)
    }

    pub fn extension_init_error(&self, id: &str, error_type: String) -> Result<(), Refused> {
        self.lock().extensions.init_error(id, error_type)
    }

    pub fn extension_exit_error(&self, id: &str, error_type: String) -> Result<(), Refused> {
        self.lock().extensions.exit_error(id, error_type)
    }
}
