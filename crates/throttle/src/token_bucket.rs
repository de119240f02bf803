//! Throttling: a bucket of tokens that fills at a rate up to a burst; a request takes one.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>

use crate::Throttle;
use base::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenBucket {
    tokens: f64,
    filled: Timestamp,
}

impl TokenBucket {
    pub fn full(throttle: &Throttle, now: Timestamp) -> Self {
        Self { tokens: f64::from(throttle.burst.max(0)), filled: now }
    }

    /// Takes a token, if there is one. A clock that goes back adds none.
    pub fn take(&mut self, throttle: &Throttle, now: Timestamp) -> bool {
        let passed_ms = now.millis().saturating_sub(self.filled.millis()).max(0);
        #[expect(clippy::cast_precision_loss, reason = "a throttle's error stays far below a token")]
        let filled = self.tokens + throttle.rate.max(0.0) * passed_ms as f64 / 1000.0;
        self.filled = self.filled.max(now);
        // Part of a token may be kept over the burst, or a rate would lose what falls between two
        // milliseconds.
        let part = (throttle.rate / 1000.0).clamp(0.0, 0.999);
        self.tokens = filled.min(f64::from(throttle.burst.max(0)) + part);
        // A hair below one is one: tenths of a token do not add up exactly.
        let there = self.tokens >= 1.0 - 1e-9;
        if there {
            self.tokens -= 1.0;
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However requests come, no more pass than the burst and what the rate allows in the time.
        #[test]
        fn no_more_than_rate_and_burst(
            rate in 0.0..2000.0f64, burst in 0..500i32, steps in prop::collection::vec(0i64..50, 1..400)
        ) {
            let throttle = Throttle { rate, burst };
            let start = Timestamp(1_000_000);
            let mut bucket = TokenBucket::full(&throttle, start);
            let (mut now, mut passed) = (start.millis(), 0u32);
            for step in steps {
                now += step;
                passed += u32::from(bucket.take(&throttle, Timestamp(now)));
            }
            let allowed = f64::from(burst) + rate * (now - start.millis()) as f64 / 1000.0;
            prop_assert!(f64::from(passed) <= allowed + 1e-6, "{passed} of {allowed}");
        }

        /// Who asks faster than the rate gets the rate, to one percent.
        #[test]
        fn a_flood_gets_exactly_the_rate(rate in 1..900u32, burst in 1..50i32) {
            let throttle = Throttle { rate: f64::from(rate), burst };
            let mut bucket = TokenBucket::full(&throttle, Timestamp(0));
            let seconds = 20;
            let passed = (0..seconds * 1000i64)
                .filter(|ms| bucket.take(&throttle, Timestamp(*ms)))
                .count();
            let expected = f64::from(burst) + f64::from(rate) * seconds as f64;
            let off = (passed as f64 - expected).abs();
            prop_assert!(off <= expected * 0.01 + 1.0, "{passed} instead of {expected}");
        }
    }
}
