//! The messages that create, change, remove and list the parts of a table.

use super::expression::Verdict;
use super::ruleset::{Data, Element, Hook, Rule, Set, SetKind};
use crate::linux::netlink::encode::{Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REQUEST};
use crate::linux::netlink::family::Family;
use crate::linux::netlink::parse::Attributes;

/// The plane's table, in every namespace it rules; with IPv6 there is a second one of this name, of its family, so
/// that IPv4 takes no notice of it.
pub const TABLE: &str = "moat";

const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;
const NEW_TABLE: u16 = 0;
const DEL_TABLE: u16 = 2;
const NEW_CHAIN: u16 = 3;
const GET_CHAIN: u16 = 4;
const DEL_CHAIN: u16 = 5;
const NEW_RULE: u16 = 6;
const GET_RULE: u16 = 7;
const DEL_RULE: u16 = 8;
const NEW_SET: u16 = 9;
const GET_SET: u16 = 10;
const DEL_SET: u16 = 11;
const NEW_SETELEM: u16 = 12;
const GET_SETELEM: u16 = 13;
const DEL_SETELEM: u16 = 14;
const GET_GENERATION: u16 = 16;

const SET_F_MAP: u32 = 0x8;
const SET_F_CONCAT: u32 = 0x80;
const DATA_VERDICT: u32 = 0xffff_ff00;
/// How `nft` packs the type numbers of a concatenation.
const TYPE_BITS: u32 = 6;
/// The kind of a comment in rule userdata, as `nft` writes it.
const USERDATA_COMMENT: u8 = 0;
/// The longest comment `nft` shows.
const COMMENT_MAX: usize = 120;

fn message(family: Family, kind: u16, flags: u16) -> Message {
    Message::new((SUBSYSTEM << 8) | kind, NLM_F_REQUEST | flags, &[family.number(), 0, 0, 0])
}

fn batch_edge(kind: u16) -> Message {
    let [high, low] = SUBSYSTEM.to_be_bytes();
    Message::new(kind, NLM_F_REQUEST, &[0, 0, high, low])
}

/// Opens an atomic batch.
pub fn batch_begin() -> Message {
    batch_edge(BATCH_BEGIN)
}

/// Closes an atomic batch.
pub fn batch_end() -> Message {
    batch_edge(BATCH_END)
}

/// Creates the table unless it is there.
pub fn new_table(family: Family) -> Message {
    let mut m = message(family, NEW_TABLE, NLM_F_CREATE);
    m.string(1, TABLE);
    m
}

/// Removes the table with all it holds.
pub fn delete_table(family: Family) -> Message {
    let mut m = message(family, DEL_TABLE, 0);
    m.string(1, TABLE);
    m
}

/// Creates a chain unless it is there.
pub fn new_chain(family: Family, name: &str, hook: Option<&Hook>) -> Message {
    let mut m = message(family, NEW_CHAIN, NLM_F_CREATE);
    m.string(1, TABLE);
    m.string(3, name);
    if let Some(hook) = hook {
        m.nested(4, |h| {
            h.be32(1, hook.point as u32);
            h.be32(2, hook.priority.cast_unsigned());
        });
        m.be32(5, u32::from(hook.accept));
        m.string(7, hook.kind);
    }
    m
}

/// Removes a chain, which nothing may lead to any more.
pub fn delete_chain(family: Family, name: &str) -> Message {
    let mut m = message(family, DEL_CHAIN, 0);
    m.string(1, TABLE);
    m.string(3, name);
    m
}

/// Removes every rule of a chain.
pub fn flush_chain(family: Family, name: &str) -> Message {
    let mut m = message(family, DEL_RULE, 0);
    m.string(1, TABLE);
    m.string(2, name);
    m
}

/// Appends a rule to a chain.
pub fn new_rule(family: Family, chain: &str, rule: &Rule) -> Message {
    let mut m = message(family, NEW_RULE, NLM_F_CREATE | NLM_F_APPEND);
    m.string(1, TABLE);
    m.string(2, chain);
    m.nested(4, |list| rule.expressions.iter().for_each(|e| e.encode(list)));
    m.bytes(7, &userdata(rule));
    m
}

