//! What an environment has to say, as lines: the runtime's output and Lambda's own lines, in
//! one order, waiting to be written to CloudWatch Logs.

use super::platform::Platform;
use crate::model::{LogFormat, LogLevel};
use crate::needs::LogLine;
use crate::quota;
use base::{Clock, Timestamp};
use runtime_api::{Fact, Session};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use time::format_description::well_known::Rfc3339;

pub struct Journal {
    clock: Arc<dyn Clock>,
    format: LogFormat,
    lines: Mutex<Lines>,
    /// Who tells the subscribers of telemetry.
    session: OnceLock<Session>,
}

#[derive(Default)]
struct Lines {
    /// Output after the last line's end.
    partial: Vec<u8>,
    /// The same of extensions.
    extension_partial: Vec<u8>,
    pending: Vec<LogLine>,
    /// The end of the current invocation's log, when somebody asked for it.
    tail: Option<Vec<u8>>,
}

impl Journal {
    pub fn new(clock: Arc<dyn Clock>, format: LogFormat) -> Self {
        Self { clock, format, lines: Mutex::default(), session: OnceLock::new() }
    }

    /// From now on what the function and its extensions write is told to those who subscribe to it.
    pub fn tell(&self, session: Session) {
        let _ = self.session.set(session);
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes output of the runtime; how many lines now wait.
    pub fn output(&self, bytes: &[u8]) -> usize {
        let now = self.clock.now();
        let mut lines = self.lock();
        for chunk in bytes.split_inclusive(|b| *b == b'\n') {
            lines.partial.extend_from_slice(chunk);
            if chunk.ends_with(b"\n") || lines.partial.len() >= quota::LOG_LINE_BYTES {
                self.told(&lines.partial, Fact::Function);
                lines.cut_if(now, |line| is_seen(line, self.format));
            }
        }
        lines.pending.len()
    }

    /// Takes output of extensions; how many lines now wait.
    pub fn extension_output(&self, bytes: &[u8]) -> usize {
        let now = self.clock.now();
        let mut lines = self.lock();
        for chunk in bytes.split_inclusive(|b| *b == b'\n') {
            lines.extension_partial.extend_from_slice(chunk);
            if chunk.ends_with(b"\n") || lines.extension_partial.len() >= quota::LOG_LINE_BYTES {
                let line = std::mem::take(&mut lines.extension_partial);
                self.told(&line, Fact::ExtensionOutput);
                lines.keep(now, line);
            }
        }
        lines.pending.len()
    }

    fn told(&self, line: &[u8], fact: impl FnOnce(String) -> Fact) {
        if let Some(session) = self.session.get().filter(|_| !line.is_empty()) {
            session.say(|| fact(String::from_utf8_lossy(line).into_owned()));
        }
    }

    /// Takes what Lambda itself says. What the runtime left without a line's end becomes one.
    pub fn platform(&self, event: &Platform<'_>) {
        let now = self.clock.now();
        let mut lines = self.lock();
        self.told(&lines.partial, Fact::Function);
        lines.cut_if(now, |line| is_seen(line, self.format));
        for line in event.lines(self.format, now) {
            lines.partial.extend_from_slice(line.as_bytes());
            lines.partial.push(b'\n');
            lines.cut(now);
        }
    }

    /// From here on, what is written is remembered for the caller's `LogResult`.
    pub fn begin_tail(&self) {
        self.lock().tail = Some(Vec::new());
    }

    /// The last bytes since [`Self::begin_tail`].
    pub fn end_tail(&self) -> Option<Vec<u8>> {
        self.lock().tail.take()
    }

    pub fn take_pending(&self) -> Vec<LogLine> {
        std::mem::take(&mut self.lock().pending)
    }

    pub fn has_pending(&self) -> bool {
        !self.lock().pending.is_empty()
    }
}

/// Whether a line of the function is important enough: in a log in JSON, one that says its level
/// and its time is measured by it, and any other is taken for information.
fn is_seen(line: &[u8], format: LogFormat) -> bool {
    let LogFormat::Json { application, .. } = format else { return true };
    said_level(line).unwrap_or(LogLevel::Info) >= application
}

fn said_level(line: &[u8]) -> Option<LogLevel> {
    if line.first() != Some(&b'{') {
        return None;
    }
    let said: LeveledLine<'_> = serde_json::from_slice(line).ok()?;
    time::OffsetDateTime::parse(&said.timestamp, &Rfc3339).ok()?;
    LogLevel::parse(&said.level)
}

#[derive(serde::Deserialize)]
struct LeveledLine<'a> {
    level: Cow<'a, str>,
    #[serde(alias = "time")]
    timestamp: Cow<'a, str>,
}

