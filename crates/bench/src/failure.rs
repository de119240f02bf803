//! Why a run has no figures.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("cannot {step}")]
    Io { step: String, source: io::Error },
    #[error("`{program}` did not start; its log ends with: {log}")]
    NotStarted { program: PathBuf, log: String },
    #[error("`{what}` answered {status}: {body}")]
    Refused { what: String, status: u16, body: String },
    #[error("the answer to `{what}` has no `{field}`: {body}")]
    Missing { what: String, field: &'static str, body: String },
    #[error("`{what}` was not so within {seconds} s: {last}")]
    Late { what: String, seconds: u64, last: String },
    #[error("`{what}` answered `{answer}` instead of the event")]
    WrongAnswer { what: String, answer: String },
    #[error("{seen} of {wanted} timed invocations of `{function}` were cold starts")]
    NotCold { function: String, seen: usize, wanted: usize },
    #[error("`{program}` ended with {outcome}: {output}")]
    Program { program: String, outcome: String, output: String },
    #[error("cannot make the package of a function")]
    Package(#[from] zip::result::ZipError),
    #[error("cannot read what was answered")]
    Json(#[from] serde_json::Error),
    #[error("cannot look for the keeper")]
    Keeper(#[from] jail::world::Error),
    #[error("the bench's own request does not verify")]
    Signature(#[from] sigv4::Error),
    #[error("the bench's own network is not one")]
    Network(#[from] vpc::testing::NetworkTextError),
    #[error("`{interface}` was not attached: {why}")]
    NotAttached { interface: base::NetworkInterfaceId, why: String },
    #[error("packets do not obey a rule that changed: {seen:?} instead of {expected:?}")]
    NotObeyed { expected: netplane::Probe, seen: netplane::Probe },
    #[error("the data plane cannot do it")]
    Plane(#[from] netplane::PlaneError),
    #[error("the data plane cannot be brought to a plan")]
    Apply(#[from] netplane::ApplyError),
    #[error("a measuring thread ended badly")]
    Thread,
}

impl Failure {
    pub fn io(step: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let step = step.into();
        move |source| Self::Io { step, source }
    }
}
