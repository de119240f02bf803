"""The command's own work: accounts, output, logs, reset, snapshots, completions."""

import io
import itertools
import json
import os
import shutil
import stat
import subprocess
import tarfile
import time

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from conftest import BIN, SDKS, Moat
from private_network import WORDS, PrivateNetwork

DEFAULT = "000000000000"
IMAGE = "ami-00000000000000a7a"
# What it locks is its owner's all the same.
USER_DATA = """#!/bin/sh
mkdir -p /srv/locked/below
echo locked >/srv/locked/below/file
chmod 000 /srv/locked/below/file /srv/locked
echo once >>/srv/kept
"""


def made_vpcs(ec2):
    """The VPCs besides the one that every region begins with."""
    return ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]


@pytest.fixture
def own():
    """A moat for one test alone."""
    moat = Moat(None, "--ephemeral")
    yield moat
    moat.stop()


def run(*words, **environment):
    """The command without the keys that the tests have."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [BIN, *words], env={**kept, **SDKS, **environment}, capture_output=True, text=True)


def command(moat, *words, **environment):
    """The command on this moat; its output, which is JSON."""
    done = run(*words, "--output", "json", "--data-dir", moat.data_dir, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def key_of(issued):
    return {"key": issued["access_key_id"], "secret": issued["secret_access_key"]}


def code(error):
    return error.value.response["Error"]["Code"]


def account_of(moat, **key):
    return moat.client("sts", **key).get_caller_identity()


def own_interface(moat, method, path, key, secret):
    """A signed call of moat's own interface."""
    request = AWSRequest(method, f"{moat.url}{path}")
    SigV4Auth(Credentials(key, secret), "moat", "us-east-1").add_auth(request)
    return URLLib3Session().send(request.prepare()).status_code


# Accounts

def test_an_account_of_its_own(own):
    issued = command(own, "account", "add", "111122223333")
    assert issued["account"] == "111122223333"
    root = key_of(issued)
    assert account_of(own, **root)["Arn"] == "arn:aws:iam::111122223333:root"
    listed = {listed["account"]: listed for listed in command(own, "account", "list")}
    assert set(listed) == {DEFAULT, "111122223333"}
    assert listed["111122223333"]["root_access_key_id"] == root["key"]
    with pytest.raises(ClientError) as refused:
        account_of(own, key=root["key"], secret="another")
    assert code(refused) == "SignatureDoesNotMatch"
    for stored in own.data_dir.rglob("*"):
        if stored.is_file():
            assert root["secret"].encode() not in stored.read_bytes(), stored
    twice = run("account", "add", "111122223333", "--data-dir", own.data_dir)
    assert (twice.returncode, "is there already" in twice.stderr) == (2, True)
    default = run("account", "add", DEFAULT, "--data-dir", own.data_dir)
    assert (default.returncode, "is there already" in default.stderr) == (2, True)
    chosen = command(own, "account", "add")
    assert account_of(own, **key_of(chosen))["Account"] == chosen["account"]


def test_a_removed_account_is_gone_with_its_sessions(own):
    root = key_of(command(own, "account", "add", "111122223333"))
    session = own.client("sts", **root).get_session_token()["Credentials"]
    session = {"key": session["AccessKeyId"], "secret": session["SecretAccessKey"], "token": session["SessionToken"]}
    assert account_of(own, **session)["Account"] == "111122223333"
    vpc = own.client("ec2", **root).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    held = run("account", "remove", "111122223333", "--data-dir", own.data_dir)
    assert (held.returncode, "still holds" in held.stderr) == (2, True), held.stderr
    assert account_of(own, **root)["Account"] == "111122223333"
    own.client("ec2", **root).delete_vpc(VpcId=vpc)
    trail = own.client("cloudtrail", **root).lookup_events(MaxResults=50)["Events"]
    assert {"CreateVpc", "DeleteVpc", "GetSessionToken"} <= {event["EventName"] for event in trail}
    assert command(own, "account", "remove", "111122223333") == {"removed": "111122223333"}
    for key in (root, session):
        with pytest.raises(ClientError) as refused:
            account_of(own, **key)
        assert code(refused) == "InvalidClientTokenId"
    for account, why in (("111122223333", "there is no account"), (DEFAULT, "default one")):
        refused = run("account", "remove", account, "--data-dir", own.data_dir)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    # Nobody who has the number later finds what the account did.
    root = key_of(command(own, "account", "add", "111122223333"))
    trail = own.client("cloudtrail", **root).lookup_events(MaxResults=50)["Events"]
    assert not {"CreateVpc", "GetSessionToken"} & {event["EventName"] for event in trail}
    assert len(own.client("ec2", **root).describe_vpcs()["Vpcs"]) == 1


