//! The record of calls: an event each in CloudTrail, a line each in the log, and when an access
//! key was used last.

use service::{Audit, Event, Noted, Said};
use std::sync::Arc;
use svc_cloudtrail::{CloudTrail, Observed};
use svc_iam::Iam;

/// Writes who called what, from where, and how it ended. The log has no parameters.
pub struct CallRecord {
    pub iam: Arc<Iam>,
    pub trail: Arc<CloudTrail>,
}

impl Audit for CallRecord {
    fn note(&self, said: Said<'_>) -> Option<Noted> {
        svc_cloudtrail::is_kept(&said).then(|| svc_cloudtrail::note(&said))
    }

    fn record(&self, event: Event<'_>) {
        let call = event.call;
        tracing::info!(
            request = call.request_id,
            caller = call.caller.principal.arn(),
            proven = event.proven,
            service = event.model.service.signing_name,
            operation = event.operation,
            from = %call.source.ip,
            vpce = call.source.endpoint.as_ref().map(|e| e.vpce.as_str()),
            error = event.error.map(|e| svc_cloudtrail::without_secrets(&e.to_string(), event.input.as_ref())),
            "call"
        );
        if event.proven && matches!(call.caller.principal, policy::Principal::User { .. }) {
            self.note_key_use(&event);
        }
        if event.proven {
            self.note_use(&event);
        }
        if let Some(observed) = Observed::of(event) {
            self.trail.record(observed);
        }
    }
}

impl CallRecord {
    fn note_key_use(&self, event: &Event<'_>) {
        let call = event.call;
        let (iam, key, region) =
            (self.iam.clone(), call.caller.access_key_id.clone(), call.scope.region.clone());
        let (service, now) = (event.model.service.signing_name, call.now);
        tokio::spawn(async move {
            if let Err(fault) = iam.note_key_use(&key, service, region.as_str(), now).await {
                tracing::error!(%fault, "note the use of an access key");
            }
        });
    }

    /// When a user or role reached a service last, for the reports of IAM.
    fn note_use(&self, event: &Event<'_>) {
        let (call, service) = (event.call, event.model.service.signing_name);
        if !self.iam.is_use_due(&call.caller.principal, service, call.now) {
            return;
        }
        let (iam, principal) = (self.iam.clone(), call.caller.principal.clone());
        let (region, now) = (call.scope.region.clone(), call.now);
        tokio::spawn(async move {
            if let Err(fault) = iam.note_use(&principal, service, region.as_str(), now).await {
                tracing::error!(%fault, "note the use of a service");
            }
        });
    }
}
