//! What there is to be told, and how each version of the two APIs writes it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>

use super::subscription::{Api, Schema};
use crate::extension::Known;
use base::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// When something was initialised: before the first invocation, or as part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Init,
    Invoke,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Invoke => "invoke",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Success,
    /// The function or its runtime is at fault.
    Error,
    Timeout,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
        }
    }
}

/// A part of the time that something took.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub name: &'static str,
    pub start: Timestamp,
    pub duration: Duration,
}

/// One thing to be told.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    InitStart {
        initialization_type: &'static str,
        phase: Phase,
        runtime_version: String,
        runtime_version_arn: String,
        function_name: String,
        function_version: String,
        instance_id: String,
        memory_mb: u32,
    },
    InitRuntimeDone {
        initialization_type: &'static str,
        phase: Phase,
        status: Status,
        error_type: Option<String>,
    },
    InitReport {
        initialization_type: &'static str,
        phase: Phase,
        status: Status,
        error_type: Option<String>,
        duration: Duration,
    },
    Start {
        request_id: String,
        version: String,
        trace_id: Option<String>,
    },
    RuntimeDone {
        request_id: String,
        status: Status,
        error_type: Option<String>,
        trace_id: Option<String>,
        duration: Duration,
        produced_bytes: usize,
        spans: Vec<Span>,
    },
    Report {
        request_id: String,
        status: Status,
        error_type: Option<String>,
        trace_id: Option<String>,
        duration: Duration,
        billed_ms: u64,
        memory_mb: u32,
        max_memory_used_mb: Option<u64>,
        init: Option<Duration>,
        spans: Vec<Span>,
    },
    Extension(Known),
    Subscription {
        api: Api,
        name: String,
        types: Vec<String>,
    },
    Dropped {
        bytes: usize,
        records: usize,
    },
    /// A line of the function's output.
    Function(String),
    /// A line of an extension's output.
    ExtensionOutput(String),
}

