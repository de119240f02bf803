//! Looking events up: newest first, page by page.

use crate::state::{Entry, Segment};
use base::Timestamp;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::Arc;
use store::Fault;

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
pub fn page(segments: Vec<Arc<Segment>>, query: &Query) -> Result<Page, Fault> {
    let mut entries = Vec::new();
    let mut last = None;
    for segment in segments.into_iter().rev() {
        let before = match query.before {
            Some((number, _)) if segment.number > number => continue,
            Some((number, index)) if segment.number == number => index,
            _ => usize::MAX,
        };
        if segment.newest < *query.times.start() || stamp(segment.oldest) > *query.times.end() {
            continue;
        }
        let found = segment.unpack()?.into_iter().enumerate().rev();
        for (index, entry) in found.filter(|(index, _)| *index < before) {
            if entry.data || !query.has(entry.at) || !query.wanted.is_met(&entry) {
                continue;
            }
            if entries.len() == query.most {
                return Ok(Page { entries, next: last });
            }
            last = Some((segment.number, index));
            entries.push(entry);
        }
    }
    Ok(Page { entries, next: None })
}

/// The newest event with this request id.
pub fn request(mut segments: Vec<Arc<Segment>>, id: &str) -> Result<Option<Entry>, Fault> {
    segments.sort_by_key(|segment| std::cmp::Reverse(segment.newest));
    for segment in segments {
        if let Some(found) = segment.unpack()?.into_iter().rev().find(|entry| entry.request_id == id) {
            return Ok(Some(found));
        }
    }
    Ok(None)
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
