//! Any path, query and target: routing ends and does not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use moat_fuzz::MODELS;
use wire::http::Request;

fuzz_target!(|data: (String, String, String)| {
    let (path, query, target) = data;
    let request = Request {
        method: "POST".to_owned(),
        path,
        query,
        headers: vec![("x-amz-target".to_owned(), target)],
        ..Request::default()
    };
    for model in MODELS.iter() {
        let _ = model.wanted(&request);
    }
});
