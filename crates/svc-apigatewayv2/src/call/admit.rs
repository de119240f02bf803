//! Throttles.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html>

use super::{Aimed, Refusal};
use crate::ApiGatewayV2;
use crate::state::{Api, Stage, Throttle};
use base::Timestamp;
use throttle::Bucket;

impl ApiGatewayV2 {
    pub(super) fn admit(&self, aimed: &Aimed<'_>) -> Result<(), Refusal> {
        self.throttle(&aimed.deployed.api, &aimed.deployed.stage, &aimed.route.key, aimed.request.now)
    }

    /// The route's or the stage's throttle, then the account's.
    pub(crate) fn throttle(
        &self,
        api: &Api,
        stage: &Stage,
        route: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut buckets: Vec<Bucket> = Vec::with_capacity(2);
        buckets.extend(own(stage, route).map(|throttle| {
            Bucket::new(format!("the stage {} of {} for {route}", stage.name, api.id), throttle)
        }));
        buckets.push(throttle::of_account(&api.scope));
        match self.needs.throttles.refuses(&buckets, now) {
            Some(name) => Err(Refusal::too_many(format!("throttled by {name}"))),
            None => Ok(()),
        }
    }
}

/// The throttle of a route: settings of its own take the place of the stage's altogether.
fn own(stage: &Stage, route: &str) -> Option<Throttle> {
    let settings = stage.route_settings.get(route).unwrap_or(&stage.default_route_settings);
    if settings.rate.is_none() && settings.burst.is_none() {
        return None;
    }
    Some(Throttle {
        rate: settings.rate.unwrap_or(throttle::ACCOUNT.rate),
        burst: settings.burst.unwrap_or(throttle::ACCOUNT.burst),
    })
}
