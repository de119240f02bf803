//! Any request, in every protocol.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| moat_fuzz::targets::decode_input(data));
