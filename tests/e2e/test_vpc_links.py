"""VPC links: requests to APIs that reach load balancers inside a VPC, from where and as far as its rules let them;
and servers outside behind APIs, where moat was told to go there."""

import http.server
import re
import threading
import time

import pytest
from conftest import Moat
from gateway import Api, HttpApi
from terraform import Terraform
from test_load_balancer import Place, forward

OUTSIDE = "203.0.113.20"


class Echo(http.server.BaseHTTPRequestHandler):
    """A server on the host that says what it was asked."""

    def do_GET(self):
        body = f"outside {self.headers['host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def moat():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    running = Moat(None, "--ephemeral", "--internet", "proxy",
                   "--internet-to", f"{OUTSIDE}:80=127.0.0.1:{server.server_port}")
    yield running
    running.stop()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def place(moat):
    """A VPC with two servers at 8080 that let in the load balancers' group."""
    return Place(moat)


def until(ask, seconds=120):
    """What `ask` gives, once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def rest_api(moat, name, uri, **connection):
    """A REST API whose `GET /` asks the server at `uri`."""
    api = Api.__new__(Api)
    api.moat, api.gateway = moat, moat.client("apigateway")
    made = api.gateway.create_rest_api(name=name)
    api.id = made["id"]
    where = {"restApiId": api.id, "resourceId": made["rootResourceId"], "httpMethod": "GET"}
    api.gateway.put_method(**where, authorizationType="NONE")
    api.gateway.put_integration(**where, type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri, **connection)
    api.gateway.create_deployment(restApiId=api.id, stageName="v1")
    return api


def refused(call, **given):
    with pytest.raises(call.__self__.exceptions.ClientError) as error:
        call(**given)
    return error.value.response["Error"]


def why(moat, response):
    request = response.getheader("x-amzn-requestid") or response.getheader("apigw-requestid")
    return moat.moat("why", "--request", request).stdout


def test_an_http_api_reaches_a_load_balancer_from_the_links_interfaces(moat, place):
    arn, _ = place.load_balancer("links-app")
    group = place.group("links-servers", place.servers, TargetType="instance")
    listener = place.elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward(group))["Listeners"][0]["ListenerArn"]
    place.healthy(group, 2)
    client = moat.client("apigatewayv2")
    # The client's group is the one that the load balancer lets in.
    link = client.create_vpc_link(Name="links", SubnetIds=place.subnets, SecurityGroupIds=[place.client_group])["VpcLinkId"]
    until(lambda: client.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"] == "AVAILABLE")
    own = {"Filters": [{"Name": "interface-type", "Values": ["api_gateway_managed"]}]}
    interfaces = place.ec2.describe_network_interfaces(**own)["NetworkInterfaces"]
    assert {i["SubnetId"] for i in interfaces} == set(place.subnets), interfaces
    assert all(i["RequesterManaged"] and [g["GroupId"] for g in i["Groups"]] == [place.client_group] for i in interfaces)

    id = client.create_api(Name="links", ProtocolType="HTTP")["ApiId"]
    client.create_stage(ApiId=id, StageName="$default", AutoDeploy=True)
    integration = client.create_integration(
        ApiId=id, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", IntegrationUri=listener,
        PayloadFormatVersion="1.0", ConnectionType="VPC_LINK", ConnectionId=link)["IntegrationId"]
    client.create_route(ApiId=id, RouteKey="ANY /{proxy+}", Target=f"integrations/{integration}")
    api = HttpApi.of(moat, id)
    def answered():
        status, _, body = api.call("GET", "/things/7")
        return body if status == 200 else None

    body = until(answered)
    served, path, _, seen = re.sub(r"127\.0\.0\.1, ", "", body).split()[:4]
    assert (served[:7], path) == ("server-", "/things/7"), body
    # The gateway says who asked, the load balancer adds whom it saw.
    assert " for 127.0.0.1, " in body
    assert seen in {i["PrivateIpAddress"] for i in interfaces}, body

    # The rules of the network hold for it, and moat says which did.
    place.ec2.revoke_security_group_ingress(
        GroupId=place.lb_group, IpPermissions=place.permission(place.client_group, 80))
    client.update_integration(ApiId=id, IntegrationId=integration, TimeoutInMillis=200)
    status, response, body = api.call("GET", "/things/7")
    assert (status, body) == (503, {"message": "Service Unavailable"})
    told = why(moat, response)
    assert place.lb_group in told and "authorize-security-group-ingress" in told, told
    place.let_in(place.lb_group, place.client_group, 80)
    client.update_integration(ApiId=id, IntegrationId=integration, TimeoutInMillis=30000)
    until(lambda: api.call("GET", "/things/8")[0] == 200)

    route = client.get_routes(ApiId=id)["Items"][0]["RouteId"]
    error = refused(client.delete_vpc_link, VpcLinkId=link)
    assert error["Message"] == (
        f"Cannot delete vpc link. Vpc link '{link}', is referenced in [ANY:{route}] in format of [Method:Resource].")
    client.delete_api(ApiId=id)
    client.delete_vpc_link(VpcLinkId=link)
    until(lambda: not client.get_vpc_links().get("Items"))
    until(lambda: not place.ec2.describe_network_interfaces(**own)["NetworkInterfaces"])
    place.elb.delete_load_balancer(LoadBalancerArn=arn)


def addresses(place):
    instances = place.ec2.describe_instances(InstanceIds=place.servers)["Reservations"]
    return [instance["PrivateIpAddress"] for reserved in instances for instance in reserved["Instances"]]


def test_a_rest_api_reaches_a_network_load_balancer(moat, place):
    arn, name = place.load_balancer("links-net", Type="network")
    group = place.group("links-tcp", addresses(place), TargetType="ip", Protocol="TCP")
    place.elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=forward(group))
    place.healthy(group, 2)
    client = moat.client("apigateway")
    link = client.create_vpc_link(name="links", targetArns=[arn])["id"]
    until(lambda: client.get_vpc_link(vpcLinkId=link)["status"] == "AVAILABLE")
    api = rest_api(moat, "links", f"http://{name}/inside", connectionType="VPC_LINK", connectionId=link)

    # The load balancer's groups are asked about traffic of PrivateLink, unless its owner says otherwise.
    status, response, body = api.call("GET", "/v1/")
    assert (status, body) == (504, {"message": "Network error communicating with endpoint"})
    told = why(moat, response)
    assert "links-net" in told and "--enforce-security-group-inbound-rules-on-private-link-traffic off" in told, told
    place.elb.set_security_groups(
        LoadBalancerArn=arn, SecurityGroups=[place.lb_group], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
    # Each node of the load balancer finds out by itself that its targets are well.
    def answered():
        status, _, body = api.call("GET", "/v1/")
        return body if status == 200 else None

    body = until(answered)
    assert (body[:7], "/inside" in body) == ("server-", True), body

    assert refused(place.elb.delete_load_balancer, LoadBalancerArn=arn)["Code"] == "ResourceInUse"
    assert refused(client.delete_vpc_link, vpcLinkId=link)["Message"].startswith(f"Cannot delete vpc link. Vpc link '{link}'")
    client.delete_rest_api(restApiId=api.id)
    client.delete_vpc_link(vpcLinkId=link)
    place.elb.delete_load_balancer(LoadBalancerArn=arn)


def test_servers_outside_are_asked_where_moat_may_go_there(moat):
    api = rest_api(moat, "outside", f"http://{OUTSIDE}/hello")
    assert api.call("GET", "/v1/?q=1")[::2] == (200, f"outside {OUTSIDE} /hello?q=1")
    client = moat.client("apigatewayv2")
    quick = HttpApi.of(moat, client.create_api(Name="outside", ProtocolType="HTTP", Target=f"http://{OUTSIDE}/v2")["ApiId"])
    assert quick.call("GET", "/")[::2] == (200, f"outside {OUTSIDE} /v2")
    # The host itself is not outside, whoever asks.
    for host in ("127.0.0.1", "10.0.0.1", "localhost"):
        inner = rest_api(moat, "inner", f"http://{host}:4566/")
        status, response, body = inner.call("GET", "/v1/")
        assert (status, body) == (504, {"message": "Network error communicating with endpoint"})
        assert host in why(moat, response)


STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "subnet" {}
variable "group" {}

variable "balancer" {}
variable "name" {}
variable "listener" {}

resource "aws_api_gateway_vpc_link" "rest" {
  name        = "tf-rest"
  description = "to the inside"
  target_arns = [var.balancer]
  tags        = { team = "blue" }
}

resource "aws_apigatewayv2_vpc_link" "http" {
  name               = "tf-http"
  subnet_ids         = [var.subnet]
  security_group_ids = [var.group]
  tags               = { team = "blue" }
}

resource "aws_api_gateway_rest_api" "main" {
  name = "tf-links"
}

resource "aws_api_gateway_method" "main" {
  rest_api_id   = aws_api_gateway_rest_api.main.id
  resource_id   = aws_api_gateway_rest_api.main.root_resource_id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "main" {
  rest_api_id             = aws_api_gateway_rest_api.main.id
  resource_id             = aws_api_gateway_rest_api.main.root_resource_id
  http_method             = aws_api_gateway_method.main.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "GET"
  uri                     = "http://${var.name}/"
  connection_type         = "VPC_LINK"
  connection_id           = aws_api_gateway_vpc_link.rest.id
}

resource "aws_api_gateway_deployment" "main" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  depends_on  = [aws_api_gateway_integration.main]
}

resource "aws_api_gateway_deployment" "next" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  depends_on  = [aws_api_gateway_deployment.main]
}

resource "aws_iam_role" "logs" {
  name = "tf-links-logs"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = { Service = "apigateway.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "logs" {
  role   = aws_iam_role.logs.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] })
}

resource "aws_api_gateway_account" "main" {
  cloudwatch_role_arn = aws_iam_role.logs.arn
}

resource "aws_api_gateway_stage" "main" {
  rest_api_id   = aws_api_gateway_rest_api.main.id
  deployment_id = aws_api_gateway_deployment.main.id
  stage_name    = "v1"
  variables     = { colour = "blue" }
  canary_settings {
    deployment_id            = aws_api_gateway_deployment.next.id
    percent_traffic          = 10
    stage_variable_overrides = { colour = "green" }
  }
}

resource "aws_api_gateway_method_settings" "main" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  stage_name  = aws_api_gateway_stage.main.stage_name
  method_path = "*/*"
  settings {
    logging_level      = "INFO"
    data_trace_enabled = true
  }
  depends_on = [aws_api_gateway_account.main]
}

resource "aws_apigatewayv2_api" "http" {
  name          = "tf-links"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "http" {
  api_id             = aws_apigatewayv2_api.http.id
  integration_type   = "HTTP_PROXY"
  integration_method = "ANY"
  integration_uri    = var.listener
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.http.id
}

output "api" { value = aws_api_gateway_rest_api.main.id }
"""


