"""Extensions in layers and inside the function, their telemetry, and what an environment does while nobody calls it."""

import time

import pytest

from functions import deploy, eventually, invoke, log_lines, package

# An external extension of the standard library only. It collects telemetry and gives all that it knows of to
# whoever asks at its port, which the function does.
WATCHER = '''#!/usr/bin/env python3
import http.server, json, os, signal, sys, threading, urllib.request
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
signal.signal(signal.SIGTERM, signal.SIG_IGN)
seen = {"events": [], "telemetry": [], "variables": sorted(os.environ), "name": os.path.basename(__file__)}
class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        seen["telemetry"] += json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(seen).encode())
    def log_message(self, *_):
        pass
threading.Thread(target=http.server.ThreadingHTTPServer(("", 4243), Listener).serve_forever, daemon=True).start()
def call(method, path, body=None, **headers):
    request = urllib.request.Request(API + path, json.dumps(body).encode() if body is not None else None, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.loads(answer.read() or b"null")
headers, function = call("POST", "/2020-01-01/extension/register", {"events": ["INVOKE", "SHUTDOWN"]},
    **{"Lambda-Extension-Name": "watcher.py", "Lambda-Extension-Accept-Feature": "accountId"})
seen["function"] = function
own = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
call("PUT", "/2022-07-01/telemetry", {"schemaVersion": "2022-12-13", "types": ["platform", "function", "extension"],
    "buffering": {"timeoutMs": 25}, "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243"}}, **own)
print("watching", flush=True)
while True:
    _, event = call("GET", "/2020-01-01/extension/event/next", **own)
    seen["events"].append(event)
    if event["eventType"] == "SHUTDOWN":
        print("told of the end:", event["shutdownReason"], flush=True)
        sys.exit(0)
    if os.environ.get("CRASH"):
        os._exit(5)
'''

WATCHED = '''
import json, os, threading, time, urllib.request
PATIENCE = 40
stood = 0
def tick():
    global stood
    last = time.monotonic()
    while True:
        time.sleep(0.001)
        now = time.monotonic()
        stood, last = max(stood, now - last), now
threading.Thread(target=tick, daemon=True).start()
def ask():
    with urllib.request.urlopen("http://sandbox.localdomain:4243/") as answer:
        return json.load(answer)
def handler(event, context):
    if event.get("do") == "sleep":
        time.sleep(60)
    if event.get("do") == "exit":
        os._exit(3)
    print("handling", event.get("n"))
    time.sleep(event.get("wait", 0))
    seen, deadline = None, time.monotonic() + PATIENCE
    if "kinds" in event:
        # Telemetry is delivered in batches, by and by.
        while True:
            seen = ask()
            told = {message["type"] for message in seen["telemetry"]}
            if told >= set(event["kinds"]) or time.monotonic() > deadline:
                break
            time.sleep(0.02)
    return {"stood": stood, "seen": seen}
'''

FAILING = '''#!/usr/bin/env python3
import json, os, urllib.request
request = urllib.request.Request("http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/register",
    b'{"events":["INVOKE"]}', {"Lambda-Extension-Name": "failing"})
with urllib.request.urlopen(request) as answer:
    own = answer.headers["Lambda-Extension-Identifier"]
urllib.request.urlopen(urllib.request.Request("http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/init/error",
    b"{}", {"Lambda-Extension-Identifier": own, "Lambda-Extension-Function-Error-Type": "Extension.NoConfig"}))
'''

INSIDE = '''
import json, os, threading, urllib.request
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/"
heard = []
def post(path, body, **headers):
    return urllib.request.urlopen(urllib.request.Request(API + path, body, headers))
with post("register", b'{"events":["INVOKE"]}', **{"Lambda-Extension-Name": "inside"}) as answer:
    own = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
def listen():
    while True:
        with urllib.request.urlopen(urllib.request.Request(API + "event/next", None, own)) as answer:
            heard.append(json.load(answer)["requestId"])
threading.Thread(target=listen, daemon=True).start()
def handler(event, context):
    return {"heard": heard, "own": context.aws_request_id}
'''


def layer(moat, name, path, text, mode=0o755):
    made = moat.client("lambda").publish_layer_version(LayerName=name, Content={"ZipFile": package(path, text, mode)})
    return made["LayerVersionArn"]


def log(moat, function, text, count=1):
    return [line.rstrip("\n") for line in log_lines(moat, function, text, count)]


KINDS = ["platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.extension",
         "platform.telemetrySubscription", "platform.start", "platform.runtimeDone", "platform.report", "function",
         "extension"]


@pytest.fixture(scope="module")
def watched(moat):
    """What the extension has seen, beside a function that was called twice."""
    arn = layer(moat, "extension-watcher", "extensions/watcher.py", WATCHER)
    deploy(moat, "extension-watched", WATCHED, Layers=[arn], Timeout=60, MemorySize=256)
    invoke(moat, "extension-watched", {"n": 1})
    # Until the extension, too, is done with the first, another environment would serve the second, as on AWS.
    log(moat, "extension-watched", "REPORT RequestId")
    answer, _ = invoke(moat, "extension-watched", {"n": 2, "kinds": KINDS})
    return answer["seen"]


