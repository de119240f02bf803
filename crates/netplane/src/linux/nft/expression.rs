//! The expressions a rule is made of. Each loads into, compares or acts on 4-byte registers.

use crate::linux::netlink::encode::Message;
use crate::linux::netlink::family::Family;
use crate::linux::nflog;

const NFTA_EXPR_NAME: u16 = 1;
const NFTA_EXPR_DATA: u16 = 2;
const NFTA_LIST_ELEM: u16 = 1;
const NFTA_DATA_VALUE: u16 = 1;
const NFTA_DATA_VERDICT: u16 = 2;
const NFTA_VERDICT_CODE: u16 = 1;
const NFTA_VERDICT_CHAIN: u16 = 2;
const REG_VERDICT: u32 = 0;
/// The first of the sixteen 4-byte registers.
const REG32_00: u32 = 8;

/// Snapshot length: enough for the IP header with options and the ports behind it.
const LOG_BYTES: u32 = 96;

/// One of the sixteen 4-byte registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register(pub u8);

impl Register {
    fn number(self) -> u32 {
        REG32_00 + u32::from(self.0)
    }
}

/// What happens to the packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Ends the hook.
    Accept,
    /// Ends the packet.
    Drop,
    /// Runs a chain and comes back.
    Jump(String),
    /// Runs a chain and comes back to where the last jump was.
    Goto(String),
    /// Goes back to the calling chain.
    Return,
}

impl Verdict {
    fn code(&self) -> u32 {
        match self {
            Verdict::Drop => 0,
            Verdict::Accept => 1,
            Verdict::Jump(_) => (-3i32).cast_unsigned(),
            Verdict::Goto(_) => (-4i32).cast_unsigned(),
            Verdict::Return => (-5i32).cast_unsigned(),
        }
    }

    fn chain(&self) -> Option<&str> {
        match self {
            Verdict::Jump(chain) | Verdict::Goto(chain) => Some(chain),
            _ => None,
        }
    }

    /// Writes the verdict as the content of a data attribute.
    pub fn encode(&self, message: &mut Message) {
        message.nested(NFTA_DATA_VERDICT, |v| {
            v.be32(NFTA_VERDICT_CODE, self.code());
            if let Some(chain) = self.chain() {
                v.string(NFTA_VERDICT_CHAIN, chain);
            }
        });
    }

    /// Reads what [`Verdict::encode`] writes.
    pub fn decode(data: crate::linux::netlink::parse::Attributes<'_>) -> Option<Verdict> {
        let verdict = data.nested(NFTA_DATA_VERDICT);
        let chain = || verdict.string(NFTA_VERDICT_CHAIN);
        match verdict.be32(NFTA_VERDICT_CODE)?.cast_signed() {
            0 => Some(Verdict::Drop),
            1 => Some(Verdict::Accept),
            -3 => Some(Verdict::Jump(chain()?)),
            -4 => Some(Verdict::Goto(chain()?)),
            -5 => Some(Verdict::Return),
            _ => None,
        }
    }
}

/// What the kernel knows about a packet besides its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Meta {
    /// The packet mark.
    Mark = 3,
    /// Number of the interface it came in by.
    InInterface = 4,
    /// Number of the interface it leaves by.
    OutInterface = 5,
    /// The transport protocol (1 byte).
    Protocol = 16,
    /// The group of the interface it came in by.
    InGroup = 21,
    /// The group of the interface it leaves by.
    OutGroup = 22,
}

/// Where a payload offset counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Base {
    /// The IP header.
    Network = 1,
    /// The TCP, UDP or ICMP header.
    Transport = 2,
}

/// What conntrack knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Ct {
    /// The state bit (u32, machine order).
    State = 0,
    /// Whether it is a packet of who opened the connection, or of the other side (1 byte).
    Direction = 1,
    /// The mark of the connection (u32, machine order).
    Mark = 3,
}

/// How [`Expression::Compare`] compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Comparison {
    /// Continue when equal.
    Equal = 0,
    /// Continue when different.
    NotEqual = 1,
}

/// Which address a translation changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Translation {
    /// The source.
    Source = 0,
    /// The destination.
    Destination = 1,
}

/// One expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// Loads packet metadata.
    Meta(Meta, Register),
    /// Sets the packet mark from a register.
    SetMark(Register),
    /// Loads bytes of the packet.
    Payload { base: Base, offset: u32, len: u32, into: Register },
    /// Loads conntrack's view.
    Ct(Ct, Register),
    /// Sets the connection's mark from a register.
    SetConnectionMark(Register),
    /// Goes on only when the comparison holds.
    Compare(Register, Comparison, Vec<u8>),
    /// Goes on only when the value (network order) lies between the bounds, both included.
    Range(Register, Vec<u8>, Vec<u8>),
    /// Keeps only the bits of the mask.
    Mask(Register, Vec<u8>),
    /// Goes on only when the key in the register is in the set.
    InSet(String, Register),
    /// Goes where the map says, or on when it says nothing.
    VerdictMap(String, Register),
    /// Loads what the map says; ends the rule when it says nothing.
    Map { set: String, key: Register, into: Register },
    /// Counts packets and bytes.
    Counter,
    /// Reports the packet to a netlink group under a prefix.
    Log { group: u16, prefix: String },
    /// Rewrites the source to the outgoing interface's address.
    Masquerade,
    /// Rewrites an address to the one in the register.
    Nat(Translation, Register),
    /// Rewrites the destination to the address and the port in the registers.
    NatTo { address: Register, port: Register },
    /// Loads a value.
    Immediate(Register, Vec<u8>),
    /// Leads to the port in the register of this namespace itself.
    Redirect(Register),
    /// Decides.
    Verdict(Verdict),
}

