//! A warm function beside functions that misbehave: what its callers notice of a fork bomb, of one that fills its
//! memory, and of one that floods its log. The quiet and the loud rounds take turns, so that the machine's other
//! load meets both.

use super::{Bounds, progress};
use crate::caller::{Caller, Request};
use crate::failure::Failure;
use crate::package;
use crate::report::{Against, Figure};
use crate::samples::Samples;
use crate::stack::{Echo, FUNCTIONS, role};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the neighbour is called.
const PACE: Duration = Duration::from_millis(5);
/// Calls of a round.
const ROUND: usize = 100;
/// Calls before the first that counts.
const UNCOUNTED: usize = 50;
/// After a misbehaving function has begun, and after it has ended.
const SETTLE: Duration = Duration::from_millis(200);

/// The name, what it is, its memory in MB, and its code.
const BOMBS: [(&str, &str, u32, &str); 3] = [
    (
        "fork-bomb",
        "a fork bomb",
        1024,
        "import os, time
def handler(event, context):
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        try:
            if os.fork() == 0:
                while time.monotonic() < end:
                    pass
                os._exit(0)
        except OSError:
            pass
",
    ),
    (
        "memory-bomb",
        "a memory bomb",
        512,
        "def handler(event, context):
    held = []
    while True:
        held.append(bytearray(b'x' * (1 << 20)))
",
    ),
    (
        "log-flood",
        "a log flood",
        1024,
        "import time
def handler(event, context):
    end, line = time.monotonic() + 1.5, 'x' * 200
    while time.monotonic() < end:
        print(line)
",
    ),
];

pub fn measure(bounds: Bounds, address: SocketAddr, runtime: &str) -> Result<Vec<Figure>, Failure> {
    let mut caller = Caller::new(address)?;
    let role = role(&mut caller, "neighbours")?;
    make(&mut caller, ("neighbour", 128, package::python()?), runtime, &role)?;
    for (name, _, memory, code) in BOMBS {
        make(&mut caller, (name, memory, package::python_of(code)?), runtime, &role)?;
    }
    let neighbour = Echo { name: "neighbour".to_owned(), language: "Python", in_vpc: false };
    calls(&mut caller, &neighbour, UNCOUNTED)?;
    let mut figures = Vec::new();
    for (name, what, _, _) in BOMBS {
        progress(&format!("a warm function beside {what}"));
        let (mut alone, mut beside) = (Samples::default(), Samples::default());
        let begun = Instant::now();
        while alone.count() < bounds.samples && !bounds.over(begun) {
            alone.append(calls(&mut caller, &neighbour, ROUND)?);
            beside.append(loud(address, &mut caller, &neighbour, name)?);
        }
        let alone = Figure::new(format!("warm invoke every 5 ms, before {what}")).latency(&alone);
        let mut beside = Figure::new(format!("the same beside {what}")).latency(&beside).against(&alone);
        if let Some((own, other)) = beside.p99_micros.zip(alone.p99_micros) {
            beside.against =
                Some(Against { what: "the 99th percentile without".to_owned(), ratio: own / other });
        }
        figures.extend([alone, beside]);
    }
    Ok(figures)
}

fn make(
    caller: &mut Caller,
    (name, memory, zip): (&str, u32, String),
    runtime: &str,
    role: &str,
) -> Result<(), Failure> {
    let body = json!({
        "FunctionName": name, "Role": role, "Runtime": runtime, "Handler": "app.handler",
        "Code": { "ZipFile": zip }, "MemorySize": memory, "Timeout": 20,
    });
    caller.ok(&caller.rest("lambda", "POST", FUNCTIONS, &body))?;
    let made = Echo { name: name.to_owned(), language: "Python", in_vpc: false };
    made.wait(caller, |c| c["State"] == "Active")
}

/// So many calls of the neighbour, one each [`PACE`].
fn calls(caller: &mut Caller, neighbour: &Echo, count: usize) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for number in 0..count {
        std::thread::sleep(PACE);
        let (request, event) = neighbour.invoke(caller, number);
        let (answer, took) = caller.timed(&request)?;
        neighbour.check(&answer, &event)?;
        samples.add(took);
    }
    Ok(samples)
}

/// The same while the other function is invoked over and over.
fn loud(address: SocketAddr, caller: &mut Caller, neighbour: &Echo, bomb: &str) -> Result<Samples, Failure> {
    let enough = AtomicBool::new(false);
    let mut other = Caller::new(address)?;
    std::thread::scope(|scope| {
        let exploding = scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                let request = explode(&other, bomb);
                other.timed(&request)?;
            }
            Ok::<_, Failure>(())
        });
        std::thread::sleep(SETTLE);
        let samples = calls(caller, neighbour, ROUND);
        enough.store(true, Ordering::Relaxed);
        exploding.join().map_err(|_| Failure::Thread)??;
        std::thread::sleep(SETTLE);
        samples
    })
}

/// Whatever comes of it.
fn explode(caller: &Caller, bomb: &str) -> Request {
    caller.rest(
        "lambda",
        "POST",
        &format!("{FUNCTIONS}/{bomb}/invocations"),
        &Value::Object(Default::default()),
    )
}
