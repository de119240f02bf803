//! Builds netlink messages: a header, a fixed part, attributes that nest.

/// Asks the kernel to answer with an acknowledgement.
pub const NLM_F_ACK: u16 = 0x4;
/// Marks a request.
pub const NLM_F_REQUEST: u16 = 0x1;
/// Asks for every object of the kind.
pub const NLM_F_DUMP: u16 = 0x300;
/// Replaces an existing object.
pub const NLM_F_REPLACE: u16 = 0x100;
/// Fails when the object exists.
pub const NLM_F_EXCL: u16 = 0x200;
/// Creates the object when it does not exist.
pub const NLM_F_CREATE: u16 = 0x400;
/// Adds at the end of the list (nftables rules).
pub const NLM_F_APPEND: u16 = 0x800;

/// What the messages of a batch do, by their low type byte.
const NFTABLES_MESSAGES: [(u8, &str); 10] = [
    (0, "make table"),
    (2, "remove table"),
    (3, "make chain"),
    (5, "remove chain"),
    (6, "add rule"),
    (8, "empty chain"),
    (9, "make set"),
    (11, "remove set"),
    (12, "add elements"),
    (14, "remove elements"),
];
const NLA_F_NESTED: u16 = 0x8000;
const HEADER_LEN: usize = 16;
const SEQUENCE_AT: usize = 8;

/// One netlink message under construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// A message of `kind` with the fixed part that this kind of message begins with.
    pub fn new(kind: u16, flags: u16, fixed: &[u8]) -> Message {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&0u32.to_ne_bytes());
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(&flags.to_ne_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(fixed);
        let mut message = Message { bytes };
        message.pad();
        message
    }

    /// The finished bytes, with the length and this sequence number filled in.
    pub fn finish(mut self, sequence: u32) -> Vec<u8> {
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.put(0, &len.to_ne_bytes());
        self.put(SEQUENCE_AT, &sequence.to_ne_bytes());
        self.bytes
    }

    /// How long the message is so far, header included.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// A name for the error texts of nftables messages: what is done, and the names that the message holds.
    pub fn describe(&self) -> String {
        let kind = self.bytes.get(4).copied().unwrap_or_default();
        let what =
            NFTABLES_MESSAGES.iter().find(|(k, _)| *k == kind).map_or("change rules", |(_, what)| what);
        let printable = |b: &u8| if b.is_ascii_graphic() { char::from(*b) } else { ' ' };
        let text: String = self.bytes.iter().skip(HEADER_LEN + 4).take(96).map(printable).collect();
        let words: Vec<&str> = text.split_whitespace().filter(|w| w.len() > 2).take(4).collect();
        format!("{what} ({})", words.join(" "))
    }

    /// An attribute holding bytes as they are.
    pub fn bytes(&mut self, kind: u16, value: &[u8]) {
        let start = self.open(kind);
        self.bytes.extend_from_slice(value);
        self.close(start);
    }

    /// An attribute holding a NUL-terminated string.
    pub fn string(&mut self, kind: u16, value: &str) {
        let start = self.open(kind);
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.push(0);
        self.close(start);
    }

    /// An attribute in the machine's byte order (rtnetlink).
    pub fn u32(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_ne_bytes());
    }

    /// An attribute in network byte order (nftables, NFLOG).
    pub fn be16(&mut self, kind: u16, value: u16) {
        self.bytes(kind, &value.to_be_bytes());
    }

    /// An attribute in network byte order (nftables, NFLOG).
    pub fn be32(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_be_bytes());
    }

    /// An attribute that holds attributes.
    pub fn nested(&mut self, kind: u16, fill: impl FnOnce(&mut Message)) {
        let start = self.open(kind | NLA_F_NESTED);
        fill(self);
        self.close(start);
    }

    /// Bytes without an attribute header: the fixed part of a nested message.
    pub fn raw(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.pad();
    }

    fn open(&mut self, kind: u16) -> usize {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&0u16.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        start
    }

    fn close(&mut self, start: usize) {
        let len = u16::try_from(self.bytes.len() - start).unwrap_or(u16::MAX);
        self.put(start, &len.to_ne_bytes());
        self.pad();
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        if let Some(slot) = self.bytes.get_mut(at..at + value.len()) {
            slot.copy_from_slice(value);
        }
    }

    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }
}
