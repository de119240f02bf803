//! What an environment has to say, as lines: the runtime's output and Lambda's own lines, in
//! one order, waiting to be written to CloudWatch Logs.

use crate::needs::LogLine;
use crate::quota;
use base::{Clock, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub struct Journal {
    clock: Arc<dyn Clock>,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    /// Output after the last line's end.
    partial: Vec<u8>,
    pending: Vec<LogLine>,
    /// The end of the current invocation's log, when somebody asked for it.
    tail: Option<Vec<u8>>,
}

impl Journal {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, lines: Mutex::default() }
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
                lines.cut(now);
            }
        }
        lines.pending.len()
    }

    /// Takes a line of Lambda's own. What the runtime left without a line's end becomes one.
    pub fn platform(&self, text: &str) {
        let now = self.clock.now();
        let mut lines = self.lock();
        lines.cut(now);
        lines.partial.extend_from_slice(text.as_bytes());
        lines.partial.push(b'\n');
        lines.cut(now);
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

impl Lines {
    fn cut(&mut self, at: Timestamp) {
        if self.partial.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.partial);
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

    fn messages(journal: &Journal) -> Vec<String> {
        journal.take_pending().into_iter().map(|l| l.message).collect()
    }

    #[test]
    fn output_becomes_lines_in_order() {
        let journal = Journal::new(Arc::new(ManualClock::at(Timestamp(1))));
        journal.platform("START");
        journal.output(b"one\ntw");
        journal.output(b"o\nunfinished");
        journal.platform("END");
        assert_eq!(messages(&journal), ["START\n", "one\n", "two\n", "unfinished", "END\n"]);
    }

    #[test]
    fn the_tail_is_the_last_four_kilobytes() {
        let journal = Journal::new(Arc::new(ManualClock::at(Timestamp(1))));
        journal.platform("before");
        journal.begin_tail();
        journal.output(&[b'x'; 5000]);
        journal.platform("END");
        let tail = journal.end_tail().unwrap();
        assert_eq!(tail.len(), 4096);
        assert!(tail.ends_with(b"xEND\n"));
        assert_eq!(journal.end_tail(), None);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let journal = Journal::new(Arc::new(ManualClock::at(Timestamp(1))));
        for _ in 0..9 {
            journal.output(&[b'x'; 64 * 1024]);
        }
        assert_eq!(journal.take_pending().len(), 2);
    }
}
