//! The REPORT line.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html>

use super::failure::Failure;
use std::fmt::Write;
use std::time::Duration;

pub struct Report<'a> {
    pub request_id: &'a str,
    pub duration: Duration,
    pub memory_mb: u32,
    /// Bytes, where the machine can say.
    pub max_memory_used: Option<u64>,
    /// Of the environment's first invocation.
    pub init: Option<Duration>,
    pub failure: Option<&'a Failure>,
}

impl Report<'_> {
    /// Initialising is paid for too.
    pub fn billed_ms(&self) -> u64 {
        let paid = self.duration + self.init.unwrap_or_default();
        u64::try_from(paid.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    pub fn status(&self) -> &'static str {
        self.failure.map_or("success", |failure| failure.status)
    }

    pub fn line(&self) -> String {
        let Self { request_id, duration, memory_mb, .. } = self;
        let billed = self.billed_ms();
        let mut line = format!(
            "REPORT RequestId: {request_id}\tDuration: {} ms\tBilled Duration: {billed} ms\tMemory Size: {memory_mb} MB\t",
            milliseconds(*duration)
        );
        // Writing to a String cannot fail.
        if let Some(bytes) = self.max_memory_used {
            let _ = write!(line, "Max Memory Used: {} MB\t", bytes.div_ceil(1024 * 1024));
        }
        if let Some(init) = self.init {
            let _ = write!(line, "Init Duration: {} ms\t", milliseconds(init));
        }
        if let Some(failure) = self.failure {
            let _ = write!(line, "Status: {}\t", failure.status);
            if let Some(error_type) = &failure.error_type {
                let _ = write!(line, "Error Type: {error_type}\t");
            }
        }
        line
    }
}

/// Milliseconds with two digits after the point.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_report_reads_as_aws_writes_it() {
        let report = Report {
            request_id: "id",
            duration: Duration::from_micros(1234),
            memory_mb: 128,
            max_memory_used: Some(40 * 1024 * 1024),
            init: Some(Duration::from_millis(110)),
            failure: None,
        };
        expect!["REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 112 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 110.00 ms\t"]
            .assert_eq(&report.line());
    }
}
