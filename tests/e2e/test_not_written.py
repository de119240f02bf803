"""What moat does not have it says: every operation that a service has in AWS's model and moat does
not serve answers 501 and never a false success, and so do those in `not_written.txt`, which have
their place already."""

import pathlib

import boto3
import pytest
import test_sweep
from botocore.exceptions import ClientError

LINES = pathlib.Path(__file__).with_name("not_written.txt").read_text().splitlines()
BEGUN = [tuple(line.split()) for line in LINES if line and not line.startswith("#")]


def client_of(moat, service):
    """A client that sends what it is given."""
    return boto3.client(service, region_name="us-east-1", endpoint_url=moat.url, config=test_sweep.CONFIG,
                        aws_access_key_id="test", aws_secret_access_key="test")


def mistakes(answer, service, operation):
    """What is wrong with the answer of an operation that is not there."""
    error, status = answer["Error"], answer["ResponseMetadata"]["HTTPStatusCode"]
    if status != 501 or "not implemented by moat" not in error["Message"]:
        return [f"{service}:{operation}: {status} {error['Code']}: {error['Message']}"]
    return []


def ask(client, service, operation):
    try:
        test_sweep.call(client, operation)
    except ClientError as error:
        return mistakes(error.response, service, operation)
    return [f"{service}:{operation}: succeeded"]


@pytest.mark.parametrize("service", test_sweep.SERVICES)
def test_what_is_not_served_says_so(moat, service):
    client = client_of(moat, service)
    known = set(client.meta.service_model.operation_names)
    absent = sorted(known - set(test_sweep.operations(service)))
    asked = [operation for operation in absent if plain(client, operation)]
    assert len(asked) > 2, f"{service} is complete; this test has nothing to ask"
    assert not [mistake for operation in asked for mistake in ask(client, service, operation)]


def plain(client, operation):
    """Whether the client signs it, and calls it without a stream of events. The few that are not signed
    are refused as anybody's who does not sign."""
    model = client.meta.service_model.operation_model(operation)
    return not (model.auth_type == "none" or model.has_event_stream_input or model.has_event_stream_output)


def test_what_is_begun_says_so(moat):
    for service, operation in BEGUN:
        assert operation in test_sweep.operations(service), f"{service}:{operation} is not registered"
        client = client_of(moat, service)
        assert not ask(client, service, operation), "it is written: take it off not_written.txt"
