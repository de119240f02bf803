"""Every operation that moat serves, tried as nobody, with a bad signature, by a user without
permissions and by one with an explicit deny. Nothing may succeed, and nobody may learn what
exists. The list of operations is the one that the code is generated from."""

import json
import pathlib
import re

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent.name.removeprefix("svc-") for path in ROOT.glob("crates/svc-*/operations.txt"))
ACCOUNT = "000000000000"
# AWS lets policies govern neither: who one is everybody may know, and the second only proves a
# key that is there already.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
FREE = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}
# Nobody signs these: a token says who asks, and the role's trust policy decides about its bearer.
BY_TOKEN = {("sts", "AssumeRoleWithWebIdentity")}
UNSIGNED_CODES = {"MissingAuthenticationToken", "MissingAuthenticationTokenException"}
# EC2 asks for the key as it did before there were signatures in headers.
UNSIGNED_EC2 = "The request must contain the parameter AWSAccessKeyId"
BAD_SIGNATURE_CODES = {"SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"}
DENIALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
LOG_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:sweep"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x"
# Fields by name: a value that gets past the check of its form.
BY_NAME = {
    "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "Action": "lambda:InvokeFunction",
    "AWSServiceName": "rds.amazonaws.com",
    "CodeSigningConfigArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0",
    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    "Policy": POLICY,
    "PolicyDocument": POLICY,
    "AssumeRolePolicyDocument": POLICY,
    "ResourcePolicy": POLICY,
    "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
    "Principal": "s3.amazonaws.com",
    "Resource": FUNCTION,
    "Role": f"arn:aws:iam::{ACCOUNT}:role/xxxx",
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/xxxx",
    "Url": "https://sweep.example.com",
    "VersionId": "v1",
    "MasterUserPassword": "xxxxxxxx",
    "Engine": "postgres",
    "ResourceName": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:x",
    "resourceArn": LOG_GROUP,
    "CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/x",
    "DomainName": "sweep.example.com",
    "CidrBlock": "10.99.0.0/16",
    "statusCode": "200",
}
# What an operation needs besides the fields that its model calls required.
BESIDES = {
    ("ec2", "CreateDhcpOptions"): {"DhcpConfigurations": [{"Key": "domain-name", "Values": ["example.com"]}]},
    ("ec2", "CreateNatGateway"): {"SubnetId": "subnet-0123456789abcdef0"},
    ("ec2", "CreateTags"): {"Resources": ["vpc-0123456789abcdef0"], "Tags": [{"Key": "k", "Value": "v"}]},
    ("ec2", "DeleteTags"): {"Resources": ["vpc-0123456789abcdef0"]},
    ("ec2", "DisassociateRouteTable"): {"AssociationId": "rtbassoc-0123456789abcdef0"},
    ("ec2", "ReplaceRouteTableAssociation"): {
        "AssociationId": "rtbassoc-0123456789abcdef0", "RouteTableId": "rtb-0123456789abcdef0"},
    ("ec2", "CreateLaunchTemplate"): {"LaunchTemplateData": {"ImageId": "ami-1"}},
    ("ec2", "CreateLaunchTemplateVersion"): {
        "LaunchTemplateName": "sweep", "LaunchTemplateData": {"ImageId": "ami-1"}},
    ("ec2", "DeleteLaunchTemplate"): {"LaunchTemplateName": "sweep"},
    ("ec2", "DeleteLaunchTemplateVersions"): {"LaunchTemplateName": "sweep"},
    ("ec2", "ModifyLaunchTemplate"): {"LaunchTemplateName": "sweep"},
    ("elbv2", "AddListenerCertificates"): {"Certificates": [{"CertificateArn": "x"}]},
    ("elbv2", "CreateRule"): {"Conditions": [{"Field": "path-pattern", "Values": ["/x"]}]},
    ("elbv2", "ModifyListenerAttributes"): {"Attributes": [{"Key": "k", "Value": "v"}]},
    ("elbv2", "ModifyLoadBalancerAttributes"): {"Attributes": [{"Key": "k", "Value": "v"}]},
    ("elbv2", "ModifyTargetGroupAttributes"): {"Attributes": [{"Key": "k", "Value": "v"}]},
    ("elbv2", "RemoveListenerCertificates"): {"Certificates": [{"CertificateArn": "x"}]},
    ("elbv2", "SetRulePriorities"): {"RulePriorities": [{"RuleArn": "x", "Priority": 1}]},
    ("lambda", "AddLayerVersionPermission"): {"Action": "lambda:GetLayerVersion", "Principal": "*"},
    ("lambda", "CreateAlias"): {"FunctionVersion": "1"},
    ("lambda", "GetLayerVersionByArn"): {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:x:1"},
    ("logs", "DescribeLogStreams"): {"logGroupName": "sweep"},
    ("logs", "GetLogEvents"): {"logGroupName": "sweep"},
    ("logs", "FilterLogEvents"): {"logGroupName": "sweep"},
    ("rds", "AddTagsToResource"): {"Tags": [{"Key": "k", "Value": "v"}]},
}
# The prefix is of hosts that have names: `stream-127.0.0.1` is none.
CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False, inject_host_prefix=False)


