//! Answers that go on: the events of an operation whose output is an event stream, each a message
//! with headers and two checksums. <https://smithy.io/2.0/aws/amazon-eventstream.html>

use crate::codec::json_document;
use crate::schema::{Model, Operation, Protocol, ShapeId};
use crate::value::{Fields, Value};

/// The content type of such an answer.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// The type of a header whose value is a string.
const STRING: u8 = 7;
/// The two lengths and their checksum before the headers, and the checksum at the end.
const FRAME_BYTES: usize = 16;

/// The shape of the events that follow an operation's answer, if any do.
pub fn events_of(model: &Model, operation: &Operation) -> Option<ShapeId> {
    let members = operation.output.map_or(&[][..], |id| model.members(id));
    let streams = |id: ShapeId| model.structure(id).is_some_and(|s| s.event_stream);
    members.iter().map(|m| m.shape).find(|id| streams(*id))
}

/// One event: the only member that is set of the stream's shape.
pub fn encode_event(model: &Model, stream: ShapeId, event: Value) -> Vec<u8> {
    let Value::Struct(fields) = event else { return Vec::new() };
    let set = |value: &Value| !matches!(value, Value::Null);
    let Some((name, value)) = fields.into_iter().find(|(_, value)| set(value)) else { return Vec::new() };
    let Some(member) = model.members(stream).iter().find(|m| m.name == name) else { return Vec::new() };
    let Value::Struct(inner) = value else { return Vec::new() };
    let (content_type, payload) = payload(model, member.shape, inner);
    let headers =
        [(":message-type", "event"), (":event-type", member.wire_name()), (":content-type", content_type)];
    message(&headers, &payload)
}

/// What precedes the events: the protocols whose answers have no head of their own send it as the
/// first message.
pub fn encode_initial(model: &Model, body: &[u8]) -> Vec<u8> {
    let content_type = match model.service.protocol {
        Protocol::AwsJson => "application/json",
        Protocol::RpcV2Cbor => "application/cbor",
        _ => return Vec::new(),
    };
    let headers =
        [(":message-type", "event"), (":event-type", "initial-response"), (":content-type", content_type)];
    message(&headers, body)
}

fn payload(model: &Model, shape: ShapeId, mut fields: Fields) -> (&'static str, Vec<u8>) {
    let whole = model.members(shape).iter().find(|m| m.event_payload);
    match whole.and_then(|m| fields.remove(m.name)) {
        Some(Value::Blob(bytes)) => ("application/octet-stream", bytes),
        Some(Value::String(text)) => ("text/plain", text.into_bytes()),
        _ => ("application/json", json_document(model, shape, &fields)),
    }
}

/// Lengths and checksums are big-endian, the checksums CRC-32.
fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        head.extend_from_slice(name.as_bytes());
        head.push(STRING);
        head.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let total = FRAME_BYTES + head.len() + payload.len();
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&length(total));
    out.extend_from_slice(&length(head.len()));
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out.extend_from_slice(&head);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message without headers and payload of the specification.
    #[test]
    fn an_empty_message_is_the_specification_s() {
        let empty = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
        assert_eq!(message(&[], b""), empty);
    }

    #[test]
    fn a_header_says_its_type_and_length() {
        let message = message(&[(":message-type", "event")], b"ab");
        assert_eq!(message.len(), 16 + 1 + 13 + 1 + 2 + 5 + 2);
        assert_eq!(message[12..26], *b"\x0d:message-type");
        assert_eq!(message[26..34], *b"\x07\x00\x05event");
        assert_eq!(message[34..36], *b"ab");
    }
}
