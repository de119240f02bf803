//! One query, one answer, no I/O.
//!
//! Format: RFC 1035; negative answers with the SOA that says how long to remember them: RFC 2308;
//! larger UDP answers: RFC 6891.

use crate::{Answer, Zones};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, PTR, SOA};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

/// What AWS gives for names of a VPC.
pub const TIME_TO_LIVE_S: u32 = 60;
/// The largest UDP answer, whatever the client offers: what passes everywhere unfragmented.
pub const MAX_UDP_PAYLOAD: u16 = 1232;
/// The largest UDP answer to a client that offers nothing.
const PLAIN_UDP_PAYLOAD: u16 = 512;
/// A header's length; anything shorter is no DNS message at all.
const HEADER_BYTES: usize = 12;
/// The highest bit of the third byte: the message is an answer.
const IS_RESPONSE: u8 = 0x80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
}

/// The answer to a query. `None`, so that nobody can be made to talk to itself or to a stranger, for
/// what is itself an answer or too short to have an id.
pub fn answer(query: &[u8], zones: &dyn Zones, transport: Transport) -> Option<Vec<u8>> {
    let id = match query {
        [a, b, flags, ..] if query.len() >= HEADER_BYTES && flags & IS_RESPONSE == 0 => {
            u16::from_be_bytes([*a, *b])
        }
        _ => return None,
    };
    let Ok(query) = Message::from_vec(query) else {
        return Message::error_msg(id, OpCode::Query, ResponseCode::FormErr).to_vec().ok();
    };
    let reply = reply(&query, zones);
    let bytes = reply.to_vec().ok()?;
    match transport {
        Transport::Udp if bytes.len() > usize::from(udp_limit(&query)) => truncated(&reply).to_vec().ok(),
        _ => Some(bytes),
    }
}

fn udp_limit(query: &Message) -> u16 {
    let offered = query.extensions().as_ref().map_or(PLAIN_UDP_PAYLOAD, Edns::max_payload);
    offered.clamp(PLAIN_UDP_PAYLOAD, MAX_UDP_PAYLOAD)
}

/// The same without its records, for the client to ask again over TCP.
fn truncated(reply: &Message) -> Message {
    let mut reply = reply.clone();
    reply.take_answers();
    reply.take_name_servers();
    reply.set_truncated(true);
    reply
}

fn reply(query: &Message, zones: &dyn Zones) -> Message {
    let mut reply = Message::new();
    reply.set_id(query.id()).set_message_type(MessageType::Response).set_op_code(query.op_code());
    reply.set_recursion_desired(query.recursion_desired()).set_recursion_available(true);
    let mut code = refusal(query);
    if let Some(offered) = query.extensions() {
        reply.set_edns(edns(offered));
        if offered.version() > 0 {
            code = Some(ResponseCode::BADVERS);
        }
    }
    if let [question] = query.queries() {
        reply.add_query(question.clone());
        if code.is_none() {
            look_up(question, zones, &mut reply);
        }
    }
    code.map(|code| reply.set_response_code(code));
    reply
}

fn edns(offered: &Edns) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(MAX_UDP_PAYLOAD).set_version(0);
    if offered.version() > 0 {
        edns.set_rcode_high(ResponseCode::BADVERS.high());
    }
    edns
}

pub(crate) fn refusal(query: &Message) -> Option<ResponseCode> {
    match query.queries() {
        _ if query.op_code() != OpCode::Query => Some(ResponseCode::NotImp),
        [question] if question.query_class() != DNSClass::IN => Some(ResponseCode::Refused),
        [question] if is_transfer(question.query_type()) => Some(ResponseCode::Refused),
        [_] => None,
        _ => Some(ResponseCode::FormErr),
    }
}

fn is_transfer(kind: RecordType) -> bool {
    matches!(kind, RecordType::AXFR | RecordType::IXFR)
}

fn look_up(question: &Query, zones: &dyn Zones, reply: &mut Message) {
    let name = question.name();
    let asked = |kind| question.query_type() == kind || question.query_type() == RecordType::ANY;
    let records = match zones.resolve(&canonical(name)) {
        Answer::Addresses(addresses) if asked(RecordType::A) => {
            addresses.into_iter().map(|address| RData::A(A(address))).collect()
        }
        Answer::Name(target) if asked(RecordType::PTR) => Name::from_ascii(absolute(&target))
            .ok()
            .map(|target| RData::PTR(PTR(target)))
            .into_iter()
            .collect(),
        Answer::Addresses(_) | Answer::Name(_) => Vec::new(),
        // The name may be there; that it has no address of IPv6 is what is known here.
        Answer::Outside if question.query_type() == RecordType::AAAA => Vec::new(),
        Answer::NoSuchName | Answer::Outside => {
            reply.set_response_code(ResponseCode::NXDomain);
            Vec::new()
        }
    };
    if records.is_empty() {
        reply.add_name_server(start_of_authority());
    }
    for data in records {
        reply.add_answer(Record::from_rdata(name.clone(), TIME_TO_LIVE_S, data));
    }
}

pub(crate) fn canonical(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// Says for how long a name may be taken as missing. The resolver is the root of all it knows.
fn start_of_authority() -> Record {
    let server = Name::from_ascii("ns.internal.").unwrap_or_else(|_| Name::root());
    let mailbox = Name::from_ascii("hostmaster.internal.").unwrap_or_else(|_| Name::root());
    let (refresh_s, retry_s, expire_s) = (3600, 900, 604_800);
    let soa = SOA::new(server, mailbox, 1, refresh_s, retry_s, expire_s, TIME_TO_LIVE_S);
    Record::from_rdata(Name::root(), TIME_TO_LIVE_S, RData::SOA(soa))
}

#[cfg(test)]
mod tests;
