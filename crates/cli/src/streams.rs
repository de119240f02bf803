//! Standard output and standard error. Whoever reads them may go, and the disk below them may be full: neither is a
//! reason to end by a panic, as `print!` does.

use crate::failure::Failure;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Writes to standard output; false when nobody reads it any more. The command's own exit code stands then.
pub fn say(text: &str) -> Result<bool, Failure> {
    said(&mut io::stdout().lock(), text.as_bytes())
}

/// The same, for bytes and any stream.
pub fn said(out: &mut impl Write, text: &[u8]) -> Result<bool, Failure> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!("cannot write the answer: {error}"))),
    }
}

/// Writes a line to standard error. When that cannot be written, there is nobody left to be told.
pub fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A stream that takes everything and loses what the one below does not take: a log on a full disk.
pub struct Lossy<W>(pub W);

impl<W: Write> Write for Lossy<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that always answers the same.
    struct Answers(ErrorKind);

    impl Write for Answers {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_is_gone_is_no_failure_and_a_full_disk_is_one() {
        let mut heard = Vec::new();
        assert!(said(&mut heard, b"yes").is_ok_and(|reads| reads));
        assert_eq!(heard, b"yes");
        assert!(said(&mut Answers(ErrorKind::BrokenPipe), b"yes").is_ok_and(|reads| !reads));
        let full = said(&mut Answers(ErrorKind::StorageFull), b"yes");
        assert!(full.is_err_and(|failure| failure.message.starts_with("cannot write the answer: ")));
    }

    #[test]
    fn a_log_that_cannot_be_written_takes_every_line() {
        let mut log = Lossy(Answers(ErrorKind::StorageFull));
        assert!(log.write_all(b"a line\n").and_then(|()| log.flush()).is_ok());
        let mut log = Lossy(Vec::new());
        assert!(log.write_all(b"a line\n").is_ok());
        assert_eq!(log.0, b"a line\n");
    }
}
