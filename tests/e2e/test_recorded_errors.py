"""Errors that were recorded on AWS, provoked here: code and text must be AWS's, to the letter.

A row gives the recorded text, what its placeholders stand for, and the call that provokes it.
The last test compares the rows with the whole record, if the folder with it is there (see
`CORPORA`): every recorded error of these services is provoked by a row or falls in a category
that says why it cannot be."""

import collections
import concurrent.futures
import io
import json
import os
import pathlib
import re
import time
import types
import zipfile

import boto3
import pytest
from conftest import moat_of_its_own
from botocore.config import Config
from botocore.exceptions import ClientError

moat = moat_of_its_own()

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPORA = pathlib.Path(os.environ.get("MOAT_CORPORA", ROOT.parent / "shared/corpora"))
RECORD = CORPORA / "aws_recorded_error_messages.json"
# The record keeps this much of a text.
RECORDED_LENGTH = 300
ACCOUNT = "000000000000"
SERVICES = ("iam", "sts", "secretsmanager", "logs", "lambda")
EVERYWHERE = {
    "<partition>": "aws", "<region>": "us-east-1", "111111111111": ACCOUNT,
    "<security_group_id_1>": "sg-0123456789abcdef0", "<subnet_id_1>": "subnet-0123456789abcdef0",
    "<min_unreserved_concurrency>": "100",
}
CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
LAMBDA_TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
ROLE = f"arn:aws:iam::{ACCOUNT}:role/rec-role"


def zipped(content=b"def f(event, context): return 1", **entry):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **entry) as archive:
        archive.writestr("code.py", content)
    return buffer.getvalue()


def zeros(megabytes):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("zeros", "w", force_zip64=True) as entry:
            for _ in range(megabytes):
                entry.write(bytes(1024 * 1024))
    return buffer.getvalue()


def function(**changes):
    return {"FunctionName": "rec-new", "Runtime": "python3.13", "Handler": "code.f", "Role": ROLE,
            "Code": {"ZipFile": zipped()}, **changes}


class Row:
    """A recorded error, the values of its placeholders, and the call that provokes it. Of a text
    that goes on with the model's own words, which differ with its version, only the start counts."""

    def __init__(self, service, code, text, call, start_only=False, **names):
        self.service, self.code, self.text, self.call, self.start_only = service, code, text, call, start_only
        self.names = {f"<{name.replace('__', ':').replace('_', '-')}>": value for name, value in names.items()}

    def __str__(self):
        return f"{self.service}: {self.text[:60]}"

    def expected(self):
        text = self.text
        for placeholder, value in {**EVERYWHERE, **self.names}.items():
            text = text.replace(placeholder, value)
        return text

    def is_recorded_as(self, code, message):
        if len(message) >= RECORDED_LENGTH and not self.start_only:
            return code == self.code and self.text.startswith(message)
        return code == self.code and (message.startswith(self.text) if self.start_only else message == self.text)


