//! Bodies in chunks through the door, over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed step must fail the test")]

mod support;

use base::{Clock, SystemClock};
use edge::Limits;
use serde_json::json;
use sigv4::{Checksum, ChecksumAlgorithm, ChunkSigner, Credentials, Presented, Request, Signer, Stream};
use std::io::{Read, Write};
use support::{Door, door_to_s3, host_door, refused};
use testkit::{Answer, exchange};

/// The request with its head signed, and its body in chunks of 8 KiB.
struct Upload {
    stream: Stream,
    data: Vec<u8>,
    announced: usize,
    secret: &'static str,
    /// What is sent as checksum, where it is not the right one.
    checksum: Option<&'static str>,
}

impl Upload {
    fn new(stream: Stream, size: usize) -> Self {
        let data: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        Self { stream, announced: data.len(), data, secret: "test", checksum: None }
    }

    fn head(&self, door: &Door) -> (String, Vec<(String, String)>) {
        let mut headers = vec![
            ("Host".to_owned(), door.client().host),
            ("content-encoding".to_owned(), "gzip, aws-chunked".to_owned()),
            ("x-amz-decoded-content-length".to_owned(), self.announced.to_string()),
        ];
        if self.stream != Stream::Signed {
            headers.push(("x-amz-trailer".to_owned(), "x-amz-checksum-crc64nvme".to_owned()));
        }
        let request = Request { method: "PUT", path: "/b/k", query: "", headers: &headers, body: b"" };
        let credentials = Credentials::new("test", self.secret);
        let signer = Signer::new(&credentials, "us-east-1", "s3");
        let added = signer.sign_hash(&request, self.stream.content_hash(), SystemClock.now());
        headers.extend(added);
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        (format!("PUT /b/k HTTP/1.1\r\n{lines}"), headers)
    }

    fn body(&self, headers: &[(String, String)]) -> Vec<u8> {
        let request = Request { method: "PUT", path: "/b/k", query: "", headers, body: b"" };
        let mut signer = ChunkSigner::new(&Presented::read(&request).unwrap(), self.secret);
        let mut body = Vec::new();
        for part in self.data.chunks(8192).chain([&b""[..]]) {
            let signature = match self.stream {
                Stream::UnsignedWithTrailer => String::new(),
                _ => format!(";chunk-signature={}", signer.sign_chunk(&sigv4::sha256_hex(part))),
            };
            write!(body, "{:x}{signature}\r\n", part.len()).unwrap();
            body.extend_from_slice(part);
            if !part.is_empty() {
                body.extend_from_slice(b"\r\n");
            }
        }
        if self.stream != Stream::Signed {
            let mut checksum = Checksum::new(ChecksumAlgorithm::Crc64Nvme);
            checksum.update(&self.data);
            let checksum = self.checksum.map_or_else(|| checksum.finish(), str::to_owned);
            write!(body, "x-amz-checksum-crc64nvme:{checksum}\r\n").unwrap();
            if self.stream == Stream::SignedWithTrailer {
                let signature = signer.sign_trailer(&format!("x-amz-checksum-crc64nvme:{checksum}\n"));
                write!(body, "x-amz-trailer-signature:{signature}\r\n").unwrap();
            }
        }
        body.extend_from_slice(b"\r\n");
        body
    }

    fn sent(&self, door: &Door) -> Answer {
        self.sent_changed(door, |_| ())
    }

    fn sent_changed(&self, door: &Door, change: impl FnOnce(&mut Vec<u8>)) -> Answer {
        let (head, headers) = self.head(door);
        let mut body = self.body(&headers);
        change(&mut body);
        let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        door.raw(&[head.as_bytes(), &body].concat())
    }
}

#[test]
fn a_service_gets_what_the_chunks_carry() {
    let door = door_to_s3(Limits::default());
    for stream in [Stream::Signed, Stream::SignedWithTrailer, Stream::UnsignedWithTrailer] {
        for size in [0, 1, 8192, 100_000] {
            let seen = Upload::new(stream, size).sent(&door).ok().json();
            assert_eq!((&seen["body"], &seen["encoding"]), (&json!(size), &json!("gzip")), "{stream:?}");
        }
    }
}

