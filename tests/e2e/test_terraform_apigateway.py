"""A REST API as Terraform makes one: resources, methods, a deployment, a stage, keys and a usage plan."""

import functions
import pytest
from gateway import Api
from terraform import Terraform

pytestmark = pytest.mark.terraform

STACK = r"""
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "function" {}
variable "function_arn" {}

resource "aws_api_gateway_rest_api" "orders" {
  name        = "tf-orders"
  description = "orders"
  endpoint_configuration { types = ["REGIONAL"] }
  tags = { team = "blue" }
}

resource "aws_api_gateway_rest_api_policy" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = "*", Action = "execute-api:Invoke",
    Resource = "${aws_api_gateway_rest_api.orders.execution_arn}/*" }] })
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  parent_id   = aws_api_gateway_rest_api.orders.root_resource_id
  path_part   = "orders"
}

resource "aws_api_gateway_resource" "order" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  parent_id   = aws_api_gateway_resource.orders.id
  path_part   = "{order}"
}

resource "aws_api_gateway_method" "get" {
  rest_api_id      = aws_api_gateway_rest_api.orders.id
  resource_id      = aws_api_gateway_resource.order.id
  http_method      = "GET"
  authorization    = "NONE"
  api_key_required = true
}

resource "aws_api_gateway_method" "post" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  resource_id   = aws_api_gateway_resource.orders.id
  http_method   = "POST"
  authorization = "AWS_IAM"
}

resource "aws_api_gateway_integration" "all" {
  for_each                = { get = aws_api_gateway_method.get, post = aws_api_gateway_method.post }
  rest_api_id             = aws_api_gateway_rest_api.orders.id
  resource_id             = each.value.resource_id
  http_method             = each.value.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${var.function_arn}/invocations"
}

resource "aws_api_gateway_method_response" "ok" {
  rest_api_id     = aws_api_gateway_rest_api.orders.id
  resource_id     = aws_api_gateway_resource.order.id
  http_method     = aws_api_gateway_method.get.http_method
  status_code     = "200"
  response_models = { "application/json" = "Empty" }
}

resource "aws_api_gateway_model" "order" {
  rest_api_id  = aws_api_gateway_rest_api.orders.id
  name         = "Order"
  content_type = "application/json"
  schema       = jsonencode({ type = "object", required = ["sku"], properties = { sku = { type = "string" } } })
}

resource "aws_api_gateway_request_validator" "all" {
  rest_api_id                 = aws_api_gateway_rest_api.orders.id
  name                        = "all"
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_gateway_response" "missing" {
  rest_api_id         = aws_api_gateway_rest_api.orders.id
  response_type       = "MISSING_AUTHENTICATION_TOKEN"
  status_code         = "404"
  response_parameters = { "gatewayresponse.header.X-Who" = "'tf'" }
  response_templates  = { "application/json" = "{\"sorry\":$context.error.messageString}" }
}

resource "aws_api_gateway_authorizer" "who" {
  rest_api_id                      = aws_api_gateway_rest_api.orders.id
  name                             = "who"
  type                             = "TOKEN"
  authorizer_uri                   = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${var.function_arn}/invocations"
  authorizer_result_ttl_in_seconds = 60
  identity_validation_expression   = "Bearer .+"
}

resource "aws_api_gateway_resource" "quotes" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  parent_id   = aws_api_gateway_rest_api.orders.root_resource_id
  path_part   = "quotes"
}

resource "aws_api_gateway_method" "quote" {
  rest_api_id          = aws_api_gateway_rest_api.orders.id
  resource_id          = aws_api_gateway_resource.quotes.id
  http_method          = "POST"
  authorization        = "CUSTOM"
  authorizer_id        = aws_api_gateway_authorizer.who.id
  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = { "application/json" = aws_api_gateway_model.order.name }
  request_parameters   = { "method.request.querystring.n" = true }
}

resource "aws_api_gateway_integration" "quote" {
  rest_api_id          = aws_api_gateway_rest_api.orders.id
  resource_id          = aws_api_gateway_resource.quotes.id
  http_method          = aws_api_gateway_method.quote.http_method
  type                 = "MOCK"
  passthrough_behavior = "NEVER"
  request_templates    = { "application/json" = "{\"statusCode\": 200}" }
}

resource "aws_api_gateway_method_response" "quote" {
  rest_api_id         = aws_api_gateway_rest_api.orders.id
  resource_id         = aws_api_gateway_resource.quotes.id
  http_method         = aws_api_gateway_method.quote.http_method
  status_code         = "200"
  response_parameters = { "method.response.header.X-Mock" = true }
}

resource "aws_api_gateway_integration_response" "quote" {
  rest_api_id         = aws_api_gateway_rest_api.orders.id
  resource_id         = aws_api_gateway_resource.quotes.id
  http_method         = aws_api_gateway_method.quote.http_method
  status_code         = aws_api_gateway_method_response.quote.status_code
  response_parameters = { "method.response.header.X-Mock" = "'yes'" }
  response_templates  = { "application/json" = "{\"n\": \"$input.params('n')\", \"who\": \"$context.authorizer.principalId\"}" }
  depends_on          = [aws_api_gateway_integration.quote]
}

resource "aws_lambda_permission" "api" {
  statement_id  = "tf-orders"
  action        = "lambda:InvokeFunction"
  function_name = var.function
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.orders.execution_arn}/*"
}

resource "aws_api_gateway_deployment" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  depends_on = [
    aws_api_gateway_integration.all, aws_api_gateway_rest_api_policy.orders, aws_api_gateway_gateway_response.missing,
    aws_api_gateway_integration_response.quote,
  ]
}

resource "aws_api_gateway_stage" "v1" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  deployment_id = aws_api_gateway_deployment.orders.id
  stage_name    = "v1"
  variables     = { colour = "blue" }
  tags          = { team = "blue" }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  stage_name  = aws_api_gateway_stage.v1.stage_name
  method_path = "*/*"
  settings {
    throttling_rate_limit  = 50
    throttling_burst_limit = 20
  }
}

resource "aws_api_gateway_api_key" "partner" {
  name = "tf-partner"
  tags = { team = "blue" }
}

resource "aws_api_gateway_usage_plan" "partner" {
  name = "tf-partner"
  api_stages {
    api_id = aws_api_gateway_rest_api.orders.id
    stage  = aws_api_gateway_stage.v1.stage_name
  }
  quota_settings {
    limit  = 1000
    period = "MONTH"
  }
  throttle_settings {
    rate_limit  = 10
    burst_limit = 5
  }
}

resource "aws_api_gateway_usage_plan_key" "partner" {
  key_id        = aws_api_gateway_api_key.partner.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.partner.id
}

output "api" { value = aws_api_gateway_rest_api.orders.id }
output "key" {
  value     = aws_api_gateway_api_key.partner.value
  sensitive = true
}
"""
# The function answers for the methods and stands at the door of one of them.
ANSWER = """
def handler(event, context):
    if event.get("type") == "TOKEN":
        effect = "Allow" if event["authorizationToken"] == "Bearer me" else "Deny"
        return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}]}}
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": event["stageVariables"]["colour"]}
"""


