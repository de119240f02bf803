//! Asynchronous invocations: durable before they are acknowledged, delivered at least once.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

use super::invocation::{Invocation, Invoked};
use super::outcome::{Condition, Outcome};
use super::schedule::Schedule;
use crate::lambda::Lambda;
use crate::model::EventInvokeConfig;
use crate::name::{LATEST, Named};
use crate::{error, quota};
use base::{Scope, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, Table, Tx};

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
    /// The functions whose destinations led here, each as often as it was passed.
    #[serde(default)]
    pub passed: BTreeMap<String, u32>,
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
            passed: BTreeMap::new(),
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

    fn payload(&self) -> Result<Bytes, base64::DecodeError> {
        STANDARD.decode(&self.payload).map(Bytes::from)
    }

    fn invocation(&self) -> Result<Invocation, base64::DecodeError> {
        let payload = self.payload()?;
        Ok(Invocation::new(&self.named(), self.request_id.clone(), payload, self.client_context.clone()))
    }

    /// Whether the event may not be tried any more.
    fn is_too_old(&self, maximum_age: Duration, now: Timestamp) -> bool {
        let age = now.millis().saturating_sub(self.received.millis());
        u128::try_from(age).unwrap_or(0) > maximum_age.as_millis()
    }

    /// What follows an attempt.
    fn after(mut self, attempt: &Attempt, rules: &Rules, now: Timestamp) -> Next {
        let wait = match attempt {
            Attempt::Succeeded(_) => return Next::Done(Condition::Success),
            Attempt::FunctionGone => return Next::Forgotten,
            Attempt::NoConcurrency => return Next::Done(Condition::ZeroReservedConcurrency),
            Attempt::FunctionFailed(_) => {
                self.failures += 1;
                if self.failures > rules.maximum_retries {
                    return Next::Done(Condition::RetriesExhausted);
                }
                RETRY_STEP * self.failures
            }
            Attempt::Refused => {
                self.refusals += 1;
                let doubled = BACKOFF_LEAST * 2u32.saturating_pow(self.refusals.saturating_sub(1).min(16));
                doubled.min(BACKOFF_MOST)
            }
        };
        self.not_before = later(now, wait);
        if self.is_too_old(rules.maximum_age, self.not_before) {
            return Next::Done(Condition::EventAgeExceeded);
        }
        Next::Again(Box::new(self))
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// What an event invoke config says, or AWS's defaults.
struct Rules {
    maximum_age: Duration,
    maximum_retries: u32,
    on_success: Option<String>,
    on_failure: Option<String>,
}

impl Rules {
    fn of(config: Option<&EventInvokeConfig>) -> Self {
        Self {
            maximum_age: config.map_or(quota::EVENT_AGE, EventInvokeConfig::maximum_age),
            maximum_retries: config.and_then(|c| c.maximum_retries).unwrap_or(quota::ASYNCHRONOUS_RETRIES),
            on_success: config.and_then(|c| c.on_success.clone()),
            on_failure: config.and_then(|c| c.on_failure.clone()),
        }
    }

    fn destination(&self, condition: Condition) -> Option<&String> {
        match condition {
            Condition::Success => self.on_success.as_ref(),
            _ => self.on_failure.as_ref(),
        }
    }
}

/// How one delivery went.
enum Attempt {
    Succeeded(Invoked),
    FunctionFailed(Invoked),
    /// Throttled, not prepared, or a failure of moat's.
    Refused,
    /// The function has no concurrency at all, so that waiting is in vain.
    NoConcurrency,
    FunctionGone,
}

impl Attempt {
    fn invoked(&self) -> Option<&Invoked> {
        match self {
            Self::Succeeded(invoked) | Self::FunctionFailed(invoked) => Some(invoked),
            _ => None,
        }
    }
}

/// What becomes of an event.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Again(Box<QueuedEvent>),
    Done(Condition),
    /// Nobody is left to be told.
    Forgotten,
}

/// The events that wait in the store.
pub fn waiting(store: &Store) -> Result<Schedule, store::Fault> {
    let schedule = Schedule::default();
    for event in store.read().scan::<QueuedEvent>("")? {
        schedule.enter(&QueuedEvent::prefix(&event.named()), event.key(), event.not_before);
    }
    Ok(schedule)
}

impl Lambda {
    /// The asynchronous events that wait, of all accounts.
    pub fn queued_events(&self) -> Result<Vec<Arc<QueuedEvent>>, store::Fault> {
        self.store.read().scan("")
    }