impl Expression {
    /// Appends the expression to a rule's list.
    pub fn encode(&self, list: &mut Message) {
        list.nested(NFTA_LIST_ELEM, |element| {
            element.string(NFTA_EXPR_NAME, self.name());
            element.nested(NFTA_EXPR_DATA, |data| self.encode_data(data));
        });
    }

    fn name(&self) -> &'static str {
        match self {
            Expression::Meta(..) | Expression::SetMark(_) => "meta",
            Expression::Payload { .. } => "payload",
            Expression::Ct(..) | Expression::SetConnectionMark(_) => "ct",
            Expression::Compare(..) => "cmp",
            Expression::Range(..) => "range",
            Expression::Mask(..) => "bitwise",
            Expression::InSet(..) | Expression::VerdictMap(..) | Expression::Map { .. } => "lookup",
            Expression::Verdict(_) | Expression::Immediate(..) => "immediate",
            Expression::Redirect(_) => "redir",
            Expression::Counter => "counter",
            Expression::Log { .. } => "log",
            Expression::Masquerade => "masq",
            Expression::Nat(..) | Expression::NatTo { .. } => "nat",
        }
    }

    fn encode_data(&self, data: &mut Message) {
        match self {
            Expression::Meta(key, into) => pair(data, (2, *key as u32), (1, into.number())),
            Expression::SetMark(from) => pair(data, (2, Meta::Mark as u32), (3, from.number())),
            Expression::Payload { base, offset, len, into } => {
                pair(data, (1, into.number()), (2, *base as u32));
                pair(data, (3, *offset), (4, *len));
            }
            Expression::Ct(key, into) => pair(data, (1, into.number()), (2, *key as u32)),
            Expression::SetConnectionMark(from) => pair(data, (2, Ct::Mark as u32), (4, from.number())),
            Expression::Compare(from, comparison, value) => {
                pair(data, (1, from.number()), (2, *comparison as u32));
                value_at(data, 3, value);
            }
            Expression::Range(from, low, high) => {
                pair(data, (1, from.number()), (2, 0));
                value_at(data, 3, low);
                value_at(data, 4, high);
            }
            Expression::Mask(register, mask) => encode_mask(data, *register, mask),
            Expression::InSet(set, key) => lookup(data, set, *key, None),
            Expression::VerdictMap(set, key) => lookup(data, set, *key, Some(REG_VERDICT)),
            Expression::Map { set, key, into } => lookup(data, set, *key, Some(into.number())),
            Expression::Verdict(verdict) => {
                data.be32(1, REG_VERDICT);
                data.nested(2, |d| verdict.encode(d));
            }
            Expression::Log { group, prefix } => {
                data.be16(1, *group);
                data.string(2, prefix);
                data.be32(3, LOG_BYTES);
                // Each drop is reported at once instead of waiting for a buffer to fill.
                data.be16(4, if *group == nflog::FLOWS { nflog::FLOWS_AT_ONCE } else { 1 });
            }
            Expression::Nat(translation, register) => {
                pair(data, (1, *translation as u32), (2, u32::from(Family::Ipv4.number())));
                pair(data, (3, register.number()), (4, register.number()));
            }
            Expression::NatTo { address, port } => {
                let family = u32::from(Family::Ipv4.number());
                pair(data, (1, Translation::Destination as u32), (2, family));
                pair(data, (3, address.number()), (4, address.number()));
                pair(data, (5, port.number()), (6, port.number()));
            }
            Expression::Immediate(into, value) => {
                data.be32(1, into.number());
                value_at(data, 2, value);
            }
            Expression::Redirect(port) => pair(data, (1, port.number()), (2, port.number())),
            Expression::Counter | Expression::Masquerade => {}
        }
    }
}

fn pair(data: &mut Message, first: (u16, u32), second: (u16, u32)) {
    data.be32(first.0, first.1);
    data.be32(second.0, second.1);
}

fn value_at(data: &mut Message, kind: u16, value: &[u8]) {
    data.nested(kind, |d| d.bytes(NFTA_DATA_VALUE, value));
}

fn encode_mask(data: &mut Message, register: Register, mask: &[u8]) {
    pair(data, (1, register.number()), (2, register.number()));
    data.be32(3, u32::try_from(mask.len()).unwrap_or(u32::MAX));
    value_at(data, 4, mask);
    value_at(data, 5, &vec![0; mask.len()]);
}

fn lookup(data: &mut Message, set: &str, key: Register, into: Option<u32>) {
    data.string(1, set);
    data.be32(2, key.number());
    if let Some(into) = into {
        data.be32(3, into);
    }
}