def test_only_the_default_root_manages_accounts(own):
    root = key_of(command(own, "account", "add", "111122223333"))
    iam = own.client("iam")
    iam.create_user(UserName="someone")
    iam.attach_user_policy(UserName="someone", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    user = iam.create_access_key(UserName="someone")["AccessKey"]
    assert own_interface(own, "GET", "/_moat/accounts", "test", "test") == 200
    for key, secret in ((root["key"], root["secret"]), (user["AccessKeyId"], user["SecretAccessKey"])):
        for method, path in (("GET", "/_moat/accounts"), ("POST", "/_moat/accounts"),
                             ("POST", f"/_moat/accounts/{DEFAULT}/key"), ("DELETE", "/_moat/accounts/111122223333")):
            assert own_interface(own, method, path, key, secret) == 403, (method, path)
    assert own_interface(own, "POST", "/_moat/accounts/12", "test", "test") == 400
    assert len(command(own, "account", "list")) == 2


def test_there_are_a_hundred_accounts_at_most(own):
    added = [own_interface(own, "POST", "/_moat/accounts", "test", "test") for _ in range(101)]
    assert added == [200] * 100 + [400]
    assert len(command(own, "account", "list")) == 101
    refused = run("account", "add", "--data-dir", own.data_dir)
    assert (refused.returncode, "which is the most" in refused.stderr) == (2, True)


def test_accounts_are_apart_until_a_role_trusts(own):
    one = key_of(command(own, "account", "add", "111111111111"))
    two = key_of(command(own, "account", "add", "222222222222"))
    vpc = own.client("ec2", **one).create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    assert made_vpcs(own.client("ec2", **two)) == []
    with pytest.raises(ClientError) as unseen:
        own.client("ec2", **two).delete_vpc(VpcId=vpc)
    assert code(unseen) == "InvalidVpcID.NotFound"

    role = "arn:aws:iam::222222222222:role/door"
    iam = own.client("iam", **one)
    iam.create_user(UserName="visitor")
    visitor = iam.create_access_key(UserName="visitor")["AccessKey"]
    visitor = {"key": visitor["AccessKeyId"], "secret": visitor["SecretAccessKey"]}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": {
        **statement, "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}}
    other = own.client("iam", **two)
    other.create_role(RoleName="door", AssumeRolePolicyDocument=json.dumps(trust))
    other.put_role_policy(RoleName="door", PolicyName="look", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "ec2:CreateVpc"], "Resource": "*"}}))

    def assume():
        return own.client("sts", **visitor).assume_role(RoleArn=role, RoleSessionName="visit")["Credentials"]

    # The trust alone is not enough across accounts: the user's own account has to allow it too.
    with pytest.raises(ClientError) as denied:
        assume()
    assert code(denied) == "AccessDenied"
    iam.put_user_policy(UserName="visitor", PolicyName="go", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {**statement, "Resource": role}}))
    session = assume()
    session = {"key": session["AccessKeyId"], "secret": session["SecretAccessKey"], "token": session["SessionToken"]}
    assert account_of(own, **session)["Arn"] == "arn:aws:sts::222222222222:assumed-role/door/visit"
    assert made_vpcs(own.client("ec2", **session)) == []
    made = own.client("ec2", **session).create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    assert [v["VpcId"] for v in made_vpcs(own.client("ec2", **two))] == [made]
    assert [v["VpcId"] for v in made_vpcs(own.client("ec2", **one))] == [vpc]
    # Without the trust the user's own policy is not enough either.
    trust["Statement"]["Principal"]["AWS"] = "arn:aws:iam::333333333333:root"
    other.update_assume_role_policy(RoleName="door", PolicyDocument=json.dumps(trust))
    with pytest.raises(ClientError) as denied:
        assume()
    assert code(denied) == "AccessDenied"


