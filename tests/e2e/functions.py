"""Small functions for tests, deployed with boto3."""

import io
import json
import sys
import time
import zipfile

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
PYTHON = f"python3.{sys.version_info.minor}"


def package(name, text, mode=0o644):
    """A zip of one file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, text)
    return content.getvalue()


def role(moat, name):
    """A role for functions that may log and be in a VPC."""
    iam = moat.client("iam")
    try:
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        return iam.get_role(RoleName=name)["Role"]["Arn"]
    iam.attach_role_policy(
        RoleName=name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")
    return arn


def deploy(moat, name, code, runtime=PYTHON, zipped=None, **settings):
    """Creates the function, of one file unless it is given a whole zip, and waits until it is active. It has more time
    than the three seconds that functions usually have, which a busy machine may let pass."""
    functions, settings = moat.client("lambda"), {"Timeout": 30, **settings}
    provided = runtime.startswith("provided")
    name_of_file = "app.py"
    if runtime.startswith("nodejs"):
        name_of_file = "app.mjs" if "export const" in code else "app.js"
    zipped = zipped or (package("bootstrap", code, 0o755) if provided else package(name_of_file, code))
    functions.create_function(
        FunctionName=name, Runtime=runtime, Handler="app.handler", Role=role(moat, "e2e-functions"),
        Code={"ZipFile": zipped}, **settings)
    functions.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return functions


def eventually(look, patience=60):
    """What is looked for, as soon as there is some: a busy machine may take its time."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)
    return found


def log_lines(moat, function, text, count=1, patience=60):
    """The lines of the function's log with this text in them, oldest first, once there are so many. Lines are written
    after the answer, so none may be there yet when it has come; nor their group."""
    logs, found = moat.client("logs"), []

    def look():
        nonlocal found
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
            found = [event["message"] for page in pages for event in page["events"] if text in event["message"]]
        except logs.exceptions.ResourceNotFoundException:
            pass
        return len(found) >= count

    try:
        eventually(look, patience)
    except AssertionError:
        raise AssertionError((text, count, found)) from None
    return found


def invoke(moat, name, event=None, **options):
    """The answer as JSON, and the whole response."""
    response = moat.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **options)
    body = response["Payload"].read()
    return (json.loads(body) if body else None), response
