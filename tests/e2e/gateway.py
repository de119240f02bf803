"""REST APIs for tests: made with boto3, called with plain HTTP."""

import http.client
import json
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

VERSION = "path/2015-03-31/functions"


class Api:
    """One REST API with one function behind its methods."""

    def __init__(self, moat, name, function, **settings):
        self.moat, self.name = moat, name
        self.gateway = moat.client("apigateway")
        made = self.gateway.create_rest_api(name=name, **settings)
        self.id, self.root = made["id"], made["rootResourceId"]
        self.function = moat.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
        self.resources = {"/": self.root}

    def resource(self, path):
        """Makes the resources that a path needs."""
        at = ""
        for part in path.strip("/").split("/") if path != "/" else []:
            parent, at = at or "/", f"{at}/{part}"
            if at not in self.resources:
                self.resources[at] = self.gateway.create_resource(
                    restApiId=self.id, parentId=self.resources[parent], pathPart=part)["id"]
        return self.resources[at or "/"]

    def method(self, verb, path, authorization="NONE", **settings):
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        self.gateway.put_method(**where, authorizationType=authorization, **settings)
        self.gateway.put_integration(
            **where, type="AWS_PROXY", integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:us-east-1:lambda:{VERSION}/{self.function}/invocations")

    def deploy(self, stage="v1"):
        return self.gateway.create_deployment(restApiId=self.id, stageName=stage)["id"]

    def permit(self, source="*"):
        """Lets API Gateway invoke the function."""
        self.moat.client("lambda").add_permission(
            FunctionName=self.function, StatementId=f"api-{self.id}", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{self.id}/{source}")

    @property
    def host(self):
        return f"{self.id}.execute-api.us-east-1.amazonaws.com"

    def call(self, verb, path, body=None, headers=None, key=None, host=None):
        """Status, headers and body. `key` signs: access key, secret and perhaps token."""
        headers = {**(headers or {}), "Host": host or self.host}
        if key:
            signed = AWSRequest(verb, f"https://{headers['Host']}{path}", data=body, headers=headers)
            SigV4Auth(Credentials(*key), "execute-api", "us-east-1").add_auth(signed)
            headers = dict(signed.headers.items())
        address = urllib.parse.urlsplit(self.moat.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
        try:
            connection.request(verb, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        kind = response.getheader("content-type") or ""
        return response.status, response, json.loads(text) if kind == "application/json" and text else text


class HttpApi(Api):
    """One HTTP API with one function behind its routes, served from `$default` as it changes."""

    def __init__(self, moat, name, function, **settings):
        self.moat, self.name, self.client = moat, name, moat.client("apigatewayv2")
        self.id = self.client.create_api(Name=name, ProtocolType="HTTP", **settings)["ApiId"]
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.function = function
        self.integration = self.client.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=self.arn(function), PayloadFormatVersion="2.0",
        )["IntegrationId"]

    @classmethod
    def of(cls, moat, api):
        """An API that is there already."""
        self = cls.__new__(cls)
        self.moat, self.id = moat, api
        return self

    @staticmethod
    def arn(function):
        return f"arn:aws:lambda:us-east-1:000000000000:function:{function}"

    def route(self, key, **settings):
        return self.client.create_route(
            ApiId=self.id, RouteKey=key, Target=f"integrations/{self.integration}", **settings)["RouteId"]

    def authorizer(self, name, function, **settings):
        uri = f"arn:aws:apigateway:us-east-1:lambda:{VERSION}/{self.arn(function)}/invocations"
        return self.client.create_authorizer(
            ApiId=self.id, Name=name, AuthorizerType="REQUEST", IdentitySource=["$request.header.X-Key"], AuthorizerUri=uri,
            AuthorizerPayloadFormatVersion="2.0", EnableSimpleResponses=True, **settings)["AuthorizerId"]

    def permit(self, function=None, source="*"):
        """Lets API Gateway invoke the function."""
        self.moat.client("lambda").add_permission(
            FunctionName=function or self.function, StatementId=f"api-{self.id}", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{self.id}/{source}")