def test_another_address_needs_a_key_of_ones_own():
    moat = Moat()
    try:
        bind = ("up", "--port", "0", "--bind", "0.0.0.0", "--data-dir", moat.data_dir)
        down(moat)
        refused = run(*bind)
        assert refused.returncode == 2
        assert "refusing to listen" in refused.stderr and "moat account secure" in refused.stderr
        assert run("status", "--data-dir", moat.data_dir).returncode == 1

        moat.start()
        root = key_of(command(moat, "account", "secure"))
        with pytest.raises(ClientError) as refused:
            account_of(moat)
        assert code(refused) == "InvalidClientTokenId"
        assert account_of(moat, **root)["Arn"] == f"arn:aws:iam::{DEFAULT}:root"
        down(moat)

        moat.options = ("--bind", "0.0.0.0")
        moat.start()
        port = moat.url.rsplit(":", 1)[1]
        moat.url = f"http://127.0.0.1:{port}"
        assert account_of(moat, **root)["Account"] == DEFAULT
        with pytest.raises(ClientError):
            account_of(moat)
        # The data directory's owner needs no key for the command, and can replace a lost one.
        assert command(moat, "status")["running"] is True
        stale = run("status", "--data-dir", moat.data_dir, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
        assert stale.returncode == 2 and "try: unset AWS_ACCESS_KEY_ID" in stale.stderr
        told = run("env", "--data-dir", moat.data_dir)
        assert told.returncode == 0 and root["key"] in told.stdout and f"http://127.0.0.1:{port}" in told.stdout
        assert "AWS_SECRET_ACCESS_KEY=" not in told.stdout and "moat account secure" in told.stderr
        again = key_of(command(moat, "account", "secure"))
        assert account_of(moat, **again)["Account"] == DEFAULT
        with pytest.raises(ClientError):
            account_of(moat, **root)
    finally:
        moat.stop()


def test_the_owners_key_is_the_owners_only(own):
    path = own.data_dir / "console"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ClientError) as refused:
        account_of(own, key="moat", secret="moat")
    assert code(refused) == "SignatureDoesNotMatch"


def down(moat):
    """Stops it and keeps its files."""
    done = run("down", "--data-dir", moat.data_dir)
    assert done.returncode == 0, done.stderr
    moat.process.wait()


# Output

def test_env(own):
    told = run("env", "--data-dir", own.data_dir)
    assert told.stdout.splitlines() == [
        f"export AWS_ENDPOINT_URL={own.url}", "export AWS_ACCESS_KEY_ID=test", "export AWS_SECRET_ACCESS_KEY=test",
        "export AWS_DEFAULT_REGION=us-east-1", "unset AWS_SESSION_TOKEN AWS_PROFILE"]
    assert command(own, "env")["AWS_ENDPOINT_URL"] == own.url
    issued = command(own, "account", "add", "111122223333")
    told = run("env", "--account", "111122223333", "--data-dir", own.data_dir)
    assert f"export AWS_ACCESS_KEY_ID={issued['access_key_id']}\n" in told.stdout
    assert "unset AWS_SECRET_ACCESS_KEY\n" in told.stdout and issued["access_key_id"] in told.stderr
    unknown = run("env", "--account", "999999999999", "--data-dir", own.data_dir)
    assert (unknown.returncode, unknown.stdout) == (2, "")


