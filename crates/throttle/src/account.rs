//! An account's requests in a region, to all of its APIs of whatever kind.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>

use crate::{Bucket, Throttle};
use base::Scope;

/// Requests a second, and at once, of an account in a region.
pub const ACCOUNT: Throttle = Throttle { rate: 10_000.0, burst: 5_000 };

/// The bucket that every request to an account's APIs takes a token from.
pub fn of_account(scope: &Scope) -> Bucket {
    Bucket::new(format!("the account {}", scope.prefix()), ACCOUNT)
}
