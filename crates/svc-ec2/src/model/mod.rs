//! Rules about values, without tables: CIDRs, zones, addresses, permissions, entries.

pub mod acl_entry;
pub mod address;
pub mod cidr;
pub mod permission;
pub mod zone;
