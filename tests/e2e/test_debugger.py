"""`moat attach-debugger`: a scripted client of the Debug Adapter Protocol stops a function and looks into it.
https://microsoft.github.io/debug-adapter-protocol/specification"""

import concurrent.futures
import json
import socket
import subprocess
import time

import pytest
from botocore.exceptions import ClientError
from conftest import BIN, SDKS
from functions import deploy, invoke

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


@pytest.fixture
def attached(moat):
    deploy(moat, "debugged", CODE, Timeout=1, MemorySize=256)
    command = subprocess.Popen(
        [BIN, "attach-debugger", "debugged", "--port", "0", "--data-dir", moat.data_dir],
        stdout=subprocess.PIPE, text=True, env={**moat.environment(), **SDKS})
    first = command.stdout.readline()
    yield int(first.split()[0].split(":")[1])
    command.terminate()
    command.wait()


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
    assert invoke(moat, "debugged", {"more": 1})[0] == {"total": 41}
    again = invoke(moat, "debugged", {"more": 3}, LogType="Tail")[1]
    assert "FunctionError" not in again


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
