//! What waits to be delivered to one subscriber.

use super::fact::Fact;
use super::subscription::{Api, Subscription};
use base::Timestamp;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How many batches' worth may wait while one is being delivered.
const BATCHES: usize = 2;

pub struct Queue {
    name: String,
    api: Api,
    pub subscription: Subscription,
    waiting: Mutex<Waiting>,
    pub news: Notify,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<String>,
    bytes: usize,
    dropped_bytes: usize,
    dropped_records: usize,
    /// At once, whatever the buffering says.
    urgent: bool,
    ended: bool,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    Nothing,
    Some,
    /// Enough for a batch, or to be delivered at once.
    Batch,
    Ended,
}

impl Queue {
    pub fn new(name: &str, api: Api, subscription: Subscription) -> Self {
        Self { name: name.to_owned(), api, subscription, waiting: Mutex::default(), news: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_of(&self, name: &str, api: Api) -> bool {
        self.name == name && self.api == api
    }

    /// As AWS's log has it after an initialisation.
    pub fn line(&self) -> String {
        let capital = |name: &String| {
            let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
            first.to_ascii_uppercase() + rest
        };
        let types: Vec<String> = self.subscription.types.iter().map(capital).collect();
        format!("{}\tName: {}\tState: Subscribed\tTypes: [{}]", self.api.word(), self.name, types.join(", "))
    }

    pub fn push(&self, at: Timestamp, fact: &Fact) {
        if !self.subscription.types.iter().any(|wanted| wanted == fact.category()) {
            return;
        }
        let buffering = &self.subscription.buffering;
        let mut waiting = self.lock();
        for message in fact.messages(at, self.subscription.schema) {
            let text = message.to_string();
            let room = waiting.messages.len() < BATCHES * buffering.max_items
                && waiting.bytes + text.len() <= BATCHES * buffering.max_bytes;
            if room {
                waiting.bytes += text.len();
                waiting.messages.push_back(text);
            } else {
                waiting.dropped_bytes += text.len();
                waiting.dropped_records += 1;
            }
        }
        drop(waiting);
        self.news.notify_one();
    }

    pub fn fill(&self) -> Fill {
        let buffering = &self.subscription.buffering;
        let waiting = self.lock();
        if waiting.ended {
            Fill::Ended
        } else if waiting.messages.is_empty() {
            Fill::Nothing
        } else if waiting.urgent
            || waiting.messages.len() >= buffering.max_items
            || waiting.bytes >= buffering.max_bytes
        {
            Fill::Batch
        } else {
            Fill::Some
        }
    }

    /// The next batch, at its end how much found no room.
    pub fn take(&self, now: Timestamp) -> Vec<String> {
        let buffering = &self.subscription.buffering;
        let mut waiting = self.lock();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(message) = waiting.messages.pop_front() {
            waiting.bytes -= message.len();
            bytes += message.len();
            batch.push(message);
            let next = waiting.messages.front().map_or(0, String::len);
            if batch.len() == buffering.max_items || bytes + next > buffering.max_bytes {
                break;
            }
        }
        if waiting.dropped_records > 0 {
            let (bytes, records) = (waiting.dropped_bytes, waiting.dropped_records);
            (waiting.dropped_bytes, waiting.dropped_records) = (0, 0);
            let told = Fact::Dropped { bytes, records }.messages(now, self.subscription.schema);
            batch.extend(told.iter().map(Value::to_string));
        }
        batch
    }

    /// From now on nothing waits for more.
    pub fn flush(&self) {
        self.lock().urgent = true;
        self.news.notify_one();
    }

    /// Nothing is wanted any more. Answers false, for whoever keeps those that are wanted.
    pub fn end(&self) -> bool {
        self.lock().ended = true;
        self.news.notify_one();
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::subscription::{Buffering, Destination, Schema};
    use super::*;
    use std::time::Duration;

    fn queue(types: &[&str]) -> Queue {
        let subscription = Subscription {
            schema: Schema::Telemetry2022July,
            types: types.iter().map(|name| (*name).to_owned()).collect(),
            destination: Destination::Tcp { port: 1 },
            buffering: Buffering { max_items: 3, max_bytes: 1000, timeout: Duration::from_secs(1) },
        };
        Queue::new("one", Api::Telemetry, subscription)
    }

    fn line(length: usize) -> Fact {
        Fact::Function("x".repeat(length))
    }

    #[test]
    fn what_finds_no_room_is_counted_and_told() {
        let queue = queue(&["function"]);
        assert_eq!(queue.fill(), Fill::Nothing);
        queue.push(Timestamp(0), &Fact::ExtensionOutput("not wanted".to_owned()));
        for number in 0..8 {
            queue.push(Timestamp(0), &line(10));
            assert_eq!(queue.fill(), if number < 2 { Fill::Some } else { Fill::Batch });
        }
        let first = queue.take(Timestamp(0));
        assert_eq!((first.len(), queue.take(Timestamp(0)).len(), queue.take(Timestamp(0)).len()), (4, 3, 0));
        assert!(first.last().unwrap().contains(r#""droppedRecords":2"#), "{first:?}");
    }

    #[test]
    fn batches_are_bounded_in_bytes() {
        let queue = queue(&["function"]);
        queue.push(Timestamp(0), &line(700));
        queue.push(Timestamp(0), &line(700));
        assert_eq!(queue.fill(), Fill::Batch);
        assert_eq!((queue.take(Timestamp(0)).len(), queue.take(Timestamp(0)).len()), (1, 1));
    }

    #[test]
    fn the_log_tells_of_a_subscription_as_aws_does() {
        assert_eq!(
            queue(&["platform", "function"]).line(),
            "TELEMETRY\tName: one\tState: Subscribed\tTypes: [Platform, Function]"
        );
    }
}
