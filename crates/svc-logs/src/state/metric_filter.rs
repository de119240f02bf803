//! Metric filters. There are no metrics yet that they would feed.

use crate::api;
use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Fault, Snapshot, Table};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricFilter {
    pub scope: Scope,
    pub group: String,
    pub name: String,
    pub pattern: String,
    pub transformation: Transformation,
    pub created: Timestamp,
}

/// What a matching event adds to which metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformation {
    pub metric: String,
    pub namespace: String,
    /// A number, or the field of the event that holds one.
    pub value: String,
    pub default_value: Option<f64>,
    pub dimensions: BTreeMap<String, String>,
    pub unit: Option<String>,
}

impl Table for MetricFilter {
    const NAME: &'static str = "logs_metric_filter";
    fn key(&self) -> String {
        self.scope.key(&format!("{}:{}", self.group, self.name))
    }
}

impl MetricFilter {
    pub fn of_group(read: &Snapshot, scope: &Scope, group: &str) -> Result<Vec<Arc<Self>>, Fault> {
        read.scan(&scope.key(&format!("{group}:")))
    }

    pub fn shown(&self) -> api::MetricFilter {
        let given = &self.transformation;
        api::MetricFilter {
            filter_name: Some(self.name.clone()),
            filter_pattern: Some(self.pattern.clone()),
            log_group_name: Some(self.group.clone()),
            creation_time: Some(self.created.millis()),
            metric_transformations: Some(vec![api::MetricTransformation {
                metric_name: Some(given.metric.clone()),
                metric_namespace: Some(given.namespace.clone()),
                metric_value: Some(given.value.clone()),
                default_value: given.default_value,
                dimensions: Some(given.dimensions.clone()).filter(|d| !d.is_empty()),
                unit: given.unit.clone(),
            }]),
            apply_on_transformed_logs: Some(false),
            ..api::MetricFilter::default()
        }
    }
}
