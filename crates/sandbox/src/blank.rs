//! Environments that are made before it is known for which function: everything but the code, the variables, the
//! memory and the interface is there, and for Python an interpreter, a copy of a parked one, waits inside.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use jail::sandbox::{Builder, Program, Sandbox, Zygote, ZygoteSpec};

use crate::environment::{EnvironmentSpec, Waiting};
use crate::extensions::{self, NotStarted};
use crate::furniture;
use crate::interpreters::Interpreters;
use crate::launcher::{Error, MAX_OPEN_FILES, MAX_TASKS};
use crate::python::{Interpreter, Language};
use crate::runtime::{Resolved, Runtime};
use crate::variables;

/// The least memory that a function can have.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const LEAST_MEMORY_MB: u32 = 128;
/// The copies of one parked interpreter share the seed of its hashes and the layout of its memory, which one function
/// can find out about itself; so a parked interpreter is replaced after this many.
const COPIES: u32 = 64;
/// When its successor is started, so that nobody waits for it.
const COPIES_BEFORE_SUCCESSOR: u32 = 48;
/// An interpreter, its libraries and its allocator read these when it starts, so a copy of one that runs already
/// would not heed them.
const READ_AT_START: [&str; 7] = ["PYTHON", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "NODE_", "UV_"];

/// What an environment can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A program that the function brings.
    Program,
    /// A function in Python 3, for the interpreter of this minor version.
    Python(u32),
    /// A function in Node.js of this major version.
    Node(u32),
}

/// A blank to be.
#[derive(Debug, Clone)]
pub struct BlankSpec {
    /// The network namespace it lives in.
    pub netns: PathBuf,
    /// What for.
    pub kind: Kind,
    /// As in [`EnvironmentSpec`].
    pub ca_bundle: Option<PathBuf>,
    /// As in [`EnvironmentSpec`].
    pub sdk_dir: Option<PathBuf>,
}

/// An environment that waits for its function. Dropping it ends it.
#[derive(Debug)]
pub struct Blank {
    pub(crate) kind: Kind,
    pub(crate) sandbox: Sandbox,
}

impl Blank {
    /// Whether it can still be used.
    pub fn waits(&mut self) -> bool {
        matches!(self.sandbox.wait(std::time::Duration::ZERO), Ok(None))
    }

    /// The program inside, where one waits, in the world's pid namespace.
    pub fn program(&self) -> Option<i32> {
        self.sandbox.program()
    }
}

/// The kind that this function needs, if there is one: what has to be read when an interpreter starts needs one that
/// starts for it alone.
pub(crate) fn kind(resolved: &Resolved, variables: &[(OsString, OsString)]) -> Option<Kind> {
    let Some((language, _)) = resolved.runtime.language() else { return Some(Kind::Program) };
    let usual = variables::read_at_start(resolved.runtime, true);
    let unusual = variables.iter().any(|(name, value)| {
        let read = READ_AT_START.iter().any(|start| name.as_bytes().starts_with(start.as_bytes()));
        read && !usual.iter().any(|(known, usual)| name == known.as_str() && value == usual.as_str())
    });
    let version = resolved.interpreter.as_ref()?.version;
    let kind = match language {
        Language::Python => Kind::Python(version),
        Language::Node => Kind::Node(version),
    };
    (!unusual).then_some(kind)
}

/// Makes blanks. It lives on one thread, because what it makes dies with that.
pub(crate) struct Maker<'a> {
    pub builder: &'a Builder,
    pub interpreters: &'a Interpreters,
    zygotes: BTreeMap<u32, Zygote>,
    successors: BTreeMap<u32, Zygote>,
    made: u64,
}

