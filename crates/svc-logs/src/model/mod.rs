//! Pure parts: what a filter pattern matches, and places in an ordered set of events.

pub mod filter_pattern;
pub mod position;
