//! What HTTP and WebSocket APIs need of the rest of moat.

use crate::apis::ApiFunctions;
use crate::authority::Authorities;
use crate::rest_apis::OwnServers;
use base::{Arn, Clock, Scope};
use service::{Access, Call, Verdict};
use std::sync::Arc;
use store::Fault;
use svc_apigatewayv2::needs::{
    AccessLogs, FunctionAnswer, Functions, Invoking, Pending, Policies, ServerError, Servers,
};
use svc_logs::Logs;
use wire::http::{Request, Response};

impl Functions for ApiFunctions {
    fn invoke(&self, invoking: Invoking) -> Pending<'_, Result<FunctionAnswer, service::ServiceError>> {
        Box::pin(async move {
            let Invoking { scope, function, source_arn, payload } = invoking;
            let invoked = self.invoke_as_gateway(&scope, &function, &source_arn, payload).await?;
            Ok(FunctionAnswer { payload: invoked.payload.to_vec(), is_error: invoked.is_error })
        })
    }
}

impl Policies for Authorities {
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, Fault> {
        service::Authority::decide(self, call, access, &service::global_keys(call))
    }
}

impl Servers for OwnServers {
    fn ask(&self, origin: String, mut request: Request) -> Pending<'_, Result<Response, ServerError>> {
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        request.headers.push(("host".to_owned(), host.to_owned()));
        Box::pin(async move {
            let answered = svc_apigateway::needs::Servers::ask(self, origin, request).await;
            answered.map_err(|error| match error {
                svc_apigateway::needs::ServerError::NotReachable(reason) => ServerError::NotReachable(reason),
                svc_apigateway::needs::ServerError::Failed(reason) => ServerError::Failed(reason),
            })
        })
    }
}

/// CloudWatch Logs, as the place of access logs.
pub struct ApiLogs {
    pub logs: Arc<Logs>,
    pub clock: Arc<dyn Clock>,
}

impl AccessLogs for ApiLogs {
    fn append(&self, group: String, stream: String, line: String) -> Pending<'_, Result<(), String>> {
        Box::pin(async move {
            let (scope, name) = place(&group).ok_or_else(|| format!("`{group}` is no log group"))?;
            let now = self.clock.now();
            self.logs.ensure_stream(&scope, name, &stream, now).await.map_err(|error| error.to_string())?;
            let lines = vec![svc_logs::Line { at: now, message: line }];
            self.logs.append(&scope, name, &stream, lines, now).await.map_err(|error| error.to_string())?;
            Ok(())
        })
    }
}

/// The account and region of a log group, and its name.
pub fn place(group: &str) -> Option<(Scope, &str)> {
    let arn: Arn = group.parse().ok()?;
    let (_, name) = group.split_once(":log-group:")?;
    Some((Scope { account: arn.account_id()?, region: arn.region()? }, name))
}
