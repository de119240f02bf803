//! All extensions of one environment, each a small state machine.
//!
//! ```text
//! Started ─register─> Registered ─next─> Ready ─event─> Running ─next─> Ready
//!                         └─/init/error─> InitError     any ─/exit/error─> ExitError
//! ```

use super::{Lifecycle, MAX_EXTENSIONS, Refused, ShutdownReason};
use base::{Ids, Timestamp};
use tokio::sync::oneshot;

const INVOKE: &str = "INVOKE";
const SHUTDOWN: &str = "SHUTDOWN";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Started,
    Registered,
    Ready,
    Running,
    InitError,
    ExitError,
    ShutdownFailed,
    Exited,
    LaunchError,
}

impl State {
    /// As AWS's log names it.
    fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Registered => "Registered",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::InitError => "InitError",
            Self::ExitError => "ExitError",
            Self::ShutdownFailed => "ShutdownFailed",
            Self::Exited => "Exited",
            Self::LaunchError => "LaunchError",
        }
    }
}

struct Extension {
    name: String,
    id: String,
    /// A program of its own.
    external: bool,
    state: State,
    events: Vec<String>,
    error_type: Option<String>,
    next: Option<oneshot::Sender<Lifecycle>>,
}

/// What is known of an extension, for logs and for the environment's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub name: String,
    pub external: bool,
    pub state: &'static str,
    pub events: Vec<String>,
    pub error_type: Option<String>,
}

impl Known {
    /// Whether it is to be asked to end rather than killed.
    pub fn awaits_shutdown(&self) -> bool {
        self.external && self.events.iter().any(|event| event == SHUTDOWN)
    }

    /// As AWS's log has it after an initialisation.
    pub fn line(&self) -> String {
        let error = self.error_type.as_deref().map(|error| format!("\tError Type: {error}"));
        let (name, state, events) = (&self.name, self.state, self.events.join(","));
        format!("EXTENSION\tName: {name}\tState: {state}\tEvents: [{events}]{}", error.unwrap_or_default())
    }
}

/// An extension that has ended although nobody asked it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// `Extension.Crash` and its like.
    pub error_type: &'static str,
    /// `exit code 0`, `exit status 1`, `signal: killed`, …
    pub how: String,
}

/// The extensions of one environment.
#[derive(Default)]
pub struct Extensions {
    all: Vec<Extension>,
    closed: bool,
    /// What was reported first.
    reported: Option<&'static str>,
    shutdown: Option<Lifecycle>,
}

