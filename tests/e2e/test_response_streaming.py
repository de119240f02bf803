"""Answers that a client reads while the function writes them, and what a function's own calls say of it."""

import base64
import http.client
import json
import shutil
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError
from functions import PYTHON, deploy, eventually, invoke, package, role

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
# Between the two writes of a function whose first one is to be seen alone, in milliseconds.
PAUSE = 2000
CODE = """
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const what = event.queryStringParameters ?? event;
  if (what.do === 'large') {
    const part = Buffer.alloc(1 << 20, 'x');
    for (let n = 0; n < what.count; n += 1) if (!stream.write(part)) await new Promise((go) => stream.once('drain', go));
    return stream.end();
  }
  if (what.do === 'early') throw new RangeError('nothing yet');
  if (what.status) {
    stream = awslambda.HttpResponseStream.from(stream, {
      statusCode: Number(what.status), headers: { 'X-Own': context.functionName, 'Content-Type': 'text/plain' },
      cookies: ['a=b'] });
  }
  stream.write('one');
  await pause(Number(what.pause ?? 0));
  if (what.do === 'late') throw new RangeError('half way');
  stream.write({ at: Date.now() });
  stream.end();
});
"""


@pytest.fixture(scope="module")
def streaming(moat):
    return deploy(moat, "streaming", CODE, runtime="nodejs20.x", MemorySize=512, Timeout=20)


def apart(pieces):
    """When the first of the two writes came, and when the second was written, both in seconds."""
    (first, one), *others = pieces
    text = (one + b"".join(piece for _, piece in others)).decode()
    assert text.startswith("one{"), text
    return first if one == b"one" else None, json.loads(text.removeprefix("one"))["at"] / 1000


def came_alone(times):
    """Whether the first write had come before there was a second."""
    first, second = times
    return first is not None and first < second


def events(functions, name="streaming", event=None, **options):
    answer = functions.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event or {}), **options)
    seen = [(time.time(), event) for event in answer["EventStream"]]
    return answer, seen


@needs_node
def test_chunks_come_as_they_are_written(streaming):
    events(streaming)

    def first_comes_alone():
        answer, seen = events(streaming, event={"pause": PAUSE}, LogType="Tail")
        assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
        assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
        *chunks, (_, complete) = seen
        assert set(complete["InvokeComplete"]) == {"LogResult"}
        assert "REPORT RequestId" in base64.b64decode(complete["InvokeComplete"]["LogResult"]).decode()
        return came_alone(apart((at, chunk["PayloadChunk"]["Payload"]) for at, chunk in chunks))

    # Who reads may be held up on a busy machine, and moat may not.
    eventually(first_comes_alone)


@needs_node
def test_failures_are_told_at_the_end(moat, streaming):
    for do, before in (("early", []), ("late", [{"PayloadChunk": {"Payload": b"one"}}])):
        _, seen = events(streaming, event={"do": do})
        *chunks, end = [event for _, event in seen]
        assert chunks == before, do
        assert end["InvokeComplete"]["ErrorCode"] == "Unhandled"
        details = json.loads(end["InvokeComplete"]["ErrorDetails"])
        assert details["errorType"] == "RangeError" and details["trace"], details
    with pytest.raises(ClientError) as refused:
        streaming.invoke_with_response_stream(FunctionName="streaming-absent")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    dry = streaming.invoke_with_response_stream(FunctionName="streaming", InvocationType="DryRun")
    assert dry["StatusCode"] == 204


@needs_node
def test_a_stream_may_be_larger_than_an_answer(moat, streaming):
    _, seen = events(streaming, event={"do": "large", "count": 16})
    assert sum(len(event["PayloadChunk"]["Payload"]) for _, event in seen[:-1]) == 16 << 20
    assert seen[-1][1] == {"InvokeComplete": {}}
    # Who does not read it as it comes gets the whole, which has a limit.
    answer, response = invoke(moat, "streaming", {"do": "large", "count": 16})
    assert response["FunctionError"] == "Unhandled" and answer["errorType"] == "Function.ResponseSizeTooLarge"


