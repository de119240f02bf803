"""What stands behind methods of REST APIs: mocks, functions in a role, other services, other APIs; and
the access log of it all."""

import json

import functions
import pytest
from gateway import VERSION, Api

ADD = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("Bad input: " + event["fail"])
    return {"sum": event["a"] + event["b"]}
"""
BACKEND = """
def handler(event, context):
    return {"statusCode": 202, "headers": {"x-backend": "yes", "content-type": "text/plain"}, "body": event["requestContext"]["http"]["path"] + " " + event.get("rawQueryString", "")}
"""
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:gwi-access"


def role(moat, name, *statements):
    """A role that API Gateway takes on."""
    iam = moat.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": a, "Resource": r} for a, r in statements]}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    return arn


@pytest.fixture(scope="module")
def api(moat):
    functions.deploy(moat, "gwi-add", ADD)
    made = Api(moat, "gwi", "gwi-add")
    return made


def integrate(api, verb, path, integration, response=None, parameters=None, failures=None):
    """A method without authorization, its integration, and its responses by status."""
    where = {"restApiId": api.id, "resourceId": api.resource(path), "httpMethod": verb}
    api.gateway.put_method(**where, authorizationType="NONE", requestParameters=parameters or {})
    api.gateway.put_integration(**where, **integration)
    for status, wanted in {"200": response or {}, **(failures or {})}.items():
        headers = {name: True for name in wanted.get("responseParameters", {})}
        api.gateway.put_method_response(**where, statusCode=status, responseParameters=headers)
        api.gateway.put_integration_response(**where, statusCode=status, **wanted)


def test_a_preflight_request_is_answered_by_a_mock(api):
    cors = {f"method.response.header.Access-Control-Allow-{name}": f"'{value}'" for name, value in {
        "Origin": "*", "Methods": "GET,OPTIONS", "Headers": "authorization"}.items()}
    integrate(api, "OPTIONS", "/sum", {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}},
              {"responseParameters": cors})
    api.deploy()
    status, headers, body = api.call("OPTIONS", "/v1/sum", headers={"Origin": "https://a.example"})
    assert (status, body) == (200, "")
    assert headers.getheader("access-control-allow-origin") == "*"
    assert headers.getheader("access-control-allow-methods") == "GET,OPTIONS"


def test_a_function_in_a_role_with_templates_on_both_sides(moat, api):
    uri = f"arn:aws:apigateway:us-east-1:lambda:{VERSION}/{api.function}/invocations"
    allowed = role(moat, "gwi-invokes", ("lambda:InvokeFunction", api.function))
    template = '{"a": $input.params("a"), "b": $input.path("$.b")#if($input.params("fail") != ""), "fail": "$input.params("fail")"#end}'
    integrate(api, "POST", "/sum", {
        "type": "AWS", "integrationHttpMethod": "POST", "uri": uri, "credentials": allowed,
        "requestTemplates": {"application/json": template},
    }, {"responseTemplates": {"application/json": '{"total": $input.json("$.sum")}'}}, failures={
        "400": {"selectionPattern": "Bad input: .*",
                "responseTemplates": {"application/json": '{"error": "$util.escapeJavaScript($input.path("$.errorMessage"))"}'}}})
    denied = role(moat, "gwi-invokes-not", ("lambda:InvokeFunction", api.function + "-other"))
    integrate(api, "POST", "/denied", {"type": "AWS", "integrationHttpMethod": "POST", "uri": uri, "credentials": denied})
    api.deploy()
    assert api.call("POST", "/v1/sum?a=40", '{"b": 2}')[::2] == (200, {"total": 42})
    assert api.call("POST", "/v1/sum?a=1&fail=x", '{"b": 2}')[::2] == (400, {"error": "Bad input: x"})
    status, headers, body = api.call("POST", "/v1/denied", "{}")
    assert (status, body) == (500, {"message": "Internal server error"})
    told = moat.moat("why", "--request", headers.getheader("x-amzn-requestid")).stdout
    assert "gwi-invokes-not" in told and "lambda:InvokeFunction" in told, told


def test_an_action_of_a_service_in_a_role(moat, api):
    secret = moat.client("secretsmanager").create_secret(Name="gwi-licence", SecretString="abc")["ARN"]
    reads = role(moat, "gwi-reads", ("secretsmanager:GetSecretValue", secret))
    action = {
        "type": "AWS", "integrationHttpMethod": "POST", "credentials": reads,
        "uri": "arn:aws:apigateway:us-east-1:secretsmanager:action/GetSecretValue",
        "requestTemplates": {"application/json": '{"SecretId": "$input.params("name")"}'},
    }
    integrate(api, "GET", "/secrets/{name}", action,
              {"responseTemplates": {"application/json": '{"licence": $input.json("$.SecretString")}'}},
              failures={"403": {"selectionPattern": "4\\d\\d", "responseTemplates": {"application/json": '{"type": $input.json("$.__type")}'}}})
    identity = {"type": "AWS", "integrationHttpMethod": "POST", "credentials": reads,
                "uri": "arn:aws:apigateway:us-east-1:sts:action/GetCallerIdentity"}
    integrate(api, "GET", "/who", identity)
    api.deploy()
    assert api.call("GET", "/v1/secrets/gwi-licence")[::2] == (200, {"licence": "abc"})
    assert api.call("GET", "/v1/secrets/gwi-other")[::2] == (403, {"type": "AccessDeniedException"})
    assert "assumed-role/gwi-reads/BackplaneAssumeRoleSession" in str(api.call("GET", "/v1/who")[2])


def test_another_address_of_moats_own_and_one_outside(moat, api):
    functions.deploy(moat, "gwi-backend", BACKEND)
    client = moat.client("lambda")
    url = client.create_function_url_config(FunctionName="gwi-backend", AuthType="NONE")["FunctionUrl"]
    for action, condition in (("InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
                              ("InvokeFunction", {"InvokedViaFunctionUrl": True})):
        client.add_permission(FunctionName="gwi-backend", StatementId=action, Principal="*",
                              Action=f"lambda:{action}", **condition)
    host = url.split("//")[1].strip("/")
    where = {"restApiId": api.id, "resourceId": api.resource("/backend/{proxy+}"), "httpMethod": "ANY"}
    api.gateway.put_method(**where, authorizationType="NONE", requestParameters={"method.request.path.proxy": True})
    api.gateway.put_integration(
        **where, type="HTTP_PROXY", integrationHttpMethod="ANY", uri=f"https://{host}/{{proxy}}",
        requestParameters={"integration.request.path.proxy": "method.request.path.proxy"})
    integrate(api, "GET", "/outside", {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "https://example.com/"})
    api.deploy()
    status, headers, body = api.call("GET", "/v1/backend/a/b?q=1")
    assert (status, headers.getheader("x-backend"), body) == (202, "yes", "/a/b q=1")
    status, headers, body = api.call("GET", "/v1/outside")
    assert (status, body) == (504, {"message": "Network error communicating with endpoint"})
    told = moat.moat("why", "--request", headers.getheader("x-amzn-requestid")).stdout
    assert "https://example.com" in told, told


def test_the_access_log_is_written_in_the_accounts_role(moat, api):
    logs = moat.client("logs")
    logs.create_log_group(logGroupName="gwi-access")
    writes = role(moat, "gwi-logs", ("logs:PutLogEvents", GROUP + ":*"))
    api.gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": writes}])
    line = '{"id":"$context.requestId","status":"$context.status","path":"$context.path","why":"$context.error.message"}'
    api.gateway.update_stage(restApiId=api.id, stageName="v1", patchOperations=[
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": GROUP},
        {"op": "replace", "path": "/accessLogSettings/format", "value": line}])
    _, headers, _ = api.call("GET", "/v1/logged")
    wanted = {"id": headers.getheader("x-amzn-requestid"), "status": "403", "path": "/v1/logged", "why": "Missing Authentication Token"}

    def written():
        events = logs.filter_log_events(logGroupName="gwi-access")["events"]
        return wanted in [json.loads(event["message"]) for event in events]

    functions.eventually(written)