def operations(service):
    """What the service's registry has."""
    source = ROOT / f"crates/svc-{service}/src"
    paths = [path for path in source.rglob("*.rs") if "api" not in path.relative_to(source).parts]
    return sorted({name for path in paths for name in re.findall(r"\.with::<api::(\w+)>", path.read_text())})


CASES = [(service, operation) for service in SERVICES for operation in operations(service)]


def dummy(shape, name=""):
    """A value that satisfies the shape's constraints and names nothing that exists."""
    kind = shape.type_name
    if kind == "structure":
        return {member: dummy(shape.members[member], member) for member in shape.required_members}
    if kind == "list":
        return [dummy(shape.member, name)]
    if kind == "map":
        return {"k": dummy(shape.value, name)}
    if kind == "string":
        known = BY_NAME.get(name) or next(iter(shape.metadata.get("enum", [])), None)
        return known or "x" * shape.metadata.get("min", 1)
    number = shape.metadata.get("min", 1)
    return {"integer": number, "long": number, "float": float(number), "double": float(number),
            "boolean": False, "timestamp": 1700000000, "blob": b"x"}[kind]


def call(client, operation):
    model = client.meta.service_model
    shape = model.operation_model(operation).input_shape
    fields = dummy(shape) if shape else {}
    return client._make_api_call(operation, {**fields, **BESIDES.get((model.service_name, operation), {})})


def refused(client, operation):
    with pytest.raises(ClientError) as caught:
        call(client, operation)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.fixture(scope="module")
def sweep(moat):
    """A client per service for each kind of caller: making one takes longer than the call."""
    iam = moat.client("iam")
    keys = {"root": {"AccessKeyId": "test", "SecretAccessKey": "test"}}
    for name in ("sweep-nothing", "sweep-denied"):
        iam.create_user(UserName=name)
        keys[name] = iam.create_access_key(UserName=name)["AccessKey"]
    statements = [{"Effect": effect, "Action": "*", "Resource": "*"} for effect in ("Allow", "Deny")]
    iam.put_user_policy(UserName="sweep-denied", PolicyName="deny", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))
    made = {}

    def client(service, who, secret=None, signature=None):
        if (service, who, secret, signature) not in made:
            made[service, who, secret, signature] = boto3.client(
                service, region_name="us-east-1", endpoint_url=moat.url,
                config=CONFIG.merge(Config(signature_version=signature)) if signature else CONFIG,
                aws_access_key_id=keys[who]["AccessKeyId"],
                aws_secret_access_key=secret or keys[who]["SecretAccessKey"])
        return made[service, who, secret, signature]

    yield client
    for name in ("sweep-nothing", "sweep-denied"):
        iam.delete_access_key(UserName=name, AccessKeyId=keys[name]["AccessKeyId"])
    iam.delete_user_policy(UserName="sweep-denied", PolicyName="deny")
    for name in ("sweep-nothing", "sweep-denied"):
        iam.delete_user(UserName=name)


def test_there_are_operations_to_try():
    assert len(CASES) > 200 and {"ec2", "iam", "lambda", "logs", "rds", "secretsmanager", "sts"} <= set(SERVICES)


@pytest.mark.parametrize("service,operation", [case for case in CASES if case not in BY_TOKEN])
def test_nobody_gets_in(sweep, service, operation):
    code, status, message = refused(sweep(service, "root", signature=UNSIGNED), operation)
    missing = message == UNSIGNED_EC2 if service == "ec2" else code in UNSIGNED_CODES
    assert missing and status in (400, 403), f"unsigned: {status} {code}: {message}"
    code, status, _ = refused(sweep(service, "root", secret="wrong"), operation)
    assert code in BAD_SIGNATURE_CODES and status in (400, 401, 403), f"wrong secret: {status} {code}"


@pytest.mark.parametrize("service,operation", [case for case in CASES if case not in FREE | BY_TOKEN])
def test_permission_is_decided_first(sweep, service, operation):
    code, status, message = refused(sweep(service, "sweep-nothing"), operation)
    assert code in DENIALS and status in (400, 403), f"without permissions: {status} {code}: {message}"
    assert "explicit deny" not in message, message
    code, status, message = refused(sweep(service, "sweep-denied"), operation)
    assert code in DENIALS and status in (400, 403), f"with a deny: {status} {code}: {message}"
    assert "explicit deny" in message, message


@pytest.mark.parametrize("service,operation", sorted(FREE))
def test_what_no_policy_governs_answers_everyone(sweep, service, operation):
    for who in ("sweep-nothing", "sweep-denied"):
        assert call(sweep(service, who), operation)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("service,operation", sorted(BY_TOKEN))
def test_what_nobody_signs_wants_a_token(sweep, service, operation):
    for client in (sweep(service, "root", signature=UNSIGNED), sweep(service, "sweep-nothing")):
        code, status, message = refused(client, operation)
        assert (code, status) == ("InvalidIdentityToken", 400), f"{status} {code}: {message}"