    pub(crate) async fn enqueue(&self, event: QueuedEvent) -> Result<(), ServiceError> {
        if !self.schedule.admit(&QueuedEvent::prefix(&event.named()), quota::QUEUED_EVENTS) {
            return Err(error::throttled("CallerRateLimitExceeded"));
        }
        // What is stored is scheduled, also when the caller goes away.
        let lambda = self.clone();
        tokio::spawn(async move { lambda.store_admitted(event).await })
            .await
            .map_err(ServiceError::internal)?
    }

    async fn store_admitted(&self, event: QueuedEvent) -> Result<(), ServiceError> {
        let queue = QueuedEvent::prefix(&event.named());
        let stored = self.store.write(|tx: &mut Tx| tx.put(&event).map_err(ServiceError::from)).await;
        match &stored {
            Ok(()) => self.schedule.add(&queue, event.key(), event.not_before),
            Err(_) => self.schedule.dismiss(&queue),
        }
        self.nudge.notify_one();
        stored
    }

    /// Begins the delivery of every event whose time has come.
    pub(crate) fn deliver_due(&self) -> Result<(), store::Fault> {
        let (now, read) = (self.needs.clock.now(), self.store.read());
        let mut faults = Vec::new();
        for key in self.schedule.begin(now, DELIVERIES) {
            match read.get::<QueuedEvent>(&key) {
                Ok(Some(event)) => self.begin_delivery(key, QueuedEvent::clone(&event)),
                Ok(None) => self.schedule.end(&key, None),
                Err(fault) => {
                    self.schedule.end(&key, Some(later(now, BACKOFF_LEAST)));
                    faults.push(fault);
                }
            }
        }
        faults.pop().map_or(Ok(()), Err)
    }

    fn begin_delivery(&self, key: String, event: QueuedEvent) {
        let lambda = self.clone();
        tokio::spawn(async move {
            lambda.deliver(event).await;
            // What is stored says whether it is over; a delivery that met a fault of moat's is tried again.
            let least = later(lambda.needs.clock.now(), BACKOFF_LEAST);
            let again = match lambda.store.read().get::<QueuedEvent>(&key) {
                Ok(left) => left.map(|event| event.not_before.max(least)),
                Err(_) => Some(least),
            };
            lambda.schedule.end(&key, again);
            // Another one may have waited for room.
            lambda.nudge.notify_one();
        });
    }

    async fn deliver(&self, event: QueuedEvent) {
        let key = event.key();
        let rules = match self.rules(&event) {
            Ok(rules) => rules,
            Err(fault) => return tracing::error!(%fault, event = %key, "the event's rules were not read"),
        };
        let now = self.needs.clock.now();
        let (attempt, next) = if event.is_too_old(rules.maximum_age, now) {
            (Attempt::Refused, Next::Done(Condition::EventAgeExceeded))
        } else {
            let attempt = self.attempt(&event).await;
            let next = event.clone().after(&attempt, &rules, self.needs.clock.now());
            (attempt, next)
        };
        let forwarded = match &next {
            Next::Done(condition) => self.forward(&event, &rules, *condition, &attempt),
            _ => None,
        };
        // The event goes and what its destination gets comes in one step, so that a crash loses
        // neither.
        let kept = self.store.write(|tx: &mut Tx| {
            if tx.get::<QueuedEvent>(&key)?.is_none() {
                // Deleted with its function meanwhile: it stays deleted.
                return Ok(false);
            }
            if let Some(forwarded) = &forwarded {
                tx.put(forwarded)?;
            }
            match &next {
                Next::Again(event) => tx.put(&**event)?,
                Next::Done(_) | Next::Forgotten => tx.delete::<QueuedEvent>(&key).map(|_| ())?,
            }
            Ok(true)
        });
        match (kept.await, &forwarded) {
            (Ok(true), Some(event)) => {
                self.schedule.enter(&QueuedEvent::prefix(&event.named()), event.key(), event.not_before);
            }
            (Ok(_), _) => {}
            (Err(fault), _) => {
                let fault: store::Fault = fault;
                tracing::error!(%fault, event = %key, "an event's outcome was not stored");
            }
        }
    }

    fn rules(&self, event: &QueuedEvent) -> Result<Rules, store::Fault> {
        let key = EventInvokeConfig::key_of(&event.named());
        Ok(Rules::of(self.store.read().get::<EventInvokeConfig>(&key)?.as_deref()))
    }

