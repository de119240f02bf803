//! Durations that were measured, and what is said about them.

use std::time::Duration;

/// With fewer samples a 99th percentile says nothing and is not given.
pub const FOR_P99: usize = 1000;

#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn append(&mut self, other: Samples) {
        self.0.extend(other.0);
    }

    pub fn iter(&self) -> impl Iterator<Item = Duration> + '_ {
        self.0.iter().copied()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest sample that at least `percent` of all do not exceed (the nearest rank).
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }

    pub fn p50(&self) -> Option<Duration> {
        self.percentile(50)
    }

    pub fn p99(&self) -> Option<Duration> {
        if self.count() < FOR_P99 { None } else { self.percentile(99) }
    }

    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    pub fn mean(&self) -> Option<Duration> {
        let count = u32::try_from(self.count()).ok()?;
        self.total().checked_div(count)
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<I: IntoIterator<Item = Duration>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// The median of plain numbers; of an even count, the lower one of the middle two.
pub fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().div_ceil(2).saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up_to(count: u64) -> Samples {
        // Backwards, so that a percentile that forgets to sort is found out.
        (1..=count).rev().map(Duration::from_micros).collect()
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        for (count, percent, micros) in [
            (1, 50, 1),
            (2, 50, 1),
            (3, 50, 2),
            (100, 50, 50),
            (100, 99, 99),
            (101, 99, 100),
            (5, 0, 1),
            (5, 100, 5),
        ] {
            assert_eq!(
                up_to(count).percentile(percent),
                Some(Duration::from_micros(micros)),
                "{percent} of {count}"
            );
        }
        assert_eq!(Samples::default().p50(), None);
    }

    #[test]
    fn the_99th_percentile_needs_a_thousand_samples() {
        assert_eq!(up_to(999).p99(), None);
        assert_eq!(up_to(1000).p99(), Some(Duration::from_micros(990)));
    }

    #[test]
    fn mean_and_total_take_every_sample() {
        let mut samples = up_to(3);
        samples.append(up_to(1));
        samples.add(Duration::from_micros(9));
        assert_eq!(samples.total(), Duration::from_micros(16));
        assert_eq!(samples.mean(), Some(Duration::from_nanos(3200)));
        assert_eq!(Samples::default().mean(), None);
    }

    #[test]
    fn the_median_of_numbers() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }
}
