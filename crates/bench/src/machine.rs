//! What the figures were measured on.

use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::Command;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Machine {
    pub commit: String,
    pub date: String,
    pub cores: usize,
    pub processor: String,
    pub memory_bytes: u64,
    pub kernel: String,
    /// Of the data directory.
    pub filesystem: String,
    /// The load averages before and after, which say how busy others kept the machine.
    pub load_before: String,
    pub load_after: String,
}

impl Machine {
    pub fn look(work_dir: &Path) -> Self {
        Self {
            commit: said("git", &["describe", "--always", "--dirty", "--exclude", "*"]),
            date: said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: line("/proc/cpuinfo", "model name"),
            memory_bytes: memory_bytes().unwrap_or_default(),
            kernel: read("/proc/sys/kernel/osrelease"),
            filesystem: last_word(&said("df", &["--output=fstype", &work_dir.to_string_lossy()])),
            load_before: load_average(),
            load_after: String::new(),
        }
    }
}

pub fn load_average() -> String {
    read("/proc/loadavg").split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn line(path: &str, name: &str) -> String {
    let text = read(path);
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn memory_bytes() -> Option<u64> {
    let line = line("/proc/meminfo", "MemTotal");
    line.strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

fn last_word(text: &str) -> String {
    text.split_whitespace().next_back().unwrap_or_default().to_owned()
}

fn said(program: &str, words: &[&str]) -> String {
    let done = Command::new(program).args(words).output();
    done.map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned()).unwrap_or_default()
}
