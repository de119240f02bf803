"""Certificates and domain names as Terraform makes them."""

import functions
import pytest
from gateway import HttpApi
from imported_certificate import CERTIFICATE, PRIVATE_KEY
from terraform import Terraform

pytestmark = pytest.mark.terraform

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "function_arn" {}
variable "certificate" {}
variable "private_key" {}

resource "aws_acm_certificate" "requested" {
  domain_name               = "tf.domains.e2e.example"
  subject_alternative_names = ["*.tf.domains.e2e.example"]
  validation_method         = "DNS"
  key_algorithm             = "RSA_2048"
  tags                      = { team = "blue" }
  lifecycle { create_before_destroy = true }
}

resource "aws_acm_certificate_validation" "requested" {
  certificate_arn = aws_acm_certificate.requested.arn
}

resource "aws_acm_certificate" "imported" {
  certificate_body = var.certificate
  private_key      = var.private_key
}

resource "aws_api_gateway_rest_api" "orders" {
  name = "tf-domain-names"
}

resource "aws_api_gateway_method" "get" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  resource_id   = aws_api_gateway_rest_api.orders.root_resource_id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "get" {
  rest_api_id       = aws_api_gateway_rest_api.orders.id
  resource_id       = aws_api_gateway_rest_api.orders.root_resource_id
  http_method       = aws_api_gateway_method.get.http_method
  type              = "MOCK"
  request_templates = { "application/json" = "{\\"statusCode\\": 204}" }
}

resource "aws_api_gateway_deployment" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  depends_on  = [aws_api_gateway_integration.get]
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  deployment_id = aws_api_gateway_deployment.orders.id
  stage_name    = "live"
}

resource "aws_api_gateway_domain_name" "orders" {
  domain_name              = "orders.tf.domains.e2e.example"
  regional_certificate_arn = aws_acm_certificate_validation.requested.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "orders" {
  api_id      = aws_api_gateway_rest_api.orders.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  domain_name = aws_api_gateway_domain_name.orders.domain_name
  base_path   = "orders"
}

resource "aws_apigatewayv2_api" "pets" {
  name          = "tf-domain-names"
  protocol_type = "HTTP"
  target        = var.function_arn
}

resource "aws_apigatewayv2_domain_name" "pets" {
  domain_name = "tf.imported.example.com"
  domain_name_configuration {
    certificate_arn = aws_acm_certificate.imported.arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
  tags = { team = "blue" }
}

resource "aws_apigatewayv2_api_mapping" "pets" {
  api_id          = aws_apigatewayv2_api.pets.id
  domain_name     = aws_apigatewayv2_domain_name.pets.id
  stage           = "$default"
  api_mapping_key = "zoo/pets"
}

output "api" { value = aws_apigatewayv2_api.pets.id }
output "target" { value = aws_apigatewayv2_domain_name.pets.domain_name_configuration[0].target_domain_name }
"""
ANSWER = "def handler(event, context):\n    return {'statusCode': 200, 'headers': {'content-type': 'text/plain'}, 'body': event['rawPath']}\n"


def test_apply_call_plan_empty_destroy(moat, tmp_path):
    functions.deploy(moat, "tf-domain-names", ANSWER)
    arn = moat.client("lambda").get_function(FunctionName="tf-domain-names")["Configuration"]["FunctionArn"]
    (tmp_path / "main.tf").write_text(STACK)
    stack = Terraform(moat, tmp_path, function_arn=arn, certificate=CERTIFICATE, private_key=PRIVATE_KEY)
    stack.apply()
    api = HttpApi.of(moat, stack.output("api"))
    moat.client("lambda").add_permission(
        FunctionName="tf-domain-names", StatementId="api", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com")
    assert api.call("GET", "/zoo/pets/7", host="tf.imported.example.com")[::2] == (200, "/zoo/pets/7")
    assert api.call("GET", "/orders", host="orders.tf.domains.e2e.example")[0] == 500
    assert stack.output("target").startswith("d-")
    stack.plan_is_empty()
    stack.destroy()
    assert not moat.client("apigatewayv2").get_domain_names()["Items"] or all(
        ".tf." not in item["DomainName"] for item in moat.client("apigatewayv2").get_domain_names()["Items"])
    moat.client("lambda").delete_function(FunctionName="tf-domain-names")
