"""What the documented examples of HTTP and WebSocket APIs take for granted."""

import time

from documented_acm import Domains
from documented_setup import ACCOUNT, Network, Preparation

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
MADE_BY_THE_COMMAND = ("create-api", "get-apis")
ISSUER = {"Issuer": "https://issuer.example", "Audience": ["123456abc"]}


class GatewayV2Preparation(Preparation):
    """An API made with a target, and beside it everything that an example names."""

    def general(self, words):
        self.client.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.message")
        self.api = self.client.create_api(
            Name="my-api", ProtocolType="HTTP", Target=FUNCTION, Version="v1.0", Tags={"department": "finance", "owner": "dev-team", "environment": "prod"},
            CorsConfiguration={"AllowHeaders": ["header1"], "AllowMethods": ["GET"], "AllowOrigins": ["*"]})["ApiId"]
        if self.example.operation in MADE_BY_THE_COMMAND:
            return words
        replaced = self.parts()
        words = [replaced.get(before, word) for before, word in zip([""] + words, words)]
        words = [word.replace("a1b2c3d4", self.api).replace("a1b2c6", self.spare) for word in words]
        if "domain-name" in self.example.operation or "mapping" in self.example.operation:
            return Domains(self.example).http(words, self.api)
        return words

    def parts(self):
        """Makes the parts; their ids by the option that takes them."""
        where, client, operation = {"ApiId": self.api}, self.client, self.example.operation
        managed = client.get_integrations(**where)["Items"][0]["IntegrationId"]
        self.spare = client.create_integration(
            **where, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0")["IntegrationId"]
        route = client.create_route(**where, RouteKey="GET /pets", OperationName="GET HTTP", Target=f"integrations/{managed}")["RouteId"]
        if operation == "create-route":
            quick = next(r["RouteId"] for r in client.get_routes(**where)["Items"] if r["RouteKey"] == "$default")
            client.delete_route(**where, RouteId=quick)
        authorizer = client.create_authorizer(
            **where, Name="jwt", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
            JwtConfiguration=ISSUER)["AuthorizerId"]
        deployment = client.create_deployment(**where, Description="d")["DeploymentId"]
        for name in ("dev", "prod", "test") if operation != "create-stage" else ():
            used = {} if operation == "delete-deployment" else {"DeploymentId": deployment}
            client.create_stage(
                **where, StageName=name, StageVariables={"function": "f"},
                RouteSettings={"GET /pets": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1}}, **used)
        integration = self.spare if operation == "delete-integration" else managed
        return {"--api-id": self.api, "--integration-id": integration, "--route-id": route,
                "--authorizer-id": authorizer, "--deployment-id": deployment}

    def create_vpc_link(self, words):
        network = Network(self.example)
        made = {"subnet-aaaa": network.subnet, "subnet-bbbb": network.subnet, "sg1234": network.group, "sg5678": network.group}
        return [made[word]() if word in made else word for word in words]

    def get_vpc_link(self, words):
        """A link with two subnets and two groups, which has its interfaces."""
        network = Network(self.example)
        link = self.client.create_vpc_link(
            Name="MyVpcLink", SubnetIds=[network.subnet(), network.subnet()],
            SecurityGroupIds=[network.group(), network.group()])["VpcLinkId"]
        for _ in range(600):
            if self.client.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"] == "AVAILABLE":
                break
            time.sleep(0.1)
        if "--vpc-link-id" in words:
            words[words.index("--vpc-link-id") + 1] = link

    get_vpc_links = update_vpc_link = delete_vpc_link = get_vpc_link
