//! The one place where a call is let through or turned away.

use crate::context::global_keys;
use crate::{Access, Authority, Call, Denial, ServiceError, Verdict};
use policy::{Context, Decision};
use std::sync::Arc;
use wire::schema::{Model, Protocol};

pub(crate) struct Gate {
    pub(crate) authority: Arc<dyn Authority>,
}

impl Gate {
    /// All of `asked` must be allowed; the first denial is the answer.
    pub(crate) fn check(&self, model: &Model, call: &Call, asked: &[Access]) -> Result<(), ServiceError> {
        let globals = global_keys(call);
        for access in asked {
            if let Verdict::Denied { mut message, decision } =
                self.authority.decide(call, access, &globals)?
            {
                if model.service.protocol == Protocol::Ec2Query
                    && let Some(decision) = &decision
                    && let Some(encoded) = self.encode(call, access, &globals, decision)
                {
                    message.push_str(". Encoded authorization failure message: ");
                    message.push_str(&encoded);
                }
                let (action, resource) = (access.action.clone(), access.resource.clone());
                let remarks = self.authority.remarks(call, access, &globals)?;
                return Err(denial(model, message).denied(Denial { action, resource, decision, remarks }));
            }
        }
        Ok(())
    }

    fn encode(&self, call: &Call, access: &Access, globals: &Context, decision: &Decision) -> Option<String> {
        let mut context = globals.clone();
        for (key, values) in access.known_context() {
            context.set(key, values.iter().cloned());
        }
        self.authority.encode_denial(call, access, &context, decision)
    }
}

/// The denial in the dress of the service: each protocol family has its own code for it.
fn denial(model: &Model, message: String) -> ServiceError {
    match model.service.protocol {
        Protocol::Ec2Query => ServiceError::client(
            "UnauthorizedOperation",
            format!("You are not authorized to perform this operation. {message}"),
        )
        .status(403),
        Protocol::AwsJson | Protocol::RpcV2Cbor => ServiceError::client("AccessDeniedException", message),
        Protocol::RestJson => ServiceError::client("AccessDeniedException", message).status(403),
        Protocol::AwsQuery | Protocol::RestXml => ServiceError::access_denied(message),
    }
}
