//! The record of an asynchronous invocation's end, as destinations receive it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use super::invocation::Invoked;
use base::Timestamp;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// Why an event is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
    ZeroReservedConcurrency,
}

/// An event that is done with.
pub struct Outcome<'a> {
    pub condition: Condition,
    pub at: Timestamp,
    pub request_id: &'a str,
    /// With the qualifier, `$LATEST` where none was given.
    pub function_arn: String,
    /// How often the function ran.
    pub invocations: u32,
    pub request: &'a Bytes,
    /// What the last attempt gave, if it ran.
    pub response: Option<&'a Invoked>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    version: &'static str,
    timestamp: String,
    request_context: RequestContext<'a>,
    request_payload: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: Condition,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext<'a> {
    status_code: u16,
    executed_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'static str>,
}

impl Outcome<'_> {
    pub fn record(&self) -> Result<Bytes, serde_json::Error> {
        let record = Record {
            version: "1.0",
            timestamp: self.at.iso8601_ms(),
            request_context: RequestContext {
                request_id: self.request_id,
                function_arn: &self.function_arn,
                condition: self.condition,
                approximate_invoke_count: self.invocations,
            },
            request_payload: json(self.request),
            response_context: self.response.map(|response| ResponseContext {
                status_code: 200,
                executed_version: &response.version,
                function_error: response.is_error.then_some("Unhandled"),
            }),
            response_payload: self.response.map(|response| json(&response.payload)),
        };
        serde_json::to_vec(&record).map(Bytes::from)
    }
}

/// A custom runtime may answer anything; what is not JSON is given as a text.
fn json(bytes: &Bytes) -> Value {
    match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(_) if bytes.is_empty() => Value::Null,
        Err(_) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_record_is_aws_s() {
        let response = Invoked {
            payload: Bytes::from_static(br#"{"errorMessage":"m"}"#),
            is_error: true,
            version: "$LATEST".to_owned(),
            log_tail: None,
        };
        let outcome = Outcome {
            condition: Condition::RetriesExhausted,
            at: Timestamp(1_767_323_045_678),
            request_id: "id",
            function_arn: "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST".to_owned(),
            invocations: 3,
            request: &Bytes::from_static(br#"{"a":1}"#),
            response: Some(&response),
        };
        let record = String::from_utf8(outcome.record().unwrap().to_vec()).unwrap();
        expect![[r#"{"version":"1.0","timestamp":"2026-01-02T03:04:05.678Z","requestContext":{"requestId":"id","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"a":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"m"}}"#]]
            .assert_eq(&record);
    }
}
