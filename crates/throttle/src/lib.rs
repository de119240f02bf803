//! How many requests may pass, exactly: what REST, HTTP and WebSocket APIs are throttled by. The
//! caller says what time it is.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>

mod account;
mod throttles;
mod token_bucket;

pub use account::{ACCOUNT, of_account};
pub use throttles::{Bucket, Throttles};
pub use token_bucket::TokenBucket;

use serde::{Deserialize, Serialize};

/// How many requests may pass: so many a second in the long run, so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Throttle {
    /// Requests a second.
    pub rate: f64,
    /// Requests.
    pub burst: i32,
}
