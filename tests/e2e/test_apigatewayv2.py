"""HTTP APIs: what functions behind them get, who is let in, and why not."""

import functions
import pytest
from gateway import HttpApi
from test_apigateway import user
from test_web_identity import Issuer

ECHO = '''
import json

def handler(event, context):
    if event["rawPath"].endswith("/plain"):
        return {"made": "plain"}
    return {"statusCode": 201, "cookies": ["a=1"], "headers": {"x-made-by": context.function_name, "content-type": "application/json"}, "body": json.dumps(event)}
'''
KEEPER = '''
def handler(event, context):
    return {"isAuthorized": event["identitySource"] == ["open"], "context": {"team": "blue"}}
'''


@pytest.fixture(scope="module")
def echo(moat):
    functions.deploy(moat, "http-api-echo", ECHO)
    yield "http-api-echo"
    moat.client("lambda").delete_function(FunctionName="http-api-echo")


@pytest.fixture(scope="module")
def pets(moat, echo):
    api = HttpApi(moat, "pets", echo)
    api.route("GET /pets/{id}")
    api.route("ANY /{proxy+}")
    api.route("GET /signed", AuthorizationType="AWS_IAM")
    api.permit()
    yield api
    api.client.delete_api(ApiId=api.id)


def test_a_function_gets_the_request(pets):
    status, response, event = pets.call("GET", "/pets/7?a=1&a=2", headers={"x-thing": "t", "cookie": "b=2; c=3"})
    assert (status, response.getheader("x-made-by"), response.getheader("set-cookie")) == (201, "http-api-echo", "a=1")
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "GET /pets/{id}", "/pets/7")
    assert (event["pathParameters"], event["queryStringParameters"]) == ({"id": "7"}, {"a": "1,2"})
    assert (event["cookies"], event["headers"]["x-thing"]) == (["b=2", "c=3"], "t")
    assert pets.call("GET", "/plain")[2] == {"made": "plain"}


def test_every_way_to_name_an_api(moat, pets):
    for host, path in [
        (f"{pets.id}.execute-api.localhost", "/pets/7"),
        ("localhost", f"/_aws/execute-api/{pets.id}/pets/7"),
        ("localhost", f"/restapis/{pets.id}/$default/_user_request_/pets/7"),
    ]:
        status, _, event = pets.call("GET", path, host=host)
        assert (status, event["rawPath"]) == (201, "/pets/7"), (host, path)


def test_signed_requests_and_why_not(moat, pets):
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke",
               "Resource": f"arn:aws:execute-api:us-east-1:000000000000:{pets.id}/$default/GET/signed"}
    may, may_not = user(moat, "http-api-may", allowed), user(moat, "http-api-may-not")
    status, _, event = pets.call("GET", "/signed", key=may)
    assert (status, event["requestContext"]["authorizer"]["iam"]["userArn"]) == (
        201, "arn:aws:iam::000000000000:user/http-api-may")
    for key in (None, may_not):
        status, response, body = pets.call("GET", "/signed", key=key)
        assert (status, body) == (403, {"message": "Forbidden"})
    told = moat.moat("why", "--request", response.getheader("apigw-requestid")).stdout
    assert "execute-api:Invoke" in told and "no identity-based policy allows it" in told, told


def test_tokens_and_functions_decide(moat, pets):
    issuer = Issuer()
    jwt = pets.client.create_authorizer(
        ApiId=pets.id, Name="jwt", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer.url, "Audience": ["app"]})["AuthorizerId"]
    pets.route("GET /token", AuthorizationType="JWT", AuthorizerId=jwt)
    token = issuer.token()
    # moat waits five seconds for the keys, and keeps them then.
    functions.eventually(lambda: pets.call("GET", "/token", headers={"authorization": f"Bearer {token}"})[0] == 201)
    status, _, event = pets.call("GET", "/token", headers={"authorization": f"Bearer {token}"})
    assert (status, event["requestContext"]["authorizer"]["jwt"]["claims"]["iss"]) == (201, issuer.url)
    status, response, body = pets.call("GET", "/token", headers={"authorization": f"Bearer {token[:-4]}AAAA"})
    assert (status, body) == (401, {"message": "Unauthorized"})
    assert "invalid_token" in response.getheader("www-authenticate")

    functions.deploy(moat, "http-api-keeper", KEEPER)
    keeper = pets.authorizer("keeper", "http-api-keeper")
    pets.route("GET /kept", AuthorizationType="CUSTOM", AuthorizerId=keeper)
    status, response, _ = pets.call("GET", "/kept", headers={"x-key": "open"})
    assert status == 500, "the keeper's policy does not let API Gateway invoke it yet"
    assert "http-api-keeper" in moat.moat("why", "--request", response.getheader("apigw-requestid")).stdout
    pets.permit(function="http-api-keeper", source="authorizers/*")
    status, _, event = pets.call("GET", "/kept", headers={"x-key": "open"})
    assert (status, event["requestContext"]["authorizer"]["lambda"]) == (201, {"team": "blue"})
    assert pets.call("GET", "/kept", headers={"x-key": "other"})[2] == {"message": "Forbidden"}
    assert pets.call("GET", "/kept")[2] == {"message": "Unauthorized"}
    moat.client("lambda").delete_function(FunctionName="http-api-keeper")


def test_a_flood_and_a_browser(moat, pets):
    pets.client.update_stage(
        ApiId=pets.id, StageName="$default", RouteSettings={"GET /pets/{id}": {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.001}})
    answers = [pets.call("GET", "/pets/7") for _ in range(4)]
    assert sorted({status for status, _, _ in answers}) == [201, 429]
    assert answers[-1][2] == {"message": "Too Many Requests"}
    pets.client.update_api(ApiId=pets.id, CorsConfiguration={"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"]})
    status, response, _ = pets.call(
        "OPTIONS", "/pets/7", headers={"origin": "https://a.example", "access-control-request-method": "GET"})
    assert (status, response.getheader("access-control-allow-methods")) == (204, "GET")


def test_an_api_in_front_of_an_api(moat, pets):
    client = moat.client("apigatewayv2")
    api = client.create_api(Name="front", ProtocolType="HTTP", Target=f"https://{pets.host}/behind")["ApiId"]
    status, response, event = HttpApi.of(moat, api).call("POST", "/any?a=1", body="hello", headers={"content-type": "text/plain"})
    assert (status, response.getheader("x-made-by")) == (201, "http-api-echo")
    assert (event["rawPath"], event["rawQueryString"], event["body"]) == ("/behind", "a=1", "hello")
    client.delete_api(ApiId=api)


def test_a_server_outside_is_not_reached(moat):
    client = moat.client("apigatewayv2")
    api = client.create_api(Name="outside", ProtocolType="HTTP", Target="https://192.0.2.1")["ApiId"]
    caller = HttpApi.of(moat, api)
    status, response, body = caller.call("GET", "/x")
    assert (status, body) == (503, {"message": "Service Unavailable"})
    assert "https://192.0.2.1" in moat.moat("why", "--request", response.getheader("apigw-requestid")).stdout
    client.delete_api(ApiId=api)
