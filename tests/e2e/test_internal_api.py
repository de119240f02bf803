"""Local programs and instances: reached by rules alone, explained when not, told about themselves."""

import json
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
from conftest import BIN, ROOT, SDK, Moat, moat_of_its_own
from functions import eventually

sys.path.insert(0, str(ROOT / "examples/internal-api"))
from network import InternalApi  # noqa: E402

moat = moat_of_its_own()

IMAGE = "ami-00000000000000a7a"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


@pytest.fixture(scope="module")
def api(moat):
    made = InternalApi(moat.client("ec2"), BIN, moat.data_dir, "e2e-internal-api").make()
    yield made
    made.remove()


def test_the_client_reaches_the_api_by_a_rule_between_groups(api):
    assert "hello 10.20.1.10" in api.ask(30)
    explained = api.why()
    assert explained["reachable"] and explained["agrees"] and not explained["blockers"]


@pytest.mark.parametrize("broken", ["no_egress_rule", "no_ingress_rule", "no_ephemeral_ports", "no_route"])
def test_what_is_broken_is_explained_and_a_packet_confirms_it(api, broken):
    with getattr(api, broken)() as (layer, place):
        assert api.ask() is None
        explained = api.why()
    assert not explained["reachable"] and explained["agrees"], explained["text"]
    assert explained["layer"] == layer, explained["text"]
    assert place in json.dumps(explained["blockers"]) and explained["fix"], explained["text"]
    assert "hello" in api.ask(30)


def test_all_blockers_are_told_at_once(api):
    with api.no_egress_rule(), api.no_ingress_rule():
        explained = api.why()
    assert [blocker["layer"] for blocker in explained["blockers"]] == ["security group"] * 2, explained["text"]


def test_who_reaches_the_api_is_told_exactly_and_asserted(api, moat, tmp_path):
    reached = json.loads(moat.moat("reach", "--to", f"{api.name}:8080", "--output", "json").stdout)
    assert [who["name"] for who in reached["allowed"]] == [f"{api.name}-client"] and not reached["internet"]
    rules = tmp_path / "rules"
    rules.write_text(f"""# what holds
allowed {api.name}-client {api.name}:8080
denied {api.name}-client {api.name}:22
denied {api.name} {api.name}-client:80
only {api.name}-client {api.name}:8080
""")
    done = moat.moat("assert", rules)
    assert done.returncode == 0, done.stdout
    with api.no_ingress_rule():
        done = moat.moat("assert", rules)
    assert done.returncode == 1 and done.stdout.count("FAIL") == 2, done.stdout


def test_a_ping_is_sent_and_answered_when_the_rules_let_it(api, moat):
    def ping():
        return json.loads(moat.moat("why", f"{api.name}-client", api.name, "--icmp", "--output", "json").stdout)

    told = ping()
    assert (told["reachable"], told["probe"], told["agrees"]) == (False, "timed out", True), told["text"]
    echo = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": 0}
    out, into = ([{**echo, "UserIdGroupPairs": [{"GroupId": group}]}] for group in (api.api_group, api.client_group))
    api.ec2.authorize_security_group_egress(GroupId=api.client_group, IpPermissions=out)
    api.ec2.authorize_security_group_ingress(GroupId=api.api_group, IpPermissions=into)
    told = ping()
    api.ec2.revoke_security_group_egress(GroupId=api.client_group, IpPermissions=out)
    api.ec2.revoke_security_group_ingress(GroupId=api.api_group, IpPermissions=into)
    assert (told["reachable"], told["probe"], told["agrees"]) == (True, "answered", True), told["text"]


def test_the_network_is_drawn_with_who_may_talk_to_whom(api, moat):
    drawn = moat.moat("map", "--vpc", api.vpc).stdout
    assert f"{api.name}-client (10.20.1.10)  →" in drawn and drawn.rstrip().endswith("8080"), drawn
    assert f"{api.gateway} to the internet" in drawn and "private-a" in drawn and "program" in drawn
    image = ElementTree.fromstring(moat.moat("map", "--vpc", api.vpc, "--format", "svg").stdout)
    texts = [text.text for text in image.iter("{http://www.w3.org/2000/svg}text")]
    assert {"private-a", "8080", api.gateway} < set(texts), texts


