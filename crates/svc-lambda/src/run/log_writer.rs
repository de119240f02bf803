//! Brings an environment's lines to CloudWatch Logs, as far as the execution role may.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>

use super::journal::Journal;
use crate::needs::{LogError, LogLine, Needs};
use base::{Arn, Scope};
use std::sync::Arc;
use tokio::sync::Mutex;

pub struct LogWriter {
    needs: Needs,
    scope: Scope,
    role: Arn,
    group: String,
    stream: String,
    journal: Arc<Journal>,
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
        Self { needs, scope, role, group, stream, journal, writing: Mutex::new(()) }
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

    /// Group and stream are made when the first write says that they are missing.
    async fn write(&self, lines: Vec<LogLine>) -> Result<(), LogError> {
        match self.append(lines.clone()).await {
            Err(LogError::StreamMissing(_)) => {
                self.create_stream().await?;
                self.append(lines).await
            }
            Err(LogError::GroupMissing(_)) => {
                self.create_group().await?;
                self.create_stream().await?;
                self.append(lines).await
            }
            other => other,
        }
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
