//! `moat attach-debugger`: a function waits for a debugger, whose connections are passed on to its environment. Who asks
//! is connected to the socket in the data directory and may update the function's code.

use crate::programs::{Programs, Refused};
use base::Scope;
use serde::Deserialize;
use serde_json::{Value, json};
use service::Call;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use svc_lambda::Lambda;
use svc_lambda::needs::StartEnvironment;

/// Where the debugger listens, in an environment's own network namespace.
const PORT: u16 = 5678;
const LOOK_EVERY: Duration = Duration::from_millis(50);
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// The namespaces of the environments that wait for a debugger, by function; the newest of each.
#[derive(Default)]
pub struct Debugged(Mutex<BTreeMap<String, PathBuf>>);

impl Debugged {
    /// Notes where an environment is, if it is to be debugged.
    pub fn note(&self, wanted: &StartEnvironment, netns: &Path) {
        if wanted.env.0.iter().any(|(name, _)| name == svc_lambda::DEBUGGED) {
            let key = key(&wanted.scope, &wanted.function_name);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, netns.to_owned());
        }
    }

    fn of(&self, key: &str) -> Option<PathBuf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn key(scope: &Scope, function: &str) -> String {
    scope.key(function)
}

#[derive(Debug, Deserialize)]
pub struct Attach {
    token: String,
    function: String,
}

impl Programs {
    pub async fn attach(&self, lambda: &Lambda, call: &Call, asked: Attach) -> Result<Value, Refused> {
        let line = self.operator(&asked.token)?;
        self.may_change_code(lambda, call, &asked.function)?;
        let begun = lambda.begin_debugging(call, &asked.function);
        let (key, runtime) = begun.map_err(crate::develop::refused)?;
        let (debugged, plane, waiting) = (self.debugged.clone(), self.network.plane().clone(), line.clone());
        let function = key.clone();
        line.allow(Box::new(move || {
            let to = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);
            // The environment comes with the next invocation, and listens a little later.
            while !waiting.is_closed() {
                let found = debugged.of(&function);
                let opened = found.map(|netns| plane.connect_in(&netns, to, CONNECT_PATIENCE));
                if let Some(Ok(Ok(stream))) = opened {
                    return Ok::<TcpStream, String>(stream);
                }
                std::thread::sleep(LOOK_EVERY);
            }
            Err("the command has ended".to_owned())
        }));
        let (lambda, debugged) = (lambda.clone(), Arc::clone(&self.debugged));
        tokio::spawn(async move {
            while !line.is_closed() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            debugged.forget(&key);
            lambda.end_debugging(&key).await;
        });
        Ok(json!({ "function": asked.function, "runtime": runtime }))
    }
}
