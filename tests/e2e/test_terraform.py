"""The example as Terraform: apply, an empty plan, destroy."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest
from terraform_plugins import mirror

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/lambda-rds-secret"


def test_apply_empty_plan_destroy(moat, tmp_path):
    if shutil.which("terraform") is None:
        # No package registry carries Terraform, so a machine may lack it; say so where it is read.
        print("terraform is not installed: this test ran nothing", file=sys.stderr)
        pytest.fail("terraform is not installed") if os.environ.get("MOAT_NEEDS_TERRAFORM") else None
        return
    shutil.copy(EXAMPLE / "main.tf", tmp_path)
    with zipfile.ZipFile(tmp_path / "function.zip", "w") as archive:
        app = zipfile.ZipInfo("app.py")
        # As on AWS, a file that others may not read cannot be imported.
        app.external_attr = 0o644 << 16
        archive.writestr(app, "def handler(event, context):\n    return 'from terraform'\n")
    config = tmp_path / "terraformrc"
    config.write_text(mirror())
    environment = moat.environment(TF_CLI_CONFIG_FILE=str(config), TF_IN_AUTOMATION="1", CHECKPOINT_DISABLE="1")
    version = f"python3.{sys.version_info.minor}"

    def terraform(*words, expected=(0,)):
        done = subprocess.run(
            ["terraform", *words, "-no-color"], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode in expected, f"terraform {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done

    variables = ("-var", "name=terraformed", "-var", f"runtime={version}")
    terraform("init", "-input=false")
    terraform("apply", "-auto-approve", "-input=false", *variables)
    answer = moat.client("lambda").invoke(FunctionName="terraformed")["Payload"].read()
    assert answer == b'"from terraform"', answer
    terraform("plan", "-detailed-exitcode", "-input=false", *variables)
    terraform("destroy", "-auto-approve", "-input=false", *variables)
    ec2 = moat.client("ec2")
    left = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["terraformed"]}])["Vpcs"]
    assert left == []
