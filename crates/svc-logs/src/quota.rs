//! What CloudWatch Logs caps.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>

use std::time::Duration;

/// Log groups per account and region.
pub const LOG_GROUPS: usize = 1_000_000;
/// Tags per log group.
pub const TAGS: usize = 50;
/// The bytes of one PutLogEvents, each event with its overhead.
pub const BATCH_BYTES: usize = 1_048_576;
/// What each event counts for besides its message.
pub const EVENT_OVERHEAD: usize = 26;
/// The bytes of one event, its overhead included.
pub const EVENT_BYTES: usize = 1_048_576;
/// Events in one PutLogEvents.
pub const BATCH_EVENTS: usize = 10_000;
/// The time that one batch may span.
pub const BATCH_SPAN_MS: i64 = 24 * 3_600_000;
/// How old an event may be.
pub const OLDEST_MS: i64 = 14 * 24 * 3_600_000;
/// How far in the future an event may be.
pub const NEWEST_MS: i64 = 2 * 3_600_000;
/// The events in one answer.
pub const PAGE_EVENTS: usize = 10_000;
/// The bytes in one answer.
pub const PAGE_BYTES: usize = 1_048_576;
/// Groups or streams in one answer.
pub const PAGE_NAMES: usize = 50;
/// Sessions of Live Tail per account and region, how long each lasts, and the events that it tells in a second.
pub const LIVE_TAILS: usize = 15;
pub const LIVE_TAIL_TIME: Duration = Duration::from_secs(3 * 3600);
pub const LIVE_TAIL_EVENTS: usize = 500;
/// What one log group keeps here, on one machine's disk; AWS has no such cap. Beyond it the oldest
/// batches go.
pub const STORED_BYTES: usize = 4 * 1024 * 1024 * 1024;
/// The batches that one transaction removes: others come in between.
pub const REMOVED_AT_ONCE: usize = 1000;
/// Subscription filters per log group.
pub const SUBSCRIPTION_FILTERS: usize = 2;
/// Metric filters per log group.
pub const METRIC_FILTERS: usize = 100;
/// Dimensions of a metric filter.
pub const DIMENSIONS: usize = 3;
/// How long a subscription filter's events are tried to be delivered.
pub const DELIVERED_FOR_MS: i64 = 24 * 3_600_000;
/// The bytes of messages that one delivery carries, so that its packed form fits an event of a function.
pub const DELIVERY_BYTES: usize = 512 * 1024;
/// Deliveries that wait for one filter's function, on one machine; AWS has no such figure. Beyond it further events are
/// not delivered.
pub const DELIVERIES: usize = 1000;
