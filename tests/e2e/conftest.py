"""A moat of its own for the tests that ask for one, and the clients that talk to it."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import boto3
import pytest
import terraform
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MOAT_BIN", ROOT / "target/debug/moat"))
# What every function finds without bringing it. moat itself looks for them beside its own checkout.
SDK = os.environ.get("MOAT_PYTHON_SDK", str(ROOT / "build/sdk/python"))
SDKS = {"MOAT_PYTHON_SDK": SDK,
        "MOAT_NODE_SDK": os.environ.get("MOAT_NODE_SDK", str(ROOT / "build/sdk/node/node_modules"))}
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def pytest_configure(config):
    config.addinivalue_line("markers", "terraform: runs the terraform program, which no package registry carries")
    config.addinivalue_line("markers", "lengthy: waits much, so its file begins before others")


def pytest_collection_modifyitems(config, items):
    """Begins with the files that take long, so that none of them is alone at the end (`--no-loadscope-reorder` keeps
    the order)."""
    leave_out_terraform(config, items)
    lengthy = {item.path for item in items if item.get_closest_marker("lengthy")}
    items.sort(key=lambda item: item.path not in lengthy)


def leave_out_terraform(config, items):
    """Leaves Terraform's tests out, and says so, where the program is missing: bootstrap cannot install it.
    `MOAT_NEEDS_TERRAFORM=1` makes that an error."""
    wanted = [item for item in items if item.get_closest_marker("terraform")]
    if not wanted or terraform.installed():
        return
    if os.environ.get("MOAT_NEEDS_TERRAFORM"):
        raise pytest.UsageError("terraform is not installed, and MOAT_NEEDS_TERRAFORM is set")
    items[:] = [item for item in items if item not in wanted]
    config.hook.pytest_deselected(items=wanted)
    config.left_out = len(wanted)


def pytest_terminal_summary(terminalreporter, config):
    if left_out := getattr(config, "left_out", 0):
        terminalreporter.write_line(f"terraform is not installed: {left_out} of its tests were left out")


class Moat:
    """One running moat with its own data directory."""

    def __init__(self, data_dir=None, *options):
        self.own = data_dir is None
        self.data_dir = pathlib.Path(data_dir or tempfile.mkdtemp(prefix="moat-e2e-"))
        self.options = options
        self.process = None
        self.start()

    def start(self):
        environment = {**os.environ, **SDKS}
        self.log = open(self.data_dir / "e2e.log", "ab")
        self.process = subprocess.Popen(
            [BIN, "up", "--port", "0", "--data-dir", self.data_dir, *self.options],
            stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True)
        first = self.process.stdout.readline()
        if not first.startswith("moat is ready at "):
            self.process.wait()
            raise RuntimeError(f"moat did not start: {first!r}\n{self.log_text()}")
        self.url = first.split()[-1]

    def log_text(self):
        return (self.data_dir / "e2e.log").read_text()

    def daemon_pid(self):
        """The daemon is the front's child."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def kill(self):
        """kill -9 of the daemon; databases and packet rules go on."""
        os.kill(self.daemon_pid(), 9)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        subprocess.run([BIN, "down", "--data-dir", self.data_dir], check=True, capture_output=True)
        self.log.close()
        if self.own:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def environment(self, **keys):
        """The variables for a client, the root key's unless others are given."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, **KEYS, "AWS_ENDPOINT_URL": self.url, **keys}

    def client(self, service, region="us-east-1", key="test", secret="test", token=None):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url,
            aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=True, read_timeout=300))

    def aws(self, *words, check=True):
        """Runs the AWS CLI; its parsed output, or the completed process when check is off."""
        import json
        import sys
        cli = pathlib.Path(sys.executable).parent / "aws"
        done = subprocess.run(
            [cli, *words, "--output", "json"], env=self.environment(AWS_PAGER=""), capture_output=True, text=True)
        if not check:
            return done
        assert done.returncode == 0, f"aws {' '.join(words)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def moat(self, *words, check=True):
        done = subprocess.run(
            [BIN, *words, "--data-dir", self.data_dir], env=self.environment(), capture_output=True, text=True)
        if check:
            assert done.returncode in (0, 1), done.stderr
        return done


@pytest.fixture(scope="session")
def moat():
    """One moat that the tests of a run share; each test names its own resources."""
    running = Moat(None, "--ephemeral")
    yield running
    running.stop()


def moat_of_its_own():
    """A module's `moat` for itself alone: networks that it leaves behind count against a quota of five."""
    @pytest.fixture(scope="module")
    def moat():
        running = Moat(None, "--ephemeral")
        yield running
        running.stop()

    return moat
