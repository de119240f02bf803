//! The same functions in Node.js under AWS's runtime client and under ours. What AWS's did is in
//! `tests/recorded/aws-lambda-ric.json`; to record it again, unpack `npm pack aws-lambda-ric` and run this test with
//! `MOAT_RECORD_AWS_LAMBDA_RIC=DIR/package`. Its native HTTP client is not built for that: `client.cjs` stands in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jail::world::World;
use sandbox::{EnvironmentSpec, Kind, Launcher, Runtime};
use serde_json::{Value, json};

use super::fake::{Request, RuntimeApi};
use super::{blanks, code, event, launcher, output, recorded, spec};

const RECORD: &str = "tests/recorded/aws-lambda-ric.json";

struct Case {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    handler: &'static str,
    log_format: &'static str,
}

const fn case(name: &'static str, source: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, files: source, handler: "index.handler", log_format: "Text" }
}

const CASES: &[Case] = &[
    case("returns its event", &[("index.js", "exports.handler = async (event) => event;")]),
    case("returns nothing", &[("index.js", "exports.handler = async () => {};")]),
    case(
        "is an ES module",
        &[(
            "index.mjs",
            "import { sep } from 'node:path';\nexport const handler = async (event) => ({ sep, ...event });",
        )],
    ),
    case(
        "is an ES module by its package",
        &[
            ("index.js", "export const handler = async () => import.meta.url;"),
            ("package.json", "{\"type\": \"module\"}"),
        ],
    ),
    case("is CommonJS by its name", &[("index.cjs", "exports.handler = async () => __filename;")]),
    case(
        "waits at the top",
        &[(
            "index.mjs",
            "const value = await Promise.resolve(7);\nexport const handler = async () => value;",
        )],
    ),
    case(
        "calls back",
        &[(
            "index.js",
            "exports.handler = (event, context, callback) => callback(null, { event, name: context.functionName });",
        )],
    ),
    case(
        "calls back an error",
        &[("index.js", "exports.handler = (event, context, callback) => callback(new RangeError('none'));")],
    ),
    case(
        "calls back text as an error",
        &[("index.js", "exports.handler = (event, context, callback) => callback('text');")],
    ),
    case(
        "calls back twice",
        &[(
            "index.js",
            "exports.handler = (event, context, callback) => { callback(null, 1); callback(null, 2); };",
        )],
    ),
    case(
        "calls back when the loop is empty",
        &[(
            "index.js",
            "exports.handler = (event, context, callback) => { setTimeout(() => console.log('late'), 20); callback(null, 1); };",
        )],
    ),
    case(
        "calls back without waiting",
        &[(
            "index.js",
            "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 60000); callback(null, 1); };",
        )],
    ),
    case(
        "never calls back",
        &[("index.js", "exports.handler = (event, context, callback) => { setTimeout(() => {}, 5); };")],
    ),
    case(
        "succeeds by its context",
        &[("index.js", "exports.handler = (event, context) => context.succeed('by context');")],
    ),
    case(
        "fails by its context",
        &[("index.js", "exports.handler = (event, context) => context.fail(new Error('by context'));")],
    ),
    case(
        "throws",
        &[(
            "index.js",
            "class Odd extends Error { constructor(m) { super(m); this.name = 'Odd'; this.detail = { a: 1 }; } }\nexports.handler = async (event) => { throw new Odd('bad value: ' + event.key[0]); };",
        )],
    ),
    case(
        "throws at once",
        &[("index.js", "exports.handler = (event) => { throw new TypeError('at once'); };")],
    ),
    case("throws what is no error", &[("index.js", "exports.handler = async () => { throw { code: 7 }; };")]),
    case("rejects with text", &[("index.js", "exports.handler = () => Promise.reject('why not');")]),
    case(
        "leaves a rejection behind",
        &[(
            "index.js",
            "exports.handler = async () => { Promise.reject(new Error('left')); await new Promise((done) => setTimeout(done, 1000)); };",
        )],
    ),
    case(
        "throws later",
        &[(
            "index.js",
            "exports.handler = async () => { setTimeout(() => { throw new Error('later'); }, 1); await new Promise((done) => setTimeout(done, 1000)); };",
        )],
    ),
    case(
        "returns a circle",
        &[(
            "index.js",
            "exports.handler = async () => { const circle = {}; circle.circle = circle; return circle; };",
        )],
    ),
    case(
        "returns what JSON has not",
        &[(
            "index.js",
            "exports.handler = async () => ({ date: new Date(0), nothing: undefined, map: new Map([[1, 2]]), number: NaN });",
        )],
    ),
    case(
        "logs",
        &[(
            "index.js",
            "console.log('at start');\nexports.handler = async () => { console.log('one %s', 2, { three: [3] }); console.info('two\\nlines'); console.debug('d'); console.warn('w'); console.error(new Error('e').message); console.trace('t'); process.stdout.write('raw\\n'); };",
        )],
    ),
    case(
        "tells of its context",
        &[(
            "index.js",
            "exports.handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() > 1000, getRemainingTimeInMillis: undefined, trace: process.env._X_AMZN_TRACE_ID, keys: Object.keys(context) });",
        )],
    ),
    Case {
        handler: "index.nested.inner",
        ..case("has a nested handler", &[("index.js", "exports.nested = { inner: async () => 'inner' };")])
    },
    Case {
        handler: "lib/app.handler",
        ..case(
            "is in a directory",
            &[
                ("lib/app.js", "exports.handler = async () => require('./other');"),
                ("lib/other.js", "module.exports = 'other';"),
            ],
        )
    },
    Case { handler: "index.absent", ..case("has no such handler", &[("index.js", "exports.handler = 1;")]) },
    case("has a handler that is no function", &[("index.js", "exports.handler = 1;")]),
    Case { handler: "absent.handler", ..case("has no such module", &[("index.js", "")]) },
    Case { handler: "nodot", ..case("has a handler without a dot", &[("index.js", "")]) },
    Case { handler: "../index.handler", ..case("has a handler above", &[("index.js", "")]) },
    case("requires what is not there", &[("index.js", "require('absent-package');")]),
    case("does not parse", &[("index.js", "exports.handler = async ( => {};")]),
    case("throws at start", &[("index.js", "throw new Error('at start');")]),
    case(
        "streams",
        &[(
            "index.js",
            "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.setContentType('text/plain'); stream.write('one '); stream.write({ two: 2 }); stream.end(); await new Promise((done) => stream.on('finish', done)); });",
        )],
    ),
    case(
        "streams with a prelude",
        &[(
            "index.js",
            "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); stream.write('body'); stream.end(); await new Promise((done) => stream.on('finish', done)); });",
        )],
    ),
    Case {
        log_format: "JSON",
        ..case(
            "logs in JSON",
            &[(
                "index.js",
                "exports.handler = async () => { console.log('one %s', 2); console.log({ a: 1 }); console.error('bad', new RangeError('r')); console.warn(new TypeError('t')); throw new Error('end'); };",
            )],
        )
    },
];

