"""What IAM and STS tell about decisions: the simulator, denials that can be decoded, services reached."""

import json
import re
import subprocess
import time

import botocore.exceptions
import pytest
from conftest import BIN

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}


@pytest.fixture
def ann(moat):
    """A user in a group that may look at users, and the user's key."""
    iam = moat.client("iam")
    iam.create_user(UserName="reasons-ann")
    iam.create_group(GroupName="reasons")
    iam.put_group_policy(GroupName="reasons", PolicyName="look", PolicyDocument=json.dumps(ALLOW))
    iam.add_user_to_group(GroupName="reasons", UserName="reasons-ann")
    key = iam.create_access_key(UserName="reasons-ann")["AccessKey"]
    yield key["AccessKeyId"], key["SecretAccessKey"]
    iam.delete_access_key(UserName="reasons-ann", AccessKeyId=key["AccessKeyId"])
    iam.remove_user_from_group(GroupName="reasons", UserName="reasons-ann")
    iam.delete_user(UserName="reasons-ann")
    iam.delete_group_policy(GroupName="reasons", PolicyName="look")
    iam.delete_group(GroupName="reasons")


def test_the_simulator_says_what_the_call_meets(moat, ann):
    iam = moat.client("iam")
    arn = iam.get_user(UserName="reasons-ann")["User"]["Arn"]
    results = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["iam:GetUser", "iam:ListUsers"])["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == "group_reasons_look"
    own = moat.client("iam", key=ann[0], secret=ann[1])
    assert own.get_user()["User"]["Arn"] == arn
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        own.list_users()


def test_a_denial_of_ec2_can_be_decoded_by_who_may(moat, ann):
    with pytest.raises(botocore.exceptions.ClientError) as denied:
        moat.client("ec2", key=ann[0], secret=ann[1]).describe_vpcs()
    text = denied.value.response["Error"]["Message"]
    encoded = re.search(r"Encoded authorization failure message: (\S+)$", text).group(1)
    decoded = moat.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"]
    message = json.loads(decoded)
    assert (message["allowed"], message["explicitDeny"]) == (False, False)
    assert message["context"]["action"] == "ec2:DescribeVpcs"
    assert message["context"]["principal"]["arn"].endswith(":user/reasons-ann")
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        moat.client("sts", key=ann[0], secret=ann[1]).decode_authorization_message(EncodedMessage=encoded)


def test_a_service_that_was_reached_is_reported(moat, ann):
    iam = moat.client("iam")
    moat.client("iam", key=ann[0], secret=ann[1]).get_user()
    arn = iam.get_group(GroupName="reasons")["Group"]["Arn"]
    for _ in range(1500):
        job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
        report = iam.get_service_last_accessed_details(JobId=job)
        (service,) = report["ServicesLastAccessed"]
        if service["TotalAuthenticatedEntities"]:
            break
        time.sleep(0.02)
    assert (report["JobStatus"], service["ServiceNamespace"]) == ("COMPLETED", "iam")
    assert service["LastAuthenticatedEntity"].endswith(":user/reasons-ann")
    entities = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")
    assert [e["EntityInfo"]["Name"] for e in entities["EntityDetailsList"]] == ["reasons-ann"]


@pytest.fixture
def wrong(moat):
    """A user whose statements were meant to allow calls and never can, and the user's key."""
    iam = moat.client("iam")
    iam.create_user(UserName="reasons-wrong")
    statements = [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValues", "Resource": "*"},
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*",
         "Condition": {"StringEquals": {"lambda:VpcIds": "vpc-1"}}},
        {"Effect": "Allow", "Action": "secretsmanager:ListSecrets", "Resource": "arn:aws:secretsmanager:*:*:secret:*"},
    ]
    iam.put_user_policy(UserName="reasons-wrong", PolicyName="wrong", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))
    key = iam.create_access_key(UserName="reasons-wrong")["AccessKey"]
    yield lambda service: moat.client(service, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    iam.delete_access_key(UserName="reasons-wrong", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="reasons-wrong", PolicyName="wrong")
    iam.delete_user(UserName="reasons-wrong")


def test_what_a_policy_asks_and_no_call_has_is_told(moat, wrong):
    calls = [
        (lambda: wrong("secretsmanager").get_secret_value(SecretId="reasons-none"),
         "statement 0: there is no action `secretsmanager:GetSecretValues`; `secretsmanager:GetSecretValue` is near"),
        (lambda: wrong("lambda").invoke(FunctionName="reasons-none"),
         "statement 1: the key `lambda:VpcIds` is not used by `lambda:InvokeFunction`"),
        (lambda: wrong("secretsmanager").list_secrets(),
         "statement 2: `secretsmanager:ListSecrets` has no resources and wants `*`,"),
    ]
    for call, reason in calls:
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied") as denied:
            call()
        told = moat.moat("why", "--request", denied.value.response["ResponseMetadata"]["RequestId"], check=False)
        assert f"note    Allow in identity-based policy wrong, {reason}" in told.stdout, told.stdout
        # The client is told what AWS tells, and no more.
        assert "note" not in denied.value.response["Error"]["Message"]


def test_a_condition_can_ask_for_the_vpc(moat):
    """Who may make interfaces in one VPC only cannot make them in another."""
    ec2, iam = moat.client("ec2"), moat.client("iam")
    vpcs = [ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"] for _ in range(2)]
    subnets = [ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.99.1.0/24")["Subnet"]["SubnetId"] for vpc in vpcs]
    own = f"arn:aws:ec2:us-east-1:000000000000:vpc/{vpcs[0]['VpcId']}"
    statements = [
        {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "arn:aws:ec2:*:*:network-interface/*"},
        {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "arn:aws:ec2:*:*:subnet/*",
         "Condition": {"ArnEquals": {"ec2:Vpc": own}}},
    ]
    iam.create_user(UserName="reasons-place")
    iam.put_user_policy(UserName="reasons-place", PolicyName="place", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))
    key = iam.create_access_key(UserName="reasons-place")["AccessKey"]
    may = moat.client("ec2", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    made = may.create_network_interface(SubnetId=subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    with pytest.raises(botocore.exceptions.ClientError, match="UnauthorizedOperation"):
        may.create_network_interface(SubnetId=subnets[1])
    ec2.delete_network_interface(NetworkInterfaceId=made)
    for subnet, vpc in zip(subnets, vpcs):
        ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    iam.delete_access_key(UserName="reasons-place", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="reasons-place", PolicyName="place")
    iam.delete_user(UserName="reasons-place")


def test_lint_finds_what_can_never_apply(tmp_path):
    def lint(file):
        return subprocess.run([BIN, "lint", file], capture_output=True, text=True, timeout=20)

    statements = [
        {"Sid": "Read", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValues", "lambda:Invoke"], "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:ListSecrets", "Resource": "arn:aws:secretsmanager:*:*:secret:*"},
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"StringEquals": {"ec2:Vpc": "x"}}},
    ]
    wrong, right = tmp_path / "wrong.json", tmp_path / "right.json"
    wrong.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    right.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements[2:]}))
    told = lint(wrong)
    assert told.returncode == 1
    assert [line.split(": ", 1)[1] for line in told.stdout.splitlines()] == [
        "statement 0 (Read): there is no action `secretsmanager:GetSecretValues`; `secretsmanager:GetSecretValue` is near",
        "statement 0 (Read): `lambda:Invoke` is an operation; its action is `lambda:InvokeFunction`",
        "statement 1: `secretsmanager:ListSecrets` has no resources and wants `*`, not `arn:aws:secretsmanager:*:*:secret:*`",
    ]
    assert (lint(right).returncode, lint(right).stdout) == (0, "")
    right.write_text("{")
    assert lint(right).returncode == 2
