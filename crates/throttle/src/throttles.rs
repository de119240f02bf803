//! The token buckets of all that is throttled. They live in memory: a restart fills them.

use crate::{Throttle, TokenBucket};
use base::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most buckets kept; when there are more, those that have long been full again are forgotten.
const BUCKETS: usize = 100_000;
/// Milliseconds after which an unused bucket may be forgotten.
const FORGET_MS: i64 = 60_000;

/// A throttle and what it is of.
#[derive(Debug, Clone)]
pub struct Bucket {
    name: String,
    throttle: Throttle,
}

impl Bucket {
    pub fn new(name: String, throttle: Throttle) -> Self {
        Self { name, throttle }
    }
}

/// The buckets of everything that is throttled.
#[derive(Debug, Default)]
pub struct Throttles {
    buckets: Mutex<HashMap<String, (TokenBucket, Timestamp)>>,
}

impl Throttles {
    /// Takes a token of each bucket in turn; the name of the first that has none.
    pub fn refuses<'a>(&self, asked: &'a [Bucket], now: Timestamp) -> Option<&'a str> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > BUCKETS {
            buckets.retain(|_, (_, used)| used.plus_ms(FORGET_MS) > now);
        }
        for Bucket { name, throttle } in asked {
            // A look-up by the borrowed name first: a request makes no copy of a name that is known.
            let passes = match buckets.get_mut(name.as_str()) {
                Some((bucket, used)) => {
                    *used = now;
                    bucket.take(throttle, now)
                }
                None => {
                    let mut bucket = TokenBucket::full(throttle, now);
                    let passes = bucket.take(throttle, now);
                    buckets.insert(name.clone(), (bucket, now));
                    passes
                }
            };
            if !passes {
                return Some(name);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_empty_bucket_refuses() {
        let throttles = Throttles::default();
        let asked = [
            Bucket::new("plan".to_owned(), Throttle { rate: 0.0, burst: 2 }),
            Bucket::new("stage".to_owned(), Throttle { rate: 0.0, burst: 1 }),
        ];
        let at = |ms| throttles.refuses(&asked, Timestamp(ms));
        assert_eq!((at(0), at(1), at(2)), (None, Some("stage"), Some("plan")));
    }
}
