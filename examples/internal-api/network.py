"""A VPC with two private subnets and a public one, an API in one, a client in the other, and what can be
wrong between them."""

import contextlib
import json
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
PORT = 8080
CLIENT, SERVER = "10.20.1.10", "10.20.2.10"


class InternalApi:
    """Made with plain calls of EC2; the API is run with `moat run`."""

    def __init__(self, ec2, moat, data_dir=None, name="internal-api"):
        self.ec2, self.name = ec2, name
        self.moat = [str(moat)]
        self.data = ["--data-dir", str(data_dir)] if data_dir else []

    def command(self, verb, *words, timeout=120):
        """Runs moat; the finished process."""
        done = [*self.moat, verb, *self.data, *words]
        return subprocess.run(done, cwd=HERE, capture_output=True, text=True, timeout=timeout)

    def make(self):
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[self.vpc], Tags=[{"Key": "Name", "Value": self.name}])
        self.a, self.b, self.public = (
            self.subnet(f"10.20.{n}.0/24", zone, name)
            for n, zone, name in [(1, "a", "private-a"), (2, "b", "private-b"), (3, "a", "public")])
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.public_table = self.table(self.public)
        ec2.create_route(
            RouteTableId=self.public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        self.private_table = self.table(self.a)
        self.client_group, self.api_group = (self.group(f"{self.name}-{who}") for who in ("client", "api"))
        # The client may speak to the API's group, and that lets the client's group in: nothing else.
        ec2.revoke_security_group_egress(
            GroupId=self.client_group,
            IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
        self.out = self.permission(self.api_group)
        self.into = self.permission(self.client_group)
        ec2.authorize_security_group_egress(GroupId=self.client_group, IpPermissions=self.out)
        ec2.authorize_security_group_ingress(GroupId=self.api_group, IpPermissions=self.into)
        started = self.command(
            "run", "--detach", "--name", self.name, "--subnet", self.b, "--security-group", self.api_group,
            "--address", SERVER, "--", "python3", "api.py", str(PORT))
        if started.returncode:
            raise SystemExit(f"the API did not start: {started.stderr}")
        self.instance = started.stdout.split()[0]
        # A client that stays, so that `moat why` has a place to ask from.
        waiting = self.command(
            "run", "--detach", "--name", f"{self.name}-client", "--subnet", self.a, "--security-group",
            self.client_group, "--address", CLIENT, "--", "sleep", "infinity")
        if waiting.returncode:
            raise SystemExit(f"the client did not start: {waiting.stderr}")
        self.client = waiting.stdout.split()[0]
        # A program is running before it listens.
        deadline = time.monotonic() + 60
        while not self.ask() and time.monotonic() < deadline:
            time.sleep(0.05)
        return self

    def subnet(self, cidr, zone, name):
        made = self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=f"us-east-1{zone}",
            TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": name}]}])
        return made["Subnet"]["SubnetId"]

    def table(self, subnet):
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    def group(self, name):
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]

    def permission(self, group):
        return [{"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": group}]}]

    def ask(self, seconds=1):
        """The client asks the API, with a real packet; what it gets, or None."""
        url = f"http://{SERVER}:{PORT}/"
        done = self.command(
            "exec", f"{self.name}-client", "--", "curl", "-sS", "--max-time", str(seconds), url)
        return done.stdout.strip() if done.returncode == 0 else None

    def why(self):
        """What `moat why` says of the same, as JSON."""
        done = self.command("why", f"{self.name}-client", f"{self.name}:{PORT}", "--output", "json")
        if done.returncode not in (0, 1):
            raise SystemExit(f"moat why failed: {done.stderr}")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def no_egress_rule(self):
        """no egress rule"""
        self.ec2.revoke_security_group_egress(GroupId=self.client_group, IpPermissions=self.out)
        yield "security group", self.client_group
        self.ec2.authorize_security_group_egress(GroupId=self.client_group, IpPermissions=self.out)

    @contextlib.contextmanager
    def no_ingress_rule(self):
        """no ingress rule"""
        self.ec2.revoke_security_group_ingress(GroupId=self.api_group, IpPermissions=self.into)
        yield "security group", self.api_group
        self.ec2.authorize_security_group_ingress(GroupId=self.api_group, IpPermissions=self.into)

    @contextlib.contextmanager
    def no_ephemeral_ports(self):
        """a network ACL without the ephemeral ports"""
        ec2 = self.ec2
        acl = ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        for egress in (False, True):
            ec2.create_network_acl_entry(
                NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=egress,
                CidrBlock="10.20.0.0/16", PortRange={"From": PORT, "To": PORT})
        association = self.replace_acl(acl)
        yield "network acl", acl
        ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=self.default_acl)
        ec2.delete_network_acl(NetworkAclId=acl)

    def replace_acl(self, acl):
        found = self.ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [self.b]}])["NetworkAcls"][0]
        self.default_acl = found["NetworkAclId"]
        old = next(a["NetworkAclAssociationId"] for a in found["Associations"] if a["SubnetId"] == self.b)
        made = self.ec2.replace_network_acl_association(AssociationId=old, NetworkAclId=acl)
        return made["NewAssociationId"]

    @contextlib.contextmanager
    def no_route(self):
        """a route that leads nowhere"""
        ec2 = self.ec2
        # More specific than the VPC's own route, to an appliance that is not there any more.
        appliance = ec2.create_network_interface(SubnetId=self.public)["NetworkInterface"]["NetworkInterfaceId"]
        ec2.create_route(
            RouteTableId=self.private_table, DestinationCidrBlock="10.20.2.0/24", NetworkInterfaceId=appliance)
        ec2.delete_network_interface(NetworkInterfaceId=appliance)
        yield "route", self.private_table
        ec2.delete_route(RouteTableId=self.private_table, DestinationCidrBlock="10.20.2.0/24")

    def breaks(self):
        return [self.no_egress_rule, self.no_ingress_rule, self.no_ephemeral_ports, self.no_route]

    def remove(self):
        ec2 = self.ec2
        ids = [self.instance, self.client]
        ec2.terminate_instances(InstanceIds=ids)
        ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        for group in (self.api_group, self.client_group):
            rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
            for rule in rules["SecurityGroupRules"]:
                revoke = ec2.revoke_security_group_egress if rule["IsEgress"] else ec2.revoke_security_group_ingress
                revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        for group in (self.api_group, self.client_group):
            ec2.delete_security_group(GroupId=group)
        ec2.detach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        ec2.delete_internet_gateway(InternetGatewayId=self.gateway)
        for subnet in (self.a, self.b, self.public):
            ec2.delete_subnet(SubnetId=subnet)
        for table in (self.public_table, self.private_table):
            ec2.delete_route_table(RouteTableId=table)
        ec2.delete_vpc(VpcId=self.vpc)