pub fn node_does_what_awss_runtime_client_does(world: &World) {
    let launcher = launcher(world);
    let Some(runtime) = node(&launcher) else { return println!("  no Node.js on this machine") };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    if let Some(client) = std::env::var_os("MOAT_RECORD_AWS_LAMBDA_RIC") {
        let layer = client_layer(world, Path::new(&client));
        let played =
            CASES.iter().map(|case| (case.name, play(world, &launcher, runtime, case, Some(&layer))));
        let record: BTreeMap<&str, Value> = played.collect();
        std::fs::write(&path, serde_json::to_string_pretty(&record).unwrap() + "\n").unwrap();
    }
    let record: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../recorded/aws-lambda-ric.json")).unwrap();
    let mut different = Vec::new();
    for case in CASES {
        let ours = play(world, &launcher, runtime, case, None);
        if Some(&ours) != record.get(case.name) {
            let theirs = record.get(case.name).cloned().unwrap_or_default();
            different.push(format!("{}:\n{ours:#}\nbut AWS's runtime client:\n{theirs:#}", case.name));
        }
    }
    assert!(different.is_empty(), "{} of {}\n{}", different.len(), CASES.len(), different.join("\n"));
}

/// A version of Node.js that this machine has.
fn node(launcher: &Launcher) -> Option<Runtime> {
    let mut all = launcher.runtimes().into_iter().filter(|found| found.warning.is_none());
    all.find_map(|found| matches!(found.runtime, Runtime::Node { .. }).then_some(found.runtime))
}

fn client_layer(world: &World, client: &Path) -> PathBuf {
    let read = |name: &str| std::fs::read_to_string(client.join(name)).unwrap();
    let files = [
        ("dist/index.mjs", read("dist/index.mjs")),
        ("client.cjs", include_str!("client.cjs").to_owned()),
        (
            "bin/run.mjs",
            "import { run } from '../dist/index.mjs';\nawait run(process.cwd(), process.argv[2]);".to_owned(),
        ),
    ];
    code(world, "ric", &files.each_ref().map(|(name, text)| (*name, text.as_str())))
}

fn play(world: &World, launcher: &Launcher, runtime: Runtime, case: &Case, client: Option<&Path>) -> Value {
    let start = "#!/bin/sh\nexec /usr/bin/node --require /opt/client.cjs /opt/bin/run.mjs \"$_HANDLER\"\n";
    let mut files = case.files.to_vec();
    files.push(("bootstrap", start));
    let mut spec = spec(runtime, code(world, "node", &files));
    if let Some(client) = client {
        spec.runtime = Runtime::Provided { al2023: true };
        spec.layer_dir = Some(client.to_owned());
    }
    spec.memory_mb = 512;
    spec.handler = case.handler.to_owned();
    spec.variables.push(("AWS_LAMBDA_LOG_FORMAT".to_owned(), case.log_format.to_owned()));
    for (name, value) in [("VERSION", "$LATEST"), ("MEMORY_SIZE", "512")] {
        spec.variables.push((format!("AWS_LAMBDA_FUNCTION_{name}"), value.to_owned()));
    }
    let api = RuntimeApi::serve();
    let mut environment = match client {
        Some(_) => launcher.launch(&spec).unwrap(),
        None => blanks::launch(launcher, &spec),
    };
    let post = api.invoke_or_fail(event("{\"key\": [1, \"ü\"]}"));
    let exit = match api.asks_or(|| environment.wait(Duration::from_millis(5)).unwrap()) {
        Some(exit) => format!("{exit:?}"),
        None => "waits".to_owned(),
    };
    environment.kill().unwrap();
    let log =
        recorded::normal(&output(&mut environment)).replace("/opt/dist/index.mjs", "/var/runtime/index.mjs");
    let log: Vec<String> = log.split('\n').map(without_runtime).collect();
    json!({ "post": post.map(|post| shown(&post)), "log": log, "exit": exit })
}

