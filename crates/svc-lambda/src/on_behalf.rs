//! Invocations that other services of AWS make for their own users.

use crate::lambda::Lambda;
use crate::name::Named;
use crate::ops;
use crate::run::{Invocation, Invoked};
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
}