#[test]
fn http_may_send_the_chunks_in_chunks_of_its_own() {
    let door = door_to_s3(Limits::default());
    let upload = Upload::new(Stream::SignedWithTrailer, 20_000);
    let (head, headers) = upload.head(&door);
    let mut raw = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for piece in upload.body(&headers).chunks(100) {
        write!(raw, "{:x}\r\n", piece.len()).unwrap();
        raw.extend_from_slice(piece);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(door.raw(&raw).ok().json()["body"], json!(20_000));
}

#[test]
fn one_changed_byte_is_refused() {
    let door = door_to_s3(Limits::default());
    let changed = |stream| {
        refused(&Upload::new(stream, 20_000).sent_changed(&door, |body| {
            let at = body.len() - 3000;
            body[at] ^= 1;
        }))
    };
    for stream in [Stream::Signed, Stream::SignedWithTrailer] {
        assert_eq!(
            changed(stream),
            "403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you \
             provided. Check your key and signing method."
        );
    }
    assert_eq!(
        changed(Stream::UnsignedWithTrailer),
        "400 BadDigest: The CRC64NVME you specified did not match the calculated checksum."
    );
    let mut wrong = Upload::new(Stream::SignedWithTrailer, 10);
    wrong.checksum = Some("AAAAAAAAAAA=");
    assert_eq!(
        refused(&wrong.sent(&door)),
        "400 BadDigest: The CRC64NVME you specified did not match the calculated checksum."
    );
}

#[test]
fn a_body_of_another_length_is_incomplete() {
    let door = door_to_s3(Limits::default());
    let mut upload = Upload::new(Stream::UnsignedWithTrailer, 1000);
    upload.announced = 1001;
    let text = "400 IncompleteBody: You did not provide the number of bytes specified by the Content-Length HTTP header";
    assert_eq!(refused(&upload.sent(&door)), text);
    upload.announced = 999;
    assert_eq!(refused(&upload.sent(&door)), text);
    let cut = Upload::new(Stream::Signed, 1000).sent_changed(&door, |body| body.truncate(500));
    assert_eq!(refused(&cut), "400 IncompleteBody: The request body terminated unexpectedly");
}

#[test]
fn the_head_is_checked_before_the_body_and_limits_hold() {
    let door = door_to_s3(Limits { body_bytes: 50_000, ..Limits::default() });
    let mut stranger = Upload::new(Stream::Signed, 100_000);
    stranger.secret = "wrong";
    assert!(refused(&stranger.sent(&door)).starts_with("403 SignatureDoesNotMatch"));
    assert_eq!(
        refused(&Upload::new(Stream::Signed, 50_001).sent(&door)),
        "413 RequestEntityTooLargeException: Request must be smaller than 50000 bytes"
    );
    Upload::new(Stream::Signed, 50_000).sent(&door).ok();
    // A client that waits before it sends its body is answered without having sent it.
    let (head, _) = stranger.head(&door);
    let mut stream = door.client().connect();
    stream
        .write_all(format!("{head}Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n").as_bytes())
        .unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 403");
}

#[test]
fn other_services_take_no_chunks() {
    let door = host_door();
    let headers = vec![("Host".to_owned(), door.client().host)];
    let request = Request { method: "POST", path: "/", query: "", headers: &headers, body: b"" };
    let credentials = Credentials::new("test", "test");
    for hash in [Stream::Signed.content_hash(), "UNSIGNED-PAYLOAD"] {
        let mut signer = Signer::new(&credentials, "us-east-1", "secretsmanager");
        signer.content_hash_header = true;
        let added = signer.sign_hash(&request, hash, SystemClock.now());
        let lines: String =
            headers.iter().chain(&added).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let raw = format!("POST / HTTP/1.1\r\n{lines}Content-Length: 2\r\n\r\n{{}}");
        let answer = exchange(&mut door.client().connect(), raw.as_bytes()).unwrap();
        assert_eq!(
            refused(&answer),
            "400 InvalidSignatureException: The provided 'x-amz-content-sha256' header does not match what was \
             computed."
        );
    }
}
