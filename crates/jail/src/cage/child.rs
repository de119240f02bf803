//! The child's side of the steps. From the clone to the program nothing here allocates, locks or panics.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;

use super::{Act, Limit, Plan, c_path, c_string, failure};
use crate::filter::Filter;
use crate::root::Access;
use crate::step::{Failure, Step};
use crate::sys;

/// The step that failed or 0, its error, the index of what it was about, and the micros of every step.
pub(super) const REPORT_BYTES: usize = 1 + 4 + 4 + 4 * STEPS;
const STEPS: usize = Step::ALL.len();

/// What the child tells.
pub(super) struct Report {
    pub failed: Option<u8>,
    pub errno: u32,
    pub index: u32,
    pub micros: [u32; STEPS],
}

impl Report {
    fn encode(&self) -> [u8; REPORT_BYTES] {
        let words = [self.errno, self.index].into_iter().chain(self.micros);
        let bytes = std::iter::once(self.failed.unwrap_or(0)).chain(words.flat_map(u32::to_le_bytes));
        let mut encoded = [0; REPORT_BYTES];
        encoded.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        encoded
    }

    pub(super) fn decode(bytes: &[u8; REPORT_BYTES]) -> Report {
        let [failed, rest @ ..] = bytes;
        Report { failed: Some(*failed), ..Report::decode_rest(rest) }
    }

    pub(super) fn decode_rest(bytes: &[u8; REPORT_BYTES - 1]) -> Report {
        let mut words = bytes
            .chunks_exact(4)
            .map(|word| word.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)));
        let (errno, index) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
        let mut micros = [0; STEPS];
        micros.iter_mut().zip(words).for_each(|(to, from)| *to = from);
        Report { failed: None, errno, index, micros }
    }
}

/// The plan in the form in which the kernel takes it.
pub(super) struct Prepared {
    acts: Vec<Act>,
    doors: Vec<RawFd>,
    mount_point: CString,
    network: File,
    host_name: CString,
    id: u32,
    path: CString,
    _args: Vec<CString>,
    argv: Vec<*const libc::c_char>,
    _env: Vec<CString>,
    envp: Vec<*const libc::c_char>,
    cwd: CString,
    input: Option<RawFd>,
    output: RawFd,
    errors: RawFd,
    limits: Vec<(libc::__rlimit_resource_t, u64)>,
    filter: Option<Filter>,
    die_with_parent: bool,
    last_capability: u32,
    image: Option<RawFd>,
    kept: Vec<RawFd>,
    /// Every descriptor that a step needs, sorted, but for the line to the parent.
    needed: Vec<RawFd>,
    trusted: bool,
}

impl Prepared {
    pub(super) fn new(plan: &Plan<'_>) -> Result<Prepared, Failure> {
        let acts = plan.root.acts().map_err(|error| failure(Step::Root, "", &error))?;
        let network = File::open(plan.network);
        let network = network.map_err(|error| failure(Step::Network, plan.network.display(), &error))?;
        let program = plan.program;
        let exec = |error| failure(Step::Exec, program.path.display(), &error);
        let path = c_path(&program.path).map_err(exec)?;
        let args = program.args.iter().map(|arg| c_string(arg));
        let args: Vec<CString> =
            std::iter::once(Ok(path.clone())).chain(args).collect::<Result<_, _>>().map_err(exec)?;
        let env = program.env.iter().map(|(name, value)| {
            let mut line = name.clone();
            line.push("=");
            line.push(value);
            c_string(&line)
        });
        let env: Vec<CString> = env.collect::<Result<_, _>>().map_err(exec)?;
        Ok(Prepared {
            acts,
            doors: plan.group.iter().flat_map(|group| group.doors()).map(AsRawFd::as_raw_fd).collect(),
            mount_point: c_path(plan.mount_point).map_err(|error| failure(Step::Root, "", &error))?,
            network,
            host_name: CString::new(plan.host_name)
                .map_err(|error| failure(Step::HostName, "", &error.into()))?,
            id: plan.id,
            argv: pointers(&args),
            _args: args,
            envp: pointers(&env),
            _env: env,
            cwd: c_path(&program.cwd).map_err(exec)?,
            path,
            input: plan.input.map(|fd| fd.as_raw_fd()),
            output: plan.output.as_raw_fd(),
            errors: plan.errors.unwrap_or(plan.output).as_raw_fd(),
            limits: plan.limits.iter().map(numbers).collect(),
            filter: plan.filter.cloned(),
            die_with_parent: plan.die_with_parent,
            last_capability: last_capability(),
            image: plan.image.map(|image| image.as_raw_fd()),
            kept: plan.kept.iter().map(AsRawFd::as_raw_fd).collect(),
            needed: Vec::new(),
            trusted: plan.trusted,
        }
        .with_needed())
    }

