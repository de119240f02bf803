"""Functions that call APIs by AWS's own names: signed with their roles, in a VPC and outside one."""

import io
import json
import shutil
import subprocess
import urllib.parse
import zipfile

import functions
import pytest
import requests
from aws_requests_auth.aws_auth import AWSRequestsAuth
from conftest import ROOT, moat_of_its_own
from gateway import Api

moat = moat_of_its_own()

# What a service's code looks like: no endpoint is overridden, no certificate named.
CALLER = '''
import json, urllib.error, urllib.request
import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

def handler(event, context):
    request = AWSRequest(event["verb"], event["url"], data=event.get("body"))
    SigV4Auth(boto3.Session().get_credentials(), "execute-api", "us-east-1").add_auth(request)
    wanted = urllib.request.Request(event["url"], method=event["verb"], headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(wanted, timeout=event.get("timeout", 25)) as answer:
            return {"status": answer.status, "body": json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": json.load(error)}
    except OSError as error:
        return {"unreachable": str(error)}
'''
BACKEND = '''
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"])}
'''


@pytest.fixture(scope="module")
def backend(moat):
    functions.deploy(moat, "internal-backend", BACKEND)
    return "internal-backend"


NOT_ALLOWED = "because no identity-based policy allows the execute-api:Invoke action"
# The package of npm that signs with a function's credentials and knows nothing but the host's name.
SIGNED_AXIOS = """
const signedAxios = require('aws-signed-axios')
const AWS = require('aws-sdk')
exports.handler = async ({ verb, url }) => {
  await new Promise((done, fail) => AWS.config.getCredentials(error => error ? fail(error) : done()))
  try {
    const { status, data } = await signedAxios({ method: verb, url, timeout: 25000 })
    return { status, body: data }
  } catch (error) {
    return error.response ? { status: error.response.status, body: error.response.data } : { unreachable: String(error) }
  }
}
"""


def with_node_packages(source):
    """A function's zip with the packages that bootstrap installed, as `npm install` and `zip -r` make one."""
    installed = ROOT / "build/clients/node"
    assert (installed / "node_modules/aws-signed-axios").is_dir(), "script/bootstrap installs it where there is npm"
    content = io.BytesIO(functions.package("app.js", source))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted((installed / "node_modules").rglob("*.js*")):
            if path.is_file() and path.suffix in (".js", ".json"):
                archive.write(path, path.relative_to(installed))
    return content.getvalue()


