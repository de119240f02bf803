//! Hands the events that subscription filters want to their functions.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>
//!
//! A function gets `{"awslogs": {"data": …}}` with gzipped JSON in base64, and is invoked asynchronously. What cannot
//! be handed over is tried again for a day, as on AWS. The control messages by which streams are probed are not sent
//! to functions.

use crate::needs::Delivering;
use crate::state::{LogDelivery, SubscriptionFilter, group_arn};
use crate::{Logs, quota};
use base::{Clock, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Table, Tx};

/// What comes within this goes together; it also bounds how fast a function that subscribes to its own log goes round.
const GATHER: Duration = Duration::from_millis(100);
/// How often what waits for its next attempt is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between attempts: from a second to five minutes.
const BACKOFF_MOST_MS: i64 = 300_000;

impl Logs {
    /// Delivers for as long as it is polled.
    pub async fn deliver_forever(self, clock: Arc<dyn Clock>) {
        let mut changes = self.store.changes();
        loop {
            changes.borrow_and_update();
            let seen = self.delivery_edits();
            if let Err(fault) = self.deliver(clock.now()).await {
                tracing::error!(%fault, "deliver log events");
            }
            let changed = async { while changes.changed().await.is_ok() && self.delivery_edits() == seen {} };
            match self.store.read().scan::<LogDelivery>("") {
                Ok(waiting) if waiting.is_empty() => changed.await,
                _ => drop(tokio::time::timeout(LOOK_EVERY, changed).await),
            }
            tokio::time::sleep(GATHER).await;
        }
    }

    fn delivery_edits(&self) -> u64 {
        self.store.read().edits(LogDelivery::NAME)
    }

    /// Hands over everything whose time has come; how many deliveries that were.
    pub async fn deliver(&self, now: Timestamp) -> Result<usize, Fault> {
        let mut done = 0;
        for delivery in self.store.read().scan::<LogDelivery>("")? {
            if delivery.not_before <= now {
                done += usize::from(self.deliver_one(&delivery, now).await?);
            }
        }
        Ok(done)
    }

    /// Whether the delivery is at its end.
    async fn deliver_one(&self, delivery: &LogDelivery, now: Timestamp) -> Result<bool, Fault> {
        let scope = &delivery.scope;
        let key = scope.key(&format!("{}:{}", delivery.group, delivery.filter));
        let filter = self.store.read().get::<SubscriptionFilter>(&key)?;
        let (Some(filter), Some(functions)) = (filter, self.functions.get()) else {
            return self.end(delivery).await;
        };
        let to = delivering(&filter);
        let event = event(delivery).map_err(|e| Fault::Read(format!("`{key}`: {e}")))?;
        let Err(error) = functions.hand_over(to, event).await else { return self.end(delivery).await };
        let again = LogDelivery {
            failures: delivery.failures + 1,
            not_before: now.plus_ms(backoff_ms(delivery.failures)),
            ..delivery.clone()
        };
        if again.not_before.millis() - delivery.created.millis() > quota::DELIVERED_FOR_MS {
            tracing::warn!(%error, filter = %key, "log events could not be delivered and are given up");
            return self.end(delivery).await;
        }
        tracing::debug!(%error, filter = %key, "log events could not be delivered and wait");
        let key = again.key();
        let keep = |tx: &mut Tx| match tx.get::<LogDelivery>(&key)? {
            Some(_) => tx.put(&again),
            // Its filter was deleted meanwhile.
            None => Ok(()),
        };
        self.store.write(keep).await.map(|()| false)
    }

    async fn end(&self, delivery: &LogDelivery) -> Result<bool, Fault> {
        let key = delivery.key();
        self.store.write(|tx: &mut Tx| tx.delete::<LogDelivery>(&key).map(|_| true)).await
    }
}

/// Where a filter's events go, and in whose name.
pub fn delivering(filter: &SubscriptionFilter) -> Delivering {
    Delivering {
        scope: filter.scope.clone(),
        function: filter.destination.clone(),
        source_arn: format!("{}:*", group_arn(&filter.scope, &filter.group)),
    }
}

fn backoff_ms(failures: u32) -> i64 {
    1000i64.saturating_mul(1 << failures.min(16)).min(BACKOFF_MOST_MS)
}

/// What the function gets.
fn event(delivery: &LogDelivery) -> std::io::Result<Vec<u8>> {
    let message = json!({
        "messageType": "DATA_MESSAGE",
        "owner": delivery.scope.account,
        "logGroup": delivery.group,
        "logStream": delivery.stream,
        "subscriptionFilters": [delivery.filter],
        "logEvents": delivery.events,
    });
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message.to_string().as_bytes())?;
    let data = STANDARD.encode(encoder.finish()?);
    Ok(json!({ "awslogs": { "data": data } }).to_string().into_bytes())
}
