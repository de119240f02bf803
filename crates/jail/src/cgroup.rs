//! Control groups, of either version, for as much of them as this process may write
//! ([cgroups(7)](https://man7.org/linux/man-pages/man7/cgroups.7.html)). Root has them; an ordinary user has the
//! second version where systemd has delegated it, and otherwise none, and then resource limits stand in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PERIOD_US: u64 = 100_000;
/// How long the kernel may take to let go of a group whose processes have been killed.
const REMOVE_PATIENCE: Duration = Duration::from_secs(2);
/// How long a new daemon goes on trying to remove what the one before left.
const SWEEP_PATIENCE: Duration = Duration::from_secs(30);
const SWEEP_PAUSE: Duration = Duration::from_millis(50);

/// What a group may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Memory, swap included, of all processes together.
    pub memory_bytes: u64,
    /// Files in memory, which the kernel counts as memory, and which are allowed on top.
    pub scratch_bytes: u64,
    /// Processes and threads together.
    pub tasks: u64,
}

/// Where groups can be made on this machine; found once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlGroups {
    memory: Option<PathBuf>,
    pids: Option<PathBuf>,
    cpu: Option<PathBuf>,
    unified: Option<PathBuf>,
}

impl ControlGroups {
    /// Makes a directory `name` under this process's own group in each hierarchy that lets it, and clears it of
    /// what an earlier daemon left.
    ///
    /// The second version lets no group hold both processes and bounded groups, so there the calling process
    /// first moves itself into a group beside.
    pub fn find(name: &str) -> ControlGroups {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let v1 = |controller: &str| {
            let dir = v1_directory(&mounts, &own, controller)?.join(name);
            make(&dir).then_some(dir)
        };
        let unified = v2_directory(&mounts, &own).and_then(|dir| delegate(&dir, name));
        let found = if unified.is_some() {
            ControlGroups { unified, ..ControlGroups::default() }
        } else {
            ControlGroups { memory: v1("memory"), pids: v1("pids"), cpu: v1("cpu"), unified: None }
        };
        found.sweep();
        found
    }

    /// Those of a world, which its keeper's end removes.
    pub fn of_world(state_dir: &Path) -> ControlGroups {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        state_dir.hash(&mut hasher);
        ControlGroups::find(&format!("moat-{:016x}", hasher.finish()))
    }

    /// What would bound resources here, and what would stop an environment, in words, without leaving anything behind.
    pub fn probe() -> (&'static str, &'static str) {
        let found = ControlGroups::find(&format!("moat-probe-{}", std::process::id()));
        found.directories().for_each(remove_tree);
        (found.describe(), found.describe_freezing())
    }

