//! Execution environments: where a function's code runs, made by [`jail::sandbox`] and furnished as Lambda
//! furnishes them: the code at `/var/task`, layers at `/opt`, a `/tmp` of the function's size, the environment
//! variables that functions rely on, and a runtime.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
//!
//! [`Launcher::launch`] blocks; what it returns is one [`Environment`], in which one invocation runs at a time and
//! which is never shared between functions.

mod blank;
mod certificates;
mod environment;
mod extensions;
mod furniture;
mod interpreters;
mod launcher;
pub mod node;
mod python;
mod runtime;
mod variables;

pub use blank::{Blank, BlankSpec, Kind};
pub use certificates::with_system_certificates;
pub use environment::{Ends, Environment, EnvironmentSpec, Exit, Freezer};
pub use extensions::{NotStarted, extensions};
pub use launcher::{Error, Launcher};
pub use python::{Interpreter, Language};
pub use runtime::{Resolved, Runtime, UnknownRuntime};
