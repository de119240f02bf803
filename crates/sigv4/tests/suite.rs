//! AWS's own signing suite, from `$MOAT_CORPORA` or `../shared/corpora`: every case signed and
//! verified in header and query form, and every signed request refused once a byte is changed.

#![allow(clippy::unwrap_used, reason = "a broken suite must stop the test")]

use base::Timestamp;
use serde_json::Value;
use sigv4::{Credentials, Error, Presented, Request, Rules, Secret, Signer, TokenPlacement, parse_amz_date};
use std::fs;
use std::path::{Path, PathBuf};

/// The suite's two published example secrets.
fn secret(access_key_id: &str) -> &'static str {
    match access_key_id {
        "ANOTREAL" => "notrealrnrELgWzOk3IfjzDKtFBhDby",
        _ => "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    }
}

struct Message {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn parse(raw: &[u8]) -> Option<Self> {
        let text = String::from_utf8(raw.to_vec()).ok()?;
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end_matches('\n'), ""));
        let mut lines = head.lines();
        let line = lines.next()?;
        let (method, rest) = line.split_once(' ')?;
        // The target may contain a raw space, so the version is cut off from the end.
        let target = rest.strip_suffix(" HTTP/1.1").unwrap_or(rest);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with(' ') {
                headers.last_mut()?.1.push_str(&format!("\n{line}"));
            } else {
                let (name, value) = line.split_once(':')?;
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Some(Self {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers,
            body: body.trim_end_matches('\n').into(),
        })
    }

    fn request(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }
}

type Meaning = (String, String, Vec<String>, Vec<(String, String)>, Vec<u8>);

struct Case {
    name: String,
    folder: PathBuf,
    credentials: Credentials,
    region: String,
    service: String,
    time: Timestamp,
    expires: i64,
    rules: Rules,
    token: TokenPlacement,
    sign_body: bool,
}

impl Case {
    fn read(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?.to_owned();
        let Ok(context) = fs::read_to_string(folder.join("context.json")) else {
            return Self::without_context(folder, name);
        };
        let context: Value = serde_json::from_str(&context).unwrap();
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let stamp: String =
            text(&context["timestamp"])?.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let after = context["omit_session_token"].as_bool() == Some(true);
        let mut credentials = Credentials::new(
            text(&context["credentials"]["access_key_id"])?,
            text(&context["credentials"]["secret_access_key"])?,
        );
        credentials.session_token = text(&context["credentials"]["token"]);
        let rules = Rules {
            normalize_path: context["normalize"].as_bool()?,
            signed_query_token: !after,
            ..Rules::STANDARD
        };
        Some(Self {
            credentials,
            region: text(&context["region"])?,
            service: text(&context["service"])?,
            time: parse_amz_date(&stamp)?,
            expires: context["expiration_in_seconds"].as_i64()?,
            rules,
            token: if after { TokenPlacement::After } else { TokenPlacement::Signed },
            sign_body: context["sign_body"].as_bool()?,
            name,
            folder: folder.to_owned(),
        })
    }

    /// The two cases added by another project: key, time and scope are those of its request.
    fn without_context(folder: &Path, name: String) -> Option<Self> {
        let signed = Message::parse(&fs::read(folder.join("header-signed-request.txt")).ok()?)?;
        let presented = Presented::read(&signed.request()).ok()?;
        Some(Self {
            credentials: Credentials::new(&presented.access_key_id, secret(&presented.access_key_id)),
            region: presented.scope.region,
            service: presented.scope.service,
            time: presented.time,
            expires: 3600,
            rules: Rules::STANDARD,
            token: TokenPlacement::Signed,
            sign_body: false,
            name,
            folder: folder.to_owned(),
        })
    }

    fn file(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name)).ok()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.file(name).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    fn verify(&self, message: &Message) -> Result<(), Error> {
        let secret = Secret {
            secret_access_key: &self.credentials.secret_access_key,
            session_token: self.credentials.session_token.as_deref(),
        };
        let request = message.request();
        let presented = Presented::read(&request)?;
        if presented.access_key_id != self.credentials.access_key_id {
            return Err(Error::InvalidClientToken);
        }
        presented.verify(&request, &secret, self.time, self.rules).map(drop)
    }

    fn signer(&self) -> Signer<'_> {
        // This case's request line is already encoded, unlike its signed request.
        let encode_path_again = self.name != "get-space-normalized";
        Signer {
            rules: Rules { encode_path_again, ..self.rules },
            token: self.token,
            content_hash_header: self.sign_body,
            ..Signer::new(&self.credentials, &self.region, &self.service)
        }
    }
}

