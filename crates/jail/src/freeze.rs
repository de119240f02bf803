//! Stopping everything in a sandbox for a while. Control groups of the second version have a freezer, which nothing
//! inside can resist and which does not keep a killed process from dying. Everywhere else process 1 sends SIGSTOP to
//! all others at once, in one system call that no fork can slip through; code that means to resist can have a timer
//! send itself SIGCONT. The first version's freezer is not used: what it has frozen cannot be killed, so a sandbox
//! would outlive its daemon, and a world its keeper.
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html>, [kill(2)](https://man7.org/linux/man-pages/man2/kill.2.html)

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use crate::init::{self, Request};

/// Stops and continues the processes of one sandbox. Both may be asked again; the last counts.
#[derive(Debug)]
pub struct Freezer {
    line: UnixStream,
    file: Option<File>,
}

impl Freezer {
    pub(crate) fn new(line: UnixStream, file: Option<PathBuf>) -> Freezer {
        let file = file.and_then(|file| File::options().write(true).open(file).ok());
        Freezer { line, file }
    }

    /// From now on nothing inside goes on, but for what a processor is in the middle of.
    ///
    /// Errors: the sandbox has ended.
    pub fn freeze(&self) -> io::Result<()> {
        match &self.file {
            Some(file) => (&*file).write_all(b"1"),
            None => init::ask(&self.line, Request::StopAll),
        }
    }

    /// Everything goes on.
    ///
    /// Errors: the sandbox has ended.
    pub fn thaw(&self) -> io::Result<()> {
        match &self.file {
            Some(file) => (&*file).write_all(b"0"),
            None => init::ask(&self.line, Request::ContinueAll),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    /// A group of the second version, where this process may make one.
    fn group() -> Option<PathBuf> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
        let dir = Path::new(mount.split(' ').nth(4)?).join(format!("moat-freeze-{}", std::process::id()));
        fs::create_dir(&dir).ok().map(|()| dir)
    }

    #[test]
    fn a_group_that_has_a_freezer_is_stopped_by_it() {
        let (line, mut other) = UnixStream::pair().unwrap();
        let Some(dir) = group() else {
            // Then process 1 is asked.
            let freezer = Freezer::new(line, None);
            freezer.freeze().unwrap();
            let mut order = [0; 16];
            other.read_exact(&mut order).unwrap();
            assert_ne!(order, [0; 16]);
            return;
        };
        let mut child = Command::new("/bin/sh")
            .args(["-c", "while :; do echo x; sleep 0.001; done"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        fs::write(dir.join("cgroup.procs"), child.id().to_string()).unwrap();
        let mut output = child.stdout.take().unwrap();
        output.read_exact(&mut [0; 8]).unwrap();
        let freezer = Freezer::new(line, Some(dir.join("cgroup.freeze")));
        freezer.freeze().unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while !fs::read_to_string(dir.join("cgroup.events")).unwrap().contains("frozen 1") {
            assert!(std::time::Instant::now() < deadline, "it goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
        freezer.thaw().unwrap();
        output.read_exact(&mut [0; 64]).unwrap();
        freezer.freeze().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        drop(output);
        // The shell's own child may be left for a moment.
        fs::write(dir.join("cgroup.kill"), "1").ok();
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while fs::remove_dir(&dir).is_err() {
            assert!(std::time::Instant::now() < deadline, "the group is not empty");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
