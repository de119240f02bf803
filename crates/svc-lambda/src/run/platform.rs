//! What Lambda itself has to say in a function's log: as text, or as events in JSON.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>

use super::failure::Failure;
use super::report::{Report, milliseconds};
use crate::model::{LogFormat, LogLevel};
use base::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// One thing that happened to an environment.
pub enum Platform<'a> {
    InitStart(InitStart<'a>),
    /// The initialisation is over.
    InitDone {
        initialization: &'a str,
        /// `init`, or `invoke` where it was part of an invocation.
        phase: &'a str,
        took: Duration,
        outcome: InitOutcome<'a>,
    },
    /// What differs from the runtime that was asked for, which only moat says.
    Warning(&'a str),
    /// What came of an extension, or of its subscription.
    Extension(&'a str),
    Start {
        request_id: &'a str,
        function_arn: &'a str,
        version: &'a str,
    },
    /// The function was ended because it took too long, in the words of the text log.
    TimedOut(&'a str),
    End {
        request_id: &'a str,
        status: &'a str,
        duration: Duration,
        produced_bytes: usize,
    },
    Report(Report<'a>),
    /// Why the runtime ended.
    Exited(&'a str),
}

pub struct InitStart<'a> {
    pub initialization: &'a str,
    /// `python:3.12`.
    pub runtime_version: String,
    pub runtime_version_arn: String,
    pub function_name: &'a str,
    pub function_version: &'a str,
    /// The log stream.
    pub instance_id: &'a str,
    pub memory_mb: u32,
}

pub enum InitOutcome<'a> {
    Success,
    TimedOut,
    Failed(&'a Failure),
}

impl InitOutcome<'_> {
    fn status(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::TimedOut => "timeout",
            Self::Failed(_) => "error",
        }
    }

    fn error_type(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => Some(failure.error_type.as_deref().unwrap_or("Runtime.Unknown")),
            Self::Success | Self::TimedOut => None,
        }
    }
}

impl Platform<'_> {
    /// The lines of the log, in its format.
    pub fn lines(&self, format: LogFormat, now: Timestamp) -> Vec<String> {
        match format {
            LogFormat::Text => self.text().into_iter().collect(),
            LogFormat::Json { system, .. } => {
                let events = self.events();
                let seen = events.into_iter().filter(|event| event.level >= system);
                seen.map(|event| event.line(now)).collect()
            }
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::InitStart(start) => Some(format!(
                "INIT_START Runtime Version: {}\tRuntime Version ARN: {}",
                start.runtime_version, start.runtime_version_arn
            )),
            // The text log tells of an initialisation only when it failed.
            Self::InitDone { outcome: InitOutcome::Success, .. } => None,
            Self::InitDone { took, outcome, phase, .. } => Some(failed_init(*took, phase, outcome)),
            Self::Start { request_id, version, .. } => {
                Some(format!("START RequestId: {request_id} Version: {version}"))
            }
            Self::End { request_id, .. } => Some(format!("END RequestId: {request_id}")),
            Self::Report(report) => Some(report.line()),
            Self::Warning(line) | Self::Extension(line) | Self::TimedOut(line) | Self::Exited(line) => {
                Some((*line).to_owned())
            }
        }
    }

    fn events(&self) -> Vec<Event> {
        match self {
            Self::InitStart(start) => vec![init_start(start)],
            Self::InitDone { initialization, phase, took, outcome } => {
                init_done(initialization, phase, *took, outcome)
            }
            Self::Warning(line) => vec![Event::message(LogLevel::Warn, line)],
            Self::Extension(line) => vec![Event::message(LogLevel::Info, line)],
            Self::Start { request_id, function_arn, version } => {
                let record =
                    json!({"requestId": request_id, "functionArn": function_arn, "version": version});
                vec![Event::new(LogLevel::Info, "platform.start", record)]
            }
            Self::End { request_id, status, duration, produced_bytes } => {
                let metrics = json!({"durationMs": fraction(*duration), "producedBytes": produced_bytes});
                let record = json!({"requestId": request_id, "metrics": metrics, "status": status});
                vec![Event::new(level_of(status, LogLevel::Debug), "platform.runtimeDone", record)]
            }
            Self::Report(report) => vec![reported(report)],
            // The report says it.
            Self::TimedOut(_) | Self::Exited(_) => Vec::new(),
        }
    }
}

