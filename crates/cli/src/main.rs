//! `moat`: AWS functions in a private network whose rules are real. One file per command.
// `streams` writes without a panic.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod account;
mod assert;
mod attach_debugger;
mod client;
mod completions;
mod dev;
mod dirs;
mod doctor;
mod down;
mod drops;
mod env;
mod exec;
mod failure;
mod forward;
mod init;
mod internet;
mod invoke;
mod lint;
mod logs;
mod map;
mod reach;
mod render;
mod reset;
mod run;
mod runtimes;
mod sdk;
mod snapshot;
mod state_dir;
mod status;
mod streams;
mod terminal;
mod up;
mod why;

use clap::{CommandFactory, Parser, Subcommand};
use failure::Failure;
use render::{Colour, paint};
use std::process::ExitCode;
use streams::complain;

/// The exit code of a command that could not do its work.
const FAILURE: u8 = 2;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; or the answer is yes
  1  the answer is no: not running, not reachable, the call failed, something necessary is missing
  2  the command could not do its work; standard error says why and what to try";

/// Runs serverless functions inside a private network behind the AWS API, with rules that packets obey.
#[derive(Parser)]
#[command(name = "moat", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Moat {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Up),
    Down(down::Down),
    Status(status::Status),
    Env(env::Env),
    Run(run::Run),
    Exec(exec::Exec),
    Forward(forward::Forward),
    Why(why::Why),
    Drops(drops::Drops),
    Reach(reach::Reach),
    Assert(assert::Assert),
    Map(map::Map),
    Lint(lint::Lint),
    Doctor(doctor::Doctor),
    Invoke(invoke::Invoke),
    Dev(dev::Dev),
    AttachDebugger(attach_debugger::AttachDebugger),
    Logs(logs::Logs),
    Account(account::Account),
    Snapshot(snapshot::Snapshot),
    Reset(reset::Reset),
    Runtimes(runtimes::Runtimes),
    Completions(completions::Completions),
    Init(init::Init),
}

fn main() -> ExitCode {
    // Nothing before this may start a thread: `up` enters namespaces that only a process with one can join.
    let outcome = match Moat::parse().command {
        Command::Up(up) => up.run(),
        Command::Down(down) => down.run(),
        Command::Status(status) => status.run(),
        Command::Env(env) => env.run(),
        Command::Run(run) => run.run(),
        Command::Exec(exec) => exec.run(),
        Command::Forward(forward) => forward.run(),
        Command::Init(init) => init.run(),
        Command::Why(why) => why.run(),
        Command::Drops(drops) => drops.run(),
        Command::Reach(reach) => reach.run(),
        Command::Assert(assert) => assert.run(),
        Command::Map(map) => map.run(),
        Command::Lint(lint) => lint.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Invoke(invoke) => invoke.run(),
        Command::Dev(dev) => dev.run(),
        Command::AttachDebugger(attach) => attach.run(),
        Command::Logs(logs) => logs.run(),
        Command::Account(account) => account.run(),
        Command::Snapshot(snapshot) => snapshot.run(),
        Command::Reset(reset) => reset.run(),
        Command::Runtimes(runtimes) => runtimes.run(),
        Command::Completions(completions) => completions.run(Moat::command()),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Failure { message, hint }) => {
            let moat = paint(&std::io::stderr(), Colour::Red, "moat:");
            complain(format_args!("{moat} {message}"));
            if let Some(hint) = hint {
                complain(format_args!("  try: {hint}"));
            }
            ExitCode::from(FAILURE)
        }
    }
}
