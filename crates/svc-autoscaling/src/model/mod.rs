//! Rules without I/O: what a group does next, which instance goes, what a policy makes of a capacity.

pub mod adjustment;
pub mod advance;
pub mod effect;
pub mod victim;
pub mod world;
