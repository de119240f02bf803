//! Answers that are kept for as long as an authorizer says. Who asks says what time it is.

use base::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most answers that are kept; a flood of tokens displaces answers and takes no memory.
const KEPT: usize = 50_000;

struct Kept<A> {
    answer: Arc<A>,
    until: Timestamp,
}

/// Answers by whatever they depend on: the stage, the authorizer, the identity that was shown.
pub struct Cache<A> {
    kept: Mutex<HashMap<String, Kept<A>>>,
}

impl<A> Default for Cache<A> {
    fn default() -> Self {
        Self { kept: Mutex::new(HashMap::new()) }
    }
}

impl<A> Cache<A> {
    pub fn get(&self, key: &str, now: Timestamp) -> Option<Arc<A>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|kept| now < kept.until).map(|kept| kept.answer.clone())
    }

    /// Keeps an answer for so many seconds; none keeps nothing.
    pub fn put(&self, key: String, answer: Arc<A>, now: Timestamp, ttl_s: u32) {
        if ttl_s == 0 {
            return;
        }
        let until = now.plus_ms(i64::from(ttl_s) * 1000);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, kept| now < kept.until);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, Kept { answer, until });
    }

    /// Forgets the answers whose key begins so.
    pub fn forget(&self, prefix: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|key, _| !key.starts_with(prefix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_for_their_time() {
        let cache = Cache::default();
        let at = |s: i64| Timestamp(s * 1000);
        cache.put("a/1".to_owned(), Arc::new(1), at(0), 10);
        cache.put("a/2".to_owned(), Arc::new(2), at(0), 0);
        cache.put("b/1".to_owned(), Arc::new(3), at(0), 10);
        assert_eq!(cache.get("a/1", at(9)).as_deref(), Some(&1));
        assert_eq!(cache.get("a/1", at(10)), None);
        assert_eq!(cache.get("a/2", at(0)), None, "no time at all");
        cache.forget("a/");
        assert_eq!((cache.get("a/1", at(1)), cache.get("b/1", at(1)).as_deref()), (None, Some(&3)));
    }

    #[test]
    fn a_flood_takes_no_memory() {
        let cache = Cache::default();
        for n in 0..KEPT + 10 {
            cache.put(n.to_string(), Arc::new(n), Timestamp(0), 60);
        }
        assert!(cache.kept.lock().unwrap_or_else(PoisonError::into_inner).len() <= KEPT);
    }
}
