"""APIs as OpenAPI documents: exported, imported anew, deployed and called."""

import json

import functions
import pytest
from botocore.exceptions import ClientError
from gateway import Api, HttpApi

URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
CODE = """
def handler(event, context):
    path = event.get("rawPath") or event.get("path")
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": path}
"""
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


@pytest.fixture(scope="module")
def function(moat):
    """Answers with the path that it was asked for; every API may invoke it."""
    functions.deploy(moat, "openapi-echo", CODE)
    client = moat.client("lambda")
    client.add_permission(
        FunctionName="openapi-echo", StatementId="apis", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com")
    yield client.get_function(FunctionName="openapi-echo")["Configuration"]["FunctionArn"]
    client.delete_function(FunctionName="openapi-echo")


def rich(moat, function):
    """An API with something of everything, made by single operations."""
    api = Api(moat, "openapi-rich", "openapi-echo", description="all of it", binaryMediaTypes=["image/png"])
    client = api.gateway
    client.create_model(restApiId=api.id, name="Pet", contentType="application/json", schema=json.dumps(PET))
    validator = client.create_request_validator(restApiId=api.id, name="body", validateRequestBody=True)["id"]
    client.put_gateway_response(
        restApiId=api.id, responseType="BAD_REQUEST_BODY", statusCode="422",
        responseTemplates={"application/json": '{"wrong":$context.error.messageString}'})
    authorizer = client.create_authorizer(
        restApiId=api.id, name="who", type="TOKEN", authorizerUri=URI.format(function),
        identitySource="method.request.header.X-Who")["id"]
    api.method("ANY", "/pets/{proxy+}", requestParameters={"method.request.path.proxy": True})
    api.method("POST", "/pets", requestModels={"application/json": "Pet"}, requestValidatorId=validator)
    api.method("GET", "/signed", "AWS_IAM")
    api.method("GET", "/guarded", "CUSTOM", authorizerId=authorizer)
    where = {"restApiId": api.id, "resourceId": api.resource("/mock"), "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    client.put_method_response(**where, statusCode="200", responseParameters={"method.response.header.X-R": True})
    client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(
        **where, statusCode="200", responseParameters={"method.response.header.X-R": "'r'"},
        responseTemplates={"application/json": '{"made":"up"}'})
    api.deploy()
    return api


def exported(api, kind, accepts="application/json"):
    told = api.gateway.get_export(
        restApiId=api.id, stageName="v1", exportType=kind, parameters={"extensions": "apigateway"}, accepts=accepts)
    assert told["contentType"] == accepts
    return told["body"].read()


def imported(moat, document):
    """The API that a document makes."""
    api = Api.__new__(Api)
    api.moat, api.gateway = moat, moat.client("apigateway")
    made = api.gateway.import_rest_api(body=document, parameters={"endpointConfigurationTypes": "REGIONAL"})
    assert "warnings" not in made
    assert made["endpointConfiguration"]["types"] == ["REGIONAL"]
    api.id = made["id"]
    return api


def test_an_exported_api_is_imported_anew_and_answers_alike(moat, function):
    api = rich(moat, function)
    text = exported(api, "oas30")
    documents = [text, exported(api, "oas30", "application/yaml"), exported(api, "swagger")]
    apis = [api]
    for document in documents:
        again = imported(moat, document)
        again.deploy()
        apis.append(again)
        assert exported(again, "oas30").replace(again.id.encode(), api.id.encode()) == text or document == documents[2]
    for one in apis:
        assert one.call("GET", "/v1/pets/a/b")[2] == "/pets/a/b"
        assert one.call("POST", "/v1/pets", '{"name":"x"}', {"content-type": "application/json"})[2] == "/pets"
        wrong = one.call("POST", "/v1/pets", "{}", {"content-type": "application/json"})
        assert (wrong[0], wrong[2]) == (422, {"wrong": "Invalid request body"})
        assert one.call("GET", "/v1/signed")[0] == 403
        assert one.call("GET", "/v1/guarded")[0] == 401
        mock = one.call("GET", "/v1/mock")
        assert (mock[1].getheader("x-r"), mock[2]) == ("r", {"made": "up"})
    # Written over by a smaller document, what it does not say is gone.
    small = {"swagger": "2.0", "info": {"title": "openapi-small"}, "paths": {"/mock": {"get": {
        "responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {
            "type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200"}}}}}}}
    again.gateway.put_rest_api(restApiId=again.id, mode="overwrite", body=json.dumps(small))
    again.deploy()
    assert (again.call("GET", "/v1/mock")[0], again.call("GET", "/v1/pets/a")[0]) == (200, 403)
    with pytest.raises(ClientError, match="Invalid OpenAPI input") as refused:
        again.gateway.put_rest_api(restApiId=again.id, body=b"[]")
    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    for one in apis:
        one.gateway.delete_rest_api(restApiId=one.id)


def test_an_http_api_is_exported_and_imported_anew(moat, function):
    client = moat.client("apigatewayv2")
    document = {
        "openapi": "3.0.1", "info": {"title": "openapi-http", "version": "1"},
        "tags": [{"name": "team", "x-amazon-apigateway-tag-value": "blue"}],
        "x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"], "allowMethods": ["GET"]},
        "paths": {
            "/pets/{pet}": {"get": {"responses": {}, "x-amazon-apigateway-integration": {
                "type": "aws_proxy", "httpMethod": "POST", "uri": function, "payloadFormatVersion": "2.0"}}},
            "/signed": {"x-amazon-apigateway-any-method": {"responses": {}, "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy", "httpMethod": "POST", "uri": function, "payloadFormatVersion": "1.0"}}}},
    }
    made = client.import_api(Body=json.dumps(document))
    apis, texts = [made["ApiId"]], []
    for kind in ("YAML", "JSON"):
        text = client.export_api(ApiId=apis[0], Specification="OAS30", OutputType=kind)["body"].read().decode()
        again = client.import_api(Body=text)
        assert (again["Tags"], again["CorsConfiguration"]["AllowOrigins"]) == ({"team": "blue"}, ["https://a.example"])
        apis.append(again["ApiId"])
        told = client.export_api(ApiId=apis[-1], Specification="OAS30", OutputType="JSON")["body"].read().decode()
        texts.append(told.replace(apis[-1], apis[0]))
    assert texts == [text, text]
    for one in apis:
        client.create_stage(ApiId=one, StageName="$default", AutoDeploy=True)
        api = HttpApi.of(moat, one)
        assert api.call("GET", "/pets/7")[2] == "/pets/7"
        assert (api.call("GET", "/signed")[0], api.call("POST", "/pets/7")[0]) == (403, 404)
    with pytest.raises(ClientError, match="Invalid OpenAPI input"):
        client.reimport_api(ApiId=apis[0], Body="[]")
    client.reimport_api(ApiId=apis[0], Body=json.dumps({**document, "paths": {}}))
    assert client.get_routes(ApiId=apis[0])["Items"] == []
    for one in apis:
        client.delete_api(ApiId=one)
