//! Which process a file means: a process id alone may be somebody else's by now, so the file also holds the
//! moment the process began and the boot it began in
//! ([proc_pid_stat(5)](https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html), field 22).

use std::fs;
use std::io;
use std::path::Path;

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The process id, as seen by whoever made the identity.
    pub pid: i32,
    started: u64,
    boot: String,
}

impl Identity {
    /// The process `pid` as it is now; `None` when there is none, or when it is only waiting to be reaped.
    ///
    /// Errors: `/proc` cannot be read.
    pub fn of(pid: i32) -> io::Result<Option<Identity>> {
        let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat,
            Err(error) if gone(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned();
        Ok(started(&stat).map(|started| Identity { pid, started, boot }))
    }

    /// Reads an identity back; `None` when there is no such file or it is not one.
    ///
    /// Errors: the file exists and cannot be read.
    pub fn load(path: &Path) -> io::Result<Option<Identity>> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the identity whole or not at all.
    ///
    /// Errors: the directory cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let draft = path.with_extension("draft");
        fs::write(&draft, format!("{} {} {}\n", self.pid, self.started, self.boot))?;
        fs::rename(&draft, path)
    }

    /// Whether this very process still runs.
    ///
    /// Errors: `/proc` cannot be read.
    pub fn alive(&self) -> io::Result<bool> {
        Ok(Identity::of(self.pid)?.as_ref() == Some(self))
    }
}

fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// The name in parentheses may itself hold spaces and parentheses, so fields are counted after the last one.
fn started(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    let state = fields.next()?;
    let started = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(started)
}

fn parse(text: &str) -> Option<Identity> {
    let mut fields = text.split_whitespace();
    let (pid, started, boot) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Identity { pid: pid.parse().ok()?, started: started.parse().ok()?, boot: boot.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_time_is_found_behind_a_name_with_spaces_and_parentheses() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        assert_eq!(started(stat), Some(987_654));
    }

    #[test]
    fn a_zombie_is_nobody() {
        assert_eq!(started("7 (x) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2"), None);
    }

    #[test]
    fn a_later_process_with_the_same_number_is_not_the_same() {
        let mut me = Identity::of(std::process::id() as i32).unwrap().unwrap();
        assert!(me.alive().unwrap());
        me.started -= 1;
        assert!(!me.alive().unwrap());
    }

    #[test]
    fn what_is_saved_is_loaded_and_rubbish_is_nothing() {
        let path = std::env::temp_dir().join(format!("moat-identity-{}", std::process::id()));
        let me = Identity::of(std::process::id() as i32).unwrap().unwrap();
        me.save(&path).unwrap();
        assert_eq!(Identity::load(&path).unwrap(), Some(me));
        fs::write(&path, "12 x").unwrap();
        assert_eq!(Identity::load(&path).unwrap(), None);
        fs::remove_file(&path).unwrap();
        assert_eq!(Identity::load(&path).unwrap(), None);
    }
}