    fn with_needed(mut self) -> Prepared {
        let fixed = [self.network.as_raw_fd(), self.output, self.errors];
        let more = self.doors.iter().chain(&self.kept).copied();
        self.needed = fixed.into_iter().chain(self.input).chain(self.image).chain(more).collect();
        self
    }

    /// The descriptors that the child keeps, `line` among them, in order.
    fn needed_with(&self, line: RawFd) -> Vec<RawFd> {
        let mut needed = self.needed.clone();
        needed.push(line);
        needed.sort_unstable();
        needed
    }

    /// What a failed step was about.
    pub(super) fn object(&self, step: Step, index: usize) -> String {
        match step {
            Step::Root => self.acts.get(index).map(Act::object).unwrap_or_default(),
            Step::Exec => self.path.to_string_lossy().into_owned(),
            Step::HostName => self.host_name.to_string_lossy().into_owned(),
            _ => String::new(),
        }
    }
}

/// A list that ends in a null pointer; the strings outlive it in the same struct.
fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
}

pub(crate) fn numbers(limit: &Limit) -> (libc::__rlimit_resource_t, u64) {
    match *limit {
        Limit::OpenFiles(count) => (libc::RLIMIT_NOFILE, count),
        Limit::Tasks(count) => (libc::RLIMIT_NPROC, count),
        Limit::Data(bytes) => (libc::RLIMIT_DATA, bytes),
        Limit::Core(bytes) => (libc::RLIMIT_CORE, bytes),
        Limit::Locked(bytes) => (libc::RLIMIT_MEMLOCK, bytes),
    }
}

/// Capabilities differ by kernel; dropping one that does not exist would be an error.
pub(crate) fn last_capability() -> u32 {
    let text = std::fs::read_to_string("/proc/sys/kernel/cap_last_cap");
    text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(40)
}

/// Step 1: the child, in new namespaces. In the child this does not return.
pub(super) fn clone_into(prepared: &Prepared, line: &UnixStream) -> Result<(i32, OwnedFd), Errno> {
    let processes = if prepared.trusted { libc::CLONE_NEWNET } else { libc::CLONE_NEWPID };
    let namespaces = processes | libc::CLONE_NEWNS | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
    let needed = prepared.needed_with(line.as_raw_fd());
    match sys::clone_process(namespaces)? {
        Some(child) => Ok(child),
        None => {
            // The copies of the parent's descriptors go first. One of them is the parent's end of this line, and
            // others are those of children being made at the same time: a child that kept them would wait for a
            // parent that has died, and hold its clients' connections open.
            if sys::close_all_but(&needed).is_err() {
                sys::exit_now(1);
            }
            let report = go(prepared, line.as_raw_fd());
            sys::write_all(line.as_raw_fd(), &report.encode());
            sys::exit_now(1)
        }
    }
}

/// Goes through the steps; comes back only to report the one that failed.
fn go(prepared: &Prepared, line: RawFd) -> Report {
    let mut report = Report { failed: None, errno: 0, index: 0, micros: [0; STEPS] };
    for step in Step::ALL.into_iter().skip(1) {
        let began = sys::now_micros();
        // From here on the death signal is set. A parent that died before has closed its end: nobody wants the
        // program any more.
        if step == Step::Exec && !sys::write_all(line, &report.encode()) {
            sys::exit_now(1);
        }
        if let Err(errno) = take(step, prepared, line, &mut report.index) {
            report.failed = Some(step as u8);
            report.errno = errno as u32;
            return report;
        }
        if let Some(micros) = report.micros.get_mut(step as usize - 1) {
            *micros = sys::now_micros().saturating_sub(began) as u32;
        }
    }
    report
}

