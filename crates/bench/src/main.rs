//! Measures a built moat from outside, over the API, beside what it is held against, in one run on
//! one machine: how the machine is loaded by others then meets both sides.
//!
//! Traffic goes to the loopback only, every loop is bounded in count and time, and everything that
//! was started ends with this program, also at Ctrl-C or after a failure.

mod caller;
mod connection;
mod emulator;
mod failure;
mod interrupt;
mod load;
mod machine;
mod measure;
mod memory;
mod moat;
mod nginx;
mod package;
mod python;
mod report;
mod rest_api;
mod samples;
mod stack;

use clap::{Parser, ValueEnum};
use emulator::{Emulator, Kind};
use failure::Failure;
use interrupt::{Guard, Running};
use machine::Machine;
use measure::{
    Bounds, balancer, cold, cores, durable, gateway, history, identity, neighbour, network, progress, shared,
    start, warm,
};
use moat::Moat;
use python::Python;
use report::Report;
use stack::Stack;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const QUICK_SAMPLES: usize = 100;
/// Users that stay, so that moat has more than functions when it is started again.
const USERS_THAT_STAY: usize = 100;

/// Measures moat beside what it is held against
#[derive(Parser)]
struct Bench {
    /// The program to measure [default: `moat` beside this one]
    #[arg(long, env = "MOAT_BIN")]
    moat: Option<PathBuf>,
    /// Samples of everything that is cheap enough for them
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    samples: u32,
    /// A short run, without 99th percentiles
    #[arg(long)]
    quick: bool,
    /// The longest that one measurement may take
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Group>,
    /// Where the data directories go: on the disk that durable writes are to be measured on
    #[arg(long)]
    work_dir: Option<PathBuf>,
    /// An interpreter that has moto[server], to measure it too
    #[arg(long)]
    moto: Option<PathBuf>,
    /// An interpreter that has ministack, to measure it too
    #[arg(long)]
    ministack: Option<PathBuf>,
    /// Rows that the past is made of
    #[arg(long, default_value_t = 200_000)]
    past: u32,
    /// A file for the figures as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Measures the network in the namespaces that this program made for itself
    #[arg(long, hide = true)]
    inside_namespaces: bool,
    /// Loads a server from the network that this program was started in, and tells how it was
    #[arg(long, hide = true)]
    inside_load: Option<SocketAddr>,
    #[arg(long, hide = true, default_value_t = 1)]
    inside_connections: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    Cores,
    Start,
    Identity,
    Warm,
    Cold,
    /// A warm function beside functions that misbehave
    Neighbour,
    Durable,
    /// REST APIs beside nginx
    Gateway,
    Network,
    History,
    /// moto and ministack, and moat for what they serve too
    Emulators,
}

fn main() -> ExitCode {
    interrupt::watch();
    match Bench::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let mut message = failure.to_string();
            let mut source = failure.source();
            while let Some(cause) = source {
                message.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            eprintln!("bench: {message}");
            ExitCode::FAILURE
        }
    }
}

impl Bench {
    fn run(self) -> Result<(), Failure> {
        if self.inside_namespaces {
            return network::inside(self.bounds().samples);
        }
        if let Some(address) = self.inside_load {
            return balancer::inside(address, self.inside_connections, self.bounds().samples);
        }
        let moat = self.program()?;
        let (_kept, directory) = work_directory(self.work_dir.as_deref())?;
        let python = Python::find()?;
        let mut report =
            Report { machine: Machine::look(&directory), figures: Vec::new(), steps: Vec::new() };
        if self.wants(Group::Cores) {
            report.figures.extend(cores::measure(self.bounds())?);
        }
        if self.wants(Group::Network) {
            report.figures.extend(network::measure(self.bounds())?);
        }
        if self.only == [Group::Network] {
            return self.publish(&report);
        }
        if self.wants(Group::Start) {
            report.figures.extend(start::empty(self.bounds(), &moat, &directory, &python)?);
        }
        self.one_moat(&moat, &directory, &python, &mut report)?;
        if self.wants(Group::Gateway) {
            report.figures.extend(gateway::measure(self.bounds(), &moat, &directory)?);
        }
        if self.wants(Group::Start) {
            report.figures.push(start::with_state(self.bounds(), &moat, &directory.join("data"))?);
        }
        if self.wants(Group::History) {
            let data = directory.join("past");
            report.figures.extend(history::measure(self.bounds(), &moat, &data, self.past())?);
        }
        self.beside(Kind::Moto, self.moto.as_deref(), &mut report)?;
        self.beside(Kind::Ministack, self.ministack.as_deref(), &mut report)?;
        report.machine.load_after = machine::load_average();
        self.publish(&report)
    }

