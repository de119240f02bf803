"""Roles for the bearers of tokens: an issuer of the test's own, and moat asking it for its keys."""

import base64
import http.server
import json
import socket
import threading
import time

import boto3
import pytest
import rsa
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from functions import eventually

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web-identity"
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"

# Two primes of a key that is for tests only: making one takes Python seconds.
P = int(
    "b8e396df3c02a82304c4dd3ddc130d3e7aadf0afc72282a177d408bf8d791783b0a01b630d4daeb87d9b61e636710bc6d623"
    "187c1089f86b533dce1c1506961e0008e31603326b088da0572e63502425c4f47045be7c1fa11303da0228797dde3ad0ec2c"
    "9fb01c2ff45b97e106c46b52a396ac81a0275c35b56d348634d45e84f6885a0e2b5bb2c3", 16)
Q = int(
    "ed787e6e9400af3b424c7616b995b5866e06e8db56379e9b7957dc1641fb47a018486397a701023c9fd0f2fe335579d098b2"
    "db8df447092c3f300f0b24a265ea34e67337f6c0459d79164bd0e1925ef22800574eb491a47cf208b9f1f16ed173d7676624"
    "5af17002107e3f15d2687f48833e47f4f4699fbf", 16)


def encode(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer(http.server.ThreadingHTTPServer):
    """An OpenID Connect issuer: its configuration, its keys, and tokens signed with RS256."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Pages)
        self.name = f"127.0.0.1:{self.server_port}/realm"
        self.url = f"http://{self.name}"
        self.key = rsa.PrivateKey(P * Q, 65537, pow(65537, -1, (P - 1) * (Q - 1)), P, Q)
        keys = {"keys": [{"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig",
                          "n": number(self.key.n), "e": number(self.key.e)}]}
        self.pages = {
            "/realm/.well-known/openid-configuration": {
                "issuer": self.url, "jwks_uri": f"http://127.0.0.1:{self.server_port}/keys"},
            "/keys": keys,
        }
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def token(self, **claims):
        now = int(time.time())
        claims = {"iss": self.url, "aud": "app", "sub": "repo:ann/app", "iat": now, "exp": now + 300, **claims}
        signed = f"{encode({'alg': 'RS256', 'kid': 'k'})}.{encode(claims)}"
        return f"{signed}.{encode(rsa.sign(signed.encode(), self.key, 'SHA-256'))}"

    def close(self):
        self.shutdown()
        self.server_close()


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        page = self.server.pages.get(self.path)
        body = json.dumps(page).encode()
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def issuer(moat):
    issuer = Issuer()
    iam = moat.client("iam")
    provider = iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["app"])["OpenIDConnectProviderArn"]
    assert provider == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.name}"
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer.name}:aud": "app"},
                      "StringLike": {f"{issuer.name}:sub": "repo:ann/*"}}}]}
    iam.create_role(RoleName="web-identity", AssumeRolePolicyDocument=json.dumps(trust))
    # What the token says goes on to be known of the session.
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "iam:GetRole", "Resource": ROLE,
        "Condition": {"StringEquals": {"aws:FederatedProvider": provider, f"{issuer.name}:sub": "repo:ann/app"}}}]}
    iam.put_role_policy(RoleName="web-identity", PolicyName="look", PolicyDocument=json.dumps(policy))

    def is_known():
        """moat waits five seconds for the keys, and keeps them then."""
        try:
            return assume(moat, issuer.token())
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("IDPCommunicationError", "InvalidIdentityToken"):
                raise

    eventually(is_known)
    yield issuer
    iam.delete_role_policy(RoleName="web-identity", PolicyName="look")
    iam.delete_role(RoleName="web-identity")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
    issuer.close()


def unsigned(moat):
    return boto3.client("sts", region_name="us-east-1", endpoint_url=moat.url,
                        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))


def assume(moat, token, **others):
    return unsigned(moat).assume_role_with_web_identity(
        **{"RoleArn": ROLE, "RoleSessionName": "web", "WebIdentityToken": token, **others})


def refusal(moat, token, **others):
    with pytest.raises(ClientError) as refused:
        assume(moat, token, **others)
    error = refused.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def test_a_token_gets_a_session_of_the_role(moat, issuer):
    answer = assume(moat, issuer.token(), DurationSeconds=900)
    assert answer["SubjectFromWebIdentityToken"] == "repo:ann/app" and answer["Audience"] == "app"
    assert answer["Provider"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.name}"
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web-identity/web"

    def client(credentials, service):
        return moat.client(service, key=credentials["AccessKeyId"], secret=credentials["SecretAccessKey"],
                           token=credentials["SessionToken"])

    held = answer["Credentials"]
    assert client(held, "sts").get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert client(held, "iam").get_role(RoleName="web-identity")["Role"]["RoleLastUsed"]
    other = assume(moat, issuer.token(sub="repo:ann/other"))["Credentials"]
    with pytest.raises(ClientError, match="not authorized to perform: iam:GetRole"):
        client(other, "iam").get_role(RoleName="web-identity")
    nothing = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "*", "Resource": "*"}})
    narrowed = assume(moat, issuer.token(), Policy=nothing)["Credentials"]
    with pytest.raises(ClientError, match="explicit deny in a session policy"):
        client(narrowed, "iam").get_role(RoleName="web-identity")


def test_boto3_takes_the_token_from_a_file(moat, issuer, monkeypatch, tmp_path):
    (tmp_path / "token").write_text(issuer.token())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "from-a-file")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moat.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    session = boto3.Session(region_name="us-east-1")
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/web-identity/from-a-file"


def test_the_command_line_takes_a_token(moat, issuer):
    answer = moat.aws("sts", "assume-role-with-web-identity", "--role-arn", ROLE, "--role-session-name", "cli",
                      "--web-identity-token", issuer.token())
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":cli")


def test_the_record_tells_who_came(moat, issuer):
    request = assume(moat, issuer.token(), RoleSessionName="recorded")["ResponseMetadata"]["RequestId"]
    trail = moat.client("cloudtrail")
    named = [{"AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity"}]

    def found():
        events = [json.loads(event["CloudTrailEvent"])
                  for event in trail.lookup_events(LookupAttributes=named)["Events"]]
        return [event for event in events if event["requestID"] == request]

    event, provider = eventually(found)[0], f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.name}"
    assert event["userIdentity"] == {
        "type": "WebIdentityUser", "principalId": f"{provider}:app:repo:ann/app", "userName": "repo:ann/app",
        "identityProvider": provider}
    assert "ey" not in event["requestParameters"].get("webIdentityToken", "")


def test_tokens_that_are_not_good(moat, issuer):
    now = int(time.time())
    assert refusal(moat, issuer.token(sub="repo:bob/app")) == (403, "AccessDenied", NOT_AUTHORIZED)
    assert refusal(moat, issuer.token(), RoleArn=f"arn:aws:iam::{ACCOUNT}:role/no-such-role") == (
        403, "AccessDenied", NOT_AUTHORIZED)
    assert refusal(moat, issuer.token(aud="other")) == (400, "InvalidIdentityToken", "Incorrect token audience")
    status, code, text = refusal(moat, issuer.token(exp=now - 60))
    assert (status, code) == (400, "ExpiredTokenException") and text.startswith("Token expired: current date/time")
    status, code, text = refusal(moat, issuer.token(iss="https://issuer.example.com"))
    assert (status, code, text) == (400, "InvalidIdentityToken",
                                    "No OpenIDConnect provider found in your account for https://issuer.example.com")
    head, _, signature = issuer.token().rpartition(".")
    forged = f"{head.split('.')[0]}.{issuer.token(sub='repo:ann/admin').split('.')[1]}.{signature}"
    assert refusal(moat, forged)[:2] == (400, "InvalidIdentityToken")
    none = f"{encode({'alg': 'none'})}.{head.split('.')[1]}."
    assert refusal(moat, none)[:2] == (400, "InvalidIdentityToken")
    assert refusal(moat, "not-a-token")[:2] == (400, "InvalidIdentityToken")


def test_an_issuer_that_is_gone(moat):
    gone = Issuer()
    provider = moat.client("iam").create_open_id_connect_provider(Url=gone.url, ClientIDList=["app"])
    gone.close()
    # Nobody else gets its port meanwhile.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", gone.server_port))
        assert refusal(moat, gone.token())[:2] == (400, "IDPCommunicationError")
    moat.client("iam").delete_open_id_connect_provider(
        OpenIDConnectProviderArn=provider["OpenIDConnectProviderArn"])


def test_nothing_else_passes_unsigned(moat):
    client = unsigned(moat)
    for call in (client.get_caller_identity, client.get_session_token):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "MissingAuthenticationToken"
    with pytest.raises(ClientError) as refused:
        client.assume_role_with_saml(RoleArn=ROLE, PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/x",
                                     SAMLAssertion="PHNhbWw+")
    assert refused.value.response["Error"]["Message"] == "sts:AssumeRoleWithSAML is not implemented by moat"
