//! `moat dev`: a function runs from a directory of the host. Who asks is connected to the socket in the data
//! directory, which shows that it is the operator, and needs what an update of the function's code needs.
//! docs/design/0018-hot-reload.md

use crate::programs::{Programs, Refused};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, ServiceError, Verdict, global_keys};
use std::path::PathBuf;
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
        let line = self.terminal.line(&asked.token);
        line.ok_or_else(|| Refused::Invalid("the command that asks is not connected".to_owned()))?;
        for access in lambda.access_to_code(call, &asked.function).map_err(refused)? {
            let verdict = self.pipeline.authority().decide(call, &access, &global_keys(call))?;
            if let Verdict::Denied { message, .. } = verdict {
                return Err(Refused::Denied(message));
            }
        }
        lambda.develop(call, &asked.function, asked.directory.as_deref()).await.map_err(refused)?;
        Ok(json!({ "function": asked.function, "directory": asked.directory }))
    }
}

fn refused(error: ServiceError) -> Refused {
    match error.status {
        404 => Refused::NotFound(error.message),
        _ => Refused::Invalid(error.message),
    }
}
