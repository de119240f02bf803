//! One connection that stays open, for timing: a request's bytes out in one write, the answer in
//! as few reads as the kernel gives.
//! <https://www.rfc-editor.org/rfc/rfc9112>

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use testkit::Answer;

/// How long an answer may take before the run fails.
const PATIENCE: Duration = Duration::from_secs(30);
const CHUNK: usize = 64 << 10;

#[derive(Debug)]
pub struct Connection<S = TcpStream> {
    stream: S,
    /// What has arrived and belongs to no answer yet.
    arrived: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self::over(stream))
    }
}

impl<S: Read + Write> Connection<S> {
    fn over(stream: S) -> Self {
        Self { stream, arrived: Vec::with_capacity(CHUNK) }
    }

    /// Sends one request and reads its answer.
    pub fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request)?;
        self.stream.flush()?;
        let (mut answer, head) = self.head()?;
        self.arrived.drain(..head);
        answer.body = self.body(&answer)?;
        Ok(answer)
    }

    /// The answer's head and how many bytes it takes.
    fn head(&mut self) -> io::Result<(Answer, usize)> {
        loop {
            if let Some(end) = find(&self.arrived, b"\r\n\r\n") {
                let text = self.arrived.get(..end).unwrap_or_default();
                return Ok((parse_head(&String::from_utf8_lossy(text))?, end + 4));
            }
            self.more()?;
        }
    }

    fn body(&mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        if answer.header("transfer-encoding").is_some() {
            return self.chunks();
        }
        match answer.header("content-length").map(str::parse) {
            Some(Ok(length)) => self.take(length),
            Some(Err(_)) => Err(bad("a length that is no number")),
            // Nothing says where it ends but the end of the connection.
            None => {
                while self.read_some()? > 0 {}
                Ok(std::mem::take(&mut self.arrived))
            }
        }
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match find(&self.arrived, b"\r\n") {
                    Some(end) => break end,
                    None => self.more()?,
                }
            };
            let line = self.take(end + 2)?;
            let size = std::str::from_utf8(&line).ok().and_then(|l| usize::from_str_radix(l.trim(), 16).ok());
            let size = size.ok_or_else(|| bad("a chunk without a size"))?;
            let chunk = self.take(size + 2)?;
            body.extend_from_slice(chunk.get(..size).unwrap_or_default());
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.arrived.len() < length {
            self.more()?;
        }
        Ok(self.arrived.drain(..length).collect())
    }

    fn more(&mut self) -> io::Result<()> {
        match self.read_some()? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn read_some(&mut self) -> io::Result<usize> {
        let before = self.arrived.len();
        self.arrived.resize(before + CHUNK, 0);
        let room = self.arrived.get_mut(before..).unwrap_or_default();
        let read = loop {
            match self.stream.read(room) {
                // A signal; the thread that waits for signals ends this program.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.arrived.truncate(before + *read.as_ref().unwrap_or(&0));
        read
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn parse_head(text: &str) -> io::Result<Answer> {
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|s| s.parse().ok());
    let status = status.ok_or_else(|| bad("no status"))?;
    let headers = lines
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())))
        .collect::<Option<_>>();
    let headers = headers.ok_or_else(|| bad("a header without a colon"))?;
    Ok(Answer { status, headers, body: Vec::new() })
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Answers in the pieces it was given, whatever it is sent.
    struct Pieces(VecDeque<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn answers(pieces: &[&'static [u8]], count: usize) -> Vec<(u16, String)> {
        let mut connection = Connection::over(Pieces(pieces.iter().copied().collect()));
        let mut exchange = || connection.exchange(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        (0..count).map(|_| exchange()).map(|answer| (answer.status, answer.text())).collect()
    }

    #[test]
    fn answers_are_told_apart_wherever_the_pieces_are_cut() {
        let one: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 404 No\r\n";
        let two: &[u8] = b"content-length: 0\r\n\r";
        let expected = vec![(200, "body".to_owned()), (404, String::new())];
        assert_eq!(answers(&[one, two, b"\n"], 2), expected);
    }

    #[test]
    fn chunks_are_joined() {
        let one: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r";
        let expected = vec![(200, "body".to_owned())];
        assert_eq!(answers(&[one, b"\n1\r\ny\r\n", b"0\r\n\r\n"], 1), expected);
    }

    #[test]
    fn without_a_length_the_end_of_the_connection_ends_the_body() {
        assert_eq!(answers(&[b"HTTP/1.0 200 OK\r\n\r\nbo", b"dy"], 1), vec![(200, "body".to_owned())]);
    }
}