def test_output_and_query(own):
    at = ("--data-dir", own.data_dir)
    usual = run("status", *at)
    assert json.loads(usual.stdout)["running"] is True
    assert run("status", "--query", "running", *at).stdout == "true\n"
    assert run("status", "--query", "[running, vpcs]", "--output", "text", *at).stdout == "true\t0\n"
    assert "running     " in run("status", "--output", "table", *at).stdout
    refused = run("status", "--query", "[", *at)
    assert refused.returncode == 2 and "the query `[` does not work" in refused.stderr
    assert run("account", "list", "--query", "[].account", *at).stdout.split() == ["[", f'"{DEFAULT}"', "]"]
    assert run("account", "list", *at).stdout.split()[:2] == ["ACCOUNT", "CREATED"]
    checks = json.loads(run("doctor", "--output", "json").stdout)
    assert {check["name"]: check["state"] for check in checks}["nftables"] == "ok"
    assert "\x1b" not in run("doctor").stdout
    names = run("runtimes", "--query", "[].runtime", "--output", "text").stdout
    assert "python3.11" in names.split() and "provided.al2023" in names.split()
    runtimes = {each["runtime"]: each for each in json.loads(run("runtimes", "--output", "json").stdout)}
    assert runtimes["provided.al2023"]["available"] and "not implemented" in runtimes["java21"]["note"]
    missing = [each for each in runtimes.values() if not each["available"] and not each["note"].startswith("not impl")]
    assert all(each["install"] for each in missing), missing


def test_colour_on_a_terminal_only():
    def on_a_terminal(**environment):
        leader, follower = os.openpty()
        done = subprocess.Popen([BIN, "doctor"], stdout=follower, env={"PATH": os.environ["PATH"], **environment})
        os.close(follower)
        text = b""
        try:
            while part := os.read(leader, 65536):
                text += part
        except OSError:
            pass
        done.wait()
        os.close(leader)
        return text

    assert b"\x1b[32mok\x1b[0m" in on_a_terminal()
    assert b"\x1b" not in on_a_terminal(NO_COLOR="1")


def test_not_running_and_exit_codes(tmp_path):
    at = ("--data-dir", tmp_path)
    stopped = run("status", "--output", "json", *at)
    assert (stopped.returncode, json.loads(stopped.stdout)["running"]) == (1, False)
    assert run("status", *at).stdout == "moat is not running\n"
    for words in (("env",), ("why", "function:a", "db:b"), ("account", "list"), ("logs",), ("logs", "/group")):
        done = run(*words, *at)
        assert done.returncode == 2 and "try: moat up" in done.stderr, (words, done.stderr)
    assert run("nonsense").returncode == 2
    told = run("--help").stdout
    assert all(f"\n  {number}  " in told for number in (0, 1, 2))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(shell, tmp_path):
    done = run("completions", shell)
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("snapshot", "completions", "ephemeral"))
    program = shutil.which(shell)
    if program:
        script = tmp_path / "completions"
        script.write_text(done.stdout)
        assert subprocess.run([program, "-n", script]).returncode == 0


# Logs

def lines_of(process, count, patience=60):
    os.set_blocking(process.stdout.fileno(), False)
    text, deadline = b"", time.monotonic() + patience
    while text.count(b"\n") < count and time.monotonic() < deadline:
        text += process.stdout.read() or b""
        time.sleep(0.02)
    return text.decode().splitlines()


