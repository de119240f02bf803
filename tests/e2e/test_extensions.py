"""Extensions in layers and inside the function, their telemetry, and what an environment does while nobody calls it."""

import json
import time

import pytest

from functions import deploy, invoke, package

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
count = 0
def tick():
    global count
    while True:
        count += 1
        time.sleep(0.001)
threading.Thread(target=tick, daemon=True).start()
def handler(event, context):
    if event.get("do") == "sleep":
        time.sleep(60)
    if event.get("do") == "exit":
        os._exit(3)
    print("handling", event.get("n"))
    before = count
    if event.get("wait"):
        time.sleep(event["wait"])
    seen = None
    if event.get("ask"):
        with urllib.request.urlopen("http://sandbox.localdomain:4243/") as answer:
            seen = json.load(answer)
    return {"before": before, "after": count, "seen": seen}
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


def log(moat, function, pattern, wanted=1):
    """The lines of the function's log with this in them, in order, as soon as there are so many."""
    logs, deadline, found = moat.client("logs"), time.monotonic() + 10, []
    while len(found) < wanted and time.monotonic() < deadline:
        time.sleep(0.05)
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            continue
        found = [event["message"].rstrip("\n") for event in events if pattern in event["message"]]
    assert len(found) >= wanted, (pattern, found)
    return found


@pytest.fixture(scope="module")
def watched(moat):
    """A function with the extension beside it, called twice."""
    arn = layer(moat, "extension-watcher", "extensions/watcher.py", WATCHER)
    deploy(moat, "extension-watched", WATCHED, Layers=[arn], Timeout=10, MemorySize=256)
    first, _ = invoke(moat, "extension-watched", {"n": 1})
    time.sleep(0.5)
    second, _ = invoke(moat, "extension-watched", {"n": 2, "ask": True, "wait": 0.3})
    return first, second


def test_an_extension_hears_of_invocations_and_gets_telemetry(moat, watched):
    seen = watched[1]["seen"]
    assert [event["eventType"] for event in seen["events"]] == ["INVOKE", "INVOKE"]
    assert seen["events"][0]["invokedFunctionArn"].endswith(":function:extension-watched")
    assert seen["function"] == {"functionName": "extension-watched", "functionVersion": "$LATEST",
                                "handler": "app.handler", "accountId": "000000000000"}
    assert "AWS_SESSION_TOKEN" in seen["variables"] and "_HANDLER" not in seen["variables"]
    first = seen["events"][0]["requestId"]
    told = [(message["type"], message["record"]) for message in seen["telemetry"]]
    kinds = [kind for kind, _ in told]
    for kind in ("platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.extension",
                 "platform.telemetrySubscription", "platform.start", "platform.runtimeDone", "platform.report"):
        assert kind in kinds, (kind, kinds)
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


def test_nothing_runs_between_invocations(watched):
    first, second = watched
    # Half a second lay between them, in which the thread would have counted some hundred.
    assert second["before"] - first["after"] < 100, watched
    assert second["after"] - second["before"] > 50, watched


def test_the_end_is_told_with_its_reason(moat, watched):
    answer, _ = invoke(moat, "extension-watched", {"do": "exit"})
    assert answer["errorType"] == "Runtime.ExitError", answer
    log(moat, "extension-watched", "told of the end: failure")
    functions = moat.client("lambda")
    functions.update_function_configuration(FunctionName="extension-watched", Timeout=1)
    functions.get_waiter("function_updated_v2").wait(FunctionName="extension-watched", WaiterConfig={"Delay": 1})
    answer, _ = invoke(moat, "extension-watched", {"do": "sleep"})
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"], answer
    log(moat, "extension-watched", "told of the end: timeout")
    invoke(moat, "extension-watched", {"n": 3})
    functions.update_function_configuration(
        FunctionName="extension-watched", Environment={"Variables": {"CRASH": "1"}})
    functions.get_waiter("function_updated_v2").wait(FunctionName="extension-watched", WaiterConfig={"Delay": 1})
    log(moat, "extension-watched", "told of the end: spindown")
    answer, response = invoke(moat, "extension-watched", {"n": 4, "wait": 1})
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
    own, deadline = set(), time.monotonic() + 10
    while True:
        answer, _ = invoke(moat, "extension-inside")
        # Who comes before the extension has asked for more is served by another environment, as on AWS.
        if own & set(answer["heard"]):
            break
        own.add(answer["own"])
        assert time.monotonic() < deadline, (own, answer)


def test_a_slow_extension_counts_and_does_not_delay_the_answer(moat):
    slow = WATCHER.replace("    if os.environ.get", "    __import__('time').sleep(0.7)\n    if os.environ.get")
    deploy(moat, "extension-slow", WATCHED, Layers=[layer(moat, "extension-slow", "extensions/watcher.py", slow)])
    invoke(moat, "extension-slow", {"n": 1})
    time.sleep(1)
    begun = time.monotonic()
    invoke(moat, "extension-slow", {"n": 2})
    assert time.monotonic() - begun < 0.6
    reported = log(moat, "extension-slow", "REPORT RequestId", 2)[1]
    assert float(reported.split("\tDuration: ")[1].split(" ")[0]) >= 700, reported
