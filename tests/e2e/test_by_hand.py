"""The AWS CLI does by hand what the demo does."""

import json
import os
import pathlib
import subprocess
import sys

from functions import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/lambda-rds-secret"
sys.path.insert(0, str(EXAMPLE))


def test_the_stack_by_hand(moat, tmp_path):
    import deploy

    (tmp_path / "function.zip").write_bytes(deploy.package())
    environment = moat.environment(
        AWS_PAGER="", AWS_MAX_ATTEMPTS="1", NAME="byhand", RUNTIME=f"python3.{sys.version_info.minor}")
    environment["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [EXAMPLE / "by-hand.sh", tmp_path / "function.zip"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = [json.loads(done.stdout)]

    def answered():
        """It waits two seconds for the secret and for the database, which a busy machine may let pass now and then."""
        if "errorMessage" in told[-1]:
            answer = moat.client("lambda").invoke(FunctionName="byhand", Payload='{"seed":["by hand"]}')
            told.append(json.loads(answer["Payload"].read()))
        return "errorMessage" not in told[-1]

    eventually(answered)
    assert told[-1] == {"orders": [{"id": 1, "item": "by hand"}]}
    for target in ("db:byhand", "secret:byhand/db"):
        explained = json.loads(moat.moat("why", "function:byhand", target, "--output", "json").stdout)
        assert explained["reachable"] and explained["probe"] == "connected", explained
