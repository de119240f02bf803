//! Functions that somebody debugs: their environments wait for the debugger, and have as long as it takes.

use crate::error;
use crate::lambda::Lambda;
use crate::model::Serving;
use crate::name::Named;
use service::{Call, ServiceError};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The handler in a Python function's place, which waits and then calls it; `script/lib/moat_debugger.py`. The runtime
/// of Node.js waits by itself.
const HANDLER: &str = "moat_debugger.handler";
/// What says which the function's own handler is, and that an environment waits for a debugger.
pub const VARIABLE: &str = "_MOAT_HANDLER";
/// How long an invocation may take meanwhile.
const TIMEOUT_S: u32 = 24 * 3600;
/// Begins the part of a generation that says so.
const MARK: &str = "@debugged-";

/// The functions, each with the number of its session.
#[derive(Default)]
pub struct Debugging {
    sessions: Mutex<BTreeMap<String, u64>>,
    begun: Mutex<u64>,
}

impl Debugging {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, key: &str) -> bool {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sessions = self.lock();
        if sessions.contains_key(key) {
            return false;
        }
        *begun += 1;
        sessions.insert(key.to_owned(), *begun);
        true
    }

    /// What is served while somebody debugs; `None` when nobody does.
    pub fn served(&self, key: &str, serving: &Serving) -> Option<Serving> {
        let number = *self.lock().get(key)?;
        let mut served = serving.clone();
        served.generation.push_str(&format!("{MARK}{number}"));
        served.settings.environment.set(VARIABLE, &serving.settings.handler);
        if is_python(&served.settings.runtime) {
            HANDLER.clone_into(&mut served.settings.handler);
        }
        served.settings.timeout_s = TIMEOUT_S;
        Some(served)
    }

    /// Whether an environment was made for a session that has ended.
    pub fn is_over(&self, key: &str, generation: &str) -> bool {
        let Some((_, number)) = generation.rsplit_once(MARK) else { return false };
        number.parse().ok() != self.lock().get(key).copied()
    }
}

impl Lambda {
    /// Has a function wait for a debugger from its next invocation on; its key and its runtime. The caller has asked
    /// [`Self::access_to_code`]: a debugger can do what code can.
    pub fn begin_debugging(&self, call: &Call, function: &str) -> Result<(String, String), ServiceError> {
        let named = Named::parse(&call.scope, function, None)?.unqualified();
        let runtime = self.function(&named)?.settings.runtime.clone();
        if !is_python(&runtime) && !runtime.starts_with("nodejs") {
            return Err(ServiceError::not_implemented(&format!("A debugger for {runtime}")));
        }
        let key = named.key();
        if !self.debugging.begin(&key) {
            return Err(error::conflict(format!("A debugger is attached to {} already", named.name)));
        }
        Ok((key, runtime))
    }

    /// Ends that, and the environments that were made for it, whatever they do.
    pub async fn end_debugging(&self, key: &str) {
        // What starts meanwhile is in the pool before it asks whether the session is over.
        self.debugging.lock().remove(key);
        for live in self.pools.all() {
            if live.function_key == key && live.generation.contains(MARK) {
                live.end().await;
                self.pools.remove(&live);
            }
        }
    }
}

fn is_python(runtime: &str) -> bool {
    runtime.starts_with("python")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_over_when_it_or_a_later_one_has_ended() {
        let debugging = Debugging::default();
        assert!(debugging.begin("f") && !debugging.begin("f"), "one at a time");
        let made = format!("revision@0123{MARK}1");
        assert!(!debugging.is_over("f", &made) && !debugging.is_over("f", "revision"));
        assert!(debugging.is_over("g", &made));
        debugging.lock().remove("f");
        assert!(debugging.is_over("f", &made) && !debugging.is_over("f", "revision"));
        assert!(debugging.begin("f"));
        assert!(debugging.is_over("f", &made), "the second session is another one");
    }
}