/// An event with the level at which it is seen.
struct Event {
    level: LogLevel,
    content: Content,
}

enum Content {
    Record { kind: &'static str, record: Value },
    Message(String),
}

impl Event {
    fn new(level: LogLevel, kind: &'static str, record: Value) -> Self {
        Self { level, content: Content::Record { kind, record } }
    }

    fn message(level: LogLevel, text: &str) -> Self {
        Self { level, content: Content::Message(text.to_owned()) }
    }

    fn line(&self, now: Timestamp) -> String {
        let time = now.iso8601_ms();
        match &self.content {
            Content::Record { kind, record } => {
                format!(r#"{{"time":"{time}","type":"{kind}","record":{record}}}"#)
            }
            Content::Message(text) => {
                json!({"timestamp": time, "level": self.level.as_str(), "message": text}).to_string()
            }
        }
    }
}

/// What went well is seen at its own level, anything else as a warning.
fn level_of(status: &str, when_well: LogLevel) -> LogLevel {
    if status == "success" { when_well } else { LogLevel::Warn }
}

fn init_start(start: &InitStart<'_>) -> Event {
    let record = json!({
        "initializationType": start.initialization,
        "phase": "init",
        "runtimeVersion": start.runtime_version,
        "runtimeVersionArn": start.runtime_version_arn,
        "functionName": start.function_name,
        "functionVersion": start.function_version,
        "instanceId": start.instance_id,
        "instanceMaxMemory": u64::from(start.memory_mb) << 20,
    });
    Event::new(LogLevel::Info, "platform.initStart", record)
}

fn init_done(initialization: &str, phase: &str, took: Duration, outcome: &InitOutcome<'_>) -> Vec<Event> {
    let status = outcome.status();
    let mut done = json!({"initializationType": initialization, "phase": phase, "status": status});
    let mut report = done.clone();
    report["metrics"] = json!({"durationMs": fraction(took)});
    if let Some(error_type) = outcome.error_type() {
        done["errorType"] = json!(error_type);
        report["errorType"] = json!(error_type);
    }
    let ahead = if initialization == "on-demand" { LogLevel::Debug } else { LogLevel::Info };
    vec![
        Event::new(level_of(status, LogLevel::Debug), "platform.initRuntimeDone", done),
        Event::new(level_of(status, ahead), "platform.initReport", report),
    ]
}

fn failed_init(took: Duration, phase: &str, outcome: &InitOutcome<'_>) -> String {
    let status = match outcome.error_type() {
        Some(error_type) => format!("{}\tError Type: {error_type}", outcome.status()),
        None => outcome.status().to_owned(),
    };
    format!("INIT_REPORT Init Duration: {} ms\tPhase: {phase}\tStatus: {status}", milliseconds(took))
}

fn reported(report: &Report<'_>) -> Event {
    let mut metrics = json!({
        "durationMs": fraction(report.duration),
        "billedDurationMs": report.billed_ms(),
        "memorySizeMB": report.memory_mb,
    });
    if let Some(bytes) = report.max_memory_used {
        metrics["maxMemoryUsedMB"] = json!(bytes.div_ceil(1 << 20));
    }
    if let Some(init) = report.init {
        metrics["initDurationMs"] = json!(fraction(init));
    }
    let status = report.status();
    let mut record = json!({"requestId": report.request_id, "metrics": metrics, "status": status});
    if let Some(error_type) = report.failure.and_then(|f| f.error_type.as_deref()) {
        record["errorType"] = json!(error_type);
    }
    Event::new(level_of(status, LogLevel::Info), "platform.report", record)
}

/// Milliseconds with three digits after the point.
fn fraction(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const JSON: LogFormat = LogFormat::Json { application: LogLevel::Info, system: LogLevel::Debug };

    fn check(event: &Platform<'_>, format: LogFormat, expected: Expect) {
        expected.assert_eq(&event.lines(format, Timestamp(1_767_323_045_678)).join("\n"));
    }

    fn report(failure: Option<&Failure>) -> Platform<'_> {
        Platform::Report(Report {
            request_id: "id",
            duration: Duration::from_micros(1_233_960),
            memory_mb: 256,
            max_memory_used: Some(123 << 20),
            init: Some(Duration::from_micros(463_512)),
            failure,
        })
    }

