//! What an invocation's log says of it, and the report for people.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html>

use crate::render::{Colour, paint};
use serde_json::Value;
use std::fmt;

/// The columns of a label and what stands before it.
const LABEL: usize = 10;

/// What Lambda's report line says.
#[derive(Debug, Default, PartialEq)]
pub struct Measured {
    pub duration_ms: Option<f64>,
    pub billed_ms: Option<f64>,
    pub init_ms: Option<f64>,
    pub memory_mb: Option<f64>,
    pub max_memory_mb: Option<f64>,
}

impl Measured {
    /// From the last report among the lines, in either format of logs.
    pub fn of(lines: &[&str]) -> Self {
        lines
            .iter()
            .rev()
            .find_map(|line| Self::of_text(line).or_else(|| Self::of_json(line)))
            .unwrap_or_default()
    }

    fn of_text(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.strip_prefix("REPORT ")?.split('\t').collect();
        let number = |name: &str| {
            let value = parts.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix(": "))?;
            value.split(' ').next()?.parse().ok()
        };
        Some(Self {
            duration_ms: number("Duration"),
            billed_ms: number("Billed Duration"),
            init_ms: number("Init Duration"),
            memory_mb: number("Memory Size"),
            max_memory_mb: number("Max Memory Used"),
        })
    }

    fn of_json(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        let metrics = line.get("record")?.get("metrics").filter(|_| line["type"] == "platform.report")?;
        let number = |name: &str| metrics.get(name).and_then(Value::as_f64);
        Some(Self {
            duration_ms: number("durationMs"),
            billed_ms: number("billedDurationMs"),
            init_ms: number("initDurationMs"),
            memory_mb: number("memorySizeMB"),
            max_memory_mb: number("maxMemoryUsedMB"),
        })
    }
}

/// Whether a line of the log is Lambda's own and not the function's.
pub fn platform_line(line: &str) -> bool {
    const OWN: [&str; 5] =
        ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ", "INIT_REPORT "];
    OWN.iter().any(|own| line.starts_with(own))
        || line.starts_with(r#"{"time":"#) && line.contains(r#""type":"platform."#)
}

/// The report of what was told.
pub struct Shown<'t> {
    pub told: &'t Value,
    pub whole_log: bool,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.rows(f)?;
        self.log(f)?;
        match self.told["function_error"].as_str() {
            Some(_) => self.error(f)?,
            None => self.answer(f)?,
        }
        self.why(f)
    }
}