impl Fact {
    /// Of which type of subscription it is.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Function(_) => "function",
            Self::ExtensionOutput(_) => "extension",
            _ => "platform",
        }
    }

    /// The messages that say it: usually one, none where the version does not know it.
    pub fn messages(&self, at: Timestamp, schema: Schema) -> Vec<Value> {
        let message =
            |kind: &str, record: Value| json!({ "time": at.iso8601_ms(), "type": kind, "record": record });
        match self {
            Self::Function(line) => vec![message("function", Value::from(line.as_str()))],
            Self::ExtensionOutput(line) => vec![message("extension", Value::from(line.as_str()))],
            Self::Dropped { bytes, records } => vec![message(
                "platform.logsDropped",
                json!({ "droppedBytes": bytes, "droppedRecords": records, "reason": dropped_reason(schema) }),
            )],
            Self::Extension(known) => vec![message("platform.extension", extension(known))],
            Self::Subscription { api, name, types } => {
                let record = json!({ "name": name, "state": "Subscribed", "types": types });
                vec![message(api.subscription_event(), record)]
            }
            _ if schema.is_of(Api::Logs) => {
                self.in_logs_api(schema).into_iter().map(|(kind, record)| message(kind, record)).collect()
            }
            _ => self
                .in_telemetry_api(schema)
                .map(|(kind, record)| message(kind, record))
                .into_iter()
                .collect(),
        }
    }

    fn in_logs_api(&self, schema: Schema) -> Vec<(&'static str, Value)> {
        match self {
            Self::Start { request_id, version, .. } => {
                vec![("platform.start", json!({ "requestId": request_id, "version": version }))]
            }
            Self::RuntimeDone { request_id, status, error_type, .. } => {
                let fault = error_type.as_ref().filter(|_| *status == Status::Error).map(|error_type| {
                    let text = format!("RequestId: {request_id} Status: error\tErrorType: {error_type}");
                    ("platform.fault", Value::from(text))
                });
                let status = if *status == Status::Error { "failure" } else { status.as_str() };
                let done = ("platform.runtimeDone", json!({ "requestId": request_id, "status": status }));
                fault.into_iter().chain((schema == Schema::Logs2021).then_some(done)).collect()
            }
            Self::Report { request_id, .. } => {
                let report = json!({ "requestId": request_id, "metrics": self.metrics() });
                vec![("platform.end", json!({ "requestId": request_id })), ("platform.report", report)]
            }
            _ => Vec::new(),
        }
    }

    fn in_telemetry_api(&self, schema: Schema) -> Option<(&'static str, Value)> {
        let later = schema != Schema::Telemetry2022July;
        let mut record = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                record.insert(name.to_owned(), value);
            }
        };
        let kind = match self {
            Self::InitStart {
                initialization_type,
                phase,
                runtime_version,
                runtime_version_arn,
                function_name,
                function_version,
                instance_id,
                memory_mb,
            } => {
                put("initializationType", Value::from(*initialization_type));
                put("phase", Value::from(phase.as_str()));
                put("runtimeVersion", Value::from(runtime_version.as_str()));
                put("runtimeVersionArn", Value::from(runtime_version_arn.as_str()));
                if later {
                    put("functionName", Value::from(function_name.as_str()));
                    put("functionVersion", Value::from(function_version.as_str()));
                    put("instanceId", Value::from(instance_id.as_str()));
                    put("instanceMaxMemory", Value::from(u64::from(*memory_mb) << 20));
                }
                "platform.initStart"
            }
            Self::InitRuntimeDone { initialization_type, phase, status, error_type } => {
                put("initializationType", Value::from(*initialization_type));
                put("phase", if later { Value::from(phase.as_str()) } else { Value::Null });
                put("status", Value::from(status.as_str()));
                put("errorType", optional(error_type));
                "platform.initRuntimeDone"
            }
            Self::InitReport { initialization_type, phase, status, error_type, duration } => {
                put("initializationType", Value::from(*initialization_type));
                put("phase", Value::from(phase.as_str()));
                put("metrics", json!({ "durationMs": milliseconds(*duration) }));
                if later {
                    put("status", Value::from(status.as_str()));
                    put("errorType", optional(error_type));
                }
                "platform.initReport"
            }
            Self::Start { request_id, version, trace_id } => {
                put("requestId", Value::from(request_id.as_str()));
                put("version", Value::from(version.as_str()));
                put("tracing", tracing(trace_id));
                "platform.start"
            }
            Self::RuntimeDone {
                request_id,
                status,
                error_type,
                trace_id,
                duration,
                produced_bytes,
                spans: parts,
            } => {
                put("requestId", Value::from(request_id.as_str()));
                put("status", Value::from(status.as_str()));
                put("errorType", optional(error_type));
                put("tracing", tracing(trace_id));
                put(
                    "metrics",
                    json!({ "durationMs": milliseconds(*duration), "producedBytes": produced_bytes }),
                );
                put("spans", spans(parts));
                "platform.runtimeDone"
            }
            Self::Report { request_id, status, error_type, trace_id, spans: parts, .. } => {
                put("requestId", Value::from(request_id.as_str()));
                put("status", Value::from(status.as_str()));
                put("errorType", optional(error_type));
                put("tracing", tracing(trace_id));
                put("metrics", self.metrics());
                put("spans", spans(parts));
                "platform.report"
            }
            _ => return None,
        };
        Some((kind, Value::Object(record)))
    }

    fn metrics(&self) -> Value {
        let Self::Report { duration, billed_ms, memory_mb, max_memory_used_mb, init, .. } = self else {
            return Value::Null;
        };
        let mut metrics = Map::new();
        metrics.insert("durationMs".to_owned(), milliseconds(*duration));
        metrics.insert("billedDurationMs".to_owned(), Value::from(*billed_ms));
        metrics.insert("memorySizeMB".to_owned(), Value::from(*memory_mb));
        if let Some(used) = max_memory_used_mb {
            metrics.insert("maxMemoryUsedMB".to_owned(), Value::from(*used));
        }
        if let Some(init) = init {
            metrics.insert("initDurationMs".to_owned(), milliseconds(*init));
        }
        Value::Object(metrics)
    }
}

fn dropped_reason(schema: Schema) -> &'static str {
    match schema.is_of(Api::Logs) {
        true => "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.",
        false => {
            "Some logs were dropped because the downstream consumer is slower than the logs production rate"
        }
    }
}

fn extension(known: &Known) -> Value {
    let mut record = json!({ "name": known.name, "state": known.state, "events": known.events });
    if let (Some(record), Some(error_type)) = (record.as_object_mut(), &known.error_type) {
        record.insert("errorType".to_owned(), Value::from(error_type.as_str()));
    }
    record
}

fn tracing(trace_id: &Option<String>) -> Value {
    let Some(trace_id) = trace_id else { return Value::Null };
    let parent = trace_id.split(';').find_map(|part| part.strip_prefix("Parent="));
    match parent {
        Some(span_id) => json!({ "spanId": span_id, "type": "X-Amzn-Trace-Id", "value": trace_id }),
        None => json!({ "type": "X-Amzn-Trace-Id", "value": trace_id }),
    }
}