    #[test]
    fn events_read_as_aws_writes_them() {
        let start = InitStart {
            initialization: "on-demand",
            runtime_version: "nodejs:22".to_owned(),
            runtime_version_arn: "arn".to_owned(),
            function_name: "f",
            function_version: "$LATEST",
            instance_id: "stream",
            memory_mb: 256,
        };
        check(
            &Platform::InitStart(start),
            JSON,
            expect![[
                r#"{"time":"2026-01-02T03:04:05.678Z","type":"platform.initStart","record":{"functionName":"f","functionVersion":"$LATEST","initializationType":"on-demand","instanceId":"stream","instanceMaxMemory":268435456,"phase":"init","runtimeVersion":"nodejs:22","runtimeVersionArn":"arn"}}"#
            ]],
        );
        check(
            &Platform::Start { request_id: "id", function_arn: "arn", version: "1" },
            JSON,
            expect![[
                r#"{"time":"2026-01-02T03:04:05.678Z","type":"platform.start","record":{"functionArn":"arn","requestId":"id","version":"1"}}"#
            ]],
        );
        check(
            &report(None),
            JSON,
            expect![[
                r#"{"time":"2026-01-02T03:04:05.678Z","type":"platform.report","record":{"metrics":{"billedDurationMs":1698,"durationMs":1233.96,"initDurationMs":463.512,"maxMemoryUsedMB":123,"memorySizeMB":256},"requestId":"id","status":"success"}}"#
            ]],
        );
    }

    #[test]
    fn what_failed_is_a_warning() {
        let quiet = LogFormat::Json { application: LogLevel::Info, system: LogLevel::Warn };
        check(&report(None), quiet, expect![[""]]);
        let failure = super::super::failure::timed_out("id", Timestamp(0), Duration::from_secs(1));
        check(
            &report(Some(&failure)),
            quiet,
            expect![[
                r#"{"time":"2026-01-02T03:04:05.678Z","type":"platform.report","record":{"metrics":{"billedDurationMs":1698,"durationMs":1233.96,"initDurationMs":463.512,"maxMemoryUsedMB":123,"memorySizeMB":256},"requestId":"id","status":"timeout"}}"#
            ]],
        );
    }

    #[test]
    fn an_initialisation_is_reported_in_detail_or_when_it_failed() {
        let done = |outcome| Platform::InitDone {
            initialization: "on-demand",
            phase: "init",
            took: Duration::from_millis(100),
            outcome,
        };
        check(&done(InitOutcome::Success), LogFormat::Text, expect![[""]]);
        check(
            &done(InitOutcome::TimedOut),
            LogFormat::Text,
            expect!["INIT_REPORT Init Duration: 100.00 ms\tPhase: init\tStatus: timeout"],
        );
        check(
            &done(InitOutcome::Success),
            JSON,
            expect![[r#"
                {"time":"2026-01-02T03:04:05.678Z","type":"platform.initRuntimeDone","record":{"initializationType":"on-demand","phase":"init","status":"success"}}
                {"time":"2026-01-02T03:04:05.678Z","type":"platform.initReport","record":{"initializationType":"on-demand","metrics":{"durationMs":100.0},"phase":"init","status":"success"}}"#]],
        );
    }
}
