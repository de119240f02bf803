//! The table, on the disk only. Events are stored many to a row and packed: one alone is mostly words
//! that every other has too.

use base::{Scope, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use store::{ColdTable, Fault};

/// One recorded call, with what it is looked up by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub at: Timestamp,
    pub name: String,
    pub source: String,
    pub username: Option<String>,
    pub access_key_id: Option<String>,
    pub read_only: bool,
    /// Type and name.
    pub resources: Vec<(String, String)>,
    /// The event as AWS writes it, in JSON.
    pub event: String,
    pub request_id: String,
    /// A data event: kept for `moat why`, not shown by LookupEvents.
    pub data: bool,
    pub reasons: Option<Reasons>,
}

/// Why a call was denied. Not part of AWS's event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    pub action: String,
    pub resource: String,
    /// The statements that denied.
    pub deciding: Vec<String>,
    /// The kinds of policies that would have to allow it and do not.
    pub missing: Vec<String>,
    /// Statements that nearly allow it, and what keeps them from it.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// Consecutive events of one account and region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub scope: Scope,
    pub number: u64,
    pub count: usize,
    pub oldest: Timestamp,
    pub newest: Timestamp,
    /// The entries in JSON, deflated, in base64.
    packed: String,
}

impl ColdTable for Segment {
    const NAME: &'static str = "cloudtrail_segment";
    fn key(&self) -> String {
        Self::key_of(&self.scope, self.number)
    }

    fn at(&self) -> i64 {
        self.newest.millis()
    }
}

impl Segment {
    pub fn key_of(scope: &Scope, number: u64) -> String {
        scope.key(&format!("{number:020}"))
    }

    pub fn pack(scope: &Scope, number: u64, entries: &[Entry]) -> Result<Self, Fault> {
        let fault = |reason: String| Fault::Encode { table: Self::NAME, reason };
        let json = serde_json::to_vec(entries).map_err(|e| fault(e.to_string()))?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&json).map_err(|e| fault(e.to_string()))?;
        let deflated = encoder.finish().map_err(|e| fault(e.to_string()))?;
        let times = || entries.iter().map(|e| e.at);
        Ok(Self {
            scope: scope.clone(),
            number,
            count: entries.len(),
            oldest: times().min().unwrap_or_default(),
            newest: times().max().unwrap_or_default(),
            packed: STANDARD.encode(deflated),
        })
    }

    pub fn unpack(&self) -> Result<Vec<Entry>, Fault> {
        let fault = |reason: String| Fault::Decode { table: Self::NAME, key: self.key(), reason };
        let deflated = STANDARD.decode(&self.packed).map_err(|e| fault(e.to_string()))?;
        let mut json = Vec::new();
        DeflateDecoder::new(&deflated[..]).read_to_end(&mut json).map_err(|e| fault(e.to_string()))?;
        serde_json::from_slice(&json).map_err(|e| fault(e.to_string()))
    }
}