    fn program(&self) -> Result<PathBuf, Failure> {
        let beside = || std::env::current_exe().map(|own| own.with_file_name("moat"));
        let program = self.moat.clone().map_or_else(beside, Ok).and_then(|path| path.canonicalize());
        program.map_err(Failure::io("find the program to measure"))
    }

    fn bounds(&self) -> Bounds {
        let samples =
            if self.quick { QUICK_SAMPLES } else { usize::try_from(self.samples).unwrap_or(usize::MAX) };
        Bounds { samples, time: Duration::from_secs(self.seconds) }
    }

    fn past(&self) -> usize {
        usize::try_from(self.past).unwrap_or(usize::MAX)
    }

    fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.only.contains(&group)
    }

    /// What is measured on one moat, that waits for the disk as it does by default.
    fn one_moat(
        &self,
        program: &Path,
        directory: &Path,
        python: &Python,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let bounds = self.bounds();
        let moat = Moat::start(program, &directory.join("data"))?;
        let mut caller = caller::Caller::new(moat.address)?;
        if self.wants(Group::Identity) {
            report.figures.extend(identity::measure(bounds, moat.address)?);
        }
        if self.wants(Group::Durable) {
            report.figures.extend(durable::measure(bounds, moat.address, directory)?);
        }
        if self.wants(Group::Neighbour) {
            report.figures.extend(neighbour::measure(bounds, moat.address, &python.runtime)?);
        }
        if self.wants(Group::Emulators) {
            report.figures.extend(shared::measure(bounds, moat.address)?);
        }
        if self.wants(Group::Start) || self.wants(Group::Warm) || self.wants(Group::Cold) {
            let stack = Stack::make(&mut caller, &python.runtime, directory)?;
            durable::fill(moat.address, USERS_THAT_STAY)?;
            if self.wants(Group::Warm) {
                report.figures.extend(warm::measure(bounds, &moat, &stack)?);
            }
            if self.wants(Group::Cold) {
                let (figures, steps) = cold::measure(bounds, moat.address, &stack, python)?;
                report.figures.extend(figures);
                report.steps.extend(steps);
            }
            report.figures.extend(start::afterwards(&moat));
        }
        Ok(())
    }

    fn beside(&self, kind: Kind, python: Option<&Path>, report: &mut Report) -> Result<(), Failure> {
        let Some(python) = python.filter(|_| self.wants(Group::Emulators)) else { return Ok(()) };
        let Some(emulator) = Emulator::find(kind, python) else {
            progress(&format!("{} is not there and is left out", kind.name()));
            return Ok(());
        };
        progress(kind.name());
        for (own, other) in emulator.measure(self.bounds().samples, start::IDLE_AFTER)? {
            let own = report.figures.iter().find(|figure| figure.what == own).cloned();
            report.figures.push(match own {
                Some(own) => other.against(&own),
                None => other,
            });
        }
        Ok(())
    }

    fn publish(&self, report: &Report) -> Result<(), Failure> {
        if let Some(path) = &self.json {
            let json = serde_json::to_vec_pretty(report)?;
            std::fs::write(path, json).map_err(Failure::io(format!("write {}", path.display())))?;
        }
        let Machine { commit, date, cores, processor, kernel, filesystem, load_before, load_after, .. } =
            &report.machine;
        println!("commit {commit}, {date}, {cores} cores of {processor}, Linux {kernel}, {filesystem}");
        println!("load average before {load_before}, after {load_after}\n\n{}", report.text());
        Ok(())
    }
}

/// A directory that goes when this program ends.
fn work_directory(parent: Option<&Path>) -> Result<(Guard, PathBuf), Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("moat-bench-");
    let made = match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    };
    let path = made.map_err(Failure::io("make a directory for the data"))?.keep();
    Ok((Guard::new(Running::Directory(path.clone())), path))
}
