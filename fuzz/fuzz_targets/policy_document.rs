//! Any text as a policy.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| moat_fuzz::targets::policy_document(data));
