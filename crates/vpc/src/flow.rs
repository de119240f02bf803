//! A question: would a connection from here to there come about?

use crate::text::{TextError, Words};
use crate::{Network, Payload};
use base::NetworkInterfaceId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The first packet of a connection. Its text is `eni-1 -> tcp 5432 10.0.2.5`, with a source that is
/// not the primary address `eni-1 as 10.0.0.9 -> …`, from the internet `8.8.8.8 -> …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    pub from: Origin,
    /// The source address claimed; the first one of the destination's kind when it is `None`.
    pub source: Option<IpAddr>,
    pub destination: IpAddr,
    pub payload: Payload,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Interface(NetworkInterfaceId),
    Internet(IpAddr),
}

impl Flow {
    pub fn new(
        from: impl Into<NetworkInterfaceId>,
        destination: impl Into<IpAddr>,
        payload: Payload,
    ) -> Self {
        let (from, destination) = (Origin::Interface(from.into()), destination.into());
        Self { from, source: None, destination, payload }
    }

    /// The packet as its origin sends it, `None` when the origin does not exist or has no address of that kind.
    pub fn packet(&self, network: &Network) -> Option<Packet> {
        let source = match &self.from {
            Origin::Internet(address) => *address,
            Origin::Interface(id) => {
                let primary = network.interfaces.get(id)?.primary_beside(self.destination);
                self.source.or(primary)?
            }
        };
        Some(Packet { source, destination: self.destination, payload: self.payload })
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Origin::Interface(id) => id.fmt(f)?,
            Origin::Internet(address) => address.fmt(f)?,
        }
        if let Some(source) = self.source {
            write!(f, " as {source}")?;
        }
        write!(f, " -> {} {}", self.payload, self.destination)
    }
}

impl FromStr for Flow {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut words = Words::new(text);
        let from = match words.peek() {
            Some(word) if word.starts_with("eni-") => Origin::Interface(words.next("eni-…")?.into()),
            _ => Origin::Internet(words.parse("eni-… or an address of the internet")?),
        };
        let source = match words.peek() {
            Some("as") => words.next("as").and_then(|_| words.parse("an address").map(Some))?,
            _ => None,
        };
        let arrow = words.next("->")?;
        if arrow != "->" {
            return Err(TextError::unexpected("->", arrow));
        }
        let payload = Payload::parse(&mut words)?;
        let destination = words.parse("an address")?;
        words.end()?;
        Ok(Self { from, source, destination, payload })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub payload: Payload,
}

impl Packet {
    pub fn reply(self) -> Self {
        Self { source: self.destination, destination: self.source, payload: self.payload.reply() }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} {}", self.source, self.destination, self.payload)
    }
}
