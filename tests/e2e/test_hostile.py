"""Functions that misbehave: what their callers see, and that their neighbours see nothing of it."""

import base64
import concurrent.futures
import os
import time

from functions import deploy, eventually, invoke

# Speaks to the runtime API by itself, beside the runtime that is in the middle of an invocation.
POST = """
import http.client, json, os, threading, time
def post(path, body=b'"other"', method="POST"):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=25)
    connection.request(method, "/2018-06-01/runtime/" + path, body)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()
"""

RUDE = POST + """
pids, goes_on = [], threading.Event()
def handler(event, context):
    what, own = event["do"], "invocation/" + context.aws_request_id
    if what == "twice":
        return [post(own + "/response"), post(own + "/response")][1]
    if what == "spoof":
        return [post("invocation/00000000-0000-0000-0000-000000000000/response")[0], post("invocation/x/error", b"{}")[0]]
    if what == "late init error":
        return post("init/error", b"{}")[0]
    if what == "late":
        def answer_late():
            goes_on.wait()
            pids.append(post(own + "/response")[0])
        threading.Thread(target=answer_late).start()
        return "early"
    if what == "wait":
        goes_on.set()
        deadline = time.monotonic() + 25
        while not pids and time.monotonic() < deadline:
            time.sleep(0.01)
        return pids
    if what == "next":
        return post("invocation/next", None, "GET")[0]
    if what == "close":
        import socket
        for fd in range(3, 64):
            try:
                socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        return "closed"
    if what == "flood":
        line = "x" * 1000
        for number in range(event["lines"]):
            print(number, line)
        return "flooded"
    if what == "disk":
        try:
            with open("/tmp/full", "wb") as file:
                while True:
                    file.write(b"x" * (1 << 20))
        except OSError as error:
            size = os.path.getsize("/tmp/full") >> 20
            os.unlink("/tmp/full")
            return [error.strerror, size]
    if what == "orphans":
        for _ in range(50):
            if os.fork() == 0:
                if os.fork() == 0:
                    time.sleep(0.05)
                os._exit(0)
            os.wait()
        deadline = time.monotonic() + 25
        while True:
            present = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
            if len(present) <= 2 or time.monotonic() > deadline:
                return present
            time.sleep(0.05)
    if what == "kill process 1":
        import signal
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
            os.kill(1, number)
        return "alive"
    if what == "deaf":
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    if what == "memory":
        held = [b"x" * (1 << 20) for _ in range(4096)]
    return "well"
"""


def test_a_rude_function_harms_itself_only(moat):
    deploy(moat, "rude", RUDE, Timeout=30)

    def do(what, **more):
        answer, response = invoke(moat, "rude", {"do": what, **more})
        return answer, response.get("FunctionError")

    assert do("spoof") == ([400, 400], None)
    assert do("late init error") == (403, None)
    assert do("next") == (403, None)
    assert do("twice")[0] == "other", "the first answer counts"
    assert do("well") == ("well", None)
    assert do("late") == ("early", None)
    assert do("wait") == ([400], None), "an answer of before is for nobody"
    assert do("disk") == (["No space left on device", 512], None)
    pids, error = do("orphans")
    assert error is None and len(pids) == 2 and pids[0] == 1, pids
    assert do("kill process 1") == ("alive", None)
    do("close")
    assert do("well") == ("well", None), "the next caller has another environment, or the same that recovered"


def test_memory_says_what_aws_says(moat):
    deploy(moat, "greedy", RUDE)
    answer, response = invoke(moat, "greedy", {"do": "memory"}, LogType="Tail")
    tail = base64.b64decode(response["LogResult"]).decode()
    assert response["FunctionError"] == "Unhandled", (answer, tail)
    # Without control groups a resource limit may come first, which Python can tell.
    if answer["errorType"] != "MemoryError" or os.geteuid() == 0:
        assert answer["errorType"] == "Runtime.ExitError", (answer, tail)
        assert "Runtime exited with error: signal: killed" in answer["errorMessage"], answer
    assert invoke(moat, "greedy", {"do": "well"})[0] == "well"


