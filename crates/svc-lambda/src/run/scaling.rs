//! How fast a function may get new environments.
//! <https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html>

use crate::quota;
use base::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The starts of each function that may still be had, as a bucket that fills with time.
#[derive(Default)]
pub struct Scaling(Mutex<HashMap<String, Bucket>>);

struct Bucket {
    /// Thousandths of a start.
    left: i64,
    filled: Timestamp,
}

const START: i64 = 1000;
const FULL: i64 = quota::SCALING_BURST * START;

impl Scaling {
    /// Whether one more environment may be started now.
    pub fn admit(&self, function_key: &str, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(function_key.to_owned()).or_insert(Bucket { left: FULL, filled: now });
        let elapsed_ms = now.millis().saturating_sub(bucket.filled.millis()).max(0);
        let gained = elapsed_ms.saturating_mul(FULL) / quota::SCALING_PERIOD_MS;
        bucket.left = bucket.left.saturating_add(gained).min(FULL);
        bucket.filled = now;
        let may = bucket.left >= START;
        if may {
            bucket.left -= START;
        }
        may
    }

    pub fn forget(&self, function_key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(function_key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_at_once_and_then_a_thousand_in_ten_seconds() {
        let scaling = Scaling::default();
        let many = |at: i64| (0..2000).filter(|_| scaling.admit("f", Timestamp(at))).count();
        assert_eq!(many(0), 1000);
        assert_eq!(many(5_000), 500);
        assert_eq!(many(5_001), 0);
        assert_eq!(many(60_000), 1000);
        assert!(scaling.admit("g", Timestamp(0)));
    }
}
