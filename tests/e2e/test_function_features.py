"""Versions, aliases, layers, function URLs, destinations and provisioned concurrency, with real code."""

import json
import urllib.error
import urllib.request

import pytest
from conftest import moat_of_its_own
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from functions import PYTHON, TRUST, deploy, invoke, log_lines, package

moat = moat_of_its_own()

URL = """import json
def handler(event, context):
    if event.get("rawPath") == "/fail":
        raise ValueError("no")
    http = event["requestContext"]["http"]
    return {"statusCode": 201, "headers": {"X-Seen": http["method"]}, "cookies": ["a=1"],
            "body": json.dumps({"path": event["rawPath"], "body": event.get("body"),
                                "query": event.get("queryStringParameters"),
                                "account": event["requestContext"]["accountId"]})}
"""


def published(moat, name, code, **settings):
    functions = deploy(moat, name, code, **settings)
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.get_waiter("published_version_active").wait(
        FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return functions, version


def test_an_alias_moves_between_versions(moat):
    code = "def handler(event, context):\n    return [%d, context.function_version, context.invoked_function_arn]\n"
    functions, one = published(moat, "feature-alias", code % 1)
    functions.create_alias(FunctionName="feature-alias", Name="live", FunctionVersion=one)
    functions.update_function_code(FunctionName="feature-alias", ZipFile=package("app.py", code % 2))
    functions.get_waiter("function_updated_v2").wait(FunctionName="feature-alias", WaiterConfig={"Delay": 1})
    arn = "arn:aws:lambda:us-east-1:000000000000:function:feature-alias"
    assert invoke(moat, "feature-alias")[0] == [2, "$LATEST", arn]
    assert invoke(moat, "feature-alias:live")[0] == [1, "1", f"{arn}:live"]
    two = functions.publish_version(FunctionName="feature-alias")["Version"]
    functions.get_waiter("published_version_active").wait(
        FunctionName="feature-alias", Qualifier=two, WaiterConfig={"Delay": 1})
    functions.update_alias(FunctionName="feature-alias", Name="live", FunctionVersion=two)
    answer, response = invoke(moat, "feature-alias", Qualifier="live")
    assert answer[:2] == [2, "2"] and response["ExecutedVersion"] == "2"


def test_a_layer_is_imported(moat):
    functions = moat.client("lambda")
    arns = [functions.publish_layer_version(
        LayerName=f"feature-{n}", Content={"ZipFile": package("python/feature_layer.py", f"VALUE = {n}\n")},
    )["LayerVersionArn"] for n in (1, 2)]
    code = "import feature_layer\ndef handler(event, context):\n    return feature_layer.VALUE\n"
    deploy(moat, "feature-layers", code, Layers=arns)
    assert invoke(moat, "feature-layers")[0] == 2, "the later layer wins"


def ask(moat, url, path="/", method="GET", body=None, sign=None, **headers):
    """Asks the function's address at moat's own port, as its host name does not resolve here."""
    host = url.removeprefix("https://").rstrip("/")
    headers["Host"] = host
    request = AWSRequest(method=method, url=f"https://{host}{path}", data=body, headers=headers)
    if sign:
        SigV4Auth(Credentials(*sign), "lambda", "us-east-1").add_auth(request)
    sent = urllib.request.Request(moat.url + path, data=body, method=method, headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent, timeout=120) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def test_a_public_address_answers_those_whom_the_policy_lets(moat):
    functions = deploy(moat, "feature-url", URL)
    url = functions.create_function_url_config(
        FunctionName="feature-url", AuthType="NONE", Cors={"AllowOrigins": ["https://a.example"]})["FunctionUrl"]
    status, headers, body = ask(moat, url)
    assert (status, headers["x-amzn-ErrorType"]) == (403, "AccessDeniedException") and "Forbidden" in body
    functions.add_permission(FunctionName="feature-url", StatementId="url", Principal="*",
                             Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
    assert ask(moat, url)[0] == 403, "both permissions are needed since October 2025"
    functions.add_permission(FunctionName="feature-url", StatementId="invoke", Principal="*",
                             Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True)
    status, headers, body = ask(
        moat, url, "/p/q?a=1&a=2", "POST", b'{"x":1}', Origin="https://a.example", **{"Content-Type": "application/json"})
    assert (status, headers["X-Seen"], headers["Set-Cookie"]) == (201, "POST", "a=1")
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert json.loads(body) == {"path": "/p/q", "body": '{"x":1}', "query": {"a": "1,2"}, "account": "anonymous"}
    assert ask(moat, url, "/fail")[::2] == (502, "Internal Server Error")
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    assert ask(moat, url, method="OPTIONS", **asked)[0] == 200


def test_an_address_with_iam_knows_who_signed(moat):
    functions = deploy(moat, "feature-iam-url", URL)
    url = functions.create_function_url_config(FunctionName="feature-iam-url", AuthType="AWS_IAM")["FunctionUrl"]
    assert ask(moat, url)[0] == 403
    status, _, body = ask(moat, url, sign=("test", "test"))
    assert (status, json.loads(body)["account"]) == (201, "000000000000")
    assert ask(moat, url, sign=("test", "wrong"))[0] == 403
    iam = moat.client("iam")
    iam.create_user(UserName="feature-caller")
    key = iam.create_access_key(UserName="feature-caller")["AccessKey"]
    signed = (key["AccessKeyId"], key["SecretAccessKey"])
    assert ask(moat, url, sign=signed)[0] == 403
    iam.put_user_policy(UserName="feature-caller", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], "Resource": "*"}]}))
    assert ask(moat, url, sign=signed)[0] == 201


