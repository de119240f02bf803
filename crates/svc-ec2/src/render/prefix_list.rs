//! Managed prefix lists and their entries.

use super::{described, one, text};
use crate::api;
use crate::filter::Facts;
use crate::prefix_lists::AwsPrefixList;
use crate::state::{PrefixList, PrefixListState};
use crate::tags;
use base::{Arn, Region};

/// `done` says whether AWS has finished what was last asked for.
pub(crate) fn prefix_list(row: &PrefixList, done: bool) -> api::ManagedPrefixList {
    api::ManagedPrefixList {
        prefix_list_id: text(&row.id),
        prefix_list_name: text(&row.name),
        prefix_list_arn: text(Arn::regional("ec2", &row.scope, format!("prefix-list/{}", row.id))),
        owner_id: text(&row.scope.account),
        address_family: text("IPv4"),
        max_entries: i32::try_from(row.max_entries).ok(),
        version: Some(row.version),
        state: text(row.state.as_str(done)),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    }
}

/// A list of AWS's own, which has neither versions nor a maximum.
pub(crate) fn aws_prefix_list(region: &Region, list: &AwsPrefixList) -> api::ManagedPrefixList {
    api::ManagedPrefixList {
        prefix_list_id: text(&list.id),
        prefix_list_name: text(&list.name),
        prefix_list_arn: Some(format!("arn:aws:ec2:{region}:aws:prefix-list/{}", list.id)),
        owner_id: text("AWS"),
        address_family: text("IPv4"),
        state: text(PrefixListState::Created.as_str(true)),
        tags: Some(Vec::new()),
        ..Default::default()
    }
}

impl Facts for api::ManagedPrefixList {
    const FILTERS: &'static [&'static str] = &["owner-id", "prefix-list-id", "prefix-list-name"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "owner-id" => one(self.owner_id.as_ref()),
            "prefix-list-id" => one(self.prefix_list_id.as_ref()),
            "prefix-list-name" => one(self.prefix_list_name.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(prefix_list_id, tags);
}

impl Facts for api::PrefixListEntry {
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.cidr.as_deref().unwrap_or_default()
    }
}

impl Facts for api::PrefixListAssociation {
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.resource_id.as_deref().unwrap_or_default()
    }
}
