//! CBOR (RFC 8949) as far as rpcv2Cbor uses it: a tree of items, bounded in depth.

use super::MAX_DEPTH;
use crate::error::DecodeError;

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Item>),
    Map(Vec<(String, Item)>),
    Tag(u64, Box<Item>),
}

/// Reads exactly one item.
pub fn parse(bytes: &[u8]) -> Result<Item, DecodeError> {
    let mut reader = Reader { rest: bytes };
    let item = reader.item(0)?;
    if reader.rest.is_empty() { Ok(item) } else { Err(DecodeError::NotCbor) }
}

struct Reader<'b> {
    rest: &'b [u8],
}

/// The length of a string or collection; `None` where a break ends it.
type Length = Option<u64>;

const BREAK: u8 = 0xff;

impl<'b> Reader<'b> {
    fn take(&mut self, n: u64) -> Result<&'b [u8], DecodeError> {
        let n = usize::try_from(n).map_err(|_| DecodeError::NotCbor)?;
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(DecodeError::NotCbor)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        self.take(1)?.first().copied().ok_or(DecodeError::NotCbor)
    }

    fn number(&mut self, bytes: u64) -> Result<u64, DecodeError> {
        Ok(self.take(bytes)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    fn argument(&mut self, info: u8) -> Result<Length, DecodeError> {
        match info {
            0..=23 => Ok(Some(u64::from(info))),
            24..=27 => self.number(1 << (info - 24)).map(Some),
            31 => Ok(None),
            _ => Err(DecodeError::NotCbor),
        }
    }

    fn item(&mut self, depth: usize) -> Result<Item, DecodeError> {
        // A tag takes a level of its own.
        if depth > MAX_DEPTH * 2 {
            return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
        }
        let initial = self.byte()?;
        let (major, info) = (initial >> 5, initial & 0x1f);
        if major == 7 {
            return self.simple(info);
        }
        let argument = self.argument(info)?;
        match (major, argument) {
            (0, Some(n)) => Ok(Item::Int(i128::from(n))),
            (1, Some(n)) => Ok(Item::Int(-1 - i128::from(n))),
            (2, length) => self.string(2, length).map(Item::Bytes),
            (3, length) => self.text(length).map(Item::Text),
            (4, length) => self.list(length, depth).map(Item::List),
            (5, length) => self.map(length, depth).map(Item::Map),
            (6, Some(tag)) => self.item(depth + 1).map(|item| Item::Tag(tag, Box::new(item))),
            _ => Err(DecodeError::NotCbor),
        }
    }

    fn simple(&mut self, info: u8) -> Result<Item, DecodeError> {
        Ok(match info {
            20 => Item::Bool(false),
            21 => Item::Bool(true),
            22 | 23 => Item::Null,
            25 => Item::Float(half(self.number(2)?)),
            26 => {
                let bits = u32::try_from(self.number(4)?).map_err(|_| DecodeError::NotCbor)?;
                Item::Float(f64::from(f32::from_bits(bits)))
            }
            27 => Item::Float(f64::from_bits(self.number(8)?)),
            _ => return Err(DecodeError::NotCbor),
        })
    }

    /// A string's bytes, in one piece or in several.
    fn string(&mut self, major: u8, length: Length) -> Result<Vec<u8>, DecodeError> {
        if let Some(length) = length {
            return self.take(length).map(<[u8]>::to_vec);
        }
        let mut whole = Vec::new();
        while !self.ended(None, 0)? {
            let initial = self.byte()?;
            let piece = self.argument(initial & 0x1f)?.filter(|_| initial >> 5 == major);
            whole.extend_from_slice(self.take(piece.ok_or(DecodeError::NotCbor)?)?);
        }
        Ok(whole)
    }

    fn text(&mut self, length: Length) -> Result<String, DecodeError> {
        String::from_utf8(self.string(3, length)?).map_err(|_| DecodeError::NotUtf8)
    }

    /// Whether `n` items were all, or a break follows and was taken.
    fn ended(&mut self, length: Length, n: u64) -> Result<bool, DecodeError> {
        match length {
            Some(length) => Ok(n >= length),
            None if *self.rest.first().ok_or(DecodeError::NotCbor)? == BREAK => self.byte().map(|_| true),
            None => Ok(false),
        }
    }

    fn list(&mut self, length: Length, depth: usize) -> Result<Vec<Item>, DecodeError> {
        let mut items = Vec::new();
        while !self.ended(length, items.len() as u64)? {
            items.push(self.item(depth + 1)?);
        }
        Ok(items)
    }

    fn map(&mut self, length: Length, depth: usize) -> Result<Vec<(String, Item)>, DecodeError> {
        let mut entries = Vec::new();
        while !self.ended(length, entries.len() as u64)? {
            let Item::Text(key) = self.item(depth + 1)? else { return Err(DecodeError::NotCbor) };
            entries.push((key, self.item(depth + 1)?));
        }
        Ok(entries)
    }
}

/// A half-precision number: one bit of sign, five of exponent, ten of fraction.
fn half(bits: u64) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = ((bits >> 10 & 0x1f) as i32, (bits & 0x3ff) as f64);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// Appends an item.
pub fn write(out: &mut Vec<u8>, item: &Item) {
    match item {
        Item::Null => out.push(0xf6),
        Item::Bool(flag) => out.push(if *flag { 0xf5 } else { 0xf4 }),
        Item::Int(n) if *n >= 0 => head(out, 0, u64::try_from(*n).unwrap_or(u64::MAX)),
        Item::Int(n) => head(out, 1, u64::try_from(-1 - *n).unwrap_or(u64::MAX)),
        Item::Float(number) => {
            out.push(0xfb);
            out.extend_from_slice(&number.to_bits().to_be_bytes());
        }
        Item::Bytes(bytes) => {
            head(out, 2, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
        Item::Text(text) => {
            head(out, 3, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        Item::List(items) => {
            head(out, 4, items.len() as u64);
            items.iter().for_each(|item| write(out, item));
        }
        Item::Map(entries) => {
            head(out, 5, entries.len() as u64);
            for (key, item) in entries {
                head(out, 3, key.len() as u64);
                out.extend_from_slice(key.as_bytes());
                write(out, item);
            }
        }
        Item::Tag(tag, item) => {
            head(out, 6, *tag);
            write(out, item);
        }
    }
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    let bytes = argument.to_be_bytes();
    let [.., e, f, g, h] = bytes;
    match argument {
        0..=23 => out.push(major | h),
        24..=0xff => out.extend_from_slice(&[major | 24, h]),
        0x100..=0xffff => out.extend_from_slice(&[major | 25, g, h]),
        0x1_0000..=0xffff_ffff => out.extend_from_slice(&[major | 26, e, f, g, h]),
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_rfc_8949_appendix_a() {
        for (hex, want) in [
            ("00", Item::Int(0)),
            ("1818", Item::Int(24)),
            ("1b000000e8d4a51000", Item::Int(1_000_000_000_000)),
            ("3903e7", Item::Int(-1000)),
            ("3bffffffffffffffff", Item::Int(-18_446_744_073_709_551_616)),
            ("f93c00", Item::Float(1.0)),
            ("f90001", Item::Float(5.960464477539063e-8)),
            ("f9fc00", Item::Float(f64::NEG_INFINITY)),
            ("fa47c35000", Item::Float(100_000.0)),
            ("fb3ff199999999999a", Item::Float(1.1)),
            ("7f657374726561646d696e67ff", Item::Text("streaming".into())),
            ("5f42010243030405ff", Item::Bytes(vec![1, 2, 3, 4, 5])),
            ("9f0102ff", Item::List(vec![Item::Int(1), Item::Int(2)])),
            ("a161610a", Item::Map(vec![("a".into(), Item::Int(10))])),
            ("c11a514b67b0", Item::Tag(1, Box::new(Item::Int(1_363_896_240)))),
        ] {
            assert_eq!(parse(&bytes(hex)), Ok(want), "{hex}");
        }
    }

    #[test]
    fn what_is_not_one_item_is_refused() {
        for hex in
            ["", "18", "1c", "0000", "62c328", "9f01", "5f6161ff", "a10102", "ff", "7b7fffffffffffffff"]
        {
            assert!(parse(&bytes(hex)).is_err(), "{hex}");
        }
        assert_eq!(parse(&[0x81; 1_000_000]), Err(DecodeError::TooDeep { limit: MAX_DEPTH }));
    }

    #[test]
    fn what_is_written_reads_back() {
        let item = Item::Map(vec![
            ("n".into(), Item::List([0, 23, 24, 255, 256, 65536, 1 << 40, -1, -25].map(Item::Int).into())),
            ("f".into(), Item::Tag(1, Box::new(Item::Float(1.5)))),
            ("b".into(), Item::Bytes(vec![0; 300])),
            ("x".into(), Item::List(vec![Item::Null, Item::Bool(true), Item::Bool(false)])),
        ]);
        let mut out = Vec::new();
        write(&mut out, &item);
        assert_eq!(parse(&out), Ok(item));
    }

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap())
            .collect()
    }
}