def iam_rows():
    def row(code, text, call, **names):
        return Row("iam", code, text, call, **names)
    return [
        row("MalformedPolicyDocument", "This policy contains invalid Json",
            lambda c: c.iam.create_role(RoleName="rec-bad", AssumeRolePolicyDocument="{bad")),
        row("NoSuchEntity", "Policy arn:<partition>:iam::111111111111:policy/<policy-name:1>123 does not exist or is not attachable.",
            lambda c: c.iam.attach_role_policy(RoleName="rec-role", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/rec-policy123"),
            policy_name__1="rec-policy"),
        row("NoSuchEntity", "Policy arn:<partition>:iam::111111111111:policy/non-existent-policy was not found.",
            lambda c: c.iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/non-existent-policy")),
        row("NoSuchEntity", "The user with name non-existent-user cannot be found.",
            lambda c: c.iam.get_user(UserName="non-existent-user")),
        row("NoSuchEntity", "The user with name wrong-user-name cannot be found.",
            lambda c: c.iam.delete_user(UserName="wrong-user-name")),
        row("InvalidInput", "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.",
            lambda c: [c.iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com") for _ in range(2)]),
        row("ValidationError", "Invalid ARN:  Could not be parsed!",
            lambda c: c.iam.attach_role_policy(RoleName="rec-role", PolicyArn="longpolicynamebutnoarn")),
    ] + [
        row("InvalidInput", f"Custom suffix is not allowed for {service}.amazonaws.com",
            lambda c, service=service: c.iam.create_service_linked_role(
                AWSServiceName=f"{service}.amazonaws.com", CustomSuffix="suffix"))
        for service in WITHOUT_SUFFIX
    ]


WITHOUT_SUFFIX = "batch ecs elasticache elasticloadbalancing lex ops.apigateway rds".split()


def sts_rows():
    def assume(arn):
        return lambda c: c.sts.assume_role(RoleArn=arn, RoleSessionName="rec")
    arns = ("arn::b:::something/test-role", "arn:a::::something/test-role", "arn:a:::something/test-role",
            "arn:a:a::aaaaaaaaaa:", "nothing-valid-in-here")
    return [Row("sts", "ValidationError", f"{arn} is invalid", assume(arn)) for arn in arns] + [
        Row("sts", "ValidationError",
            "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
            lambda c: c.sts.assume_role(RoleArn=ROLE, RoleSessionName="Session1:2")),
    ]


def secretsmanager_rows():
    def row(code, text, call, **names):
        return Row("secretsmanager", code, text, call, **names)

    def wrong_stage(c):
        version = c.sm.describe_secret(SecretId="rec-secret")["VersionIdsToStages"]
        c.sm.get_secret_value(SecretId="rec-secret", VersionId=next(iter(version)), VersionStage="OTHER")
    return [
        row("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.",
            lambda c: c.sm.create_secret(Name="rec-deleted", SecretString="x")),
        row("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.",
            lambda c: c.sm.get_secret_value(SecretId="rec-deleted")),
        row("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.", wrong_stage),
        row("ResourceExistsException", "The operation failed because the secret <SecretId-0idx> already exists.",
            lambda c: c.sm.create_secret(Name="rec-secret", SecretString="x"), SecretId_0idx="rec-secret"),
        row("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
            lambda c: c.sm.get_secret_value(SecretId="rec-secret", VersionStage="AWSPREVIOUS")),
        row("ResourceNotFoundException", "Secrets Manager can't find the specified secret.",
            lambda c: c.sm.get_secret_value(SecretId="rec-absent")),
        row("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            lambda c: c.sm.create_secret(Name="rec secret#", SecretString="x")),
    ]


def logs_rows():
    def row(code, text, call, **names):
        return Row("logs", code, text, call, **names)

    def backwards(c):
        now = int(time.time() * 1000)
        c.logs.put_log_events(logGroupName="rec-group", logStreamName="rec-stream", logEvents=[
            {"timestamp": now, "message": "b"}, {"timestamp": now - 1000, "message": "a"}])

    def subscribe(c, destination):
        c.logs.put_subscription_filter(
            logGroupName="rec-group", filterName="rec", filterPattern="", destinationArn=destination)
    return [
        row("InvalidParameterException", "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
            lambda c: c.logs.get_log_events(logGroupName="rec-group", logStreamName="rec-stream", limit=10001)),
        row("InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.", backwards),
        row("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            lambda c: c.logs.describe_log_groups(logGroupNamePrefix="rec", logGroupNamePattern="rec")),
        row("InvalidParameterException", "The specified nextToken is invalid.",
            lambda c: c.logs.get_log_events(logGroupName="rec-group", logStreamName="rec-stream", nextToken="invalid-token")),
        row("InvalidParameterException", "1 validation error detected: Value '" + "X" * 513 + "' at 'logGroupName' failed to satisfy constraint: Member must have length less than or equal to 512",
            lambda c: c.logs.create_log_group(logGroupName="X" * 513)),
        row("ResourceAlreadyExistsException", "The specified log group already exists",
            lambda c: c.logs.create_log_group(logGroupName="rec-group")),
        row("ResourceAlreadyExistsException", "The specified log stream already exists",
            lambda c: c.logs.create_log_stream(logGroupName="rec-group", logStreamName="rec-stream")),
        row("ResourceNotFoundException", "The specified log group does not exist.",
            lambda c: c.logs.delete_log_group(logGroupName="rec-absent")),
        row("ResourceNotFoundException", "The specified log stream does not exist.",
            lambda c: c.logs.get_log_events(logGroupName="rec-group", logStreamName="rec-absent")),
        row("ResourceNotFoundException", "The specified subscription filter does not exist.",
            lambda c: c.logs.delete_subscription_filter(logGroupName="rec-group", filterName="rec-absent")),
        row("InvalidParameterException", "destinationArn for vendor kinesis cannot be used without roleArn",
            lambda c: subscribe(c, f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/rec")),
        row("AccessDeniedException", "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.",
            lambda c: subscribe(c, "arn:aws:lambda:us-east-1:222222222222:function:rec")),
        row("InvalidParameterException", "1 validation error detected: Value '" + "X" * 256 + "' at 'metricName' failed to satisfy constraint: Member must have length less than or equal to 255",
            lambda c: c.logs.describe_metric_filters(metricName="X" * 256, metricNamespace="rec")),
        row("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
            lambda c: c.logs.describe_log_streams(
                logGroupName="rec-group", logGroupIdentifier=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:rec-group")),
    ]


NOT_FOUND = "Function not found: arn:<partition>:lambda:<region>:111111111111:function:"
CONSTRAINT = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}"
IN_FORCE = "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve the latest Revision Id"
REVISION = "11111111-2222-3333-4444-555555555555"

def permission(**changes):
    return {"FunctionName": "rec-function", "StatementId": "s9", "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com", **changes}


def update_at_once(c):
    """Several updates at a time, until one meets another that goes on, which raises."""
    def update(size):
        return c.lam.update_function_configuration(FunctionName="rec-bare", MemorySize=size)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            list(pool.map(update, range(256, 320)))


def lambda_row(code, text, call, **names):
    return Row("lambda", code, text, call, **names)


def lambda_not_found_rows():
    row = lambda_row
    absent = [("<fn-name>", "fn-name"), ("<function-name:1>", "function-name:1"), ("<nonexisting-fn-name>", "nonexisting-fn-name"),
              ("<resource-name>", "resource-name")]
    known = {"fn_name": "rec-absent", "function_name__1": "rec-absent", "nonexisting_fn_name": "rec-absent",
             "resource_name": "rec-absent"}
    rows = [row("ResourceNotFoundException", NOT_FOUND + placeholder,
                lambda c: c.lam.get_function(FunctionName="rec-absent"), **known) for placeholder, _ in absent]
    for name in ("csc-test-doesnotexist", "doesnotexist"):
        rows.append(row("ResourceNotFoundException", NOT_FOUND + name,
                        lambda c, name=name: c.lam.get_function_configuration(FunctionName=name)))
    qualified = [("<fn-name>:1221", "1221"), ("<function-name:1>:10", "10"), ("<function-name:1>:aliasdoesnotexist", "aliasdoesnotexist"),
                 ("<function-name:1>:non-existent-alias", "non-existent-alias"), ("<function-name>:42", "42"),
                 ("<function-name>:valid-with-$-but-doesnotexist", "valid-with-$-but-doesnotexist")]
    here = {"fn_name": "rec-function", "function_name__1": "rec-function", "function_name": "rec-function"}
    rows += [row("ResourceNotFoundException", NOT_FOUND + text,
                 lambda c, q=q: c.lam.get_function(FunctionName="rec-function", Qualifier=q), **here) for text, q in qualified]
    for name, qualifier in (("doesnotexist", "$LATEST"), ("doesnotexist", "1"), ("some-function", "$LATEST"), ("<function-name:1>-unknown", "1")):
        call_name = name.replace("<function-name:1>", "rec-function")
        rows.append(row("ResourceNotFoundException", f"{NOT_FOUND}{name}:{qualifier}",
                        lambda c, n=call_name, q=qualifier: c.lam.get_function(FunctionName=n, Qualifier=q), **here))
    return rows + [
        row("ResourceNotFoundException", "Functions from '<wrong-region>' are not reachable in this region ('<region>')",
            lambda c: c.lam.get_function(FunctionName=f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f"), wrong_region="eu-central-1"),
        row("ResourceNotFoundException", "Functions from 'ap-southeast-1' are not reachable in this region ('<region>')",
            lambda c: c.lam.get_function(FunctionName=f"arn:aws:lambda:ap-southeast-1:{ACCOUNT}:function:f")),
        row("ResourceNotFoundException", "No policy found for: arn:<partition>:lambda:<region>:111111111111:function:doesnotexist",
            lambda c: c.lam.remove_permission(FunctionName="doesnotexist", StatementId="s1")),
        row("ResourceNotFoundException", "No policy is associated with the given resource.",
            lambda c: c.lam.remove_permission(FunctionName="rec-bare", StatementId="s1")),
        row("ResourceNotFoundException", "Statement doesnotexist is not found in resource policy.",
            lambda c: c.lam.remove_permission(FunctionName="rec-function", StatementId="doesnotexist")),
        row("ResourceNotFoundException", "Statement non-existent is not found in resource policy.",
            lambda c: c.lam.remove_permission(FunctionName="rec-function", StatementId="non-existent")),
        row("ResourceNotFoundException", "The resource you requested does not exist.",
            lambda c: c.lam.get_policy(FunctionName="rec-bare")),
    ]


def lambda_rows():
    row, invalid = lambda_row, "InvalidParameterValueException"
    retired = ("dotnetcore3.1", "go1.x", "java8", "nodejs12.x", "nodejs14.x", "provided", "python3.7", "ruby2.7")
    return lambda_not_found_rows() + lambda_validation_rows() + [
        row(invalid, f"The runtime parameter of {old} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
            lambda c, old=old: c.lam.create_function(**function(Runtime=old))) for old in retired
    ] + [
        row(invalid, "$LATEST version cannot be deleted without deleting the function.",
            lambda c: c.lam.delete_function(FunctionName="rec-function", Qualifier="$LATEST")),
        row(invalid, "Could not unzip uploaded file. Please check your file, then try to upload again.",
            lambda c: c.lam.create_function(**function(Code={"ZipFile": b"no archive"}))),
        row(invalid, "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group '<security_group_id_1>' does not exist",
            lambda c: c.lam.create_function(**function(VpcConfig={"SubnetIds": [c.subnet], "SecurityGroupIds": ["sg-0123456789abcdef0"]}))),
        row(invalid, "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '<subnet_id_1>' does not exist",
            lambda c: c.lam.create_function(**function(VpcConfig={"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}))),
        row(invalid, 'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"LARGE_VAR":"' + "x" * 4200 + '"}',
            lambda c: c.lam.create_function(**function(Environment={"Variables": {"LARGE_VAR": "x" * 4200}}))),
        row(invalid, "Number of tags exceeds resource tag limit.",
            lambda c: c.lam.tag_resource(Resource=c.arn, Tags={f"k{n}": "v" for n in range(51)})),
        row(invalid, "Please don't provide ImageUri when updating a function with packageType Zip.",
            lambda c: c.lam.update_function_code(FunctionName="rec-function", ImageUri="image")),
        row(invalid, "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [<min_unreserved_concurrency>].",
            lambda c: c.lam.put_function_concurrency(FunctionName="rec-function", ReservedConcurrentExecutions=901)),
        row(invalid, "Tags on function aliases and versions are not supported. Please specify a function ARN.",
            lambda c: c.lam.list_tags(Resource=c.arn + ":alias")),
        row(invalid, "The derived qualifier from the function name does not match the specified qualifier.",
            lambda c: c.lam.get_function(FunctionName="rec-function:1", Qualifier="2")),
        row(invalid, "The provided principal was invalid. Please check the principal and try again.",
            lambda c: c.lam.add_permission(**permission(Principal="invalid.nonaws.com"))),
        row(invalid, "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
            lambda c: c.lam.put_function_concurrency(FunctionName="rec-function:1", ReservedConcurrentExecutions=1)),
        row(invalid, "Unzipped size must be smaller than 262144000 bytes",
            lambda c: c.lam.create_function(**function(Code={"ZipFile": zeros(251)}))),
        row(invalid, "We currently do not support adding policies for $LATEST.",
            lambda c: c.lam.add_permission(**permission(Qualifier="$LATEST"))),
        row("InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3]",
            lambda c: c.lam.invoke(FunctionName="rec-function", Payload=b'"\x87"')),
        row("InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json: Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
            lambda c: c.lam.invoke(FunctionName="rec-function", Payload=b"\x99")),
        row("PreconditionFailedException", IN_FORCE.format("GetFunction/GetAlias"),
            lambda c: c.lam.update_function_configuration(FunctionName="rec-function", Timeout=4, RevisionId=REVISION)),
        row("PreconditionFailedException", IN_FORCE.format("GetPolicy"),
            lambda c: c.lam.add_permission(**permission(RevisionId=REVISION))),
        row("RequestEntityTooLargeException", "Zipped size must be smaller than 52428800 bytes",
            lambda c: c.lam.create_function(**function(Code={"ZipFile": zipped(bytes(52_428_900))}))),
        row("ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: arn:<partition>:lambda:<region>:111111111111:function:<function-name:1>",
            update_at_once,
            function_name__1="rec-bare"),
        row("ResourceConflictException", "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.",
            lambda c: c.lam.add_permission(**permission(StatementId="s1"))),
        row("ResourceConflictException", "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
            lambda c: c.lam.add_permission(**permission(StatementId="s3"))),
        row("TooManyRequestsException", "Rate Exceeded.",
            lambda c: c.lam.invoke(FunctionName="rec-throttled")),
    ]


def lambda_feature_rows():
    row, invalid, missing, conflict = lambda_row, "InvalidParameterValueException", "ResourceNotFoundException", "ResourceConflictException"
    arn = "arn:<partition>:lambda:<region>:111111111111:function:"
    layer = "arn:<partition>:lambda:<region>:111111111111:layer:"
    one, here = {"function_name__1": "rec-versions"}, f"arn:aws:lambda:us-east-1:{ACCOUNT}:"
    weights = "Member must satisfy regular expression pattern: "

    def alias(**more):
        return {"FunctionName": "rec-versions", "Name": "new", "FunctionVersion": "1", **more}

    def routed(version, **shares):
        return alias(FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": shares})

    def destination(target):
        return {"FunctionName": "rec-versions", "DestinationConfig": {"OnSuccess": {"Destination": target}}}

    def provisioned(qualifier, count=1):
        return {"FunctionName": "rec-versions", "Qualifier": qualifier, "ProvisionedConcurrentExecutions": count}

    return [
        row(invalid, "$LATEST is not supported for an alias pointing to more than 1 version",
            lambda c: c.lam.create_alias(**routed("$LATEST", **{"1": 0.5}))),
        row(invalid, "Number of items in AdditionalVersionWeights cannot be greater than 1",
            lambda c: c.lam.create_alias(**routed("1", **{"2": 0.5, "3": 0.1}))),
        row(invalid, "Invalid function version 1. Function version 1 is already included in routing configuration.",
            lambda c: c.lam.create_alias(**routed("1", **{"1": 0.5}))),
        row(conflict, f"Alias already exists: {arn}<function-name:1>:custom",
            lambda c: c.lam.create_alias(**alias(Name="custom")), **one),
        row(missing, f"Alias not found: {arn}<function-name:1>:non-existent",
            lambda c: c.lam.update_alias(FunctionName="rec-versions", Name="non-existent"), **one),
        row(missing, f"Cannot find alias arn: {arn}<function-name:1>:non-existent",
            lambda c: c.lam.get_alias(FunctionName="rec-versions", Name="non-existent"), **one),
        row("ValidationException", CONSTRAINT.format("2024", "name", weights + "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"),
            lambda c: c.lam.create_alias(**alias(Name="2024"))),
        row(missing, f"The function {arn}<function-name:1>:$LATEST doesn't have an EventInvokeConfig",
            lambda c: c.lam.get_function_event_invoke_config(FunctionName="rec-versions"), **one),
        row(missing, "The function doesn't exist.",
            lambda c: c.lam.list_function_event_invoke_configs(FunctionName="rec-absent")),
        row(invalid, "You must specify at least one of error handling or destination setting.",
            lambda c: c.lam.put_function_event_invoke_config(FunctionName="rec-versions")),
        row(invalid, "You can't specify the function as a destination for itself.",
            lambda c: c.lam.put_function_event_invoke_config(**destination(here + "function:rec-versions"))),
        row(invalid, f"The destination ARN {arn}doesnotexist is invalid.",
            lambda c: c.lam.put_function_event_invoke_config(**destination(here + "function:doesnotexist"))),
        row(invalid, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            lambda c: c.lam.put_provisioned_concurrency_config(**provisioned("$LATEST"))),
        row(invalid, "The function resource provided must be an alias or a published version.",
            lambda c: c.lam.get_provisioned_concurrency_config(FunctionName="rec-versions", Qualifier="$LATEST")),
        row("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function",
            lambda c: c.lam.get_provisioned_concurrency_config(FunctionName="rec-versions", Qualifier="1")),
        row("ValidationException", CONSTRAINT.format("0", "provisionedConcurrentExecutions", "Member must have value greater than or equal to 1"),
            lambda c: c.lam.put_provisioned_concurrency_config(**provisioned("1", 0))),
        row(invalid, "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [<min_unreserved_concurrency>].",
            lambda c: c.lam.put_provisioned_concurrency_config(**provisioned("1", 901))),
        row(missing, f"Layer version {layer}<resource:1>:2 does not exist.",
            lambda c: c.lam.get_layer_version_policy(LayerName="rec-layer", VersionNumber=2), resource__1="rec-layer"),
        row(invalid, "Layer Version Cannot be less than 1",
            lambda c: c.lam.get_layer_version(LayerName="rec-layer", VersionNumber=0)),
        row(invalid, f"Layer version {layer}doesnotexist:1 does not exist.",
            lambda c: c.lam.create_function(**function(Layers=[here + "layer:doesnotexist:1"]))),
        row(invalid, "Cannot reference more than 5 layers.",
            lambda c: c.lam.create_function(**function(Layers=[f"{here}layer:l{n}:1" for n in range(6)]))),
        row(conflict, f"Failed to create function url config for [functionArn = {arn}<resource:1>]. Error message:  FunctionUrlConfig exists for this Lambda function",
            lambda c: [c.lam.create_function_url_config(FunctionName="rec-versions", AuthType="NONE") for _ in range(2)],
            resource__1="rec-versions"),
        row(missing, "Function does not exist",
            lambda c: c.lam.create_function_url_config(FunctionName="rec-absent", AuthType="NONE")),
        row(invalid, "Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, ",
            lambda c: c.lam.create_function(**function(Runtime="non-existent-runtime")), start_only=True),
    ]


def lambda_validation_rows():
    row, pattern = lambda_row, "Member must satisfy regular expression pattern: "
    length = "Member must have length less than or equal to "
    invalid, bad = "InvalidParameterValueException", "ValidationException"
    name, long = "a" * 65, "f" * 100
    arn = "arn:<partition>:lambda:<region>:111111111111:"
    here = f"arn:aws:lambda:us-east-1:{ACCOUNT}:"
    return [
        row(invalid, CONSTRAINT.format(name, "functionName", length + "64"),
            lambda c: c.lam.create_function(**function(FunctionName=name))),
        row(bad, CONSTRAINT.format("[x86_64, arm64]", "architectures", length + "1"),
            lambda c: c.lam.create_function(**function(Architectures=["x86_64", "arm64"]))),
        row(bad, CONSTRAINT.format(arn + "function:<function-name>", "functionName", length + "140"),
            lambda c: c.lam.update_function_code(FunctionName=f"{here}function:{long}", ZipFile=zipped()), function_name=long),
        row(bad, CONSTRAINT.format("arn:<partition>:lambda:<region>:123400000000@function:myfn", "functionName", pattern),
            lambda c: c.lam.get_function(FunctionName="arn:aws:lambda:us-east-1:123400000000@function:myfn"), start_only=True),
        row(bad, CONSTRAINT.format("invalid:function:name", "functionName", pattern),
            lambda c: c.lam.get_function(FunctionName="invalid:function:name"), start_only=True),
        row(bad, CONSTRAINT.format("example.com", "statementId", pattern + "([a-zA-Z0-9-_]+)"),
            lambda c: c.lam.add_permission(**permission(StatementId="example.com"))),
        row(bad, CONSTRAINT.format("invalid", "functionVersion", "Member must satisfy enum value set: [ALL]"),
            lambda c: c.lam.list_functions(FunctionVersion="invalid")),
        row(bad, CONSTRAINT.format("invalid-qualifier-with-?-char", "qualifier", pattern + r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"),
            lambda c: c.lam.get_function(FunctionName="rec-function", Qualifier="invalid-qualifier-with-?-char")),
        row(bad, CONSTRAINT.format("invalidOption", "snapStart.applyOn", "Member must satisfy enum value set: [PublishedVersions, None]"),
            lambda c: c.lam.create_function(**function(SnapStart={"ApplyOn": "invalidOption"}))),
        row(bad, CONSTRAINT.format("r1", "role", pattern + r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
            lambda c: c.lam.create_function(**function(Role="r1"))),
        row(bad, "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
            lambda c: c.lam.untag_resource(Resource=c.arn)),
        row(bad, CONSTRAINT.format("arn:<partition>:something", "resource", pattern),
            lambda c: c.lam.list_tags(Resource="arn:aws:something"), start_only=True),
    ] + [
        row(bad, CONSTRAINT.format(arn + kind, "resource", pattern),
            lambda c, kind=kind: c.lam.list_tags(Resource=here + kind.replace("<resource-name>", "x")),
            start_only=True, resource_name="x")
        for kind in ("foobar:<resource-name>", "capacity-provider:<resource-name>:alias", "event-source-mapping:<resource-name>:alias")
    ]


ROWS = iam_rows() + sts_rows() + secretsmanager_rows() + logs_rows() + lambda_rows() + lambda_feature_rows()


# Recorded errors that no call here can provoke, by category.
UNREACHABLE = [
    ("iam", r"^Custom suffix is not allowed", "service-linked roles of services whose roles moat does not know"),
    ("iam", r"Service Specific Credentials|No such credential|serviceSpecificCredentialId|'status' failed|must remove referenced", "service-specific credentials are not served"),
    ("iam", r"Server Certificate", "server certificates are not served"),
    ("sts", r"tag keys?\b|Tag keys", "session tags are refused as not there"),
    ("secretsmanager", r"rotation|Lambda function", "rotation is not served"),
    ("logs", r"(?i)bucket|Cannot access provided", "exports and deliveries are not served"),
    ("logs", r"Delivery|outputFormat", "deliveries are not served"),
    ("logs", r"export task", "exports are not served"),
    ("logs", r"MetricTransformation\(", "AWS writes the value as its own program prints it"),
    ("logs", r"Log group '<log-group>'|^Policy with name", "queries and resource policies are not served"),
    ("logs", r"Invalid LogGroup or LogStream|^Resource limit exceeded", "the record does not say which call gave it"),
    ("lambda", r"(?i)alias|routing|EventInvokeConfig|AdditionalVersionWeights|at 'name'", "the same text with another name is provoked"),
    ("lambda", r"(?i)provisioned|Specified ConcurrentExecutions", "provoked in the service's own tests, which need other states"),
    ("lambda", r"(?i)layer|compatible(Runtime|Architecture)", "the same text with another name is provoked, or in the service's own tests"),
    ("lambda", r"(?i)code signing|CodeSHA256|PublishedVersion|at 'qualifier' failed.*\(\(\?!", "code signing is not served; publishing is provoked in the service's own tests"),
    ("lambda", r"(?i)event source|starting.?position|Stream not found|batch window|filter pattern|sourceAccess|SQS|destination|error handling", "event source mappings are not served"),
    ("lambda", r"FunctionUrlConfig|invokeMode|The function doesn't exist|Function does not exist|must be an alias|recursiveLoop|Capacity provider", "capacity providers are not served, and the order of the model's values is another"),
    ("lambda", r"S3 Error|ImageUri when updating a function with packageType Image|GetLayerPolicy", "code comes in the request alone"),
    ("lambda", r"at 'runtime' failed|architectures' failed|vpcConfig\.", "refused, in the words of the public model, which has other constraints here"),
    ("lambda", r"SMALL_VAR", "variables are kept, and measured, in the order of their names"),
    ("lambda", r"^Request must be smaller", "the package's own limit is found first"),
    ("lambda", r"^An error occurred and the request cannot|^None$", "the record does not say which call gave it"),
]


@pytest.fixture(scope="module")
def scene(moat):
    """The resources that the rows name, and a client for each service."""
    def client(service):
        return boto3.client(service, region_name="us-east-1", endpoint_url=moat.url, config=CONFIG,
                            aws_access_key_id="test", aws_secret_access_key="test")
    scene = types.SimpleNamespace(iam=client("iam"), sm=client("secretsmanager"), logs=client("logs"),
                                  lam=client("lambda"), sts=assumer(client("iam"), moat))
    scene.sm.create_secret(Name="rec-secret", SecretString="x")
    scene.sm.create_secret(Name="rec-deleted", SecretString="x")
    scene.sm.delete_secret(SecretId="rec-deleted")
    scene.logs.create_log_group(logGroupName="rec-group")
    scene.logs.create_log_stream(logGroupName="rec-group", logStreamName="rec-stream")
    functions(scene, client("ec2"))
    return scene


def assumer(iam, moat):
    """A user that may do everything, and the role of the functions, which may too."""
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    iam.create_role(RoleName="rec-role", AssumeRolePolicyDocument=LAMBDA_TRUST)
    iam.put_role_policy(RoleName="rec-role", PolicyName="p", PolicyDocument=allow)
    iam.create_user(UserName="rec-user")
    iam.put_user_policy(UserName="rec-user", PolicyName="p", PolicyDocument=allow)
    key = iam.create_access_key(UserName="rec-user")["AccessKey"]
    return boto3.client("sts", region_name="us-east-1", endpoint_url=moat.url, config=CONFIG,
                        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def functions(scene, ec2):
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    scene.subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    names = ("rec-function", "rec-bare", "rec-throttled", "rec-versions")
    for name in names:
        scene.lam.create_function(**function(FunctionName=name))
    for name in names:
        scene.lam.get_waiter("function_active_v2").wait(FunctionName=name)
    scene.lam.publish_version(FunctionName="rec-versions")
    scene.lam.create_alias(FunctionName="rec-versions", Name="custom", FunctionVersion="1")
    scene.lam.publish_layer_version(LayerName="rec-layer", Content={"ZipFile": zipped()})
    scene.arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:rec-function"
    scene.lam.put_function_concurrency(FunctionName="rec-throttled", ReservedConcurrentExecutions=0)
    for statement in ("s1", "s3"):
        scene.lam.add_permission(**permission(StatementId=statement))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_error_is_the_recorded_one(scene, row):
    with pytest.raises(ClientError) as caught:
        row.call(scene)
    error = caught.value.response["Error"]
    message = error["Message"][:len(row.expected())] if row.start_only else error["Message"]
    assert (error["Code"], message) == (row.code, row.expected())


def test_every_recorded_error_is_provoked_or_has_its_reason(capsys):
    if not RECORD.is_file():
        with capsys.disabled():
            print(f"\nno recorded errors at {RECORD}")
        return
    recorded = json.loads(RECORD.read_text())["errors"]
    entries = [(service, entry["code"], entry["message"] or "None")
               for service in SERVICES for entry in recorded[{"lambda": "lambda_"}.get(service, service)]]
    provoked = [e for e in entries if any(r.service == e[0] and r.is_recorded_as(*e[1:]) for r in ROWS)]
    reasons = {e: next((why for service, text, why in UNREACHABLE if service == e[0] and re.search(text, e[2])), None)
               for e in entries if e not in provoked}
    with capsys.disabled():
        print(f"\n{len(entries)} recorded errors: {len(provoked)} provoked, {len(reasons)} cannot be")
        for why, count in collections.Counter(reasons.values()).most_common():
            print(f"{count:5} {why}")
    assert [entry for entry, why in reasons.items() if why is None] == []
