//! The same functions under AWS's runtime client and under ours.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jail::world::World;
use sandbox::{Launcher, Runtime};
use serde_json::{Value, json};

use super::fake::RuntimeApi;
use super::{code, event, launcher, output, python, spec};

const RECORD: &str = "tests/recorded/awslambdaric.json";

/// A function, its handler, and the events it gets.
struct Case {
    name: &'static str,
    source: &'static str,
    handler: &'static str,
    events: &'static [&'static str],
    log_format: &'static str,
}

const fn case(name: &'static str, source: &'static str) -> Case {
    Case {
        name,
        source,
        handler: "app.handler",
        events: &["{\"key\": [1, 2.5, null, \"ü\"]}"],
        log_format: "Text",
    }
}

const CASES: &[Case] = &[
    case("returns its event", "def handler(event, context):\n    return event\n"),
    case("returns nothing", "def handler(event, context):\n    pass\n"),
    case(
        "returns text beyond ASCII",
        "def handler(event, context):\n    return {'text': 'grün \\u2713', 'n': float('inf')}\n",
    ),
    case("returns bytes", "def handler(event, context):\n    return b'raw'\n"),
    case(
        "returns decimals",
        "from decimal import Decimal\ndef handler(event, context):\n    return {'price': Decimal('12.340'), 'none': Decimal('NaN')}\n",
    ),
    case(
        "returns what JSON has not",
        "import datetime\ndef handler(event, context):\n    return datetime.date(2020, 1, 1)\n",
    ),
    case(
        "returns a circle",
        "def handler(event, context):\n    circle = []\n    circle.append(circle)\n    return circle\n",
    ),
    case(
        "prints",
        "import sys\ndef handler(event, context):\n    print('one', 2)\n    print('no end', end='')\n    sys.stderr.write('to stderr\\n')\n",
    ),
    case(
        "logs",
        "import logging\nlogger = logging.getLogger()\nlogger.setLevel('INFO')\nlogger.info('at start')\n\
         def handler(event, context):\n    logger.debug('unseen')\n    logger.info('seen %s', 1)\n    logging.getLogger('x.y').warning('named')\n    context.log('context log\\n')\n",
    ),
    case(
        "logs an exception",
        "import logging\ndef handler(event, context):\n    try:\n        raise ZeroDivisionError('none')\n    except ZeroDivisionError:\n        logging.exception('caught')\n    return 'fine'\n",
    ),
    case(
        "does not log what is not asked for",
        "import logging\ndef handler(event, context):\n    logging.info('unseen')\n    logging.error('seen')\n",
    ),
    case(
        "raises",
        "def inner(value):\n    raise ValueError('bad value: ' + str(value))\n\ndef handler(event, context):\n    inner(event['key'])\n",
    ),
    case(
        "raises with nothing to say",
        "class Custom(Exception):\n    pass\ndef handler(event, context):\n    raise Custom()\n",
    ),
    case(
        "raises text of many lines",
        "def handler(event, context):\n    raise RuntimeError('one\\n  two')\n",
    ),
    case(
        "raises from another",
        "def handler(event, context):\n    try:\n        {}['x']\n    except KeyError as error:\n        raise LookupError('none') from error\n",
    ),
    case("takes too few arguments", "def handler(event):\n    return event\n"),
    Case {
        events: &["{\"n\": 1}", "{\"n\": 2}"],
        ..case(
            "recovers",
            "def handler(event, context):\n    if event['n'] == 1:\n        raise KeyError('first')\n    return event['n']\n",
        )
    },
    case("imports what is not there", "import absent_module\n"),
    case("imports a name that is not there", "from os import absent_name\n"),
    Case { handler: "other.handler", ..case("has no such module", "") },
    Case { handler: "app.absent", ..case("has no such handler", "def handler(event, context):\n    pass\n") },
    Case { handler: "handler", ..case("has a malformed handler", "") },
    Case { handler: "sys.exit", ..case("has a built-in module", "") },
    case("has bad syntax", "def handler(event, context)\n    pass\n"),
    case("raises while it is imported", "def fail():\n    raise OSError('no start')\n\nfail()\n"),
    case(
        "looks at its context",
        "import os\ndef handler(event, context):\n    return [context.aws_request_id, context.function_name, context.memory_limit_in_mb, context.function_version,\n\
         \x20           context.invoked_function_arn, context.log_group_name, context.log_stream_name, context.client_context, repr(context.identity),\n\
         \x20           context.get_remaining_time_in_millis() > 0, os.environ['_X_AMZN_TRACE_ID'], repr(context)]\n",
    ),
    case(
        "changes its handler's globals",
        "items = []\ndef handler(event, context):\n    items.append(1)\n    exit_code = len(items)\n    return exit_code\n",
    ),
    Case {
        log_format: "JSON",
        ..case(
            "logs in JSON",
            "import logging\nlogger = logging.getLogger('app')\nlogger.setLevel('INFO')\ndef handler(event, context):\n    logger.info('seen', extra={'more': {'x': 1}})\n\
             \x20   logger.info({'a': 1})\n    try:\n        raise KeyError('k')\n    except KeyError:\n        logger.exception('caught')\n    raise ValueError('end')\n",
        )
    },
];

pub fn python_does_what_awss_runtime_client_does(world: &World) {
    let launcher = launcher(world);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    if let Some(client) = std::env::var_os("MOAT_RECORD_AWSLAMBDARIC") {
        let record: BTreeMap<&str, Value> = CASES
            .iter()
            .map(|case| (case.name, play(world, &launcher, case, Under::Client(Path::new(&client)))))
            .collect();
        std::fs::write(&path, serde_json::to_string_pretty(&record).unwrap() + "\n").unwrap();
    }
    compare(world, &launcher, Under::Runtime);
}

