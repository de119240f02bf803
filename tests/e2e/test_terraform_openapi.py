"""APIs that Terraform makes of OpenAPI documents (`body`): applied, changed, planned empty, destroyed."""

import functions
import pytest
from gateway import Api, HttpApi
from terraform import Terraform

pytestmark = pytest.mark.terraform

STACK = r"""
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "function_arn" {}
variable "path" {}

locals {
  uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${var.function_arn}/invocations"
}

resource "aws_api_gateway_rest_api" "pets" {
  name        = "tf-openapi"
  description = "by its document"
  endpoint_configuration { types = ["REGIONAL"] }
  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "tf-openapi", version = "1.0" }
    paths = { (var.path) = { get = {
      responses = {}
      x-amazon-apigateway-integration = { type = "AWS_PROXY", httpMethod = "POST", uri = local.uri }
    } } }
  })
}

resource "aws_api_gateway_deployment" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  triggers    = { body = sha1(aws_api_gateway_rest_api.pets.body) }
  lifecycle { create_before_destroy = true }
}

resource "aws_api_gateway_stage" "pets" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  deployment_id = aws_api_gateway_deployment.pets.id
  stage_name    = "v1"
}

resource "aws_apigatewayv2_api" "pets" {
  name          = "tf-openapi-http"
  protocol_type = "HTTP"
  version       = "1.0"
  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "tf-openapi-http", version = "1.0" }
    paths = { (var.path) = { get = {
      responses = {}
      x-amazon-apigateway-integration = {
        type = "AWS_PROXY", httpMethod = "POST", uri = local.uri, payloadFormatVersion = "2.0"
      }
    } } }
  })
}

resource "aws_apigatewayv2_stage" "pets" {
  api_id      = aws_apigatewayv2_api.pets.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "apis" {
  function_name = var.function_arn
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
}

output "rest" { value = aws_api_gateway_rest_api.pets.id }
output "http" { value = aws_apigatewayv2_api.pets.id }
"""
ANSWER = """
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "pets"}
"""


def test_terraform_makes_apis_of_documents(moat, tmp_path):
    functions.deploy(moat, "tf-openapi-function", ANSWER)
    arn = moat.client("lambda").get_function(FunctionName="tf-openapi-function")["Configuration"]["FunctionArn"]
    (tmp_path / "main.tf").write_text(STACK)
    for path in ("/pets", "/animals"):
        stack = Terraform(moat, tmp_path, function_arn=arn, path=path)
        stack.apply()
        rest, http = Api.__new__(Api), HttpApi.of(moat, stack.output("http"))
        rest.moat, rest.id = moat, stack.output("rest")
        other = "/animals" if path == "/pets" else "/pets"
        assert (rest.call("GET", f"/v1{path}")[2], rest.call("GET", f"/v1{other}")[0]) == ("pets", 403)
        assert (http.call("GET", path)[2], http.call("GET", other)[0]) == ("pets", 404)
        stack.plan_is_empty()
    stack.destroy()
    left = [known["name"] for known in moat.client("apigateway").get_rest_apis(limit=500)["items"]]
    assert "tf-openapi" not in left
    moat.client("lambda").delete_function(FunctionName="tf-openapi-function")
