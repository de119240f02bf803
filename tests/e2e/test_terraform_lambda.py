"""Functions as Terraform makes them: versions, aliases, layers, permissions, addresses, configurations."""

import json
import time

import pytest
from functions import PYTHON, package
from terraform import Terraform

pytestmark = pytest.mark.terraform

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

resource "aws_iam_role" "functions" {
  name = "tf-lambda"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "functions" {
  role = aws_iam_role.functions.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:*", "lambda:InvokeFunction"], Resource = "*" }]
  })
}

resource "aws_lambda_layer_version" "shared" {
  layer_name          = "tf-shared"
  filename            = "layer.zip"
  source_code_hash    = filebase64sha256("layer.zip")
  compatible_runtimes = ["PYTHON"]
  description         = "what several functions share"
}

resource "aws_lambda_layer_version_permission" "shared" {
  layer_name     = aws_lambda_layer_version.shared.layer_name
  version_number = aws_lambda_layer_version.shared.version
  statement_id   = "own"
  action         = "lambda:GetLayerVersion"
  principal      = "111111111111"
}

resource "aws_lambda_function" "sink" {
  function_name = "tf-sink"
  role          = aws_iam_role.functions.arn
  runtime       = "PYTHON"
  handler       = "app.handler"
  filename      = "function.zip"
  timeout       = 30
}

resource "aws_lambda_function" "main" {
  function_name    = "tf-main"
  role             = aws_iam_role.functions.arn
  runtime          = "PYTHON"
  handler          = "app.handler"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  layers           = [aws_lambda_layer_version.shared.arn]
  publish          = true
  timeout          = 30
  tags             = { team = "blue" }
  environment {
    variables = { STAGE = var.stage }
  }
  logging_config {
    log_format            = "JSON"
    application_log_level = "WARN"
    system_log_level      = "DEBUG"
    log_group             = "/tf/lambda"
  }
  depends_on = [aws_iam_role_policy.functions]
}

variable "stage" {}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.main.function_name
  function_version = aws_lambda_function.main.version
}

resource "aws_lambda_permission" "events" {
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.main.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:us-east-1:000000000000:rule/r"
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.main.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
  invoke_mode        = "RESPONSE_STREAM"
  cors {
    allow_origins = ["https://a.example"]
    allow_methods = ["GET"]
    max_age       = 60
  }
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name                = aws_lambda_function.main.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = 60
  maximum_retry_attempts       = 0
  destination_config {
    on_failure {
      destination = aws_lambda_function.sink.arn
    }
  }
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_function.main.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 1
}

output "url" {
  value = aws_lambda_function_url.live.function_url
}
""".replace("PYTHON", PYTHON)

CODE = """import os
import shared

def handler(event, context):
    return {"shared": shared.VALUE, "stage": os.environ["STAGE"], "version": context.function_version,
            "how": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]}
"""


def answer(moat):
    response = moat.client("lambda").invoke(FunctionName="tf-main", Qualifier="live")
    return json.loads(response["Payload"].read())


def wait_until_provisioned(moat, patience=180):
    deadline = time.monotonic() + patience
    while moat.client("lambda").get_provisioned_concurrency_config(
            FunctionName="tf-main", Qualifier="live")["Status"] != "READY":
        assert time.monotonic() < deadline, "the environments do not come"
        time.sleep(0.1)


def test_functions_are_applied_planned_changed_and_destroyed(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    (tmp_path / "function.zip").write_bytes(package("app.py", CODE))
    (tmp_path / "layer.zip").write_bytes(package("python/shared.py", "VALUE = 7\n"))
    terraform = Terraform(moat, tmp_path, stage="one")
    terraform.apply()
    terraform.plan_is_empty()
    assert answer(moat) == {"shared": 7, "stage": "one", "version": "1", "how": "provisioned-concurrency"}
    assert terraform.output("url").endswith(".lambda-url.us-east-1.on.aws/")

    terraform.environment["TF_VAR_stage"] = "two"
    terraform.run("apply", "-auto-approve", "-input=false")
    # Terraform does not wait for the alias's environments of the new version; until then AWS uses others.
    wait_until_provisioned(moat)
    assert answer(moat) == {"shared": 7, "stage": "two", "version": "2", "how": "provisioned-concurrency"}

    terraform.destroy()
    left = moat.client("lambda")
    # Other files leave functions of their own in this moat.
    assert not {f["FunctionName"] for f in left.list_functions()["Functions"]} & {"tf-main", "tf-sink"}
    assert left.list_layer_versions(LayerName="tf-shared")["LayerVersions"] == []
