//! A plane in memory.