/// The same, where the interpreter has waited for its function.
pub fn a_copy_does_what_awss_runtime_client_does(world: &World) {
    compare(world, &launcher(world), Under::Copy);
}

fn compare(world: &World, launcher: &Launcher, under: Under) {
    let record: BTreeMap<String, Value> = serde_json::from_str(include_str!("awslambdaric.json")).unwrap();
    assert_eq!(record.len(), CASES.len());
    for case in CASES {
        let ours = play(world, launcher, case, under);
        assert_eq!(
            ours, record[case.name],
            "{}:\n{ours:#}\nbut AWS's runtime client:\n{:#}",
            case.name, record[case.name]
        );
    }
}

/// What runs a case.
#[derive(Clone, Copy)]
enum Under<'a> {
    /// moat's runtime, in an interpreter that starts for the function.
    Runtime,
    /// moat's runtime, in a copy of a parked interpreter.
    Copy,
    /// AWS's runtime client, installed there; it then runs as a provided runtime, in an environment like any other.
    Client(&'a Path),
}

/// What is posted and logged.
fn play(world: &World, launcher: &Launcher, case: &Case, under: Under<'_>) -> Value {
    let Runtime::Python { minor } = python(launcher) else { panic!("not Python") };
    let bootstrap = format!("#!/bin/sh\nexec /usr/bin/python3.{minor} -B -m awslambdaric \"$_HANDLER\"\n");
    let files = [("app.py", case.source), ("bootstrap", bootstrap.as_str())];
    let mut spec = spec(python(launcher), code(world, "recorded", &files));
    if let Under::Client(client) = under {
        spec.runtime = Runtime::Provided { al2023: true };
        spec.layer_dir = Some(client.to_owned());
        spec.variables.push(("PYTHONPATH".to_owned(), "/var/task:/opt".to_owned()));
    }
    spec.handler = case.handler.to_owned();
    let more = [
        ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/tested"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]ab"),
        ("AWS_LAMBDA_LOG_FORMAT", case.log_format),
    ];
    spec.variables.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let api = RuntimeApi::serve();
    let mut environment = match under {
        Under::Copy => super::blanks::launch(launcher, &spec),
        Under::Runtime | Under::Client(_) => launcher.launch(&spec).unwrap(),
    };
    let mut posts = Vec::new();
    for body in case.events {
        if let Some(post) = api.invoke_or_fail(event(body)) {
            posts.push(shown(&post));
        }
        if posts.last().is_some_and(|post| post["path"].as_str().unwrap().contains("/init/")) {
            break;
        }
    }
    let failed = posts.iter().any(|post| post["path"].as_str().unwrap().contains("/init/"));
    let exit = if failed {
        format!("{:?}", environment.wait(Duration::from_secs(60)).unwrap())
    } else {
        api.wait_for_next();
        environment.kill().unwrap();
        String::new()
    };
    let log: Vec<String> = normal(&output(&mut environment)).split('\n').map(str::to_owned).collect();
    let played = json!({ "posts": posts, "log": log, "exit": exit });
    serde_json::from_str(&played.to_string().replace(&format!("python3.{minor}/"), "python3.N/")).unwrap()
}

fn shown(post: &super::fake::Request) -> Value {
    let body = serde_json::from_str(&post.body).unwrap_or_else(|_| json!(post.body));
    let written = if body.get("stackTrace").is_some() { body } else { json!(post.body) };
    let kind = post.headers.get("content-type").cloned().unwrap_or_default();
    let kind = if post.path.ends_with("/response") { kind } else { String::new() };
    json!({ "path": post.path, "content_type": kind, "body": without_library(written) })
}

/// Frames of the import machinery have line numbers of the interpreter's version; frames of the runtime itself are
/// in different files.
fn without_library(mut body: Value) -> Value {
    if let Some(Value::Array(frames)) = body.get_mut("stackTrace") {
        for frame in frames.iter_mut() {
            *frame = json!(runtime_file(frame.as_str().unwrap()));
        }
        frames.retain(|frame| !frame.as_str().is_some_and(|frame| frame.contains("importlib")));
    }
    body
}

fn runtime_file(text: &str) -> String {
    let Some((before, rest)) = text.split_once("/bootstrap.py\", line ") else { return text.to_owned() };
    let (quote, after) =
        (before.rfind('"').unwrap(), rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    format!("{}\"RUNTIME\", line N{after}", &before[..quote])
}

/// Times become `TIME`, and frames of the import machinery go, as in the posts.
pub fn normal(log: &str) -> String {
    let mut text = String::new();
    let bytes = log.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let is_time = |length: usize| {
            let Some(part) = bytes.get(at..at + length) else { return false };
            let pattern = if length == 24 { "dddd-dd-ddTdd:dd:dd.dddZ" } else { "dddd-dd-ddTdd:dd:ddZ" };
            part.iter()
                .zip(pattern.bytes())
                .all(|(byte, like)| if like == b'd' { byte.is_ascii_digit() } else { *byte == like })
        };
        if let Some(length) = [24, 20].into_iter().find(|length| is_time(*length)) {
            text.push_str("TIME");
            at += length;
        } else {
            let character = log[at..].chars().next().unwrap();
            text.push(character);
            at += character.len_utf8();
        }
    }
    let lines = text.split('\n').map(|line| {
        let parts: Vec<&str> = line.split('\r').collect();
        let mut kept = Vec::new();
        let mut skipping = false;
        for part in parts {
            let frame = part.trim_start_matches('\u{a0}').starts_with("File ");
            skipping =
                if frame { part.contains("importlib") } else { skipping && part.starts_with('\u{a0}') };
            if !skipping {
                kept.push(runtime_file(part));
            }
        }
        kept.join("\r")
    });
    lines.collect::<Vec<_>>().join("\n")
}
