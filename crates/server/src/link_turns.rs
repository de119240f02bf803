//! Turns to open connections over VPC links: so many of each link, so that one whose packets are dropped lets the
//! others through, and so many of all.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that are being opened at a time: each has a thread wait, of those that the rest of the daemon needs
/// too.
const OF_ALL: usize = 128;
const OF_ONE: usize = 16;

pub struct LinkTurns {
    all: Arc<Semaphore>,
    /// Those that somebody has or waits for, by their link.
    links: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// Given back when it is dropped.
pub struct Turn {
    _of_link: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for LinkTurns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(OF_ALL)), links: Mutex::default() }
    }
}

impl LinkTurns {
    /// Waits for a turn of the link first: who waits for that is in nobody else's way.
    pub async fn take(&self, link: &str) -> io::Result<Turn> {
        let of_link = self.of(link).acquire_owned().await.map_err(io::Error::other)?;
        let of_all = self.all.clone().acquire_owned().await.map_err(io::Error::other)?;
        Ok(Turn { _of_link: of_link, _of_all: of_all })
    }

    fn of(&self, link: &str) -> Arc<Semaphore> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = links.get(link).and_then(Weak::upgrade) {
            return known;
        }
        links.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(OF_ONE));
        links.insert(link.to_owned(), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Waker};

    async fn all_of(turns: &LinkTurns, link: &str) -> Vec<Turn> {
        let mut held = Vec::new();
        for _ in 0..OF_ONE {
            held.push(turns.take(link).await.unwrap());
        }
        held
    }

    /// However much this test's task has done already.
    fn waits<F: Future>(future: F) -> bool {
        pin!(tokio::task::unconstrained(future)).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn a_link_that_hangs_lets_the_others_through() {
        let turns = LinkTurns::default();
        let held = all_of(&turns, "hangs").await;
        assert!(waits(turns.take("hangs")));
        assert!(!waits(turns.take("other")));
        drop(held);
        assert!(!waits(turns.take("hangs")));
        turns.take("another").await.unwrap();
        let known: Vec<String> = turns.links.lock().unwrap().keys().cloned().collect();
        assert_eq!(known, ["another"], "a link that nobody uses is forgotten");
    }

    #[tokio::test]
    async fn all_links_together_have_a_bound() {
        let turns = LinkTurns::default();
        let mut held = Vec::new();
        for link in 0..OF_ALL / OF_ONE {
            held.extend(all_of(&turns, &link.to_string()).await);
        }
        assert!(waits(turns.take("one more")));
        held.pop();
        assert!(!waits(turns.take("one more")));
    }
}
