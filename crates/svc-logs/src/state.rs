//! The tables. Names of groups and streams hold no colon, so a colon joins them in keys.

use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Fault, Snapshot, Table};

pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    pub scope: Scope,
    pub name: String,
    pub created: Timestamp,
    pub retention_days: Option<i32>,
    pub tags: Tags,
}

impl Table for LogGroup {
    const NAME: &'static str = "logs_log_group";
    fn key(&self) -> String {
        self.scope.key(&self.name)
    }
}

impl LogGroup {
    pub fn arn(&self) -> Arn {
        group_arn(&self.scope, &self.name)
    }

    /// Events before this moment have expired.
    pub fn cutoff(&self, now: Timestamp) -> Option<i64> {
        self.retention_days.map(|days| now.millis() - i64::from(days) * 24 * 3_600_000)
    }
}

pub fn group_arn(scope: &Scope, name: &str) -> Arn {
    Arn::regional("logs", scope, format!("log-group:{name}"))
}

pub fn stream_arn(scope: &Scope, group: &str, stream: &str) -> Arn {
    Arn::regional("logs", scope, format!("log-group:{group}:log-stream:{stream}"))
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogStream {
    pub scope: Scope,
    pub group: String,
    pub name: String,
    pub created: Timestamp,
    pub first_event: Option<i64>,
    pub last_event: Option<i64>,
    pub last_ingestion: Option<i64>,
    /// The number that the next batch gets.
    pub next_batch: u64,
    /// The bytes of the batches that are kept.
    pub bytes: usize,
}

impl Table for LogStream {
    const NAME: &'static str = "logs_log_stream";
    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.group, self.name))
    }
}

impl LogStream {
    pub fn new(scope: &Scope, group: &str, name: &str, created: Timestamp) -> Self {
        Self {
            scope: scope.clone(),
            group: group.to_owned(),
            name: name.to_owned(),
            created,
            first_event: None,
            last_event: None,
            last_ingestion: None,
            next_batch: 1,
            bytes: 0,
        }
    }
}

/// The events of one request, ordered by time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogBatch {
    pub scope: Scope,
    pub group: String,
    pub stream: String,
    pub number: u64,
    pub ingested: i64,
    pub bytes: usize,
    /// Milliseconds since the epoch, and the message.
    pub events: Vec<(i64, String)>,
}

impl Table for LogBatch {
    const NAME: &'static str = "logs_log_batch";
    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}:{:020}", self.group, self.stream, self.number))
    }
}

impl LogBatch {
    /// The moment of the latest event.
    pub fn last(&self) -> i64 {
        self.events.last().map_or(i64::MIN, |(at, _)| *at)
    }
}

/// Reading by name, from a snapshot or, through `Tx::snapshot`, inside a transaction.
pub trait Read {
    fn group(&self, scope: &Scope, name: &str) -> Result<Option<Arc<LogGroup>>, Fault>;
    fn stream(&self, scope: &Scope, group: &str, name: &str) -> Result<Option<Arc<LogStream>>, Fault>;
    fn streams(&self, scope: &Scope, group: &str) -> Result<Vec<Arc<LogStream>>, Fault>;
    fn batches(&self, scope: &Scope, group: &str, stream: &str) -> Result<Vec<Arc<LogBatch>>, Fault>;
}

impl Read for Snapshot {
    fn group(&self, scope: &Scope, name: &str) -> Result<Option<Arc<LogGroup>>, Fault> {
        self.get(&scope.key(name))
    }

    fn stream(&self, scope: &Scope, group: &str, name: &str) -> Result<Option<Arc<LogStream>>, Fault> {
        self.get(&scope.key(&format!("{group}:{name}")))
    }

    fn streams(&self, scope: &Scope, group: &str) -> Result<Vec<Arc<LogStream>>, Fault> {
        self.scan(&scope.key(&format!("{group}:")))
    }

    fn batches(&self, scope: &Scope, group: &str, stream: &str) -> Result<Vec<Arc<LogBatch>>, Fault> {
        self.scan(&scope.key(&format!("{group}:{stream}:")))
    }
}
