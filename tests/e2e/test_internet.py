"""A function that moves into a VPC loses the internet, and gets it back behind a NAT gateway."""

import json

from conftest import moat_of_its_own
from functions import deploy, invoke

moat = moat_of_its_own()

ASK = """
import boto3
from botocore.config import Config
def handler(event, context):
    config = Config(connect_timeout=event["patience"], read_timeout=20, retries={"total_max_attempts": 1})
    try:
        return boto3.client("sts", config=config).get_caller_identity()["Arn"]
    except Exception as error:
        return type(error).__name__
"""
ARN = "arn:aws:sts::000000000000:assumed-role/e2e-functions/"


def move(functions, name, subnets, groups):
    functions.update_function_configuration(
        FunctionName=name, VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": groups})
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def test_in_and_out_of_a_vpc(moat):
    functions = deploy(moat, "asks", ASK, Timeout=45, MemorySize=512)
    arn, nothing = ({"patience": patience} for patience in (20, 1))
    assert invoke(moat, "asks", arn)[0].startswith(ARN), "outside a VPC there is the internet"

    ec2 = moat.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnet = lambda cidr: ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
    private, public = subnet("10.60.1.0/24"), subnet("10.60.2.0/24")
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    move(functions, "asks", [private], [group])
    assert invoke(moat, "asks", nothing)[0] == "ConnectTimeoutError", "inside there is none"
    explained = json.loads(moat.moat("why", "function:asks", "198.18.0.16:443", "--output", "json").stdout)
    assert explained["layer"] == "route" and explained["agrees"], explained

    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = lambda: ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    outward, inward = table(), table()
    ec2.associate_route_table(RouteTableId=outward, SubnetId=public)
    ec2.associate_route_table(RouteTableId=inward, SubnetId=private)
    ec2.create_route(RouteTableId=outward, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1})
    assert invoke(moat, "asks", nothing)[0] == "ConnectTimeoutError", "a NAT gateway without a route is of no use"
    ec2.create_route(RouteTableId=inward, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    assert invoke(moat, "asks", arn)[0].startswith(ARN), "and with one there is the internet again"
    outside = json.loads(moat.moat("why", "function:asks", "93.184.216.34:443", "--output", "json").stdout)
    assert (outside["reachable"], outside["layer"], outside["probe"]) == (False, "listener", None), outside
    assert outside["fix"] == ["moat up --internet proxy"], "moat itself carries nothing there"

    ec2.delete_route(RouteTableId=outward, DestinationCidrBlock="0.0.0.0/0")
    assert invoke(moat, "asks", nothing)[0] == "ConnectTimeoutError", "the NAT gateway itself needs a way out"
    functions.delete_function(FunctionName="asks")
