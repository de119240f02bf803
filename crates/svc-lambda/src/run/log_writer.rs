//! Brings an environment's lines to CloudWatch Logs, as far as the execution role may.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>

use super::journal::Journal;
use crate::needs::{LogError, LogLine, Needs};
use base::{Arn, Scope};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

pub struct LogWriter {
    needs: Needs,
    scope: Scope,
    role: Arn,
    group: String,
    stream: String,
    journal: Arc<Journal>,
    has_stream: AtomicBool,
    /// One writer at a time, so that lines stay in order.
    writing: Mutex<()>,
}

impl LogWriter {
    pub fn new(
        needs: Needs,
        scope: Scope,
        role: Arn,
        group: String,
        stream: String,
        journal: Arc<Journal>,
    ) -> Self {
        let (has_stream, writing) = (AtomicBool::new(false), Mutex::new(()));
        Self { needs, scope, role, group, stream, journal, has_stream, writing }
    }

    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Writes what waits. Lines that the role may not write are gone, as on AWS.
    pub async fn flush(&self) {
        let _writing = self.writing.lock().await;
        let lines = self.journal.take_pending();
        if lines.is_empty() {
            return;
        }
        if !self.may("PutLogEvents", &self.stream) {
            tracing::debug!(role = %self.role, group = %self.group, "the role may not write logs");
            return;
        }
        if let Err(error) = self.write(lines).await {
            tracing::warn!(%error, group = %self.group, "log lines were lost");
        }
    }

    /// The stream is new with its environment; it is made again when somebody deleted it.
    async fn write(&self, lines: Vec<LogLine>) -> Result<(), LogError> {
        if !self.has_stream.load(Ordering::SeqCst) {
            self.make_stream().await?;
        }
        match self.append(lines.clone()).await {
            Err(LogError::StreamMissing(_) | LogError::GroupMissing(_)) => {
                self.make_stream().await?;
                self.append(lines).await
            }
            other => other,
        }
    }

    /// The group is made only where it is missing, which takes a permission of its own.
    async fn make_stream(&self) -> Result<(), LogError> {
        match self.create_stream().await {
            Err(LogError::GroupMissing(_)) => {
                self.create_group().await?;
                self.create_stream().await?;
            }
            other => other?,
        }
        self.has_stream.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn append(&self, lines: Vec<LogLine>) -> Result<(), LogError> {
        self.needs.logs.append(&self.scope, &self.group, &self.stream, lines).await
    }

    async fn create_group(&self) -> Result<(), LogError> {
        if !self.may("CreateLogGroup", "") {
            return Err(LogError::GroupMissing(self.group.clone()));
        }
        self.needs.logs.create_group(&self.scope, &self.group).await
    }

    async fn create_stream(&self) -> Result<(), LogError> {
        if !self.may("CreateLogStream", &self.stream) {
            return Err(LogError::StreamMissing(self.stream.clone()));
        }
        self.needs.logs.create_stream(&self.scope, &self.group, &self.stream).await
    }

    fn may(&self, action: &str, stream: &str) -> bool {
        let resource =
            Arn::regional("logs", &self.scope, format!("log-group:{}:log-stream:{stream}", self.group));
        self.needs.permissions.allows(&self.role, &format!("logs:{action}"), &resource.to_string())
    }
}
