"""`moat attach-debugger`: scripted clients of the Debug Adapter Protocol and of Node.js's inspector stop a function and
look into it. https://microsoft.github.io/debug-adapter-protocol/specification
https://chromedevtools.github.io/devtools-protocol/v8/Debugger/"""

import concurrent.futures
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import time

import pytest
from botocore.exceptions import ClientError
from conftest import BIN, SDKS
from functions import deploy, eventually, invoke, log_lines
from websocket import WebSocket

CODE = """START = 40

def handler(event, context):
    total = START + event["more"]
    return {"total": total}
"""
LINE = 5


class Debugger:
    """What an editor says."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.reader = self.stream.makefile("rb")
        self.sequence, self.events = 0, []

    def send(self, command, **arguments):
        self.sequence += 1
        body = json.dumps({"seq": self.sequence, "type": "request", "command": command, "arguments": arguments}).encode()
        self.stream.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self.sequence

    def read(self):
        length = 0
        while (line := self.reader.readline().strip()):
            length = int(line.split(b":")[1])
        return json.loads(self.reader.read(length))

    def ask(self, command, **arguments):
        """The body of the response."""
        number = self.send(command, **arguments)
        while True:
            message = self.read()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return message.get("body", {})
            self.events.append(message)

    def event(self, name):
        while True:
            known = next((m for m in self.events if m.get("event") == name), None)
            if known:
                self.events.remove(known)
                return known["body"] if "body" in known else {}
            self.events.append(self.read())


class Inspector:
    """What an editor says to Node.js."""

    def __init__(self, port):
        page = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        page.request("GET", "/json/list")
        [target] = json.loads(page.getresponse().read())
        self.socket = WebSocket(f"http://127.0.0.1:{port}", f"127.0.0.1:{port}", f"/{target['id']}")
        self.number, self.events = 0, []

    def ask(self, method, **parameters):
        """The result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while (message := json.loads(self.socket.receive())).get("id") != self.number:
            self.events.append(message)
        return message["result"]

    def event(self, method):
        while not (known := next((m for m in self.events if m["method"] == method), None)):
            self.events.append(json.loads(self.socket.receive()))
        self.events.remove(known)
        return known["params"]


@contextlib.contextmanager
def attaching(moat, function):
    """The port while the command runs."""
    command = subprocess.Popen(
        [BIN, "attach-debugger", function, "--port", "0", "--data-dir", moat.data_dir],
        stdout=subprocess.PIPE, text=True, env={**moat.environment(), **SDKS})
    try:
        yield int(command.stdout.readline().split()[0].split(":")[1])
    finally:
        command.terminate()
        command.wait()


@pytest.fixture
def attached(moat):
    deploy(moat, "debugged", CODE, Timeout=1, MemorySize=256)
    with attaching(moat, "debugged") as port:
        yield port


def test_a_debugger_stops_the_function_and_looks_into_it(moat, attached):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(invoke, moat, "debugged", {"more": 2})
        editor = Debugger(attached)
        editor.ask("initialize", adapterID="test", pathFormat="path", linesStartAt1=True)
        attach = editor.send("attach", justMyCode=False)
        editor.event("initialized")
        found = editor.ask("setBreakpoints", source={"path": "/var/task/app.py"}, breakpoints=[{"line": LINE}])
        assert len(found["breakpoints"]) == 1
        editor.ask("configurationDone")
        stopped = editor.event("stopped")
        assert stopped["reason"] == "breakpoint" and attach
        # Longer than the function may usually take.
        time.sleep(1.3)
        frame = editor.ask("stackTrace", threadId=stopped["threadId"])["stackFrames"][0]
        assert (frame["name"], frame["line"]) == ("handler", LINE)
        assert editor.ask("evaluate", expression="total", frameId=frame["id"])["result"] == "42"
        assert not answer.done()
        editor.ask("continue", threadId=stopped["threadId"])
        assert answer.result(timeout=60)[0] == {"total": 42}


def test_without_the_command_nothing_waits_any_more(moat):
    # Its one second may be too short for a busy machine now and then.
    eventually(lambda: invoke(moat, "debugged", {"more": 1})[0] == {"total": 41})
    eventually(lambda: "FunctionError" not in invoke(moat, "debugged", {"more": 3}, LogType="Tail")[1])


NODE = """const START = 40;
exports.handler = async (event) => {
  const total = START + event.more;
  return { total };
};
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_an_inspector_stops_a_function_in_node_and_looks_into_it(moat):
    deploy(moat, "debugged-node", NODE, runtime="nodejs20.x", Timeout=1, MemorySize=512)
    with attaching(moat, "debugged-node") as port, concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(invoke, moat, "debugged-node", {"more": 2})
        editor = Inspector(port)
        editor.ask("Debugger.enable")
        found = editor.ask("Debugger.setBreakpointByUrl", urlRegex=r".*/var/task/app\.js$", lineNumber=3)
        assert len(found["locations"]) == 1, found
        editor.ask("Runtime.runIfWaitingForDebugger")
        stopped = editor.event("Debugger.paused")
        assert stopped["hitBreakpoints"] == [found["breakpointId"]], stopped
        # Longer than the function may usually take.
        time.sleep(1.3)
        frame = stopped["callFrames"][0]
        assert (frame["functionName"], frame["location"]["lineNumber"]) == ("exports.handler", 3)
        told = editor.ask("Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="total")
        assert told["result"]["value"] == 42 and not answer.done()
        editor.ask("Debugger.resume")
        assert answer.result(timeout=60)[0] == {"total": 42}
        # The debugger stays, and the next invocation meets the breakpoint again. Before this one is done with in every
        # respect, another environment would serve it.
        log_lines(moat, "debugged-node", "REPORT RequestId", 1)
        answer = pool.submit(invoke, moat, "debugged-node", {"more": 3})
        editor.event("Debugger.paused")
        editor.ask("Debugger.resume")
        assert answer.result(timeout=60)[0] == {"total": 43}
        editor.socket.close()
    eventually(lambda: invoke(moat, "debugged-node", {"more": 1})[0] == {"total": 41})


def test_what_has_no_debugger_here_is_refused_by_name(moat):
    deploy(moat, "debugged-bootstrap", "#!/bin/sh\nsleep 9\n", runtime="provided.al2023")
    done = subprocess.run(
        [BIN, "attach-debugger", "debugged-bootstrap", "--port", "0", "--data-dir", moat.data_dir],
        capture_output=True, text=True, timeout=60, env={**moat.environment(), **SDKS})
    assert done.returncode == 2 and "A debugger for provided.al2023 is not implemented by moat" in done.stderr
    nobody = subprocess.run(
        [BIN, "attach-debugger", "debugged-nobody", "--port", "0", "--data-dir", moat.data_dir],
        capture_output=True, text=True, timeout=60, env={**moat.environment(), **SDKS})
    assert nobody.returncode == 2 and "Function not found" in nobody.stderr


def test_without_the_operators_word_no_directory_is_taken(moat):
    with pytest.raises(ClientError, match="Hot reload: .* may not be run from"):
        moat.client("lambda").update_function_code(FunctionName="debugged", S3Bucket="hot-reload", S3Key="/tmp")