def test_an_extension_hears_of_invocations_and_gets_telemetry(moat, watched):
    seen = watched
    assert [event["eventType"] for event in seen["events"]] == ["INVOKE", "INVOKE"]
    assert seen["events"][0]["invokedFunctionArn"].endswith(":function:extension-watched")
    assert seen["function"] == {"functionName": "extension-watched", "functionVersion": "$LATEST",
                                "handler": "app.handler", "accountId": "000000000000"}
    assert "AWS_SESSION_TOKEN" in seen["variables"] and "_HANDLER" not in seen["variables"]
    first = seen["events"][0]["requestId"]
    told = [(message["type"], message["record"]) for message in seen["telemetry"]]
    kinds = [kind for kind, _ in told]
    assert set(KINDS) <= set(kinds), kinds
    records = {kind: record for kind, record in reversed(told)}
    assert records["platform.initStart"]["functionName"] == "extension-watched"
    assert records["platform.initReport"]["metrics"]["durationMs"] > 0
    assert records["platform.start"]["requestId"] == first
    done, report = records["platform.runtimeDone"], records["platform.report"]
    assert done["requestId"] == first and done["status"] == "success" and done["metrics"]["producedBytes"] > 10
    assert report["metrics"]["memorySizeMB"] == 256 and report["metrics"]["initDurationMs"] > 0
    assert report["metrics"]["durationMs"] >= done["metrics"]["durationMs"]
    assert ("function", "handling 1\n") in told and ("extension", "watching\n") in told
    assert "EXTENSION\tName: watcher.py\tState: Ready\tEvents: [INVOKE,SHUTDOWN]" in log(
        moat, "extension-watched", "EXTENSION\t")[0]
    assert log(moat, "extension-watched", "TELEMETRY\tName: watcher.py\tState: Subscribed")


def test_nothing_runs_between_invocations(moat, watched):
    def stood_still():
        """A thread of the function that wakes every millisecond slept for most of the pause, if an environment was
        stopped soon after it had answered: sooner or later that is so on a busy machine, too."""
        invoke(moat, "extension-watched", {"n": 1})
        time.sleep(1)
        return invoke(moat, "extension-watched", {"n": 2, "wait": 0.05})[0]["stood"] > 0.7

    eventually(stood_still)


def test_the_end_is_told_with_its_reason(moat, watched):
    functions = moat.client("lambda")

    def update(**settings):
        functions.update_function_configuration(FunctionName="extension-watched", **settings)
        functions.get_waiter("function_updated_v2").wait(FunctionName="extension-watched", WaiterConfig={"Delay": 1})

    def ends(reason, bring_about):
        """An extension has two seconds to say it, as on AWS, which may be too short on a busy machine."""
        def told():
            bring_about()
            try:
                return log_lines(moat, "extension-watched", f"told of the end: {reason}", patience=5)
            except AssertionError:
                return None
        eventually(told)

    def fail():
        answer, _ = invoke(moat, "extension-watched", {"do": "exit"})
        assert answer["errorType"] == "Runtime.ExitError", answer

    def change():
        invoke(moat, "extension-watched", {"n": 3})
        update(Timeout=1, Description=str(time.monotonic()))

    def last_too_long():
        answer, _ = invoke(moat, "extension-watched", {"do": "sleep"})
        assert "Task timed out after 1.00 seconds" in answer["errorMessage"], answer

    ends("failure", fail)
    ends("spindown", change)
    ends("timeout", last_too_long)
    update(Timeout=60, Environment={"Variables": {"CRASH": "1"}})
    answer, response = invoke(moat, "extension-watched", {"n": 4, "wait": 50})
    assert response["FunctionError"] == "Unhandled" and answer["errorType"] == "Extension.Crash", answer
    assert answer["errorMessage"].endswith("Error: exit status 5"), answer


def test_extensions_that_do_not_start_fail_the_function(moat):
    for name, code, mode, kind, text in [
        ("extension-failing", FAILING, 0o755, "Extension.InitError", "Error: exit code 0"),
        ("extension-denied", FAILING, 0o644, "Extension.LaunchError",
         "Error: fork/exec /opt/extensions/failing: permission denied"),
    ]:
        arn = layer(moat, name, "extensions/failing", code, mode)
        deploy(moat, name, "def handler(event, context):\n    return 1\n", Layers=[arn])
        answer, response = invoke(moat, name)
        assert response["FunctionError"] == "Unhandled"
        assert answer["errorType"] == kind and answer["errorMessage"].endswith(text), answer
        # As on AWS, the initialisation is tried once more within the invocation.
        assert [line.split("\t")[1] for line in log(moat, name, "INIT_REPORT", 2)] == ["Phase: init", "Phase: invoke"]
    assert "State: InitError\tEvents: [INVOKE]\tError Type: Extension.NoConfig" in log(
        moat, "extension-failing", "EXTENSION\t")[0]


def test_an_internal_extension_takes_part(moat):
    deploy(moat, "extension-inside", INSIDE)
    own, deadline = set(), time.monotonic() + 60
    while True:
        answer, _ = invoke(moat, "extension-inside")
        # Who comes before the extension has asked for more is served by another environment, as on AWS.
        if own & set(answer["heard"]):
            break
        own.add(answer["own"])
        assert time.monotonic() < deadline, (own, answer)


def test_a_slow_extension_counts_and_does_not_delay_the_answer(moat):
    # It never asks for another event: the answer does not wait for that, and the invocation ends with its time.
    slow = WATCHER.replace("    if os.environ.get", "    __import__('time').sleep(600)\n    if os.environ.get")
    deploy(moat, "extension-slow", WATCHED, Layers=[layer(moat, "extension-slow", "extensions/watcher.py", slow)],
           Timeout=4, MemorySize=512)

    def answered():
        """The request of an invocation that the function itself had time enough for, however busy the machine."""
        answer, response = invoke(moat, "extension-slow", {"n": 1})
        assert "FunctionError" in response or "stood" in answer, answer
        return "FunctionError" not in response and response["ResponseMetadata"]["RequestId"]

    [reported] = log(moat, "extension-slow", f"REPORT RequestId: {eventually(answered)}")
    assert "\tDuration: 4000.00 ms" in reported and "\tStatus: timeout" in reported, reported
