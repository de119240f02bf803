//! `moat dev`: a function runs from a directory of the host. Who asks is connected to the socket in the data
//! directory, which shows that it is the operator, and needs what an update of the function's code needs.
//! docs/design/0018-hot-reload.md

use crate::programs::{Programs, Refused};
use crate::terminal::Line;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, ServiceError, Verdict, global_keys};
use std::path::PathBuf;
use std::sync::Arc;
use svc_lambda::Lambda;

#[derive(Debug, Deserialize)]
pub struct Develop {
    token: String,
    function: String,
    /// None goes back to the package.
    directory: Option<PathBuf>,
}

impl Programs {
    pub async fn develop(&self, lambda: &Lambda, call: &Call, asked: Develop) -> Result<Value, Refused> {
        self.operator(&asked.token)?;
        self.may_change_code(lambda, call, &asked.function)?;
        lambda.develop(call, &asked.function, asked.directory.as_deref()).await.map_err(refused)?;
        Ok(json!({ "function": asked.function, "directory": asked.directory }))
    }

    /// The command of whoever can open the data directory.
    pub(crate) fn operator(&self, token: &str) -> Result<Arc<Line>, Refused> {
        let gone = || Refused::Invalid("the command that asks is not connected".to_owned());
        self.terminal.line(token).ok_or_else(gone)
    }

    pub(crate) fn may_change_code(
        &self,
        lambda: &Lambda,
        call: &Call,
        function: &str,
    ) -> Result<(), Refused> {
        for access in lambda.access_to_code(call, function).map_err(refused)? {
            let verdict = self.pipeline.authority().decide(call, &access, &global_keys(call))?;
            if let Verdict::Denied { message, .. } = verdict {
                return Err(Refused::Denied(message));
            }
        }
        Ok(())
    }
}

pub(crate) fn refused(error: ServiceError) -> Refused {
    match error.status {
        404 => Refused::NotFound(error.message),
        _ => Refused::Invalid(error.message),
    }
}