    /// The directories that hold the groups.
    fn directories(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.memory, &self.pids, &self.cpu, &self.unified].into_iter().flatten()
    }

    /// Writes down where the groups are, for whoever has to clear up when nothing of the world is left. A daemon
    /// that was started from somewhere else had them somewhere else: those go now, or stay written down.
    ///
    /// Errors: the file cannot be written.
    pub(crate) fn record(&self, file: &Path) -> io::Result<()> {
        let own: Vec<PathBuf> = self.directories().cloned().collect();
        let earlier = fs::read_to_string(file).unwrap_or_default();
        let mut others: Vec<PathBuf> = earlier.lines().map(PathBuf::from).collect();
        others.retain(|dir| !own.contains(dir));
        others.iter().for_each(remove_tree);
        others.retain(|dir| dir.exists());
        let lines = own.iter().chain(&others).map(|dir| format!("{}\n", dir.display()));
        fs::write(file, lines.collect::<String>())
    }

    /// Whether memory is bounded by a group; otherwise a resource limit must do it.
    pub fn bounds_memory(&self) -> bool {
        self.memory.is_some() || self.unified.is_some()
    }

    /// What bounds memory, tasks and processor time here, in words.
    pub fn describe(&self) -> &'static str {
        match self {
            ControlGroups { unified: Some(_), .. } => "control groups v2",
            ControlGroups { memory: Some(_), pids: Some(_), cpu: Some(_), .. } => "control groups v1",
            ControlGroups { memory: None, pids: None, cpu: None, .. } => "resource limits",
            _ => "control groups v1 in part, resource limits for the rest",
        }
    }

    /// What stops the processes of an environment that has nothing to do, in words.
    pub fn describe_freezing(&self) -> &'static str {
        match self.unified {
            Some(_) => "the control group's freezer",
            None => "signals (SIGSTOP and SIGCONT)",
        }
    }

    /// Makes a group, or removes again what it made.
    ///
    /// Errors: a limit cannot be written.
    pub fn create(&self, name: &str, allowance: &Allowance) -> io::Result<ControlGroup> {
        let mut group = ControlGroup { directories: Vec::new(), doors: Vec::new(), memory: None, cpu: None };
        let outcome = self.fill(&mut group, name, allowance);
        if outcome.is_err() {
            group.remove().ok();
        }
        outcome.map(|()| group)
    }

    /// The group of this name that an earlier daemon may have made, to be removed.
    pub fn existing(&self, name: &str) -> ControlGroup {
        let parents = [&self.unified, &self.memory, &self.pids, &self.cpu];
        let directories = parents.into_iter().flatten().map(|parent| parent.join(name));
        let directories = directories.filter(|dir| dir.exists()).collect();
        ControlGroup { directories, doors: Vec::new(), memory: None, cpu: None }
    }

    fn fill(&self, group: &mut ControlGroup, name: &str, allowance: &Allowance) -> io::Result<()> {
        let memory = allowance.memory_bytes.saturating_add(allowance.scratch_bytes).to_string();
        let tasks = allowance.tasks.to_string();
        if let Some(parent) = &self.unified {
            let dir = group.enter(parent, name)?;
            write(&dir, "memory.max", &memory)?;
            write_if_there(&dir, "memory.swap.max", "0")?;
            write(&dir, "pids.max", &tasks)?;
            group.cpu = Some(dir.clone());
            group.memory = Some((dir, "memory.peak"));
        }
        if let Some(parent) = &self.memory {
            let dir = group.enter(parent, name)?;
            write(&dir, "memory.limit_in_bytes", &memory)?;
            write_if_there(&dir, "memory.memsw.limit_in_bytes", &memory)?;
            group.memory = Some((dir, "memory.max_usage_in_bytes"));
        }
        if let Some(parent) = &self.pids {
            write(&group.enter(parent, name)?, "pids.max", &tasks)?;
        }
        if let Some(parent) = &self.cpu {
            group.cpu = Some(group.enter(parent, name)?);
        }
        group.open_doors()
    }

    /// An empty group is one whose daemon was killed; a group with processes in it refuses to go.
    /// The processes of a daemon that was killed a moment ago may take longer to die than the next one to start.
    fn sweep(&self) {
        let left: Vec<PathBuf> = self.directories().flat_map(|dir| sweep(dir)).collect();
        if !left.is_empty() {
            std::thread::spawn(move || sweep_again(left));
        }
    }
}

/// Removes the empty groups under `parent`; answers those that are not empty.
fn sweep(parent: &Path) -> Vec<PathBuf> {
    let groups = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path());
    groups.filter(|path| path.is_dir() && fs::remove_dir(path).is_err()).collect()
}

fn sweep_again(mut left: Vec<PathBuf>) {
    let deadline = Instant::now() + SWEEP_PATIENCE;
    while !left.is_empty() && Instant::now() < deadline {
        std::thread::sleep(SWEEP_PAUSE);
        left.retain(|path| path.exists() && fs::remove_dir(path).is_err());
    }
}

fn remove_tree(dir: &PathBuf) {
    sweep(dir);
    fs::remove_dir(dir).ok();
}

/// Removes the groups that `ControlGroups::record` wrote down, whose processes have ended.
pub(crate) fn remove_recorded(file: &Path) {
    let lines = fs::read_to_string(file).unwrap_or_default();
    lines.lines().map(PathBuf::from).for_each(|dir| remove_tree(&dir));
    fs::remove_file(file).ok();
}

/// One group, in every hierarchy there is.
#[derive(Debug)]
pub struct ControlGroup {
    directories: Vec<PathBuf>,
    doors: Vec<fs::File>,
    memory: Option<(PathBuf, &'static str)>,
    cpu: Option<PathBuf>,
}

impl ControlGroup {
    fn enter(&mut self, parent: &Path, name: &str) -> io::Result<PathBuf> {
        let dir = parent.join(name);
        fs::create_dir(&dir)?;
        self.directories.push(dir.clone());
        Ok(dir)
    }

