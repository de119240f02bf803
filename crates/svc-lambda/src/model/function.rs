//! A function: what was asked for, what is served, and how far the one is from the other.
//!
//! ```text
//! create ─> Pending ──prepared──> Active ──update──> Active, update InProgress ─prepared─> Active
//!              └────impossible──> Failed                        └─impossible─> Active, update Failed
//! ```
//!
//! A published version is such a function too, made from what `$LATEST` was and never changed
//! again; it has its own row, its own interfaces, its own policy and its own environments.
//!
//! `serving` is what invocations use. A function without it is never Active, so one whose
//! interface could not be made cannot be invoked.
//! <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>

use super::{Permission, Settings};
use crate::name::{LATEST, Named};
use crate::needs::AttachedInterface;
use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    pub scope: Scope,
    pub name: String,
    /// The number of a published version; none is `$LATEST`.
    #[serde(default)]
    pub version: Option<u64>,
    /// The highest number that was published, kept by `$LATEST`: none is given twice.
    #[serde(default)]
    pub last_version: u64,
    /// A version's own description, over that of its settings.
    #[serde(default)]
    pub own_description: Option<String>,
    /// As the API shows them.
    pub settings: Settings,
    pub state: State,
    pub update: Update,
    pub serving: Option<Serving>,
    pub last_modified: Timestamp,
    pub revision_id: String,
    pub tags: BTreeMap<String, String>,
    pub permissions: Vec<Permission>,
    pub policy_revision_id: String,
    pub reserved_concurrency: Option<u32>,
    /// Whether events that lead back here again and again are let through.
    #[serde(default)]
    pub recursion_allowed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    Pending,
    Active,
    Failed(Trouble),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Update {
    None,
    InProgress,
    Successful,
    Failed(Trouble),
}

/// Why a function or its update failed, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// One of the model's `StateReasonCode`s.
    pub code: String,
    pub reason: String,
}

/// Settings for which everything is prepared: package unpacked, interfaces attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    pub settings: Settings,
    pub interfaces: Vec<AttachedInterface>,
    /// Environments of another generation take no more work.
    pub generation: String,
}

impl store::Table for Function {
    const NAME: &'static str = "lambda.function";

    fn key(&self) -> String {
        match self.version {
            Some(number) => self.scope.key(&format!("{}:{number}", self.name)),
            None => self.scope.key(&self.name),
        }
    }
}

impl Function {
    pub fn named(&self) -> Named {
        let qualifier = self.version.map(|number| number.to_string());
        Named { scope: self.scope.clone(), name: self.name.clone(), qualifier }
    }

    /// With the version's number, if it is a published one.
    pub fn arn(&self) -> Arn {
        self.named().qualified_arn()
    }

    /// With the version in any case.
    pub fn version_arn(&self) -> Arn {
        let version = self.version_name();
        Arn::regional("lambda", &self.scope, format!("function:{}:{version}", self.name))
    }

    /// The key of the row that counts for the function as a whole.
    pub fn function_key(&self) -> String {
        self.scope.key(&self.name)
    }

    /// `$LATEST` or the number.
    pub fn version_name(&self) -> String {
        self.version.map_or_else(|| LATEST.to_owned(), |number| number.to_string())
    }

    pub fn recursive_loop(&self) -> String {
        if self.recursion_allowed { "Allow" } else { "Terminate" }.to_owned()
    }

    pub fn is_latest(&self) -> bool {
        self.version.is_none()
    }

    /// What this function is now, as its next version. The revision is the caller's to give.
    pub fn snapshot(&mut self, description: Option<String>, revisions: [String; 2], now: Timestamp) -> Self {
        self.last_version += 1;
        let [revision_id, policy_revision_id] = revisions;
        Self {
            scope: self.scope.clone(),
            name: self.name.clone(),
            version: Some(self.last_version),
            last_version: 0,
            own_description: description,
            settings: self.settings.clone(),
            state: State::Pending,
            update: Update::None,
            serving: None,
            last_modified: now,
            revision_id,
            tags: BTreeMap::new(),
            permissions: Vec::new(),
            policy_revision_id,
            reserved_concurrency: None,
            recursion_allowed: false,
        }
    }

    pub fn log_group(&self, settings: &Settings) -> String {
        settings.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", self.name))
    }

    /// Whether something has to be prepared before the settings are served.
    pub fn is_unprepared(&self) -> bool {
        self.state == State::Pending || self.update == Update::InProgress
    }

    /// Whether network interfaces may be held in the function's name.
    pub fn may_hold_interfaces(&self) -> bool {
        self.settings.vpc.is_some() || self.serving.as_ref().is_some_and(|s| s.settings.vpc.is_some())
    }

    /// The settings changed; what is served stays until the new ones are prepared.
    pub fn change(&mut self, settings: Settings, revision_id: String, now: Timestamp) {
        self.settings = settings;
        self.revision_id = revision_id;
        self.last_modified = now;
        if self.serving.is_some() {
            self.state = State::Active;
            self.update = Update::InProgress;
        } else {
            self.state = State::Pending;
            self.update = Update::None;
        }
    }

    /// Everything for the settings is there.
    pub fn prepared(&mut self, interfaces: Vec<AttachedInterface>) {
        let generation = self.revision_id.clone();
        self.serving = Some(Serving { settings: self.settings.clone(), interfaces, generation });
        self.state = State::Active;
        self.update = Update::Successful;
    }

    /// The settings cannot be served.
    pub fn failed(&mut self, trouble: Trouble) {
        match self.serving {
            Some(_) => self.update = Update::Failed(trouble),
            None => self.state = State::Failed(trouble),
        }
    }
}
