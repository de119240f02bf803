"""What instances reach, and by which of their interfaces: further interfaces, public addresses, gateway endpoints,
the metadata service, and the outside where moat was told to carry connections there."""

import contextlib
import json
import socket
import struct
import subprocess
import threading
import time

import pytest
from conftest import BIN, Moat
from functions import deploy, invoke

IMAGE = "ami-00000000000000a7a"
OUTSIDE = "203.0.113.10"
# A flow log's window is a minute long, and what it has is delivered after its end.
WINDOW = 240
SERVE = """#!/usr/bin/python3
import socket
s = socket.create_server(("0.0.0.0", 8080))
while True:
    c, _ = s.accept()
    c.send(b"hello")
    c.close()
"""
ASK = ("import socket,sys; s=socket.create_connection((sys.argv[1],int(sys.argv[2])),timeout=float(sys.argv[3])); "
       "print(s.getsockname()[0], s.recv(9).decode())")
LINKS = ("import fcntl,socket,struct; s=socket.socket(); "
         "print(*[n+'='+fcntl.ioctl(s.fileno(),0x8927,struct.pack('256s',n.encode()))[18:24].hex(':') "
         "for _,n in socket.if_nameindex() if n.startswith('eth')])")
# The kernel drops what arrives with fewer hops to live than these (IP_MINTTL).
TOKEN = """
import socket, sys
s = socket.create_connection(("169.254.169.254", 80), timeout=30)
s.setsockopt(socket.IPPROTO_IP, 21, int(sys.argv[1]))
s.send(b"PUT /latest/api/token HTTP/1.1\\r\\nHost: x\\r\\nX-aws-ec2-metadata-token-ttl-seconds: 60\\r\\n"
       b"Connection: close\\r\\n\\r\\n")
s.settimeout(float(sys.argv[2]))
try:
    print(s.recv(12).decode())
except TimeoutError:
    print("nothing")
"""


def names(questions):
    """A name server for two names of the outside, one of which leads to the host itself."""
    known = {b"\x07outside\x07example\x00": OUTSIDE, b"\x04evil\x07example\x00": "127.0.0.1"}
    while True:
        try:
            query, peer = questions.recvfrom(512)
        except OSError:
            return
        question = query[12:]
        found = next((address for name, address in known.items() if question.startswith(name)), None)
        end = question.index(b"\x00") + 5
        head = query[:2] + struct.pack(">HHHHH", 0x8180 if found else 0x8183, 1, bool(found), 0, 0)
        answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(found) if found else b""
        questions.sendto(head + question[:end] + answer, peer)


def greet(listener):
    while True:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.send(b"outside")
            connection.close()
            continue
        return


@pytest.fixture(scope="module")
def moat():
    questions = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    questions.bind(("127.0.0.1", 0))
    listener = socket.create_server(("127.0.0.1", 0))
    for serve, at in [(names, questions), (greet, listener)]:
        threading.Thread(target=serve, args=(at,), daemon=True).start()
    port = listener.getsockname()[1]
    running = Moat(None, "--ephemeral", "--internet", "proxy",
                   "--internet-dns", f"127.0.0.1:{questions.getsockname()[1]}",
                   "--internet-to", f"{OUTSIDE}:443=127.0.0.1:{port}")
    yield running
    running.stop()
    questions.close()
    listener.close()