    /// The event for the destination, if there is one that the function's role may invoke.
    fn forward(
        &self,
        event: &QueuedEvent,
        rules: &Rules,
        condition: Condition,
        attempt: &Attempt,
    ) -> Option<QueuedEvent> {
        if condition != Condition::Success {
            tracing::warn!(event = %event.key(), ?condition, "an asynchronous invocation was given up");
        }
        let destination = rules.destination(condition)?;
        let named = event.named();
        let function = self.find(&named).ok().flatten()?;
        if !self.needs.permissions.allows(&function.settings.role, "lambda:InvokeFunction", destination) {
            tracing::warn!(%destination, function = %function.arn(), "the role may not invoke the destination");
            return None;
        }
        let target = Named::parse(&event.scope, destination, None).ok()?;
        let passed = self.pass(event, &target)?;
        let qualifier = named.qualifier.as_deref().unwrap_or(LATEST);
        let request = event.payload().ok()?;
        let outcome = Outcome {
            condition,
            at: self.needs.clock.now(),
            request_id: &event.request_id,
            function_arn: named.qualified(qualifier).qualified_arn().to_string(),
            invocations: event.failures + u32::from(attempt.invoked().is_some()),
            request: &request,
            response: attempt.invoked(),
        };
        let record = outcome.record().ok()?;
        if record.len() > quota::ASYNCHRONOUS_PAYLOAD_BYTES {
            tracing::warn!(event = %event.key(), %destination, "the record is too large for the destination");
            return None;
        }
        let id = self.needs.ids.uuid();
        Some(QueuedEvent { passed, ..QueuedEvent::new(&target, id, &record, None, self.needs.clock.now()) })
    }

    /// The functions that the event has passed, unless it has been to the target too often.
    fn pass(&self, event: &QueuedEvent, target: &Named) -> Option<BTreeMap<String, u32>> {
        let mut passed = event.passed.clone();
        *passed.entry(event.function_name.clone()).or_default() += 1;
        let function = self.find(&target.unqualified()).ok().flatten()?;
        let times = passed.get(&target.name).copied().unwrap_or(0);
        if times >= quota::RECURSIONS && !function.recursion_allowed {
            tracing::warn!(function = %target.arn(), "a loop of functions was ended");
            return None;
        }
        Some(passed)
    }

    async fn attempt(&self, event: &QueuedEvent) -> Attempt {
        let Ok(invocation) = event.invocation() else { return Attempt::FunctionGone };
        let named = event.named();
        let whole = self.find(&named.unqualified()).ok().flatten();
        if whole.is_some_and(|function| function.reserved_concurrency == Some(0)) {
            return Attempt::NoConcurrency;
        }
        match self.invoke(&named, invocation).await {
            Ok(invoked) if invoked.is_error => Attempt::FunctionFailed(invoked),
            Ok(invoked) => Attempt::Succeeded(invoked),
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

    fn failed() -> Attempt {
        Attempt::FunctionFailed(Invoked {
            payload: Bytes::new(),
            is_error: true,
            version: LATEST.to_owned(),
            log_tail: None,
        })
    }

    fn again(next: Next) -> QueuedEvent {
        match next {
            Next::Again(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failing_function_is_tried_three_times() {
        let rules = Rules::of(None);
        let once = again(event().after(&failed(), &rules, Timestamp(0)));
        assert_eq!(once.not_before, Timestamp(60_000));
        let twice = again(once.after(&failed(), &rules, Timestamp(60_000)));
        assert_eq!(twice.not_before, Timestamp(180_000));
        let last = twice.after(&failed(), &rules, Timestamp(180_000));
        assert_eq!(last, Next::Done(Condition::RetriesExhausted));
    }

    #[test]
    fn a_config_sets_retries_and_age() {
        let rules = Rules { maximum_retries: 0, ..Rules::of(None) };
        assert_eq!(event().after(&failed(), &rules, Timestamp(0)), Next::Done(Condition::RetriesExhausted));
        let rules = Rules { maximum_age: Duration::from_secs(60), ..Rules::of(None) };
        let once = again(event().after(&failed(), &rules, Timestamp(0)));
        let twice = once.after(&failed(), &rules, Timestamp(60_000));
        assert_eq!(twice, Next::Done(Condition::EventAgeExceeded));
    }

    #[test]
    fn a_throttled_event_is_kept_for_six_hours() {
        let (mut now, mut waiting, mut attempts) = (Timestamp(0), Some(event()), 0);
        while let Some(event) = waiting.take() {
            attempts += 1;
            match event.after(&Attempt::Refused, &Rules::of(None), now) {
                Next::Again(event) => {
                    now = event.not_before;
                    waiting = Some(*event);
                }
                other => assert_eq!(other, Next::Done(Condition::EventAgeExceeded)),
            }
        }
        assert!(now > Timestamp(5 * 3_600_000 + 3_000_000) && now <= Timestamp(6 * 3_600_000), "{now:?}");
        assert!(attempts > 70, "{attempts}");
    }
}
