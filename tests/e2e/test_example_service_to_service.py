"""The example of two services: it deploys, lets in who belongs, says why it refuses, and leaves nothing."""

import os
import pathlib
import subprocess
import sys

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/service-to-service"


def test_the_demo_shows_what_it_says(moat):
    binary = os.environ.get("MOAT_BIN", str(EXAMPLE.parents[1] / "target/debug/moat"))
    environment = moat.environment(MOAT_BIN=binary, MOAT_DATA_DIR=str(moat.data_dir))
    done = subprocess.run([sys.executable, "demo.py"], cwd=EXAMPLE, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("because no identity-based policy allows it", "because the method wants a signature (AWS_IAM)",
                 "because the method wants an API key and x-api-key is missing", "because throttled by plan"):
        assert told in done.stdout, done.stdout
    left = {f["FunctionName"] for f in moat.client("lambda").list_functions()["Functions"]}
    assert not left & {"orders-service", "billing-service"}
