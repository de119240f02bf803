//! What a secret is and how it changes, without I/O.

pub(crate) mod filter;
pub(crate) mod kms_key;
pub(crate) mod page;
pub(crate) mod password;
pub(crate) mod policy;
pub(crate) mod secret;
pub(crate) mod stages;
pub(crate) mod tags;
