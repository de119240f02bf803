//! Routing rules: a packet's mark chooses the table. The mark says through which interface the packet came, so
//! there are as many rules as route tables, not as many as interfaces. In a machine with several interfaces the
//! source chooses it.

use std::net::IpAddr;

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST};
use super::family::{self, Family, octets};
use super::parse::Attributes;
use super::socket::{NetlinkError, NetlinkSocket};

const RTM_NEWRULE: u16 = 32;
const RTM_DELRULE: u16 = 33;
const RTM_GETRULE: u16 = 34;
const FRA_SRC: u16 = 2;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_TABLE: u16 = 15;
const FRA_FWMASK: u16 = 16;
const FR_ACT_TO_TBL: u8 = 1;
/// Ahead of the kernel's own rule for the main table (32766).
const PRIORITY: u32 = 1000;
/// Of rules by source.
const SOURCE_PRIORITY: u32 = 1001;

/// The kind of IP, the mark, the table.
pub type Rule = (Family, u32, u32);

fn message(kind: u16, flags: u16, rule: Rule) -> Message {
    let (family, mark, table) = rule;
    let fixed = [family.number(), 0, 0, 0, 0, 0, 0, FR_ACT_TO_TBL, 0, 0, 0, 0];
    let mut message = Message::new(kind, NLM_F_REQUEST | NLM_F_ACK | flags, &fixed);
    message.u32(FRA_PRIORITY, PRIORITY);
    message.u32(FRA_FWMARK, mark);
    message.u32(FRA_FWMASK, u32::MAX);
    message.u32(FRA_TABLE, table);
    message
}

/// Packets with this mark look into this table first.
pub fn add(rule: Rule) -> Message {
    message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule)
}

/// Undoes [`add`].
pub fn remove(rule: Rule) -> Message {
    message(RTM_DELRULE, 0, rule)
}

/// The plane's rules for one kind of IP.
pub fn list(socket: &mut NetlinkSocket, family: Family) -> Result<Vec<Rule>, NetlinkError> {
    let mut rules = Vec::new();
    let fixed = [family.number(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let request = Message::new(RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP, &fixed);
    socket.dump("list rules", request, |reply| {
        let attributes = Attributes(reply.body.get(12..).unwrap_or_default());
        if attributes.u32(FRA_PRIORITY) == Some(PRIORITY) {
            let found = attributes.u32(FRA_FWMARK).zip(attributes.u32(FRA_TABLE));
            rules.extend(found.map(|(mark, table)| (family, mark, table)));
        }
    })?;
    Ok(rules)
}

fn source_message(kind: u16, flags: u16, source: IpAddr, table: u32) -> Message {
    let family = Family::of(source);
    let fixed = [family.number(), 0, family.bits(), 0, 0, 0, 0, FR_ACT_TO_TBL, 0, 0, 0, 0];
    let mut message = Message::new(kind, NLM_F_REQUEST | NLM_F_ACK | flags, &fixed);
    message.bytes(FRA_SRC, &octets(source));
    message.u32(FRA_PRIORITY, SOURCE_PRIORITY);
    message.u32(FRA_TABLE, table);
    message
}

/// Packets from this address look into this table first.
pub fn add_source(source: IpAddr, table: u32) -> Message {
    source_message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, source, table)
}

/// Undoes [`add_source`].
pub fn remove_source(source: IpAddr, table: u32) -> Message {
    source_message(RTM_DELRULE, 0, source, table)
}

/// The plane's rules by source for one kind of IP, as (source, table).
pub fn sources(socket: &mut NetlinkSocket, family: Family) -> Result<Vec<(IpAddr, u32)>, NetlinkError> {
    let mut rules = Vec::new();
    let fixed = [family.number(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let request = Message::new(RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP, &fixed);
    socket.dump("list rules", request, |reply| {
        let attributes = Attributes(reply.body.get(12..).unwrap_or_default());
        let source = attributes.find(FRA_SRC).and_then(family::address);
        let is_own = attributes.u32(FRA_PRIORITY) == Some(SOURCE_PRIORITY);
        let source = source.filter(|source| is_own && Family::of(*source) == family);
        rules.extend(source.zip(attributes.u32(FRA_TABLE)));
    })?;
    Ok(rules)
}
