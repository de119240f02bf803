//! Which asynchronous events are due when, and how many wait for each function: kept beside the store, so that neither
//! accepting nor delivering one of them looks at the others.

use base::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Events by their keys in the store. `queue` is what the events of one function have in common.
pub struct Schedule<K = String>(Mutex<State<K>>);

struct State<K> {
    /// Those that wait, by the moment before which they are not tried.
    waiting: BTreeSet<(Timestamp, K)>,
    /// All of them.
    known: BTreeMap<K, Known>,
    /// How many each queue has, with those that are being written.
    counts: BTreeMap<String, usize>,
    under_way: usize,
}

struct Known {
    queue: String,
    /// Nothing while it is being delivered.
    due: Option<Timestamp>,
}

impl<K> Default for Schedule<K> {
    fn default() -> Self {
        Self(Mutex::new(State {
            waiting: BTreeSet::new(),
            known: BTreeMap::new(),
            counts: BTreeMap::new(),
            under_way: 0,
        }))
    }
}

impl<K: Ord + Clone> Schedule<K> {
    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the queue has room for one more, which is kept for it until it is [added](Self::add) or
    /// [dismissed](Self::dismiss).
    pub fn admit(&self, queue: &str, most: usize) -> bool {
        let mut state = self.lock();
        let has_room = state.counts.get(queue).is_none_or(|count| *count < most);
        if has_room {
            state.raise(queue);
        }
        has_room
    }

    /// One that was admitted, and is stored now.
    pub fn add(&self, queue: &str, key: K, due: Timestamp) {
        self.lock().insert(queue, key, due);
    }

    /// What was admitted was not stored.
    pub fn dismiss(&self, queue: &str) {
        self.lock().lower(queue);
    }

    /// One that is stored already, and that nobody asked about.
    pub fn enter(&self, queue: &str, key: K, due: Timestamp) {
        let mut state = self.lock();
        state.raise(queue);
        state.insert(queue, key, due);
    }

    /// Those whose time has come, the longest due first, as far as fewer than `most` are under way; they are from now
    /// on, until their [end](Self::end).
    pub fn begin(&self, now: Timestamp, most: usize) -> Vec<K> {
        let mut state = self.lock();
        let mut begun = Vec::new();
        while state.under_way < most && state.waiting.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, key)) = state.waiting.pop_first() else { break };
            if let Some(known) = state.known.get_mut(&key) {
                known.due = None;
            }
            state.under_way += 1;
            begun.push(key);
        }
        begun
    }

    /// A delivery is over, and the event is gone, or waits again.
    pub fn end(&self, key: &K, again: Option<Timestamp>) {
        let mut state = self.lock();
        state.under_way = state.under_way.saturating_sub(1);
        let Some(due) = again else { return state.remove(key) };
        if let Some(known) = state.known.get_mut(key) {
            known.due = Some(due);
            state.waiting.insert((due, key.clone()));
        }
    }

    /// Deleted with their function.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a K>)
    where
        K: 'a,
    {
        let mut state = self.lock();
        keys.into_iter().for_each(|key| state.remove(key));
    }
}

impl<K: Ord + Clone> State<K> {
    fn insert(&mut self, queue: &str, key: K, due: Timestamp) {
        self.waiting.insert((due, key.clone()));
        self.known.insert(key, Known { queue: queue.to_owned(), due: Some(due) });
    }

    fn remove(&mut self, key: &K) {
        let Some((key, Known { queue, due })) = self.known.remove_entry(key) else { return };
        if let Some(due) = due {
            self.waiting.remove(&(due, key));
        }
        self.lower(&queue);
    }

    fn raise(&mut self, queue: &str) {
        *self.counts.entry(queue.to_owned()).or_default() += 1;
    }

    fn lower(&mut self, queue: &str) {
        if let Some(count) = self.counts.get_mut(queue) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(queue);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::cmp::Ordering;

    thread_local!(static COMPARED: Cell<u32> = const { Cell::new(0) });

    /// A key that counts how often keys are looked at.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Counted(u32);

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARED.set(COMPARED.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    /// What one more event costs, from its acceptance to its end, beside so many that wait.
    fn looks_beside(waiting: u32) -> u32 {
        let schedule = Schedule::default();
        for number in 0..waiting {
            schedule.enter("f/", Counted(number * 2), Timestamp(1000));
        }
        COMPARED.set(0);
        let key = Counted(waiting | 1);
        assert!(schedule.admit("f/", usize::MAX));
        schedule.add("f/", key.clone(), Timestamp(1));
        assert_eq!(schedule.begin(Timestamp(1), 200), std::slice::from_ref(&key));
        schedule.end(&key, Some(Timestamp(2)));
        assert_eq!(schedule.begin(Timestamp(2), 200), std::slice::from_ref(&key));
        schedule.end(&key, None);
        COMPARED.get()
    }

    #[test]
    fn one_event_costs_hardly_more_beside_many() {
        let (beside_few, beside_many) = (looks_beside(100), looks_beside(100_000));
        assert!(beside_many < beside_few + 500, "{beside_few} and {beside_many} looks");
    }

    #[test]
    fn a_queue_has_room_for_so_many() {
        let schedule = Schedule::default();
        assert!(schedule.admit("f/", 2) && schedule.admit("f/", 2));
        assert!(!schedule.admit("f/", 2) && schedule.admit("g/", 2));
        schedule.dismiss("f/");
        assert!(schedule.admit("f/", 2));
        for key in [1, 2] {
            schedule.add("f/", key, Timestamp(key));
        }
        assert_eq!(schedule.begin(Timestamp(1), 9), [1]);
        // It still counts while it is delivered, and no more when it is gone.
        assert!(!schedule.admit("f/", 2));
        schedule.end(&1, None);
        assert!(schedule.admit("f/", 2));
        schedule.forget(&[2]);
        assert!(schedule.admit("f/", 2) && !schedule.admit("f/", 2));
        assert_eq!(schedule.begin(Timestamp(9), 9), [0i64; 0]);
    }

    #[test]
    fn the_longest_due_come_first_and_so_many_at_once() {
        let schedule = Schedule::default();
        for (key, due) in [("c", 3), ("a", 1), ("b", 2), ("later", 10)] {
            schedule.enter("f/", key, Timestamp(due));
        }
        assert_eq!(schedule.begin(Timestamp(5), 2), ["a", "b"]);
        assert_eq!(schedule.begin(Timestamp(5), 2), [""; 0]);
        // One that was deleted while it was delivered stays away, however its delivery ends.
        schedule.forget(&["a"]);
        schedule.end(&"a", Some(Timestamp(4)));
        schedule.end(&"b", Some(Timestamp(4)));
        assert_eq!(schedule.begin(Timestamp(5), 9), ["c", "b"]);
    }
}
