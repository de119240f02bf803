"""From the internet to an application that nothing on the internet can reach: a public API takes a payment
provider's webhook, its function outside the VPC invokes one inside it, and that one pushes a licence to the
application server at its private address.

Plain boto3, but for the application server, which `moat run` puts into the VPC (on AWS: an instance)."""

import io
import json
import os
import pathlib
import secrets
import subprocess
import sys
import time
import zipfile

import boto3

HERE = pathlib.Path(__file__).resolve().parent
RUNTIME = f"python3.{sys.version_info.minor}"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
POLICIES = "arn:aws:iam::aws:policy/service-role/AWSLambda"
# Functions, roles and groups are named so, beside those of other examples.
WEBHOOK, LICENCE, APPLICATION = "divide-webhook", "divide-licence", "divide-application"
STAGE, PORT, ADDRESS = "v1", 8080, "10.30.2.10"
# What the provider may send: requests a second, and at once.
RATE, BURST = 5, 5


def package(name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("app.py")
        # As on AWS, a file that others may not read cannot be imported.
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, (HERE / f"functions/{name.removeprefix('divide-')}.py").read_text())
    return content.getvalue()


class Stack:
    def __init__(self, client=boto3.client, moat=None, data_dir=None, say=lambda text: None):
        self.ec2, self.iam, self.functions, self.gateway = map(client, ("ec2", "iam", "lambda", "apigateway"))
        self.account = client("sts").get_caller_identity()["Account"]
        self.region, self.say = self.gateway.meta.region_name, say
        self.program = [str(moat or os.environ["MOAT_BIN"])]
        self.data = ["--data-dir", str(data_dir)] if data_dir else []
        # The provider and the function share it.
        self.secret = secrets.token_hex(16)

    def command(self, verb, *words):
        """Runs moat; the finished process."""
        return subprocess.run(
            [*self.program, verb, *self.data, *words], cwd=HERE, capture_output=True, text=True, timeout=120)

    def deploy(self):
        self.say("a VPC with two private subnets and no way out")
        self.network()
        self.say("the application server, at its private address")
        self.application()
        self.say("a function inside, which may only speak to the application")
        self.licence = self.function(
            LICENCE, "VPCAccessExecutionRole", Environment={"Variables": {"APPLICATION": f"{ADDRESS}:{PORT}"}},
            VpcConfig={"SubnetIds": [self.inside], "SecurityGroupIds": [self.function_group]})
        self.say("a function outside, which may only invoke the one inside")
        self.webhook = self.function(
            WEBHOOK, "BasicExecutionRole",
            Environment={"Variables": {"INSIDE": LICENCE, "PROVIDER_SECRET": self.secret}})
        self.permit()
        self.say("the public API, and the provider's key with the plan that limits it")
        self.public_api()
        return self

    def network(self):
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
        self.inside, self.behind = (
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.30.{n}.0/24", AvailabilityZone=f"{self.region}{zone}")
            ["Subnet"]["SubnetId"] for n, zone in ((1, "a"), (2, "b")))
        self.function_group, self.application_group = (
            ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in (LICENCE, APPLICATION))
        everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        for group in (self.function_group, self.application_group):
            ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everywhere)
        ec2.authorize_security_group_egress(
            GroupId=self.function_group, IpPermissions=self.permission(self.application_group))
        ec2.authorize_security_group_ingress(
            GroupId=self.application_group, IpPermissions=self.permission(self.function_group))

    def permission(self, group):
        return [{"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": group}]}]

    def application(self):
        started = self.command(
            "run", "--detach", "--name", APPLICATION, "--subnet", self.behind, "--security-group",
            self.application_group, "--address", ADDRESS, "--", "python3", "application.py", str(PORT))
        if started.returncode:
            raise SystemExit(f"the application did not start: {started.stderr}")
        self.instance = started.stdout.split()[0]
        # A program is running before it listens.
        deadline = time.monotonic() + 60
        while self.licences() is None and time.monotonic() < deadline:
            time.sleep(0.05)

    def licences(self):
        """The orders whose licences the application has; it is asked from within itself."""
        done = self.command("exec", APPLICATION, "--", "curl", "-sS", "--max-time", "20", f"http://127.0.0.1:{PORT}/")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def function(self, name, policy, **settings):
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.iam.attach_role_policy(RoleName=name, PolicyArn=POLICIES + policy)
        for patience in (1, 2, 4, 8, 0):
            try:
                arn = self.functions.create_function(
                    FunctionName=name, Runtime=RUNTIME, Handler="app.handler", Role=role, Timeout=30,
                    Code={"ZipFile": package(name)}, **settings)["FunctionArn"]
                break
            except self.functions.exceptions.InvalidParameterValueException:
                # On AWS a new role takes seconds until Lambda may assume it.
                if not patience:
                    raise
                time.sleep(patience)
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return arn

    def permit(self):
        """The function outside may invoke the function inside."""
        self.iam.put_role_policy(RoleName=WEBHOOK, PolicyName="call-inside", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": self.licence}]}))

    def forbid(self):
        self.iam.delete_role_policy(RoleName=WEBHOOK, PolicyName="call-inside")

    def public_api(self):
        api = self.gateway.create_rest_api(name="divide", endpointConfiguration={"types": ["REGIONAL"]})
        self.api = api["id"]
        where = {"restApiId": self.api, "httpMethod": "POST", "resourceId": self.gateway.create_resource(
            restApiId=self.api, parentId=api["rootResourceId"], pathPart="payments")["id"]}
        self.gateway.put_method(**where, authorizationType="NONE", apiKeyRequired=True)
        uri = f"arn:aws:apigateway:{self.region}:lambda:path/2015-03-31/functions/{self.webhook}/invocations"
        self.gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        self.functions.add_permission(
            FunctionName=WEBHOOK, StatementId="its-api", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{self.region}:{self.account}:{self.api}/*/POST/payments")
        self.gateway.create_deployment(restApiId=self.api, stageName=STAGE)
        self.key = self.gateway.create_api_key(name="provider", enabled=True)
        self.plan = self.gateway.create_usage_plan(
            name="provider", apiStages=[{"apiId": self.api, "stage": STAGE}],
            throttle={"rateLimit": RATE, "burstLimit": BURST})["id"]
        self.gateway.create_usage_plan_key(usagePlanId=self.plan, keyId=self.key["id"], keyType="API_KEY")

    @property
    def host(self):
        return f"{self.api}.execute-api.{self.region}.amazonaws.com"

    def remove(self):
        self.gateway.delete_stage(restApiId=self.api, stageName=STAGE)
        self.gateway.delete_usage_plan(usagePlanId=self.plan)
        self.gateway.delete_api_key(apiKey=self.key["id"])
        self.gateway.delete_rest_api(restApiId=self.api)
        self.forbid()
        for name, policy in ((WEBHOOK, "BasicExecutionRole"), (LICENCE, "VPCAccessExecutionRole")):
            self.functions.delete_function(FunctionName=name)
            self.iam.detach_role_policy(RoleName=name, PolicyArn=POLICIES + policy)
            self.iam.delete_role(RoleName=name)
        self.ec2.terminate_instances(InstanceIds=[self.instance])
        self.ec2.get_waiter("instance_terminated").wait(
            InstanceIds=[self.instance], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        self.ec2.revoke_security_group_egress(
            GroupId=self.function_group, IpPermissions=self.permission(self.application_group))
        self.delete_when_free(self.ec2.delete_security_group, GroupId=self.application_group)
        self.delete_when_free(self.ec2.delete_security_group, GroupId=self.function_group)
        for subnet in (self.inside, self.behind):
            self.delete_when_free(self.ec2.delete_subnet, SubnetId=subnet)
        self.ec2.delete_vpc(VpcId=self.vpc)

    def delete_when_free(self, delete, **what):
        """A function's interface goes some time after the function: on AWS that takes minutes."""
        deadline = time.monotonic() + 1200
        while True:
            try:
                return delete(**what)
            except self.ec2.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "DependencyViolation" or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


if __name__ == "__main__":
    stack = Stack(say=print).deploy()
    print(f"https://{stack.host}/{STAGE}/payments")
