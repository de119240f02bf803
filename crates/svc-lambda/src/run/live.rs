//! One running environment.

use super::journal::Journal;
use super::log_writer::LogWriter;
use super::output::Output;
use crate::needs::Process;
use base::Timestamp;
use runtime_api::{Session, ShutdownReason};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

pub struct Live {
    pub id: String,
    pub function_key: String,
    pub generation: String,
    pub version: String,
    pub session: Session,
    pub process: Box<dyn Process>,
    pub journal: Arc<Journal>,
    pub output: Output,
    pub extension_output: Option<Output>,
    pub logs: LogWriter,
    pub memory_mb: u32,
    pub credentials_expire: Timestamp,
    /// Held from an invocation's first log line to its last.
    pub turn: Arc<Mutex<()>>,
    retired: AtomicBool,
    provisioned: AtomicBool,
    reason: std::sync::Mutex<ShutdownReason>,
    ended: OnceCell<()>,
}

/// What makes an environment, when it has been started.
pub struct Parts {
    pub id: String,
    pub function_key: String,
    pub generation: String,
    pub version: String,
    pub session: Session,
    pub process: Box<dyn Process>,
    pub journal: Arc<Journal>,
    pub output: Output,
    pub extension_output: Option<Output>,
    pub logs: LogWriter,
    pub memory_mb: u32,
    pub credentials_expire: Timestamp,
}

impl Live {
    pub fn new(parts: Parts) -> Self {
        let Parts {
            id,
            function_key,
            generation,
            version,
            session,
            process,
            journal,
            output,
            extension_output,
            logs,
            memory_mb,
            credentials_expire,
        } = parts;
        Self {
            id,
            function_key,
            generation,
            version,
            session,
            process,
            journal,
            output,
            extension_output,
            logs,
            memory_mb,
            credentials_expire,
            turn: Arc::default(),
            retired: AtomicBool::new(false),
            provisioned: AtomicBool::new(false),
            reason: std::sync::Mutex::new(ShutdownReason::Spindown),
            ended: OnceCell::new(),
        }
    }

    /// No further invocation comes here.
    pub fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
    }

    pub fn is_retired(&self) -> bool {
        self.retired.load(Ordering::SeqCst)
    }

    /// Initialised ahead, and kept for its function's provisioned concurrency.
    pub fn provisioned_now(&self) {
        self.provisioned.store(true, Ordering::SeqCst);
    }

    pub fn is_provisioned(&self) -> bool {
        self.provisioned.load(Ordering::SeqCst)
    }

    /// Whether the role's keys last for an invocation of this length.
    pub fn has_keys_for(&self, now: Timestamp, timeout: Duration) -> bool {
        let needed = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        self.credentials_expire.millis() > now.millis().saturating_add(needed)
    }

    /// Why it will end; the last says.
    pub fn fails(&self, reason: ShutdownReason) {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    /// Whether anybody beside the runtime takes part in invocations.
    pub fn is_extended(&self) -> bool {
        !self.session.extensions().is_empty()
    }

    /// Takes all that the runtime and the extensions have written so far.
    pub fn drain(&self) {
        for output in [Some(&self.output), self.extension_output.as_ref()].into_iter().flatten() {
            output.drain(&self.journal);
        }
    }

    /// Ends the environment and everything in it. Asking twice is harmless.
    pub async fn end(&self) {
        self.retire();
        self.ended
            .get_or_init(|| async {
                if self.is_extended() {
                    let reason = *self.reason.lock().unwrap_or_else(PoisonError::into_inner);
                    self.process.shut_down(reason).await;
                }
                self.session.close();
                self.process.kill().await;
            })
            .await;
        self.drain();
        self.logs.flush().await;
    }
}