class Network:
    """A VPC with a subnet that has a way to the internet, and one that has none."""

    def __init__(self, moat):
        self.moat, self.ec2 = moat, moat.client("ec2")
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
        subnet = lambda cidr: ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
        self.public, self.private = subnet("10.70.1.0/24"), subnet("10.70.2.0/24")
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.outward, self.inward = [
            ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
        ec2.associate_route_table(RouteTableId=self.outward, SubnetId=self.public)
        ec2.associate_route_table(RouteTableId=self.inward, SubnetId=self.private)
        ec2.create_route(RouteTableId=self.outward, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        self.open = self.group("open", [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080,
                                         "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
        self.closed = self.group("closed", [])

    def group(self, name, rules):
        made = self.ec2.create_security_group(VpcId=self.vpc, GroupName=name, Description=name)["GroupId"]
        if rules:
            self.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=rules)
        return made

    def launch(self, subnet, group, data=SERVE, **more):
        interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], **more}
        made = self.ec2.run_instances(
            ImageId=IMAGE, InstanceType="t3.small", MinCount=1, MaxCount=1, UserData=data,
            NetworkInterfaces=[interface])["Instances"][0]["InstanceId"]
        self.until(made, "running")
        return made

    def until(self, instance, state):
        end = time.monotonic() + 120
        while self.shown(instance)["State"]["Name"] != state:
            assert time.monotonic() < end, f"{instance} is not {state}"
            time.sleep(0.05)

    def shown(self, instance):
        return self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]

    def interface(self, subnet, group):
        made = self.ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
        return made["NetworkInterfaceId"], made["PrivateIpAddress"]

    def run(self, at, program, *words):
        """What a program beside an instance says, or nothing when it fails."""
        done = subprocess.run(
            [BIN, "exec", "--data-dir", self.moat.data_dir, at, "--", "/usr/bin/python3", "-c", program, *words],
            capture_output=True, text=True, timeout=120)
        return done.stdout.strip() if done.returncode == 0 else None

    def asks(self, at, address, port=8080):
        """What it gets, which a busy machine may take its time for."""
        return self.run(at, ASK, address, str(port), "30")

    def gets_nothing(self, at, address, port=8080):
        return self.run(at, ASK, address, str(port), "0.7") is None


@pytest.fixture(scope="module")
def network(moat):
    return Network(moat)


