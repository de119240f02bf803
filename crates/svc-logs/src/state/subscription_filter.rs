//! Subscription filters, and what of a group's events they still have to deliver.

use crate::model::filter_pattern::FilterPattern;
use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Fault, Snapshot, Table};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionFilter {
    pub scope: Scope,
    pub group: String,
    pub name: String,
    pub pattern: String,
    /// A function's ARN, perhaps with a qualifier.
    pub destination: String,
    pub distribution: String,
    pub created: Timestamp,
}

impl Table for SubscriptionFilter {
    const NAME: &'static str = "logs_subscription_filter";
    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.group, self.name))
    }
}

impl SubscriptionFilter {
    pub fn of_group(read: &Snapshot, scope: &Scope, group: &str) -> Result<Vec<Arc<Self>>, Fault> {
        read.scan(&scope.key(&format!("{group}:")))
    }

    /// The deliveries that wait because of this filter.
    pub fn deliveries(&self) -> String {
        self.scope.key(&format!("{}:{}:", self.group, self.name))
    }
}

/// An event that a filter wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    pub id: String,
    pub timestamp: i64,
    pub message: String,
    /// What the filter's columns held.
    #[serde(rename = "extractedFields", default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
}

/// Events of one batch that wait to be handed over. They are stored together with the batch, so that none is
/// lost whenever moat ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogDelivery {
    pub scope: Scope,
    pub group: String,
    pub stream: String,
    pub filter: String,
    pub batch: u64,
    pub part: usize,
    pub created: Timestamp,
    pub not_before: Timestamp,
    pub failures: u32,
    pub events: Vec<Delivered>,
}

impl Table for LogDelivery {
    const NAME: &'static str = "logs_delivery";
    fn key(&self) -> String {
        let Self { group, filter, stream, batch, part, .. } = self;
        self.scope.key(&format!("{group}:{filter}:{batch:020}:{part:04}:{stream}"))
    }
}

/// What a filter wants of a batch: events by their index.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub filter: Arc<SubscriptionFilter>,
    pub events: Vec<(usize, Option<BTreeMap<String, String>>)>,
}

impl Wanted {
    /// By each filter of the group that wants something.
    pub fn of(
        read: &Snapshot,
        scope: &Scope,
        group: &str,
        events: &[(i64, String)],
    ) -> Result<Vec<Self>, Fault> {
        let filters = SubscriptionFilter::of_group(read, scope, group)?;
        Ok(filters.into_iter().filter_map(|filter| Self::by(filter, events)).collect())
    }

    fn by(filter: Arc<SubscriptionFilter>, events: &[(i64, String)]) -> Option<Self> {
        let pattern = match FilterPattern::parse(&filter.pattern) {
            Ok(pattern) => pattern,
            Err(error) => {
                tracing::error!(%error, filter = filter.name, group = filter.group, "a stored filter pattern");
                return None;
            }
        };
        let found = events.iter().enumerate().filter_map(|(index, (_, message))| {
            let fields = pattern.extract(message)?;
            Some((index, Some(fields).filter(|fields| !fields.is_empty())))
        });
        let events: Vec<_> = found.collect();
        if events.is_empty() { None } else { Some(Self { filter, events }) }
    }
}
