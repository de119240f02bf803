//! Asynchronous invocations: durable before they are acknowledged, delivered at least once.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

use super::invocation::Invocation;
use crate::lambda::Lambda;
use crate::name::Named;
use crate::{error, quota};
use base::{Scope, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::{Table, Tx};

/// Deliveries under way at once; the rest waits in the store.
const DELIVERIES: usize = 200;
/// Between the attempts after the function's own error: one minute, then two.
const RETRY_STEP: Duration = Duration::from_secs(60);
/// Between attempts when the function could not be run at all: from one second to five minutes.
const BACKOFF_LEAST: Duration = Duration::from_secs(1);
const BACKOFF_MOST: Duration = Duration::from_secs(300);

/// An event that waits for its function.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedEvent {
    pub scope: Scope,
    pub function_name: String,
    #[serde(default)]
    pub qualifier: Option<String>,
    pub request_id: String,
    /// In base64.
    payload: String,
    client_context: Option<String>,
    pub received: Timestamp,
    pub not_before: Timestamp,
    /// How often the function ran and failed.
    pub failures: u32,
    /// How often it could not be run.
    pub refusals: u32,
}

impl Table for QueuedEvent {
    const NAME: &'static str = "lambda.event";

    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.function_name, self.request_id))
    }
}

impl fmt::Debug for QueuedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueuedEvent({})", self.key())
    }
}

impl QueuedEvent {
    pub fn new(
        named: &Named,
        request_id: String,
        payload: &Bytes,
        client_context: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            scope: named.scope.clone(),
            function_name: named.name.clone(),
            qualifier: named.qualifier.clone(),
            request_id,
            payload: STANDARD.encode(payload),
            client_context,
            received: now,
            not_before: now,
            failures: 0,
            refusals: 0,
        }
    }

    /// Of all events of a function.
    pub fn prefix(named: &Named) -> String {
        named.scope.key(&format!("{}/", named.name))
    }

    fn named(&self) -> Named {
        let (name, qualifier) = (self.function_name.clone(), self.qualifier.clone());
        Named { scope: self.scope.clone(), name, qualifier }
    }

    fn invocation(&self) -> Result<Invocation, base64::DecodeError> {
        let payload = Bytes::from(STANDARD.decode(&self.payload)?);
        Ok(Invocation::new(&self.named(), self.request_id.clone(), payload, self.client_context.clone()))
    }

    /// The event after an attempt, or none when it is done with.
    fn after(mut self, attempt: &Attempt, now: Timestamp) -> Option<Self> {
        let wait = match attempt {
            Attempt::Succeeded | Attempt::FunctionGone => return None,
            Attempt::FunctionFailed => {
                self.failures += 1;
                if self.failures > quota::ASYNCHRONOUS_RETRIES {
                    return None;
                }
                RETRY_STEP * self.failures
            }
            Attempt::Refused => {
                self.refusals += 1;
                let doubled = BACKOFF_LEAST * 2u32.saturating_pow(self.refusals.saturating_sub(1).min(16));
                doubled.min(BACKOFF_MOST)
            }
        };
        self.not_before = now.plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let age = self.not_before.millis().saturating_sub(self.received.millis());
        (u128::try_from(age).unwrap_or(0) <= quota::EVENT_AGE.as_millis()).then_some(self)
    }
}

/// How one delivery went.
enum Attempt {
    Succeeded,
    FunctionFailed,
    /// Throttled, not prepared, or a failure of moat's.
    Refused,
    FunctionGone,
}

/// The events that are being delivered by this process.
#[derive(Default)]
pub struct Deliveries(Mutex<BTreeSet<String>>);

impl Deliveries {
    fn begin(&self, key: &str) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.len() < DELIVERIES && all.insert(key.to_owned())
    }

    fn end(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Lambda {
    pub(crate) async fn enqueue(&self, event: QueuedEvent) -> Result<(), ServiceError> {
        let prefix = QueuedEvent::prefix(&event.named());
        self.store
            .write(|tx: &mut Tx| {
                if tx.scan::<QueuedEvent>(&prefix)?.len() >= quota::QUEUED_EVENTS {
                    return Err(error::throttled("CallerRateLimitExceeded"));
                }
                tx.put(&event).map_err(ServiceError::from)
            })
            .await?;
        self.nudge.notify_one();
        Ok(())
    }

    /// Begins the delivery of every event whose time has come.
    pub(crate) fn deliver_due(&self) -> Result<(), store::Fault> {
        let now = self.needs.clock.now();
        for event in self.store.read().scan::<QueuedEvent>("")? {
            if event.not_before > now || !self.deliveries.begin(&event.key()) {
                continue;
            }
            let (lambda, event) = (self.clone(), QueuedEvent::clone(&event));
            tokio::spawn(async move {
                let key = event.key();
                lambda.deliver(event).await;
                lambda.deliveries.end(&key);
                // Another one may have waited for room.
                lambda.nudge.notify_one();
            });
        }
        Ok(())
    }

    async fn deliver(&self, event: QueuedEvent) {
        let key = event.key();
        let attempt = match event.invocation() {
            Ok(invocation) => self.attempt(&event.named(), invocation).await,
            Err(_) => Attempt::FunctionGone,
        };
        let succeeded = matches!(attempt, Attempt::Succeeded);
        let next = event.after(&attempt, self.needs.clock.now());
        if next.is_none() && !succeeded {
            tracing::warn!(event = %key, "an asynchronous invocation was given up");
        }
        let kept = self.store.write(|tx: &mut Tx| match &next {
            // Deleted with its function meanwhile: it stays deleted.
            Some(_) if tx.get::<QueuedEvent>(&key)?.is_none() => Ok(()),
            Some(event) => tx.put(event),
            None => tx.delete::<QueuedEvent>(&key).map(|_| ()),
        });
        if let Err(fault) = kept.await {
            tracing::error!(%fault, event = %key, "an event's outcome was not stored");
        }
    }

    async fn attempt(&self, named: &Named, invocation: Invocation) -> Attempt {
        match self.invoke(named, invocation).await {
            Ok(invoked) if invoked.is_error => Attempt::FunctionFailed,
            Ok(_) => Attempt::Succeeded,
            Err(refused) if refused.code == "ResourceNotFoundException" => Attempt::FunctionGone,
            Err(_) => Attempt::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> QueuedEvent {
        let named = Named { scope: Scope::default(), name: "f".to_owned(), qualifier: None };
        QueuedEvent::new(&named, "id".to_owned(), &Bytes::from_static(b"{}"), None, Timestamp(0))
    }

    #[test]
    fn a_failing_function_is_tried_three_times() {
        let once = event().after(&Attempt::FunctionFailed, Timestamp(0)).unwrap();
        assert_eq!(once.not_before, Timestamp(60_000));
        let twice = once.after(&Attempt::FunctionFailed, Timestamp(60_000)).unwrap();
        assert_eq!(twice.not_before, Timestamp(180_000));
        assert_eq!(twice.after(&Attempt::FunctionFailed, Timestamp(180_000)), None);
    }

    #[test]
    fn a_throttled_event_is_kept_for_six_hours() {
        let (mut now, mut waiting, mut attempts) = (Timestamp(0), Some(event()), 0);
        while let Some(event) = waiting.take() {
            attempts += 1;
            waiting = event.after(&Attempt::Refused, now);
            now = waiting.as_ref().map_or(now, |e| e.not_before);
        }
        assert!(now > Timestamp(5 * 3_600_000 + 3_000_000) && now <= Timestamp(6 * 3_600_000), "{now:?}");
        assert!(attempts > 70, "{attempts}");
    }
}
