"""REST APIs: what a function behind one gets, and who is let in."""

import json

import botocore.exceptions
import functions
import pytest
from gateway import Api

ECHO = '''
import json

def handler(event, context):
    if event["path"] == "/fail":
        raise RuntimeError("no")
    if event["path"] == "/text":
        return "not a proxy response"
    return {"statusCode": 201, "headers": {"x-made-by": context.function_name}, "body": json.dumps(event)}
'''


@pytest.fixture(scope="module")
def echo(moat):
    functions.deploy(moat, "gw-echo", ECHO)
    return "gw-echo"


@pytest.fixture(scope="module")
def orders(moat, echo):
    """An API with a method of each kind of authorization."""
    api = Api(moat, "orders", echo)
    api.method("GET", "/orders/{order}")
    api.method("POST", "/orders", authorization="AWS_IAM")
    api.method("DELETE", "/orders/{order}", authorization="AWS_IAM")
    api.method("GET", "/keyed", apiKeyRequired=True)
    api.method("ANY", "/fail")
    api.method("ANY", "/text")
    api.deploy()
    api.permit()
    return api


def user(moat, name, *statements):
    """A user with these statements, and its key."""
    iam = moat.client("iam")
    iam.create_user(UserName=name)
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def allow(api, path):
    return {"Effect": "Allow", "Action": "execute-api:Invoke",
            "Resource": f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/{path}"}


def test_a_function_gets_the_request(orders):
    status, response, event = orders.call("GET", "/v1/orders/7?a=1&a=2&b=x%20y", headers={"x-thing": "t"})
    assert (status, response.getheader("x-made-by")) == (201, "gw-echo")
    assert event["resource"] == "/orders/{order}"
    assert (event["path"], event["httpMethod"], event["pathParameters"]) == ("/orders/7", "GET", {"order": "7"})
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y"]}
    assert event["queryStringParameters"] == {"a": "2", "b": "x y"}
    assert event["headers"]["x-thing"] == "t"
    context = event["requestContext"]
    assert (context["stage"], context["apiId"], context["path"]) == ("v1", orders.id, "/v1/orders/7")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userArn"] is None
    assert event["body"] is None and event["isBase64Encoded"] is False


def test_every_way_to_name_an_api(orders):
    for host, path in [
        (f"{orders.id}.execute-api.localhost", "/v1/orders/7"),
        ("localhost", f"/_aws/execute-api/{orders.id}/v1/orders/7"),
        ("localhost", f"/restapis/{orders.id}/v1/_user_request_/orders/7"),
    ]:
        status, _, event = orders.call("GET", path, host=host)
        assert (status, event["path"]) == (201, "/orders/7"), host


def test_what_is_not_there_is_refused_as_aws_does(orders):
    missing = {"message": "Missing Authentication Token"}
    for verb, path, status, expected in [
        ("GET", "/v1/nothing", 403, missing), ("PUT", "/v1/orders/7", 403, missing), ("POST", "/v1/orders", 403, missing),
        ("GET", "/nostage/orders/7", 403, {"message": "Forbidden"}), ("GET", "/", 403, {"message": "Forbidden"}),
        ("GET", "/v1/fail", 502, {"message": "Internal server error"}),
        ("GET", "/v1/text", 502, {"message": "Internal server error"}),
    ]:
        answered = orders.call(verb, path)
        assert (answered[0], answered[2]) == (status, expected), path
    status, response, body = orders.call("GET", "/v1/orders/7", host="nobody.execute-api.us-east-1.amazonaws.com")
    assert (status, body, response.getheader("x-amzn-errortype")) == (403, {"message": "Forbidden"}, "ForbiddenException")


def test_the_function_must_permit_the_gateway(moat, echo):
    api = Api(moat, "unpermitted", echo)
    api.method("GET", "/")
    api.deploy()
    assert api.call("GET", "/v1/")[0] == 500
    api.permit("v1/POST/*")
    assert api.call("GET", "/v1/")[0] == 500
    moat.client("lambda").remove_permission(FunctionName=echo, StatementId=f"api-{api.id}")
    api.permit("v1/GET/*")
    assert api.call("GET", "/v1/")[0] == 201


def test_signed_requests_need_a_permission_for_verb_and_path(moat, orders):
    nobody = user(moat, "gw-nobody")
    poster = user(moat, "gw-poster", allow(orders, "v1/POST/orders"))
    status, response, body = orders.call("POST", "/v1/orders", "{}", key=nobody)
    assert (status, response.getheader("x-amzn-errortype")) == (403, "AccessDeniedException")
    assert body["Message"].startswith("User: arn:aws:iam::000000000000:user/gw-nobody is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:")
    status, _, event = orders.call("POST", "/v1/orders", '{"n": 1}', key=poster)
    assert (status, event["body"]) == (201, '{"n": 1}')
    assert event["requestContext"]["identity"]["userArn"] == "arn:aws:iam::000000000000:user/gw-poster"
    assert orders.call("DELETE", "/v1/orders/7", key=poster)[0] == 403
    status, response, _ = orders.call("POST", "/v1/orders", "{}", key=(poster[0], "wrong"))
    assert (status, response.getheader("x-amzn-errortype")) == (403, "InvalidSignatureException")
    status, response, _ = orders.call("POST", "/v1/orders", "{}", key=("AKIAIOSFODNN7EXAMPLE", "x"))
    assert (status, response.getheader("x-amzn-errortype")) == (403, "UnrecognizedClientException")


def test_no_spelling_of_a_path_gets_round_a_policy(moat, orders):
    denied = {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:execute-api:*:*:*/v1/DELETE/orders/secret"}
    clever = user(moat, "gw-clever", allow(orders, "v1/DELETE/orders/*"), denied)
    assert orders.call("DELETE", "/v1/orders/open", key=clever)[0] == 201
    for spelled in ["secret", "s%65cret", "%73%65%63%72%65%74", "secret/", "s%65cret/"]:
        assert orders.call("DELETE", f"/v1/orders/{spelled}", key=clever)[0] == 403, spelled


def test_api_keys_throttles_and_quotas(moat, orders):
    gateway = orders.gateway
    refused = (403, {"message": "Forbidden"})

    def keyed(value=None):
        answered = orders.call("GET", "/v1/keyed", headers={"x-api-key": value} if value else {})
        return answered[0], answered[2]

    assert keyed() == refused and keyed("x" * 30) == refused
    key = gateway.create_api_key(name="gw-key", enabled=True)
    assert keyed(key["value"]) == refused, "no usage plan has it yet"
    plan = gateway.create_usage_plan(
        name="gw-plan", apiStages=[{"apiId": orders.id, "stage": "v1"}], throttle={"rateLimit": 0.001, "burstLimit": 3},
        quota={"limit": 100, "period": "MONTH"})
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    answers = [keyed(key["value"]) for _ in range(5)]
    assert [status for status, _ in answers] == [201, 201, 201, 429, 429]
    assert answers[-1][1] == {"message": "Too Many Requests"}
    identity = answers[0][1]["requestContext"]["identity"]
    assert (identity["apiKeyId"], identity["apiKey"]) == (key["id"], key["value"])

    patches = [{"op": "replace", "path": "/quota/limit", "value": "4"}, {"op": "remove", "path": "/throttle"}]
    gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=patches)
    assert [keyed(key["value"])[0] for _ in range(3)] == [201, 429, 429]
    assert keyed(key["value"])[1] == {"message": "Limit Exceeded"}
    gateway.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert keyed(key["value"]) == refused
    listed = gateway.get_api_keys(nameQuery="gw-")["items"]
    assert listed[0]["stageKeys"] == [f"{orders.id}/v1"] and "value" not in listed[0]


def test_resource_policies_decide_for_everybody(moat, echo):
    def policy(*statements):
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    everybody = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    elsewhere = {**everybody, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    api = Api(moat, "policed", echo, policy=policy(everybody, elsewhere))
    api.method("GET", "/")
    api.deploy()
    api.permit()
    status, _, body = api.call("GET", "/v1/")
    assert status == 403 and body["Message"].endswith("with an explicit deny in a resource-based policy"), body
    patch = [{"op": "replace", "path": "/policy", "value": policy(everybody)}]
    changed = api.gateway.update_rest_api(restApiId=api.id, patchOperations=patch)
    assert f"{api.id}/*" in changed["policy"]
    assert api.call("GET", "/v1/")[0] == 201
    with pytest.raises(botocore.exceptions.ClientError, match="Invalid policy document"):
        api.gateway.update_rest_api(
            restApiId=api.id, patchOperations=[{"op": "replace", "path": "/policy", "value": '{"Statement": 7}'}])


def test_the_reason_that_aws_hides(moat, orders):
    _, response, _ = orders.call("GET", "/v1/keyed")
    told = moat.moat("why", "--request", response.getheader("x-amzn-requestid"))
    assert told.returncode == 1 and "because the method wants an API key and x-api-key is missing" in told.stdout, told
    nobody = user(moat, "gw-asks", allow(orders, "v1/GET/orders"))
    _, response, _ = orders.call("POST", "/v1/orders", key=nobody)
    told = moat.moat("why", "--request", response.getheader("x-amzn-requestid")).stdout
    assert f"denied  execute-api:Invoke on arn:aws:execute-api:us-east-1:000000000000:{orders.id}/v1/POST/orders" in told
    assert "because no identity-based policy allows it" in told
