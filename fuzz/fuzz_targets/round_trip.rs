//! What JSON and CBOR requests say, written and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| moat_fuzz::targets::round_trip(data));
