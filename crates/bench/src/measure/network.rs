//! The data plane on this machine's kernel: interfaces that come, rules that change, and traffic through ten thousand
//! rules beside none and beside a list. It all happens in namespaces of its own: this program starts itself
//! there again, and no packet leaves them.

mod traffic;

use super::{Bounds, progress};
use crate::failure::Failure;
use crate::report::Figure;
use crate::samples::Samples;
use base::SystemClock;
use netplane::{DataPlane, Plane, Probe};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use vpc::{Network, Plan, compile, recompile};

/// How the program is told that it is inside.
pub const INSIDE: &str = "--inside-namespaces";
/// A clean-up follows each sample and is not timed, so there are fewer than of other things.
const SAMPLES_MAX: usize = 300;
const RUN_DIRECTORY: &str = "/run";
const PROBE_TIMEOUT: Duration = Duration::from_millis(50);

/// Starts this program again in fresh namespaces and takes its figures.
pub fn measure(bounds: Bounds) -> Result<Vec<Figure>, Failure> {
    progress("the network, in namespaces of its own");
    let own = std::env::current_exe().map_err(Failure::io("find this program"))?;
    let mut command = Command::new("unshare");
    if !nix::unistd::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command.args(["sh", "-c", "mount -t tmpfs tmpfs /run && exec \"$0\" \"$@\""]);
    command.arg(own).args([INSIDE, "--samples", &bounds.samples.clamp(20, SAMPLES_MAX).to_string()]);
    let output = command.stderr(Stdio::inherit()).output().map_err(Failure::io("run `unshare`"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        return Err(Failure::Program {
            program: "unshare".into(),
            outcome: output.status.to_string(),
            output: text,
        });
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What the program does inside: figures as JSON.
pub fn inside(samples: usize) -> Result<(), Failure> {
    let plane = Plane::open(Path::new(RUN_DIRECTORY), Arc::new(SystemClock))?;
    let mut figures = Vec::new();
    for interfaces in [1, 1_000] {
        figures.extend(attach(&plane, interfaces, samples)?);
    }
    for rules in [0, 1_000, 10_000] {
        figures.push(rule_change(&plane, rules, samples)?);
    }
    figures.extend(traffic::measure(&plane)?);
    plane.apply(&[])?;
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// A network of so many interfaces in ten groups, and lines more.
fn network(interfaces: usize, more: &str) -> Result<Network, Failure> {
    let mut text = String::from(
        "vpc 10.0.0.0/16\nsubnet subnet-a 10.0.0.0/17 acl-1 rtb-1\nsubnet subnet-b 10.0.128.0/17 acl-1 rtb-1\nacl acl-1 open\n",
    );
    for group in 0..10 {
        let _ = writeln!(text, "sg sg-{group} out all to 0.0.0.0/0\nsg sg-{group} in tcp 443 from sg-0");
    }
    for number in 0..interfaces {
        let _ = writeln!(
            text,
            "eni eni-{number:05} host subnet-a 10.0.{}.{} sg-{}",
            number / 250,
            4 + number % 250,
            number % 10
        );
    }
    Ok(vpc::testing::network(&(text + more))?)
}

/// From a changed network to a kernel that obeys it.
fn bring(plane: &Plane, before: &Network, plan: Plan, after: &Network) -> Result<Plan, Failure> {
    enforce(plane, recompile(before, plan, after))
}

fn enforce(plane: &Plane, plan: Plan) -> Result<Plan, Failure> {
    let applied = plane.apply(std::slice::from_ref(&plan))?;
    match applied.failed.into_iter().next() {
        Some((interface, why)) => Err(Failure::NotAttached { interface, why }),
        None => Ok(plan),
    }
}

fn attach(plane: &Plane, interfaces: usize, samples: usize) -> Result<[Figure; 2], Failure> {
    progress(&format!("attaching beside {interfaces}"));
    let without = network(interfaces, "")?;
    let with = network(interfaces, "eni eni-new host subnet-b 10.0.128.9 sg-0")?;
    let mut plan = compile(&without);
    plane.apply(std::slice::from_ref(&plan))?;
    let (mut compiled, mut attached) = (Samples::default(), Samples::default());
    for _ in 0..samples {
        plane.prepare_interfaces(1)?;
        let begin = Instant::now();
        plan = recompile(&without, plan, &with);
        compiled.add(begin.elapsed());
        let begin = Instant::now();
        plan = enforce(plane, plan)?;
        attached.add(begin.elapsed());
        plan = bring(plane, &with, plan, &without)?;
    }
    plane.apply(&[])?;
    let figure = |what: &str, took| Figure::new(format!("network: {what}, {interfaces} there")).latency(took);
    Ok([figure("compile one interface more", &compiled), figure("attach an interface", &attached)])
}

/// A rule that comes and goes, until packets obey.
fn rule_change(plane: &Plane, rules: usize, samples: usize) -> Result<Figure, Failure> {
    progress(&format!("changing a rule beside {rules}"));
    let mut more =
        String::from("eni eni-to host subnet-b 10.0.128.9 sg-to\nsg sg-to in tcp 9 from 10.0.0.0/8\n");
    for rule in 0..rules {
        let _ =
            writeln!(more, "sg sg-{} in tcp {} from 10.0.{}.0/24", 100 + rule / 60, 1000 + rule, rule % 128);
    }
    let without = network(2, &more)?;
    let with = network(2, &format!("{more}sg sg-to in tcp 5432 from 10.0.0.0/8\n"))?;
    let mut plan = compile(&without);
    plane.apply(std::slice::from_ref(&plan))?;
    let mut took = Samples::default();
    for round in 0..samples {
        for (before, after, expected) in
            [(&without, &with, Probe::Refused), (&with, &without, Probe::TimedOut)]
        {
            let begin = Instant::now();
            plan = bring(plane, before, plan, after)?;
            took.add(begin.elapsed());
            // Each hundredth is seen in a packet.
            if round % 100 == 0 {
                let to = SocketAddr::from(([10, 0, 128, 9], 5432));
                let seen = plane.probe_tcp(&"eni-00000".into(), to, PROBE_TIMEOUT)?;
                if seen != expected {
                    return Err(Failure::NotObeyed { expected, seen });
                }
            }
        }
    }
    plane.apply(&[])?;
    Ok(Figure::new(format!("network: a rule changes, {rules} there")).latency(&took))
}
