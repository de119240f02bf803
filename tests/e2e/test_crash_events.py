"""kill -9 of the whole program while asynchronous events are accepted, run and passed on: every event that was
acknowledged reaches the function or, when the function fails, the destination for failures."""

import concurrent.futures
import itertools
import json
import os
import random
import threading
import time

import botocore.exceptions
from conftest import Moat
from functions import PYTHON, package, role

ROUNDS = int(os.environ.get("MOAT_CRASH_EVENT_ROUNDS", "3"))
SEED = int(os.environ.get("MOAT_CRASH_SEED", time.time()))
WORKERS = 3
PAUSE = 0.05
# What an event did has to outlive the kill, so a function says it with a call that is durable when it is answered. It
# is signed by hand: with boto3, loading the library would be all that the test does.
CODE = '''import hashlib, hmac, http.client, json, os, ssl, time

REGION, KEY = os.environ["AWS_REGION"], os.environ["AWS_ACCESS_KEY_ID"]
HOST = f"logs.{REGION}.amazonaws.com"
TRUSTED = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def note(group, stream):
    body = json.dumps({"logGroupName": group, "logStreamName": stream})
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/{REGION}/logs/aws4_request"
    headers = {"content-type": "application/x-amz-json-1.1", "host": HOST, "x-amz-date": now,
               "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
               "x-amz-target": "Logs_20140328.CreateLogStream"}
    signed = ";".join(headers)
    lines = "".join(f"{name}:{value}\\n" for name, value in headers.items())
    request = f"POST\\n/\\n\\n{lines}\\n{signed}\\n{hashlib.sha256(body.encode()).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\\n{now}\\n{scope}\\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (now[:8], REGION, "logs", "aws4_request"):
        key = digest(key, part)
    signature = digest(key, text).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={signature}")
    connection = http.client.HTTPSConnection(HOST, timeout=40, context=TRUSTED)
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    said = answer.read().decode()
    if answer.status != 200 and "ResourceAlreadyExistsException" not in said:
        raise RuntimeError(said)


def handler(event, context):
    if event["fails"]:
        raise ValueError(event["id"])
    note("crash-events", event["id"])


def on_failure(record, context):
    assert record["responsePayload"]["errorMessage"] == record["requestPayload"]["id"], record
    note("crash-events-failed", record["requestPayload"]["id"])
'''


def test_no_acknowledged_event_is_lost():
    moat, chance, total = Moat(), random.Random(SEED), 0
    try:
        prepare(moat)
        for number in range(ROUNDS):
            accepted = accept_until_killed(moat, number, chance.randint(1, 40))
            moat.start()
            missing = wait_for(moat, number, accepted)
            assert not missing, f"seed {SEED}: {len(missing)} of {len(accepted)} were acknowledged and lost: {missing}"
            total += len(accepted)
    finally:
        moat.stop()
    print(f"{total} events in {ROUNDS} rounds, seed {SEED}")


def prepare(moat):
    functions, arn = moat.client("lambda"), role(moat, "crash-events")
    allowed = ["logs:CreateLogStream", "lambda:InvokeFunction"]
    moat.client("iam").put_role_policy(RoleName="crash-events", PolicyName="own", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}))
    for name, handler in (("crash-events", "handler"), ("crash-events-failed", "on_failure")):
        moat.client("logs").create_log_group(logGroupName=name)
        functions.create_function(
            FunctionName=name, Runtime=PYTHON, Handler=f"app.{handler}", Role=arn, Timeout=60,
            Code={"ZipFile": package("app.py", CODE)})
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    failed = functions.get_function(FunctionName="crash-events-failed")["Configuration"]["FunctionArn"]
    functions.put_function_event_invoke_config(
        FunctionName="crash-events", MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": failed}})


def accept_until_killed(moat, number, wanted):
    """Sends events from several threads, kills the program when so many were acknowledged, while further ones are on
    their way, and gives the ids of all that were."""
    enough, count = threading.Event(), itertools.count(1)

    def send(worker):
        client, accepted = moat.client("lambda"), []
        for n in range(10_000):
            event = {"id": f"{number}-{worker}-{n}", "fails": n % 5 == 3}
            try:
                answer = client.invoke(
                    FunctionName="crash-events", InvocationType="Event", Payload=json.dumps(event))
            except (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError):
                break
            assert answer["StatusCode"] == 202
            accepted.append((event["id"], event["fails"]))
            if next(count) >= wanted:
                enough.set()
            time.sleep(PAUSE)
        return accepted

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
        running = [workers.submit(send, worker) for worker in range(WORKERS)]
        assert enough.wait(120)
        moat.kill()
        return [event for sender in running for event in sender.result()]


def wait_for(moat, number, accepted):
    """Those of the accepted events that did not arrive in time."""
    missing, deadline = set(accepted), time.monotonic() + 300
    while missing and time.monotonic() < deadline:
        for group, fails in (("crash-events", False), ("crash-events-failed", True)):
            pages = moat.client("logs").get_paginator("describe_log_streams").paginate(
                logGroupName=group, logStreamNamePrefix=f"{number}-")
            missing -= {(stream["logStreamName"], fails) for page in pages for stream in page["logStreams"]}
        time.sleep(0.05)
    return missing
