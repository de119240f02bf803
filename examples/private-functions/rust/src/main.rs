//! A function for `provided.al2023` that needs nothing but the standard library: asks an HTTP server of its
//! network for `/`. The event is the server's address as a JSON string; any other event means `$API`.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the API has to answer, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long anybody else has, who would answer at once.
const ELSEWHERE_PATIENCE: Duration = Duration::from_millis(500);

/// Status, headers and body of what an HTTP server answered.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn main() -> io::Result<()> {
    let runtime = variable("AWS_LAMBDA_RUNTIME_API")?;
    loop {
        let event = exchange(TcpStream::connect(&runtime)?, "GET", "next", &runtime, b"")?;
        let id = event.header("lambda-runtime-aws-request-id").unwrap_or_default().to_owned();
        let (what, body) = match ask(&event.body) {
            Ok(text) => ("response", format!("\"{}\"", escaped(text.trim()))),
            Err(error) => {
                let message = escaped(&error.to_string());
                ("error", format!(r#"{{"errorMessage":"{message}","errorType":"{:?}"}}"#, error.kind()))
            }
        };
        exchange(TcpStream::connect(&runtime)?, "POST", &format!("{id}/{what}"), &runtime, body.as_bytes())?;
    }
}

/// What the server says.
fn ask(event: &[u8]) -> io::Result<String> {
    let event = String::from_utf8_lossy(event);
    let named = event.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let place = named.map_or_else(|| variable("API"), |named| Ok(named.to_owned()))?;
    let address: SocketAddr = place.parse().map_err(io::Error::other)?;
    let patience = if named.is_some() { ELSEWHERE_PATIENCE } else { PATIENCE };
    let stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    let answer = request(stream, &format!("GET / HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n"), b"")?;
    if answer.status == 200 {
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    } else {
        Err(io::Error::other(format!("{place} answered {}", answer.status)))
    }
}

/// One exchange with the runtime API.
fn exchange(stream: TcpStream, method: &str, path: &str, host: &str, body: &[u8]) -> io::Result<Answer> {
    let head = format!(
        "{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    request(stream, &head, body)
}

fn request(mut stream: TcpStream, head: &str, body: &[u8]) -> io::Result<Answer> {
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let status = lines.first().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let header = |line: &String| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut answer = Answer { status, headers: lines.iter().filter_map(header).collect(), body: Vec::new() };
    match answer.header("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => reader.take(length).read_to_end(&mut answer.body)?,
        None => reader.read_to_end(&mut answer.body)?,
    };
    Ok(answer)
}

fn variable(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(|_| io::Error::other(format!("{name} is not set")))
}

/// As the inside of a JSON string.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}
