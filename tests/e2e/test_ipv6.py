"""IPv6 in a VPC, as packets: between instances by their rules, outwards by a gateway that lets nothing in, and what
`moat why` says of it."""

import ipaddress
import json
import subprocess
import time

from conftest import BIN, moat_of_its_own
from functions import eventually

IMAGE = "ami-00000000000000a7a"
SERVE = """#!/usr/bin/python3
import socket
s = socket.create_server(("::", 8080), family=socket.AF_INET6)
while True:
    c, peer = s.accept()
    c.send(peer[0].encode())
    c.close()
"""
ASK = ("import socket,sys; s=socket.create_connection((sys.argv[1],int(sys.argv[2])),timeout=float(sys.argv[3])); "
       "print(s.recv(60).decode())")
moat = moat_of_its_own()


class Network:
    def __init__(self, moat):
        self.moat, self.ec2 = moat, moat.client("ec2")
        ec2 = self.ec2
        made = ec2.create_vpc(CidrBlock="10.80.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.vpc = made["VpcId"]
        block = ipaddress.ip_network(made["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        self.blocks = [str(part) for part in list(block.subnets(new_prefix=64))[:2]]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.80.{n}.0/24", Ipv6CidrBlock=self.blocks[n],
                              AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"] for n in range(2)]
        self.server, self.client = [
            ec2.create_security_group(VpcId=self.vpc, GroupName=name, Description=name)["GroupId"]
            for name in ("server", "client")]

    def launch(self, subnet, group, data):
        made = self.ec2.run_instances(
            ImageId=IMAGE, InstanceType="t3.small", MinCount=1, MaxCount=1, UserData=data, NetworkInterfaces=[
                {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "Ipv6AddressCount": 1}])
        instance = made["Instances"][0]["InstanceId"]
        end = time.monotonic() + 120
        while self.shown(instance)["State"]["Name"] != "running":
            assert time.monotonic() < end
            time.sleep(0.05)
        return instance, self.shown(instance)["NetworkInterfaces"][0]["Ipv6Addresses"][0]["Ipv6Address"]

    def shown(self, instance):
        return self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]

    def asks(self, at, address, patience=30):
        """What it gets, which a busy machine may take its time for."""
        done = subprocess.run(
            [BIN, "exec", "--data-dir", self.moat.data_dir, at, "--", "/usr/bin/python3", "-c", ASK, address, "8080",
             str(patience)], capture_output=True, text=True, timeout=120)
        return done.stdout.strip() if done.returncode == 0 else None

    def gets_nothing(self, at, address):
        return self.asks(at, address, 0.7) is None

    def why(self, source, address):
        done = subprocess.run(
            [BIN, "why", "--data-dir", self.moat.data_dir, source, f"[{address}]:8080", "--output", "json"],
            capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)


def test_rules_of_ipv6_decide_and_are_explained(moat):
    network = Network(moat)
    ec2 = network.ec2
    server, address = network.launch(network.subnets[0], network.server, SERVE)
    client, own = network.launch(network.subnets[1], network.client, "#!/bin/sh\n")
    assert ipaddress.ip_address(address) in ipaddress.ip_network(network.blocks[0])
    assert network.gets_nothing(client, address)
    told = network.why(client, address)
    assert (told["reachable"], told["agrees"]) == (False, True), told
    assert told["rule"].startswith("sg-in eni-") and network.client in told["fix"][0], told
    ec2.authorize_security_group_ingress(GroupId=network.server, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "Ipv6Ranges": [{"CidrIpv6": f"{own}/128"}]}])
    # It runs before it listens.
    assert eventually(lambda: network.asks(client, address)) == own
    told = network.why(client, address)
    assert (told["reachable"], told["agrees"]) == (True, True), told
    # An entry of the network ACL that speaks of IPv6 denies it, and leaves IPv4 alone.
    acl = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])["NetworkAcls"][0]
    ec2.create_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=50, Protocol="6", RuleAction="deny",
                                 Egress=False, Ipv6CidrBlock=f"{own}/128", PortRange={"From": 8080, "To": 8080})
    assert network.gets_nothing(client, address)
    assert network.why(client, address)["rule"] == f"nacl-in {acl['NetworkAclId']} 50"
    ec2.delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=50, Egress=False)
    # An address more, and one that is taken away, inside the machine that runs.
    interface = network.shown(server)["NetworkInterfaces"][0]["NetworkInterfaceId"]
    more = ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=1)["AssignedIpv6Addresses"]
    assert network.asks(client, more[0]) == own
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=more)
    assert network.gets_nothing(client, more[0]) and network.asks(client, address) == own