def may_call(moat, api, path):
    """Gives the role that the callers have the permission for one verb and path."""
    moat.client("iam").put_role_policy(
        RoleName="e2e-functions", PolicyName=f"call-{api.id}", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "execute-api:Invoke",
                "Resource": f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/{path}"}]}))


def call(moat, function, api, verb, path):
    return functions.invoke(moat, function, {"verb": verb, "url": f"https://{api.host}/{path}"})[0]


def test_service_a_calls_service_b_with_its_own_role(moat, backend):
    functions.deploy(moat, "internal-caller", CALLER)
    api = Api(moat, "service-b", backend, endpointConfiguration={"types": ["REGIONAL"]})
    api.method("GET", "/rows", authorization="AWS_IAM")
    api.method("DELETE", "/rows", authorization="AWS_IAM")
    api.deploy()
    api.permit()
    may_call(moat, api, "v1/GET/rows")
    allowed = call(moat, "internal-caller", api, "GET", "v1/rows")
    assert allowed["status"] == 200, allowed
    assert allowed["body"]["identity"]["userArn"] == (
        "arn:aws:sts::000000000000:assumed-role/e2e-functions/internal-caller")
    refused = call(moat, "internal-caller", api, "DELETE", "v1/rows")
    assert refused["status"] == 403
    assert NOT_ALLOWED in refused["body"]["Message"]
    if shutil.which("node"):
        functions.deploy(moat, "internal-axios", SIGNED_AXIOS, runtime="nodejs20.x", MemorySize=1024, Timeout=30,
                         zipped=with_node_packages(SIGNED_AXIOS))
        allowed = call(moat, "internal-axios", api, "GET", "v1/rows")
        assert allowed["status"] == 200, allowed
        assert allowed["body"]["identity"]["userArn"].endswith(":assumed-role/e2e-functions/internal-axios")
        refused = call(moat, "internal-axios", api, "DELETE", "v1/rows")
        assert refused["status"] == 403 and NOT_ALLOWED in refused["body"]["Message"]


def test_clients_that_sign_by_themselves(moat, backend):
    api = Api(moat, "self-signed", backend, endpointConfiguration={"types": ["REGIONAL"]})
    api.method("GET", "/rows", authorization="AWS_IAM")
    api.method("POST", "/rows", authorization="AWS_IAM")
    api.deploy()
    api.permit()
    iam = moat.client("iam")
    iam.create_user(UserName="self-signed")
    iam.put_user_policy(UserName="self-signed", PolicyName="get", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "execute-api:Invoke",
            "Resource": f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/v1/GET/rows"}]}))
    made = iam.create_access_key(UserName="self-signed")["AccessKey"]
    key, secret = made["AccessKeyId"], made["SecretAccessKey"]
    port = urllib.parse.urlsplit(moat.url).port
    # Every client signs for the name, and connects to the port of this machine. Older versions of curl do
    # not sort the query that they sign, so it is given sorted.
    for verb, status in (("GET", 200), ("POST", 403)):
        curl = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-X", verb, "--aws-sigv4", "aws:amz:us-east-1:execute-api",
             "--user", f"{key}:{secret}", "--connect-to", f"{api.host}:80:127.0.0.1:{port}", "-w", "\n%{http_code}",
             f"http://{api.host}/v1/rows?a=1&b=2"], capture_output=True, text=True, timeout=120)
        assert curl.stdout.splitlines()[-1] == str(status), curl
        auth = AWSRequestsAuth(aws_access_key=key, aws_secret_access_key=secret, aws_host=api.host,
                               aws_region="us-east-1", aws_service="execute-api")
        answer = requests.request(verb, f"{moat.url}/v1/rows", params={"b": "2", "a": "1"}, auth=auth,
                                  headers={"Host": api.host}, timeout=120)
        assert answer.status_code == status, answer.text
        if status == 403:
            assert NOT_ALLOWED in answer.json()["Message"] and NOT_ALLOWED in curl.stdout
    wrong = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-east-1:execute-api", "--user", f"{key}:wrong",
         "--connect-to", f"{api.host}:80:127.0.0.1:{port}", f"http://{api.host}/v1/rows"],
        capture_output=True, text=True, timeout=120)
    assert "The request signature we calculated does not match" in wrong.stdout, wrong


def test_a_private_api_answers_through_its_endpoint_only(moat, backend):
    ec2 = moat.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="internal", Description="d")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]}])
    functions.deploy(moat, "internal-vpc-caller", CALLER,
                     VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]})
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, VpcEndpointType="Interface", ServiceName="com.amazonaws.us-east-1.execute-api",
        SubnetIds=[subnet], SecurityGroupIds=[group], PrivateDnsEnabled=True)["VpcEndpoint"]["VpcEndpointId"]

    def policy(vpce):
        everybody = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
        elsewhere = {**everybody, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceVpce": vpce}}}
        return json.dumps({"Version": "2012-10-17", "Statement": [everybody, elsewhere]})

    private = Api(moat, "private", backend, endpointConfiguration={"types": ["PRIVATE"]})
    private.method("GET", "/rows")
    private.deploy()
    private.permit()
    unpoliced = call(moat, "internal-vpc-caller", private, "GET", "v1/rows")
    assert unpoliced["status"] == 403, "a private API without a policy lets nobody in"
    for vpce, status in (("vpce-0123456789abcdef0", 403), (endpoint, 200)):
        patch = [{"op": "replace", "path": "/policy", "value": policy(vpce)}]
        private.gateway.update_rest_api(restApiId=private.id, patchOperations=patch)
        answered = call(moat, "internal-vpc-caller", private, "GET", "v1/rows")
        assert answered["status"] == status, answered
    identity = answered["body"]["identity"]
    assert (identity["vpcId"], identity["vpceId"]) == (vpc, endpoint)
    assert identity["sourceIp"].startswith("10.77.1.")
    assert private.call("GET", "/v1/rows")[2] == {"message": "Forbidden"}, "from outside it does not answer"

    regional = Api(moat, "regional", backend, endpointConfiguration={"types": ["REGIONAL"]})
    regional.method("GET", "/rows")
    regional.deploy()
    regional.permit()
    trapped = call(moat, "internal-vpc-caller", regional, "GET", "v1/rows")
    assert trapped == {"status": 403, "body": {"message": "Forbidden"}}, "private DNS leads to private APIs only"
