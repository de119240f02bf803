//! Any request, in every protocol: decoding and validation end and do not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use moat_fuzz::{MODELS, request};

fuzz_target!(|data: &[u8]| {
    let request = request(data);
    for model in MODELS.iter() {
        let operation = &model.operations[0];
        match wire::decode_input(model, operation, &request) {
            Ok(value) => drop(wire::validate(model, operation.input.unwrap_or_default(), &value)),
            Err(error) => drop(error.reply(model.service.protocol)),
        }
    }
});
