//! The error bodies that Lambda itself writes when a function does not answer.
//! <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html>

use crate::needs::{Exit, signal_name};
use base::Timestamp;
use bytes::Bytes;
use serde_json::json;
use std::time::Duration;

/// An invocation that ended without the function's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the caller gets.
    pub body: Bytes,
    /// What the log says beyond START, END and REPORT.
    pub line: Option<String>,
    /// `timeout` or `error`, and the error's type, in REPORT.
    pub status: &'static str,
    pub error_type: Option<String>,
}

pub fn timed_out(request_id: &str, at: Timestamp, timeout: Duration) -> Failure {
    let text =
        format!("{} {request_id} Task timed out after {:.2} seconds", at.iso8601_ms(), timeout.as_secs_f64());
    Failure {
        body: Bytes::from(json!({ "errorMessage": text }).to_string()),
        line: Some(format!("{text}\n")),
        status: "timeout",
        error_type: None,
    }
}

pub fn exited(request_id: &str, exit: Exit) -> Failure {
    let how = match exit {
        Exit::Status(0) => "Runtime exited without providing a reason".to_owned(),
        Exit::Status(status) => format!("Runtime exited with error: exit status {status}"),
        Exit::Signal(signal) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        Exit::OutOfMemory => "Runtime exited with error: signal: killed".to_owned(),
    };
    let reported = if exit == Exit::OutOfMemory { "Runtime.OutOfMemory" } else { "Runtime.ExitError" };
    let text = format!("RequestId: {request_id} Error: {how}");
    Failure {
        body: error_body("Runtime.ExitError", &text),
        line: Some(format!("{text}\nRuntime.ExitError")),
        status: "error",
        error_type: Some(reported.to_owned()),
    }
}

/// An extension that has ended, or could not be started.
pub fn extension(request_id: &str, ended: &runtime_api::Ended) -> Failure {
    let text = format!("RequestId: {request_id} Error: {}", ended.how);
    Failure {
        body: error_body(ended.error_type, &text),
        line: Some(format!("{text}\n{}", ended.error_type)),
        status: "error",
        error_type: Some(ended.error_type.to_owned()),
    }
}

/// A custom runtime's package without its executable.
pub fn no_bootstrap(request_id: &str) -> Failure {
    let error_type = "Runtime.InvalidEntrypoint";
    let text = format!(
        "RequestId: {request_id} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    );
    Failure {
        body: error_body(error_type, &text),
        line: Some(format!("{text}\n{error_type}")),
        status: "error",
        error_type: Some(error_type.to_owned()),
    }
}

fn error_body(error_type: &str, text: &str) -> Bytes {
    Bytes::from(json!({ "errorType": error_type, "errorMessage": text }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(failure: &Failure, expected: Expect) {
        expected.assert_eq(std::str::from_utf8(&failure.body).unwrap());
    }

    #[test]
    fn the_bodies_are_aws_s() {
        check(
            &timed_out("id", Timestamp(1_767_323_045_678), Duration::from_secs(3)),
            expect![[r#"{"errorMessage":"2026-01-02T03:04:05.678Z id Task timed out after 3.00 seconds"}"#]],
        );
        check(
            &exited("id", Exit::Status(1)),
            expect![[
                r#"{"errorMessage":"RequestId: id Error: Runtime exited with error: exit status 1","errorType":"Runtime.ExitError"}"#
            ]],
        );
        check(
            &exited("id", Exit::Status(0)),
            expect![[
                r#"{"errorMessage":"RequestId: id Error: Runtime exited without providing a reason","errorType":"Runtime.ExitError"}"#
            ]],
        );
        check(
            &exited("id", Exit::Signal(11)),
            expect![[
                r#"{"errorMessage":"RequestId: id Error: Runtime exited with error: signal: segmentation fault","errorType":"Runtime.ExitError"}"#
            ]],
        );
        let crash = runtime_api::Ended { error_type: "Extension.Crash", how: "exit code 0".to_owned() };
        check(
            &extension("id", &crash),
            expect![[r#"{"errorMessage":"RequestId: id Error: exit code 0","errorType":"Extension.Crash"}"#]],
        );
    }
}