def eventually(asked, patience=60):
    end = time.monotonic() + patience
    while not (answer := asked()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


@pytest.fixture(scope="module")
def pair(network):
    """A machine that serves in the public subnet, and one in the private subnet that asks."""
    server = network.launch(network.public, network.open, AssociatePublicIpAddress=True)
    client = network.launch(network.private, network.closed, data="#!/bin/sh\n")
    address = network.shown(server)["PrivateIpAddress"]
    assert eventually(lambda: network.asks(client, address))
    return server, client


@pytest.fixture(scope="module", autouse=True)
def flow_log(moat, network, pair):
    """One of the server's interface by a role that may not write it; its windows close while others are tested."""
    trust = {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = moat.client("iam").create_role(RoleName="instance-flows", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    interface = network.shown(pair[0])["NetworkInterfaces"][0]["NetworkInterfaceId"]
    made = network.ec2.create_flow_logs(
        ResourceIds=[interface], ResourceType="NetworkInterface", TrafficType="ALL", LogGroupName="instances",
        MaxAggregationInterval=60, DeliverLogsPermissionArn=role, LogFormat="${instance-id} ${dstport} ${action}")
    return made["FlowLogIds"]


def test_a_second_interface_comes_and_goes_with_its_address_and_groups(moat, network, pair):
    ec2, (server, client) = network.ec2, pair
    interface, address = network.interface(network.private, network.open)
    place = {"InstanceId": server, "NetworkInterfaceId": interface, "DeviceIndex": 1}
    attachment = ec2.attach_network_interface(**place)["AttachmentId"]
    assert network.asks(client, address).endswith("hello")
    # The machine sees it, with the hardware address that the API tells.
    shown = network.shown(server)["NetworkInterfaces"]
    macs = {f"eth{i['Attachment']['DeviceIndex']}={i['MacAddress']}" for i in shown}
    assert set(network.run(server, LINKS).split()) == macs and len(macs) == 2
    with pytest.raises(ec2.exceptions.ClientError, match="InvalidNetworkInterface.InUse"):
        ec2.attach_network_interface(**place)
    # A secondary address is one more; other groups act on this interface alone.
    more = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    more = more["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    assert network.asks(client, more).endswith("hello")
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[network.closed])
    assert network.gets_nothing(client, address)
    assert network.asks(client, network.shown(server)["PrivateIpAddress"]).endswith("hello")
    ec2.detach_network_interface(AttachmentId=attachment)
    assert len(network.run(server, LINKS).split()) == 1
    ec2.delete_network_interface(NetworkInterfaceId=interface)


def test_interfaces_of_stopped_instances_and_of_launches(network, pair):
    ec2, (_, client) = network.ec2, pair
    own, address = network.interface(network.private, network.open)
    made = ec2.run_instances(
        ImageId=IMAGE, InstanceType="t3.small", MinCount=1, MaxCount=1, UserData=SERVE,
        NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": own},
                           {"DeviceIndex": 1, "SubnetId": network.public, "Groups": [network.closed]}])
    instance = made["Instances"][0]["InstanceId"]
    network.until(instance, "running")
    assert eventually(lambda: network.asks(client, address))
    # Its processes end with a reboot, and its disk and its addresses stay.
    ec2.reboot_instances(InstanceIds=[instance])
    assert eventually(lambda: network.gets_nothing(client, address))
    assert network.shown(instance)["State"]["Name"] == "running"
    # Silence came first, and the machine is there again only after it.
    links = lambda: len((network.run(instance, LINKS) or "").split())
    assert eventually(lambda: links() == 2)
    ec2.stop_instances(InstanceIds=[instance], Force=True)
    network.until(instance, "stopped")
    third, _ = network.interface(network.private, network.closed)
    ec2.attach_network_interface(InstanceId=instance, NetworkInterfaceId=third, DeviceIndex=2)
    ec2.start_instances(InstanceIds=[instance])
    network.until(instance, "running")
    assert eventually(lambda: links() == 3)
    ec2.terminate_instances(InstanceIds=[instance])
    network.until(instance, "terminated")

    def left():
        found = ec2.describe_network_interfaces(NetworkInterfaceIds=[own, third])["NetworkInterfaces"]
        return [i["Status"] for i in found] == ["available", "available"]

    assert eventually(left)
    for interface in (own, third):
        ec2.delete_network_interface(NetworkInterfaceId=interface)


def test_a_public_address_is_reached_from_the_internet(network, pair):
    ec2, (server, _) = network.ec2, pair
    other = network.launch(network.public, network.closed, data="#!/bin/sh\n", AssociatePublicIpAddress=True)
    given = network.shown(server)["PublicIpAddress"]
    assert network.asks(other, given).endswith("hello")
    elastic = ec2.allocate_address(Domain="vpc")
    association = ec2.associate_address(InstanceId=server, AllocationId=elastic["AllocationId"])["AssociationId"]
    assert network.shown(server)["PublicIpAddress"] == elastic["PublicIp"]
    assert network.asks(other, elastic["PublicIp"]).endswith("hello")
    assert network.gets_nothing(other, given), "it has one public address at a time"
    ec2.disassociate_address(AssociationId=association)
    ec2.release_address(AllocationId=elastic["AllocationId"])
    ec2.terminate_instances(InstanceIds=[other])


def test_tokens_go_no_further_than_the_hop_limit(network, pair):
    server, _ = pair
    assert network.run(server, TOKEN, "2", "30") == "HTTP/1.1 200"
    assert network.run(server, TOKEN, "3", "1") == "nothing"
    network.ec2.modify_instance_metadata_options(InstanceId=server, HttpPutResponseHopLimit=3)
    assert network.run(server, TOKEN, "3", "30") == "HTTP/1.1 200"


def test_the_outside_is_reached_where_rules_allow_it(moat, network, pair):
    server, client = pair
    assert network.asks(server, OUTSIDE, 443).endswith("outside")
    assert network.asks(server, "outside.example", 443).endswith("outside")
    assert network.gets_nothing(client, OUTSIDE, 443), "its subnet has no way out"
    # Nothing of the host, by address or by a name that leads there.
    for address in ("evil.example", "203.0.113.11", "192.168.0.1"):
        assert network.gets_nothing(server, address, 443), address
    code = ("import socket\n"
            "def handler(event, context):\n"
            "    try:\n"
            "        return socket.create_connection((event, 443), timeout=15).recv(9).decode()\n"
            "    except OSError as error:\n"
            "        return type(error).__name__\n")
    functions = deploy(moat, "reaches-out", code, Timeout=20)
    assert invoke(moat, "reaches-out", "outside.example")[0] == "outside"
    assert invoke(moat, "reaches-out", "evil.example")[0] == "gaierror"
    functions.delete_function(FunctionName="reaches-out")


STORES = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
def handler(event, context):
    config = Config(connect_timeout=event["patience"], read_timeout=20, retries={"total_max_attempts": 1})
    client = boto3.client(event["service"], config=config)
    try:
        getattr(client, event["operation"])(**event["input"])
    except ClientError as error:
        return error.response["Error"]["Code"] + " " + error.response["Error"]["Message"]
    except Exception as error:
        return type(error).__name__
"""


def test_a_gateway_endpoint_leads_to_s3_and_its_policy_decides(moat, network):
    ec2, iam = network.ec2, moat.client("iam")
    functions = deploy(
        moat, "stores", STORES, Timeout=45, MemorySize=512,
        VpcConfig={"SubnetIds": [network.private], "SecurityGroupIds": [network.closed]})

    def s3(operation, patience=20, **input):
        event = {"service": "s3", "operation": operation, "input": input, "patience": patience}
        return invoke(moat, "stores", event)[0]

    get = lambda patience=20: s3("get_object", patience, Bucket="kept", Key="a/b")
    assert get(0.5) == "ConnectTimeoutError", "there is no way"
    made = ec2.create_vpc_endpoint(
        VpcId=network.vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[network.inward])["VpcEndpoint"]
    endpoint = made["VpcEndpointId"]
    table = ec2.describe_route_tables(RouteTableIds=[network.inward])["RouteTables"][0]
    assert [r["DestinationPrefixListId"] for r in table["Routes"] if r.get("GatewayId") == endpoint] == ["pl-63a5400a"]
    assert get().startswith("AccessDenied"), "the role may not"
    allow = {"Effect": "Allow", "Action": ["s3:*", "dynamodb:*"], "Resource": "*",
             "Condition": {"StringEquals": {"aws:SourceVpce": endpoint, "aws:SourceVpc": network.vpc}}}
    iam.put_role_policy(RoleName="e2e-functions", PolicyName="stores",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    assert get() == "NotImplemented s3 is not implemented by moat"
    assert s3("put_object", Bucket="kept", Key="a", Body="text").startswith("NotImplemented")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::kept"}]}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=json.dumps(policy))
    denied = get()
    assert denied.startswith("AccessDenied") and "VPC endpoint policy" in denied, denied
    assert s3("list_objects_v2", Bucket="kept").startswith("NotImplemented")
    assert s3("list_objects_v2", Bucket="other").startswith("AccessDenied")
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, ResetPolicy=True)
    assert get().startswith("NotImplemented")
    # Only the service that it is for, and only by the tables that have its route.
    tables = {"service": "dynamodb", "operation": "list_tables", "input": {}, "patience": 0.5}
    assert invoke(moat, "stores", tables)[0] == "ConnectTimeoutError"
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[network.inward])
    assert get(0.5) == "ConnectTimeoutError"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    functions.delete_function(FunctionName="stores")


def test_a_flow_log_says_what_its_deliveries_met(moat, network, pair, flow_log):
    ec2, (server, client) = network.ec2, pair
    address = network.shown(server)["PrivateIpAddress"]

    def status():
        network.asks(client, address)
        shown = ec2.describe_flow_logs(FlowLogIds=flow_log)["FlowLogs"][0]
        return shown["DeliverLogsStatus"], shown.get("DeliverLogsErrorMessage")

    assert eventually(lambda: status() == ("FAILED", "Access error"), WINDOW)
    allow = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    moat.client("iam").put_role_policy(RoleName="instance-flows", PolicyName="write",
                                       PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    assert eventually(lambda: status() == ("SUCCESS", None), WINDOW)
    events = moat.client("logs").filter_log_events(logGroupName="instances")["events"]
    assert f"{server} 8080 ACCEPT" in {event["message"] for event in events}
    ec2.delete_flow_logs(FlowLogIds=flow_log)