impl Shown<'_> {
    fn word(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.told[name].as_f64()
    }

    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let out = std::io::stdout();
        let how = match self.told["answer"]["errorType"].as_str() {
            _ if self.told["function_error"].is_null() => paint(&out, Colour::Green, "answered"),
            Some(kind) => paint(&out, Colour::Red, &format!("failed with {kind}")),
            None => paint(&out, Colour::Red, "failed"),
        };
        let start = if self.number("init_ms").is_some() { ", cold start" } else { "" };
        writeln!(f, "{}: {how}{start}", self.word("function"))
    }

    fn rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        row(f, "request", &format!("{} of version {}", self.word("request_id"), self.word("version")))?;
        if let (Some(took), Some(billed)) = (self.number("duration_ms"), self.number("billed_ms")) {
            row(f, "duration", &format!("{took:.2} ms, billed {billed:.0} ms"))?;
        }
        if let Some(init) = self.number("init_ms") {
            row(f, "init", &format!("{init:.2} ms"))?;
        }
        match (self.number("max_memory_mb"), self.number("memory_mb")) {
            (Some(most), Some(size)) => row(f, "memory", &format!("{most:.0} of {size:.0} MB")),
            (None, Some(size)) => row(f, "memory", &format!("of {size:.0} MB")),
            _ => Ok(()),
        }
    }

    /// The function's lines, or all; a traceback is one line with carriage returns in it, and the error has it too.
    fn log(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = &self.told[if self.whole_log { "log" } else { "output" }];
        let is_error = |line: &str| line.starts_with("[ERROR]") && line.contains("\rTraceback");
        let shown = lines.as_array().into_iter().flatten().filter_map(Value::as_str);
        let shown = shown.filter(|line| self.whole_log || !is_error(line));
        block(f, "log", &shown.map(|line| line.trim_end().replace('\r', "\n") + "\n").collect::<String>())
    }

    fn answer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&self.told["answer"]).unwrap_or_default();
        block(f, "answer", &text)
    }

    /// The message, and where it came from, as the language prints it.
    fn error(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = &self.told["answer"];
        match answer["errorMessage"].as_str() {
            Some(message) => block(f, "error", message)?,
            None => self.answer(f)?,
        }
        let trace = ["stackTrace", "trace"].iter().find_map(|name| answer[*name].as_array());
        let frames = trace.into_iter().flatten().filter_map(Value::as_str);
        block(f, "trace", &frames.map(|frame| frame.trim_end().to_owned() + "\n").collect::<String>())
    }

    fn why(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = self.told["obstacles_unknown"].as_str() {
            return row(f, "why", &format!("not known: {reason}"));
        }
        for obstacle in self.told["obstacles"].as_array().into_iter().flatten() {
            let text = |name: &str| obstacle[name].as_str().unwrap_or_default();
            let each = |name: &str| obstacle[name].as_array().into_iter().flatten().filter_map(Value::as_str);
            let done = if text("kind") == "packet" { "dropped" } else { "denied" };
            let times = obstacle["times"]
                .as_u64()
                .filter(|n| *n > 1)
                .map_or(String::new(), |n| format!(" ({n} times)"));
            let what = paint(&std::io::stdout(), Colour::Yellow, &format!("{} was {done}", text("what")));
            row(f, "why", &format!("{what}{times}"))?;
            if text("kind") == "packet" {
                row(f, "", &format!("by {}", text("rule")))?;
            }
            each("because").try_for_each(|reason| row(f, "", reason))?;
            each("fix").try_for_each(|command| row(f, "fix", command))?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    writeln!(f, "{}", format!("  {label:LABEL$}{text}").trim_end())
}

fn block(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    let mut label = label;
    for line in text.lines() {
        row(f, label, line)?;
        label = "";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const REPORT: &str = "REPORT RequestId: r\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 110.00 ms\t";

    #[test]
    fn reports_are_read_in_both_formats() {
        let want = Measured {
            duration_ms: Some(1.23),
            billed_ms: Some(2.0),
            init_ms: Some(110.0),
            memory_mb: Some(128.0),
            max_memory_mb: Some(40.0),
        };
        assert_eq!(Measured::of(&["START", REPORT]), want);
        let metrics = json!({ "durationMs": 1.23, "billedDurationMs": 2, "initDurationMs": 110, "memorySizeMB": 128, "maxMemoryUsedMB": 40 });
        let line = format!(
            r#"{{"time":"t","type":"platform.report","record":{{"requestId":"r","metrics":{metrics}}}}}"#
        );
        assert_eq!(Measured::of(&[&line]), want);
        assert!(platform_line(REPORT) && platform_line(&line) && !platform_line("REPORT of mine"));
        assert_eq!(Measured::of(&["nothing"]), Measured::default());
    }

    #[test]
    fn a_report_says_what_happened_and_why() {
        let told = json!({
            "function": "f", "request_id": "r", "version": "$LATEST", "function_error": "Unhandled",
            "duration_ms": 1000.5, "billed_ms": 1001, "init_ms": null, "memory_mb": 128, "max_memory_mb": 40,
            "log": ["START RequestId: r", "hello"], "output": ["hello", "[ERROR] TimeoutError: timed out\rTraceback (most"],
            "answer": { "errorType": "TimeoutError", "errorMessage": "timed out", "stackTrace": ["  File \"app.py\", line 1\n    connect()\n"] },
            "obstacles": [{ "kind": "packet", "what": "tcp to 10.0.2.9:80 (api)", "rule": "sg-out eni-1", "times": 2,
                "because": ["no rule of sg-1 allows it"], "fix": ["aws ec2 authorize"] }],
        });
        let want = "\
f: failed with TimeoutError
  request   r of version $LATEST
  duration  1000.50 ms, billed 1001 ms
  memory    40 of 128 MB
  log       hello
  error     timed out
  trace       File \"app.py\", line 1
                connect()
  why       tcp to 10.0.2.9:80 (api) was dropped (2 times)
            by sg-out eni-1
            no rule of sg-1 allows it
  fix       aws ec2 authorize
";
        assert_eq!(Shown { told: &told, whole_log: false }.to_string(), want);
    }
}
