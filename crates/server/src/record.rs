//! The record of calls: one line each in the log, and when an access key was used last.

use service::{Audit, Event};
use std::sync::Arc;
use svc_iam::Iam;

/// Writes who called what, from where, and how it ended. Parameters are left out: they hold secrets.
pub struct CallRecord {
    pub iam: Arc<Iam>,
}

impl Audit for CallRecord {
    fn record(&self, event: Event<'_>) {
        let call = event.call;
        tracing::info!(
            request = call.request_id,
            caller = call.caller.principal.arn(),
            service = event.service,
            operation = event.operation,
            from = %call.source.ip,
            vpce = call.source.endpoint.as_ref().map(|e| e.vpce.as_str()),
            error = event.error.map(ToString::to_string),
            "call"
        );
        if matches!(call.caller.principal, policy::Principal::User { .. }) {
            let (iam, key, region) =
                (self.iam.clone(), call.caller.access_key_id.clone(), call.scope.region.clone());
            let (service, now) = (event.service, call.now);
            tokio::spawn(async move {
                if let Err(fault) = iam.note_key_use(&key, service, region.as_str(), now).await {
                    tracing::error!(%fault, "note the use of an access key");
                }
            });
        }
    }
}
