//! `moat`: AWS functions in a private network whose rules are real. One file per command.

mod client;
mod dirs;
mod doctor;
mod down;
mod env;
mod failure;
mod sdk;
mod status;
mod up;
mod why;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

/// The exit code of a command that could not do its work.
const FAILURE: u8 = 2;

/// Runs serverless functions inside a private network behind the AWS API, with rules that packets obey.
#[derive(Parser)]
#[command(name = "moat", version, arg_required_else_help = true)]
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
    Why(why::Why),
    Doctor(doctor::Doctor),
}

fn main() -> ExitCode {
    // Nothing before this may start a thread: `up` enters namespaces that only a process with one can join.
    let outcome = match Moat::parse().command {
        Command::Up(up) => up.run(),
        Command::Down(down) => down.run(),
        Command::Status(status) => status.run(),
        Command::Env(env) => env.run(),
        Command::Why(why) => why.run(),
        Command::Doctor(doctor) => doctor.run(),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Failure { message, hint }) => {
            eprintln!("moat: {message}");
            if let Some(hint) = hint {
                eprintln!("  try: {hint}");
            }
            ExitCode::from(FAILURE)
        }
    }
}
