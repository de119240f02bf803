//! moat's own interface under `/_moat/`: what the command line asks for.

use crate::accounts::{AccountError, Accounts};
use crate::map::Mapping;
use crate::obstacles::Ran;
use crate::programs::{Programs, Refused};
use crate::reach::Reaching;
use crate::refusals::Refusals;
use crate::why::{Asking, Explainer, WhyError};
use base::AccountId;
use edge::{Internal, Reply};
use policy::Principal;
use service::Call;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use svc_cloudtrail::{CloudTrail, Entry};
use svc_lambda::Lambda;
use tokio::sync::Notify;
use wire::http::{Request, Response};

pub struct Console {
    pub accounts: Arc<Accounts>,
    pub store: Store,
    pub explainer: Arc<Explainer>,
    pub lambda: Lambda,
    pub trail: Arc<CloudTrail>,
    /// What APIs refused.
    pub refusals: Arc<Refusals>,
    pub programs: Arc<Programs>,
    /// How many environments wait for a function.
    pub waiting: Box<dyn Fn() -> usize + Send + Sync>,
    pub data_dir: PathBuf,
    /// Notified when a client asks moat to stop.
    pub stop: Arc<Notify>,
}

/// Where a call of the past is asked about, by its request id.
const REQUESTS: &str = "/_moat/requests/";
/// How long a question for drops waits for the next one, and how often it looks.
const DROPS_PATIENCE: Duration = Duration::from_secs(5);
const DROPS_PAUSE: Duration = Duration::from_millis(50);
/// Where programs are run, and run beside others, and connections passed on.
const PROGRAMS: &str = "/_moat/programs/";
/// Where accounts are added, listed and removed.
const ACCOUNTS: &str = "/_moat/accounts";

impl Internal for Console {
    fn handle<'a>(&'a self, call: &'a Call, request: &'a Request) -> Reply<'a> {
        Box::pin(async move {
            // Programs are asked for in the caller's own name.
            if let ("POST", Some(act)) = (request.method.as_str(), request.path.strip_prefix(PROGRAMS)) {
                return self.program(call, act, request).await;
            }
            // Explanations show every policy and rule of the account.
            if !matches!(call.caller.principal, Principal::Root { .. }) {
                return refuse(403, "only the account's root may ask moat itself");
            }
            match (request.method.as_str(), request.path.as_str()) {
                ("POST", "/_moat/why") => self.why(call, request).await,
                ("POST", "/_moat/stop") => self.stop(request),
                ("GET", "/_moat/drops") => self.drops(call, request).await,
                ("POST", "/_moat/reach") => self.reach(call, request),
                ("POST", "/_moat/map") => self.map(call, request).await,
                ("POST", "/_moat/functions/obstacles") => self.obstacles(call, request).await,
                ("GET", "/_moat/status") => self.status().await,
                ("GET", "/_moat/functions/cold-starts") => self.cold_starts(call, request),
                (method, path) if path.starts_with(ACCOUNTS) => self.accounts(call, method, path).await,
                ("GET", path) if path.starts_with(REQUESTS) => self.request(call, path).await,
                _ => refuse(404, "there is no such command"),
            }
        })
    }
}

impl Console {
    async fn why(&self, call: &Call, request: &Request) -> Response {
        let asking: Asking = match serde_json::from_slice(&request.body) {
            Ok(asking) => asking,
            Err(error) => return refuse(400, &error.to_string()),
        };
        let (explainer, scope) = (self.explainer.clone(), call.scope.clone());
        match tokio::task::spawn_blocking(move || explainer.explain(&scope, &asking)).await {
            Ok(Ok(answered)) => json(200, &serde_json::to_value(&answered).unwrap_or_default()),
            Ok(Err(WhyError::Fault(fault))) => {
                tracing::error!(%fault, "explain");
                refuse(500, "moat could not read its state; its log says why")
            }
            Ok(Err(error)) => refuse(404, &error.to_string()),
            Err(_) => refuse(500, "the explanation did not end well; moat's log says why"),
        }
    }

    /// What the caller's networks dropped after a moment, waiting a little when there is nothing.
    async fn drops(&self, call: &Call, request: &Request) -> Response {
        let after = request.query.strip_prefix("after=").and_then(|text| text.parse().ok()).unwrap_or(0);
        let deadline = Instant::now() + DROPS_PATIENCE;
        loop {
            match self.explainer.drops(&call.scope, after) {
                Ok(drops) if drops.is_empty() && after > 0 && Instant::now() < deadline => {
                    tokio::time::sleep(DROPS_PAUSE).await;
                }
                Ok(drops) => return json(200, &serde_json::Value::Array(drops)),
                Err(fault) => {
                    tracing::error!(%fault, "read the networks");
                    return refuse(500, "moat could not read its state; its log says why");
                }
            }
        }
    }

