//! The functions that log groups' subscription filters deliver to, invoked as CloudWatch Logs.

use crate::as_service;
use crate::authority::Authorities;
use base::{Clock, Ids};
use service::{Authority, Verdict};
use std::sync::Arc;
use store::Fault;
use svc_lambda::Lambda;
use svc_logs::needs::{Delivering, Functions, NotTaken, Pending};

/// Who invokes the subscribers; functions' policies name it with its region or without.
const PRINCIPAL: &str = "logs.amazonaws.com";

pub struct LogSubscribers {
    pub lambda: Lambda,
    pub authorities: Arc<Authorities>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl Functions for LogSubscribers {
    fn may_invoke(&self, to: &Delivering) -> Result<bool, Fault> {
        // A function that is not there may not be invoked either.
        let Ok(asked) = self.lambda.may_be_invoked(&to.scope, &to.function) else { return Ok(false) };
        for access in asked {
            let access = access
                .context("aws:SourceArn", vec![to.source_arn.clone()])
                .context("aws:SourceAccount", vec![to.scope.account.to_string()]);
            let mut allowed = false;
            for principal in [PRINCIPAL.to_owned(), format!("logs.{}.amazonaws.com", to.scope.region)] {
                let call =
                    as_service::call(&principal, to.scope.clone(), self.ids.as_ref(), self.clock.as_ref());
                let verdict = self.authorities.decide(&call, &access, &service::global_keys(&call))?;
                allowed = allowed || matches!(verdict, Verdict::Allowed);
            }
            if !allowed {
                return Ok(false);
            }
        }
        Ok(self.lambda.exists(&to.scope, &to.function))
    }

    fn hand_over(&self, to: Delivering, event: Vec<u8>) -> Pending<'_, Result<(), NotTaken>> {
        Box::pin(async move {
            match self.may_invoke(&to) {
                Ok(true) => {}
                Ok(false) => return Err(NotTaken(format!("`{}` may not be invoked", to.function))),
                Err(fault) => return Err(NotTaken(fault.to_string())),
            }
            let id = self.ids.uuid();
            let taken = self.lambda.accept_for_service(&to.scope, &to.function, id, event).await;
            taken.map_err(|refused| NotTaken(refused.to_string()))
        })
    }
}