fn userdata(rule: &Rule) -> Vec<u8> {
    let comment: String = rule.comment.chars().filter(char::is_ascii).take(COMMENT_MAX - 18).collect();
    let text = format!("{comment} #{:016x}\0", rule.fingerprint());
    let mut bytes = vec![USERDATA_COMMENT, u8::try_from(text.len()).unwrap_or(u8::MAX)];
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The fingerprint that [`new_rule`] stored, if this is a rule of ours.
pub fn fingerprint(userdata: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(userdata.get(2..)?).ok()?.trim_end_matches('\0');
    u64::from_str_radix(text.rsplit_once('#')?.1, 16).ok()
}

/// Creates a set or map unless it is there.
pub fn new_set(family: Family, name: &str, set: &Set, id: u32) -> Message {
    let mut m = message(family, NEW_SET, NLM_F_CREATE);
    let concatenated = set.key.len() > 1;
    let mut flags = if set.kind == SetKind::Set { 0 } else { SET_F_MAP };
    flags |= if concatenated { SET_F_CONCAT } else { 0 };
    m.string(1, TABLE);
    m.string(2, name);
    m.be32(3, flags);
    m.be32(4, set.key.iter().fold(0, |packed, f| (packed << TYPE_BITS) | f.type_number()));
    m.be32(5, key_len(set));
    match set.kind {
        SetKind::Set => {}
        SetKind::VerdictMap => m.be32(6, DATA_VERDICT),
        SetKind::Map(field) => {
            m.be32(6, field.type_number());
            m.be32(7, field.len());
        }
    }
    if concatenated {
        m.nested(9, |d| describe_fields(d, set));
    }
    m.be32(10, id);
    m
}

fn describe_fields(description: &mut Message, set: &Set) {
    description.nested(2, |fields| {
        for field in &set.key {
            fields.nested(1, |f| f.be32(1, field.len()));
        }
    });
}

fn key_len(set: &Set) -> u32 {
    match set.key.as_slice() {
        [field] => field.len(),
        fields => fields.iter().map(|f| f.len().next_multiple_of(4)).sum(),
    }
}

/// Removes a set, which no rule may use any more.
pub fn delete_set(family: Family, name: &str) -> Message {
    let mut m = message(family, DEL_SET, 0);
    m.string(1, TABLE);
    m.string(2, name);
    m
}

/// Adds elements to a set.
pub fn new_elements(family: Family, set: &str, elements: &[&Element]) -> Message {
    elements_message(message(family, NEW_SETELEM, NLM_F_CREATE), set, elements)
}

/// Removes elements from a set.
pub fn delete_elements(family: Family, set: &str, elements: &[&Element]) -> Message {
    elements_message(message(family, DEL_SETELEM, 0), set, elements)
}

fn elements_message(mut m: Message, set: &str, elements: &[&Element]) -> Message {
    m.string(1, TABLE);
    m.string(2, set);
    m.nested(3, |list| {
        for element in elements {
            list.nested(1, |e| encode_element(e, element));
        }
    });
    m
}

fn encode_element(message: &mut Message, element: &Element) {
    message.nested(1, |key| key.bytes(1, &element.key));
    match &element.data {
        Data::None => {}
        Data::Verdict(verdict) => message.nested(2, |data| verdict.encode(data)),
        Data::Value(value) => message.nested(2, |data| data.bytes(1, value)),
    }
}

/// Reads what [`encode_element`] writes.
pub fn decode_element(element: Attributes<'_>) -> Option<Element> {
    let value = |kind| element.nested(kind).find(1).map(<[u8]>::to_vec);
    let data = match (element.find(2), value(2)) {
        (None, _) => Data::None,
        (Some(_), Some(bytes)) => Data::Value(bytes),
        (Some(_), None) => Data::Verdict(Verdict::decode(element.nested(2))?),
    };
    Some(Element { key: value(1)?, data })
}

fn list(family: Family, kind: u16) -> Message {
    let mut m = message(family, kind, NLM_F_DUMP);
    m.string(1, TABLE);
    m
}

/// Lists chains (of every table of the family).
pub fn list_chains(family: Family) -> Message {
    list(family, GET_CHAIN)
}

/// Lists the rules of the table.
pub fn list_rules(family: Family) -> Message {
    list(family, GET_RULE)
}

/// Lists the sets of the table.
pub fn list_sets(family: Family) -> Message {
    list(family, GET_SET)
}

/// Lists the elements of a set.
pub fn list_elements(family: Family, set: &str) -> Message {
    let mut m = list(family, GET_SETELEM);
    m.string(2, set);
    m
}

/// Asks which generation of rules the namespace is at: any commit by anybody raises it.
pub fn get_generation() -> Message {
    message(Family::Ipv4, GET_GENERATION, 0)
}
