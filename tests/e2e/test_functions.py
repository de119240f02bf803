"""Functions as their callers see them: answers, errors, logs, isolation."""

import base64

from functions import deploy, invoke, log_lines

ECHO = "import os\ndef handler(event, context):\n    print('seen', event)\n    return {'event': event, 'id': context.aws_request_id, 'pid': os.getpid()}\n"
# A runtime in a few lines of shell, as anybody may bring one.
BOOTSTRAP = """#!/bin/sh
set -u
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
    event=$(curl -sS -D /tmp/head "$api/next")
    id=$(grep -i '^lambda-runtime-aws-request-id:' /tmp/head | tr -d '\\r' | cut -d' ' -f2)
    echo "shell saw $event"
    curl -sS -o /dev/null -d "{\\"shell\\": $event}" "$api/$id/response"
done
"""


def test_an_answer_a_log_tail_and_the_log(moat):
    deploy(moat, "echo", ECHO)
    answer, response = invoke(moat, "echo", {"a": 1}, LogType="Tail")
    assert answer["event"] == {"a": 1}
    assert response["StatusCode"] == 200 and response["ExecutedVersion"] == "$LATEST"
    tail = base64.b64decode(response["LogResult"]).decode()
    request = answer["id"]
    for line in (f"START RequestId: {request} Version: $LATEST", "seen {'a': 1}", f"END RequestId: {request}",
                 f"REPORT RequestId: {request}\tDuration: "):
        assert line in tail, tail
    again, _ = invoke(moat, "echo", {"a": 2})
    assert again["pid"] == answer["pid"] and again["id"] != request, "a warm environment is used again"
    lines = log_lines(moat, "echo", "seen", 2)
    assert [line.strip() for line in lines] == ["seen {'a': 1}", "seen {'a': 2}"]


def test_a_provided_runtime(moat):
    deploy(moat, "shell", BOOTSTRAP, runtime="provided.al2023")
    for n in range(3):
        answer, response = invoke(moat, "shell", {"n": n})
        assert answer == {"shell": {"n": n}}, response


def test_an_exception_is_the_callers_to_see(moat):
    deploy(moat, "raises", "def handler(event, context):\n    raise ValueError('no good')\n")
    answer, response = invoke(moat, "raises")
    assert response["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "ValueError" and answer["errorMessage"] == "no good"
    assert any("line 2, in handler" in frame for frame in answer["stackTrace"])


def test_a_function_that_takes_too_long_is_ended(moat):
    deploy(moat, "slow", "import time\ndef handler(event, context):\n    time.sleep(600)\n", Timeout=1)
    answer, response = invoke(moat, "slow")
    assert response["FunctionError"] == "Unhandled"
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds"), answer


def test_an_event_is_answered_at_once_and_worked_on_later(moat):
    deploy(moat, "later", "def handler(event, context):\n    print('worked on', event['n'])\n")
    _, response = invoke(moat, "later", {"n": 7}, InvocationType="Event")
    assert response["StatusCode"] == 202
    assert log_lines(moat, "later", "worked on 7") == ["worked on 7\n"]


def test_new_code_and_new_variables_are_used_by_the_next_call(moat):
    functions = deploy(moat, "changes", "import os\ndef handler(e, c):\n    return [1, os.environ.get('MODE')]\n")
    assert invoke(moat, "changes")[0] == [1, None]
    functions.update_function_configuration(FunctionName="changes", Environment={"Variables": {"MODE": "y"}})
    functions.get_waiter("function_updated_v2").wait(FunctionName="changes", WaiterConfig={"Delay": 1})
    assert invoke(moat, "changes")[0] == [1, "y"]
    from functions import package
    functions.update_function_code(
        FunctionName="changes",
        ZipFile=package("app.py", "import os\ndef handler(e, c):\n    return [2, os.environ.get('MODE')]\n"))
    functions.get_waiter("function_updated_v2").wait(FunctionName="changes", WaiterConfig={"Delay": 1})
    assert invoke(moat, "changes")[0] == [2, "y"]


def test_functions_do_not_see_each_other_nor_the_host(moat):
    look = """
import os, pathlib
def handler(event, context):
    here = pathlib.Path('/tmp/mark')
    seen = here.exists()
    here.write_text('x')
    processes = [p for p in os.listdir('/proc') if p.isdigit()]
    homes = [str(p) for p in ('/root', '/home', '/var/lib', '/etc/shadow') if pathlib.Path(p).exists()]
    return {'seen': seen, 'processes': len(processes), 'homes': homes, 'uid': os.getuid()}
"""
    for name in ("look-a", "look-b"):
        deploy(moat, name, look)
        answer, _ = invoke(moat, name)
        assert answer["seen"] is False, "the other function's /tmp"
        assert answer["processes"] <= 2 and answer["homes"] == [] and answer["uid"] != 0, answer
    assert invoke(moat, "look-a")[0]["seen"] is True, "its own /tmp stays while it is warm"
