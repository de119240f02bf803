"""The example of a public webhook and a private application: it deploys, lets in what belongs, holds a
flood off, says why, and leaves nothing."""

import os
import pathlib
import subprocess
import sys

from conftest import BIN, moat_of_its_own

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/crossing-the-divide"
moat = moat_of_its_own()


def test_the_demo_shows_what_it_says(moat):
    before = left(moat)
    environment = moat.environment(MOAT_BIN=str(BIN), MOAT_DATA_DIR=str(moat.data_dir))
    done = subprocess.run([sys.executable, "demo.py"], cwd=EXAMPLE, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("because the method wants an API key and x-api-key is missing", "the provider did not sign this",
                 "is in no VPC, and 10.30.2.10 is a private address", "Connection timed out", "because throttled by plan",
                 "because no identity-based policy allows it"):
        assert told in done.stdout, done.stdout
    assert left(moat) == before


def left(moat):
    ec2, functions, iam = (moat.client(service) for service in ("ec2", "lambda", "iam"))
    return (sorted(vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]),
            sorted(i["NetworkInterfaceId"] for i in ec2.describe_network_interfaces()["NetworkInterfaces"]),
            sorted(f["FunctionName"] for f in functions.list_functions()["Functions"]),
            sorted(role["RoleName"] for role in iam.list_roles()["Roles"]))
