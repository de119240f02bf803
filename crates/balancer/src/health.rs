//! The health of targets.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use crate::live::{LiveGroup, LiveTarget};
use crate::plan::{Check, Place};
use crate::reach::{Reach, TargetStream};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::header::{HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What is known of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Not checked yet as often as it takes to say.
    Initial,
    Healthy,
    Unhealthy(Reason),
    /// The group's targets are not checked.
    Unchecked,
}

/// Why a target is not healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It answered with this status.
    ResponseCodeMismatch(u16),
    Timeout,
    /// The connection was refused or broke.
    FailedHealthChecks,
}

/// What is known of one target and what it is doing.
pub(crate) struct TargetState {
    seen: Mutex<Seen>,
    outstanding: AtomicUsize,
    /// Turns that it was offered while it started slowly.
    turns: AtomicUsize,
}

struct Seen {
    health: Health,
    /// How often in a row the last outcome came.
    row: u32,
    was_good: bool,
    /// When it became healthy.
    healthy_since: Option<Instant>,
}

impl Seen {
    fn become_healthy(&mut self) {
        if self.health != Health::Healthy {
            self.health = Health::Healthy;
            self.healthy_since = Some(Instant::now());
        }
    }
}

impl TargetState {
    pub(crate) fn new(is_checked: bool) -> Self {
        let health = if is_checked { Health::Initial } else { Health::Unchecked };
        let seen = Seen { health, row: 0, was_good: false, healthy_since: None };
        Self { seen: Mutex::new(seen), outstanding: AtomicUsize::new(0), turns: AtomicUsize::new(0) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn health(&self) -> Health {
        self.seen().health.clone()
    }

    pub(crate) fn is_healthy(&self) -> bool {
        matches!(self.seen().health, Health::Healthy | Health::Unchecked)
    }

    pub(crate) fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    /// Counts a request as outstanding until the answer is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Outstanding {
        self.outstanding.fetch_add(1, Ordering::Relaxed);
        Outstanding(self.clone())
    }

    /// Notes one check. A first good one makes a new target healthy at once, as on AWS; otherwise the
    /// thresholds decide.
    fn note(&self, outcome: Result<(), Reason>, check: &Check) {
        let mut seen = self.seen();
        let is_good = outcome.is_ok();
        seen.row = if is_good == seen.was_good { seen.row.saturating_add(1) } else { 1 };
        seen.was_good = is_good;
        let is_new = seen.health == Health::Initial;
        match outcome {
            Ok(()) if is_new || seen.row >= check.healthy_threshold => seen.become_healthy(),
            Err(reason) if seen.row >= check.unhealthy_threshold => seen.health = Health::Unhealthy(reason),
            _ => {}
        }
    }

    /// How much of a full share it gets, when it takes so long to start.
    pub(crate) fn share(&self, duration: Duration) -> f64 {
        let since = self.seen().healthy_since;
        since.map_or(1.0, |since| (since.elapsed().as_secs_f64() / duration.as_secs_f64()).min(1.0))
    }

    /// Whether it takes the turn that it is offered: of so many of them as its share says.
    pub(crate) fn takes_turn(&self, share: f64) -> bool {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed) as f64;
        ((turn + 1.0) * share).floor() > (turn * share).floor()
    }

    #[cfg(test)]
    pub(crate) fn set_healthy(&self, healthy: bool) {
        if healthy {
            self.seen().become_healthy();
        } else {
            self.seen().health = Health::Unhealthy(Reason::FailedHealthChecks);
        }
    }
}

/// A request on its way.
pub(crate) struct Outstanding(Arc<TargetState>);

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.outstanding.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Checks a group's targets, from one node's interface, for as long as it is polled.
pub(crate) async fn watch(reach: Reach, group: Arc<LiveGroup>) {
    let Some(check) = group.plan.check.clone() else { return };
    let mut rounds = tokio::time::interval(check.interval);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let mut round = tokio::task::JoinSet::new();
        for target in group.targets.iter().filter(|target| !target.plan.is_draining) {
            let (reach, check) = (reach.clone(), check.clone());
            let target: Arc<LiveTarget> = target.clone();
            round.spawn(async move {
                let outcome = match target.plan.place {
                    Place::Address(address) => {
                        let to = SocketAddr::new(address.ip(), check.port.unwrap_or(address.port()));
                        let asked = tokio::time::timeout(check.timeout, ask(&reach, to, &check));
                        asked.await.unwrap_or(Err(Reason::Timeout))
                    }
                    Place::Function(_) => return,
                    Place::Nowhere => Err(Reason::FailedHealthChecks),
                };
                target.state.note(outcome, &check);
            });
        }
        while round.join_next().await.is_some() {}
    }
}

async fn ask(reach: &Reach, to: SocketAddr, check: &Check) -> Result<(), Reason> {
    let opened = reach.open(to, check.is_encrypted, check.timeout).await;
    let stream = opened.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Reason::Timeout,
        _ => Reason::FailedHealthChecks,
    })?;
    let Some(path) = &check.path else { return Ok(()) };
    let status = status(stream, to, path).await.ok_or(Reason::FailedHealthChecks)?;
    let is_good = check.matcher.iter().any(|codes| codes.contains(&status));
    if is_good { Ok(()) } else { Err(Reason::ResponseCodeMismatch(status)) }
}

async fn status(stream: TargetStream, to: SocketAddr, path: &str) -> Option<u16> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let request = Request::get(path)
        .header(HOST, to.to_string())
        .header(USER_AGENT, "ELB-HealthChecker/2.0")
        .body(Empty::<Bytes>::new())
        .ok()?;
    let answer = sender.send_request(request).await;
    connection.abort();
    Some(answer.ok()?.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        Check {
            path: None,
            is_encrypted: false,
            port: None,
            matcher: Vec::new(),
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            healthy_threshold: 3,
            unhealthy_threshold: 2,
        }
    }

    #[test]
    fn a_new_target_is_healthy_at_its_first_good_check_and_later_the_thresholds_decide() {
        let (state, check) = (TargetState::new(true), check());
        let mut seen = Vec::new();
        let bad = || Err(Reason::Timeout);
        for outcome in [Ok(()), bad(), bad(), Ok(()), Ok(()), bad(), Ok(()), Ok(()), Ok(())] {
            state.note(outcome, &check);
            seen.push(if state.is_healthy() { 'h' } else { 'u' });
        }
        assert_eq!(seen.into_iter().collect::<String>(), "hhuuuuuuh");
    }

    #[test]
    fn a_target_that_never_answers_becomes_unhealthy_with_the_reason() {
        let (state, check) = (TargetState::new(true), check());
        state.note(Err(Reason::ResponseCodeMismatch(404)), &check);
        assert_eq!(state.health(), Health::Initial);
        state.note(Err(Reason::ResponseCodeMismatch(404)), &check);
        assert_eq!(state.health(), Health::Unhealthy(Reason::ResponseCodeMismatch(404)));
    }
}
