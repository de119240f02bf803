//! Lambda's quotas, at AWS's defaults.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use std::time::Duration;

/// Bytes of a package as uploaded in the request.
pub const ZIPPED_BYTES: usize = 50 * 1024 * 1024;
/// Bytes of a package when unpacked; the error says "smaller than".
pub const UNZIPPED_BYTES: u64 = 250 * 1024 * 1024;
/// Entries of a package, which bounds the work an archive of empty files can cause.
pub const PACKAGE_ENTRIES: usize = 65_535;
/// Bytes of all packages of a region.
pub const CODE_STORAGE_BYTES: u64 = 75 * 1024 * 1024 * 1024;

pub const FUNCTION_NAME_LENGTH: usize = 64;
pub const ENVIRONMENT_BYTES: usize = 4096;
pub const TIMEOUT_SECONDS: i32 = 900;
pub const MEMORY_MB: i32 = 10_240;
pub const EPHEMERAL_STORAGE_MB: i32 = 10_240;
/// Characters of a function URL's first label.
pub const URL_ID_LENGTH: usize = 32;
/// Layers of a function.
pub const LAYERS: usize = 5;
pub const TAGS: usize = 50;
pub const SUBNETS: usize = 16;
pub const SECURITY_GROUPS: usize = 5;
pub const POLICY_BYTES: usize = 20 * 1024;

/// Invocations that run at once in an account and region.
pub const CONCURRENT_EXECUTIONS: u32 = 1000;
/// New environments of one function: so many at once, and again in so many milliseconds.
pub const SCALING_BURST: i64 = 1000;
pub const SCALING_PERIOD_MS: i64 = 10_000;
/// What reserved concurrency must leave for functions without one.
pub const MINIMUM_UNRESERVED_CONCURRENCY: u32 = 100;
pub const SYNCHRONOUS_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
pub const ASYNCHRONOUS_PAYLOAD_BYTES: usize = 1024 * 1024;
pub const CLIENT_CONTEXT_BYTES: usize = 3583;

/// Events of one function that wait to be invoked. AWS names no number.
pub const QUEUED_EVENTS: usize = 10_000;
/// How long an event is kept when it cannot be invoked.
pub const EVENT_AGE: Duration = Duration::from_secs(6 * 60 * 60);
/// How often the destinations of functions may lead an event back to the same function before
/// the loop is ended.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
pub const RECURSIONS: u32 = 16;
/// Retries after an asynchronous invocation ended in the function's error.
pub const ASYNCHRONOUS_RETRIES: u32 = 2;

/// What `LogType=Tail` gives back.
pub const LOG_TAIL_BYTES: usize = 4096;
/// A log line beyond this is cut into several, as CloudWatch Logs takes no longer event.
pub const LOG_LINE_BYTES: usize = 256 * 1024;
/// How long a function may initialise before the attempt is given up.
pub const INIT_TIME: Duration = Duration::from_secs(10);
/// How long an environment without work is kept.
pub const IDLE_TIME: Duration = Duration::from_secs(5 * 60);
/// Results of ListFunctions and ListVersionsByFunction on one page.
pub const PAGE: usize = 50;