impl Lines {
    fn cut_if(&mut self, at: Timestamp, is_seen: impl FnOnce(&[u8]) -> bool) {
        if is_seen(&self.partial) {
            self.cut(at);
        } else {
            self.partial.clear();
        }
    }

    fn cut(&mut self, at: Timestamp) {
        if self.partial.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.partial);
        self.keep(at, bytes);
    }

    fn keep(&mut self, at: Timestamp, bytes: Vec<u8>) {
        if let Some(tail) = &mut self.tail {
            tail.extend_from_slice(&bytes);
            let surplus = tail.len().saturating_sub(quota::LOG_TAIL_BYTES);
            tail.drain(..surplus);
        }
        self.pending.push(LogLine { at, message: String::from_utf8_lossy(&bytes).into_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ManualClock;

    fn journal(format: LogFormat) -> Journal {
        Journal::new(Arc::new(ManualClock::at(Timestamp(1))), format)
    }

    fn messages(journal: &Journal) -> Vec<String> {
        journal.take_pending().into_iter().map(|l| l.message).collect()
    }

    #[test]
    fn output_becomes_lines_in_order() {
        let journal = journal(LogFormat::Text);
        journal.platform(&Platform::Warning("START"));
        journal.output(b"one\ntw");
        journal.output(b"o\nunfinished");
        journal.platform(&Platform::Warning("END"));
        assert_eq!(messages(&journal), ["START\n", "one\n", "two\n", "unfinished", "END\n"]);
    }

    #[test]
    fn the_tail_is_the_last_four_kilobytes() {
        let journal = journal(LogFormat::Text);
        journal.platform(&Platform::Warning("before"));
        journal.begin_tail();
        journal.output(&[b'x'; 5000]);
        journal.platform(&Platform::Warning("END"));
        let tail = journal.end_tail().unwrap();
        assert_eq!(tail.len(), 4096);
        assert!(tail.ends_with(b"xEND\n"));
        assert_eq!(journal.end_tail(), None);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let journal = journal(LogFormat::Text);
        for _ in 0..9 {
            journal.output(&[b'x'; 64 * 1024]);
        }
        assert_eq!(journal.take_pending().len(), 2);
    }

    #[test]
    fn a_log_in_json_leaves_out_what_is_less_important() {
        let journal = journal(LogFormat::Json { application: LogLevel::Warn, system: LogLevel::Info });
        let said =
            |level: &str| format!("{{\"timestamp\":\"2026-01-02T03:04:05Z\",\"level\":\"{level}\"}}\n");
        for level in ["DEBUG", "info", "warning", "ERROR"] {
            journal.output(said(level).as_bytes());
        }
        journal.output(b"plain\n{\"level\":\"ERROR\"}\n");
        assert_eq!(messages(&journal), [said("warning"), said("ERROR")]);
        journal.platform(&Platform::Warning("noted"));
        expect_test::expect![[
            r#"{"level":"WARN","message":"noted","timestamp":"1970-01-01T00:00:00.001Z"}"#
        ]]
        .assert_eq(messages(&journal).concat().trim_end());
    }
}
