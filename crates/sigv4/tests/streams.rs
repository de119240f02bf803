//! Bodies in chunks: AWS's documented examples, and what is signed here, whole and changed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test support stops on surprises")]

use base::Timestamp;
use proptest::prelude::*;
use sigv4::{
    Checksum, ChecksumAlgorithm, ChunkSigner, Credentials, Payload, Presented, Request, Rules, Secret,
    Signer, Stream, StreamError, parse_amz_date, sha256_hex,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn now() -> Timestamp {
    parse_amz_date("20130524T000000Z").unwrap()
}

/// The request of AWS's examples, with the signature that the documentation prints.
fn documented(stream: Stream, further: &[(&str, &str)], signature: &str) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", stream.content_hash()),
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
    ];
    headers.extend(further);
    let mut names: Vec<String> = headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    let credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={},Signature={signature}",
        names.join(";")
    );
    headers.push(("Authorization", &authorization));
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Verifies the request, and reads its body in pieces of this many bytes.
fn read(headers: &[(String, String)], body: &[u8], pieces: usize) -> Result<Vec<u8>, StreamError> {
    let request =
        Request { method: "PUT", path: "/examplebucket/chunkObject.txt", query: "", headers, body: b"" };
    let presented = Presented::read(&request).unwrap();
    let secret = Secret { secret_access_key: SECRET, session_token: None };
    let payload = presented.verify(&request, &secret, now(), Rules::S3).unwrap();
    let Payload::Streaming(stream) = payload else { panic!("{payload:?}") };
    let mut chunks = presented.chunks(stream, &request, SECRET)?;
    let announced = chunks.announced();
    let mut out = Vec::new();
    for piece in body.chunks(pieces) {
        chunks.push(piece, &mut out)?;
        assert!(out.len() as u64 <= announced);
    }
    chunks.finish()?;
    Ok(out)
}

