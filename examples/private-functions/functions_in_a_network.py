"""A Python and a Rust function in a private subnet, which may speak to the internal API and to nothing else."""

import io
import json
import os
import pathlib
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "internal-api"))
from network import PORT, SERVER, InternalApi  # noqa: E402, F401

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
# What the functions try besides the API, and why they must not get there.
ELSEWHERE = {
    "1.1.1.1:80": "the internet",
    f"{SERVER}:22": "another port of the same host",
    "10.20.1.10:8080": "another host",
}


def build(target):
    """Compiles the Rust function, statically; the program."""
    subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--offline", "--manifest-path", HERE / "rust/Cargo.toml",
         "--target-dir", target],
        check=True, env={**os.environ, "RUSTFLAGS": "-C target-feature=+crt-static"})
    return pathlib.Path(target) / "release/bootstrap"


def package(name, content, mode):
    """A zip of one file."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return zipped.getvalue()


class PrivateFunctions:
    """Both functions, in the subnet and with the group of the internal API's client."""

    def __init__(self, api, functions, iam, name="private"):
        self.api, self.functions, self.iam = api, functions, iam
        self.role = f"{name}-functions"
        self.names = [f"{name}-python", f"{name}-rust"]

    def make(self, program):
        role = self.iam.create_role(RoleName=self.role, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.iam.attach_role_policy(
            RoleName=self.role, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")
        python, rust = self.names
        runtime = f"python3.{sys.version_info.minor}"
        self.create(python, role, runtime, package("app.py", (HERE / "python/app.py").read_bytes(), 0o644))
        self.create(rust, role, "provided.al2023", package("bootstrap", program.read_bytes(), 0o755))
        for name in self.names:
            self.functions.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return self

    def create(self, name, role, runtime, code):
        self.functions.create_function(
            FunctionName=name, Role=role, Runtime=runtime, Handler="app.handler", Code={"ZipFile": code}, Timeout=30,
            Environment={"Variables": {"API": f"{SERVER}:{PORT}"}},
            VpcConfig={"SubnetIds": [self.api.a], "SecurityGroupIds": [self.api.client_group]})

    def invoke(self, name, *words):
        """Runs `moat invoke`; the finished process."""
        return self.api.command("invoke", name, *words)

    def told(self, name, *words):
        """What `moat invoke` says, as a value."""
        done = self.invoke(name, "--output", "json", *words)
        if done.returncode not in (0, 1):
            raise SystemExit(f"moat invoke failed: {done.stderr}")
        return json.loads(done.stdout)

    def remove(self):
        for name in self.names:
            self.functions.delete_function(FunctionName=name)
        for policy in self.iam.list_attached_role_policies(RoleName=self.role)["AttachedPolicies"]:
            self.iam.detach_role_policy(RoleName=self.role, PolicyArn=policy["PolicyArn"])
        self.iam.delete_role(RoleName=self.role)
