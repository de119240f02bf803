"""The example as Terraform: apply, an empty plan, destroy."""

import pathlib
import shutil
import sys
import zipfile

import pytest
from terraform import Terraform

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/lambda-rds-secret"

pytestmark = [pytest.mark.terraform, pytest.mark.lengthy]


def test_apply_empty_plan_destroy(moat, tmp_path):
    shutil.copy(EXAMPLE / "main.tf", tmp_path)
    with zipfile.ZipFile(tmp_path / "function.zip", "w") as archive:
        app = zipfile.ZipInfo("app.py")
        # As on AWS, a file that others may not read cannot be imported.
        app.external_attr = 0o644 << 16
        archive.writestr(app, "def handler(event, context):\n    return 'from terraform'\n")
    stack = Terraform(moat, tmp_path, name="terraformed", runtime=f"python3.{sys.version_info.minor}")
    stack.apply()
    answer = moat.client("lambda").invoke(FunctionName="terraformed")["Payload"].read()
    assert answer == b'"from terraform"', answer
    stack.plan_is_empty()
    stack.destroy()
    ec2 = moat.client("ec2")
    left = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["terraformed"]}])["Vpcs"]
    assert left == []
