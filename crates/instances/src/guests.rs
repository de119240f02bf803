//! One directory and one process per machine.

use crate::disk::{self, CA_BUNDLE, WRITABLE};
use crate::guest::{Guest, Program, Streams, Task, Watch};
use jail::process::{
    self, Access, Bounds, ControlGroups, Limit, Process, ProcessSpec, Program as Inside, Root,
};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where things are inside.
const INIT: &str = "/.moat/init";
const STATUS: &str = "/.moat/status";
/// By which variables programs are told that bring a bundle of certificates of their own.
const TRUST: [&str; 5] =
    ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How long a machine may take to shut down before it is switched off.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// How long one look at a program that is watched lasts.
const WATCH_STEP: Duration = Duration::from_millis(200);
/// What the console shows at most, as on AWS.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html>
const CONSOLE_BYTES: u64 = 64 << 10;
const SHARED_MEMORY: u64 = 256 << 20;
const OPEN_FILES: u64 = 65_536;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {action} `{}`: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error(transparent)]
    Process(#[from] process::Error),
}

/// What is known of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Runs,
    /// It ran in this world and has ended.
    Ended,
    /// There is no trace of it in this world.
    Unknown,
}

/// The machines of one data directory.
pub struct Guests {
    /// On the disk: a directory per machine.
    dir: PathBuf,
    /// In the world: gone when the world is.
    state_dir: PathBuf,
    /// The program with [`crate::init`] in it.
    init: PathBuf,
    ca_bundle: PathBuf,
    groups: Arc<ControlGroups>,
}

impl Guests {
    pub fn new(dir: PathBuf, state_dir: PathBuf, init: PathBuf, ca_bundle: PathBuf) -> Self {
        let groups = Arc::new(ControlGroups::of_world(&state_dir));
        Self { dir, state_dir, init, ca_bundle, groups }
    }

    /// Starts the machine unless it runs.
    pub fn ensure(&self, guest: &Guest) -> Result<(), Error> {
        if process::find(&self.state_dir, &guest.name)?.is_some() {
            return Ok(());
        }
        let disk = self.disk(&guest.name);
        disk::prepare(&disk, guest, &self.ca_bundle).map_err(file("prepare", &disk))?;
        self.make_status(&guest.name)?;
        self.trim_console(&guest.name)?;
        if let Task::Boot { user_data } = &guest.task {
            let path = disk::user_data(&disk);
            fs::write(&path, user_data.as_deref().unwrap_or_default()).map_err(file("write", &path))?;
            process::give(&disk)?;
            process::give(&self.status(&guest.name))?;
        }
        let mut spec = self.spec(&guest.name, guest);
        match &guest.task {
            Task::Boot { .. } => spec.program.args = vec!["init".into(), "--boot".into()],
            Task::Program { program, streams, as_owner } => {
                run(&mut spec, program, streams.clone(), "exit");
                spec.as_owner = *as_owner;
            }
        }
        spec.bounds = Some(Bounds {
            groups: self.groups.clone(),
            allowance: guest.allowance,
            cpu_millis: guest.cpu_millis,
        });
        process::spawn(&spec)?;
        Ok(())
    }

    /// Runs a program beside a machine, with its disk if it has one, and waits for its end, `watch`
    /// being asked now and then which signal to pass on. It dies with the calling thread.
    pub fn run_beside(
        &self,
        guest: &Guest,
        token: &str,
        watch: &mut dyn FnMut() -> Option<i32>,
    ) -> Result<i32, Error> {
        let Task::Program { program, streams, as_owner } = &guest.task else { return Ok(0) };
        let disk = self.disk(&guest.name);
        if !disk.exists() {
            disk::prepare(&disk, guest, &self.ca_bundle).map_err(file("prepare", &disk))?;
        }
        self.make_status(&guest.name)?;
        let name = format!("{}-{token}", guest.name);
        let mut spec = self.spec(&name, guest);
        run(&mut spec, program, streams.clone(), token);
        spec.as_owner = *as_owner;
        spec.die_with_parent = true;
        let process = process::spawn(&spec)?;
        let ended = self.follow(&process, &guest.name, token, watch);
        process.kill()?;
        let _ = fs::remove_file(&spec.output);
        let _ = fs::remove_file(self.status(&guest.name).join(token));
        ended
    }

    fn follow(
        &self,
        process: &Process,
        name: &str,
        token: &str,
        watch: &mut dyn FnMut() -> Option<i32>,
    ) -> Result<i32, Error> {
        while !process.ended_within(WATCH_STEP)? {
            if let Some(signal) = watch() {
                let _ = process.signal(signal);
            }
        }
        Ok(self.exit_code(name, token))
    }

    /// Waits a moment for the end of a machine that is a program.
    pub fn watch(&self, name: &str, patience: Duration) -> Result<Watch, Error> {
        if let Some(process) = process::find(&self.state_dir, name)?
            && !process.ended_within(patience)?
        {
            return Ok(Watch::Runs);
        }
        Ok(Watch::Ended(self.exit_code(name, "exit")))
    }

    /// Passes a signal on to the machine's program.
    pub fn signal(&self, name: &str, signal: i32) -> Result<(), Error> {
        match process::find(&self.state_dir, name)? {
            Some(process) => Ok(process.signal(signal)?),
            None => Ok(()),
        }
    }

