//! Reads what the kernel answers: messages, and the attributes in them. Truncated input ends the iteration.

/// One message of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The message type.
    pub kind: u16,
    /// The flags.
    pub flags: u16,
    /// The sequence number of the request it answers.
    pub sequence: u32,
    /// Everything behind the header.
    pub body: &'a [u8],
}

/// The messages in a datagram.
pub struct Replies<'a>(pub &'a [u8]);

impl<'a> Iterator for Replies<'a> {
    type Item = Reply<'a>;

    fn next(&mut self) -> Option<Reply<'a>> {
        let len = u32_at(self.0, 0)? as usize;
        let reply = Reply {
            kind: u16_at(self.0, 4)?,
            flags: u16_at(self.0, 6)?,
            sequence: u32_at(self.0, 8)?,
            body: self.0.get(16..len)?,
        };
        self.0 = self.0.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some(reply)
    }
}

/// The attributes in a byte range, as (kind without flags, payload).
#[derive(Debug, Clone, Copy)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Attributes<'a> {
    /// The payload of the first attribute of this kind.
    pub fn find(mut self, kind: u16) -> Option<&'a [u8]> {
        Iterator::find(&mut self, |(k, _)| *k == kind).map(|(_, payload)| payload)
    }

    /// A string attribute, without its terminating NUL.
    pub fn string(self, kind: u16) -> Option<String> {
        self.find(kind).map(text)
    }

    /// A u32 in the machine's byte order.
    pub fn u32(self, kind: u16) -> Option<u32> {
        self.find(kind).and_then(|p| u32_at(p, 0))
    }

    /// A u32 in network byte order.
    pub fn be32(self, kind: u16) -> Option<u32> {
        self.u32(kind).map(u32::from_be)
    }

    /// The attributes inside an attribute; empty when it is not there.
    pub fn nested(self, kind: u16) -> Attributes<'a> {
        Attributes(self.find(kind).unwrap_or_default())
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let len = usize::from(u16_at(self.0, 0)?);
        let kind = u16_at(self.0, 2)? & 0x3fff;
        let payload = self.0.get(4..len)?;
        self.0 = self.0.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, payload))
    }
}

/// The text of a string attribute.
pub fn text(payload: &[u8]) -> String {
    let end = payload.iter().position(|b| *b == 0).unwrap_or(payload.len());
    String::from_utf8_lossy(payload.get(..end).unwrap_or_default()).into_owned()
}

/// The u16 at an offset, in the machine's byte order.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The u32 at an offset, in the machine's byte order.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
