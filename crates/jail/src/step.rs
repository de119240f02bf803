//! The steps by which a process is locked up, in their order. README.md tells why each is where it is.

use std::fmt;
use std::time::Duration;

use nix::errno::Errno;

/// One step. Its number is what the child reports, what an error says, and what README.md calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Step {
    /// New pid, mount, ipc and uts namespaces.
    Clone = 1,
    /// The control group that bounds it.
    ControlGroup = 2,
    /// The network namespace that was made for it.
    Network = 3,
    /// Its host name.
    HostName = 4,
    /// Mounts that no longer spread to anybody else.
    Private = 5,
    /// The new root, in memory, and everything that is mounted in it.
    Root = 6,
    /// The new root becomes the root, the old one goes.
    Pivot = 7,
    /// The new root becomes read-only.
    Seal = 8,
    /// Standard streams; everything else closes when the program starts.
    Descriptors = 9,
    /// No supplementary groups.
    Groups = 10,
    /// A new user namespace that holds one user and one group.
    User = 11,
    /// That user and that group.
    Identity = 12,
    /// Resource limits.
    Limits = 13,
    /// No capabilities, and no way to any.
    Capabilities = 14,
    /// Death together with the parent, where that is wanted.
    DeathSignal = 15,
    /// Default signal dispositions and an empty mask.
    Signals = 16,
    /// The system call filter.
    Filter = 17,
    /// The program.
    Exec = 18,
}

impl Step {
    /// All steps in their order.
    pub const ALL: [Step; 18] = [
        Step::Clone,
        Step::ControlGroup,
        Step::Network,
        Step::HostName,
        Step::Private,
        Step::Root,
        Step::Pivot,
        Step::Seal,
        Step::Descriptors,
        Step::Groups,
        Step::User,
        Step::Identity,
        Step::Limits,
        Step::Capabilities,
        Step::DeathSignal,
        Step::Signals,
        Step::Filter,
        Step::Exec,
    ];

    pub(crate) fn numbered(number: u8) -> Option<Step> {
        Step::ALL.into_iter().find(|step| *step as u8 == number)
    }

    /// The step's name in traces.
    pub fn name(self) -> &'static str {
        match self {
            Step::Clone => "clone",
            Step::ControlGroup => "control_group",
            Step::Network => "network",
            Step::HostName => "host_name",
            Step::Private => "private",
            Step::Root => "root",
            Step::Pivot => "pivot",
            Step::Seal => "seal",
            Step::Descriptors => "descriptors",
            Step::Groups => "groups",
            Step::User => "user",
            Step::Identity => "identity",
            Step::Limits => "limits",
            Step::Capabilities => "capabilities",
            Step::DeathSignal => "death_signal",
            Step::Signals => "signals",
            Step::Filter => "filter",
            Step::Exec => "exec",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} ({})", *self as u8, self.name())
    }
}

/// How long each step took, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace(pub Vec<(Step, Duration)>);

impl Trace {
    /// All steps together.
    pub fn total(&self) -> Duration {
        self.0.iter().map(|(_, duration)| *duration).sum()
    }
}

/// A step that the kernel refused. Nothing of the process is left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{step} failed on `{object}`")]
pub struct Failure {
    /// Which one.
    pub step: Step,
    /// The path, program or name it was about; empty when there is none.
    pub object: String,
    /// What the kernel answered.
    pub source: Errno,
}

impl Failure {
    /// Whether the kernel refused for want of permission.
    pub fn denied(&self) -> bool {
        matches!(self.source, Errno::EACCES | Errno::EPERM)
    }
}
