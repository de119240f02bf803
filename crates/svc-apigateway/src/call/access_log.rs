//! Access logs: a line for each request to a stage that has a format and a log group.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>

use super::context::{Ended, context};
use super::trace::ended;
use super::{Answered, Arrived, Known};
use crate::ApiGateway;
use crate::model::placeholders::filled;
use crate::model::route::Matched;
use crate::needs::LogPlace;
use crate::state::Account;
use base::{Arn, Scope, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Most lines that wait to be written; those that come when it is full are lost, as AWS says that some
/// may be.
const WAITING: usize = 10_000;

/// One line and where it goes.
struct Line {
    scope: Scope,
    group_arn: String,
    stream: String,
    at: Timestamp,
    text: String,
    /// Whether the group is made when it is not there.
    makes_group: bool,
}

#[derive(Default)]
pub(crate) struct AccessLogQueue {
    lines: Mutex<Vec<Line>>,
    arrived: Notify,
}

impl ApiGateway {
    /// Notes how a request ended, if its stage is logged.
    pub(super) fn log(
        &self,
        arrived: Arrived<'_>,
        matched: Option<&Matched<'_>>,
        known: &Known,
        answered: &Answered,
    ) {
        let stage = &arrived.deployed.stage;
        let Some(log) = &stage.access_log else { return };
        let (Some(group), Some(format)) = (&log.destination, &log.format) else { return };
        let ended = Ended {
            status: answered.response.status,
            length: answered.response.body.len(),
            refusal: answered.refused.as_ref(),
        };
        let context = context(arrived, matched, known, Some(&ended));
        let line = Line {
            scope: stage.scope.clone(),
            group_arn: group.clone(),
            stream: stream(&stage.api, &stage.name),
            at: arrived.request.now,
            text: filled(format, &context, &stage.variables, "-"),
            makes_group: false,
        };
        self.queue(vec![line]);
    }

    /// Notes what a stage logs of an execution, if it does.
    pub(super) fn log_execution(&self, arrived: Arrived<'_>, known: &mut Known, answered: &Answered) {
        if known.trace.is_none() {
            return;
        }
        let Arrived { request, deployed } = arrived;
        let (scope, stage) = (&deployed.stage.scope, &deployed.stage);
        let canary = if deployed.is_canary { "/Canary" } else { "" };
        let group = format!("log-group:API-Gateway-Execution-Logs_{}/{}{canary}", stage.api, stage.name);
        let line = |text| Line {
            scope: scope.clone(),
            group_arn: Arn::regional("logs", scope, group.clone()).to_string(),
            stream: stream(&stage.api, &stage.name),
            at: request.now,
            text,
            makes_group: true,
        };
        self.queue(ended(known, answered).into_iter().map(line).collect());
    }

    fn queue(&self, added: Vec<Line>) {
        let mut lines = self.access_logs.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < WAITING {
            lines.extend(added);
            self.access_logs.arrived.notify_one();
        }
    }

    /// Writes lines as they come.
    pub async fn write_access_logs_forever(&self) {
        loop {
            self.access_logs.arrived.notified().await;
            self.write_access_logs().await;
        }
    }

    /// Writes the lines that wait.
    pub async fn write_access_logs(&self) {
        let lines =
            std::mem::take(&mut *self.access_logs.lines.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_stream: BTreeMap<_, Vec<(Timestamp, String)>> = BTreeMap::new();
        for Line { scope, group_arn, stream, at, text, makes_group } in lines {
            by_stream.entry((scope, group_arn, stream, makes_group)).or_default().push((at, text));
        }
        for ((scope, group_arn, stream, makes_group), lines) in by_stream {
            let account = self.store.read().get::<Account>(&scope.key("account")).ok().flatten();
            let Some(role) = account.and_then(|account| account.cloudwatch_role.clone()) else {
                tracing::warn!(group_arn, "an access log has no role to be written in");
                continue;
            };
            let place = LogPlace { role, group_arn: group_arn.clone(), stream, makes_group };
            if let Err(error) = self.needs.logs.append(place, lines).await {
                tracing::warn!(group_arn, error, "write an access log");
            }
        }
    }
}

/// A stage's stream; AWS names it by a digest.
fn stream(api: &str, stage: &str) -> String {
    let digest = Sha256::digest(format!("{api}/{stage}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
