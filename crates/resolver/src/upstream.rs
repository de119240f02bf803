//! Names of the outside, for a resolver that has somebody to ask for them.
//!
//! An answer that leads to a forbidden address is none: a name of somebody else's must not lead to places that
//! the asker could not reach by their addresses.

use crate::{Transport, Zones};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{RData, RecordType};
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

/// A reply on its way; `None` when nobody answers.
pub type Reply<'a> = Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>>;

/// Whoever knows the names of the outside.
pub trait Upstream: Send + Sync {
    /// Asks this query, which is well formed.
    fn ask(&self, query: Vec<u8>, over: Transport) -> Reply<'_>;

    /// Whether a name of the outside may lead to the address.
    fn permits(&self, address: IpAddr) -> bool;
}

/// The question that is for the outside, if this query has one. Addresses of IPv6 are not: nothing is carried there.
pub(crate) fn outside_question(query: &[u8], zones: &dyn Zones) -> Option<Query> {
    let message =
        Message::from_vec(query).ok().filter(|message| crate::answer::refusal(message).is_none())?;
    let question = message.queries().first()?.clone();
    let asked = question.query_type() != RecordType::AAAA;
    let outside = || zones.resolve(&crate::answer::canonical(question.name())) == crate::Answer::Outside;
    (asked && outside()).then_some(question)
}

/// The reply, if it answers this very question, or why there is none.
pub(crate) fn checked(
    query: &[u8],
    question: &Query,
    reply: Option<Vec<u8>>,
    upstream: &dyn Upstream,
) -> Option<Vec<u8>> {
    let asked = Message::from_vec(query).ok()?;
    let parsed = reply.as_ref().and_then(|reply| Message::from_vec(reply).ok());
    let parsed = parsed.filter(|reply| reply.id() == asked.id() && reply.queries().first() == Some(question));
    let Some(parsed) = parsed else { return refused(&asked, ResponseCode::ServFail) };
    let forbidden = |data: &RData| match data {
        RData::A(address) => !upstream.permits(IpAddr::V4(address.0)),
        RData::AAAA(address) => !upstream.permits(IpAddr::V6(address.0)),
        _ => false,
    };
    let records = parsed.answers().iter().chain(parsed.additionals());
    if records.into_iter().any(|record| forbidden(record.data())) {
        return refused(&asked, ResponseCode::NXDomain);
    }
    reply
}

fn refused(asked: &Message, code: ResponseCode) -> Option<Vec<u8>> {
    let mut reply = Message::error_msg(asked.id(), asked.op_code(), code);
    reply.set_recursion_desired(asked.recursion_desired()).set_recursion_available(true);
    reply.add_queries(asked.queries().iter().cloned());
    reply.to_vec().ok()
}

#[cfg(test)]
mod tests;