    /// A process that writes `0` to `tasks` moves itself. Moving another one, or a whole process at once, makes the
    /// kernel wait until every processor has passed a quiet point, some ten milliseconds on a busy machine; the
    /// second version knows no other way.
    fn open_doors(&mut self) -> io::Result<()> {
        for dir in &self.directories {
            let tasks = dir.join("tasks");
            let door = if tasks.exists() { tasks } else { dir.join("cgroup.procs") };
            self.doors.push(fs::File::options().write(true).open(door)?);
        }
        Ok(())
    }

    /// Gives a group more memory than it was made with.
    ///
    /// Errors: the limit cannot be written.
    pub fn raise_memory(&self, allowance: &Allowance) -> io::Result<()> {
        let Some((dir, _)) = &self.memory else { return Ok(()) };
        let memory = allowance.memory_bytes.saturating_add(allowance.scratch_bytes).to_string();
        if dir.join("memory.max").exists() {
            return write(dir, "memory.max", &memory);
        }
        // The sum with swap may never be the smaller one.
        write_if_there(dir, "memory.memsw.limit_in_bytes", &memory)?;
        write(dir, "memory.limit_in_bytes", &memory)
    }

    /// The files to which a process that has one thread writes `0` to move itself into the group.
    pub fn doors(&self) -> &[fs::File] {
        &self.doors
    }

    /// Bounds processor time from now on, in thousandths of one processor; answers whether anything bounds it.
    ///
    /// Errors: the limit cannot be written.
    pub fn bound_cpu(&self, millis: u64) -> io::Result<bool> {
        let quota_us = (millis * PERIOD_US / 1000).max(1000);
        let Some(dir) = &self.cpu else { return Ok(false) };
        if dir.join("cpu.max").exists() {
            write(dir, "cpu.max", &format!("{quota_us} {PERIOD_US}"))?;
        } else if dir.join("cpu.cfs_quota_us").exists() {
            write(dir, "cpu.cfs_period_us", &PERIOD_US.to_string())?;
            match write(dir, "cpu.cfs_quota_us", &quota_us.to_string()) {
                // The groups above have less, and their bound holds.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
                written => written?,
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// The file that stops and continues the group's processes, which the second version has.
    pub fn freezer(&self) -> Option<PathBuf> {
        let (dir, _) = self.memory.as_ref()?;
        let file = dir.join("cgroup.freeze");
        file.exists().then_some(file)
    }

    /// The file that tells apart memory of programs and memory of files.
    pub fn memory_statistics(&self) -> Option<PathBuf> {
        self.memory.as_ref().map(|(dir, _)| dir.join("memory.stat"))
    }

    /// The most memory its processes ever used together, in bytes; `None` when no group counts it.
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        let (dir, file) = self.memory.as_ref()?;
        fs::read_to_string(dir.join(file)).ok()?.trim().parse().ok()
    }

    /// Whether the kernel has killed one of its processes for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        let Some((dir, _)) = &self.memory else { return false };
        let counts = ["memory.oom_control", "memory.events"].map(|file| fs::read_to_string(dir.join(file)));
        let mut lines = counts.iter().flatten().flat_map(|text| text.lines());
        lines.any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count.trim() != "0"))
    }

    /// Removes the group, whose processes have been killed.
    ///
    /// Errors: one of them lives.
    pub fn remove(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + REMOVE_PATIENCE;
        while let Some(dir) = self.directories.last() {
            match fs::remove_dir(dir) {
                Err(error) if error.raw_os_error() == Some(libc::EBUSY) && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => drop(self.directories.pop()),
            }
        }
        Ok(())
    }
}

fn write(dir: &Path, file: &str, value: &str) -> io::Result<()> {
    fs::write(dir.join(file), value)
}

/// For limits that some kernels are built without.
fn write_if_there(dir: &Path, file: &str, value: &str) -> io::Result<()> {
    if dir.join(file).exists() { write(dir, file, value) } else { Ok(()) }
}

fn make(dir: &Path) -> bool {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => true,
        made => made.is_ok(),
    }
}

