//! What the record caps.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>

use std::time::Duration;

/// How far back LookupEvents looks, as on AWS.
pub const DAYS_KEPT: i64 = 90;
pub const KEPT_MS: i64 = DAYS_KEPT * 24 * 3_600_000;
/// The events of one stored row.
pub const SEGMENT_EVENTS: usize = 256;
/// How many rows are kept for each account and region: half a million events. AWS has no such cap.
pub const SEGMENTS_KEPT: u64 = 2000;
/// The rows that one transaction removes: others come in between.
pub const REMOVED_AT_ONCE: usize = 100;
/// How many calls may wait to be written; what comes on top is lost and counted.
pub const QUEUE: usize = 10_000;
/// How long calls gather before they are written together.
pub const GATHER: Duration = Duration::from_millis(500);
/// How many accounts and regions have their newest row in memory.
pub const OPEN_SEGMENTS: usize = 16;
/// The events in one answer.
pub const PAGE_EVENTS: i32 = 50;
/// The bytes of an event's parameters or response; larger ones are left out, as AWS does.
pub const PARAMETER_BYTES: usize = 100 * 1024;
/// The bytes of an error's text and of a user agent.
pub const TEXT_BYTES: usize = 1024;
