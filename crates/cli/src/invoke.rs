//! `moat invoke`: runs a function and reports what it did, and what was in its way.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

mod report;

use crate::client::{Answer, Client, FUNCTIONS, escaped};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use base::{Clock, SystemClock};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use report::{Measured, Shown, platform_line};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;

/// What the version of the function that is not published is called.
const LATEST: &str = "$LATEST";
const NOT_FOUND: u16 = 404;

/// Run a function and report how it went
///
/// The report has the answer, the time and memory that it took, the end of its log, and, when a rule
/// dropped one of its packets or a policy denied one of its calls meanwhile, which one and what would repair it.
/// Exit code 0 when the function answered, 1 when it failed, 2 when it was not run at all.
#[derive(Args)]
pub struct Invoke {
    /// The function's name or ARN
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    function: String,
    /// The event: JSON, a file that holds it, or - for standard input [default: {}]
    #[arg(short, long, value_name = "JSON|FILE|-")]
    event: Option<String>,
    /// A version or an alias
    #[arg(long)]
    qualifier: Option<String>,
    /// Hand the event over and do not wait for the answer
    #[arg(long = "async", conflicts_with = "log")]
    asynchronous: bool,
    /// Show Lambda's own lines of the log too
    #[arg(long)]
    log: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Invoke {
    pub fn run(self) -> Result<u8, Failure> {
        let event = event(self.event.as_deref())?;
        let client = Client::of(&self.data)?;
        let since = SystemClock.now().millis();
        let answer = self.call(&client, &event)?;
        let until = SystemClock.now().millis();
        answer.successful().map_err(|failure| self.not_run(answer.status, failure))?;
        if self.asynchronous {
            return self.accepted(&answer);
        }
        let mut told = self.told(&answer);
        match self.obstacles(&client, &told, since, until) {
            Ok(found) => told["obstacles"] = found,
            // Only the account's root may be told about its rules and policies.
            Err(failure) => told["obstacles_unknown"] = json!(failure.message),
        }
        let failed = !told["function_error"].is_null();
        self.rendering.print(told, |told| Shown { told, whole_log: self.log }.to_string())?;
        Ok(u8::from(failed))
    }

    fn call(&self, client: &Client, event: &[u8]) -> Result<Answer, Failure> {
        let mut path = format!("/2015-03-31/functions/{}/invocations", escaped(&self.function));
        if let Some(qualifier) = &self.qualifier {
            path.push_str(&format!("?Qualifier={}", escaped(qualifier)));
        }
        let how = if self.asynchronous {
            [("X-Amz-Invocation-Type", "Event"), ("X-Amz-Log-Type", "None")]
        } else {
            [("X-Amz-Invocation-Type", "RequestResponse"), ("X-Amz-Log-Type", "Tail")]
        };
        client.rest("lambda", "POST", &path, &how, event)
    }

    fn not_run(&self, status: u16, failure: Failure) -> Failure {
        match status {
            NOT_FOUND => failure.or_hint(FUNCTIONS),
            _ => failure.or_hint(format!("aws lambda get-function --function-name {}", self.function)),
        }
    }

    fn accepted(&self, answer: &Answer) -> Result<u8, Failure> {
        let id = answer.header("x-amzn-requestid").unwrap_or_default();
        let told = json!({ "function": self.function, "status": answer.status, "request_id": id });
        let usual = |_: &Value| {
            format!("{}: accepted, request {id}\n  its log: moat logs {} -f\n", self.function, self.function)
        };
        self.rendering.print(told, usual)?;
        Ok(0)
    }

    /// The answer as one value.
    fn told(&self, answer: &Answer) -> Value {
        let header = |name: &str| answer.header(name);
        let tail = header("x-amz-log-result").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let tail = String::from_utf8_lossy(&tail).into_owned();
        let lines: Vec<&str> = tail.lines().collect();
        let measured = Measured::of(&lines);
        let text = String::from_utf8_lossy(&answer.body);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!(text));
        json!({
            "function": self.function,
            "request_id": header("x-amzn-requestid"),
            "status": answer.status,
            "version": header("x-amz-executed-version"),
            "function_error": header("x-amz-function-error"),
            "duration_ms": measured.duration_ms,
            "billed_ms": measured.billed_ms,
            "init_ms": measured.init_ms,
            "memory_mb": measured.memory_mb,
            "max_memory_mb": measured.max_memory_mb,
            "output": lines.iter().filter(|line| !platform_line(line)).collect::<Vec<_>>(),
            "log": lines,
            "answer": body,
        })
    }

    fn obstacles(&self, client: &Client, told: &Value, since: i64, until: i64) -> Result<Value, Failure> {
        let version = told["version"].as_str().filter(|version| *version != LATEST);
        let asked = json!({
            "function": name_of(&self.function), "version": version, "since": since, "until": until,
        });
        client.json("POST", "/_moat/functions/obstacles", asked.to_string().as_bytes())
    }
}

/// The name in a function's name, partial ARN or ARN, with or without a qualifier.
fn name_of(function: &str) -> &str {
    let rest = function.split_once("function:").map_or(function, |(_, rest)| rest);
    rest.split_once(':').map_or(rest, |(name, _)| name)
}

/// The event that an argument gives.
fn event(given: Option<&str>) -> Result<Vec<u8>, Failure> {
    let text = match given {
        None => return Ok(b"{}".to_vec()),
        Some("-") => {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text)?;
            text
        }
        Some(given) if serde_json::from_str::<Value>(given).is_ok() => given.as_bytes().to_vec(),
        Some(path) if Path::new(path).is_file() => std::fs::read(path)?,
        Some(other) => {
            return Err(Failure::new(format!("`{other}` is neither JSON nor a file"))
                .hint(r#"moat invoke NAME --event '{"key": "value"}'"#));
        }
    };
    match serde_json::from_slice::<Value>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::new(format!("the event is not JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_as_the_api_takes_it() {
        for text in
            ["f", "f:live", "000000000000:function:f", "arn:aws:lambda:us-east-1:000000000000:function:f:7"]
        {
            assert_eq!(name_of(text), "f");
        }
    }

    #[test]
    fn an_event_is_json_or_the_file_that_holds_it() {
        assert_eq!(event(None).ok(), Some(b"{}".to_vec()));
        assert_eq!(event(Some("[1]")).ok(), Some(b"[1]".to_vec()));
        let path = std::env::temp_dir().join(format!("moat-event-{}", std::process::id()));
        for (text, is_event) in [(r#"{"a": 1}"#, true), ("no", false)] {
            assert!(std::fs::write(&path, text).is_ok());
            assert_eq!(event(path.to_str()).is_ok(), is_event, "{text}");
        }
        let _ = std::fs::remove_file(&path);
        assert!(event(Some("/nowhere")).is_err_and(|f| f.message == "`/nowhere` is neither JSON nor a file"));
    }
}