/// A group below which memory, tasks and processor time are bounded, if this process may have one.
fn delegate(own: &Path, name: &str) -> Option<PathBuf> {
    let offered = fs::read_to_string(own.join("cgroup.controllers")).ok()?;
    let needed = ["memory", "pids"];
    if !needed.iter().all(|controller| offered.split_whitespace().any(|word| word == *controller)) {
        return None;
    }
    let beside = own.join(format!("{name}-daemon"));
    if !make(&beside) {
        return None;
    }
    for pid in fs::read_to_string(own.join("cgroup.procs")).ok()?.lines() {
        write(&beside, "cgroup.procs", pid).ok()?;
    }
    let dir = own.join(name);
    let switch_on = |at: &Path| {
        write(at, "cgroup.subtree_control", "+memory +pids").ok()?;
        write(at, "cgroup.subtree_control", "+cpu").or(Ok::<(), io::Error>(())).ok()
    };
    switch_on(own)?;
    make(&dir).then_some(())?;
    switch_on(&dir)?;
    Some(dir)
}

/// The directory of this process's own group: the mount's place plus the group's path below the mount's root.
fn directory(mount: &str, group: &str) -> Option<PathBuf> {
    let mut fields = mount.split(' ');
    let root = fields.nth(3)?;
    let place = fields.next()?;
    let below = Path::new(group).strip_prefix(root).ok()?;
    Some(Path::new(place).join(below))
}

fn v1_directory(mounts: &str, own: &str, controller: &str) -> Option<PathBuf> {
    let has = |list: &str| list.split(',').any(|word| word == controller);
    let mount = mounts.lines().find(|line| {
        line.split_once(" - ")
            .is_some_and(|(_, end)| end.starts_with("cgroup ") && end.rsplit(' ').next().is_some_and(has))
    })?;
    let group = own.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        has(controllers).then_some(path)
    })?;
    directory(mount, group)
}

fn v2_directory(mounts: &str, own: &str) -> Option<PathBuf> {
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
    directory(mount, own.lines().find_map(|line| line.strip_prefix("0::"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw
31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 30 0:31 /docker/ab /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 30 0:36 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";
    const OWN: &str = "5:memory:/docker/ab/x\n3:cpu,cpuacct:/\n0::/user.slice/app\n";

    #[test]
    fn own_directory_is_found_in_each_hierarchy() {
        let v1 = |controller| v1_directory(MOUNTS, OWN, controller).map(|dir| dir.display().to_string());
        assert_eq!(v1("memory").as_deref(), Some("/sys/fs/cgroup/memory/x"));
        assert_eq!(v1("cpu").as_deref(), Some("/sys/fs/cgroup/cpu,cpuacct/"));
        assert_eq!(v1("pids"), None);
        assert_eq!(v2_directory(MOUNTS, OWN), Some(PathBuf::from("/sys/fs/cgroup/unified/user.slice/app")));
    }

    #[test]
    fn the_second_version_moves_its_processes_aside_and_bounds_what_is_below() {
        let own = std::env::temp_dir().join(format!("moat-cgroup-{}", std::process::id()));
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
        fs::write(own.join("cgroup.procs"), "41\n").unwrap();
        let dir = delegate(&own, "moat").unwrap();
        assert_eq!(fs::read_to_string(own.join("moat-daemon/cgroup.procs")).unwrap(), "41");
        let groups = ControlGroups { unified: Some(dir.clone()), ..ControlGroups::default() };
        let allowance = Allowance { memory_bytes: 1 << 26, scratch_bytes: 1 << 26, tasks: 1024 };
        let mut group = ControlGroup { directories: Vec::new(), doors: Vec::new(), memory: None, cpu: None };
        // What the kernel makes with the directory is missing here, so there is no door to open.
        assert!(groups.fill(&mut group, "env", &allowance).is_err());
        assert!(!group.bound_cpu(500).unwrap());
        fs::write(dir.join("env/cpu.max"), "max 100000").unwrap();
        assert!(group.bound_cpu(500).unwrap());
        assert_eq!(fs::read_to_string(dir.join("env/cpu.max")).unwrap(), "50000 100000");
        assert_eq!(fs::read_to_string(dir.join("env/memory.max")).unwrap(), "134217728");
        assert_eq!(fs::read_to_string(dir.join("env/pids.max")).unwrap(), "1024");
        fs::remove_dir_all(&own).unwrap();
    }

    #[test]
    fn without_its_controllers_the_second_version_is_not_used() {
        let own = std::env::temp_dir().join(format!("moat-cgroup-none-{}", std::process::id()));
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("cgroup.controllers"), "\n").unwrap();
        assert_eq!(delegate(&own, "moat"), None);
        fs::remove_dir_all(&own).unwrap();
    }
}
