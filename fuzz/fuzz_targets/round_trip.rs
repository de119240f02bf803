//! What a JSON or CBOR request decodes to is encoded and decoded to the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use moat_fuzz::{MODELS, request};
use wire::http::Request;
use wire::schema::Protocol;

fuzz_target!(|data: &[u8]| {
    let asked = request(data);
    let symmetric = |p| matches!(p, Protocol::AwsJson | Protocol::RpcV2Cbor);
    for model in MODELS.iter().filter(|m| symmetric(m.service.protocol)) {
        let operation = &model.operations[0];
        let Ok(value) = wire::decode_input(model, operation, &asked) else { continue };
        let encode = |value| wire::encode_output(model, operation, value, "id").body;
        let once = encode(value);
        let again = Request { body: once.clone(), ..asked.clone() };
        let read = wire::decode_input(model, operation, &again).expect("what was written can be read");
        assert_eq!(once, encode(read));
    }
});
