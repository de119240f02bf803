//! Invocations that other services of AWS make for their own users.

use crate::lambda::Lambda;
use crate::name::Named;
use crate::run::{Invocation, Invoked, QueuedEvent};
use crate::{error, ops, quota};
use base::Scope;
use bytes::Bytes;
use service::{Access, ServiceError};

impl Lambda {
    /// The question whether a service may invoke the function, with the function's own policy.
    pub fn may_be_invoked(&self, scope: &Scope, function: &str) -> Result<Vec<Access>, ServiceError> {
        ops::access(self, "InvokeFunction", &Named::parse(scope, function, None)?)
    }

    /// Invokes it and waits for its answer. The caller has asked [`Self::may_be_invoked`].
    pub async fn invoke_for_service(
        &self,
        scope: &Scope,
        function: &str,
        request_id: String,
        payload: Vec<u8>,
    ) -> Result<Invoked, ServiceError> {
        let named = Named::parse(scope, function, None)?;
        self.invoke(&named, Invocation::new(&named, request_id, Bytes::from(payload), None)).await
    }

    /// Whether there is such a function, or such a version of it.
    pub fn exists(&self, scope: &Scope, function: &str) -> bool {
        Named::parse(scope, function, None).is_ok_and(|named| self.function(&named).is_ok())
    }

    /// Takes an event for it, in JSON, to be delivered later; durable when this returns. The caller has asked
    /// [`Self::may_be_invoked`].
    pub async fn accept_for_service(
        &self,
        scope: &Scope,
        function: &str,
        request_id: String,
        payload: Vec<u8>,
    ) -> Result<(), ServiceError> {
        let named = Named::parse(scope, function, None)?;
        self.function(&named)?;
        let limit = quota::ASYNCHRONOUS_PAYLOAD_BYTES;
        if payload.len() > limit {
            return Err(error::payload_too_large(payload.len(), "Event", limit));
        }
        let now = self.needs.clock.now();
        self.enqueue(QueuedEvent::new(&named, request_id, &Bytes::from(payload), None, now)).await
    }
}
