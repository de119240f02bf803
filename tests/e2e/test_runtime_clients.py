"""AWS's own runtime clients, unmodified, under moat's runtime API; and the same functions under moat's own runtimes,
which must answer, fail and log alike."""

import base64
import json
import re
import shutil

import pytest
import runtime_clients
from functions import PYTHON, invoke

pytestmark = pytest.mark.lengthy
PYTHON_CODE = '''
import logging, os

logger = logging.getLogger()
logger.info("at start")


class Refused(Exception):
    pass


def inner(value):
    raise Refused("not " + str(value))


def handler(event, context):
    what = event.get("do")
    if what == "raise":
        inner(event["value"])
    if what == "unwritable":
        return {1, 2}
    if what == "exit":
        os._exit(3)
    if what == "log":
        print("printed")
        logger.debug("debug")
        logger.info("info %s", 1)
        logging.getLogger("own").warning("warning", extra={"more": [1]})
        try:
            inner(2)
        except Refused:
            logger.exception("caught")
        return None
    if what == "context":
        names = ("function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "aws_request_id",
                 "log_group_name", "log_stream_name")
        said = {name: getattr(context, name) for name in names}
        client = context.client_context
        said["client"] = [client.custom, client.env, client.client.app_title]
        said["identity"] = [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id]
        said["has_time"] = 0 < context.get_remaining_time_in_millis() <= 30_000
        return said
    if what == "environment":
        return {name: "" if name.startswith("AWS_S") else value for name, value in os.environ.items()}
    return event
'''
NODE_CODE = '''
'use strict';
console.info('at start');
class Refused extends Error {
  constructor(text) { super(text); this.name = 'Refused'; this.code = 7; }
}
const inner = (value) => { throw new Refused('not ' + value); };
exports.handler = async (event, context) => {
  switch (event.do) {
    case 'raise': return inner(event.value);
    case 'unwritable': { const circle = {}; circle.circle = circle; return circle; }
    case 'exit': process.exit(3);
    case 'log':
      console.debug('debug');
      console.info('info %s', 1);
      console.log({ an: ['object'] });
      console.warn('warning');
      try { inner(2); } catch (error) { console.error('caught', error); }
      return null;
    case 'context': {
      const { getRemainingTimeInMillis, ...said } = context;
      const left = getRemainingTimeInMillis();
      return { ...said, has_time: left > 0 && left <= 30000 };
    }
    case 'environment': {
      const hidden = ([name, value]) => [name, name.startsWith('AWS_S') ? '' : value];
      return Object.fromEntries(Object.entries(process.env).map(hidden));
    }
    default: return event;
  }
};
'''
CLIENT_CONTEXT = base64.b64encode(json.dumps(
    {"custom": {"a": "ü"}, "env": {"b": "c"}, "client": {
        "installation_id": "i", "app_title": "title", "app_version_name": "n", "app_version_code": "c",
        "app_package_name": "p"}}).encode()).decode()
EVENTS = [
    {"deep": [1, 2.5, None, "ü\u2713", {"a": True}]},
    {"do": "raise", "value": 1},
    {"do": "unwritable"},
    {"do": "log"},
    {"do": "exit"},
    {"do": "context"},
]
# What differs from one invocation, or from one function, to another.
PASSING = [
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "REQUEST"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", "STREAM"),
    (r"(clients-\w+)-(moat|aws)-(text|json)", r"\1"),
    (r"\d+(\.\d+)? m?s\b", "DURATION"),
    (r"Max Memory Used: \d+ MB", "MEMORY"),
    (r'"(durationMs|billedDurationMs|initDurationMs|maxMemoryUsedMB|producedBytes)":[0-9.]+', r'"\1":N'),
    # What of a client's own program, and of Node.js below it, called the function.
    (r',? ?"    at [\w.<> ]*\(?((file:///|/)var/(runtime|task/node_modules)/|node:internal)[^\n"]*"', ""),
    (r"(\\n|\r|\n)    at [\w.<> ]*\(?((file:///|/)var/(runtime|task/node_modules)/|node:internal)[^)\n\r\\]*\)?", ""),
    # The program that runs, and so its version, is the function's own with AWS's client.
    (r"python:3\.\d+|nodejs:\d+(\.x)?|provided:al2023", "RUNTIME"),
    (r"::runtime:[0-9a-f]{64}", "::runtime:VERSION"),
]


def steady(text):
    for pattern, mark in PASSING:
        text = re.sub(pattern, mark, text)
    return text


def conversation(moat, name):
    """What one function answers to all events and what it logs meanwhile."""
    said = []
    for event in EVENTS:
        answer, response = invoke(moat, name, event, LogType="Tail", ClientContext=CLIENT_CONTEXT)
        log = steady(base64.b64decode(response["LogResult"]).decode())
        said.append({
            "event": event, "answer": json.loads(steady(json.dumps(answer, ensure_ascii=False))),
            "error": response.get("FunctionError"), "log": log.splitlines()})
    return said


def compare(moat, language, runtime, own, theirs, settings):
    """Both kinds of a function in both formats of logs."""
    names = []
    for kind, package, of in (("moat", own, runtime), ("aws", theirs, "provided.al2023")):
        for log in ("Text", "JSON"):
            names.append(f"clients-{language}-{kind}-{log.lower()}")
            runtime_clients.create(moat, names[-1], of, package, LoggingConfig={"LogFormat": log}, **settings)
    runtime_clients.active(moat, *names)
    for log in ("text", "json"):
        mine, aws = (conversation(moat, f"clients-{language}-{kind}-{log}") for kind in ("moat", "aws"))
        for one, other in zip(mine, aws, strict=True):
            assert one == other, f"{language}, logs in {log}"
        assert mine[0]["answer"] == EVENTS[0] and mine[1]["error"] == "Unhandled"
    environments = [
        invoke(moat, f"clients-{language}-{kind}-json", {"do": "environment"})[0] for kind in ("moat", "aws")]
    traces = [environment.pop("_X_AMZN_TRACE_ID") for environment in environments]
    assert all(re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01](;.*)?", t) for t in traces)
    return [{name: steady(value) for name, value in environment.items()} for environment in environments]