fn spans(parts: &[Span]) -> Value {
    let span = |span: &Span| {
        let (start, took) = (span.start.iso8601_ms(), milliseconds(span.duration));
        json!({ "name": span.name, "start": start, "durationMs": took })
    };
    if parts.is_empty() { Value::Null } else { parts.iter().map(span).collect() }
}

fn optional(text: &Option<String>) -> Value {
    text.as_deref().map_or(Value::Null, Value::from)
}

/// With three digits after the point.
fn milliseconds(duration: Duration) -> Value {
    Value::from((duration.as_secs_f64() * 1_000_000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(fact: &Fact, schema: Schema, expected: Expect) {
        let messages = fact.messages(Timestamp(1_767_323_045_678), schema);
        let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    fn report() -> Fact {
        Fact::Report {
            request_id: "id".to_owned(),
            status: Status::Success,
            error_type: None,
            trace_id: None,
            duration: Duration::from_micros(101_510),
            billed_ms: 219,
            memory_mb: 512,
            max_memory_used_mb: Some(33),
            init: Some(Duration::from_micros(116_670)),
            spans: Vec::new(),
        }
    }

    #[test]
    fn a_report_is_two_messages_of_the_older_api() {
        check(
            &report(),
            Schema::Logs2020,
            expect![[r#"
                {"record":{"requestId":"id"},"time":"2026-01-02T03:04:05.678Z","type":"platform.end"}
                {"record":{"metrics":{"billedDurationMs":219,"durationMs":101.51,"initDurationMs":116.67,"maxMemoryUsedMB":33,"memorySizeMB":512},"requestId":"id"},"time":"2026-01-02T03:04:05.678Z","type":"platform.report"}"#]],
        );
        check(
            &report(),
            Schema::Telemetry2022December,
            expect![[
                r#"{"record":{"metrics":{"billedDurationMs":219,"durationMs":101.51,"initDurationMs":116.67,"maxMemoryUsedMB":33,"memorySizeMB":512},"requestId":"id","status":"success"},"time":"2026-01-02T03:04:05.678Z","type":"platform.report"}"#
            ]],
        );
    }

    #[test]
    fn the_end_of_the_runtimes_work_is_told_in_each_version() {
        let done = Fact::RuntimeDone {
            request_id: "id".to_owned(),
            status: Status::Error,
            error_type: Some("Runtime.ExitError".to_owned()),
            trace_id: Some(
                "Root=1-5f35ae12-0c0fec141ab77a00bc047aa2;Parent=2be948a625588e32;Sampled=1".to_owned(),
            ),
            duration: Duration::from_millis(200),
            produced_bytes: 15,
            spans: vec![Span {
                name: "responseLatency",
                start: Timestamp(1_767_323_045_000),
                duration: Duration::from_micros(23_020),
            }],
        };
        check(
            &done,
            Schema::Logs2020,
            expect![[
                r#"{"record":"RequestId: id Status: error\tErrorType: Runtime.ExitError","time":"2026-01-02T03:04:05.678Z","type":"platform.fault"}"#
            ]],
        );
        check(
            &done,
            Schema::Logs2021,
            expect![[r#"
                {"record":"RequestId: id Status: error\tErrorType: Runtime.ExitError","time":"2026-01-02T03:04:05.678Z","type":"platform.fault"}
                {"record":{"requestId":"id","status":"failure"},"time":"2026-01-02T03:04:05.678Z","type":"platform.runtimeDone"}"#]],
        );
        check(
            &done,
            Schema::Telemetry2022July,
            expect![[
                r#"{"record":{"errorType":"Runtime.ExitError","metrics":{"durationMs":200.0,"producedBytes":15},"requestId":"id","spans":[{"durationMs":23.02,"name":"responseLatency","start":"2026-01-02T03:04:05.000Z"}],"status":"error","tracing":{"spanId":"2be948a625588e32","type":"X-Amzn-Trace-Id","value":"Root=1-5f35ae12-0c0fec141ab77a00bc047aa2;Parent=2be948a625588e32;Sampled=1"}},"time":"2026-01-02T03:04:05.678Z","type":"platform.runtimeDone"}"#
            ]],
        );
    }

    #[test]
    fn the_older_api_knows_no_initialisation() {
        let done = Fact::InitRuntimeDone {
            initialization_type: "on-demand",
            phase: Phase::Init,
            status: Status::Success,
            error_type: None,
        };
        check(&done, Schema::Logs2021, expect![""]);
        check(
            &done,
            Schema::Telemetry2025,
            expect![[
                r#"{"record":{"initializationType":"on-demand","phase":"init","status":"success"},"time":"2026-01-02T03:04:05.678Z","type":"platform.initRuntimeDone"}"#
            ]],
        );
    }
}
