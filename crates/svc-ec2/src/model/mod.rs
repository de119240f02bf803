//! Rules about values, without tables: CIDRs, zones, addresses, permissions, entries.

pub mod acl_entry;
pub mod address;
pub mod cidr;
pub mod image;
pub mod instance_type;
pub mod ipv6;
pub mod permission;
pub mod template_data;
pub mod vpc_blocks;
pub mod zone;
