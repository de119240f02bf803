//! What the runtime writes to standard output and standard error: a pipe, read as it fills, and
//! read to its end on demand, so that an invocation's log can be closed without waiting.

use super::budget::Budget;
use super::journal::Journal;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::net::unix::pipe::Receiver;
use tokio::time::Instant;

const CHUNK_BYTES: usize = 8 * 1024;
/// The most that is read on demand: more is what a runtime writes that never pauses.
const DRAIN_BYTES: usize = 1024 * 1024;

pub struct Output {
    /// Says when there is something to read.
    pipe: Receiver,
    /// The same pipe, read past the reactor, which learns of output only when it is polled. The
    /// lock keeps what is read in order.
    reader: Mutex<File>,
    take: Take,
    budget: Budget,
    /// Until when what is written waits in the pipe.
    pause: Mutex<Option<Instant>>,
}

/// How the journal takes what is read.
type Take = fn(&Journal, &[u8]) -> usize;

impl Output {
    /// Must be called on a tokio runtime. The descriptor is the reading end of a pipe.
    pub fn of(pipe: OwnedFd) -> io::Result<Self> {
        Self::taken(pipe, Journal::output)
    }

    /// What external extensions write, likewise.
    pub fn of_extensions(pipe: OwnedFd) -> io::Result<Self> {
        Self::taken(pipe, Journal::extension_output)
    }

    fn taken(pipe: OwnedFd, take: Take) -> io::Result<Self> {
        let reader = Mutex::new(File::from(pipe.try_clone()?));
        let (budget, pause) = (Budget::at(Instant::now()), Mutex::default());
        Ok(Self { pipe: Receiver::from_owned_fd(pipe)?, reader, take, budget, pause })
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for output, as long as too much has come already, and takes it; how many lines wait in the journal, or
    /// `None` when everybody who could write has ended.
    pub async fn next(&self, journal: &Journal) -> Option<usize> {
        let mut chunk = [0; CHUNK_BYTES];
        loop {
            self.pipe.readable().await.ok()?;
            let pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(pause) = pause {
                tokio::time::sleep_until(pause).await;
            }
            let _order = self.lock();
            match self.pipe.try_read(&mut chunk) {
                Ok(0) => return None,
                Ok(read) => return Some(self.taken_by(journal, chunk.get(..read)?)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }

    /// Takes everything that has been written so far.
    pub fn drain(&self, journal: &Journal) {
        let mut chunk = [0; CHUNK_BYTES];
        let mut reader = self.lock();
        for _ in 0..DRAIN_BYTES / CHUNK_BYTES {
            match reader.read(&mut chunk) {
                Ok(0) | Err(_) => return,
                Ok(read) => {
                    self.taken_by(journal, chunk.get(..read).unwrap_or_default());
                }
            }
        }
    }

    fn taken_by(&self, journal: &Journal, output: &[u8]) -> usize {
        let now = Instant::now();
        if let Some(pause) = self.budget.spend(now, output) {
            *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + pause);
        }
        (self.take)(journal, output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogFormat;
    use base::{ManualClock, Timestamp};
    use std::io::Write;
    use std::sync::Arc;
    use std::time::Duration;

    /// The clock goes on only while everybody sleeps, so that what is slept for is what was waited for.
    #[tokio::test(start_paused = true)]
    async fn a_flood_waits_in_its_pipe_and_arrives_whole() {
        let (reader, mut writer) = io::pipe().unwrap();
        let output = Output::of(reader.into()).unwrap();
        let journal = Journal::new(Arc::new(ManualClock::at(Timestamp(1))), LogFormat::Text);
        let (begun, line) = (Instant::now(), [[b'x'; 1023].as_slice(), b"\n"].concat());
        let flood = std::thread::spawn(move || (0..20 * 1024).for_each(|_| writer.write_all(&line).unwrap()));
        let mut lines = 0;
        while output.next(&journal).await.is_some() {
            lines += journal.take_pending().len();
        }
        flood.join().unwrap();
        assert_eq!(lines, 20 * 1024);
        assert!(begun.elapsed() >= Duration::from_secs(2), "nothing was slowed: {:?}", begun.elapsed());
    }
}
