"""Two VPCs that are peered, a program in each, and what flow logs say of their packets."""

import json
import subprocess
import time

import pytest
from conftest import BIN, moat_of_its_own

moat = moat_of_its_own()

ASK = ("import socket,sys; s=socket.create_connection((sys.argv[1],int(sys.argv[2])),timeout=float(sys.argv[3])); "
       "print(s.recv(9).decode())")
ANSWER = ("import socket; s=socket.create_server(('0.0.0.0',9300))\n"
          "while True: c,_=s.accept(); c.send(b'hello'); c.close()")


@pytest.fixture(scope="module")
def ec2(moat):
    return moat.client("ec2")


def network(ec2, second):
    """A VPC 10.SECOND.0.0/16 with one subnet; its id, its subnet and its main route table."""
    vpc = ec2.create_vpc(CidrBlock=f"10.{second}.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{second}.1.0/24")["Subnet"]["SubnetId"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    return vpc, subnet, ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]


def start(moat, subnet, group, name, program):
    words = [BIN, "run", "--detach", "--data-dir", moat.data_dir, "--subnet", subnet,
             "--security-group", group, "--name", name, "--", "python3", "-c", program]
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    ec2 = moat.client("ec2")
    by_name = [{"Name": "tag:Name", "Values": [name]}]
    found = ec2.describe_instances(Filters=by_name)["Reservations"][0]["Instances"][0]
    return found["InstanceId"], found["PrivateIpAddress"], found["NetworkInterfaces"][0]["NetworkInterfaceId"]


def asked(moat, interface, address, port, patience=1):
    words = [BIN, "exec", "--data-dir", moat.data_dir, interface, "--", "python3", "-c", ASK, address, str(port), str(patience)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else None


def writer(moat):
    """A role that flow logs may write by."""
    iam = moat.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    document = [json.dumps({"Version": "2012-10-17", "Statement": [s]}) for s in (trust, allow)]
    role = iam.create_role(RoleName="peered-flows", AssumeRolePolicyDocument=document[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName="peered-flows", PolicyName="write", PolicyDocument=document[1])
    return role


def until(what, seconds=240):
    end = time.monotonic() + seconds
    while not (result := what()) and time.monotonic() < end:
        time.sleep(0.3)
    return result


def test_a_peered_vpc_is_reached_by_group_and_recorded(moat, ec2):
    near, near_subnet, near_table = network(ec2, 231)
    far, far_subnet, far_table = network(ec2, 232)
    pcx = ec2.create_vpc_peering_connection(VpcId=near, PeerVpcId=far)["VpcPeeringConnection"]
    pcx = pcx["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=pcx)
    group = {}
    for vpc, name in [(near, "flows-client"), (far, "flows-server")]:
        group[name] = ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group["flows-server"], IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 9300, "ToPort": 9300,
        "UserIdGroupPairs": [{"GroupId": group["flows-client"]}]}])
    client, _, client_eni = start(
        moat, near_subnet, group["flows-client"], "flows-client", "import time; time.sleep(600)")
    server, address, server_eni = start(moat, far_subnet, group["flows-server"], "flows-server", ANSWER)
    try:
        logs = ec2.create_flow_logs(
            ResourceIds=[server_eni], ResourceType="NetworkInterface", TrafficType="ALL", LogGroupName="peered",
            MaxAggregationInterval=60, DeliverLogsPermissionArn=writer(moat),
            LogFormat="${interface-id} ${dstaddr} ${dstport} ${action} ${log-status} ${flow-direction}")
        assert not logs["Unsuccessful"]
        # Without routes both ways there is no way.
        assert asked(moat, client_eni, address, 9300) is None
        ec2.create_route(RouteTableId=near_table, DestinationCidrBlock="10.232.0.0/16", VpcPeeringConnectionId=pcx)
        ec2.create_route(RouteTableId=far_table, DestinationCidrBlock="10.231.0.0/16", VpcPeeringConnectionId=pcx)
        assert until(lambda: asked(moat, client_eni, address, 9300, 10)) == "hello"
        assert asked(moat, client_eni, address, 9301) is None
        reached = json.loads(moat.moat("reach", "--to", f"{server_eni}:9300", "--output", "json").stdout)
        assert [(who["interface"], who["vpc"]) for who in reached["allowed"]] == [(client_eni, near)], reached
        accepted = f"{server_eni} {address} 9300 ACCEPT OK ingress"
        rejected = f"{server_eni} {address} 9301 REJECT OK ingress"
        cloudwatch = moat.client("logs")

        def recorded():
            try:
                events = cloudwatch.filter_log_events(logGroupName="peered")["events"]
            except cloudwatch.exceptions.ResourceNotFoundException:
                return None
            lines = [event["message"] for event in events]
            return lines if accepted in lines and rejected in lines else None

        assert until(recorded), "no records of the two flows"
        stream = cloudwatch.describe_log_streams(logGroupName="peered")["logStreams"][0]["logStreamName"]
        assert stream == f"{server_eni}-all"
        # Without the connection the routes lead nowhere.
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=pcx)
        assert asked(moat, client_eni, address, 9300) is None
    finally:
        ec2.terminate_instances(InstanceIds=[client, server])