    fn reach(&self, call: &Call, request: &Request) -> Response {
        let asking: Reaching = match serde_json::from_slice(&request.body) {
            Ok(asking) => asking,
            Err(error) => return refuse(400, &error.to_string()),
        };
        match self.explainer.reach(&call.scope, &asking) {
            Ok(reached) => json(200, &reached),
            Err(WhyError::Fault(fault)) => {
                tracing::error!(%fault, "say who reaches a place");
                refuse(500, "moat could not read its state; its log says why")
            }
            Err(error) => refuse(404, &error.to_string()),
        }
    }

    async fn map(&self, call: &Call, request: &Request) -> Response {
        let asked: Mapping = match serde_json::from_slice(&request.body) {
            Ok(asked) => asked,
            Err(error) => return refuse(400, &error.to_string()),
        };
        let (explainer, scope) = (self.explainer.clone(), call.scope.clone());
        match tokio::task::spawn_blocking(move || explainer.map(&scope, &asked)).await {
            Ok(Ok(drawing)) => json(200, &serde_json::json!({ "map": drawing })),
            Ok(Err(WhyError::Fault(fault))) => {
                tracing::error!(%fault, "draw the networks");
                refuse(500, "moat could not read its state; its log says why")
            }
            Ok(Err(error)) => refuse(404, &error.to_string()),
            Err(_) => refuse(500, "the drawing did not end well; moat's log says why"),
        }
    }

    /// What was in the way of a function that ran.
    async fn obstacles(&self, call: &Call, request: &Request) -> Response {
        let ran: Ran = match serde_json::from_slice(&request.body) {
            Ok(ran) => ran,
            Err(error) => return refuse(400, &error.to_string()),
        };
        match self.explainer.obstacles(&call.scope, &ran, &self.trail).await {
            Ok(found) => json(200, &serde_json::to_value(&found).unwrap_or_default()),
            Err(WhyError::Fault(fault)) => {
                tracing::error!(%fault, "say what was in a function's way");
                refuse(500, "moat could not read its state; its log says why")
            }
            Err(error) => refuse(404, &error.to_string()),
        }
    }

    async fn program(&self, call: &Call, act: &str, request: &Request) -> Response {
        let done = match act {
            "run" => match serde_json::from_slice(&request.body) {
                Ok(asked) => self.programs.run(call, asked).await,
                Err(error) => return refuse(400, &error.to_string()),
            },
            "develop" => match serde_json::from_slice(&request.body) {
                Ok(asked) => self.programs.develop(&self.lambda, call, asked).await,
                Err(error) => return refuse(400, &error.to_string()),
            },
            "attach" => match serde_json::from_slice(&request.body) {
                Ok(asked) => self.programs.attach(&self.lambda, call, asked).await,
                Err(error) => return refuse(400, &error.to_string()),
            },
            "exec" | "forward" => {
                let (programs, call) = (self.programs.clone(), call.clone());
                let (act, body) = (act.to_owned(), request.body.clone());
                let work = move || -> Result<serde_json::Value, Refused> {
                    let invalid = |error: serde_json::Error| Refused::Invalid(error.to_string());
                    match act.as_str() {
                        "exec" => programs.exec(&call, &serde_json::from_slice(&body).map_err(invalid)?),
                        _ => programs.forward(&call, &serde_json::from_slice(&body).map_err(invalid)?),
                    }
                };
                match tokio::task::spawn_blocking(work).await {
                    Ok(done) => done,
                    Err(_) => return refuse(500, "the command did not end well; moat's log says why"),
                }
            }
            _ => return refuse(404, "there is no such command"),
        };
        match done {
            Ok(value) => json(200, &value),
            Err(Refused::Denied(message)) => refuse(403, &message),
            Err(Refused::NotFound(message)) => refuse(404, &message),
            Err(Refused::Invalid(message)) => refuse(400, &message),
            Err(Refused::Fault(fault)) => {
                tracing::error!(%fault, "run a program");
                refuse(500, "moat could not read its state; its log says why")
            }
        }
    }

    /// One call of the past, and why it was denied if it was.
    async fn request(&self, call: &Call, path: &str) -> Response {
        let id = path.strip_prefix(REQUESTS).unwrap_or_default();
        if let Some(text) = self.refusals.of(&call.scope.account, id) {
            return json(200, &serde_json::json!({ "succeeded": false, "text": text }));
        }
        match self.trail.request(&call.scope.account, id).await {
            Ok(Some(entry)) => json(200, &told(&entry)),
            Ok(None) => refuse(404, &format!("the record has no request `{id}`")),
            Err(fault) => {
                tracing::error!(%fault, "read the record of calls");
                refuse(500, "moat could not read its state; its log says why")
            }
        }
    }

