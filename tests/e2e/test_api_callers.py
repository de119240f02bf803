"""Functions that call APIs by AWS's own names: signed with their roles, in a VPC and outside one."""

import json

import functions
import pytest
from conftest import moat_of_its_own
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
        with urllib.request.urlopen(wanted, timeout=event.get("timeout", 5)) as answer:
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
    functions.deploy(moat, "internal-caller", CALLER, Timeout=15)
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
    assert "because no identity-based policy allows the execute-api:Invoke action" in refused["body"]["Message"]


def test_a_private_api_answers_through_its_endpoint_only(moat, backend):
    ec2 = moat.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="internal", Description="d")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]}])
    functions.deploy(moat, "internal-vpc-caller", CALLER, Timeout=15,
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
