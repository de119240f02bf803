//! `moat logs`: the daemon's own log, a function's, or a log group of CloudWatch Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use crate::client::{Client, escaped};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::{Rendering, table};
use crate::streams::say;
use base::{Clock, SystemClock, Timestamp};
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const FILTER: &str = "Logs_20140328.FilterLogEvents";
const NO_GROUP: &str = "The specified log group does not exist.";
const GROUPS: &str = "aws logs describe-log-groups --query 'logGroups[].logGroupName'";
/// How often a followed log is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How far back from the newest event it is looked for further ones: streams are written side by side.
const LATE_MS: i64 = 10_000;

/// Print moat's own log, a function's, or the events of a CloudWatch Logs group
///
/// moat's own log is there after `moat up --detach`; in the foreground it goes to standard error. With
/// --follow, --output and --query are about each event by itself, and JSON stands on one line each.
#[derive(Args)]
pub struct Logs {
    /// A function's name, or a log group, such as /aws/lambda/NAME
    name: Option<String>,
    /// Go on with what comes, until interrupted
    #[arg(short, long)]
    follow: bool,
    /// Only what is not older: a time such as 2026-01-02T03:04:05Z, or how long ago, such as 90s, 5m, 2h or 1d
    #[arg(long, value_name = "TIME", requires = "name", value_parser = ago)]
    since: Option<Since>,
    /// Only events that match this filter pattern of CloudWatch Logs
    #[arg(long, value_name = "PATTERN", requires = "name", allow_hyphen_values = true)]
    filter: Option<String>,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Logs {
    pub fn run(self) -> Result<u8, Failure> {
        let done = match &self.name {
            Some(name) => self.events(name),
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

    fn events(&self, name: &str) -> Result<(), Stop> {
        let client = Client::of(&self.data)?;
        let group = group_of(&client, name)?;
        let mut shown = Shown::new(self.since);
        let mut out = self.printer();
        loop {
            let mut page = json!({ "logGroupName": group, "startTime": shown.from() });
            if let Some(pattern) = &self.filter {
                page["filterPattern"] = json!(pattern);
            }
            loop {
                let answer = match client.operation("logs", FILTER, &page) {
                    // A function's group comes with its first line.
                    Err(failure) if self.follow && failure.message == NO_GROUP => break,
                    Err(failure) if failure.message == NO_GROUP => {
                        return Err(failure.or_hint(GROUPS).into());
                    }
                    answer => answer?,
                };
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

/// The log group that a name means: a function's, or itself.
fn group_of(client: &Client, name: &str) -> Result<String, Failure> {
    // Functions' names have no slash.
    if name.contains('/') {
        return Ok(name.to_owned());
    }
    let path = format!("/2015-03-31/functions/{}/configuration", escaped(name));
    let answer = client.rest("lambda", "GET", &path, &[], b"")?;
    if answer.status == 404 {
        return Ok(name.to_owned());
    }
    let configuration = answer.successful()?;
    let group = configuration.pointer("/LoggingConfig/LogGroup").and_then(Value::as_str);
    Ok(group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned))
}

/// A moment, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Since(i64);

fn ago(text: &str) -> Result<Since, String> {
    let now = SystemClock.now().millis();
    since(text, now).map(Since).ok_or_else(|| "neither a time nor a number with s, m, h or d".to_owned())
}

fn since(text: &str, now: i64) -> Option<i64> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok();
    }
    let unit = match text.chars().last()? {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let number: i64 = text.get(..text.len().checked_sub(1)?)?.parse().ok().filter(|n| *n >= 0)?;
    Some(now.saturating_sub(number.saturating_mul(unit)))
}

/// Which events were printed already.
struct Shown {
    since: i64,
    newest: i64,
    ids: HashSet<(i64, String)>,
}

impl Shown {
    fn new(since: Option<Since>) -> Self {
        Self { since: since.map_or(0, |Since(at)| at), newest: 0, ids: HashSet::new() }
    }

    fn from(&self) -> i64 {
        (self.newest - LATE_MS).max(self.since).max(0)
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
        show(&text)
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

fn show(text: &str) -> Result<(), Stop> {
    if say(text)? { Ok(()) } else { Err(Stop::Unread) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_how_long_ago() {
        let now = 1_767_225_600_000;
        for (text, want) in [
            ("90s", Some(now - 90_000)),
            ("5m", Some(now - 300_000)),
            ("2h", Some(now - 7_200_000)),
            ("1d", Some(now - 86_400_000)),
            ("2025-12-31T23:00:00Z", Some(now - 3_600_000)),
            ("-5m", None),
            ("5", None),
            ("m", None),
            ("", None),
            ("5é", None),
        ] {
            assert_eq!(since(text, now), want, "{text}");
        }
    }
}
