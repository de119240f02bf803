"""Load balancers inside a VPC: requests that reach instances, addresses and functions, rules and health that
decide, and security groups that hold between client, node and target."""

import subprocess
import time

import functions
import pytest
from botocore.exceptions import ClientError
from conftest import BIN, moat_of_its_own
from terraform import Terraform

pytestmark = pytest.mark.lengthy
moat = moat_of_its_own()

SERVER = """
import http.server, sys
class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{sys.argv[1]} {self.path} for {self.headers['x-forwarded-for']} by {self.headers['x-forwarded-proto']}".encode()
        self.send_response(200 if self.path != "/sick" else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("", 8080), Server).serve_forever()
"""
BEHIND = '''
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "function " + event["path"]}
'''


class Place:
    """A VPC with a subnet in each of two zones, a server in each, a client, and a group for each part."""

    def __init__(self, moat):
        self.moat, self.ec2, self.elb = moat, moat.client("ec2"), moat.client("elbv2")
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.40.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
            ["Subnet"]["SubnetId"] for n, zone in ((1, "a"), (2, "b"))]
        self.client_group, self.lb_group, self.server_group = (
            ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("client", "lb", "server"))
        self.let_in(self.lb_group, self.client_group, 80)
        self.let_in(self.lb_group, self.client_group, 443)
        self.let_in(self.server_group, self.lb_group, 8080)
        self.servers = [self.run(f"server-{n}", self.subnets[n], self.server_group, "python3", "-c", SERVER, f"server-{n}")
                        for n in (0, 1)]
        self.client = self.run("client", self.subnets[0], self.client_group, "sleep", "infinity")

    def let_in(self, group, source, port):
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=self.permission(source, port))

    @staticmethod
    def permission(source, port):
        return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": source}]}]

    def run(self, name, subnet, group, *command):
        done = self.program(
            "run", "--detach", "--name", name, "--subnet", subnet, "--security-group", group, "--", *command)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[0]

    def program(self, verb, *words):
        return subprocess.run(
            [BIN, verb, "--data-dir", self.moat.data_dir, *words], capture_output=True, text=True, timeout=120)

    def group(self, name, targets, **settings):
        settings = {"Protocol": "HTTP", "Port": 8080, "VpcId": self.vpc, "HealthCheckIntervalSeconds": 5,
                    "HealthCheckTimeoutSeconds": 2, **settings}
        made = self.elb.create_target_group(Name=name, **settings)["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=made, Targets=[{"Id": target} for target in targets])
        return made

    def load_balancer(self, name, **settings):
        settings = {"SecurityGroups": [self.lb_group], **settings}
        made = self.elb.create_load_balancer(Name=name, Scheme="internal", Subnets=self.subnets, **settings)
        made = made["LoadBalancers"][0]
        self.elb.get_waiter("load_balancer_available").wait(
            Names=[name], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return made["LoadBalancerArn"], made["DNSName"]

    def healthy(self, group, count):
        deadline = time.monotonic() + 120
        while True:
            found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
            states = [one["TargetHealth"]["State"] for one in found]
            if states.count("healthy") == count:
                return
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def ask(self, url, *options, seconds=20):
        """The client asks: what curl got, with the status after it."""
        done = self.program("exec", "client", "--", "curl", "-sS", "--max-time", str(seconds), "-w", "\n%{http_code}",
                            *options, url)
        return done.stdout if done.returncode == 0 else f"curl {done.returncode}"


@pytest.fixture(scope="module")
def place(moat):
    return Place(moat)


def forward(group):
    return [{"Type": "forward", "TargetGroupArn": group}]


def test_requests_reach_healthy_instances_by_name_and_the_rules_of_the_network_hold(place):
    arn, name = place.load_balancer("e2e-internal")
    group = place.group("e2e-servers", place.servers, TargetType="instance")
    listener = place.elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward(group))["Listeners"][0]["ListenerArn"]
    place.healthy(group, 2)

    def both_answer():
        """All requests are answered, and by both: a busy machine may fail to answer a check in time now and then."""
        answers = [place.ask(f"http://{name}/x") for _ in range(4)]
        assert all(answer.endswith("\n200") and " /x for 10.40.1." in answer for answer in answers), answers
        return {answer.split()[0] for answer in answers} == {"server-0", "server-1"}

    until(both_answer)

    # Who is not in the client's group does not reach the load balancer, nor the client a server.
    place.ec2.revoke_security_group_ingress(
        GroupId=place.lb_group, IpPermissions=place.permission(place.client_group, 80))
    assert place.ask(f"http://{name}/x", seconds=1) == "curl 28"
    place.let_in(place.lb_group, place.client_group, 80)
    assert place.ask(f"http://{name}/x").endswith("\n200")
    address = place.ec2.describe_instances(InstanceIds=place.servers[:1])["Reservations"][0]["Instances"][0]["PrivateIpAddress"]
    assert place.ask(f"http://{address}:8080/", seconds=1) == "curl 28"

    # A function behind the same listener, on a path of its own, and an answer by the load balancer itself.
    functions.deploy(place.moat, "e2e-behind", BEHIND)
    function = place.moat.client("lambda").get_function(FunctionName="e2e-behind")["Configuration"]["FunctionArn"]
    lambdas = place.elb.create_target_group(Name="e2e-lambda", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    place.elb.register_targets(TargetGroupArn=lambdas, Targets=[{"Id": function}])
    place.elb.create_rule(
        ListenerArn=listener, Priority=1, Conditions=[{"Field": "path-pattern", "Values": ["/function/*"]}],
        Actions=forward(lambdas))
    place.elb.create_rule(
        ListenerArn=listener, Priority=2, Conditions=[{"Field": "http-header", "HttpHeaderConfig": {
            "HttpHeaderName": "x-tea", "Values": ["*"]}}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418", "MessageBody": "tea"}}])
    until(lambda: place.ask(f"http://{name}/", "-H", "x-tea: 1") == "tea\n418")
    assert place.ask(f"http://{name}/function/a").endswith("\n502"), "the function's policy lets nobody in yet"
    place.moat.client("lambda").add_permission(
        FunctionName="e2e-behind", StatementId="elb", Action="lambda:InvokeFunction",
        Principal="elasticloadbalancing.amazonaws.com", SourceArn=lambdas)
    assert place.ask(f"http://{name}/function/a") == "function /function/a\n200"

    # A sick server gets nothing, and is told to be sick with the reason.
    place.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": place.servers[1]}])
    until(lambda: {place.ask(f"http://{name}/").split()[0] for _ in range(4)} == {"server-0"})
    place.elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/sick")
    deadline = time.monotonic() + 60
    while True:
        health = place.elb.describe_target_health(
            TargetGroupArn=group, Targets=[{"Id": place.servers[0]}])["TargetHealthDescriptions"][0]["TargetHealth"]
        if health["State"] == "unhealthy":
            break
        assert time.monotonic() < deadline, health
        time.sleep(0.1)
    assert health["Description"] == "Health checks failed with these codes: [500]"

    interfaces = place.ec2.describe_network_interfaces(
        Filters=[{"Name": "requester-id", "Values": ["amazon-elb"]}])["NetworkInterfaces"]
    assert len(interfaces) == 2 and all(i["Description"].startswith("ELB app/e2e-internal/") for i in interfaces)
    place.elb.delete_load_balancer(LoadBalancerArn=arn)
    until(lambda: not place.ec2.describe_network_interfaces(
        Filters=[{"Name": "requester-id", "Values": ["amazon-elb"]}])["NetworkInterfaces"])


def test_a_network_load_balancer_carries_connections(place):
    arn, name = place.load_balancer("e2e-tcp", Type="network")
    addresses = [
        i["PrivateIpAddress"] for r in place.ec2.describe_instances(InstanceIds=place.servers)["Reservations"]
        for i in r["Instances"]]
    group = place.group("e2e-addresses", addresses, TargetType="ip", Protocol="TCP")
    place.elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=forward(group))
    place.healthy(group, 2)
    # A target is healthy when the first node says so; the other finds it out by itself.
    until(lambda: place.ask(f"http://{name}/over-tcp").endswith("\n200"))
    assert "/over-tcp for None" in place.ask(f"http://{name}/over-tcp")
    place.elb.delete_load_balancer(LoadBalancerArn=arn)


    # One without security groups asks nobody; the target's group says who may come.
    arn, name = place.load_balancer("e2e-open", Type="network", SecurityGroups=[])
    group = place.group("e2e-open-addresses", addresses[:1], TargetType="ip", Protocol="TCP")
    place.elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=8000, DefaultActions=forward(group))
    assert place.ask(f"http://{name}:8000/", seconds=1).startswith("curl ")
    place.ec2.authorize_security_group_ingress(GroupId=place.server_group, IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": "10.40.0.0/16"}]}])
    place.healthy(group, 1)
    until(lambda: place.ask(f"http://{name}:8000/").endswith("\n200"))
    place.elb.delete_load_balancer(LoadBalancerArn=arn)


def test_clients_speak_tls_with_the_certificate_of_the_name_that_they_ask_for(place):
    acm = place.moat.client("acm")
    shop, other = (acm.request_certificate(DomainName=name, ValidationMethod="DNS")["CertificateArn"]
                   for name in ("shop.example", "other.example"))
    arn, name = place.load_balancer("e2e-https")
    group = place.group("e2e-https", place.servers[:1], TargetType="instance")
    listener = place.elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTPS", Port=443, DefaultActions=forward(group),
        Certificates=[{"CertificateArn": shop}])["Listeners"][0]
    assert listener["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    place.healthy(group, 1)

    def secure(host):
        return place.ask(f"https://{host}/x", "--connect-to", f"::{name}:443")

    until(lambda: secure("shop.example").endswith(" by https\n200"))
    assert secure("other.example") == "curl 60", "the default certificate is for another name"
    place.elb.add_listener_certificates(ListenerArn=listener["ListenerArn"], Certificates=[{"CertificateArn": other}])
    until(lambda: secure("other.example").endswith(" by https\n200"))
    assert arn in acm.describe_certificate(CertificateArn=other)["Certificate"]["InUseBy"]
    with pytest.raises(ClientError) as refused:
        acm.delete_certificate(CertificateArn=shop)
    assert refused.value.response["Error"]["Code"] == "ResourceInUseException"
    place.elb.delete_load_balancer(LoadBalancerArn=arn)
    until(lambda: not acm.describe_certificate(CertificateArn=shop)["Certificate"]["InUseBy"])
    for certificate in (shop, other):
        acm.delete_certificate(CertificateArn=certificate)


def until(holds, seconds=120):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


STACK = """
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

resource "aws_vpc" "main" {
  cidr_block = "10.41.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  for_each          = { a = "10.41.1.0/24", b = "10.41.2.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "us-east-1${each.key}"
}

resource "aws_security_group" "lb" {
  name   = "tf-lb"
  vpc_id = aws_vpc.main.id
}

resource "aws_lb" "main" {
  name               = "tf-main"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.lb.id]
  subnets            = [for subnet in aws_subnet.main : subnet.id]
  idle_timeout       = var.idle
  tags               = { team = "blue" }
  depends_on         = [aws_internet_gateway.main]
}

variable "idle" {}

resource "aws_lb" "tcp" {
  name               = "tf-tcp"
  internal           = true
  load_balancer_type = "network"
  security_groups    = [aws_security_group.lb.id]
  subnets            = [for subnet in aws_subnet.main : subnet.id]
}

resource "aws_lb_target_group" "web" {
  name        = "tf-web"
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
  health_check {
    path    = "/health"
    matcher = "200-299"
  }
  slow_start = 30
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 60
  }
}

resource "aws_lb_target_group" "tcp" {
  name        = "tf-tcp"
  port        = 8080
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_target_group_attachment" "web" {
  target_group_arn = aws_lb_target_group.web.arn
  target_id        = "10.41.1.10"
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_acm_certificate" "main" {
  for_each          = toset(["a.example", "b.example"])
  domain_name       = each.value
  validation_method = "DNS"
}

resource "aws_lb_listener" "secure" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate.main["a.example"].arn
  routing_http_response_strict_transport_security_header_value = "max-age=60"
  default_action {
    type = "forward"
    forward {
      target_group {
        arn = aws_lb_target_group.web.arn
      }
      stickiness {
        enabled  = true
        duration = 60
      }
    }
  }
}

resource "aws_lb_listener_certificate" "secure" {
  listener_arn    = aws_lb_listener.secure.arn
  certificate_arn = aws_acm_certificate.main["b.example"].arn
}

resource "aws_lb" "open" {
  name               = "tf-open"
  load_balancer_type = "network"
  subnet_mapping {
    subnet_id     = aws_subnet.main["a"].id
    allocation_id = aws_eip.open.id
  }
  depends_on = [aws_internet_gateway.main]
}

resource "aws_eip" "open" {
  domain = "vpc"
}

resource "aws_lb_listener" "open" {
  load_balancer_arn        = aws_lb.open.arn
  port                     = 443
  protocol                 = "TLS"
  certificate_arn          = aws_acm_certificate.main["a.example"].arn
  ssl_policy               = "ELBSecurityPolicy-TLS13-1-3-2021-06"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tls.arn
  }
}

resource "aws_lb_target_group" "tls" {
  name              = "tf-tls"
  port              = 8443
  protocol          = "TLS"
  target_type       = "ip"
  vpc_id            = aws_vpc.main.id
  proxy_protocol_v2 = true
}

resource "aws_lb_listener" "tcp" {
  load_balancer_arn = aws_lb.tcp.arn
  port              = 5432
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}

resource "aws_lb_listener_rule" "moved" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 10
  action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
  condition {
    path_pattern { values = ["/old/*"] }
  }
  condition {
    host_header { values = ["*.example.com"] }
  }
}

resource "aws_lb_listener_rule" "fixed" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 20
  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "no"
      status_code  = "403"
    }
  }
  condition {
    source_ip { values = ["192.0.2.0/24"] }
  }
  condition {
    query_string {
      key   = "a"
      value = "b"
    }
  }
}
"""


@pytest.mark.terraform
def test_a_stack_of_load_balancers_is_applied_planned_changed_and_destroyed(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    terraform = Terraform(moat, tmp_path, idle="30")
    terraform.apply()
    terraform.plan_is_empty()
    terraform.environment["TF_VAR_idle"] = "90"
    terraform.run("apply", "-auto-approve", "-input=false")
    elb = moat.client("elbv2")
    arn = elb.describe_load_balancers(Names=["tf-main"])["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
    assert attributes["idle_timeout.timeout_seconds"] == "90"
    terraform.destroy()
    assert not {"tf-main", "tf-open", "tf-tcp"} & {lb["LoadBalancerName"] for lb in elb.describe_load_balancers()["LoadBalancers"]}
