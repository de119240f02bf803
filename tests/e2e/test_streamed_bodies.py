"""Bodies that the SDK sends in chunks. S3 itself is not there: what passes the door is told so."""

import io

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

DATA = bytes(range(256)) * 500


def put(moat, change=None, **parameters):
    """Uploads over TLS, where the SDK puts a checksum behind the body; the error, and the headers sent."""
    client = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=moat.url.replace("http://127.0.0.1", "https://localhost"),
        verify=str(moat.data_dir / "ca.pem"), aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}))
    sent = {}

    def before_send(request, **_):
        sent.update({name.lower(): value for name, value in request.headers.items()})
        if change:
            body = request.body.read()
            request.body = io.BytesIO(change(body))

    client.meta.events.register("before-send.s3.PutObject", before_send)
    with pytest.raises(ClientError) as refused:
        client.put_object(Bucket="b", Key="k", Body=io.BytesIO(DATA), **parameters)
    return refused.value.response["Error"], {
        name: value.decode() if isinstance(value, bytes) else value for name, value in sent.items()}


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_behind_the_body_is_verified(moat, algorithm):
    error, sent = put(moat, ChecksumAlgorithm=algorithm)
    assert sent["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    assert sent["x-amz-trailer"] == f"x-amz-checksum-{algorithm.lower()}"
    assert error == {"Code": "NotImplemented", "Message": "s3 is not implemented by moat"}

    def one_byte(body):
        at = len(body) // 2
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]

    error, _ = put(moat, change=one_byte, ChecksumAlgorithm=algorithm)
    assert (error["Code"], error["Message"]) == (
        "BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
