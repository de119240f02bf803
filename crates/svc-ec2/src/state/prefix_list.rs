//! Customer-managed prefix lists with all their versions.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{PrefixListId, Scope};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrefixList {
    pub scope: Scope,
    pub id: PrefixListId,
    pub name: String,
    /// What the list counts as in the quotas of the route tables and groups that name it.
    pub max_entries: usize,
    pub state: PrefixListState,
    pub version: i64,
    /// The entries of each version up to the current one.
    pub versions: BTreeMap<i64, Vec<PrefixListEntry>>,
    pub client_token: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrefixListEntry {
    pub cidr: Ipv4Net,
    pub description: Option<String>,
}

/// What was last done to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrefixListState {
    Created,
    Modified,
    Restored,
}

impl PrefixListState {
    /// AWS works on lists after it has answered; `done` says which of the two is shown.
    pub fn as_str(self, done: bool) -> &'static str {
        match (self, done) {
            (Self::Created, false) => "create-in-progress",
            (Self::Created, true) => "create-complete",
            (Self::Modified, false) => "modify-in-progress",
            (Self::Modified, true) => "modify-complete",
            (Self::Restored, false) => "restore-in-progress",
            (Self::Restored, true) => "restore-complete",
        }
    }
}

impl PrefixList {
    pub fn entries(&self) -> &[PrefixListEntry] {
        self.versions.get(&self.version).map(Vec::as_slice).unwrap_or_default()
    }
}

resource!(PrefixList, table "ec2_prefix_list", kind "prefix-list",
    missing "InvalidPrefixListID.NotFound" "The prefix list ID '{}' does not exist",
    malformed "InvalidPrefixListId.Malformed" "pl");
