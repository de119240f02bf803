"""`moat invoke` and `moat logs`: functions in a private network reach what rules allow, and the report says why not."""

import json
import shlex
import subprocess
import sys

import pytest
from conftest import BIN, ROOT, moat_of_its_own
from functions import deploy, log_lines

sys.path.insert(0, str(ROOT / "examples/private-functions"))
from functions_in_a_network import ELSEWHERE, InternalApi, PrivateFunctions, build  # noqa: E402

moat = moat_of_its_own()

LOUD = """import json, sys

def handler(event, context):
    print("got", json.dumps(event))
    if event.get("fail"):
        raise ValueError("as asked")
    return {"echo": event}
"""
NOSY = """import boto3

def handler(event, context):
    return boto3.client("iam").list_users()["Users"]
"""


@pytest.fixture(scope="module")
def network(moat):
    program = build(ROOT / "build/private-functions")
    api = InternalApi(moat.client("ec2"), BIN, moat.data_dir, "pf-api").make()
    made = PrivateFunctions(api, moat.client("lambda"), moat.client("iam"), "pf").make(program)
    yield made
    made.remove()
    api.remove()


def test_both_functions_reach_the_api_cold_and_warm(network):
    for name in network.names:
        cold, warm = network.told(name), network.told(name)
        for told in (cold, warm):
            assert "hello 10.20.1." in told["answer"] and told["function_error"] is None, told
            assert told["obstacles"] == [] and told["duration_ms"] > 0 and told["max_memory_mb"] > 0, told
        assert cold["init_ms"] > 0 and warm["init_ms"] is None


def test_and_nothing_else_and_the_rule_is_told(network):
    for name in network.names:
        for place, title in ELSEWHERE.items():
            told = network.told(name, "--event", json.dumps(place))
            assert told["function_error"] == "Unhandled", (title, told)
            address = [obstacle["what"] for obstacle in told["obstacles"]]
            assert any(place in what for what in address), (title, told)
            assert all(obstacle["because"] for obstacle in told["obstacles"]), (title, told)


@pytest.mark.parametrize("broken, rule", [
    ("no_ingress_rule", "authorize-security-group-ingress"), ("no_egress_rule", "authorize-security-group-egress"),
    ("no_ephemeral_ports", "create-network-acl-entry")])
def test_a_missing_rule_fails_the_next_invoke_with_its_reason_and_fix(network, broken, rule):
    python = network.names[0]
    with getattr(network.api, broken)():
        done = network.invoke(python)
    assert done.returncode == 1, done.stdout
    lines = done.stdout.splitlines()
    assert "failed with URLError" in lines[0], done.stdout
    assert any("timed out" in line for line in lines if line.strip().startswith("error")), done.stdout
    assert "tcp to 10.20.2.10:8080 (pf-api) was dropped" in done.stdout, done.stdout
    assert any(line.strip().startswith("fix") and rule in line for line in lines), done.stdout
    assert network.invoke(python).returncode == 0


def test_a_report_without_a_network(moat):
    deploy(moat, "pf-loud", LOUD, Environment={"Variables": {}})
    done = moat.moat("invoke", "pf-loud", "--event", '{"a": 1}')
    assert done.returncode == 0 and "pf-loud: answered, cold start" in done.stdout, done.stdout
    assert 'log       got {"a": 1}' in done.stdout and '"echo"' in done.stdout and "START" not in done.stdout
    done = moat.moat("invoke", "pf-loud", "--event", '{"fail": true}', "--log")
    assert done.returncode == 1 and "failed with ValueError" in done.stdout, done.stdout
    assert "error     as asked" in done.stdout and 'raise ValueError("as asked")' in done.stdout, done.stdout
    assert "log       START RequestId" in done.stdout and "why" not in done.stdout, done.stdout
    nobody = moat.moat("invoke", "pf-nobody", check=False)
    assert nobody.returncode == 2 and "Function not found" in nobody.stderr, nobody.stderr
    wrong = moat.moat("invoke", "pf-loud", "--event", "no-such-file", check=False)
    assert wrong.returncode == 2 and "neither JSON nor a file" in wrong.stderr


def test_events_come_from_files_and_standard_input_too(moat, tmp_path):
    deploy(moat, "pf-echo", LOUD)
    (tmp_path / "event.json").write_text('{"from": "file"}')
    assert '"from": "file"' in moat.moat("invoke", "pf-echo", "--event", tmp_path / "event.json").stdout
    done = subprocess.run([BIN, "invoke", "pf-echo", "--event", "-", "--output", "json", "--data-dir", moat.data_dir],
                          input='{"from": "pipe"}', capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["answer"] == {"echo": {"from": "pipe"}}, done.stderr


def test_a_denied_call_is_told_with_the_statement_that_is_missing(moat):
    deploy(moat, "pf-nosy", NOSY)
    told = json.loads(moat.moat("invoke", "pf-nosy", "--output", "json").stdout)
    assert told["function_error"] == "Unhandled" and len(told["obstacles"]) == 1, told
    denied = told["obstacles"][0]
    assert denied["what"].startswith("iam:ListUsers on ") and denied["because"] == ["no identity-based policy allows it"]
    words = shlex.split(denied["fix"][0])
    moat.aws(*words[1:])
    assert json.loads(moat.moat("invoke", "pf-nosy", "--output", "json").stdout)["function_error"] is None


def test_a_functions_log_is_read_by_its_name_its_age_and_a_pattern(moat):
    deploy(moat, "pf-log", LOUD)
    following = subprocess.Popen([BIN, "logs", "pf-log", "-f", "--filter", "got", "--data-dir", moat.data_dir],
                                 stdout=subprocess.PIPE, text=True)
    try:
        accepted = moat.moat("invoke", "pf-log", "--event", '{"n": 1}', "--async")
        assert "pf-log: accepted, request " in accepted.stdout
        assert 'got {"n": 1}' in following.stdout.readline()
    finally:
        following.terminate()
        following.wait()
    log_lines(moat, "pf-log", "REPORT RequestId")
    text = moat.moat("logs", "pf-log", "--since", "1h").stdout
    assert "REPORT RequestId" in text and "got" in text
    assert moat.moat("logs", "pf-log", "--since", "2030-01-01T00:00:00Z").stdout == ""
    lines = moat.moat("logs", "pf-log", "--filter", "-got -REPORT -END").stdout
    assert "got" not in lines and "INIT_START" in lines
    assert moat.moat("logs", "pf-log", "--since", "soon", check=False).returncode == 2
