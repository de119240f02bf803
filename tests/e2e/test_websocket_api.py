"""WebSocket APIs: clients that stay, routed messages, and a back end that talks to them."""

import json

import boto3
import botocore.exceptions
import functions
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from test_apigateway import user
from websocket import Refused, WebSocket

CHAT = '''
import json

def handler(event, context):
    print(json.dumps(event))
    said = event["requestContext"]
    if said["eventType"] == "CONNECT":
        return {"statusCode": 200 if "name" in event.get("queryStringParameters", {}) else 401}
    return {"statusCode": 200, "body": said["routeKey"] + ": " + event.get("body", "")}
'''


class Chat:
    def __init__(self, moat):
        functions.deploy(moat, "ws-chat", CHAT)
        self.moat, self.client = moat, moat.client("apigatewayv2")
        self.id = self.client.create_api(
            Name="ws-chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
        self.client.create_stage(ApiId=self.id, StageName="v1", AutoDeploy=True)
        self.integration = self.client.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY",
            IntegrationUri="arn:aws:lambda:us-east-1:000000000000:function:ws-chat")["IntegrationId"]
        self.routes = {key: self.route(key) for key in ("$connect", "$disconnect", "$default", "join")}
        moat.client("lambda").add_permission(
            FunctionName="ws-chat", StatementId="ws", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{self.id}/*")

    def route(self, key):
        route = self.client.create_route(
            ApiId=self.id, RouteKey=key, Target=f"integrations/{self.integration}",
            RouteResponseSelectionExpression="$default")["RouteId"]
        if not key.startswith("$c"):
            self.client.create_route_response(ApiId=self.id, RouteId=route, RouteResponseKey="$default")
        return route

    @property
    def host(self):
        return f"{self.id}.execute-api.us-east-1.amazonaws.com"

    def open(self, query="?name=ann", key=None):
        headers = {}
        if key:
            signed = AWSRequest("GET", f"https://{self.host}/v1{query}", headers={"Host": self.host})
            SigV4Auth(Credentials(*key), "execute-api", "us-east-1").add_auth(signed)
            headers = {name: value for name, value in signed.headers.items() if name != "Host"}
        return WebSocket(self.moat.url, self.host, f"/v1{query}", headers)

    def management(self, key=None):
        access, secret = key or ("test", "test")
        return boto3.client(
            "apigatewaymanagementapi", region_name="us-east-1", aws_access_key_id=access, aws_secret_access_key=secret,
            endpoint_url=f"{self.moat.url}/_aws/execute-api/{self.id}/v1", config=Config(retries={"total_max_attempts": 1}))

    def connected(self):
        """What the function saw first of the first client."""
        return json.loads(functions.log_lines(self.moat, "ws-chat", '"CONNECT"')[0])


@pytest.fixture(scope="module")
def chat(moat):
    chat = Chat(moat)
    yield chat
    chat.client.delete_api(ApiId=chat.id)
    moat.client("lambda").delete_function(FunctionName="ws-chat")


def test_messages_take_their_routes(chat):
    client = chat.open()
    client.send('{"action": "join"}')
    assert client.receive() == 'join: {"action": "join"}'
    client.send("hello")
    assert client.receive() == "$default: hello"
    connected = chat.connected()["requestContext"]
    management = chat.management()
    management.post_to_connection(ConnectionId=connected["connectionId"], Data=b"news")
    assert client.receive() == "news"
    seen = management.get_connection(ConnectionId=connected["connectionId"])
    assert seen["Identity"]["SourceIp"] == "127.0.0.1"
    assert seen["ConnectedAt"].timestamp() * 1000 == pytest.approx(connected["connectedAt"], abs=1)
    management.delete_connection(ConnectionId=connected["connectionId"])
    assert client.receive()[0] == 1000
    client.close()
    with pytest.raises(management.exceptions.GoneException):
        management.post_to_connection(ConnectionId=connected["connectionId"], Data=b"news")


def test_who_may_connect_and_manage(moat, chat):
    with pytest.raises(Refused) as refused:
        chat.open(query="")
    assert refused.value.status == 401, "the function said so"
    nobody = user(moat, "ws-nobody")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        chat.management(nobody).post_to_connection(ConnectionId="x", Data=b"")
    assert caught.value.response["Error"]["Code"] == "ForbiddenException"
    chat.client.update_route(ApiId=chat.id, RouteId=chat.routes["$connect"], AuthorizationType="AWS_IAM")
    may = user(moat, "ws-may", {
        "Effect": "Allow", "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:us-east-1:000000000000:{chat.id}/v1/$connect"})
    for key in (None, nobody):
        with pytest.raises(Refused) as refused:
            chat.open(key=key)
        assert (refused.value.status, json.loads(refused.value.body)) == (403, {"message": "Forbidden"})
    told = moat.moat("why", "--request", refused.value.headers["x-amzn-requestid"]).stdout
    assert "execute-api:Invoke" in told and "no identity-based policy allows it" in told, told
    chat.open(key=may).close()


def test_other_apis_take_no_notice(moat, chat):
    api = chat.client.create_api(
        Name="ws-other", ProtocolType="HTTP", Target="arn:aws:lambda:us-east-1:000000000000:function:ws-none")["ApiId"]
    with pytest.raises(Refused) as refused:
        WebSocket(moat.url, f"{api}.execute-api.us-east-1.amazonaws.com", "/v1")
    assert (refused.value.status, json.loads(refused.value.body)) == (500, {"message": "Internal Server Error"})
    chat.client.delete_api(ApiId=api)


def test_what_is_too_large_ends_it(chat):
    chat.client.update_route(ApiId=chat.id, RouteId=chat.routes["$connect"], AuthorizationType="NONE")
    client = chat.open()
    client.send("x" * (32 * 1024 + 1))
    assert client.receive() == (1009, "Message Too Long")
    client.close()
