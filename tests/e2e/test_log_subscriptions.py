"""Log groups' subscription filters invoke functions; filters as Terraform manages them."""

import json
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from functions import PYTHON, deploy, eventually, package
from terraform import Terraform

SUBSCRIBER = """import base64, gzip, json

def handler(event, context):
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    print("DELIVERED", json.dumps(data))
"""


def test_matching_events_reach_a_function_that_lets_logs_invoke_it(moat):
    logs, functions = moat.client("logs"), deploy(moat, "subs-sink", SUBSCRIBER)
    deploy(moat, "subs-source", 'def handler(event, context):\n    print(event["level"], "happened")\n')
    logs.create_log_group(logGroupName="/aws/lambda/subs-source")
    arn = functions.get_function(FunctionName="subs-sink")["Configuration"]["FunctionArn"]
    subscribe = {"logGroupName": "/aws/lambda/subs-source", "filterName": "errors", "filterPattern": "ERROR",
                 "destinationArn": arn}
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        logs.put_subscription_filter(**subscribe)
    functions.add_permission(
        FunctionName="subs-sink", StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com",
        SourceArn="arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/subs-source:*")
    logs.put_subscription_filter(**subscribe)
    for level in ("INFO", "ERROR"):
        functions.invoke(FunctionName="subs-source", Payload=json.dumps({"level": level}))

    def delivered():
        try:
            events = logs.filter_log_events(logGroupName="/aws/lambda/subs-sink", filterPattern="DELIVERED")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(event["message"].split(" ", 1)[1]) for event in events]

    [data] = eventually(delivered)
    assert (data["messageType"], data["logGroup"], data["subscriptionFilters"]) == (
        "DATA_MESSAGE", "/aws/lambda/subs-source", ["errors"])
    assert [event["message"] for event in data["logEvents"]] == ["ERROR happened\n"]
    stored = logs.filter_log_events(logGroupName="/aws/lambda/subs-source", filterPattern="ERROR")["events"]
    assert [event["eventId"] for event in stored] == [event["id"] for event in data["logEvents"]]
    logs.delete_log_group(logGroupName="/aws/lambda/subs-source")
    for name in ("subs-sink", "subs-source"):
        functions.delete_function(FunctionName=name)


def test_live_tail_shows_what_is_written(moat):
    logs = boto3.client(
        "logs", region_name="us-east-1", endpoint_url=moat.url, aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(inject_host_prefix=False))
    logs.create_log_group(logGroupName="subs-live")
    logs.create_log_stream(logGroupName="subs-live", logStreamName="s")
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:subs-live"
    events = iter(logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="{ $.n > 1 }")["responseStream"])
    assert next(events)["sessionStart"]["logGroupIdentifiers"] == [arn]
    messages = [json.dumps({"n": n}) for n in (1, 2)]
    logs.put_log_events(logGroupName="subs-live", logStreamName="s", logEvents=[
        {"timestamp": int(time.time() * 1000), "message": message} for message in messages])
    # Every second there is an update, and nothing in it when nothing was written.
    told = next(update for event in events if (update := event["sessionUpdate"])["sessionResults"])
    assert [event["message"] for event in told["sessionResults"]] == messages[1:] and not told["sessionMetadata"]["sampled"]
    logs.delete_log_group(logGroupName="subs-live")


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

resource "aws_cloudwatch_log_group" "app" {
  name              = "tf-logs-app"
  retention_in_days = 7
  tags              = { team = "blue" }
}

resource "aws_cloudwatch_log_group" "archive" {
  name            = "tf-logs-archive"
  log_group_class = "INFREQUENT_ACCESS"
}

resource "aws_cloudwatch_log_stream" "app" {
  name           = "one"
  log_group_name = aws_cloudwatch_log_group.app.name
}

resource "aws_iam_role" "sink" {
  name = "tf-logs-sink"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "sink" {
  function_name = "tf-logs-sink"
  role          = aws_iam_role.sink.arn
  runtime       = "PYTHON"
  handler       = "app.handler"
  filename      = "function.zip"
  timeout       = 30
}

resource "aws_lambda_permission" "logs" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.sink.function_name
  principal     = "logs.us-east-1.amazonaws.com"
  source_arn    = "${aws_cloudwatch_log_group.app.arn}:*"
}

resource "aws_cloudwatch_log_subscription_filter" "errors" {
  name            = "errors"
  log_group_name  = aws_cloudwatch_log_group.app.name
  filter_pattern  = "{ $.level = \\"ERROR\\" }"
  destination_arn = aws_lambda_function.sink.arn
  depends_on      = [aws_lambda_permission.logs]
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.app.name
  pattern        = "[level = ERROR, ...]"
  metric_transformation {
    name          = "Errors"
    namespace     = "App"
    value         = "1"
    default_value = "0"
  }
}
""".replace("PYTHON", PYTHON)


@pytest.mark.terraform
def test_log_groups_and_filters_are_applied_planned_and_destroyed(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    (tmp_path / "function.zip").write_bytes(package("app.py", SUBSCRIBER))
    terraform = Terraform(moat, tmp_path)
    terraform.apply()
    terraform.plan_is_empty()
    logs = moat.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix="tf-logs-")["logGroups"]
    assert [(g["logGroupClass"], g["metricFilterCount"]) for g in groups] == [("STANDARD", 1), ("INFREQUENT_ACCESS", 0)]
    terraform.destroy()
    assert logs.describe_log_groups(logGroupNamePrefix="tf-logs-")["logGroups"] == []
