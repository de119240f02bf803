//! What the runtime writes to standard output and standard error: a pipe, read as it fills, and
//! read to its end on demand, so that an invocation's log can be closed without waiting.

use super::journal::Journal;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::net::unix::pipe::Receiver;

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
        Ok(Self { pipe: Receiver::from_owned_fd(pipe)?, reader, take })
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for output and takes it; how many lines wait in the journal, or `None` when everybody
    /// who could write has ended.
    pub async fn next(&self, journal: &Journal) -> Option<usize> {
        let mut chunk = [0; CHUNK_BYTES];
        loop {
            self.pipe.readable().await.ok()?;
            let _order = self.lock();
            match self.pipe.try_read(&mut chunk) {
                Ok(0) => return None,
                Ok(read) => return Some((self.take)(journal, chunk.get(..read)?)),
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
                    (self.take)(journal, chunk.get(..read).unwrap_or_default());
                }
            }
        }
    }
}
