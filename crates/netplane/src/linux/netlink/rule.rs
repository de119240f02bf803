//! Routing rules: a packet's mark chooses the table. The mark says through which interface the packet came, so
//! there are as many rules as route tables, not as many as interfaces.

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST};
use super::parse::Attributes;
use super::socket::{NetlinkError, NetlinkSocket};

const RTM_NEWRULE: u16 = 32;
const RTM_DELRULE: u16 = 33;
const RTM_GETRULE: u16 = 34;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_TABLE: u16 = 15;
const FRA_FWMASK: u16 = 16;
const FR_ACT_TO_TBL: u8 = 1;
const AF_INET: u8 = 2;
/// Ahead of the kernel's own rule for the main table (32766).
const PRIORITY: u32 = 1000;

fn message(kind: u16, flags: u16, mark: u32, table: u32) -> Message {
    let fixed = [AF_INET, 0, 0, 0, 0, 0, 0, FR_ACT_TO_TBL, 0, 0, 0, 0];
    let mut message = Message::new(kind, NLM_F_REQUEST | NLM_F_ACK | flags, &fixed);
    message.u32(FRA_PRIORITY, PRIORITY);
    message.u32(FRA_FWMARK, mark);
    message.u32(FRA_FWMASK, u32::MAX);
    message.u32(FRA_TABLE, table);
    message
}

/// Packets with this mark look into this table first.
pub fn add(mark: u32, table: u32) -> Message {
    message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, mark, table)
}

/// Undoes [`add`].
pub fn remove(mark: u32, table: u32) -> Message {
    message(RTM_DELRULE, 0, mark, table)
}

/// The plane's rules, as (mark, table).
pub fn list(socket: &mut NetlinkSocket) -> Result<Vec<(u32, u32)>, NetlinkError> {
    let mut rules = Vec::new();
    let request =
        Message::new(RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP, &[AF_INET, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    socket.dump("list rules", request, |reply| {
        let attributes = Attributes(reply.body.get(12..).unwrap_or_default());
        if attributes.u32(FRA_PRIORITY) == Some(PRIORITY) {
            rules.extend(attributes.u32(FRA_FWMARK).zip(attributes.u32(FRA_TABLE)));
        }
    })?;
    Ok(rules)
}
