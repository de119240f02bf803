//! What processes hold of the machine's memory and took of its cores, from /proc.
//! <https://docs.kernel.org/filesystems/proc.html>

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// Bytes of one process or of several together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    /// Proportional: a page that several share counts for each its part.
    pub pss: u64,
    /// Resident: a page that several share counts for each in full.
    pub rss: u64,
}

impl std::ops::Add for Memory {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { pss: self.pss + other.pss, rss: self.rss + other.rss }
    }
}

impl Memory {
    pub fn of(pid: i32) -> Option<Self> {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        Some(Self { pss: field(&rollup, "Pss:")?, rss: field(&rollup, "Rss:")? })
    }

    pub fn of_all(pids: impl IntoIterator<Item = i32>) -> Self {
        pids.into_iter().filter_map(Self::of).fold(Self::default(), std::ops::Add::add)
    }
}

/// A line's value in bytes; the kernel gives kibibytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// These processes and everything that descends from them.
pub fn with_descendants(roots: &[i32]) -> BTreeSet<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (pid, parent) in processes() {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = BTreeSet::new();
    let mut waiting = roots.to_vec();
    while let Some(pid) = waiting.pop() {
        if found.insert(pid) {
            waiting.extend(children.get(&pid).into_iter().flatten());
        }
    }
    found
}

fn processes() -> Vec<(i32, i32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(|pid| Some((pid, parent(pid)?))).collect()
}

fn parent(pid: i32) -> Option<i32> {
    parent_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name, in parentheses, may itself hold spaces and parentheses.
fn parent_in(stat: &str) -> Option<i32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The time that the threads of processes have been on a core so far. Of a thread that ended nobody
/// knows any more.
/// <https://docs.kernel.org/scheduler/sched-stats.html>
pub fn cpu_time(pids: impl IntoIterator<Item = i32>) -> Duration {
    let of_thread = |thread: fs::DirEntry| {
        let stat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    };
    let threads = |pid| fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    pids.into_iter().flat_map(threads).filter_map(of_thread).sum()
}

/// What the kernel calls a process: at most 15 bytes of its program's name.
pub fn name(pid: i32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_name_does_not_hide_the_parent() {
        assert_eq!(parent_in("12 (a) b (c) S 7 12 12 0"), Some(7));
        assert_eq!(parent_in("12"), None);
    }

    #[test]
    fn the_rollup_is_read_in_bytes() {
        let text = "00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss:   12 kB\nPss:  3 kB\nPss_Anon: 1 kB\n";
        assert_eq!((field(text, "Rss:"), field(text, "Pss:")), (Some(12288), Some(3072)));
        assert_eq!(field(text, "Swap:"), None);
    }

    #[test]
    fn this_process_descends_from_its_parent() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(with_descendants(&[parent(own).unwrap()]).contains(&own));
        assert!(Memory::of(own).unwrap() > Memory::default());
    }
}
