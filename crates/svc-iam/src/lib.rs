//! IAM: users, access keys, roles, policies, instance profiles; and what authentication and
//! authorization ask of them. Global: everything is keyed by account alone.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html>

mod access;
mod account_details;
#[allow(clippy::all, reason = "generated")]
pub mod api;
mod cipher;
mod decide;
mod encode;
mod error;
mod identify;
mod key_id;
mod last_use;
mod login;
mod managed;
mod model;
pub mod ops;
mod quota;
mod service_access;
mod simulate;
mod source;
mod state;

pub use cipher::{Cipher, CipherError};
pub use decide::{Asked, Grants};
pub use key_id::{account_of_key, new_key_id, new_secret};
pub use model::{AccessKey, Role};
pub use state::Iam;