fn cases() -> Vec<Case> {
    let root = std::env::var_os("MOAT_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"), PathBuf::from);
    let Ok(folder) = fs::read_dir(root.join("sigv4/v4")) else {
        println!("the signing suite is not there: {}", root.display());
        return Vec::new();
    };
    let mut cases: Vec<Case> = folder.map(|entry| Case::read(&entry.unwrap().path()).unwrap()).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

#[test]
fn every_signed_request_of_the_suite_verifies() {
    let mut seen = 0;
    for case in cases() {
        for file in ["header-signed-request.txt", "query-signed-request.txt"] {
            let Some(raw) = case.file(file) else { continue };
            let verdict = case.verify(&Message::parse(&raw).unwrap());
            assert_eq!(verdict, Ok(()), "{} {file}", case.name);
            seen += 1;
        }
    }
    println!("{seen} signed requests verified");
}

#[test]
fn every_request_of_the_suite_signs_to_awss_signature() {
    let mut seen = 0;
    for case in cases() {
        let plain = Message::parse(&case.file("request.txt").unwrap()).unwrap();
        if let Some(expected) = case.text("header-signature.txt") {
            let headers = case.signer().sign(&plain.request(), case.time);
            let authorization = &headers.last().unwrap().1;
            assert!(
                authorization.ends_with(&format!("Signature={}", expected.trim())),
                "{}: {authorization}",
                case.name
            );
            seen += 1;
        }
        if let Some(expected) = case.text("query-signature.txt") {
            let query = case.signer().presign(&plain.request(), case.time, case.expires);
            assert!(
                query.ends_with(&format!("X-Amz-Signature={}", expected.trim())),
                "{}: {query}",
                case.name
            );
            seen += 1;
        }
    }
    println!("{seen} requests signed");
}

/// Changes each byte of each signed request in turn. A change is harmless only when the
/// message still reads the same after canonicalisation: white space and the case of names.
#[test]
fn one_changed_byte_and_the_request_is_refused() {
    let mut refused = 0;
    for case in cases() {
        for file in ["header-signed-request.txt", "query-signed-request.txt"] {
            let Some(raw) = case.file(file) else { continue };
            let original = Message::parse(&raw).unwrap();
            for at in 0..raw.len() {
                let mut changed = raw.clone();
                changed[at] ^= 1;
                let Some(message) = Message::parse(&changed) else { continue };
                if meaning(&message, &case) == meaning(&original, &case) {
                    continue;
                }
                assert!(
                    case.verify(&message).is_err(),
                    "{} {file} byte {at} of {:?}",
                    case.name,
                    String::from_utf8_lossy(&changed)
                );
                refused += 1;
            }
        }
    }
    println!("{refused} changed requests refused");
}

/// An independent reading of a message, in which what SigV4 deliberately ignores is gone:
/// header names' case, repeated white space, and dot segments where the case normalises.
fn meaning(message: &Message, case: &Case) -> Meaning {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut headers: Vec<(String, String)> =
        message.headers.iter().map(|(n, v)| (n.to_lowercase(), squeeze(v).replace(", ", ","))).collect();
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    let mut query: Vec<String> = message.query.split('&').map(str::to_owned).collect();
    query.sort();
    let mut path = message.path.clone();
    if case.rules.normalize_path {
        let mut stack: Vec<&str> = Vec::new();
        for part in message.path.split('/') {
            match part {
                ".." => drop(stack.pop()),
                "." | "" => {}
                _ => stack.push(part),
            }
        }
        path = format!(
            "{}{}",
            stack.join("/"),
            if message.path.ends_with('/') && !stack.is_empty() { "/" } else { "" }
        );
    }
    (message.method.clone(), path, query, headers, message.body.clone())
}