@needs_node
def test_a_stream_has_a_limit_too(streaming):
    answer = streaming.invoke_with_response_stream(
        FunctionName="streaming", Payload=json.dumps({"do": "large", "count": 201}))
    received, end = 0, None
    for event in answer["EventStream"]:
        received += len(event.get("PayloadChunk", {}).get("Payload", b""))
        end = event.get("InvokeComplete", end)
    assert received <= 200 << 20 and end["ErrorCode"] == "Unhandled"
    assert json.loads(end["ErrorDetails"])["errorType"] == "Function.ResponseSizeTooLarge"
    _, seen = events(streaming)
    assert seen[-1][1] == {"InvokeComplete": {}}, "the next caller is not harmed"


def test_a_function_that_does_not_stream_answers_in_one_chunk(moat):
    functions = deploy(moat, "streaming-whole", "def handler(event, context):\n    return {'got': event}\n")
    _, seen = events(functions, "streaming-whole", {"a": 1})
    assert [event for _, event in seen] == [
        {"PayloadChunk": {"Payload": b'{"got": {"a": 1}}'}}, {"InvokeComplete": {}}]


@needs_node
def test_an_address_sends_what_the_function_writes(moat, streaming):
    url = streaming.create_function_url_config(
        FunctionName="streaming", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    assert url["InvokeMode"] == "RESPONSE_STREAM"
    for action, condition in (("InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
                              ("InvokeFunction", {"InvokedViaFunctionUrl": True})):
        streaming.add_permission(FunctionName="streaming", StatementId=action, Principal="*",
                                 Action=f"lambda:{action}", **condition)

    def first_comes_alone():
        status, headers, pieces = read(moat, url["FunctionUrl"], f"/?status=201&pause={PAUSE}")
        assert (status, headers["x-own"], headers["set-cookie"]) == (201, "streaming", "a=b")
        assert headers["content-type"] == "text/plain" and headers["transfer-encoding"] == "chunked"
        return came_alone(apart(pieces))

    eventually(first_comes_alone)
    status, headers, pieces = read(moat, url["FunctionUrl"], "/?do=late")
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert b"".join(piece for _, piece in pieces) == b"one"
    assert read(moat, url["FunctionUrl"], "/?do=early")[0] == 502
    # With the other mode the client waits for the whole, which then has to say its status in JSON.
    streaming.update_function_url_config(FunctionName="streaming", InvokeMode="BUFFERED")
    assert read(moat, url["FunctionUrl"], "/?status=201")[0] == 502


def read(moat, url, path):
    """Status, headers, and the pieces of the body with the time each came."""
    place = urllib.parse.urlsplit(moat.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.request("GET", path, headers={"Host": urllib.parse.urlsplit(url).hostname})
    answer = connection.getresponse()
    pieces = []
    while piece := answer.read1(65536):
        pieces.append((time.time(), piece))
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, pieces


ASKS = """import boto3
def handler(event, context):
    try:
        return boto3.client("lambda").get_function(FunctionName="streaming-known")["Configuration"]["FunctionName"]
    except Exception as error:
        return error.response["Error"]["Code"]
"""


def test_a_function_s_calls_say_which_function_it_is(moat):
    iam, arn = moat.client("iam"), role(moat, "streaming-source")
    iam.put_role_policy(RoleName="streaming-source", PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "lambda:GetFunction", "Resource": "*", "Condition": {"ArnEquals": {
                "lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:streaming-known"}}}]}))
    answers = {}
    functions = moat.client("lambda")
    for name in ("streaming-known", "streaming-other"):
        functions.create_function(
            FunctionName=name, Runtime=PYTHON, Handler="app.handler", Role=arn, Timeout=20, MemorySize=512,
            Code={"ZipFile": package("app.py", ASKS)})
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        answers[name] = invoke(moat, name)[0]
    assert answers == {"streaming-known": "streaming-known", "streaming-other": "AccessDeniedException"}