def check_quotes(api):
    def quote(token, path="/v1/quotes?n=7", body='{"sku": "a"}'):
        return api.call("POST", path, body, {"Authorization": token, "Content-Type": "application/json"})

    status, headers, body = quote("Bearer me")
    assert (status, headers.getheader("x-mock"), body) == (200, "yes", {"n": "7", "who": "ann"})
    assert quote("Bearer other")[::2] == (403, {"Message": "User is not authorized to access this resource with an explicit deny"})
    assert quote("none")[::2] == (401, {"message": "Unauthorized"})
    assert quote("Bearer me", body="{}")[::2] == (400, {"message": "Invalid request body"})
    assert quote("Bearer me", path="/v1/quotes")[2] == {"message": "Missing required request parameters: [n]"}
    status, headers, body = api.call("GET", "/v1/nothing")
    assert (status, headers.getheader("x-who"), body) == (404, "tf", {"sorry": "Missing Authentication Token"})


def test_apply_call_plan_empty_destroy(moat, tmp_path):
    functions.deploy(moat, "tf-api-function", ANSWER)
    arn = moat.client("lambda").get_function(FunctionName="tf-api-function")["Configuration"]["FunctionArn"]
    (tmp_path / "main.tf").write_text(STACK)
    stack = Terraform(moat, tmp_path, function="tf-api-function", function_arn=arn)
    stack.apply()
    api = Api.__new__(Api)
    api.moat, api.id = moat, stack.output("api")
    status, _, body = api.call("GET", "/v1/orders/7", headers={"x-api-key": stack.output("key")})
    assert (status, body) == (200, "blue")
    assert api.call("GET", "/v1/orders/7")[0] == 403
    assert api.call("POST", "/v1/orders")[2] == {"sorry": "Missing Authentication Token"}
    check_quotes(api)
    stack.plan_is_empty()
    stack.destroy()
    assert all(known["id"] != api.id for known in moat.client("apigateway").get_rest_apis(limit=500)["items"])
