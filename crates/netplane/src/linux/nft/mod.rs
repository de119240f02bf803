//! nftables over netlink: what a ruleset is, how it becomes messages, how it is read back, and the difference
//! between the two.
//!
//! Format: <https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/netfilter/nf_tables.h>.

pub mod batch;
pub mod diff;
pub mod expression;
pub mod messages;
pub mod observe;
pub mod ruleset;
pub mod shorthand;
