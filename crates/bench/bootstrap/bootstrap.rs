//! The smallest custom runtime: gives every event back, or always the `ANSWER` that its environment
//! names. Compiled by the benchmark itself, so that what is measured is moat and not somebody's
//! runtime client.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;

const NEXT: &[u8] = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n";

fn main() -> io::Result<()> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    let mut out = TcpStream::connect(api)?;
    out.set_nodelay(true)?;
    let fixed = std::env::var("ANSWER").ok().map(String::into_bytes);
    let mut answers = BufReader::new(out.try_clone()?);
    loop {
        out.write_all(NEXT)?;
        let (id, event) = answer(&mut answers)?;
        let event = fixed.clone().unwrap_or(event);
        let head = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: runtime\r\nContent-Length: {}\r\n\r\n",
            event.len()
        );
        out.write_all(&[head.as_bytes(), &event].concat())?;
        answer(&mut answers)?;
    }
}

/// The request id, if the answer has one, and the body.
fn answer(answers: &mut impl BufRead) -> io::Result<(String, Vec<u8>)> {
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        if name.eq_ignore_ascii_case("lambda-runtime-aws-request-id") {
            id = value.trim().to_owned();
        } else if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body)?;
    Ok((id, body))
}
