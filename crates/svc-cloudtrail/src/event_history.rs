//! Looking events up: newest first, page by page.

use crate::state::{Entry, Segment};
use base::{AccountId, Scope, Timestamp};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{ControlFlow, RangeInclusive};
use store::{Cold, Fault, Order, Span};

/// An event's place in its account and region: the number of its segment and its index there.
pub type Place = (u64, usize);

/// What an event must have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    Anything,
    EventId(String),
    EventName(String),
    EventSource(String),
    AccessKeyId(String),
    ReadOnly(bool),
    ResourceName(String),
    ResourceType(String),
    Username(String),
}

impl Wanted {
    fn is_met(&self, entry: &Entry) -> bool {
        match self {
            Self::Anything => true,
            Self::EventId(id) => entry.id == *id,
            Self::EventName(name) => entry.name == *name,
            Self::EventSource(source) => entry.source == *source,
            Self::AccessKeyId(id) => entry.access_key_id.as_ref() == Some(id),
            Self::ReadOnly(flag) => entry.read_only == *flag,
            Self::ResourceName(wanted) => entry.resources.iter().any(|(_, name)| name == wanted),
            Self::ResourceType(wanted) => entry.resources.iter().any(|(kind, _)| kind == wanted),
            Self::Username(name) => entry.username.as_ref() == Some(name),
        }
    }
}

pub struct Query {
    pub wanted: Wanted,
    pub times: RangeInclusive<Timestamp>,
    /// Only what is before this place.
    pub before: Option<Place>,
    pub most: usize,
}

impl Query {
    fn has(&self, at: Timestamp) -> bool {
        at >= *self.times.start() && stamp(at) <= *self.times.end()
    }
}

/// The moment that an event shows: a second.
pub fn stamp(at: Timestamp) -> Timestamp {
    Timestamp::from_secs(at.secs())
}

pub struct Page {
    pub entries: Vec<Entry>,
    /// The place of the last event, when there may be more.
    pub next: Option<Place>,
}

/// One answer's events, from the segments of one account and region.
pub fn page(cold: &Cold<'_>, scope: &Scope, query: &Query) -> Result<Page, Fault> {
    let mut page = Page { entries: Vec::new(), next: None };
    let mut last = None;
    let span = Span::prefix(&scope.prefix()).order(Order::NewestFirst).since(query.times.start().millis());
    let span = match query.before {
        Some((number, _)) => span.before(Segment::key_of(scope, number.saturating_add(1))),
        None => span,
    };
    cold.scan(&span, |segment: Segment| {
        if stamp(segment.oldest) > *query.times.end() {
            return Ok(ControlFlow::Continue(()));
        }
        let before = query.before.filter(|(number, _)| segment.number == *number);
        let before = before.map_or(usize::MAX, |(_, index)| index);
        let found = segment.unpack()?.into_iter().enumerate().rev();
        for (index, entry) in found.filter(|(index, _)| *index < before) {
            if entry.data || !query.has(entry.at) || !query.wanted.is_met(&entry) {
                continue;
            }
            if page.entries.len() == query.most {
                page.next = last;
                return Ok(ControlFlow::Break(()));
            }
            last = Some((segment.number, index));
            page.entries.push(entry);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(page)
}

/// The newest event of the account with this request id, in whatever region.
pub fn request(cold: &Cold<'_>, account: &AccountId, id: &str) -> Result<Option<Entry>, Fault> {
    let mut newest: Option<Entry> = None;
    let span = Span::prefix(&format!("{account}/")).order(Order::NewestFirst);
    cold.scan(&span, |segment: Segment| {
        if newest.as_ref().is_none_or(|newest| segment.newest > newest.at) {
            let found = segment.unpack()?.into_iter().rev().find(|entry| entry.request_id == id);
            newest = found.into_iter().chain(newest.take()).max_by_key(|entry| entry.at);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(newest)
}

/// The calls that policies denied a session between two moments, oldest first, in whatever region; calls on data too.
pub fn denied(
    cold: &Cold<'_>,
    account: &AccountId,
    session: &str,
    times: &RangeInclusive<Timestamp>,
) -> Result<Vec<Entry>, Fault> {
    let mut found = Vec::new();
    let span = Span::prefix(&format!("{account}/")).since(times.start().millis());
    cold.scan(&span, |segment: Segment| {
        if segment.oldest <= *times.end() {
            let of_session = |entry: &Entry| {
                entry.reasons.is_some() && times.contains(&entry.at) && entry.caller_is(session)
            };
            found.extend(segment.unpack()?.into_iter().filter(of_session));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    found.sort_by_key(|entry| entry.at);
    Ok(found)
}

/// The token with which a lookup goes on. It holds only for the same question.
pub fn token(place: Place, question: &impl Hash) -> String {
    format!("{:016x}{:04x}{:016x}", place.0, place.1, fingerprint(question))
}

/// The place in a token, if the token is one of this question.
pub fn place(token: &str, question: &impl Hash) -> Option<Place> {
    let number = u64::from_str_radix(token.get(..16)?, 16).ok()?;
    let index = usize::from_str_radix(token.get(16..20)?, 16).ok()?;
    let place = (number, index);
    (self::token(place, question) == token).then_some(place)
}

fn fingerprint(question: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish()
}
