"""What the documented examples of API Gateway take for granted."""

import contextlib
import json

from documented_acm import Domains
from documented_setup import ACCOUNT, Network, Preparation, after

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
API_KEY_OPTIONS = ("--api-key", "--key-id")
MADE_BY_THE_COMMAND = ("create-rest-api", "create-api-key", "create-usage-plan")
LOGS_ROLE = "APIGatewayToCloudWatchLogs"
HEADERS = ("custom-header", "Access-Control-Allow-Origin")


class GatewayPreparation(Preparation):
    """An API with a resource and two methods, deployed to the stage dev; a key and a plan."""

    def general(self, words):
        operation = self.example.operation
        if operation in MADE_BY_THE_COMMAND:
            return words
        if operation in ("get-account", "update-account"):
            return self.account(words)
        if operation == "update-stage":
            # What a stage logs is written in the account's role.
            self.account(words)
        self.api()
        self.plan()
        replaced = {"--rest-api-id": self.id, "--resource-id": self.resource, "--usage-plan-id": self.plan_id,
                    "--parent-id": self.root, "--api-key": self.key, "--key-id": self.key,
                    "--deployment-id": self.deployment, "--authorizer-id": self.authorizer}
        words = [replaced.get(before, word) for before, word in zip([""] + words, words)]
        if "domain-name" in operation or "base-path" in operation:
            return Domains(self.example).rest(words, self.id)
        if after(words, "--resource-id") and operation == "get-resource":
            words[words.index("--resource-id") + 1] = self.resource
        return [word.replace("3c2b1a", self.other).replace("e4f5g6", self.authorizer) for word in words]

    def import_rest_api(self, words):
        return [word.replace("/path/to/", "") for word in words]

    put_rest_api = get_export = import_rest_api

    def update_vpc_link(self, words):
        """A link to a network load balancer of its own."""
        balancer = self.example.client("elbv2").create_load_balancer(
            Name="my-lb", Type="network", Scheme="internal", Subnets=[Network(self.example).subnet()])
        made = self.client.create_vpc_link(
            name="first", description="d", targetArns=[balancer["LoadBalancers"][0]["LoadBalancerArn"]])
        words[words.index("--vpc-link-id") + 1] = made["id"]

    def account(self, words):
        """A role that API Gateway may write logs in."""
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        iam = self.example.client("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=LOGS_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
        role = f"arn:aws:iam::{ACCOUNT}:role/{LOGS_ROLE}"
        self.client.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}])
        return [word.replace("123412341234", ACCOUNT) for word in words]

    def api(self):
        client = self.client
        made = client.create_rest_api(name="Example", description="d")
        self.id, self.root = made["id"], made["rootResourceId"]
        self.resource = client.create_resource(restApiId=self.id, parentId=self.root, pathPart="resourceName")["id"]
        self.other = client.create_resource(restApiId=self.id, parentId=self.root, pathPart="other")["id"]
        for verb in ("GET", "POST"):
            where = {"restApiId": self.id, "resourceId": self.resource, "httpMethod": verb}
            client.put_method(
                **where, authorizationType="NONE", apiKeyRequired=False,
                requestParameters={"method.request.header.custom-header": False})
            client.put_integration(
                **where, type="AWS", integrationHttpMethod="POST", uri=URI, contentHandling="CONVERT_TO_TEXT",
                requestTemplates={"application/json": "{}"})
            if self.example.operation != "put-method-response":
                self.responses(where)
        self.parts()
        self.deployment = client.create_deployment(restApiId=self.id, description="First deployment")["id"]
        if self.example.operation not in ("create-stage", "create-deployment", "delete-deployment"):
            client.create_stage(restApiId=self.id, stageName="dev", deploymentId=self.deployment, description="d")
            # The settings of a method, as examples show them.
            patches = [{"op": "replace", "path": f"/{method}/throttling/{name}", "value": "9"}
                       for method in ("*/*", "~1resource/GET", "~1resource~1subresource/POST")
                       for name in ("rateLimit", "burstLimit")]
            client.update_stage(restApiId=self.id, stageName="dev", patchOperations=patches)

    def responses(self, where):
        for status in ("200", "400"):
            self.client.put_method_response(
                **where, statusCode=status, responseModels={"application/json": "Empty"},
                responseParameters={f"method.response.header.{name}": False for name in HEADERS})
        self.client.put_integration_response(
            **where, statusCode="200", responseTemplates={"application/json": ""},
            responseParameters={"method.response.header.Access-Control-Allow-Origin": "'*'"})

    def parts(self):
        """An authorizer and a model."""
        self.authorizer = self.client.create_authorizer(
            restApiId=self.id, name="MyAuthorizer", type="TOKEN", authorizerUri=URI,
            identitySource="method.request.header.Authorization")["id"]
        self.client.create_model(restApiId=self.id, name="customModel", contentType="application/json", schema="{}")

    def plan(self):
        self.key = self.client.create_api_key(name="My key", description="d", enabled=True)["id"]
        has_stage = self.example.operation not in ("create-stage", "create-deployment", "delete-deployment", "delete-usage-plan")
        stages = [{"apiId": self.id, "stage": "dev"}] if has_stage else []
        plan = self.client.create_usage_plan(
            name="Plan", apiStages=stages, throttle={"rateLimit": 5, "burstLimit": 10}, quota={"limit": 500, "period": "DAY"})
        self.plan_id = plan["id"]
        if self.example.operation not in ("create-usage-plan-key",):
            self.client.create_usage_plan_key(usagePlanId=self.plan_id, keyId=self.key, keyType="API_KEY")