def test_another_account_needs_the_policy_of_the_qualifier(moat):
    functions, version = published(moat, "feature-shared", "def handler(event, context):\n    return 'here'\n")
    secret = json.loads(moat.moat("account", "add", "222222222222", "--output", "json").stdout)
    other = moat.client("lambda", key=secret["access_key_id"], secret=secret["secret_access_key"])
    arn = "arn:aws:lambda:us-east-1:000000000000:function:feature-shared"
    with pytest.raises(other.exceptions.ClientError) as refused:
        other.invoke(FunctionName=f"{arn}:{version}")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    functions.add_permission(FunctionName="feature-shared", Qualifier=version, StatementId="other",
                             Principal="222222222222", Action="lambda:InvokeFunction")
    assert other.invoke(FunctionName=f"{arn}:{version}")["StatusCode"] == 200
    with pytest.raises(other.exceptions.ClientError):
        other.invoke(FunctionName=arn)


def test_a_failure_reaches_its_destination(moat):
    sink = deploy(moat, "feature-sink", "def handler(event, context):\n    print('record', event)\n")
    functions = deploy(moat, "feature-fails", "def handler(event, context):\n    raise ValueError('boom')\n")
    moat.client("iam").put_role_policy(RoleName="e2e-functions", PolicyName="destination", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]}))
    target = sink.get_function_configuration(FunctionName="feature-sink")["FunctionArn"]
    functions.put_function_event_invoke_config(
        FunctionName="feature-fails", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": target}})
    invoke(moat, "feature-fails", {"n": 1}, InvocationType="Event")
    record = log_lines(moat, "feature-sink", "record")[0]
    assert "'condition': 'RetriesExhausted'" in record, record
    assert "'requestPayload': {'n': 1}" in record and "'errorMessage': 'boom'" in record, record


def test_a_role_without_leave_makes_no_function_in_a_vpc(moat):
    iam, functions, ec2 = moat.client("iam"), moat.client("lambda"), moat.client("ec2")
    role = iam.create_role(RoleName="feature-no-vpc", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.78.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="feature", Description="d")["GroupId"]
    with pytest.raises(functions.exceptions.InvalidParameterValueException) as refused:
        functions.create_function(
            FunctionName="feature-no-vpc", Runtime=PYTHON, Handler="app.handler", Role=role,
            Code={"ZipFile": package("app.py", "")}, VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]})
    assert refused.value.response["Error"]["Message"] == (
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2")