    /// What its first process wrote down; one that was killed wrote nothing.
    fn exit_code(&self, name: &str, token: &str) -> i32 {
        let text = fs::read_to_string(self.status(name).join(token)).unwrap_or_default();
        text.trim().parse().unwrap_or(128 + libc::SIGKILL)
    }

    pub fn life(&self, name: &str) -> Result<Life, Error> {
        if process::find(&self.state_dir, name)?.is_some() {
            return Ok(Life::Runs);
        }
        let traced = self.state_dir.join("processes").join(name).exists();
        Ok(if traced { Life::Ended } else { Life::Unknown })
    }

    /// Waits until the machine ends, at most `patience`.
    pub fn ended_within(&self, name: &str, patience: Duration) -> Result<bool, Error> {
        match process::find(&self.state_dir, name)? {
            Some(process) => Ok(process.ended_within(patience)?),
            None => Ok(true),
        }
    }

    /// Asks it to shut down, or switches it off at once.
    pub fn stop(&self, name: &str, force: bool) -> Result<(), Error> {
        match process::find(&self.state_dir, name)? {
            Some(process) if force => process.kill()?,
            Some(process) => drop(process.stop(libc::SIGTERM, STOP_PATIENCE)?),
            None => {}
        }
        self.groups.existing(name).remove().map_err(file("remove the control group of", Path::new(name)))
    }

    /// Ends the machine and removes its disk; the console stays as long as the machine is known.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        self.stop(name, false)?;
        for dir in [self.disk(name), self.status(name)] {
            remove(&dir)?;
        }
        Ok(())
    }

    /// Removes everything there is of a machine that has ended, its console too.
    pub fn forget(&self, name: &str) -> Result<(), Error> {
        remove(&self.dir.join(name))
    }

    /// Removes the disk that programs beside an interface without a machine had.
    pub fn leave(&self, name: &str) {
        if let Err(error) = remove(&self.dir.join(name)) {
            tracing::warn!(%error, name, "remove a program's disk");
        }
    }

    /// The end of what it wrote.
    pub fn console(&self, name: &str) -> Vec<u8> {
        tail(&self.console_file(name)).unwrap_or_default()
    }

    fn trim_console(&self, name: &str) -> Result<(), Error> {
        let path = self.console_file(name);
        match tail(&path) {
            Ok(kept) => fs::write(&path, kept).map_err(file("write", &path)),
            Err(_) => Ok(()),
        }
    }

    fn make_status(&self, name: &str) -> Result<(), Error> {
        let status = self.status(name);
        fs::create_dir_all(&status).map_err(file("create", &status))
    }

    fn disk(&self, name: &str) -> PathBuf {
        self.dir.join(name).join("disk")
    }

    fn status(&self, name: &str) -> PathBuf {
        self.dir.join(name).join("status")
    }

    fn console_file(&self, name: &str) -> PathBuf {
        self.dir.join(name).join("console")
    }

    fn spec(&self, name: &str, guest: &Guest) -> ProcessSpec {
        let mut root = Root::userland();
        root.memory("/dev/shm", SHARED_MEMORY);
        for (dir, _) in WRITABLE {
            root.bind(self.disk(&guest.name).join(dir), format!("/{dir}"), Access::Writable);
        }
        root.bind(&self.init, INIT, Access::ReadOnly);
        root.bind(self.status(&guest.name), STATUS, Access::Writable);
        let mut env: Vec<(OsString, OsString)> = [("PATH", PATH), ("HOME", "/root"), ("LANG", "C.UTF-8")]
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        env.extend(TRUST.iter().map(|name| (name.into(), CA_BUNDLE.into())));
        let program = Inside { path: INIT.into(), args: Vec::new(), env, cwd: "/".into() };
        let mut spec = ProcessSpec::new(name, &self.state_dir, &guest.network, program);
        spec.root = root;
        spec.id = 0;
        spec.limits = vec![Limit::OpenFiles(OPEN_FILES), Limit::Core(0)];
        spec.filtered = true;
        if name == guest.name {
            spec.output = self.console_file(name);
        }
        spec
    }
}

/// A program of the host's user: it sees what that user wants it to see, and does with files what
/// that user may.
fn run(spec: &mut ProcessSpec, program: &Program, streams: Option<Streams>, status: &str) {
    for mount in &program.mounts {
        let access = if mount.writable { Access::Writable } else { Access::ReadOnly };
        spec.root.bind(&mount.path, &mount.path, access);
    }
    spec.filtered = false;
    spec.streams = streams;
    let given = |name: &OsString| program.env.iter().any(|(known, _)| known.as_str() == name);
    spec.program.env.retain(|(name, _)| !given(name));
    spec.program.env.extend(program.env.iter().map(|(name, value)| (name.into(), value.into())));
    let mut args: Vec<OsString> = vec!["init".into(), "--status".into(), status.into(), "--cwd".into()];
    args.push(program.cwd.clone().into());
    args.push("--".into());
    args.extend(program.command.iter().map(OsString::from));
    spec.program.args = args;
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut open = fs::File::open(path)?;
    let length = open.metadata()?.len();
    open.seek(SeekFrom::Start(length.saturating_sub(CONSOLE_BYTES)))?;
    let mut kept = Vec::new();
    open.read_to_end(&mut kept)?;
    Ok(kept)
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::File { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { action, path, source }
}
