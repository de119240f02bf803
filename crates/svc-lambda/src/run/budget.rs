//! How much output is taken from one environment: what it writes beyond that waits in its own pipe and slows it down,
//! and not the functions beside it. Nothing is lost.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What an environment may write at once, and then in a second, counted as CloudWatch Logs counts events: their bytes,
/// and some for each. More than a function has to say, and little work for the machine.
const BURST_BYTES: usize = 8 * 1024 * 1024;
const SECOND_BYTES: usize = 4 * 1024 * 1024;
/// As much each event counts beyond its text.
const EVENT_BYTES: usize = 26;
/// A wait is for some output, not for the next byte.
const LEAST_WAIT: Duration = Duration::from_millis(10);

/// A bucket that fills as time passes.
#[derive(Debug)]
pub struct Budget {
    /// When all that was spent will have been earned.
    earned: Mutex<Instant>,
}

impl Budget {
    pub fn at(now: Instant) -> Self {
        Self { earned: Mutex::new(now) }
    }

    /// Takes note of what was read; how long nothing more is to be.
    pub fn spend(&self, now: Instant, output: &[u8]) -> Option<Duration> {
        let events = output.iter().filter(|byte| **byte == b'\n').count();
        let cost = time_for(output.len() + events * EVENT_BYTES);
        let mut earned = self.earned.lock().unwrap_or_else(PoisonError::into_inner);
        *earned = (*earned).max(now) + cost;
        let over = earned.saturating_duration_since(now + time_for(BURST_BYTES));
        (!over.is_zero()).then(|| over.max(LEAST_WAIT))
    }
}

fn time_for(bytes: usize) -> Duration {
    Duration::from_secs(1).mul_f64(bytes as f64 / SECOND_BYTES as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_at_once_and_so_much_in_a_second() {
        let begun = Instant::now();
        let budget = Budget::at(begun);
        let chunk = [b'x'; 64 * 1024];
        let (mut now, mut taken) = (begun, 0);
        while now < begun + Duration::from_secs(10) {
            taken += chunk.len();
            now += budget.spend(now, &chunk).unwrap_or_default();
        }
        let most = BURST_BYTES + 10 * SECOND_BYTES;
        assert!(taken <= most + chunk.len() && taken > most - SECOND_BYTES / 10, "{taken}");
        // Who has written little has all of it again.
        now += Duration::from_secs(60);
        assert_eq!(budget.spend(now, &[b'x'; BURST_BYTES]), None);
    }

    #[test]
    fn lines_of_nothing_count() {
        let begun = Instant::now();
        let (text, lines) = (Budget::at(begun), Budget::at(begun));
        let megabyte = 1024 * 1024;
        assert_eq!(text.spend(begun, &vec![b'x'; megabyte]), None);
        assert!(lines.spend(begun, &vec![b'\n'; megabyte]).is_some());
    }
}
