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
        Ok(_) => Ok(Bytes::from(payload)),
        Err(broken) => Err(unreadable(&payload, &broken)),
    }
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
    ServiceError::client(
        "InvalidRequestContentException",
        format!(
            "Could not parse request body into json: Could not parse payload into json: {what}: expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]",
            broken.line(),
            broken.column() + 1
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
    Ok(Some(value.to_string()))
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
            b"{",
            expect![[r#"
            InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: Unexpected end-of-input: expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
             at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"#]],
        );
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
