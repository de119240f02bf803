//! The tables. Names of groups and streams hold no colon, so a colon joins them in keys. Groups and
//! streams are in memory, events on the disk only.

mod metric_filter;
mod subscription_filter;

pub use metric_filter::{MetricFilter, Transformation};
pub use subscription_filter::{Delivered, LogDelivery, SubscriptionFilter, Wanted};

use crate::{error, quota};
use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{ColdTable, Fault, Snapshot, Span, Table, Tx};

pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    pub scope: Scope,
    pub name: String,
    pub created: Timestamp,
    pub retention_days: Option<i32>,
    pub tags: Tags,
    #[serde(default)]
    pub class: LogGroupClass,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogGroupClass {
    #[default]
    Standard,
    InfrequentAccess,
}

impl LogGroupClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::InfrequentAccess => "INFREQUENT_ACCESS",
        }
    }
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

    /// Refuses what groups of other classes cannot do.
    pub fn standard(&self) -> Result<(), ServiceError> {
        if self.class == LogGroupClass::Standard { Ok(()) } else { Err(error::not_standard()) }
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
    /// Batches of a smaller number are of an earlier stream of this name, which was deleted.
    #[serde(default)]
    pub first_batch: u64,
    /// The number that the next batch gets.
    pub next_batch: u64,
    /// The longest time from the first event of a batch to its last.
    #[serde(default = "longest_span")]
    pub span_ms: i64,
    /// The bytes of the batches that are kept.
    pub bytes: usize,
}

impl Table for LogStream {
    const NAME: &'static str = "logs_log_stream";
    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.group, self.name))
    }
}

/// What a stream's batches may span that was stored without a note of it.
fn longest_span() -> i64 {
    quota::BATCH_SPAN_MS
}

impl LogStream {
    /// Makes the stream, after the batches of an earlier one that are still to be removed.
    pub fn make(
        tx: &mut Tx,
        scope: &Scope,
        group: &str,
        name: &str,
        created: Timestamp,
    ) -> Result<(), Fault> {
        let key = scope.key(&format!("{group}:{name}"));
        let first_batch = tx.get::<RemovedStream>(&key)?.map_or(1, |removed| removed.next_batch);
        tx.put(&Self {
            scope: scope.clone(),
            group: group.to_owned(),
            name: name.to_owned(),
            created,
            first_event: None,
            last_event: None,
            last_ingestion: None,
            first_batch,
            next_batch: first_batch,
            span_ms: 0,
            bytes: 0,
        })
    }
}

/// A stream that was deleted, until its batches are removed, a few at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemovedStream {
    pub scope: Scope,
    pub group: String,
    pub name: String,
    /// Batches from this number on are of a later stream of this name.
    pub next_batch: u64,
}

impl Table for RemovedStream {
    const NAME: &'static str = "logs_removed_stream";
    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.group, self.name))
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

/// In the order of their first events.
impl ColdTable for LogBatch {
    const NAME: &'static str = "logs_log_batch";
    fn key(&self) -> String {
        let (first, number) = (self.first().max(0), self.number);
        self.scope.key(&format!("{}:{}:{first:020}:{number:020}", self.group, self.stream))
    }

    fn at(&self) -> i64 {
        self.events.last().map_or(i64::MIN, |(at, _)| *at)
    }
}

impl LogBatch {
    /// The moment of the earliest event.
    pub fn first(&self) -> i64 {
        self.events.first().map_or(i64::MIN, |(at, _)| *at)
    }

    /// The batches of a stream.
    pub fn span(stream: &LogStream) -> Span {
        Span::prefix(&prefix(&stream.scope, &stream.group, &stream.name))
    }

    /// The key before which are the stream's batches that begin before a moment.
    pub fn bound(stream: &LogStream, at: i64) -> String {
        format!("{}{:020}", prefix(&stream.scope, &stream.group, &stream.name), at.max(0))
    }

    /// The number in a key.
    pub fn number(key: &str) -> Option<u64> {
        key.rsplit_once(':')?.1.parse().ok()
    }
}

/// What the keys of a stream's batches begin with.
pub fn prefix(scope: &Scope, group: &str, stream: &str) -> String {
    scope.key(&format!("{group}:{stream}:"))
}

/// Reading by name, from a snapshot or, through `Tx::snapshot`, inside a transaction.
pub trait Read {
    fn group(&self, scope: &Scope, name: &str) -> Result<Option<Arc<LogGroup>>, Fault>;
    fn stream(&self, scope: &Scope, group: &str, name: &str) -> Result<Option<Arc<LogStream>>, Fault>;
    fn streams(&self, scope: &Scope, group: &str) -> Result<Vec<Arc<LogStream>>, Fault>;
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
}