impl<'a> Maker<'a> {
    pub fn new(builder: &'a Builder, interpreters: &'a Interpreters) -> Maker<'a> {
        Maker { builder, interpreters, zygotes: BTreeMap::new(), successors: BTreeMap::new(), made: 0 }
    }

    pub fn make(&mut self, spec: &BlankSpec) -> Result<Blank, Error> {
        self.made += 1;
        let interpreter = match spec.kind {
            Kind::Program => None,
            Kind::Python(minor) => Some(self.interpreter(Runtime::Python { minor })?),
            Kind::Node(major) => Some(self.interpreter(Runtime::Node { major })?),
        };
        let root = furniture::blank(spec, interpreter.as_ref());
        let name = format!("blank-{}-{}", std::process::id(), self.made);
        let sandbox = crate::launcher::sandbox_spec(
            name,
            spec.netns.clone(),
            root,
            None,
            LEAST_MEMORY_MB,
            furniture::LEAST_TMP_MB,
        );
        let mut sandbox = self.builder.build(&sandbox)?;
        match (spec.kind, interpreter) {
            (Kind::Python(_), Some(interpreter)) => self.copy(&interpreter, &mut sandbox)?,
            (Kind::Node(_), Some(interpreter)) => wait_in_node(&interpreter, spec, &mut sandbox)?,
            _ => {}
        }
        Ok(Blank { kind: spec.kind, sandbox })
    }

    fn interpreter(&self, runtime: Runtime) -> Result<Interpreter, Error> {
        let resolved = self.interpreters.resolve(runtime);
        resolved.and_then(|resolved| resolved.interpreter).ok_or(Error::NoInterpreter(runtime))
    }

    fn copy(&mut self, interpreter: &Interpreter, sandbox: &mut Sandbox) -> Result<(), Error> {
        let minor = interpreter.version;
        let used_up = self.zygotes.get(&minor).is_none_or(|zygote| zygote.copies() >= COPIES);
        if used_up {
            let next = self.successors.remove(&minor).map_or_else(|| self.park(interpreter), Ok)?;
            self.zygotes.insert(minor, next);
        }
        let Some(zygote) = self.zygotes.get_mut(&minor) else { return Err(Error::Stopped) };
        let copied = zygote.copy_into(sandbox);
        let copies = zygote.copies();
        if copied.is_err() {
            // The next one starts afresh.
            self.zygotes.remove(&minor);
        } else if copies >= COPIES_BEFORE_SUCCESSOR && !self.successors.contains_key(&minor) {
            let successor = self.park(interpreter)?;
            self.successors.insert(minor, successor);
        }
        Ok(copied?)
    }

    fn park(&self, interpreter: &Interpreter) -> Result<Zygote, Error> {
        let runtime = Runtime::Python { minor: interpreter.version };
        let env = variables::read_at_start(runtime, false);
        let program = Program {
            path: interpreter.program.clone(),
            args: furniture::PYTHON_ARGUMENTS.map(Into::into).to_vec(),
            env: env.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            cwd: PathBuf::from("/"),
        };
        let root = furniture::parked(interpreter);
        Ok(self.builder.zygote(&ZygoteSpec {
            root,
            program,
            open_files: MAX_OPEN_FILES,
            tasks: MAX_TASKS,
        })?)
    }
}

/// Node.js cannot be copied, since it has threads from its beginning; so each starts by itself and waits.
fn wait_in_node(interpreter: &Interpreter, spec: &BlankSpec, sandbox: &mut Sandbox) -> Result<(), Error> {
    let runtime = Runtime::Node { major: interpreter.version };
    let mut env = variables::read_at_start(runtime, spec.ca_bundle.is_some());
    env.push(("MOAT_WAIT".to_owned(), "1".to_owned()));
    let program = Program {
        path: interpreter.program.clone(),
        args: furniture::NODE_ARGUMENTS.map(Into::into).to_vec(),
        env: env.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        cwd: PathBuf::from("/"),
    };
    Ok(sandbox.run(&program, true)?)
}

/// What was measured, and what did not start or waits.
pub(crate) struct PutToUse {
    pub trace: Vec<(&'static str, u64)>,
    pub not_started: Option<NotStarted>,
    pub waiting: Option<Waiting>,
}

/// Makes a blank the environment of a function: its files, its memory, and then its code or its variables.
pub(crate) fn put_to_use(
    blank: &mut Blank,
    spec: &EnvironmentSpec,
    resolver: PathBuf,
    program: Program,
) -> Result<PutToUse, Error> {
    let mut steps = Vec::new();
    let mut began = std::time::Instant::now();
    let mut done = |name: &'static str| {
        let now = std::time::Instant::now();
        steps.push((name, u64::try_from((now - began).as_micros()).unwrap_or(u64::MAX)));
        began = now;
    };
    blank.sandbox.fit(&furniture::fitting(spec, resolver))?;
    done("fit");
    blank.sandbox.allow(u64::from(spec.memory_mb) << 20, u64::from(spec.tmp_mb) << 20)?;
    done("memory");
    let waiting = match blank.kind {
        Kind::Program => Waiting::Program(program),
        Kind::Python(_) | Kind::Node(_) => Waiting::Variables(program),
    };
    if !spec.extensions.is_empty() {
        let not_started = extensions::start(&mut blank.sandbox, spec);
        done("extensions");
        return Ok(PutToUse { trace: steps, not_started, waiting: Some(waiting) });
    }
    match waiting {
        Waiting::Program(program) => blank.sandbox.run(&program, false)?,
        Waiting::Variables(program) => hand_over(&mut blank.sandbox, &program)?,
    }
    done("program");
    Ok(PutToUse { trace: steps, not_started: None, waiting: None })
}

/// The variables, with their length before them; the copy that waits needs nothing else.
pub(crate) fn hand_over(sandbox: &mut Sandbox, program: &Program) -> Result<(), Error> {
    let mut socket = sandbox.socket().ok_or(Error::Stopped)?;
    let mut body = Vec::new();
    for (name, value) in &program.env {
        body.extend_from_slice(name.as_bytes());
        body.push(b'=');
        body.extend_from_slice(value.as_bytes());
        body.push(0);
    }
    let mut message = u32::try_from(body.len()).unwrap_or(u32::MAX).to_ne_bytes().to_vec();
    message.append(&mut body);
    socket.write_all(&message).map_err(Error::HandOver)
}
