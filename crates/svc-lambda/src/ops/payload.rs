//! The event of an invocation: JSON within the limits.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestBody>

use crate::{error, quota};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use service::ServiceError;

/// The payload to hand to the function; nothing is an empty object.
pub fn event(payload: Option<Vec<u8>>, asynchronous: bool) -> Result<Bytes, ServiceError> {
    let payload = payload.unwrap_or_default();
    let (limit, kind) = if asynchronous {
        (quota::ASYNCHRONOUS_PAYLOAD_BYTES, "Event")
    } else {
        (quota::SYNCHRONOUS_PAYLOAD_BYTES, "RequestResponse")
    };
    if payload.len() > limit {
        return Err(error::payload_too_large(payload.len(), kind, limit));
    }
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
        // What is in a string was skipped, not read.
        Ok(_) => match std::str::from_utf8(&payload) {
            Ok(_) => Ok(Bytes::from(payload)),
            Err(broken) => Err(not_utf8(&payload, broken.valid_up_to())),
        },
        Err(broken) => Err(unreadable(&payload, &broken)),
    }
}

fn not_utf8(payload: &[u8], at: usize) -> ServiceError {
    let (before, byte) =
        (payload.get(..at).unwrap_or_default(), payload.get(at).copied().unwrap_or_default());
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    refused(&format!("Invalid UTF-8 start byte 0x{byte:02x}"), line, column)
}

fn unreadable(payload: &[u8], broken: &serde_json::Error) -> ServiceError {
    let line = payload.split(|b| *b == b'\n').nth(broken.line().saturating_sub(1)).unwrap_or_default();
    let offender = line.get(broken.column().saturating_sub(1)).copied();
    let what = match offender {
        _ if broken.is_eof() => "Unexpected end-of-input".to_owned(),
        Some(byte) if byte.is_ascii_graphic() || byte == b' ' => {
            format!("Unexpected character ('{}' (code {byte}))", char::from(byte))
        }
        Some(byte) => format!("Unexpected character ((CTRL-CHAR, code {byte}))"),
        None => "Unexpected end-of-input".to_owned(),
    };
    let what = format!(
        "{what}: expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    );
    refused(&what, broken.line(), broken.column())
}

/// AWS's parser gives the place behind the byte that it stopped at.
fn refused(what: &str, line: usize, column: usize) -> ServiceError {
    let column = column + 1;
    ServiceError::client(
        "InvalidRequestContentException",
        format!(
            "Could not parse request body into json: Could not parse payload into json: {what}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]"
        ),
    )
    .with("Type", wire::Value::String("User".to_owned()))
}

/// The client context: base64 of JSON in the request, JSON on one line for the runtime.
pub fn client_context(given: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(given) = given.filter(|g| !g.is_empty()) else { return Ok(None) };
    let refused = || {
        ServiceError::client(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        )
        .with("Type", wire::Value::String("User".to_owned()))
    };
    if given.len() > quota::CLIENT_CONTEXT_BYTES {
        return Err(refused());
    }
    let bytes = STANDARD.decode(given).map_err(|_| refused())?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| refused())?;
    Ok(Some(in_ascii(&value.to_string())))
}

/// JSON that fits a header: some clients refuse a header with anything but ASCII.
fn in_ascii(json: &str) -> String {
    let mut units = [0; 2];
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        if c.is_ascii() {
            text.push(c);
        } else {
            c.encode_utf16(&mut units).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(payload: &[u8], expected: Expect) {
        expected.assert_eq(&event(Some(payload.to_vec()), false).unwrap_err().to_string());
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        check(
            b"{\"a\": \x99}",
            expect![[r#"
            InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
             at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]"#]],
        );
        check(
            b"\"\x87\"",
            expect![[r#"
            InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87
             at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3]"#]],
        );
        check(
            b"{",
            expect![[r#"
            InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: Unexpected end-of-input: expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
             at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"#]],
        );
    }

    #[test]
    fn a_client_context_is_one_line_of_ascii() {
        let given = STANDARD.encode("{\"a\":\n \"ü🦀\"}");
        assert_eq!(client_context(Some(&given)).unwrap().unwrap(), r#"{"a":"\u00fc\ud83e\udd80"}"#);
    }

    #[test]
    fn the_limits_are_aws_s() {
        let big = |n: usize| Some(format!("\"{}\"", "x".repeat(n - 2)).into_bytes());
        assert!(event(big(6 * 1024 * 1024), false).is_ok());
        expect!["RequestTooLargeException: 6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"]
            .assert_eq(&event(big(6 * 1024 * 1024 + 1), false).unwrap_err().to_string());
        expect!["RequestTooLargeException: 1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"]
            .assert_eq(&event(big(1024 * 1024 + 1), true).unwrap_err().to_string());
        assert_eq!(&event(None, false).unwrap()[..], b"{}");
    }
}
