//! Any path, query and target.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| moat_fuzz::targets::route(data));