def test_every_answer_has_output_and_query(tmp_path):
    at, file = ("--data-dir", tmp_path / "data"), tmp_path / "saved"
    up = json.loads(run("up", "-d", "--port", "0", "--output", "json", *at).stdout)
    try:
        assert set(up) == {"url", "data_dir", "log"} and up["url"].startswith("http://127.0.0.1:")
        logs = boto3.client("logs", endpoint_url=up["url"], region_name="us-east-1",
                            aws_access_key_id="test", aws_secret_access_key="test")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        now = int(time.time() * 1000)
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[
            {"timestamp": now, "message": "one"}, {"timestamp": now + 1, "message": "two"}])
        shown = run("logs", "g", "--query", "[].[logStreamName, message]", "--output", "text", *at)
        assert shown.stdout == "s\tone\ns\ttwo\n", shown
        assert [e["message"] for e in json.loads(run("logs", "g", "--output", "json", *at).stdout)] == ["one", "two"]
        assert isinstance(json.loads(run("logs", "--output", "json", *at).stdout), list)
        follow = subprocess.Popen([BIN, "logs", "g", "-f", "--query", "message", *at], stdout=subprocess.PIPE, text=True)
        assert [json.loads(follow.stdout.readline()) for _ in range(2)] == ["one", "two"]
        follow.kill()
        follow.wait()
    finally:
        down = run("down", "--query", "was_running", *at)
    assert down.stdout == "true\n", down
    assert run("down", "--output", "json", "--query", "was_running", *at).stdout == "false\n"
    saved = json.loads(run("snapshot", "save", file, "--output", "json", *at).stdout)
    assert saved["bytes"] == file.stat().st_size and saved["rows"]["logs_log_batch"] == 1
    loaded = run("snapshot", "load", file, "--force", "--query", "file", "--output", "text", *at)
    assert loaded.stdout == f"{file}\n", loaded


def test_logs_of_a_group(own):
    logs = own.client("logs")
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="s")

    def put(*messages):
        now = int(time.time() * 1000)
        logs.put_log_events(logGroupName="/app", logStreamName="s", logEvents=[
            {"timestamp": now, "message": message} for message in messages])

    put("one", "two\n")
    told = run("logs", "/app", "--data-dir", own.data_dir)
    assert [line.split("  ")[1] for line in told.stdout.splitlines()] == ["one", "two"], told.stderr
    unknown = run("logs", "/nothing", "--data-dir", own.data_dir)
    assert unknown.returncode == 2 and "does not exist" in unknown.stderr
    following = subprocess.Popen([BIN, "logs", "-f", "/app", "--data-dir", own.data_dir], stdout=subprocess.PIPE)
    try:
        assert [line.split("  ")[1] for line in lines_of(following, 2)] == ["one", "two"]
        put("three")
        put("four")
        # The last comes alone: none is printed twice.
        assert [line.split("  ")[1] for line in lines_of(following, 2)] == ["three", "four"]
        time.sleep(1)
        assert lines_of(following, 1, patience=0.1) == []
    finally:
        following.kill()
        following.wait()


def test_the_daemons_own_log(tmp_path):
    at = ("--data-dir", tmp_path)
    try:
        assert run("up", "-d", "--port", "0", "--ephemeral", *at, RUST_LOG="info").returncode == 0
        url = run("env", *at).stdout.split()[1].split("=", 1)[1]
        boto3.client("sts", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test",
                     aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1})
                     ).get_caller_identity()
        # What it did is written down beside the answer, and not before.
        told = eventually(lambda: "GetCallerIdentity" in (done := run("logs", *at)).stdout and done)
        assert told.returncode == 0
        following = subprocess.Popen([BIN, "logs", "--follow", *at], stdout=subprocess.PIPE)
        with open(tmp_path / "moat.log", "a") as log:
            log.write("a later line\n")
        os.set_blocking(following.stdout.fileno(), False)
        deadline, seen = time.monotonic() + 60, b""
        # The daemon goes on writing, before and after it.
        while b"\na later line\n" not in seen and time.monotonic() < deadline:
            seen += following.stdout.read() or b""
            time.sleep(0.02)
        following.kill()
        following.wait()
        assert b"\na later line\n" in seen
    finally:
        run("down", *at)


def instance_with_a_file(moat):
    """Its id, when its user data has written a file, which it does at the first boot only."""
    launched = moat.client("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, UserData=USER_DATA)
    id = launched["Instances"][0]["InstanceId"]
    eventually(lambda: (moat.data_dir / "instances" / id / "disk/srv/kept").exists())
    return id


def eventually(asked, patience=60):
    """What is asked for, as soon as there is some."""
    deadline = time.monotonic() + patience
    while not (answer := asked()):
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)
    return answer


# Reset

