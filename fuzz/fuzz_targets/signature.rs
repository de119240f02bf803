//! Any request with any claim to a signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| moat_fuzz::targets::signature(data));
