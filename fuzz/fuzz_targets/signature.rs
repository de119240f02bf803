//! Any request with any claim to a signature: reading and checking it ends, does not panic and
//! does not believe it. The same request signed by us is believed, and not with another body.
#![no_main]

use base::Timestamp;
use libfuzzer_sys::fuzz_target;
use sigv4::{Credentials, Presented, Request, Rules, Secret, Signer};

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fuzz_target!(|data: (String, String, Vec<(String, String)>, Vec<u8>)| {
    let (path, query, mut headers, body) = data;
    let secret = Secret { secret_access_key: SECRET, session_token: None };
    let request = Request { method: "POST", path: &path, query: &query, headers: &headers, body: &body };
    for rules in [Rules::STANDARD, Rules::S3] {
        if let Ok(presented) = Presented::read(&request) {
            assert!(presented.verify(&request, &secret, NOW, rules).is_err(), "nobody guesses a signature");
        }
    }
    // Ours: plain headers, whatever path, query and body.
    headers.clear();
    headers.push(("host".to_owned(), "localhost:4566".to_owned()));
    let credentials = Credentials::new("AKIAEXAMPLE", SECRET);
    let plain = Request { method: "POST", path: &path, query: "", headers: &headers, body: &body };
    let added = Signer::new(&credentials, "us-east-1", "iam").sign(&plain, NOW);
    let signed: Vec<(String, String)> = headers.iter().cloned().chain(added).collect();
    let signed = Request { headers: &signed, ..plain };
    let presented = Presented::read(&signed).expect("what we sign can be read");
    let believed = |request: &Request<'_>| presented.verify(request, &secret, NOW, Rules::STANDARD).is_ok();
    assert!(believed(&signed));
    let longer = [body.as_slice(), b"x"].concat();
    assert!(!believed(&Request { body: &longer, ..signed }));
});
