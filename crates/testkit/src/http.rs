//! As much of HTTP/1.1 as a test needs to read an answer.
//! <https://www.rfc-editor.org/rfc/rfc9112>

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};

/// One answer, read in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The text between the first `<tag>` and its end, entities resolved.
    pub fn xml(&self, tag: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        let (value, _) = rest.split_once(&format!("</{tag}>"))?;
        Some(unescape(value))
    }

    /// The error code, in whichever protocol it was given.
    pub fn error_code(&self) -> Option<String> {
        let json = serde_json::from_slice::<Value>(&self.body).ok();
        let named = json.as_ref().and_then(|j| j["__type"].as_str()).map(str::to_owned);
        let header = || self.header("x-amzn-errortype").map(str::to_owned);
        let code = named.or_else(header).or_else(|| self.xml("Code"))?;
        let code = code.rsplit('#').next()?.split(':').next()?;
        Some(code.to_owned())
    }

    /// The error text, in whichever protocol it was given.
    pub fn error_message(&self) -> Option<String> {
        let json = serde_json::from_slice::<Value>(&self.body).ok();
        let text = json.and_then(|j| j["message"].as_str().or(j["Message"].as_str()).map(str::to_owned));
        text.or_else(|| self.xml("Message"))
    }

    /// The answer, which must be a success.
    pub fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split('&');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (entity, rest) = piece.split_once(';').unwrap_or_else(|| panic!("a bare `&` in `{text}`"));
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let code = other.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16).ok());
                let code = code.unwrap_or_else(|| other.strip_prefix('#').and_then(|n| n.parse().ok()));
                code.and_then(char::from_u32).unwrap_or_else(|| panic!("an unknown entity `&{other};`"))
            }
        });
        out.push_str(rest);
    }
    out
}

/// Sends raw bytes and reads one answer; the connection stays open.
pub fn exchange(stream: &mut (impl Read + Write), raw: &[u8]) -> io::Result<Answer> {
    stream.write_all(raw)?;
    stream.flush()?;
    read_answer(stream)
}

/// Reads one answer, skipping interim ones. Reads byte by byte, so nothing of a following
/// answer is lost.
pub fn read_answer(stream: &mut impl Read) -> io::Result<Answer> {
    let mut reader = BufReader::with_capacity(1, stream);
    loop {
        let answer = read_one(&mut reader)?;
        if answer.status != 100 {
            return Ok(answer);
        }
    }
}

fn read_one(reader: &mut impl BufRead) -> io::Result<Answer> {
    let line = read_line(reader)?;
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| bad(&line))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad(&line))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    if status >= 200 && status != 204 {
        answer.body = read_body(reader, &answer)?;
    }
    Ok(answer)
}

fn read_body(reader: &mut impl BufRead, answer: &Answer) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if answer.header("transfer-encoding").is_some() {
        loop {
            let line = read_line(reader)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(|_| bad(&line))?;
            let mut chunk = vec![0; size];
            reader.read_exact(&mut chunk)?;
            read_line(reader)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }
    match answer.header("content-length") {
        Some(length) => {
            body.resize(length.parse().map_err(|_| bad(length))?, 0);
            reader.read_exact(&mut body)?;
        }
        None => drop(reader.read_to_end(&mut body)?),
    }
    Ok(body)
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn bad(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: `{text}`"))
}
