"""Every operation that moat serves, tried as nobody, with a bad signature, by a user without
permissions and by one with an explicit deny. Nothing may succeed. The list of operations is the
one that the code is generated from."""

import json
import pathlib

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent.name.removeprefix("svc-") for path in ROOT.glob("crates/svc-*/operations.txt"))
# Who one is, everybody may know.
FREE = {("sts", "GetCallerIdentity")}
# Signing in needs no permission beyond one's own key.
DENIALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
# Their first check finds no resource: AWS says so to anyone who is authenticated in the account.
CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


def operations(service):
    lines = (ROOT / f"crates/svc-{service}/operations.txt").read_text().splitlines()
    words = [line.split("#")[0].strip() for line in lines]
    return [word for word in words if word and not word.startswith("service:")]


CASES = [(service, operation) for service in SERVICES for operation in operations(service)]


def dummy(shape, name="", depth=0):
    """A value that satisfies the shape, as far as names tell what is wanted."""
    if depth > 6:
        return None
    kind = shape.type_name
    if kind == "structure":
        return {n: dummy(shape.members[n], n, depth + 1) for n in shape.required_members}
    if kind == "list":
        return [dummy(shape.member, name, depth + 1)]
    if kind == "map":
        return {"k": dummy(shape.value, name, depth + 1)}
    if kind in ("integer", "long"):
        return int(shape.metadata.get("min", 1))
    if kind in ("float", "double"):
        return float(shape.metadata.get("min", 1))
    if kind == "boolean":
        return False
    if kind == "timestamp":
        return 1700000000
    if kind == "blob":
        return b"x"
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][0]
    return text(name, shape)


def text(name, shape):
    lower = name.lower()
    if "document" in lower or lower in ("policy", "resourcepolicy"):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
    if lower.endswith("policyarn"):
        return "arn:aws:iam::aws:policy/AdministratorAccess"
    if lower.endswith("arn") or lower == "resource" or lower == "resourcename":
        return {"role": "arn:aws:iam::000000000000:role/x"}.get(
            lower.removesuffix("arn"), "arn:aws:lambda:us-east-1:000000000000:function:x")
    if "cidr" in lower:
        return "10.99.0.0/16"
    if lower == "role":
        return "arn:aws:iam::000000000000:role/xxxx"
    if lower == "principal":
        return "s3.amazonaws.com"
    if lower == "action":
        return "lambda:InvokeFunction"
    if lower in ("accesskeyid",):
        return "AKIAIOSFODNN7EXAMPLE"
    if lower == "awsservicename":
        return "rds.amazonaws.com"
    return "x" * max(int(shape.metadata.get("min", 1)), 8 if "pass" in lower else 1)


def call(client, operation):
    model = client.meta.service_model.operation_model(operation)
    fields = dummy(model.input_shape) if model.input_shape else {}
    return client._make_api_call(operation, fields)


def boto_name(service):
    return service


def refused(client, operation):
    with pytest.raises(ClientError) as caught:
        call(client, operation)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def users(moat):
    """Keys of a user without any policy, and of one who is denied everything."""
    iam = moat.client("iam")
    keys = {}
    for name in ("sweep-nothing", "sweep-denied"):
        iam.create_user(UserName=name)
        keys[name] = iam.create_access_key(UserName=name)["AccessKey"]
    effect = lambda e: {"Effect": e, "Action": "*", "Resource": "*"}
    iam.put_user_policy(UserName="sweep-denied", PolicyName="deny", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [effect("Allow"), effect("Deny")]}))
    return keys


def client_of(moat, service, **how):
    key = how.get("key") or {"AccessKeyId": "test", "SecretAccessKey": "test"}
    config = CONFIG.merge(Config(signature_version=UNSIGNED)) if how.get("unsigned") else CONFIG
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=moat.url, config=config,
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=how.get("secret", key["SecretAccessKey"]))


@pytest.mark.parametrize("service,operation", CASES)
def test_nobody_gets_in(moat, users, service, operation):
    code, status = refused(client_of(moat, service, unsigned=True), operation)
    assert status in (400, 403) and code in ("MissingAuthenticationToken", "MissingAuthenticationTokenException"), code
    code, _ = refused(client_of(moat, service, secret="wrong"), operation)
    assert code in ("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"), code
    if (service, operation) in FREE:
        return
    for name in ("sweep-nothing", "sweep-denied"):
        code, status = refused(client_of(moat, service, key=users[name]), operation)
        assert code in DENIALS, f"{name}: {status} {code}"
