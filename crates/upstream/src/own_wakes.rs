//! Wakes between the parts of one task. A connection and whoever waits for its answer are polled by
//! one task, and each wakes that task when it has something for the other. The task is running then,
//! and to wake it all the same is dear: the runtime puts it at the end of its queue and has another
//! thread wake up to take it. Such wakes end here, and give the parts another turn; the others go on
//! to the task.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Turns in a row. Parts that want more wait until the other tasks had theirs.
const TURNS: usize = 16;

/// Where the parts of one task are woken.
pub(crate) struct OwnWakes {
    inner: Arc<Inner>,
    /// The same, as the parts get it.
    waker: Waker,
}

struct Inner {
    /// Whether the parts are being polled.
    is_turn: AtomicBool,
    /// Whether one of them was woken since it was polled.
    is_woken: AtomicBool,
    task: Mutex<Waker>,
}

impl Default for OwnWakes {
    fn default() -> Self {
        let inner = Arc::new(Inner {
            is_turn: AtomicBool::new(false),
            is_woken: AtomicBool::new(false),
            task: Mutex::new(Waker::noop().clone()),
        });
        Self { waker: inner.clone().into(), inner }
    }
}

impl OwnWakes {
    /// Polls the parts of the task that `context` is of, until they are ready or none of them has woken
    /// another.
    pub(crate) fn poll<T>(
        &self,
        context: &Context<'_>,
        mut parts: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let Inner { is_turn, is_woken, task } = &*self.inner;
        task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(context.waker());
        is_turn.store(true, Ordering::SeqCst);
        let mut own = Context::from_waker(&self.waker);
        let mut polled = Poll::Pending;
        for _ in 0..TURNS {
            is_woken.store(false, Ordering::SeqCst);
            polled = parts(&mut own);
            if polled.is_ready() || !is_woken.load(Ordering::SeqCst) {
                break;
            }
        }
        is_turn.store(false, Ordering::SeqCst);
        // One came after the last turn, or the last turn was not enough. Whoever sets the first flag
        // before this reads the second as it was before, or is seen here.
        if polled.is_pending() && is_woken.load(Ordering::SeqCst) {
            context.waker().wake_by_ref();
        }
        polled
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
        if !self.is_turn.load(Ordering::SeqCst) {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Counts how often the task is woken.
    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Polls parts that wake each other in their first so many turns. The turns that they had, and how
    /// often the task was woken.
    fn check(wakes: usize) -> (usize, usize) {
        let (own, task, mut turns) = (OwnWakes::default(), Arc::new(Task::default()), 0);
        let waker = task.clone().into();
        let polled: Poll<()> = own.poll(&Context::from_waker(&waker), |context| {
            turns += 1;
            if turns <= wakes {
                context.waker().wake_by_ref();
            }
            Poll::Pending
        });
        assert!(polled.is_pending());
        (turns, task.0.load(Ordering::SeqCst))
    }

    #[test]
    fn a_wake_of_ones_own_is_another_turn() {
        assert_eq!((check(0), check(1), check(3)), ((1, 0), (2, 0), (4, 0)));
    }

    #[test]
    fn who_always_wakes_himself_lets_the_others_have_their_turn() {
        assert_eq!(check(usize::MAX), (TURNS, 1));
    }

    #[test]
    fn a_wake_from_elsewhere_goes_to_the_task_that_polled_last() {
        let (own, kept) = (OwnWakes::default(), Mutex::new(None));
        let tasks = [Arc::new(Task::default()), Arc::new(Task::default())];
        for task in &tasks {
            let waker = task.clone().into();
            let polled: Poll<()> = own.poll(&Context::from_waker(&waker), |context| {
                *kept.lock().unwrap() = Some(context.waker().clone());
                Poll::Pending
            });
            assert!(polled.is_pending());
        }
        kept.lock().unwrap().take().unwrap().wake();
        assert_eq!(tasks.map(|task| task.0.load(Ordering::SeqCst)), [0, 1]);
    }

    #[test]
    fn no_wake_of_another_thread_is_lost() {
        for _ in 0..200 {
            let (own, task) = (OwnWakes::default(), Arc::new(Task::default()));
            let (done, waker) = (AtomicBool::new(false), Waker::from(task.clone()));
            std::thread::scope(|scope| {
                let from_elsewhere = own.waker.clone();
                let done = &done;
                scope.spawn(move || {
                    done.store(true, Ordering::SeqCst);
                    from_elsewhere.wake();
                });
                let is_done = |_: &mut Context<'_>| match done.load(Ordering::SeqCst) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                };
                let mut polled = own.poll(&Context::from_waker(&waker), is_done);
                while polled.is_pending() {
                    // As a runtime: the task is polled again only once it was woken.
                    while task.0.swap(0, Ordering::SeqCst) == 0 {
                        std::thread::yield_now();
                    }
                    polled = own.poll(&Context::from_waker(&waker), is_done);
                }
            });
        }
    }
}