def test_the_reachability_analyzer_says_what_a_packet_met(api):
    ec2 = api.ec2
    # Without the source ports that clients have, it finds the one by which the answer comes back all the same.
    ports = {"SourcePortRange": (32768, 60999), "DestinationPortRange": (8080, 8080)}
    path = ec2.create_network_insights_path(
        Source=api.client, Destination=api.instance, Protocol="tcp",
        FilterAtSource={name: {"FromPort": first, "ToPort": last} for name, (first, last) in ports.items()})
    path = path["NetworkInsightsPath"]["NetworkInsightsPathId"]

    def analyzed():
        made = ec2.start_network_insights_analysis(NetworkInsightsPathId=path)["NetworkInsightsAnalysis"]
        made = [made["NetworkInsightsAnalysisId"]]
        return ec2.describe_network_insights_analyses(NetworkInsightsAnalysisIds=made)["NetworkInsightsAnalyses"][0]

    found = analyzed()
    ends = [found["ForwardPathComponents"][place]["Component"]["Id"] for place in (0, -1)]
    assert found["NetworkPathFound"] and ends == [api.client, api.instance], found
    assert found["ReturnPathComponents"][0]["Component"]["Id"] == api.instance
    codes = {"no_egress_rule": "SG_HAS_NO_RULES", "no_ingress_rule": "SG_HAS_NO_RULES",
             "no_ephemeral_ports": "SUBNET_ACL_RESTRICTION", "no_route": "BAD_STATE_ROUTE"}
    for broken, code in codes.items():
        with getattr(api, broken)() as (_, place):
            assert api.ask() is None
            told = analyzed()
        assert not told["NetworkPathFound"] and told["Explanations"][0]["ExplanationCode"] == code, told
        assert place in json.dumps(told["Explanations"][0], default=str)
    for analysis in ec2.describe_network_insights_analyses(NetworkInsightsPathId=path)["NetworkInsightsAnalyses"]:
        ec2.delete_network_insights_analysis(NetworkInsightsAnalysisId=analysis["NetworkInsightsAnalysisId"])
    ec2.delete_network_insights_path(NetworkInsightsPathId=path)


def test_a_dropped_packet_is_shown_with_its_rule(api, moat):
    with api.no_egress_rule():
        assert api.ask() is None

    def shown():
        """The kernel tells of a packet sooner or later."""
        drops = json.loads(moat.moat("drops", "--output", "json").stdout)
        own = [drop for drop in drops if (drop["source"], drop["destination"]) == ("10.20.1.10", "10.20.2.10")]
        return own and own[-1]["rule"].startswith("sg-out")

    eventually(shown)


def test_a_program_in_the_foreground_has_this_commands_streams_and_leaves_nothing(api, moat):
    ec2 = moat.client("ec2")
    before = {i["NetworkInterfaceId"] for i in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    done = subprocess.run(
        [BIN, "run", "--data-dir", moat.data_dir, "--subnet", api.a, "--security-group", api.client_group, "--",
         "sh", "-c", "read line; echo out $line; echo err >&2; exit 7"],
        input="given\n", capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr, done.returncode) == ("out given\n", "err\n", 7)
    after = {i["NetworkInterfaceId"] for i in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    assert after == before


def test_a_program_in_the_foreground_gets_this_commands_signals(api, moat):
    running = subprocess.Popen(
        [BIN, "run", "--data-dir", moat.data_dir, "--subnet", api.a, "--security-group", api.client_group, "--",
         "sh", "-c", "trap 'echo stopped; exit 3' TERM; echo started; while :; do sleep 0.05; done"],
        stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "started\n"
    running.terminate()
    assert (running.stdout.read(), running.wait(timeout=60)) == ("stopped\n", 3)


def test_a_local_port_leads_to_the_api(api, moat):
    forward = subprocess.Popen(
        [BIN, "forward", "--data-dir", moat.data_dir, "--from", f"{api.name}-client", "0:10.20.2.10:8080"],
        stdout=subprocess.PIPE, text=True)
    try:
        address = forward.stdout.readline().split()[0]
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "30", f"http://{address}/"],
                              capture_output=True, text=True)
        assert "hello 10.20.1.10" in done.stdout, done.stderr
    finally:
        forward.kill()
        forward.wait()


def test_who_may_not_start_a_session_may_not_enter(api, moat):
    iam = moat.client("iam")
    iam.create_user(UserName="e2e-no-session")
    key = iam.create_access_key(UserName="e2e-no-session")["AccessKey"]
    done = subprocess.run(
        [BIN, "exec", "--data-dir", moat.data_dir, api.instance, "--", "true"], capture_output=True, text=True,
        env={"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"], "PATH": "/usr/bin:/bin"})
    assert done.returncode == 2 and "ssm:StartSession" in done.stderr, done.stderr
    iam.delete_access_key(UserName="e2e-no-session", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="e2e-no-session")