fn take(step: Step, prepared: &Prepared, line: RawFd, index: &mut u32) -> Result<(), Errno> {
    match step {
        Step::Clone => Ok(()),
        Step::Network | Step::User | Step::Identity | Step::Capabilities if prepared.trusted => Ok(()),
        Step::ControlGroup => prepared.doors.iter().try_for_each(|door| sys::write_once(*door, b"0")),
        Step::Network => sys::setns(prepared.network.as_fd(), libc::CLONE_NEWNET),
        Step::HostName => sys::set_host_name(&prepared.host_name),
        Step::Private => sys::make_private(),
        Step::Root => build(prepared, index),
        Step::Pivot => sys::pivot_here(),
        Step::Seal => sys::seal(c"/"),
        Step::Descriptors => descriptors(prepared),
        Step::Groups => groups(),
        Step::User => user(line),
        Step::Identity => sys::become_id(prepared.id),
        Step::Limits => {
            prepared.limits.iter().try_for_each(|(resource, value)| sys::set_limit(*resource, *value))
        }
        Step::Capabilities => sys::drop_capabilities(prepared.last_capability),
        Step::DeathSignal if prepared.die_with_parent => sys::set_death_signal(libc::SIGKILL),
        Step::DeathSignal => Ok(()),
        Step::Signals => sys::reset_signals(),
        Step::Filter => prepared.filter.as_ref().map_or(Ok(()), Filter::put_on),
        Step::Exec => exec(prepared),
    }
}

fn build(prepared: &Prepared, index: &mut u32) -> Result<(), Errno> {
    sys::set_umask(0);
    sys::mount_memory(&prepared.mount_point, c"mode=755,size=4m", libc::MS_NOSUID | libc::MS_NODEV)?;
    sys::change_directory(&prepared.mount_point)?;
    for act in &prepared.acts {
        perform(act)?;
        *index += 1;
    }
    sys::set_umask(0o022);
    Ok(())
}

fn perform(act: &Act) -> Result<(), Errno> {
    match act {
        Act::Directory { path, mode } => sys::make_directory(path, *mode),
        Act::File { path, content } => sys::make_file(path, content),
        Act::Link { path, target } => sys::make_link(path, target),
        Act::Bind { source, path, access, device } => {
            sys::bind(source, path, *access == Access::ReadOnly && !device, *device)
        }
        Act::Memory { path, options } => sys::mount_memory(path, options, libc::MS_NOSUID | libc::MS_NODEV),
        // The owner of the network namespace may write its settings, and that owner is, for an ordinary user's
        // moat, the same user that the locked-up code is; so they are read-only for everybody.
        Act::Proc { path, sysctls, nothing, hidden } => {
            sys::mount_proc(path)?;
            for file in hidden {
                match sys::bind(nothing, file, false, true) {
                    // A kernel without such files has nothing to hide.
                    Ok(()) | Err(Errno::ENOENT) => {}
                    Err(error) => return Err(error),
                }
            }
            sys::bind(sysctls, sysctls, true, false)
        }
    }
}

fn descriptors(prepared: &Prepared) -> Result<(), Errno> {
    match prepared.input {
        Some(input) => sys::duplicate(input, 0)?,
        None => sys::open_as_stdin(c"/dev/null")?,
    }
    sys::duplicate(prepared.output, 1)?;
    sys::duplicate(prepared.errors, 2)?;
    sys::close_on_exec_from(3)
}

/// An ordinary user's user namespace forbids this, and there the groups cannot be got rid of.
fn groups() -> Result<(), Errno> {
    match sys::clear_groups() {
        Err(Errno::EPERM) => Ok(()),
        outcome => outcome,
    }
}

fn user(line: RawFd) -> Result<(), Errno> {
    sys::leave_user_namespace()?;
    sys::write_all(line, &Report { failed: None, errno: 0, index: 0, micros: [0; STEPS] }.encode());
    sys::wait_byte(line);
    Ok(())
}

fn exec(prepared: &Prepared) -> Result<(), Errno> {
    sys::change_directory(&prepared.cwd)?;
    for fd in &prepared.kept {
        sys::duplicate(*fd, *fd)?;
    }
    let path: &CStr = &prepared.path;
    Err(match prepared.image {
        Some(image) => sys::execute_image(image, &prepared.argv, &prepared.envp),
        None => sys::execute(path, &prepared.argv, &prepared.envp),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reported_is_heard() {
        let mut micros = [0; STEPS];
        micros[5] = 0x0102_0304;
        let report = Report { failed: Some(6), errno: 13, index: 70_000, micros };
        let heard = Report::decode(&report.encode());
        assert_eq!((heard.failed, heard.errno, heard.index, heard.micros), (Some(6), 13, 70_000, micros));
    }

    #[test]
    fn a_null_byte_in_an_argument_is_an_error_of_the_program() {
        assert_eq!(
            std::io::Error::from(CString::new("a\0b").unwrap_err()).kind(),
            std::io::ErrorKind::InvalidInput
        );
    }
}