impl Extensions {
    pub fn started(names: &[String], ids: &dyn Ids) -> Self {
        let all = names.iter().map(|name| Extension::new(name, true, ids)).collect();
        Self { all, ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn known(&self) -> Vec<Known> {
        let known = |extension: &Extension| Known {
            name: extension.name.clone(),
            external: extension.external,
            state: extension.state.name(),
            events: extension.events.clone(),
            error_type: extension.error_type.clone(),
        };
        self.all.iter().map(known).collect()
    }

    /// The name of who has this identifier.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.all.iter().find(|extension| extension.id == id).map(|extension| extension.name.as_str())
    }

    /// Whether every external extension has registered, after which the runtime may start.
    pub fn have_registered(&self) -> bool {
        self.all.iter().all(|extension| extension.state != State::Started)
    }

    /// Whether all wait for their next event.
    pub fn are_idle(&self) -> bool {
        self.all.iter().all(|extension| extension.state == State::Ready)
    }

    /// No others from now on.
    pub fn close(&mut self) {
        self.closed = true;
    }

    pub fn register(&mut self, name: &str, events: Vec<String>, ids: &dyn Ids) -> Result<String, Refused> {
        let found = self.all.iter_mut().find(|extension| extension.external && extension.name == name);
        if let Some(extension) = found {
            validate(&events, true)?;
            return extension.register(events).map(|()| extension.id.clone());
        }
        validate(&events, false)?;
        if self.closed {
            return Err(Refused::new(
                "Extension.RegistrationClosed",
                "Extension registration closed already",
            ));
        }
        if self.all.len() >= MAX_EXTENSIONS {
            let message = format!("Extension limit ({MAX_EXTENSIONS}) reached");
            return Err(Refused::new("Extension.TooManyExtensions", message));
        }
        if self.all.iter().any(|extension| extension.name == name) {
            let message = "Extension with this name already registered";
            return Err(Refused::new("Extension.InvalidExtensionState", message));
        }
        let mut extension = Extension::new(name, false, ids);
        extension.register(events)?;
        let id = extension.id.clone();
        self.all.push(extension);
        Ok(id)
    }

    /// The extension has done what it had to do and waits.
    pub fn next(&mut self, id: &str) -> Result<oneshot::Receiver<Lifecycle>, Refused> {
        let shutdown = self.shutdown.clone();
        let extension = self.find(id).ok_or_else(|| {
            Refused::new("Extension.UnknownExtensionIdentifier", format!("Unknown extension {id}"))
        })?;
        let left = extension.next.as_ref().is_some_and(oneshot::Sender::is_closed);
        match extension.state {
            State::Registered | State::Running => {}
            // The connection on which it asked before is gone.
            State::Ready if left => {}
            state => return Err(Refused::state(state.name(), "Ready", id)),
        }
        extension.state = State::Ready;
        let (event, asked) = oneshot::channel();
        extension.next = Some(event);
        if let Some(shutdown) = shutdown {
            extension.tell_of_end(&shutdown);
        }
        Ok(asked)
    }

    pub fn init_error(&mut self, id: &str, error_type: String) -> Result<(), Refused> {
        let extension = self.find(id).ok_or_else(unknown)?;
        match extension.state {
            State::InitError => return Ok(()),
            State::Registered => extension.state = State::InitError,
            state => return Err(Refused::state(state.name(), "InitError", id)),
        }
        extension.error_type = Some(error_type);
        self.reported.get_or_insert("Extension.InitError");
        Ok(())
    }

    pub fn exit_error(&mut self, id: &str, error_type: String) -> Result<(), Refused> {
        let extension = self.find(id).ok_or_else(unknown)?;
        match extension.state {
            State::ExitError => return Ok(()),
            State::Registered | State::Ready | State::Running => extension.state = State::ExitError,
            state => return Err(Refused::state(state.name(), "Exited", id)),
        }
        extension.error_type = Some(error_type);
        self.reported.get_or_insert("Extension.ExitError");
        Ok(())
    }

    /// Tells those that want to hear of invocations.
    pub fn invoke(&mut self, event: &Lifecycle) {
        for extension in self.all.iter_mut().filter(|extension| extension.wants(INVOKE)) {
            extension.tell(event.clone());
        }
    }

    /// Tells those that want to hear of the environment's end, each when it asks next.
    pub fn shutdown(&mut self, reason: ShutdownReason, deadline: Timestamp) {
        let event = Lifecycle::Shutdown { reason, deadline };
        self.all.iter_mut().for_each(|extension| extension.tell_of_end(&event));
        self.closed = true;
        self.shutdown = Some(event);
    }

    /// An external extension could not be started.
    pub fn not_started(&mut self, name: &str, error_type: &str, how: String) -> Ended {
        if let Some(extension) = self.all.iter_mut().find(|extension| extension.name == name) {
            extension.state = State::LaunchError;
            extension.error_type = Some(error_type.to_owned());
        }
        Ended { error_type: "Extension.LaunchError", how }
    }

    /// The program of an external extension has ended; nothing unless that is an error.
    pub fn ended(&mut self, name: &str, how: String) -> Option<Ended> {
        let (ending, clean) = (self.shutdown.is_some(), how == "exit code 0");
        let extension = self.all.iter_mut().find(|extension| extension.external && extension.name == name)?;
        extension.next = None;
        if ending {
            extension.state = if clean { State::Exited } else { State::ShutdownFailed };
            return None;
        }
        if extension.state == State::LaunchError {
            return None;
        }
        if !matches!(extension.state, State::InitError | State::ExitError) {
            extension.state = State::Exited;
        }
        Some(Ended { error_type: self.reported.unwrap_or("Extension.Crash"), how })
    }

    fn find(&mut self, id: &str) -> Option<&mut Extension> {
        self.all.iter_mut().find(|extension| extension.id == id)
    }
}

impl Extension {
    fn new(name: &str, external: bool, ids: &dyn Ids) -> Self {
        Self {
            name: name.to_owned(),
            id: ids.uuid(),
            external,
            state: State::Started,
            events: Vec::new(),
            error_type: None,
            next: None,
        }
    }

    fn register(&mut self, mut events: Vec<String>) -> Result<(), Refused> {
        if self.state != State::Started {
            return Err(Refused::state(self.state.name(), "Registered", &self.name));
        }
        events.sort();
        events.dedup();
        self.events = events;
        self.state = State::Registered;
        Ok(())
    }

    fn wants(&self, event: &str) -> bool {
        self.events.iter().any(|wanted| wanted == event)
    }

    /// Hands the event to who waits for it. A connection that is gone by now asks again.
    fn tell(&mut self, event: Lifecycle) {
        if let Some(next) = self.next.take() {
            self.state = State::Running;
            let _ = next.send(event);
        }
    }

    fn tell_of_end(&mut self, event: &Lifecycle) {
        if self.external && self.wants(SHUTDOWN) {
            self.tell(event.clone());
        }
    }
}

fn unknown() -> Refused {
    Refused::new("Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier")
}

fn validate(events: &[String], external: bool) -> Result<(), Refused> {
    let wrong = events.iter().find_map(|event| match event.as_str() {
        INVOKE => None,
        SHUTDOWN if external => None,
        SHUTDOWN => Some((event, "event not supported for internal extensions")),
        _ => Some((event, "invalid event type")),
    });
    match wrong {
        Some((event, why)) => Err(Refused::new("Extension.InvalidEventType", format!("{event}: {why}"))),
        None => Ok(()),
    }
}
