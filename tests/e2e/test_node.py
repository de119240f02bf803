"""Functions in Node.js: moat's own runtime, the SDK that nobody brings, streams of output, failures."""

import base64
import os
import shutil

import pytest

from functions import deploy, invoke

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
SDK = os.path.join(os.path.dirname(__file__), "../../build/sdk/node/node_modules/@aws-sdk")

WHO = """
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
const sts = new STSClient({});
export const handler = async (event, context) => {
  console.log('asked by', event.name);
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  return { Arn, name: context.functionName, runtime: process.env.AWS_EXECUTION_ENV };
};
"""


def test_a_module_finds_the_sdk_and_its_role(moat):
    if not os.path.isdir(SDK):
        pytest.fail("script/bootstrap installs the SDK where there is npm")
    deploy(moat, "node-who", WHO, runtime="nodejs20.x", MemorySize=512, Timeout=20)
    answer, response = invoke(moat, "node-who", {"name": "e2e"}, LogType="Tail")
    tail = base64.b64decode(response["LogResult"]).decode()
    assert ":assumed-role/" in answer["Arn"] and answer["Arn"].endswith("/node-who"), (answer, tail)
    assert answer["name"] == "node-who" and answer["runtime"] == "AWS_Lambda_nodejs20.x"
    assert "\tINFO\tasked by e2e" in tail, tail


def test_callbacks_errors_and_ends(moat):
    source = """exports.handler = (event, context, callback) => {
      if (event.exit) process.exit(7);
      if (event.fail) return callback(new RangeError('not that'));
      callback(null, { pid: process.pid, event });
    };"""
    deploy(moat, "node-calls", source, runtime="nodejs22.x", MemorySize=512)
    first, _ = invoke(moat, "node-calls", {"a": "ü"})
    second, _ = invoke(moat, "node-calls", {"a": 2})
    assert first["event"] == {"a": "ü"} and first["pid"] == second["pid"]
    failed, response = invoke(moat, "node-calls", {"fail": True})
    assert response["FunctionError"] == "Unhandled" and failed["errorType"] == "RangeError"
    assert failed["errorMessage"] == "not that" and failed["trace"][0] == "RangeError: not that"
    ended, response = invoke(moat, "node-calls", {"exit": True})
    assert ended["errorType"] == "Runtime.ExitError" and "exit status 7" in ended["errorMessage"]
    assert invoke(moat, "node-calls", {"again": 1})[0]["event"] == {"again": 1}
