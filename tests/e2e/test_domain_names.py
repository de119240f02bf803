"""APIs called by domain names of their own: over TLS with certificates of moat's authority and with imported ones."""

import json
import ssl
import subprocess
import urllib.parse

import functions
import pytest
from gateway import Api, HttpApi
from imported_certificate import CERTIFICATE, PRIVATE_KEY

ECHO = """
import json

def handler(event, context):
    path = event.get("rawPath") or event["path"]
    return {"statusCode": 200, "headers": {"content-type": "application/json"},
            "body": json.dumps({"path": path, "domain": event["requestContext"]["domainName"],
                                "stage": event["requestContext"]["stage"]})}
"""
PARENT = "domains.e2e.example"
NAME = f"api.{PARENT}"
IMPORTED = "shop.imported.example.com"


@pytest.fixture(scope="module")
def authority(moat, tmp_path_factory):
    """What a client has to trust: the part of the authority's file that is no secret."""
    text = (moat.data_dir / "ca.pem").read_text()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_text(text[text.index("-----BEGIN CERTIFICATE-----"):])
    return str(path)


@pytest.fixture(scope="module")
def apis(moat):
    """A REST API and an HTTP API, and two domain names that lead to them."""
    functions.deploy(moat, "domain-names-echo", ECHO)
    rest = Api(moat, "domain-names-rest", "domain-names-echo")
    rest.method("GET", "/orders/{id}")
    rest.deploy("live")
    rest.permit()
    http = HttpApi(moat, "domain-names-http", "domain-names-echo")
    http.route("GET /pets/{id}")
    http.permit()
    acm, v1, v2 = moat.client("acm"), moat.client("apigateway"), moat.client("apigatewayv2")
    requested = acm.request_certificate(
        DomainName=f"*.{PARENT}", ValidationMethod="DNS", KeyAlgorithm="EC_prime256v1")["CertificateArn"]
    imported = acm.import_certificate(Certificate=CERTIFICATE, PrivateKey=PRIVATE_KEY)["CertificateArn"]
    v1.create_domain_name(
        domainName=NAME, regionalCertificateArn=requested, endpointConfiguration={"types": ["REGIONAL"]})
    v1.create_base_path_mapping(domainName=NAME, basePath="shop", restApiId=rest.id, stage="live")
    v2.create_api_mapping(DomainName=NAME, ApiMappingKey="zoo/v2", ApiId=http.id, Stage="$default")
    v2.create_domain_name(DomainName=IMPORTED, DomainNameConfigurations=[{"CertificateArn": imported}])
    v2.create_api_mapping(DomainName=IMPORTED, ApiId=http.id, Stage="$default")
    yield rest, http, requested
    for name in (NAME, IMPORTED):
        v2.delete_domain_name(DomainName=name)
    for arn in (requested, imported):
        acm.delete_certificate(CertificateArn=arn)
    v1.delete_rest_api(restApiId=rest.id)
    v2.delete_api(ApiId=http.id)
    moat.client("lambda").delete_function(FunctionName="domain-names-echo")


def curl(moat, name, path, authority):
    """Status and body, and the id of the request, of a call by a name that leads to this machine."""
    port = urllib.parse.urlsplit(moat.url).port
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--max-time", "30", "--cacert", authority, "-D", "/dev/stderr",
         "--resolve", f"{name}:{port}:127.0.0.1", "-w", "\n%{http_code}", f"https://{name}:{port}{path}"],
        capture_output=True, text=True)
    assert done.returncode == 0, done
    body, _, status = done.stdout.rpartition("\n")
    heads = dict(line.split(": ", 1) for line in done.stderr.lower().splitlines() if ": " in line)
    return int(status), json.loads(body), heads.get("x-amzn-requestid") or heads.get("apigw-requestid")


def test_a_domain_name_leads_to_its_apis_over_tls(moat, apis, authority):
    for path, stage in (("/shop/orders/7", "live"), ("/zoo/v2/pets/7", "$default")):
        status, body, _ = curl(moat, NAME, path, authority)
        assert (status, body) == (200, {"path": path, "domain": NAME, "stage": stage})


def test_an_imported_certificate_is_shown(moat, apis, tmp_path):
    trusted = tmp_path / "imported.pem"
    trusted.write_text(CERTIFICATE)
    status, body, _ = curl(moat, IMPORTED, "/pets/7", str(trusted))
    assert (status, body["path"]) == (200, "/pets/7")
    shown = ssl.get_server_certificate(("localhost", urllib.parse.urlsplit(moat.url).port))
    assert shown.strip() != CERTIFICATE.strip(), "other names have other certificates"


def test_why_a_path_leads_nowhere(moat, apis, authority):
    rest, _, _ = apis
    status, body, request = curl(moat, NAME, "/shopping", authority)
    assert (status, body) == (403, {"message": "Forbidden"})
    told = moat.moat("why", "--request", request).stdout
    assert f"the path /shopping is below no base path of the domain name {NAME}, which has /shop, /zoo/v2" in told, told
    status, body, request = curl(moat, NAME, "/shop/none", authority)
    assert (status, body) == (403, {"message": "Missing Authentication Token"})
    told = moat.moat("why", "--request", request).stdout
    assert f"the API {rest.id} (stage live), below {NAME}/shop" in told and "no method GET" in told, told


def test_by_the_host_header_and_not_by_the_name_that_is_disabled(moat, apis):
    rest, _, _ = apis
    assert rest.call("GET", "/shop/orders/7", host=NAME)[2]["stage"] == "live"
    assert rest.call("GET", "/live/orders/7")[0] == 200
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    rest.gateway.update_rest_api(restApiId=rest.id, patchOperations=patch)
    assert rest.call("GET", "/live/orders/7")[::2] == (403, {"message": "Forbidden"})
    assert rest.call("GET", "/shop/orders/7", host=NAME)[0] == 200


def test_both_interfaces_show_it_and_its_certificate_stays(moat, apis):
    _, http, requested = apis
    acm, v1, v2 = moat.client("acm"), moat.client("apigateway"), moat.client("apigatewayv2")
    arn = f"arn:aws:apigateway:us-east-1::/domainnames/{NAME}"
    assert acm.describe_certificate(CertificateArn=requested)["Certificate"]["InUseBy"] == [arn]
    with pytest.raises(acm.exceptions.ResourceInUseException):
        acm.delete_certificate(CertificateArn=requested)
    shown = v2.get_domain_name(DomainName=NAME)["DomainNameConfigurations"][0]
    assert shown["ApiGatewayDomainName"] == v1.get_domain_name(domainName=NAME)["regionalDomainName"]
    paths = {item["basePath"] for item in v1.get_base_path_mappings(domainName=NAME)["items"]}
    assert paths == {"shop", "zoo/v2"}
    with pytest.raises(v1.exceptions.ClientError) as refused:
        v1.create_domain_name(
            domainName=f"mutual.{PARENT}", regionalCertificateArn=requested,
            mutualTlsAuthentication={"truststoreUri": "s3://bucket/truststore.pem"})
    assert "mutualTlsAuthentication, whose trust store is in Amazon S3, is not implemented by moat" in str(refused.value)
