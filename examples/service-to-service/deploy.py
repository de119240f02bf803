"""Two services without a network in common: billing calls the API of orders, and only the verbs and
paths that its role names. A partner from outside comes with an API key, at the rate that its plan allows.

Plain boto3; run it with AWS_ENDPOINT_URL set (`eval $(moat env)`), or against AWS."""

import io
import json
import pathlib
import sys
import time
import zipfile

import boto3

HERE = pathlib.Path(__file__).resolve().parent
RUNTIME = f"python3.{sys.version_info.minor}"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
STAGE = "v1"
# Functions and roles are named so, beside those of other examples.
ORDERS, BILLING = "orders-service", "billing-service"
# What the partner may do: requests a second, and at once.
RATE, BURST = 1, 3


def package(name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("app.py")
        # As on AWS, a file that others may not read cannot be imported.
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, (HERE / f"functions/{name.removesuffix('-service')}.py").read_text())
    return content.getvalue()


class Stack:
    def __init__(self, client=boto3.client, say=lambda text: None):
        self.iam, self.functions, self.gateway = map(client, ("iam", "lambda", "apigateway"))
        self.account = client("sts").get_caller_identity()["Account"]
        self.region, self.say = self.gateway.meta.region_name, say

    def deploy(self):
        self.say("two functions, each with a role of its own")
        self.orders, self.billing = self.function(ORDERS), self.function(BILLING)
        self.say("the API of orders: GET and DELETE for who is permitted, a report for partners")
        self.api = self.gateway.create_rest_api(name="orders", endpointConfiguration={"types": ["REGIONAL"]})
        orders = self.resource(self.api["rootResourceId"], "orders")
        order = self.resource(orders, "{order}")
        self.method(order, "GET", authorizationType="AWS_IAM")
        self.method(order, "DELETE", authorizationType="AWS_IAM")
        self.method(self.resource(self.api["rootResourceId"], "report"), "GET", authorizationType="NONE", apiKeyRequired=True)
        self.functions.add_permission(
            FunctionName=ORDERS, StatementId="its-api", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com", SourceArn=self.arn("*"))
        self.gateway.create_deployment(restApiId=self.api["id"], stageName=STAGE)
        self.say("billing may read orders, and nothing else")
        self.permit("GET/orders/*")
        self.say("a partner's key, and the plan that limits it")
        self.key = self.gateway.create_api_key(name="partner", enabled=True)
        self.plan = self.gateway.create_usage_plan(
            name="partner", apiStages=[{"apiId": self.api["id"], "stage": STAGE}],
            throttle={"rateLimit": RATE, "burstLimit": BURST})["id"]
        self.gateway.create_usage_plan_key(usagePlanId=self.plan, keyId=self.key["id"], keyType="API_KEY")
        return self

    def function(self, name):
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.iam.attach_role_policy(RoleName=name, PolicyArn=LOGS)
        for patience in (1, 2, 4, 8, 0):
            try:
                arn = self.functions.create_function(
                    FunctionName=name, Runtime=RUNTIME, Handler="app.handler", Role=role, Timeout=15,
                    Code={"ZipFile": package(name)})["FunctionArn"]
                break
            except self.functions.exceptions.InvalidParameterValueException:
                # On AWS a new role takes seconds until Lambda may assume it.
                if not patience:
                    raise
                time.sleep(patience)
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return arn

    def resource(self, parent, part):
        return self.gateway.create_resource(restApiId=self.api["id"], parentId=parent, pathPart=part)["id"]

    def method(self, resource, verb, **settings):
        where = {"restApiId": self.api["id"], "resourceId": resource, "httpMethod": verb}
        self.gateway.put_method(**where, **settings)
        uri = f"arn:aws:apigateway:{self.region}:lambda:path/2015-03-31/functions/{self.orders}/invocations"
        self.gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)

    def arn(self, path):
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api['id']}/{path}"

    def permit(self, path):
        self.iam.put_role_policy(RoleName=BILLING, PolicyName="call-orders", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": self.arn(f"{STAGE}/{path}")}]}))

    @property
    def host(self):
        return f"{self.api['id']}.execute-api.{self.region}.amazonaws.com"

    def bill(self, verb, path):
        """What billing gets when it calls the API of orders."""
        event = {"verb": verb, "url": f"https://{self.host}/{STAGE}/{path}"}
        answer = self.functions.invoke(FunctionName=BILLING, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def remove(self):
        for stage in self.gateway.get_stages(restApiId=self.api["id"])["item"]:
            self.gateway.delete_stage(restApiId=self.api["id"], stageName=stage["stageName"])
        self.gateway.delete_usage_plan(usagePlanId=self.plan)
        self.gateway.delete_api_key(apiKey=self.key["id"])
        self.gateway.delete_rest_api(restApiId=self.api["id"])
        self.iam.delete_role_policy(RoleName=BILLING, PolicyName="call-orders")
        for name in (ORDERS, BILLING):
            self.functions.delete_function(FunctionName=name)
            self.iam.detach_role_policy(RoleName=name, PolicyArn=LOGS)
            self.iam.delete_role(RoleName=name)


if __name__ == "__main__":
    stack = Stack(say=print).deploy()
    print(f"https://{stack.host}/{STAGE}/orders/7")