fn chunked(parts: &[(&[u8], &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (part, signature) in parts {
        let head = format!("{:x};chunk-signature={signature}\r\n", part.len());
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part);
        if !part.is_empty() {
            body.extend_from_slice(b"\r\n");
        }
    }
    body
}

#[test]
fn the_example_of_awss_documentation() {
    let headers = documented(
        Stream::Signed,
        &[("Content-Length", "66824")],
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    let data = vec![b'a'; 66_560];
    let mut body = chunked(&[
        (&data[..65_536], "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (&data[65_536..], "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ]);
    body.extend_from_slice(b"\r\n");
    assert_eq!(body.len(), 66_824);
    assert!(read(&headers, &body, 1000) == Ok(data));
}

#[test]
fn the_example_with_a_trailer_of_awss_documentation() {
    let headers = documented(
        Stream::SignedWithTrailer,
        &[("x-amz-trailer", "x-amz-checksum-crc32c")],
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    );
    let data = vec![b'a'; 66_560];
    let mut body = chunked(&[
        (&data[..65_536], "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
        (&data[65_536..], "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
        (b"", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
    ]);
    // The documentation has a line feed of its own behind the value.
    for end in ["", "\n"] {
        let trailer = format!(
            "x-amz-checksum-crc32c:sOO8/Q=={end}\r\n\
             x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
        );
        let whole = [&body[..], trailer.as_bytes()].concat();
        assert!(read(&headers, &whole, 777) == Ok(data.clone()));
    }
    body.extend_from_slice(b"\r\n");
    assert_eq!(read(&headers, &body, 777), Err(StreamError::MalformedTrailer));
}

/// A client of its own.
#[derive(Debug, Clone)]
struct Upload {
    stream: Stream,
    parts: Vec<Vec<u8>>,
    algorithm: Option<&'static str>,
    announced: Option<usize>,
}

impl Upload {
    fn new(stream: Stream, parts: &[&[u8]]) -> Self {
        let parts = parts.iter().map(|part| part.to_vec()).collect();
        Self { stream, parts, algorithm: None, announced: None }
    }

    fn with(mut self, algorithm: &'static str) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    fn data(&self) -> Vec<u8> {
        self.parts.concat()
    }

    fn headers(&self) -> Vec<(String, String)> {
        let announced = self.announced.unwrap_or(self.data().len()).to_string();
        let mut headers = vec![
            ("Host".to_owned(), "h".to_owned()),
            ("x-amz-content-sha256".to_owned(), self.stream.content_hash().to_owned()),
            ("x-amz-decoded-content-length".to_owned(), announced),
        ];
        if let Some(name) = self.algorithm {
            headers.push(("x-amz-trailer".to_owned(), format!("x-amz-checksum-{name}")));
        }
        sign(headers)
    }

    fn checksum(&self) -> Option<(String, String)> {
        let name = format!("x-amz-checksum-{}", self.algorithm?);
        let mut checksum = Checksum::new(ChecksumAlgorithm::of_header(&name)?);
        checksum.update(&self.data());
        Some((name, checksum.finish()))
    }

    fn body(&self, headers: &[(String, String)]) -> Vec<u8> {
        let request = Request { method: "PUT", path: PATH, query: "", headers, body: b"" };
        let mut signer = ChunkSigner::new(&Presented::read(&request).unwrap(), SECRET);
        let mut body = Vec::new();
        for part in self.parts.iter().map(Vec::as_slice).filter(|p| !p.is_empty()).chain([&b""[..]]) {
            let signature = match self.stream {
                Stream::UnsignedWithTrailer => String::new(),
                _ => format!(";chunk-signature={}", signer.sign_chunk(&sha256_hex(part))),
            };
            body.extend_from_slice(format!("{:x}{signature}\r\n", part.len()).as_bytes());
            body.extend_from_slice(part);
            if !part.is_empty() {
                body.extend_from_slice(b"\r\n");
            }
        }
        let lines = self.checksum().map(|(name, value)| format!("{name}:{value}\n")).unwrap_or_default();
        body.extend_from_slice(lines.replace('\n', "\r\n").as_bytes());
        if self.stream == Stream::SignedWithTrailer {
            let signature = signer.sign_trailer(&lines);
            body.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        body
    }

    fn sent(&self) -> Result<Vec<u8>, StreamError> {
        let headers = self.headers();
        read(&headers, &self.body(&headers), 64)
    }

    /// With a piece of the body replaced by another.
    fn changed(&self, from: &str, to: &str) -> StreamError {
        let headers = self.headers();
        let body = String::from_utf8(self.body(&headers)).unwrap();
        assert!(body.contains(from), "{body}");
        read(&headers, body.replacen(from, to, 1).as_bytes(), 50).unwrap_err()
    }
}

const PATH: &str = "/examplebucket/chunkObject.txt";

/// Signs with the content hash that the headers name.
fn sign(mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let hash = headers.iter().find(|(name, _)| name == "x-amz-content-sha256").unwrap().1.clone();
    let request = Request { method: "PUT", path: PATH, query: "", headers: &headers, body: b"" };
    let credentials = Credentials::new("KEY", SECRET);
    let mut signer = Signer::new(&credentials, "us-east-1", "s3");
    signer.content_hash_header = false;
    let added = signer.sign_hash(&request, &hash, now());
    headers.extend(added);
    headers
}

fn refusal(error: &StreamError) -> String {
    let refusal = error.refusal();
    format!("{} {}: {}", refusal.status, refusal.code, refusal.message)
}

#[test]
fn every_checksum_is_verified() {
    for algorithm in ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] {
        for stream in [Stream::SignedWithTrailer, Stream::UnsignedWithTrailer] {
            let upload = Upload::new(stream, &[b"some data"]).with(algorithm);
            assert_eq!(upload.sent(), Ok(b"some data".to_vec()), "{algorithm}");
        }
        let upload = Upload::new(Stream::UnsignedWithTrailer, &[b"some data"]).with(algorithm);
        assert_eq!(
            refusal(&upload.changed("some data", "same data")),
            format!(
                "400 BadDigest: The {} you specified did not match the calculated checksum.",
                algorithm.to_uppercase()
            )
        );
        let (name, value) = upload.checksum().unwrap();
        assert_eq!(
            refusal(&upload.changed(&value, "AAAAAA==x")),
            format!("400 InvalidRequest: Value for {name} trailing header is invalid.")
        );
    }
}

#[test]
fn what_is_wrong_is_told_in_awss_words() {
    let signed = Upload::new(Stream::Signed, &[b"some data"]);
    assert_eq!(
        refusal(&signed.changed("some data", "same data")),
        "403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you \
         provided. Check your key and signing method."
    );
    let mut long = signed.clone();
    long.announced = Some(8);
    let mut short = signed.clone();
    short.announced = Some(10);
    for upload in [long, short] {
        assert_eq!(
            refusal(&upload.sent().unwrap_err()),
            "400 IncompleteBody: You did not provide the number of bytes specified by the Content-Length HTTP \
             header"
        );
    }
    let headers = signed.headers();
    let body = signed.body(&headers);
    for cut in [0, 3, 20, body.len() - 90, body.len() - 1] {
        let cut = read(&headers, &body[..cut], 64).unwrap_err();
        assert_eq!(refusal(&cut), "400 IncompleteBody: The request body terminated unexpectedly");
    }
    let small = Upload::new(Stream::Signed, &[b"a", b"b"]);
    assert_eq!(small.sent(), Err(StreamError::SmallChunk));
    let large = vec![b'x'; 8192];
    assert!(Upload::new(Stream::Signed, &[&large, &large, b"a"]).sent().is_ok());
}

#[test]
fn heads_and_trailers_have_limits() {
    let upload = Upload::new(Stream::SignedWithTrailer, &[b"some data"]).with("crc32");
    assert_eq!(upload.changed("9;chunk", &"0".repeat(200)), StreamError::Malformed);
    assert_eq!(upload.changed("9;chunk", "9;other"), StreamError::Malformed);
    assert_eq!(upload.changed("9;chunk-signature=", "+9;chunk-signature="), StreamError::Malformed);
    assert_eq!(
        upload.changed("9;chunk-signature=", "ffffffffffffffffff;chunk-signature="),
        StreamError::Malformed
    );
    assert_eq!(upload.changed("9;chunk-signature=", "ffffffff;chunk-signature="), StreamError::WrongLength);
    assert_eq!(upload.changed("x-amz-checksum", &"x".repeat(300)), StreamError::MalformedTrailer);
    assert_eq!(
        upload.changed("x-amz-checksum-crc32", "x-amz-checksum-crc32c"),
        StreamError::MalformedTrailer
    );
    assert_eq!(upload.changed("x-amz-trailer-signature", "x-amz-other"), StreamError::MalformedTrailer);
    let odd = Upload::new(Stream::UnsignedWithTrailer, &[b"some data"]).with("md5");
    assert_eq!(
        refusal(&odd.sent().unwrap_err()),
        "400 InvalidRequest: The value specified in the x-amz-trailer header is not supported"
    );
    assert_eq!(odd.with("crc32").changed("9\r\n", "9;x=y\r\n"), StreamError::Malformed);
}

#[test]
fn the_headers_of_a_stream_must_be_there_and_signed() {
    let without = |name: &str| {
        let upload = Upload::new(Stream::Signed, &[b"some data"]);
        let mut headers = upload.headers();
        headers.retain(|(known, _)| known != "X-Amz-Date" && known != "Authorization" && known != name);
        sign(headers)
    };
    let bare = without("x-amz-decoded-content-length");
    assert_eq!(
        refusal(&read(&bare, b"", 1).unwrap_err()),
        "411 MissingContentLength: You must provide the Content-Length HTTP header."
    );
    let mut added = bare;
    added.push(("x-amz-decoded-content-length".to_owned(), "9".to_owned()));
    assert_eq!(
        refusal(&read(&added, b"", 1).unwrap_err()),
        "403 AccessDenied: There were headers present in the request which were not signed"
    );
}

fn uploads() -> impl Strategy<Value = Upload> {
    let streams = [Stream::Signed, Stream::SignedWithTrailer, Stream::UnsignedWithTrailer];
    let algorithms = [None, Some("crc32"), Some("crc32c"), Some("crc64nvme"), Some("sha1"), Some("sha256")];
    let last = proptest::collection::vec(any::<u8>(), 0..40);
    (
        proptest::sample::select(streams.to_vec()),
        proptest::sample::select(algorithms.to_vec()),
        0..3usize,
        last,
    )
        .prop_map(|(stream, algorithm, whole, last)| {
            let mut parts = vec![vec![7; 8192]; whole];
            parts.push(last);
            let algorithm = algorithm.filter(|_| stream != Stream::Signed);
            Upload { stream, parts, algorithm, announced: None }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// What is signed here is read there, however it arrives; one changed bit and it is refused,
    /// unless what was sent neither signs nor sums the bytes.
    #[test]
    fn what_is_signed_is_read_and_what_is_changed_is_refused(
        upload in uploads(), pieces in 1..9000usize, at: proptest::sample::Index, bit in 0..8u8,
    ) {
        let headers = upload.headers();
        let mut body = upload.body(&headers);
        let data = upload.data();
        prop_assert!(read(&headers, &body, pieces) == Ok(data.clone()));
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        let changed = read(&headers, &body, pieces);
        if upload.stream != Stream::UnsignedWithTrailer || upload.algorithm.is_some() {
            // The case of a digit or of a header's name means nothing.
            prop_assert!(changed.is_err() || (bit == 5 && changed == Ok(data)), "{at}");
        }
    }

    /// Arbitrary bytes never panic the reader, nor make it yield more than was announced.
    #[test]
    fn arbitrary_bytes_are_no_body(upload in uploads(), body: Vec<u8>) {
        prop_assert!(read(&upload.headers(), &body, 16).is_err());
    }
}