    /// Stops this moat, if it is the one that is meant: an address may be somebody else's by now.
    fn stop(&self, request: &Request) -> Response {
        let meant: Option<PathBuf> = serde_json::from_slice(&request.body).ok();
        if meant.as_ref() != Some(&self.data_dir) {
            return refuse(409, &format!("this moat runs on {}", self.data_dir.display()));
        }
        self.stop.notify_one();
        json(202, &serde_json::json!({ "stopping": true }))
    }

    /// The default account's root says which other accounts there are.
    async fn accounts(&self, call: &Call, method: &str, path: &str) -> Response {
        if call.scope.account != AccountId::default() {
            return refuse(403, "only the default account's root may ask about accounts");
        }
        let rest = path.strip_prefix(ACCOUNTS).unwrap_or_default();
        let (name, act) =
            rest.trim_start_matches('/').split_once('/').unwrap_or((rest.trim_matches('/'), ""));
        let account = match name.parse::<AccountId>() {
            Ok(account) => Some(account),
            Err(_) if name.is_empty() => None,
            Err(error) => return refuse(400, &error.to_string()),
        };
        let done = match (method, account, act) {
            ("GET", None, "") => self.accounts.list().map_err(AccountError::from).and_then(shown),
            ("POST", account, "") => self.accounts.add(account).await.and_then(shown),
            ("POST", Some(account), "key") => self.accounts.secure(account).await.and_then(shown),
            ("DELETE", Some(account), "") => self.remove(account).await.and_then(shown),
            _ => return refuse(404, "there is no such command"),
        };
        done.map_or_else(|error| account_refused(&error), |value| json(200, &value))
    }

    /// Removes an account, and what still waits to be recorded of it.
    async fn remove(&self, account: AccountId) -> Result<(), AccountError> {
        self.accounts.remove(account.clone()).await?;
        Ok(self.trail.forget(&account).await?)
    }

    /// What the kernel was last given, and how many rows are stored.
    async fn status(&self) -> Response {
        let store = self.store.clone();
        let counted = match tokio::task::spawn_blocking(move || store.counts("")).await {
            Ok(Ok(counted)) => counted,
            Ok(Err(fault)) => {
                tracing::error!(%fault, "count what is stored");
                return refuse(500, "moat could not read its state; its log says why");
            }
            Err(_) => return refuse(500, "the count did not end well; moat's log says why"),
        };
        let (vpcs, interfaces) = self.explainer.network.counts();
        let drops: Vec<String> = self.explainer.network.recent_drops();
        let stored: serde_json::Map<String, serde_json::Value> =
            counted.into_iter().map(|(table, rows)| (table, rows.into())).collect();
        json(
            200,
            &serde_json::json!({
                "running": true, "vpcs": vpcs, "interfaces": interfaces, "waiting_environments": (self.waiting)(),
                "recent_drops": drops, "stored": stored,
            }),
        )
    }

    /// The steps of a function's latest cold starts, for the figures.
    fn cold_starts(&self, call: &Call, request: &Request) -> Response {
        let name = request.query.strip_prefix("name=").unwrap_or_default();
        let starts = self.lambda.cold_starts(&call.scope, name);
        json(200, &serde_json::to_value(&starts).unwrap_or_default())
    }
}

fn shown(value: impl serde::Serialize) -> Result<serde_json::Value, AccountError> {
    Ok(serde_json::to_value(value).unwrap_or_default())
}

fn account_refused(error: &AccountError) -> Response {
    let status = match error {
        AccountError::Unknown(_) => 404,
        AccountError::Exists(_) | AccountError::Holds { .. } | AccountError::IsDefault(_) => 409,
        AccountError::TooMany => 400,
        AccountError::Seal | AccountError::Fault(_) => {
            tracing::error!(%error, "change the accounts");
            return refuse(500, "moat could not change its state; its log says why");
        }
    };
    refuse(status, &error.to_string())
}

fn told(entry: &Entry) -> serde_json::Value {
    let event: serde_json::Value = serde_json::from_str(&entry.event).unwrap_or_default();
    serde_json::json!({
        "succeeded": event.get("errorCode").is_none(),
        "text": entry.explanation(),
        "reasons": entry.reasons,
        "event": event,
    })
}

fn json(status: u16, value: &serde_json::Value) -> Response {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Response { status, headers, body: value.to_string().into(), rest: None }
}

fn refuse(status: u16, message: &str) -> Response {
    json(status, &serde_json::json!({ "message": message }))
}
