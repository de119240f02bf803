"""An HTTP API as Terraform makes one: integrations, routes, authorizers, a deployment and two stages."""

import functions
import pytest
from gateway import HttpApi
from terraform import Terraform

pytestmark = pytest.mark.terraform

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "function" {}
variable "function_arn" {}

resource "aws_apigatewayv2_api" "orders" {
  name          = "tf-v2-orders"
  protocol_type = "HTTP"
  description   = "orders"
  version       = "1"
  cors_configuration {
    allow_origins = ["https://a.example"]
    allow_methods = ["GET", "POST"]
    allow_headers = ["content-type"]
    max_age       = 300
  }
  tags = { team = "blue" }
}

resource "aws_apigatewayv2_integration" "orders" {
  api_id                 = aws_apigatewayv2_api.orders.id
  integration_type       = "AWS_PROXY"
  integration_uri        = var.function_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 10000
  request_parameters     = { "append:header.x-from" = "$context.stage" }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.orders.id
  name             = "tf-jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    audience = ["app"]
    issuer   = "https://issuer.example"
  }
}

resource "aws_apigatewayv2_authorizer" "function" {
  api_id                            = aws_apigatewayv2_api.orders.id
  name                              = "tf-function"
  authorizer_type                   = "REQUEST"
  identity_sources                  = ["$request.header.X-Key"]
  authorizer_uri                    = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${var.function_arn}/invocations"
  authorizer_payload_format_version = "2.0"
  authorizer_result_ttl_in_seconds  = 0
  enable_simple_responses           = true
}

resource "aws_apigatewayv2_route" "get" {
  api_id    = aws_apigatewayv2_api.orders.id
  route_key = "GET /orders/{order}"
  target    = "integrations/${aws_apigatewayv2_integration.orders.id}"
}

resource "aws_apigatewayv2_route" "post" {
  api_id               = aws_apigatewayv2_api.orders.id
  route_key            = "POST /orders"
  target               = "integrations/${aws_apigatewayv2_integration.orders.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.jwt.id
  authorization_scopes = ["write"]
}

resource "aws_apigatewayv2_route" "kept" {
  api_id             = aws_apigatewayv2_api.orders.id
  route_key          = "GET /kept"
  target             = "integrations/${aws_apigatewayv2_integration.orders.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.function.id
}

resource "aws_cloudwatch_log_group" "access" {
  name = "tf-v2-access"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.orders.id
  name        = "$default"
  auto_deploy = true
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.requestId $context.routeKey $context.status"
  }
  default_route_settings {
    throttling_burst_limit = 50
    throttling_rate_limit  = 100
  }
  stage_variables = { colour = "green" }
}

resource "aws_apigatewayv2_deployment" "first" {
  api_id     = aws_apigatewayv2_api.orders.id
  depends_on = [aws_apigatewayv2_route.get, aws_apigatewayv2_route.post, aws_apigatewayv2_route.kept]
}

resource "aws_apigatewayv2_stage" "v1" {
  api_id          = aws_apigatewayv2_api.orders.id
  name            = "v1"
  deployment_id   = aws_apigatewayv2_deployment.first.id
  stage_variables = { colour = "blue" }
  tags            = { team = "blue" }
  route_settings {
    route_key              = aws_apigatewayv2_route.get.route_key
    throttling_burst_limit = 20
    throttling_rate_limit  = 10
  }
}

resource "aws_lambda_permission" "api" {
  statement_id  = "tf-v2-orders"
  action        = "lambda:InvokeFunction"
  function_name = var.function
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.orders.execution_arn}/*/*/orders/{order}"
}

resource "aws_apigatewayv2_api" "quick" {
  name          = "tf-v2-quick"
  protocol_type = "HTTP"
  target        = var.function_arn
}

resource "aws_apigatewayv2_api" "chat" {
  name                       = "tf-v2-chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "chat" {
  api_id           = aws_apigatewayv2_api.chat.id
  integration_type = "AWS_PROXY"
  integration_uri  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${var.function_arn}/invocations"
}

resource "aws_apigatewayv2_route" "chat" {
  api_id                              = aws_apigatewayv2_api.chat.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.chat.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "chat" {
  api_id             = aws_apigatewayv2_api.chat.id
  route_id           = aws_apigatewayv2_route.chat.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_stage" "chat" {
  api_id      = aws_apigatewayv2_api.chat.id
  name        = "live"
  auto_deploy = true
}

output "api" { value = aws_apigatewayv2_api.orders.id }
"""
ANSWER = "def handler(event, context):\n    return {'statusCode': 200, 'headers': {'content-type': 'text/plain'}, 'body': event['stageVariables']['colour'] + event['headers']['x-from']}\n"


def test_apply_call_plan_empty_destroy(moat, tmp_path):
    functions.deploy(moat, "tf-v2-function", ANSWER)
    arn = moat.client("lambda").get_function(FunctionName="tf-v2-function")["Configuration"]["FunctionArn"]
    (tmp_path / "main.tf").write_text(STACK)
    stack = Terraform(moat, tmp_path, function="tf-v2-function", function_arn=arn)
    stack.apply()
    api = HttpApi.of(moat, stack.output("api"))
    assert (api.call("GET", "/v1/orders/7")[2], api.call("GET", "/orders/7")[2]) == ("bluev1", "green$default")
    assert api.call("POST", "/orders")[0] == 401

    def logged():
        lines = moat.client("logs").filter_log_events(logGroupName="tf-v2-access")["events"]
        return sorted(line["message"].split(" ", 1)[1] for line in lines) == ["GET /orders/{order} 200", "POST /orders 401"]

    functions.eventually(logged)
    stack.plan_is_empty()
    stack.destroy()
    assert not [known for known in moat.client("apigatewayv2").get_apis()["Items"] if known["Name"].startswith("tf-v2-")]
    moat.client("lambda").delete_function(FunctionName="tf-v2-function")
