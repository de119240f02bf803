//! One directory and one process per server.

use crate::Installation;
use crate::script::{DONE, MasterRole, master_script};
use jail::process::{self, Access, Limit, Process, ProcessSpec, Program, Root};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Whom the server runs as inside: PostgreSQL refuses to be uid 0.
const USER_ID: u32 = 1000;
/// The superuser, which exists on the server's own socket only.
const SUPERUSER: &str = "rdsadmin";
/// Where things are inside.
const FILES: &str = "/srv/postgres";
const SOCKETS: &str = "/run/postgresql";
const SCRIPT: &str = "/run/script.sql";
/// Bytes of shared memory for parallel queries.
const SHARED_MEMORY: u64 = 256 << 20;
/// How long making the files, and running a script, may take.
const TASK_PATIENCE: Duration = Duration::from_secs(60);
/// How long a server may take to end its sessions.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {action} `{}`: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error(transparent)]
    Process(#[from] process::Error),
    #[error("{task} failed: {said}")]
    Task { task: &'static str, said: String },
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The network namespace of its interface.
    pub network: PathBuf,
    pub address: Ipv4Addr,
    pub port: u16,
    pub max_connections: u32,
}

/// The servers of one data directory.
pub struct Clusters {
    /// On the disk: a directory per server.
    dir: PathBuf,
    /// In the world: gone when the world is.
    state_dir: PathBuf,
    /// One script at a time for each server: they share a file and a process's name.
    scripts: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

impl Clusters {
    pub fn new(dir: PathBuf, state_dir: PathBuf) -> Self {
        Self { dir, state_dir, scripts: Mutex::default() }
    }

    /// Makes the files if they are not there, and starts the process if it does not run.
    pub fn ensure(&self, name: &str, with: &Installation, listen: &Listen) -> Result<(), Error> {
        if process::find(&self.state_dir, name)?.is_some() {
            return Ok(());
        }
        self.make_files(name, with, &listen.network)?;
        // A process that was killed leaves its number behind, which may be somebody else's inside the new one.
        remove_if_there(&self.files(name).join("postmaster.pid"))?;
        let mut spec = self.spec(name, with, "postgres", &listen.network, server_args(listen));
        spec.output = self.dir.join(name).join("server.log");
        process::spawn(&spec)?;
        Ok(())
    }

    /// Whether the process runs.
    pub fn runs(&self, name: &str) -> Result<bool, Error> {
        Ok(process::find(&self.state_dir, name)?.is_some())
    }

    /// The end of the server's log, for explanations.
    pub fn log_tail(&self, name: &str) -> String {
        let text = fs::read(self.dir.join(name).join("server.log")).unwrap_or_default();
        last_line(&text)
    }

    /// Whether the server takes sessions: it opens its port some time before, while it recovers.
    pub fn accepts(&self, name: &str, with: &Installation, listen: &Listen) -> Result<bool, Error> {
        match self.script("ask the server", name, with, listen, &format!("\\echo {DONE}\n")) {
            Ok(()) => Ok(true),
            Err(Error::Task { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives the server its master role and first database. The server must take sessions.
    pub fn ensure_master(
        &self,
        name: &str,
        with: &Installation,
        listen: &Listen,
        master: &MasterRole<'_>,
    ) -> Result<(), Error> {
        self.script("give the master role its password", name, with, listen, &master_script(master))
    }

    fn turn(&self, name: &str) -> Arc<Mutex<()>> {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        scripts.entry(name.to_owned()).or_default().clone()
    }

    /// Runs SQL as the superuser, by the server's own socket.
    fn script(
        &self,
        task: &'static str,
        name: &str,
        with: &Installation,
        listen: &Listen,
        text: &str,
    ) -> Result<(), Error> {
        let turn = self.turn(name);
        let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let port = listen.port.to_string();
        let script = self.script_file(name);
        write_private(&script, text)?;
        process::give(&script)?;
        let args = [
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--set=ON_ERROR_STOP=1",
            "--host",
            SOCKETS,
            "--port",
            &port,
            "--username",
            SUPERUSER,
            "--dbname",
            "postgres",
            "--file",
            SCRIPT,
        ];
        let mut spec = self.spec(&format!("{name}-psql"), with, "psql", &listen.network, owned(&args));
        self.bind_files(&mut spec.root, name);
        spec.root.bind(&script, SCRIPT, Access::ReadOnly);
        let outcome = self.run_to_end(task, &spec, DONE);
        remove_if_there(&script)?;
        outcome
    }

    /// Ends the process as PostgreSQL wants to be ended, so that the next start has nothing to recover.
    pub fn stop(&self, name: &str) -> Result<(), Error> {
        if let Some(process) = process::find(&self.state_dir, name)? {
            process.stop(libc::SIGINT, STOP_PATIENCE)?;
        }
        Ok(())
    }

    /// Ends the process and removes the files.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        for task in [format!("{name}-initdb"), format!("{name}-psql")] {
            self.end_leftover(&task)?;
        }
        remove_if_there(&self.script_file(name))?;
        self.stop(name)?;
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        let dir = self.dir.join(name);
        match fs::remove_dir_all(&dir) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::File { action: "remove", path: dir, source })
            }
            _ => Ok(()),
        }
    }

    /// A program that an earlier daemon was waiting for when it was killed goes on, and must not
    /// write where its successor does.
    fn end_leftover(&self, task: &str) -> Result<(), Error> {
        match process::find(&self.state_dir, task)? {
            Some(leftover) => Ok(leftover.kill()?),
            None => Ok(()),
        }
    }

    fn script_file(&self, name: &str) -> PathBuf {
        self.state_dir.join(format!("{name}.sql"))
    }

    fn files(&self, name: &str) -> PathBuf {
        self.dir.join(name).join("files")
    }

    /// `initdb` into a draft, renamed when whole: a crash leaves no half-made server.
    fn make_files(&self, name: &str, with: &Installation, network: &Path) -> Result<(), Error> {
        let (files, draft) = (self.files(name), self.dir.join(name).join("draft"));
        if files.exists() {
            return Ok(());
        }
        self.end_leftover(&format!("{name}-initdb"))?;
        if draft.exists() {
            fs::remove_dir_all(&draft).map_err(file("remove", &draft))?;
        }
        for dir in [&draft, &self.dir.join(name).join("sockets")] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(file("create", dir))?;
            process::give(dir)?;
        }
        let args = [
            "--pgdata",
            FILES,
            "--username",
            SUPERUSER,
            "--auth-local",
            "peer",
            "--auth-host",
            "reject",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-instructions",
        ];
        let mut spec = self.spec(&format!("{name}-initdb"), with, "initdb", network, owned(&args));
        spec.root.bind(&draft, FILES, Access::Writable);
        self.run_to_end("initdb", &spec, "ok")?;
        let hba = draft.join("pg_hba.conf");
        fs::write(&hba, HOST_BASED_ACCESS).map_err(file("write", &hba))?;
        fs::rename(&draft, &files).map_err(file("rename", &draft))
    }

    /// Runs a program that ends by itself; it succeeded when it printed `mark` last.
    fn run_to_end(&self, task: &'static str, spec: &ProcessSpec, mark: &str) -> Result<(), Error> {
        self.end_leftover(&spec.name)?;
        remove_if_there(&spec.output)?;
        let process: Process = process::spawn(spec)?;
        let ended = process.ended_within(TASK_PATIENCE)?;
        process.kill()?;
        let said = fs::read(&spec.output).unwrap_or_default();
        remove_if_there(&spec.output)?;
        let text = String::from_utf8_lossy(&said);
        if ended && text.trim_end().ends_with(mark) {
            return Ok(());
        }
        Err(Error::Task { task, said: if ended { last_line(&said) } else { "it did not end".to_owned() } })
    }

    fn spec(
        &self,
        name: &str,
        with: &Installation,
        program: &str,
        network: &Path,
        args: Vec<String>,
    ) -> ProcessSpec {
        let mut root = Root::userland();
        root.file("/etc/passwd", format!("postgres:x:{USER_ID}:{USER_ID}::{FILES}:/bin/sh\n"));
        root.file("/etc/group", format!("postgres:x:{USER_ID}:\n"));
        root.file("/etc/localtime", "");
        root.memory("/dev/shm", SHARED_MEMORY);
        root.memory("/tmp", SHARED_MEMORY);
        if program == "postgres" {
            self.bind_files(&mut root, name);
        }
        let env = [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")];
        let program = Program {
            path: with.programs.join(program),
            args: args.into_iter().map(Into::into).collect(),
            env: env.into_iter().map(|(k, v)| (k.into(), v.into())).collect(),
            cwd: PathBuf::from("/tmp"),
        };
        ProcessSpec {
            root,
            id: USER_ID,
            limits: vec![Limit::OpenFiles(65_536), Limit::Core(0)],
            ..ProcessSpec::new(name, &self.state_dir, network, program)
        }
    }

    fn bind_files(&self, root: &mut Root, name: &str) {
        root.bind(self.files(name), FILES, Access::Writable);
        root.bind(self.dir.join(name).join("sockets"), SOCKETS, Access::Writable);
    }
}

/// The superuser enters by the socket only, which nobody but this crate can reach; everybody else
/// proves a password.
const HOST_BASED_ACCESS: &str = "local all rdsadmin trust\nlocal all all reject\nhost all rdsadmin all reject\nhost all all all scram-sha-256\n";

fn server_args(listen: &Listen) -> Vec<String> {
    let settings = [
        format!("listen_addresses={}", listen.address),
        format!("port={}", listen.port),
        format!("max_connections={}", listen.max_connections),
        format!("unix_socket_directories={SOCKETS}"),
        "unix_socket_permissions=0700".to_owned(),
        "password_encryption=scram-sha-256".to_owned(),
        "log_timezone=UTC".to_owned(),
        "timezone=UTC".to_owned(),
        // As in RDS's default parameter group: a client that vanished without a word frees its session.
        "tcp_keepalives_idle=300".to_owned(),
        "tcp_keepalives_interval=30".to_owned(),
        "tcp_keepalives_count=2".to_owned(),
    ];
    let mut args = owned(&["-D", FILES]);
    for setting in settings {
        args.extend(["-c".to_owned(), setting]);
    }
    args
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut open = options.open(path).map_err(file("open", path))?;
    io::Write::write_all(&mut open, text.as_bytes()).map_err(file("write", path))
}

fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
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

fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("").to_owned()
}
