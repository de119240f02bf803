//! The clients that are connected. They live in memory, as their sockets do.

use super::Client;
use crate::call::Caller;
use crate::quota;
use base::{Scope, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One client of a stage of an API.
pub struct Connection {
    pub id: String,
    pub(super) scope: Scope,
    pub(super) api: String,
    pub(super) stage: String,
    pub(super) domain: String,
    pub(super) connected: Timestamp,
    active_ms: AtomicI64,
    pub(super) source_ip: String,
    pub(super) user_agent: Option<String>,
    pub(super) caller: Caller,
    client: Arc<dyn Client>,
}

/// What a connection is made of.
pub(super) struct Parts {
    pub(super) id: String,
    pub(super) scope: Scope,
    pub(super) api: String,
    pub(super) stage: String,
    pub(super) domain: String,
    pub(super) connected: Timestamp,
    pub(super) source_ip: String,
    pub(super) user_agent: Option<String>,
    pub(super) caller: Caller,
}

impl Connection {
    pub(super) fn new(parts: Parts, client: Arc<dyn Client>) -> Self {
        let Parts { id, scope, api, stage, domain, connected, source_ip, user_agent, caller } = parts;
        let active_ms = AtomicI64::new(connected.millis());
        Self { id, scope, api, stage, domain, connected, active_ms, source_ip, user_agent, caller, client }
    }

    pub(super) fn touch(&self, now: Timestamp) {
        self.active_ms.fetch_max(now.millis(), Ordering::Relaxed);
    }

    pub(super) fn last_active(&self) -> Timestamp {
        Timestamp(self.active_ms.load(Ordering::Relaxed))
    }

    pub(super) fn send(&self, message: Vec<u8>) -> bool {
        self.client.send(message)
    }

    pub(super) fn close(&self) {
        self.client.close();
    }
}

/// All that are connected, by id.
#[derive(Default)]
pub(crate) struct Connections {
    open: Mutex<HashMap<String, Arc<Connection>>>,
}

impl Connections {
    /// Whether there is still room for it.
    pub(super) fn add(&self, connection: Arc<Connection>) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= quota::CONNECTIONS {
            return false;
        }
        open.insert(connection.id.clone(), connection);
        true
    }

    pub(super) fn remove(&self, id: &str) -> Option<Arc<Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    /// A connection of this stage of this API.
    pub(super) fn get(&self, api: &str, stage: &str, id: &str) -> Option<Arc<Connection>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id).filter(|found| found.api == api && found.stage == stage).cloned()
    }

    /// Closes the connections of an API, or of one stage of it, that is no more.
    pub(crate) fn close_all(&self, api: &str, stage: Option<&str>) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = |c: &&Arc<Connection>| c.api == api && stage.is_none_or(|stage| stage == c.stage);
        open.values().filter(mine).for_each(|connection| connection.close());
    }
}