def differing(one, other):
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_python(moat):
    client = runtime_clients.installed("python")
    own = runtime_clients.package({"app.py": PYTHON_CODE})
    theirs = runtime_clients.package({"app.py": PYTHON_CODE, "bootstrap": runtime_clients.PYTHON}, client)
    settings = {"Environment": {"Variables": {"OWN": "1"}}}
    mine, aws = compare(moat, "python", PYTHON, own, theirs, settings)
    # A shell started AWS's client, and a custom runtime has no execution environment of its own.
    assert differing(mine, aws) <= {
        "AWS_EXECUTION_ENV", "PYTHONPATH", "AWS_ACCESS_KEY_ID", "PWD", "OLDPWD", "SHLVL", "_", "MOAT_ZYGOTE"}
    assert mine["OWN"] == "1" and mine["AWS_LAMBDA_LOG_FORMAT"] == "JSON"


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_node(moat):
    client = runtime_clients.installed("node")
    own = runtime_clients.package({"app.js": NODE_CODE})
    theirs = runtime_clients.package({"app.js": NODE_CODE, "bootstrap": runtime_clients.NODE}, client)
    mine, aws = compare(moat, "node", "nodejs20.x", own, theirs, {})
    assert differing(mine, aws) <= {
        "AWS_EXECUTION_ENV", "NODE_PATH", "AWS_ACCESS_KEY_ID", "PWD", "OLDPWD", "SHLVL", "_"}
    assert mine["AWS_LAMBDA_LOG_LEVEL"] == "INFO"


def answers_of(moat, name, packages, event=None):
    for kind, (of, package) in packages.items():
        runtime_clients.create(moat, f"{name}-{kind}", of, package)
    runtime_clients.active(moat, *(f"{name}-{kind}" for kind in packages))
    return [invoke(moat, f"{name}-{kind}", event)[0] for kind in packages]


def test_the_example_that_the_python_client_publishes(moat):
    client = runtime_clients.installed("python")
    [page] = client.glob("awslambdaric-*.dist-info/METADATA")
    code = runtime_clients.example(page, "python", "def handler")
    assert own_and_theirs(moat, "example-python", PYTHON, "app.py", code, runtime_clients.PYTHON, client) == ["Hello World!"] * 2


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_the_example_that_the_node_client_publishes(moat):
    client = runtime_clients.installed("node")
    code = runtime_clients.example(client / "node_modules/aws-lambda-ric/README.md", "js", "exports.handler")
    assert own_and_theirs(moat, "example-node", "nodejs20.x", "app.js", code, runtime_clients.NODE, client) == ["Hello World!"] * 2


def own_and_theirs(moat, name, runtime, file, code, bootstrap, client):
    """What the code answers under moat's own runtime and under AWS's client."""
    return answers_of(moat, name, {
        "moat": (runtime, runtime_clients.package({file: code})),
        "aws": ("provided.al2023", runtime_clients.package({file: code, "bootstrap": bootstrap}, client))})


def test_the_example_that_the_rust_client_publishes(moat):
    package = runtime_clients.package({"bootstrap": runtime_clients.rust_example().read_bytes()})
    answers = answers_of(moat, "example-rust", {"aws": ("provided.al2023", package)}, {"firstName": "moat"})
    assert answers == [{"message": "Hello, moat!"}]


def test_rust(moat):
    package = runtime_clients.package({"bootstrap": runtime_clients.rust().read_bytes()})
    runtime_clients.create(moat, "clients-rust", "provided.al2023", package)
    runtime_clients.active(moat, "clients-rust")
    assert invoke(moat, "clients-rust", EVENTS[0])[0] == EVENTS[0]
    context, response = invoke(moat, "clients-rust", {"do": "context"}, ClientContext=CLIENT_CONTEXT)
    assert context["request_id"] == response["ResponseMetadata"]["RequestId"]
    assert context["arn"].endswith(":function:clients-rust") and context["trace_id"].startswith("Root=1-")
    assert context["trace_variable"] == context["trace_id"]
    assert context["client"]["custom"] == {"a": "ü"} and context["client"]["client"]["appTitle"] == "title"
    assert (context["name"], context["memory"], context["version"]) == ("clients-rust", 512, "$LATEST")
    assert context["log_group"] == "/aws/lambda/clients-rust" and "[$LATEST]" in context["log_stream"]
    for do, kind, message in (("fail", "dyn core::error::Error", "it failed"), ("panic", "", "it panicked")):
        failed, response = invoke(moat, "clients-rust", {"do": do})
        assert response["FunctionError"] == "Unhandled" and message in failed["errorMessage"], failed
        assert kind in failed["errorType"], failed
    _, response = invoke(moat, "clients-rust", {"do": "log"}, LogType="Tail")
    log = base64.b64decode(response["LogResult"]).decode()
    assert "WARN" in log and "more" in log and "less" not in log, log
    stream = moat.client("lambda").invoke_with_response_stream(
        FunctionName="clients-rust", Payload=json.dumps({"do": "stream"}))["EventStream"]
    events = list(stream)
    chunks = [event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event]
    prelude, _, body = b"".join(chunks).partition(b"\0" * 8)
    assert json.loads(prelude)["statusCode"] == 200 and body == b"Hello\nworld\nfrom\nLambda!\n"
    assert len(chunks) >= 4 and events[-1] == {"InvokeComplete": {}}, events
