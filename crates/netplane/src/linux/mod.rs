//! The kernel behind the plane: netlink, nftables, network namespaces.
//!
//! Everything here is synchronous: a call opens nothing it does not close, waits only for the kernel, and may be
//! used from any blocking thread. See [`netns`] for the one thing that needs a thread of its own.

pub mod environment;
pub mod ifname;
pub mod internet;
pub mod leaf;
pub mod netlink;
pub mod netns;
pub mod nflog;
pub mod nft;
pub mod plane;
pub mod quick;
pub mod router;
pub mod rules;
pub mod seat;
pub mod sysctl;
