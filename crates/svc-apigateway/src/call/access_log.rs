//! Access logs: a line for each request to a stage that has a format and a log group.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>

use super::context::{Ended, context};
use super::{Answered, Arrived, Known};
use crate::ApiGateway;
use crate::model::placeholders::filled;
use crate::model::route::Matched;
use crate::state::Account;
use base::{Scope, Timestamp};
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
        };
        let mut lines = self.access_logs.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < WAITING {
            lines.push(line);
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
        let mut by_stream: BTreeMap<(Scope, String, String), Vec<(Timestamp, String)>> = BTreeMap::new();
        for Line { scope, group_arn, stream, at, text } in lines {
            by_stream.entry((scope, group_arn, stream)).or_default().push((at, text));
        }
        for ((scope, group_arn, stream), lines) in by_stream {
            let account = self.store.read().get::<Account>(&scope.key("account")).ok().flatten();
            let Some(role) = account.and_then(|account| account.cloudwatch_role.clone()) else {
                tracing::warn!(group_arn, "an access log has no role to be written in");
                continue;
            };
            if let Err(error) = self.needs.logs.append(role, group_arn.clone(), stream, lines).await {
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