def test_a_deaf_function_is_killed_with_its_children(moat):
    deploy(moat, "deaf", RUDE, Timeout=1)
    begun = time.monotonic()
    answer, response = invoke(moat, "deaf", {"do": "deaf"})
    # Long before it would have ended by itself.
    assert time.monotonic() - begun < 300 and "Task timed out after 1.00 seconds" in answer["errorMessage"]
    # A busy machine may need longer than the second that it has.
    eventually(lambda: invoke(moat, "deaf", {"do": "well"})[0] == "well")


def test_dying_at_start_is_told_each_time(moat):
    deploy(moat, "stillborn", "import os\nos._exit(9)\n")
    for _ in range(2):
        answer, response = invoke(moat, "stillborn")
        assert response["FunctionError"] == "Unhandled" and answer["errorType"] == "Runtime.ExitError", answer
        assert "exit status 9" in answer["errorMessage"]


def test_a_flood_and_a_bomb_leave_the_neighbour_its_answers(moat):
    bomb = "import os, time\ndef handler(event, context):\n    count = 0\n    while True:\n        try:\n            if os.fork() == 0:\n                time.sleep(5)\n                os._exit(0)\n            count += 1\n        except OSError as error:\n            return [count, error.strerror]\n"
    deploy(moat, "neighbour", "def handler(event, context):\n    return event\n")
    deploy(moat, "bomb", bomb, Timeout=120, MemorySize=1024)
    deploy(moat, "flood", RUDE, Timeout=120)
    invoke(moat, "neighbour", 0)
    with concurrent.futures.ThreadPoolExecutor(2) as others:
        exploding = others.submit(invoke, moat, "bomb")
        flooding = others.submit(invoke, moat, "flood", {"do": "flood", "lines": 5000})
        for number in range(50):
            assert invoke(moat, "neighbour", number)[0] == number
        count, why = exploding.result()[0]
        assert count < 1024 and why == "Resource temporarily unavailable"
        assert flooding.result()[0] == "flooded"


LOOKS = """
import glob, os, socket
def reads(path):
    try:
        with open(path, "rb") as file:
            return file.read(200).decode("latin-1")
    except OSError as error:
        return None
def answers(address):
    connection = socket.socket()
    connection.settimeout(0.5)
    try:
        connection.connect(address)
        return True
    except OSError:
        return False
def handler(event, context):
    own = {str(os.getpid())} | {"1", "self", "thread-self"}
    return {
        "read": [path for path in ("/etc/shadow", "/proc/kcore", "/proc/keys", "/proc/1/environ", "/proc/1/mem", "/proc/sys/kernel/core_pattern_x",
                 "/sys/kernel/security", "/var/run/docker.sock", "/root/.aws/credentials", "/dev/mem", "/dev/kmsg") if reads(path)],
        "others": [pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in own],
        "sockets": [path for pattern in ("/run/*", "/var/run/*", "/tmp/*") for path in glob.glob(pattern)],
        "abstract": [line.split()[-1] for line in (reads("/proc/net/unix") or "").splitlines()[1:] if line.split()[-1].startswith("@")],
        "metadata": answers(("169.254.169.254", 80)),
        "daemon": [port for port in event["ports"] if answers(("127.0.0.1", port))],
        "written": [path for path in ("/var/task/x", "/opt/x", "/usr/x", "/etc/x", "/proc/sys/kernel/hostname", "/sys/x") if writes(path)],
    }
def writes(path):
    try:
        with open(path, "w"):
            return True
    except OSError:
        return False
"""


def test_a_probe_finds_nothing(moat):
    deploy(moat, "probe", LOOKS)
    port = int(moat.url.rsplit(":", 1)[1])
    found, _ = invoke(moat, "probe", {"ports": [port, 22, 80, 443, 5432]})
    nothing = {"read": [], "others": [], "sockets": [], "abstract": [], "metadata": False, "daemon": [], "written": []}
    assert found == nothing