def test_reset_says_first_and_refuses_while_running():
    moat = Moat()
    try:
        (moat.data_dir / "mine.txt").write_text("not moat's")
        moat.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        instance_with_a_file(moat)
        at = ("--data-dir", moat.data_dir)

        def counts():
            answer = command(moat, "reset")
            assert answer["removed"] is False
            return {row["service"]: row["rows"] for row in answer["rows"]}

        running = counts()
        assert running["ec2"] >= 4
        refused = run("reset", "--yes", *at)
        assert refused.returncode == 2 and "try: moat down" in refused.stderr
        assert len(made_vpcs(moat.client("ec2"))) == 1
        down(moat)
        assert counts()["ec2"] == running["ec2"]
        assert "moat reset --yes does it" in run("reset", *at).stdout
        moat.start()
        assert len(made_vpcs(moat.client("ec2"))) == 1
        down(moat)
        done = run("reset", "--yes", *at)
        assert done.returncode == 0 and "removed from" in done.stdout, done.stderr
        assert sorted(p.name for p in moat.data_dir.iterdir()) == ["e2e.log", "mine.txt"]
        assert "there is no state" in run("reset", *at).stdout
        moat.start()
        assert made_vpcs(moat.client("ec2")) == []
    finally:
        moat.stop()


# Snapshots

def test_a_loaded_snapshot_answers_as_before(tmp_path):
    moat, file = Moat(), tmp_path / "saved.moat"
    at, other = ("--data-dir", moat.data_dir), tmp_path / "other"
    loaded = None
    try:
        network = PrivateNetwork(moat).deploy()
        root = key_of(command(moat, "account", "add", "111122223333"))
        instance = instance_with_a_file(moat)
        before = everything(network)
        refused = run("snapshot", "save", file, *at)
        assert refused.returncode == 2 and "try: moat down" in refused.stderr and not file.exists()
        down(moat)
        saved = run("snapshot", "save", file, *at)
        assert saved.returncode == 0, saved.stderr
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "is there already" in run("snapshot", "save", file, *at).stderr
        shown = json.loads(run("snapshot", "show", file, "--output", "json").stdout)
        assert shown["rows"]["rds_db_instance"] == 1

        assert run("snapshot", "load", file, *at).returncode == 2
        assert run("reset", "--yes", *at).returncode == 0
        done = run("snapshot", "load", file, "--data-dir", other)
        assert done.returncode == 0, done.stderr
        loaded = Moat(other)
        network.moat = loaded
        network.reconnect()
        network.wait_for_database()
        assert everything(network) == before
        assert network.words() == {"rows": WORDS}
        assert account_of(loaded, **root)["Account"] == "111122223333"
        booted = eventually(lambda: run("exec", "--data-dir", other, instance, "--", "cat", "/srv/kept").stdout)
        locked = (other / "instances" / instance / "disk/srv/locked").stat()
        assert stat.S_IMODE(locked.st_mode) == 0
        assert booted == "once\n", "the disk is new: the user data was run again, or nothing is there"

        # What came after a snapshot goes when it is loaded again.
        loaded.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")
        assert run("snapshot", "load", file, "--force", "--data-dir", other).returncode == 2
        down(loaded)
        assert run("snapshot", "load", file, "--force", "--data-dir", other).returncode == 0
        loaded.start()
        network.reconnect()
        network.wait_for_database()
        assert everything(network) == before
        down(loaded)
    finally:
        moat.stop()
        if loaded:
            loaded.stop()
        # What the instance has locked would stay for ever, for whoever is not root.
        done = run("reset", "--yes", "--data-dir", other)
    assert (done.returncode, sorted(p.name for p in other.iterdir())) == (0, ["e2e.log"]), done.stderr


def everything(network):
    """What the API says of the network, its database, function, secret and role."""
    ec2, of = network.ec2, lambda answer, name: sorted(answer[name], key=lambda row: json.dumps(row, default=str))
    function = network.functions.get_function(FunctionName="words")["Configuration"]
    return {
        "vpcs": of(ec2.describe_vpcs(), "Vpcs"),
        "subnets": of(ec2.describe_subnets(), "Subnets"),
        "groups": of(ec2.describe_security_groups(), "SecurityGroups"),
        "routes": of(ec2.describe_route_tables(), "RouteTables"),
        "endpoints": of(ec2.describe_vpc_endpoints(), "VpcEndpoints"),
        "database": network.instance(),
        "function": {name: function[name] for name in ("FunctionArn", "CodeSha256", "Role", "VpcConfig", "RevisionId")},
        "secret": network.secrets.get_secret_value(SecretId=network.secret)["SecretString"],
        "roles": of(network.iam.list_roles(), "Roles"),
    }