fn shown(post: &Request) -> Value {
    let body = post.body.replace("/opt/dist/index.mjs", "/var/runtime/index.mjs");
    let mut body: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
    if let Some(Value::Array(frames)) = body.get_mut("trace") {
        frames.retain(|frame| is_functions(frame.as_str().unwrap()));
    }
    let header = |name: &str| post.headers.get(name).cloned();
    json!({
        "path": post.path, "body": body, "mode": header("lambda-runtime-function-response-mode"),
        "type": header("lambda-runtime-function-error-type"),
        "content_type": header("content-type").filter(|_| post.path.ends_with("/response")),
    })
}

/// Frames of the runtime and of Node.js itself differ by their versions; those of the function do not.
fn is_functions(frame: &str) -> bool {
    !frame.trim_start().starts_with("at ") || frame.contains("/var/task/")
}

/// A log line without the frames that are not the function's: in JSON, or divided by carriage returns.
fn without_runtime(line: &str) -> String {
    let plain: Vec<&str> = line.split('\r').filter(|part| is_functions(part)).collect();
    let mut text = plain.join("\r");
    let Some(start) = text.find('{') else { return text };
    if let Ok(mut value) = serde_json::from_str::<Value>(&text[start..]) {
        strip(&mut value);
        text = format!("{}{value}", &text[..start]);
    }
    text
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Array(frames) if name == "stack" || name == "stackTrace" => {
                        frames.retain(|frame| is_functions(frame.as_str().unwrap()));
                    }
                    field => strip(field),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        Value::String(text) => {
            let lines: Vec<&str> = text.split('\n').filter(|line| is_functions(line)).collect();
            *text = lines.join("\n");
        }
        _ => {}
    }
}

pub fn node_finds_the_sdk_and_layers(world: &World) {
    let launcher = launcher(world);
    let Some(runtime) = node(&launcher) else { return println!("  no Node.js on this machine") };
    let source = "import sdk from '@aws-sdk/fake';\nimport layer from 'layered';\nimport { createRequire } from 'module';\nconst require = createRequire(import.meta.url);\nexport const handler = async () => [sdk, layer, require('@aws-sdk/fake'), require('layered'), process.env.NODE_PATH.split(':').length];";
    let mut spec = spec(runtime, code(world, "node", &[("index.mjs", source)]));
    spec.handler = "index.handler".to_owned();
    spec.memory_mb = 512;
    spec.sdk_dir = Some(code(world, "node-sdk", &[("@aws-sdk/fake/index.js", "module.exports = 'sdk';")]));
    spec.layer_dir = Some(code(
        world,
        "node-layer",
        &[("nodejs/node_modules/layered/index.js", "module.exports = 'layer';")],
    ));
    for waited in [true, false] {
        let api = RuntimeApi::serve();
        let mut environment =
            if waited { blanks::launch(&launcher, &spec) } else { launcher.launch(&spec).unwrap() };
        let post = api.invoke_or_fail(event("{}")).unwrap();
        environment.kill().unwrap();
        assert_eq!(post.body, "[\"sdk\",\"layer\",\"sdk\",\"layer\",5]", "{}", output(&mut environment));
    }
}

pub fn node_waits_for_its_function(world: &World) {
    let launcher = launcher(world);
    let Some(runtime) = node(&launcher) else { return println!("  no Node.js on this machine") };
    let mut spec: EnvironmentSpec =
        spec(runtime, code(world, "node", &[("index.js", "exports.handler = async (event) => event;")]));
    spec.handler = "index.handler".to_owned();
    assert!(matches!(launcher.kind_for(&spec), Some(Kind::Node(_))));
    let mut ready = Vec::new();
    for _ in 0..5 {
        let kind = launcher.kind_for(&spec).unwrap();
        let blank = blanks::blank(&launcher, kind, None);
        std::thread::sleep(Duration::from_millis(150));
        let memory = blanks::memory_kb(blank.program().unwrap());
        let api = RuntimeApi::serve();
        let began = Instant::now();
        let _environment = launcher.launch_in(blank, &spec).unwrap();
        api.wait_for_next();
        ready.push((began.elapsed().as_micros(), memory));
    }
    ready.sort_unstable();
    println!("  asked for its first event after (µs, (own, share of KiB)): {:?}", ready[2]);
    spec.variables.push(("NODE_OPTIONS".to_owned(), "--no-warnings".to_owned()));
    assert_eq!(launcher.kind_for(&spec), None);
}