SCRIPT = """#!/bin/sh
T=$(curl -sS -m 30 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
say() { echo "$1=$(curl -sS -m 30 -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/meta-data/$1)"; }
say instance-id; say local-ipv4; say placement/availability-zone
say iam/security-credentials/e2e-machine | grep -c AccessKeyId
echo "v1=$(curl -s -o /dev/null -w '%{http_code}' -m 30 http://169.254.169.254/latest/meta-data/)"
echo kept >> /var/kept
echo finished
"""


def console(ec2, instance, wanted, seconds=120):
    deadline = time.monotonic() + seconds
    while True:
        text = ec2.get_console_output(InstanceId=instance).get("Output", "")
        if wanted in text or time.monotonic() > deadline:
            return text
        time.sleep(0.1)


def test_an_instance_runs_its_user_data_once_and_finds_its_role(api, moat):
    ec2, iam = moat.client("ec2"), moat.client("iam")
    iam.create_role(RoleName="e2e-machine", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="e2e-machine")
    iam.add_role_to_instance_profile(InstanceProfileName="e2e-machine", RoleName="e2e-machine")
    launched = ec2.run_instances(
        ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=api.a, UserData=SCRIPT,
        SecurityGroupIds=[api.client_group], IamInstanceProfile={"Name": "e2e-machine"}, ClientToken="e2e-machine")
    instance = launched["Instances"][0]
    id = instance["InstanceId"]
    assert instance["State"]["Name"] == "pending"
    again = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, ClientToken="e2e-machine")
    assert again["Instances"][0]["InstanceId"] == id
    text = console(ec2, id, "finished")
    for line in (f"instance-id={id}", f"local-ipv4={instance['PrivateIpAddress']}", "availability-zone=us-east-1a",
                 "v1=401", "finished"):
        assert line in text, text
    assert "\n1\n" in text, text

    # boto3 finds the role by itself.
    who = subprocess.run(
        [BIN, "exec", "--data-dir", moat.data_dir, "--mount", SDK, "--env", f"PYTHONPATH={SDK}", id, "--", "python3",
         "-c", "import boto3; c = boto3.Session().get_credentials(); print(c.method, c.access_key[:4])"],
        capture_output=True, text=True, timeout=60)
    assert who.stdout.split() == ["iam-role", "ASIA"], who.stderr

    ec2.stop_instances(InstanceIds=[id])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[id], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    ec2.start_instances(InstanceIds=[id])
    ec2.get_waiter("instance_running").wait(InstanceIds=[id], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    kept = subprocess.run([BIN, "exec", "--data-dir", moat.data_dir, id, "--", "cat", "/var/kept"],
                          capture_output=True, text=True, timeout=120)
    assert kept.stdout == "kept\n", kept.stderr
    ec2.terminate_instances(InstanceIds=[id])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[id], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    left = ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [id]}])
    assert left["NetworkInterfaces"] == []


def test_instances_outlive_the_daemon_and_the_next_one_adopts_them():
    moat = Moat(None)
    try:
        ec2 = moat.client("ec2")
        launched = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, UserData="#!/bin/sh\necho begun\n")
        id = launched["Instances"][0]["InstanceId"]
        assert "begun" in console(ec2, id, "begun")
        moat.kill()
        moat.start()
        ec2 = moat.client("ec2")
        shown = ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
        assert shown["State"]["Name"] == "running"
        # Its metadata service is the new daemon's.
        words = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "3", "http://169.254.169.254/"]
        deadline = time.monotonic() + 60
        while True:
            done = subprocess.run(
                [BIN, "exec", "--data-dir", moat.data_dir, id, "--", *words], capture_output=True, text=True, timeout=120)
            if done.stdout == "401" or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert done.stdout == "401", done.stderr
        assert "moat-init: booted" not in console(ec2, id, "begun"), "it was started again"
        ec2.terminate_instances(InstanceIds=[id])
        ec2.get_waiter("instance_terminated").wait(InstanceIds=[id], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    finally:
        moat.stop()