def test_a_load_that_is_killed_leaves_the_old_state_or_the_new(tmp_path):
    data, here = tmp_path / "data", str(tmp_path)
    data.mkdir()
    at = ("--data-dir", data)

    def users():
        moat = Moat(data)
        try:
            return {user["UserName"] for user in moat.client("iam").list_users()["Users"]}
        finally:
            moat.stop()

    def add(name):
        moat = Moat(data)
        moat.client("iam").create_user(UserName=name)
        moat.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}))
        moat.stop()

    add("first")
    assert run("snapshot", "save", f"{here}/old", *at).returncode == 0
    add("second")
    for number in range(40):
        (data / "blobs" / f"{number:064x}").write_bytes(os.urandom(2000))
    assert run("snapshot", "save", f"{here}/new", *at).returncode == 0
    old, new, seen = {"first"}, {"first", "second"}, []
    # A busy machine may kill later than it was told: until both was seen.
    for number in itertools.count():
        if number >= 12 and (len(set(seen)) == 2 or number >= 120):
            break
        assert run("snapshot", "load", f"{here}/old", "--force", *at).returncode == 0
        load = subprocess.Popen([BIN, "snapshot", "load", f"{here}/new", "--force", *at], stdout=subprocess.DEVNULL)
        # While it unpacks, when that is done, and while what is new takes its place.
        for stage in ("snapshot.loading", "snapshot.loaded")[:1 + (number % 3 > 0)]:
            while load.poll() is None and not (data / stage).exists():
                time.sleep(0.0002)
        time.sleep(0.0005 * (number // 3) if number % 3 == 2 else 0)
        load.kill()
        load.wait()
        left = users()
        assert left in (old, new), left
        blobs = len(list((data / "blobs").iterdir()))
        assert (left == new) == (blobs >= 40), (left, blobs)
        assert not (data / "snapshot.loaded").exists()
        seen.append(left == new)
    assert True in seen and False in seen, seen


def test_what_is_no_snapshot_is_refused(tmp_path):
    file, data = tmp_path / "file", tmp_path / "data"
    at = ("--data-dir", data)
    assert "there is no state" in run("snapshot", "save", file, *at).stderr
    assert "cannot read" in run("snapshot", "load", file, *at).stderr
    file.write_bytes(b"anything")
    assert "is no snapshot" in run("snapshot", "load", file, *at).stderr

    head = json.dumps({"format": 1, "moat": "0", "created": "", "user": 0, "rows": {}}).encode()

    def made(name, kind=tarfile.REGTYPE, target=""):
        with tarfile.open(file, "w:gz") as archive:
            for entry, text, its in (("moat-snapshot.json", head, tarfile.REGTYPE), (name, b"x", kind)):
                info = tarfile.TarInfo(entry)
                info.size, info.type = len(text) if its == tarfile.REGTYPE else 0, its
                info.linkname = target if its != tarfile.REGTYPE else ""
                archive.addfile(info, io.BytesIO(text))

    outside = tmp_path / "outside"
    for name in ("../outside", "blobs/../../../outside", str(outside), ".bashrc", "run/keeper"):
        made(name)
        refused = run("snapshot", "load", file, *at)
        assert refused.returncode == 2 and "does not save" in refused.stderr, (name, refused.stderr)
    made("blobs/a", tarfile.LNKTYPE, "/etc/passwd")
    assert run("snapshot", "load", file, *at).returncode == 2
    made("blobs/a")
    assert "ends before its end" in run("snapshot", "load", file, *at).stderr
    assert not outside.exists() and list(data.iterdir()) == []
