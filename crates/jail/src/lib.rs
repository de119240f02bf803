//! The only crate that is allowed to be unsafe: it talks to the kernel about namespaces, mounts, identities,
//! limits and system call filters, and offers the rest of moat three things that are safe to use.
//!
//! - [`world`]: the keeper, the tiny process that owns the namespaces everything else lives in, and how the
//!   daemon joins them ([namespaces(7)](https://man7.org/linux/man-pages/man7/namespaces.7.html)).
//! - [`process`]: a long-lived server (a database) that outlives the daemon but not the keeper.
//! - [`sandbox`]: an execution environment for code that nobody trusts.
//!
//! Both kinds of process are set up by the same numbered steps ([`step::Step`]); README.md numbers them too.

mod cage;
pub mod cgroup;
pub mod code;
mod filter;
mod fit;
mod freeze;
pub mod identity;
mod init;
pub mod process;
mod root;
pub mod sandbox;
pub mod step;
mod sys;
pub mod userns;
pub mod world;
pub mod zygote;
