"""The record of calls: CloudTrail's events of what boto3 did, and why a call was denied."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError
from conftest import Moat

SECRET = "hunter-2-in-the-record"
ENVIRONMENT = "hunter-3-in-the-record"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}]})
TRUST_LAMBDA = TRUST.replace('"AWS": "arn:aws:iam::000000000000:root"', '"Service": "lambda.amazonaws.com"')


def look_up(moat, key, value, region="us-east-1"):
    """Every event with this attribute, newest first."""
    pages = moat.client("cloudtrail", region=region).get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])
    return [{**event, "Event": json.loads(event["CloudTrailEvent"])} for page in pages for event in page["Events"]]


def user(moat, name, statements):
    iam = moat.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def request_id(caught):
    return caught.value.response["ResponseMetadata"]["RequestId"]


def test_an_allowed_call_is_an_event(moat):
    keys = user(moat, "recorded", [{"Effect": "Allow", "Action": "iam:CreateGroup", "Resource": "*"}])
    made = moat.client("iam", region="eu-west-1", **keys).create_group(GroupName="recorded-group")
    [found] = look_up(moat, "AccessKeyId", keys["key"])
    assert (found["EventName"], found["Username"], found["ReadOnly"]) == ("CreateGroup", "recorded", "false")
    assert {"ResourceType": "AWS::IAM::Group", "ResourceName": "recorded-group"} in found["Resources"]
    event = found["Event"]
    assert event["userIdentity"]["type"] == "IAMUser" and event["userIdentity"]["userName"] == "recorded"
    assert event["requestID"] == made["ResponseMetadata"]["RequestId"]
    assert event["requestParameters"] == {"groupName": "recorded-group"}
    assert event["responseElements"]["group"]["groupId"] == made["Group"]["GroupId"]
    assert event["awsRegion"] == "us-east-1", "IAM is global"
    assert event["userAgent"].startswith("Boto3/") and event["sourceIPAddress"] == "127.0.0.1"
    assert look_up(moat, "ResourceName", "recorded-group")[0]["EventId"] == found["EventId"] == event["eventID"]


def test_a_denied_call_is_an_event_and_moat_says_why(moat):
    keys = user(moat, "refused", [
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
        {"Sid": "NoNetworks", "Effect": "Deny", "Action": "ec2:CreateVpc", "Resource": "*"}])
    ec2 = moat.client("ec2", **keys)
    with pytest.raises(ClientError) as caught:
        ec2.create_vpc(CidrBlock="10.77.0.0/16")
    [found] = look_up(moat, "AccessKeyId", keys["key"])
    event = found["Event"]
    assert event["errorCode"] == "Client.UnauthorizedOperation"
    # CloudTrail cuts texts at a kilobyte; EC2's has the encoded denial behind the words.
    assert event["errorMessage"] == caught.value.response["Error"]["Message"][:1024]
    assert event["requestParameters"] == {"cidrBlock": "10.77.0.0/16"} and event["responseElements"] is None
    assert "NoNetworks" not in found["CloudTrailEvent"]
    told = moat.moat("why", "--request", request_id(caught))
    assert told.returncode == 1
    assert "denied  ec2:CreateVpc on arn:aws:ec2:us-east-1:000000000000:vpc/*" in told.stdout
    assert "by      Deny in identity-based policy p, statement 1 (NoNetworks)" in told.stdout
    answer = json.loads(moat.moat("why", "--request", request_id(caught), "--output", "json").stdout)
    assert answer["reasons"]["action"] == "ec2:CreateVpc" and answer["event"]["eventName"] == "CreateVpc"
    allowed = ec2.describe_vpcs()["ResponseMetadata"]["RequestId"]
    told = moat.moat("why", "--request", allowed)
    assert told.returncode == 0 and "ended   well" in told.stdout
    assert moat.moat("why", "--request", "nothing", check=False).returncode == 2


def test_a_refused_signature_is_an_event_of_nobody(moat):
    keys = user(moat, "forged", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    with pytest.raises(ClientError):
        moat.client("iam", key=keys["key"], secret="wrong").list_users()
    [found] = look_up(moat, "AccessKeyId", keys["key"])
    assert found["Event"]["errorCode"] == "SignatureDoesNotMatch" and "Username" not in found
    assert found["Event"]["userIdentity"] == {
        "type": "Unknown", "accountId": "000000000000", "accessKeyId": keys["key"]}


def test_a_session_is_recorded_with_its_role(moat):
    arn = moat.client("iam").create_role(RoleName="recorded-role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    keys = user(moat, "borrower", [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}])
    session = moat.client("sts", **keys).assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"]
    moat.client("sts", key=session["AccessKeyId"], secret=session["SecretAccessKey"],
                token=session["SessionToken"]).get_caller_identity()
    [assumed] = look_up(moat, "AccessKeyId", keys["key"])
    given = assumed["Event"]["responseElements"]["credentials"]
    assert given["accessKeyId"] == session["AccessKeyId"]
    assert session["SecretAccessKey"] not in assumed["CloudTrailEvent"]
    assert session["SessionToken"] not in assumed["CloudTrailEvent"]
    [found] = look_up(moat, "AccessKeyId", session["AccessKeyId"])
    identity = found["Event"]["userIdentity"]
    assert (found["Username"], identity["type"]) == ("s1", "AssumedRole")
    context = identity["sessionContext"]
    assert context["sessionIssuer"]["arn"] == arn and context["sessionIssuer"]["userName"] == "recorded-role"
    assert context["attributes"] == {"creationDate": assumed["Event"]["eventTime"], "mfaAuthenticated": "false"}


def test_no_secret_is_in_the_record(moat):
    secrets = moat.client("secretsmanager")
    secrets.create_secret(Name="recorded-secret", SecretString=SECRET)
    secrets.put_secret_value(SecretId="recorded-secret", SecretBinary=SECRET.encode())
    secrets.get_secret_value(SecretId="recorded-secret")
    with pytest.raises(ClientError):
        moat.client("rds").create_db_instance(
            DBInstanceIdentifier="recorded", Engine="no-such", DBInstanceClass="db.t3.micro",
            MasterUsername="postgres", MasterUserPassword=SECRET)
    role = moat.client("iam").create_role(RoleName="recorded-code", AssumeRolePolicyDocument=TRUST_LAMBDA)["Role"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", f"def f(event, context): return '{SECRET}'")
    lam = moat.client("lambda")
    lam.create_function(
        FunctionName="recorded-function", Runtime="python3.12", Role=role["Arn"], Handler="app.f",
        Code={"ZipFile": code.getvalue()}, Environment={"Variables": {"PASSWORD": ENVIRONMENT}})
    created = look_up(moat, "EventName", "CreateFunction20150331")
    [event] = [
        e for e in created if (e["Event"]["requestParameters"] or {}).get("functionName") == "recorded-function"]
    assert event["Event"]["requestParameters"]["code"] == {"zipFile": {"size": len(code.getvalue())}}
    named = lambda e: (e["Event"]["requestParameters"] or {}).get("name") == "recorded-secret"
    [event] = [e for e in look_up(moat, "EventName", "CreateSecret") if named(e)]
    assert event["Event"]["requestParameters"]["secretString"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    everything = [e["CloudTrailEvent"] for page in moat.client("cloudtrail").get_paginator("lookup_events").paginate()
                  for e in page["Events"]]
    assert any("PutSecretValue" in e for e in everything) and any("recorded-secret" in e for e in everything)
    for value in (SECRET, ENVIRONMENT):
        assert not any(value in event for event in everything)
        assert value not in moat.log_text()
    lam.delete_function(FunctionName="recorded-function")


def test_invocations_are_data_events_and_not_listed(moat):
    with pytest.raises(ClientError):
        moat.client("lambda").invoke(FunctionName="no-such-function")
    keys = user(moat, "invoker", [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}])
    with pytest.raises(ClientError) as caught:
        moat.client("lambda", **keys).invoke(FunctionName="no-such-function")
    assert look_up(moat, "AccessKeyId", keys["key"]) == []
    listed = look_up(moat, "EventSource", "lambda.amazonaws.com")
    # Other tests of the run ask for kinds of invocations that moat does not have; those are refusals.
    invoked = [e for e in listed if e["EventName"].startswith("Invoke") and "not implemented by moat" not in e["CloudTrailEvent"]]
    assert not invoked
    told = moat.moat("why", "--request", request_id(caught))
    assert "denied  lambda:InvokeFunction" in told.stdout


def test_an_orderly_stop_loses_nothing():
    moat = Moat()
    try:
        made = [moat.client("iam").create_group(GroupName=f"kept-{n}")["ResponseMetadata"]["RequestId"]
                for n in range(20)]
        moat.process.terminate()
        moat.process.wait()
        moat.start()
        found = [event["Event"]["requestID"] for event in look_up(moat, "EventName", "CreateGroup")]
        assert found == made[::-1]
    finally:
        moat.stop()
