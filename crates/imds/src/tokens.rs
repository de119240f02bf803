//! Session tokens: random texts that hold for as long as whoever asked wished.

use base::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Seconds that a token may live.
pub const LIFETIMES: std::ops::RangeInclusive<i64> = 1..=21_600;
/// Tokens that are remembered for one instance; the one that ends first goes for a new one.
const MAX_TOKENS: usize = 4096;

#[derive(Default)]
pub struct Tokens(Mutex<BTreeMap<String, Timestamp>>);

impl Tokens {
    pub(crate) fn give(&self, token: String, now: Timestamp, lifetime_s: i64) -> String {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, expires| *expires > now);
        if held.len() >= MAX_TOKENS
            && let Some(oldest) =
                held.iter().min_by_key(|(_, expires)| **expires).map(|(token, _)| token.clone())
        {
            held.remove(&oldest);
        }
        held.insert(token.clone(), Timestamp(now.0 + lifetime_s * 1000));
        token
    }

    pub(crate) fn holds(&self, token: &str, now: Timestamp) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(token).is_some_and(|expires| *expires > now)
    }
}
