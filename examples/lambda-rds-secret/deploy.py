"""Deploys the example with boto3, as one would on AWS.

    AWS_ENDPOINT_URL=http://localhost:4566 python deploy.py

Everything lies in private subnets: no internet gateway, no NAT. The function reaches
Secrets Manager through an interface endpoint and PostgreSQL by its private address.
"""

import io
import json
import pathlib
import subprocess
import sys
import time
import zipfile

import boto3

HERE = pathlib.Path(__file__).parent
NAME = "orders"
VPC_CIDR, APP_CIDR, DATA_CIDRS = "10.20.0.0/16", "10.20.1.0/24", ("10.20.11.0/24", "10.20.12.0/24")


def package():
    """The function and its dependencies as a zip."""
    build = HERE / "build"
    if not (build / "pg8000").exists():
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--target", build, "-r", HERE / "function" / "requirements.txt"],
            check=True,
        )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(build.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(build))
        archive.write(HERE / "function" / "app.py", "app.py")
    return content.getvalue()


class Stack:
    """What was deployed, by its ids."""

    def __init__(self, say=print):
        self.say = say
        self.ec2 = boto3.client("ec2", region_name="us-east-1")
        self.iam = boto3.client("iam", region_name="us-east-1")
        self.rds = boto3.client("rds", region_name="us-east-1")
        self.functions = boto3.client("lambda", region_name="us-east-1")
        self.secrets = boto3.client("secretsmanager", region_name="us-east-1")

    def deploy(self):
        self.network()
        self.groups()
        self.access_lists()
        self.database_wanted()
        self.role_made()
        self.endpoint_made()
        self.database_available()
        self.function_made()
        return self

    def network(self):
        self.say("VPC, subnets")
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        zones = ("us-east-1a", "us-east-1b")
        subnet = lambda cidr, zone: ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        self.app_subnet = subnet(APP_CIDR, zones[0])
        self.data_subnets = [subnet(cidr, zone) for cidr, zone in zip(DATA_CIDRS, zones)]

    def groups(self):
        self.say("security groups")
        make = lambda name: self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        self.function_group, self.database_group, self.endpoint_group = map(make, ("function", "database", "endpoint"))
        anywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        for group in (self.function_group, self.database_group, self.endpoint_group):
            self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=anywhere)
        self.allow_egress(5432, self.database_group)
        self.allow_egress(443, self.endpoint_group)
        self.allow_ingress(self.database_group, 5432)
        self.allow_ingress(self.endpoint_group, 443)

    @staticmethod
    def permission(port, group):
        return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": group}]}]

    def allow_egress(self, port, to):
        self.ec2.authorize_security_group_egress(GroupId=self.function_group, IpPermissions=self.permission(port, to))

    def allow_ingress(self, group, port):
        self.ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=self.permission(port, self.function_group))

    def access_lists(self):
        self.say("network ACL of the data subnets")
        self.acl = self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        self.acl_entry(egress=False, ports=(5432, 5432))
        self.acl_entry(egress=True, ports=(1024, 65535))
        for subnet in self.data_subnets:
            filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
            associations = self.ec2.describe_network_acls(Filters=filters)["NetworkAcls"][0]["Associations"]
            current = next(a["NetworkAclAssociationId"] for a in associations if a["SubnetId"] == subnet)
            self.ec2.replace_network_acl_association(AssociationId=current, NetworkAclId=self.acl)

    def acl_entry(self, egress, ports):
        self.ec2.create_network_acl_entry(
            NetworkAclId=self.acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=egress,
            CidrBlock=APP_CIDR, PortRange={"From": ports[0], "To": ports[1]})

    def database_wanted(self):
        self.say("secret, PostgreSQL")
        password = self.secrets.get_random_password(PasswordLength=24, ExcludePunctuation=True)["RandomPassword"]
        login = {"username": "app", "password": password}
        self.secret = self.secrets.create_secret(Name=f"{NAME}/db", SecretString=json.dumps(login))["ARN"]
        self.rds.create_db_subnet_group(
            DBSubnetGroupName=NAME, DBSubnetGroupDescription="private", SubnetIds=self.data_subnets)
        self.rds.create_db_instance(
            DBInstanceIdentifier=NAME, Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
            DBName=NAME, MasterUsername=login["username"], MasterUserPassword=password,
            BackupRetentionPeriod=0, DBSubnetGroupName=NAME, VpcSecurityGroupIds=[self.database_group])

    def role_made(self):
        self.say("execution role")
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        self.role = self.iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.iam.attach_role_policy(
            RoleName=NAME, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")
        self.allow_secret()

    def allow_secret(self):
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": self.secret}]}
        self.iam.put_role_policy(RoleName=NAME, PolicyName="read-secret", PolicyDocument=json.dumps(policy))

    def endpoint_policy(self, action):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}]})

    def endpoint_made(self):
        self.say("interface endpoint for Secrets Manager")
        self.endpoint = self.ec2.create_vpc_endpoint(
            VpcEndpointType="Interface", VpcId=self.vpc, ServiceName="com.amazonaws.us-east-1.secretsmanager",
            SubnetIds=[self.app_subnet], SecurityGroupIds=[self.endpoint_group], PrivateDnsEnabled=True,
            PolicyDocument=self.endpoint_policy("secretsmanager:GetSecretValue"))["VpcEndpoint"]["VpcEndpointId"]
        for _ in range(100):
            state = self.ec2.describe_vpc_endpoints(VpcEndpointIds=[self.endpoint])["VpcEndpoints"][0]["State"]
            if state == "available":
                return
            time.sleep(0.1)
        raise SystemExit(f"the endpoint is {state}")

    def database_available(self):
        self.say("waiting for PostgreSQL")
        self.rds.get_waiter("db_instance_available").wait(
            DBInstanceIdentifier=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        self.database = self.rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]["Endpoint"]

    def function_made(self):
        self.say("function")
        self.functions.create_function(
            FunctionName=NAME, Runtime="python3.11", Handler="app.handler", Role=self.role, Timeout=10, MemorySize=256,
            Code={"ZipFile": package()},
            VpcConfig={"SubnetIds": [self.app_subnet], "SecurityGroupIds": [self.function_group]},
            Environment={"Variables": {
                "SECRET_ID": self.secret, "DB_HOST": self.database["Address"],
                "DB_PORT": str(self.database["Port"]), "DB_NAME": NAME}})
        self.functions.get_waiter("function_active_v2").wait(
            FunctionName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def invoke(self, event):
        """The answer as JSON, and whether the function failed."""
        answer = self.functions.invoke(FunctionName=NAME, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), "FunctionError" in answer


if __name__ == "__main__":
    stack = Stack().deploy()
    print(json.dumps(stack.invoke({"seed": ["a lock", "a moat", "a drawbridge"]})[0], indent=2))