@pytest.mark.terraform
def test_links_canaries_and_logs_by_terraform(moat, place, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    arn, name = place.load_balancer("links-tf", Type="network")
    place.elb.set_security_groups(
        LoadBalancerArn=arn, SecurityGroups=[place.lb_group], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
    group = place.group("links-tf", addresses(place), TargetType="ip", Protocol="TCP")
    listener = place.elb.create_listener(
        LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=forward(group))["Listeners"][0]["ListenerArn"]
    place.healthy(group, 2)
    stack = Terraform(
        moat, tmp_path, subnet=place.subnets[0], group=place.lb_group, balancer=arn, name=name, listener=listener)
    stack.apply()
    stack.plan_is_empty()
    api = Api.__new__(Api)
    api.moat, api.id = moat, stack.output("api")
    until(lambda: api.call("GET", "/v1/")[0] == 200)
    group = f"API-Gateway-Execution-Logs_{api.id}/v1"
    logs = moat.client("logs")

    def written():
        groups = [g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]]
        lines = [e["message"] for g in groups for e in logs.filter_log_events(logGroupName=g)["events"]]
        return lines if any("Method completed with status: 200" in line for line in lines) else None

    assert any("HTTP Method: GET, Resource Path: /" in line for line in until(written))
    stack.destroy()
    assert not moat.client("apigateway").get_vpc_links()["items"]
    assert not moat.client("apigatewayv2").get_vpc_links()["Items"]
    place.elb.delete_load_balancer(LoadBalancerArn=arn)
