//! `moat logs`: the daemon's own log, or a log group of CloudWatch Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::{Rendering, table};
use base::Timestamp;
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::time::Duration;

const FILTER: &str = "Logs_20140328.FilterLogEvents";
/// How often a followed log is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How far back from the newest event it is looked for further ones: streams are written side by side.
const LATE_MS: i64 = 10_000;

/// Print moat's own log, or the events of a CloudWatch Logs group
///
/// moat's own log is there after `moat up --detach`; in the foreground it goes to standard error. With
/// --follow, --output and --query are about each event by itself, and JSON stands on one line each.
#[derive(Args)]
pub struct Logs {
    /// A log group, such as /aws/lambda/NAME
    group: Option<String>,
    /// Go on with what comes, until interrupted
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Logs {
    pub fn run(self) -> Result<u8, Failure> {
        let done = match &self.group {
            Some(group) => self.events(group),
            None => self.own(),
        };
        match done {
            // Whoever read the output has seen enough.
            Err(Stop::Unread) => Ok(0),
            Err(Stop::Failed(failure)) => Err(failure),
            Ok(()) => Ok(0),
        }
    }

    fn own(&self) -> Result<(), Stop> {
        let path = self.data.path()?.join("moat.log");
        let mut log = File::open(&path).map_err(|error| {
            Failure::new(format!("cannot read `{}`: {error}", path.display())).hint("moat up --detach")
        })?;
        let mut out = self.printer();
        let mut text = Vec::new();
        loop {
            log.read_to_end(&mut text).map_err(Failure::from)?;
            // What has no end yet is read on with what comes.
            let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let end = if self.follow { whole } else { text.len() };
            for line in String::from_utf8_lossy(text.get(..end).unwrap_or_default()).lines() {
                out.show(json!({ "message": line }), || format!("{line}\n"))?;
            }
            text.drain(..end);
            if !self.follow {
                return out.end();
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn printer(&self) -> Printer<'_> {
        Printer {
            rendering: &self.rendering,
            gathers: !self.follow && !self.rendering.is_usual(),
            gathered: Vec::new(),
        }
    }

    fn events(&self, group: &str) -> Result<(), Stop> {
        let client = Client::of(&self.data)?;
        let mut shown = Shown::default();
        let mut out = self.printer();
        loop {
            let mut page = json!({ "logGroupName": group, "startTime": shown.from() });
            loop {
                let answer = client.operation("logs", FILTER, &page)?;
                for event in answer.get("events").and_then(Value::as_array).into_iter().flatten() {
                    shown.show(event, &mut out)?;
                }
                let Some(next) = answer.get("nextToken").filter(|token| token.is_string()) else { break };
                page["nextToken"] = next.clone();
            }
            if !self.follow {
                return out.end();
            }
            shown.forget();
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// Which events were printed already.
#[derive(Default)]
struct Shown {
    newest: i64,
    ids: HashSet<(i64, String)>,
}

impl Shown {
    fn from(&self) -> i64 {
        (self.newest - LATE_MS).max(0)
    }

    fn show(&mut self, event: &Value, out: &mut Printer<'_>) -> Result<(), Stop> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let at = event.get("timestamp").and_then(Value::as_i64).unwrap_or_default();
        if !self.ids.insert((at, text("eventId").to_owned())) {
            return Ok(());
        }
        self.newest = self.newest.max(at);
        out.show(event.clone(), || {
            format!("{}  {}\n", Timestamp(at).iso8601_ms(), text("message").trim_end())
        })
    }

    /// Events before the next request's start do not come again.
    fn forget(&mut self) {
        let from = self.from();
        self.ids.retain(|(at, _)| *at >= from);
    }
}

/// What is printed as it comes, or as one list at the end.
struct Printer<'r> {
    rendering: &'r Rendering,
    gathers: bool,
    gathered: Vec<Value>,
}

impl Printer<'_> {
    fn show(&mut self, value: Value, usual: impl FnOnce() -> String) -> Result<(), Stop> {
        if self.gathers {
            self.gathered.push(value);
            return Ok(());
        }
        let text = if self.rendering.is_usual() { usual() } else { self.rendering.line(value)? };
        show(text.as_bytes())
    }

    fn end(self) -> Result<(), Stop> {
        if self.gathers {
            self.rendering.print(Value::Array(self.gathered), table)?;
        }
        Ok(())
    }
}

/// Why nothing more is printed.
enum Stop {
    Failed(Failure),
    Unread,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn show(text: &[u8]) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::Unread,
        _ => Stop::Failed(error.into()),
    })
}
