//! From a call to an event: pure, without state.

pub mod event;
pub mod identity;
pub mod names;
pub mod observed;
pub mod parameters;
pub mod resources;
