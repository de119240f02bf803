//! The rules that RDS applies to what it is told, without any I/O.

pub mod engine_version;
pub mod identifier;
pub mod instance_class;
pub mod master_user;
