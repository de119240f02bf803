"""What the AWS CLI's documented examples take for granted, made for one example at a time."""

import contextlib
import io
import ipaddress
import json
import re
import shlex
import string
import time
import zipfile

import boto3
from botocore.config import Config

from imported_certificate import CERTIFICATE, PRIVATE_KEY

ACCOUNT = "000000000000"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Sid": "", "Effect": "Allow", "Action": "sts:AssumeRole",
     "Principal": {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}
MULTI_FACTOR = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
     "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}
ACCESS_SCOPE = {
    "MatchPaths": [{"Source": {"ResourceStatement": {"Resources": ["vpc-abcd12e3"]}}}],
    "ExcludePaths": [{"Source": {"ResourceStatement": {"ResourceTypes": ["AWS::EC2::InternetGateway"]}}}]}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}]}
CONDITIONAL = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["*"], "Resource": "*",
     "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2015-08-16T12:00:00Z"}}}]}
SECRET_POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
     "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}
SESSION = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service-role/documented-role"
DAY_MS = 86_400_000


def files():
    """The files that commands name, by their names in the documentation."""
    now = int(time.time() * 1000)
    events = [{"timestamp": now + n, "message": f"Example Event {n}"} for n in range(3)]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", "def handler(event, context):\n    return event\n")
    texts = {"access-scope-file.json": ACCESS_SCOPE, "policy.json": ALLOW, "NewPolicyVersion.json": ALLOW, "AdminPolicy.json": ALLOW,
             "Test-Role-Trust-Policy.json": TRUST, "mycreds.json": {"user": "diegor", "password": "EXAMPLE"},
             "create-login-profile.json": {
                 "UserName": "Bob", "Password": "&1-3a6u:RA0djs", "PasswordResetRequired": True},
             "change-password.json": {"OldPassword": "3s0K_;xh4~8XXI", "NewPassword": "]35d/{pB9Fo9wJ"},
             "mypolicy.json": SECRET_POLICY, "policyfile.json": [json.dumps(CONDITIONAL)], "create-open-id-connect-provider.json": {
                 "Url": "https://server.example.org", "ClientIDList": ["example-application-ID"],
                 "ThumbprintList": ["c3768084dfb3d2b68b7897bf5f565da8eEXAMPLE"[:36] + "0000"]}, "events": events, "events2": events}
    # JSON is YAML, too.
    texts["api-definition.yaml"] = {
        "openapi": "3.0.1", "info": {"title": "documented", "version": "1"}, "paths": {"/pets": {"get": {"responses": {}}}}}
    texts["API_Swagger_template.json"] = {
        "swagger": "2.0", "info": {"title": "documented", "version": "1"}, "paths": {"/pets": {"get": {"responses": {}}}}}
    certificates = {"Certificate.pem": CERTIFICATE, "CertificateChain.pem": CERTIFICATE, "PrivateKey.pem": PRIVATE_KEY}
    return {"my-function.zip": archive.getvalue(), **{n: text.encode() for n, text in certificates.items()}, **{n: json.dumps(v).encode() for n, v in texts.items()}}


class Example:
    """One documented command, and clients for what it needs, in a region of its own."""

    def __init__(self, number, service, documented, url):
        self.number, self.service, self.url = number, service, url
        self.operation, self.documented, self.output = documented["operation"], documented["command"], documented["output"]
        self.comparable = documented["output_json"]
        # In letters, as Lambda's patterns take one digit in a region's name.
        place = [string.ascii_lowercase[number // 26**n % 26] for n in (2, 1, 0)]
        self.region = f"us-{''.join(place)}-{1 + SERVICES.index(service)}"
        self.key, self.clients = ("test", "test"), {}

    def __str__(self):
        return " ".join(self.documented.split())

    def client(self, service, key="test", secret="test"):
        if (service, key) not in self.clients:
            self.clients[service, key] = SESSION.client(
                service, region_name=self.region, endpoint_url=self.url, aws_access_key_id=key,
                aws_secret_access_key=secret, config=Config(retries={"total_max_attempts": 1}))
        return self.clients[service, key]

    def words(self):
        """The command as its shell would give it to the program."""
        lines = re.sub(r"[\\^`]\s*\n|\\ +(?=\s|--)", " ", self.documented).replace("\n", " ")
        return shlex.split(lines)[1:]

    def command(self):
        words = PREPARATIONS[self.service](self).apply(self.words())
        words = [re.sub(r"\b\d{12}(?=:)", ACCOUNT, word) for word in words]
        if "--cli-binary-format" in words:
            # Version 2 of the program is told to do what version 1 always does.
            at = words.index("--cli-binary-format")
            words = words[:at] + words[at + 2:]
        words = [re.sub(r"us-(east|west)-\d(?!-lax)", self.region, word) for word in words]
        return words if "--region" in words else [*words, "--region", self.region]


SERVICES = ("iam", "sts", "secretsmanager", "rds", "logs", "lambda", "ec2", "apigateway", "elbv2", "apigatewayv2", "acm")


def after(words, option):
    return words[words.index(option) + 1] if option in words else None


class Preparation:
    """Makes what a command needs, and gives the command with the names of what was made."""

    def __init__(self, example, service=None):
        self.example = example
        self.client = example.client(service or example.service)
        self.network = Network(example)

    def apply(self, words):
        before = getattr(self, self.example.operation.replace("-", "_"), None)
        words = self.general(words)
        changed = before(words) if before else None
        return changed if isinstance(changed, list) else words

    def general(self, words):
        return words


class IamPreparation(Preparation):
    """IAM is global: every name gets the example's number, and is made unless it is to be created."""

    def general(self, words):
        words = list(words)
        for n, word in enumerate(words[:-1]):
            if word in ("--user-name", "--role-name", "--instance-profile-name", "--group-name"):
                words[n + 1] = self.named(word, words[n + 1])
            if word in ("--new-user-name", "--new-group-name"):
                words[n + 1] += f"-{self.example.number}"
            if word == "--policy-name" and self.example.operation == "create-policy":
                words[n + 1] += f"-{self.example.number}"
            if word == "--open-id-connect-provider-arn":
                words[n + 1] = self.provider(words[n + 1])
            if word in ("--policy-arn", "--permissions-boundary", "--arn") and re.search(r"\d:policy/", words[n + 1]):
                words[n + 1] = self.policy(words[n + 1].split("/")[-1])
        return [re.sub(r"arn:aws:iam::\d+:user/(\w+)", self.user_arn, word) for word in words]

    def user_arn(self, match):
        user = self.named("--user-name", match.group(1))
        document = ALLOW if self.example.operation.startswith("simulate") else CONDITIONAL
        self.client.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(document))
        return f"arn:aws:iam::{ACCOUNT}:user/{user}"

    def provider(self, arn):
        host = f"{self.example.number}.{arn.split('/')[-1]}"
        made = self.client.create_open_id_connect_provider(
            Url=f"https://{host}", ClientIDList=["My-TestApp-3"], ThumbprintList=["0" * 40],
            Tags=[{"Key": "Department", "Value": "Accounting"}])
        return made["OpenIDConnectProviderArn"]

    def named(self, option, name):
        if name.startswith("AWSServiceRole"):
            return name
        name = f"{name}-{self.example.number}"
        creating = self.example.operation.removeprefix("create-")
        if option == "--user-name" and creating != "user":
            self.client.create_user(UserName=name, Tags=[{"Key": "Department", "Value": "Accounting"}])
        if option == "--role-name" and creating != "role":
            self.role(name)
        if option == "--instance-profile-name" and creating != "instance-profile":
            self.client.create_instance_profile(
                InstanceProfileName=name, Tags=[{"Key": "Department", "Value": "Accounting"}])
        if option == "--group-name" and creating != "group":
            self.client.create_group(GroupName=name)
        return name

    def role(self, name, **fields):
        tags = [{"Key": "Department", "Value": "Accounting"}]
        return self.client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=tags, **fields)

    def policy(self, name):
        name = f"{name}-{self.example.number}"
        tags = [{"Key": "Department", "Value": "Accounting"}]
        made = self.client.create_policy(PolicyName=name, PolicyDocument=json.dumps(ALLOW), Description="d", Tags=tags)
        return made["Policy"]["Arn"]

    def key(self, words):
        user = after(words, "--user-name") or self.named("--user-name", "Bob")
        key = self.client.create_access_key(UserName=user)["AccessKey"]
        if "--access-key-id" in words:
            words[words.index("--access-key-id") + 1] = key["AccessKeyId"]
        return key

    def second_version(self, words, default=False):
        self.client.create_policy_version(
            PolicyArn=after(words, "--policy-arn"), PolicyDocument=json.dumps(ALLOW), SetAsDefault=default)

    def role_in_profile(self, words):
        role = after(words, "--role-name") or self.named("--role-name", "Test-Role")
        profile = after(words, "--instance-profile-name") or self.named("--instance-profile-name", "Webserver")
        self.client.add_role_to_instance_profile(RoleName=role, InstanceProfileName=profile)

    def inline_policy(self, words):
        document = {"PolicyName": after(words, "--policy-name") or "ExamplePolicy", "PolicyDocument": json.dumps(ALLOW)}
        if "--group-name" in words:
            self.client.put_group_policy(GroupName=after(words, "--group-name"), **document)
        elif "--role-name" in words:
            self.client.put_role_policy(RoleName=after(words, "--role-name"), **document)
        else:
            self.client.put_user_policy(UserName=after(words, "--user-name"), **document)

    def attached_policy(self, words):
        arn = after(words, "--policy-arn") or self.policy(f"attached-{words[0].strip('-')}")
        if "--group-name" in words:
            self.client.attach_group_policy(GroupName=after(words, "--group-name"), PolicyArn=arn)
        elif "--role-name" in words:
            self.client.attach_role_policy(RoleName=after(words, "--role-name"), PolicyArn=arn)
        else:
            user = after(words, "--user-name") or self.named("--user-name", "Bob")
            self.client.attach_user_policy(UserName=user, PolicyArn=arn)

    def boundary(self, words):
        arn = "arn:aws:iam::aws:policy/PowerUserAccess"
        if "--role-name" in words:
            self.client.put_role_permissions_boundary(RoleName=after(words, "--role-name"), PermissionsBoundary=arn)
        else:
            self.client.put_user_permissions_boundary(UserName=after(words, "--user-name"), PermissionsBoundary=arn)

    def get_access_key_last_used(self, words):
        key = self.key(words)
        self.example.client("sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity()
        for _ in range(600):
            if "LastUsedDate" in self.client.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]:
                break
            time.sleep(0.1)

    def list_policies(self, words):
        self.attached_policy(words)

    def list_entities_for_policy(self, words):
        self.attached_policy(words)
        self.role("entity-role")
        group = self.named("--group-name", "Admins")
        self.client.attach_group_policy(GroupName=group, PolicyArn=after(words, "--policy-arn"))
        self.client.attach_role_policy(RoleName="entity-role", PolicyArn=after(words, "--policy-arn"))

    def get_role(self, words):
        role, user = after(words, "--role-name"), self.named("--user-name", "user-of-role")
        self.client.update_role(RoleName=role, Description="d")
        self.client.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(ALLOW))
        key = self.client.create_access_key(UserName=user)["AccessKey"]
        sts = self.example.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
        sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="session")

    def update_role_description(self, words):
        self.client.update_assume_role_policy(
            RoleName=after(words, "--role-name"), PolicyDocument=json.dumps(MULTI_FACTOR))

    def member(self, words):
        group = after(words, "--group-name") or self.named("--group-name", "Admins")
        user = after(words, "--user-name") or self.named("--user-name", "Bob")
        self.client.add_user_to_group(GroupName=group, UserName=user)

    get_group = remove_user_from_group = list_groups_for_user = list_groups = member
    delete_group_policy = get_group_policy = list_group_policies = inline_policy
    detach_group_policy = list_attached_group_policies = attached_policy
    delete_access_key = update_access_key = list_access_keys = key
    delete_policy_version = get_policy_version = set_default_policy_version = second_version
    remove_role_from_instance_profile = list_instance_profiles = list_instance_profiles_for_role = role_in_profile
    delete_role_policy = get_role_policy = list_role_policies = inline_policy
    delete_user_policy = get_user_policy = list_user_policies = inline_policy
    detach_role_policy = detach_user_policy = attached_policy
    list_attached_role_policies = list_attached_user_policies = attached_policy
    delete_role_permissions_boundary = delete_user_permissions_boundary = boundary

    def create_login_profile(self, words):
        self.client.create_user(UserName="Bob")

    def login(self, words):
        name = after(words, "--user-name")
        self.client.create_login_profile(UserName=name, Password="3s0K_;xh4~8XXI", PasswordResetRequired=True)
        return [word.replace("<password>", "]35d/{pB9Fo9wJ") for word in words]

    delete_login_profile = get_login_profile = update_login_profile = login

    def change_password(self, words):
        user = self.named("--user-name", "Bob")
        self.login(["--user-name", user])
        self.client.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(ALLOW))
        key = self.client.create_access_key(UserName=user)["AccessKey"]
        self.example.key = key["AccessKeyId"], key["SecretAccessKey"]

    def list_open_id_connect_providers(self, words):
        self.provider("oidc-provider/example.com")

    def list_account_aliases(self, words):
        self.client.create_account_alias(AccountAlias="mycompany")

    delete_account_alias = list_account_aliases

    def get_account_password_policy(self, words):
        self.client.update_account_password_policy(MinimumPasswordLength=8)

    delete_account_password_policy = get_account_password_policy

    def delete_service_linked_role(self, words):
        with contextlib.suppress(self.client.exceptions.InvalidInputException):
            self.client.create_service_linked_role(AWSServiceName="lex.amazonaws.com")

    def get_service_linked_role_deletion_status(self, words):
        self.delete_service_linked_role(words)
        task = self.client.delete_service_linked_role(RoleName="AWSServiceRoleForLexBots")["DeletionTaskId"]
        return [task if word.startswith("task/") else word for word in words]

    def get_account_authorization_details(self, words):
        role = ["--role-name", self.named("--role-name", "Test-Role")]
        self.role_in_profile(role)
        self.attached_policy(role)
        self.get_role(role)
        self.attached_policy(["--group-name", self.named("--group-name", "Admins")])

    def get_service_last_accessed_details(self, words):
        arn = self.policy("accessed")
        self.client.attach_user_policy(UserName=self.named("--user-name", "Bob"), PolicyArn=arn)
        job = self.client.generate_service_last_accessed_details(Arn=arn)["JobId"]
        words[words.index("--job-id") + 1] = job

    get_service_last_accessed_details_with_entities = get_service_last_accessed_details

    def get_instance_profile(self, words):
        self.role_in_profile(words)


class StsPreparation(Preparation):
    """A role is assumed by a user that may."""

    def assume_role(self, words):
        iam = self.example.client("iam")
        role = iam.create_role(RoleName="xaccounts3access", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.create_user(UserName="documented-assumer")
        iam.put_user_policy(UserName="documented-assumer", PolicyName="p", PolicyDocument=json.dumps(ALLOW))
        key = iam.create_access_key(UserName="documented-assumer")["AccessKey"]
        self.example.key = (key["AccessKeyId"], key["SecretAccessKey"])
        return [role["Arn"] if ":role/" in word else word for word in words]


class SecretsManagerPreparation(Preparation):
    """MyTestSecret has two versions, a tag and a policy, unless it is to be created."""

    def general(self, words):
        if self.example.operation != "create-secret":
            made = self.client.create_secret(Name="MyTestSecret", SecretString="1", Description="d",
                                             Tags=[{"Key": "FirstTag", "Value": "FirstValue"}])
            self.first = made["VersionId"]
            self.second = self.client.put_secret_value(SecretId="MyTestSecret", SecretString="2")["VersionId"]
            self.client.put_resource_policy(SecretId="MyTestSecret", ResourcePolicy=json.dumps(SECRET_POLICY))
        return words

    def restore_secret(self, words):
        self.client.delete_secret(SecretId="MyTestSecret")

    def describe_secret(self, words):
        for version in (self.first, self.second):
            self.client.get_secret_value(SecretId="MyTestSecret", VersionId=version)

    list_secret_version_ids = describe_secret

    def list_secrets(self, words):
        self.describe_secret(words)
        self.client.create_secret(Name="TestSecret", SecretString="1", Description="d", Tags=[{"Key": "k", "Value": "v"}])
        if "owning-service" in " ".join(words):
            RdsPreparation(self.example, "rds").managed_password("managed")
            filters = [{"Key": "owning-service", "Values": ["rds"]}]
            self.client.get_secret_value(SecretId=self.client.list_secrets(Filters=filters)["SecretList"][0]["ARN"])

    def update_secret_version_stage(self, words):
        if after(words, "--version-stage") == "AWSCURRENT":
            versions = {"EXAMPLE22222": self.first, "EXAMPLE11111": self.second}
        else:
            versions = {"EXAMPLE11111": self.first, "ba987EXAMPLE": self.second}
        if "--move-to-version-id" not in words:
            self.client.update_secret_version_stage(
                SecretId="MyTestSecret", VersionStage="STAGINGLABEL1", MoveToVersionId=self.first)
        return [next((v for tail, v in versions.items() if word.endswith(tail)), word) for word in words]


class RdsPreparation(Preparation):
    """Subnets in several zones and, where one is named, a PostgreSQL instance."""

    def general(self, words):
        instance = after(words, "--db-instance-identifier")
        arn = re.search(r":db:([a-z0-9-]+)", " ".join(words))
        if (instance and self.example.operation != "create-db-instance") or arn:
            self.instance(instance or arn.group(1))
        return [self.subnets(word) for word in words]

    def subnets(self, word):
        return re.sub(r"subnet-0[0-9a-f]{16}", lambda _: self.network.subnet(), word)

    def group(self, name="mysubnetgroup"):
        self.client.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="d",
                                           SubnetIds=[self.network.subnet(), self.network.subnet()])
        return name

    def instance(self, name, **password):
        password = password or {"MasterUserPassword": "secret-99"}
        self.client.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="master",
            AllocatedStorage=20, DBSubnetGroupName=self.group(), Tags=[{"Key": "Name", "Value": "MyDatabase"}], **password)

    def managed_password(self, name):
        """An instance whose password RDS keeps in a secret of its own."""
        self.instance(name, ManageMasterUserPassword=True)
        self.available(["--db-instance-identifier", name])

    def available(self, words):
        self.client.get_waiter("db_instance_available").wait(
            DBInstanceIdentifier=after(words, "--db-instance-identifier"), WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def delete_db_subnet_group(self, words):
        self.group()

    describe_db_subnet_groups = modify_db_subnet_group = delete_db_subnet_group

    def modify_db_instance(self, words):
        self.available(words)
        return [self.network.group() if word == "sg-ID" else word for word in words]


class LogsPreparation(Preparation):
    """The group my-logs with the documented streams and an event in each."""

    def general(self, words):
        if self.example.operation != "create-log-group":
            self.client.create_log_group(logGroupName="my-logs")
            self.client.put_retention_policy(logGroupName="my-logs", retentionInDays=5)
        if self.example.operation != "create-log-stream" and self.example.operation != "create-log-group":
            event = {"timestamp": int(time.time() * 1000), "message": "Example Event 1"}
            for stream in ("20150531", "20150601"):
                self.client.create_log_stream(logGroupName="my-logs", logStreamName=stream)
                self.client.put_log_events(logGroupName="my-logs", logStreamName=stream, logEvents=[event])
        return words


class LambdaPreparation(Preparation):
    """The function my-function with a permission and a tag, and its role."""

    def general(self, words):
        self.role()
        if self.example.operation not in ("create-function", "get-account-settings"):
            self.client.create_function(
                FunctionName="my-function", Runtime="python3.13", Handler="index.handler", Role=ROLE_ARN,
                Description="d", Publish=True, Code={"ZipFile": files()["my-function.zip"]}, **self.settings())
            if "provisioned" not in self.example.operation:
                self.client.put_function_concurrency(FunctionName="my-function", ReservedConcurrentExecutions=1)
            self.qualifiers()
        if "layer" in self.example.operation:
            self.layers()
        if self.example.operation in ("get-policy", "remove-permission"):
            self.client.add_permission(FunctionName="my-function", StatementId="sns", Principal="sns.amazonaws.com",
                                       Action="lambda:InvokeFunction")
        return [re.sub(r"arn:aws:iam::\d+:role/service-role/.*", ROLE_ARN, word) for word in words]

    def qualifiers(self):
        """The versions and aliases that the command names, and what they have."""
        operation, client = self.example.operation, self.client
        for number in range(1, {"get-function-configuration": 2, "update-alias": 3}.get(operation, 1)):
            self.active([])
            client.update_function_configuration(FunctionName="my-function", Description=f"d{number}")
            client.get_waiter("function_updated_v2").wait(FunctionName="my-function", WaiterConfig={"Delay": 1})
            client.publish_version(FunctionName="my-function")
        wanted = {"get-alias": ["LIVE"], "update-alias": ["LIVE"], "list-aliases": ["LIVE"]}
        for alias in wanted.get(operation, ["BLUE", "GREEN"] if "config" in operation else []):
            client.create_alias(FunctionName="my-function", Name=alias, FunctionVersion="1", Description="d")
        if "event-invoke-config" in operation and "put" not in operation:
            client.put_function_event_invoke_config(FunctionName="my-function", MaximumRetryAttempts=0)
            for alias in ("BLUE", "GREEN"):
                client.put_function_event_invoke_config(
                    FunctionName="my-function", Qualifier=alias, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=3600)
        if "provisioned" in operation and "put" not in operation:
            # A version is provisioned by one alias only.
            alias = "GREEN" if "delete" in operation else "BLUE"
            client.put_provisioned_concurrency_config(
                FunctionName="my-function", Qualifier=alias, ProvisionedConcurrentExecutions=1)

    def layers(self):
        for name in ("my-layer", "my-layer", "AWSLambda-Python311-SciPy1x", "AWSLambda-Python311-SciPy1x"):
            self.client.publish_layer_version(
                LayerName=name, Description="d", LicenseInfo="MIT", Content={"ZipFile": files()["my-function.zip"]},
                CompatibleRuntimes=["python3.10", "python3.11"])
        if self.example.operation in ("get-layer-version-policy", "remove-layer-version-permission"):
            self.client.add_layer_version_permission(
                LayerName="my-layer", VersionNumber=1, StatementId="xaccount", Action="lambda:GetLayerVersion",
                Principal="123456789012")

    def settings(self):
        """Where the documented function is in a VPC, this one is too."""
        tags = {"Tags": {"Category": "Web Tools", "Department": "Sales", "DEPARTMENT": "Department A"}}
        if self.example.operation in ("get-function", "get-function-configuration", "list-versions-by-function",
                                      "update-function-code", "update-function-configuration"):
            return {**tags, "VpcConfig": {"SubnetIds": [self.network.subnet()], "SecurityGroupIds": [self.network.group()]}}
        return tags

    def role(self):
        iam = self.example.client("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName="documented-role", Path="/service-role/", AssumeRolePolicyDocument=json.dumps(TRUST))
            iam.put_role_policy(RoleName="documented-role", PolicyName="p", PolicyDocument=json.dumps(ALLOW))

    def active(self, words):
        self.client.get_waiter("function_active_v2").wait(
            FunctionName="my-function", WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    update_function_code = update_function_configuration = active


class Network:
    """Resources of one example's region, made when its command names one."""

    def __init__(self, example):
        self.example, self.ec2, self.count, self.made = example, example.client("ec2"), 0, {}

    def next(self):
        self.count += 1
        return self.count

    def once(self, name, make):
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def vpc(self):
        def make():
            vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
            self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
            return vpc
        return self.once("vpc", make)

    def ipv6(self):
        """The beginning of the VPC's block of IPv6, to which a subnet's number is added."""
        def make():
            self.ec2.associate_vpc_cidr_block(VpcId=self.vpc(), AmazonProvidedIpv6CidrBlock=True)
            vpc = self.ec2.describe_vpcs(VpcIds=[self.vpc()])["Vpcs"][0]
            block = ipaddress.ip_network(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
            return list(block.subnets(new_prefix=64))
        return self.once("ipv6", make)

    def ipv6_block(self):
        return self.ipv6()[self.next()]

    def subnet(self):
        place = self.next()
        ipv6 = {"Ipv6CidrBlock": str(self.ipv6_block())} if "ipv6" in self.made else {}
        made = self.ec2.create_subnet(VpcId=self.vpc(), CidrBlock=f"10.0.{place * 8}.0/24", **ipv6,
                                      AvailabilityZone=self.example.region + "abc"[place % 3])
        return made["Subnet"]["SubnetId"]

    def group(self):
        made = self.ec2.create_security_group(GroupName=f"a-test-{self.next()}", Description="d", VpcId=self.vpc())
        return made["GroupId"]

    def route_table(self):
        return self.ec2.create_route_table(VpcId=self.vpc())["RouteTable"]["RouteTableId"]

    def other_vpc(self):
        return self.once("other vpc", lambda: self.ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"])

    def other_group(self):
        made = self.ec2.create_security_group(GroupName="other", Description="d", VpcId=self.other_vpc())
        return made["GroupId"]

    def peering(self, accepted=True):
        def make():
            made = self.ec2.create_vpc_peering_connection(
                VpcId=self.vpc(), PeerVpcId=self.other_vpc(),
                TagSpecifications=[{"ResourceType": "vpc-peering-connection", "Tags": [{"Key": "Owner", "Value": "Finance"}]}])
            connection = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
            if accepted:
                self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
            return connection
        return self.once("pending" if not accepted else "peering", make)

    def reference(self, group):
        """A rule that names the group from the VPC at the other end."""
        ends = {self.vpc(), self.other_vpc()}
        vpc = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"]
        made = self.ec2.create_security_group(GroupName="naming", Description="d", VpcId=(ends - {vpc}).pop())
        self.ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}])

    def options(self):
        made = self.ec2.create_dhcp_options(DhcpConfigurations=[
            {"Key": "domain-name-servers", "Values": ["10.2.5.1"]}, {"Key": "domain-name", "Values": ["example.com"]}])
        return made["DhcpOptions"]["DhcpOptionsId"]

    def prefix_list(self):
        made = self.ec2.create_managed_prefix_list(
            PrefixListName="vpc-cidrs", AddressFamily="IPv4", MaxEntries=10,
            Entries=[{"Cidr": "10.7.0.0/16", "Description": "vpc-a"}])
        return made["PrefixList"]["PrefixListId"]

    def subnet_association(self):
        self.ipv6()
        subnet = self.ec2.describe_subnets(SubnetIds=[self.subnet()])["Subnets"][0]
        return subnet["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]

    def outward_gateway(self):
        def make():
            made = self.ec2.create_egress_only_internet_gateway(VpcId=self.vpc())
            return made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
        return self.once("outward gateway", make)

    def block_association(self):
        if "eca54085" in str(self.example):
            self.ipv6()
            vpc = self.ec2.describe_vpcs(VpcIds=[self.vpc()])["Vpcs"][0]
            return vpc["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]
        made = self.ec2.associate_vpc_cidr_block(VpcId=self.vpc(), CidrBlock="10.2.0.0/16")
        return made["CidrBlockAssociation"]["AssociationId"]

    def flow_log(self):
        made = self.ec2.create_flow_logs(
            ResourceIds=[self.vpc()], ResourceType="VPC", TrafficType="ALL", LogGroupName="MyFlowLogs",
            DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flow-logs")
        return made["FlowLogIds"][0]

    def insights_path(self):
        """From the internet to an interface whose group has no rule for that."""
        self.association()
        made = self.ec2.create_network_insights_path(
            Source=self.gateway(), Destination=self.ec2.describe_addresses()["Addresses"][0]["NetworkInterfaceId"],
            Protocol="tcp")
        return made["NetworkInsightsPath"]["NetworkInsightsPathId"]

    def insights_analysis(self):
        made = self.ec2.start_network_insights_analysis(NetworkInsightsPathId=self.insights_path())
        return made["NetworkInsightsAnalysis"]["NetworkInsightsAnalysisId"]

    def access_scope(self):
        ends = {end: {"ResourceStatement": {"ResourceTypes": [f"AWS::EC2::{kind}"]}}
                for end, kind in (("Source", "NetworkInterface"), ("Destination", "InternetGateway"))}
        made = self.ec2.create_network_insights_access_scope(MatchPaths=[ends])
        return made["NetworkInsightsAccessScope"]["NetworkInsightsAccessScopeId"]

    def scope_analysis(self):
        made = self.ec2.start_network_insights_access_scope_analysis(NetworkInsightsAccessScopeId=self.access_scope())
        return made["NetworkInsightsAccessScopeAnalysis"]["NetworkInsightsAccessScopeAnalysisId"]

    def free_gateway(self):
        tags = [{"ResourceType": "internet-gateway", "Tags": [{"Key": "Name", "Value": "my-igw"}]}]
        made = self.ec2.create_internet_gateway(TagSpecifications=tags)
        return made["InternetGateway"]["InternetGatewayId"]

    def gateway(self):
        def make():
            gateway = self.free_gateway()
            self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc())
            return gateway
        return self.once("gateway", make)

    def acl(self):
        return self.ec2.create_network_acl(VpcId=self.vpc())["NetworkAcl"]["NetworkAclId"]

    def interface(self):
        made = self.ec2.create_network_interface(
            SubnetId=self.subnet(), Description="d",
            TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "Purpose", "Value": "Prod"}]}])
        return made["NetworkInterface"]["NetworkInterfaceId"]

    def address(self):
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    def public_ip(self):
        return self.ec2.allocate_address(Domain="vpc")["PublicIp"]

    def association(self):
        self.gateway()
        return self.ec2.associate_address(
            AllocationId=self.address(), NetworkInterfaceId=self.interface())["AssociationId"]

    def associated_ip(self):
        self.association()
        return self.ec2.describe_addresses()["Addresses"][0]["PublicIp"]

    def table_association(self):
        return self.ec2.associate_route_table(
            RouteTableId=self.route_table(), SubnetId=self.subnet())["AssociationId"]

    def acl_association(self):
        subnet = self.subnet()
        found = self.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        associations = found["NetworkAcls"][0]["Associations"]
        return next(a["NetworkAclAssociationId"] for a in associations if a["SubnetId"] == subnet)

    def nat(self):
        self.gateway()
        tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "public-nat"}]}]
        made = self.ec2.create_nat_gateway(SubnetId=self.subnet(), AllocationId=self.address(), TagSpecifications=tags)
        return made["NatGateway"]["NatGatewayId"]

    def endpoint(self):
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc(), ServiceName=f"com.amazonaws.{self.example.region}.secretsmanager",
            VpcEndpointType="Interface", SubnetIds=[self.subnet()], PrivateDnsEnabled=False)
        return made["VpcEndpoint"]["VpcEndpointId"]

    def gateway_endpoint(self):
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc(), ServiceName=f"com.amazonaws.{self.example.region}.s3", RouteTableIds=[self.route_table()])
        return made["VpcEndpoint"]["VpcEndpointId"]

    def interface_for(self, instance):
        """One in the instance's zone."""
        found = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        made = self.ec2.create_network_interface(SubnetId=found["SubnetId"])["NetworkInterface"]
        return made["NetworkInterfaceId"]

    def attachment(self):
        instance = self.instance()
        return self.ec2.attach_network_interface(
            InstanceId=instance, NetworkInterfaceId=self.interface_for(instance), DeviceIndex=1)["AttachmentId"]

    def image(self):
        return self.ec2.describe_images()["Images"][0]["ImageId"]

    def instance(self):
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Owner", "Value": "my-team"}]}]
        # Only some types gather credits.
        kind = {"InstanceType": "t3.micro"} if "credit" in self.example.operation else {}
        launched = self.ec2.run_instances(
            ImageId=self.image(), MinCount=1, MaxCount=1, SubnetId=self.subnet(), TagSpecifications=tags, **kind)
        instance = launched["Instances"][0]["InstanceId"]
        waiter = self.ec2.get_waiter("instance_running")
        waiter.wait(InstanceIds=[instance], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        return instance

    def rule(self):
        group = self.once("group", self.group)
        made = self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.0/24", "Description": "d"}]}])
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


class Ec2Preparation(Preparation):
    """An identifier in the command becomes that of a resource made for it; the same word twice
    is the same resource."""

    MAKERS = {
        "i": "instance", "ami": "image", "vpc": "vpc", "subnet": "subnet", "sg": "same_group", "rtb": "route_table", "igw": "same_gateway", "acl": "acl",
        "eni": "interface", "eni-attach": "attachment", "eipalloc": "address", "eipassoc": "association", "rtbassoc": "table_association",
        "aclassoc": "acl_association", "nat": "nat", "vpce": "endpoint", "sgr": "rule",
        "dopt": "options", "pl": "prefix_list", "pcx": "connection", "vpc-cidr-assoc": "block_association",
        "subnet-cidr-assoc": "subnet_association", "eigw": "outward_gateway", "fl": "flow_log",
        "lt": "launch_template", "nip": "insights_path", "nia": "insights_analysis", "nis": "access_scope", "nisa": "scope_analysis",
    }

    WITH_IPV6 = ("assign-ipv6-addresses", "unassign-ipv6-addresses", "modify-subnet-attribute", "create-network-interface")

    def general(self, words):
        self.ids = {}
        if self.example.operation in self.WITH_IPV6 and any("ipv6" in word for word in words):
            self.network.ipv6()
        pattern = rf"\b({'|'.join(sorted(self.MAKERS, key=len, reverse=True))})-(?=[0-9A-Za-z]*\d)[0-9A-Za-z]+\b(?!-)"
        words = [word if word.startswith("--") else re.sub(pattern, self.made, word) for word in words]
        return [re.sub(r"\b(198\.51\.100\.0|203\.0\.110\.25)\b", self.public_ip, word) for word in words]

    def made(self, match):
        kind, word = match.group(1), match.group(0)
        if word not in self.ids:
            maker = getattr(self, self.MAKERS[kind], None) or getattr(self.network, self.MAKERS[kind])
            self.ids[word] = maker()
        return self.ids[word]

    def public_ip(self, _):
        attached = self.example.operation == "disassociate-address"
        return self.network.associated_ip() if attached else self.network.public_ip()

    def same_gateway(self):
        free = self.example.operation in ("attach-internet-gateway", "delete-internet-gateway")
        return self.network.free_gateway() if free else self.network.gateway()

    def same_group(self):
        """The first group that the command names is the one whose rules it changes."""
        return self.network.group() if "group" in self.network.made else self.network.once("group", self.network.group)

    def create_nat_gateway(self, words):
        self.network.gateway()

    def launch_template(self):
        """A template with two versions, of which the second is the default."""
        def make():
            interface = {"DeviceIndex": 0, "SubnetId": self.network.subnet(), "Groups": [self.network.group()],
                         "AssociatePublicIpAddress": True, "Ipv6Addresses": [{"Ipv6Address": "2001:db8:1234:1a00::123"}]}
            data = {"ImageId": "ami-1", "InstanceType": "t2.micro", "KeyName": "k", "NetworkInterfaces": [interface]}
            made = self.client.create_launch_template(
                LaunchTemplateName="documented", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
            self.client.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData=data)
            self.client.modify_launch_template(LaunchTemplateId=made, DefaultVersion="2")
            return made
        return self.network.once("launch template", make)

    def describe_launch_templates(self, words):
        self.launch_template()

    def of_interface(self, words):
        """Addresses of the block that the interface's subnet has."""
        interface = after(words, "--network-interface-id")
        found = self.network.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
        subnet = self.network.ec2.describe_subnets(SubnetIds=[found["SubnetId"]])["Subnets"][0]
        block = subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].removesuffix("::/64")
        changed = [word.replace("2001:db8:1234:1a00", block) for word in words]
        if self.example.operation == "unassign-ipv6-addresses":
            addresses = [word for word in changed if word.startswith(block)]
            self.network.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=addresses)
        return changed

    assign_ipv6_addresses = unassign_ipv6_addresses = of_interface

    def of_vpc(self, words):
        """A block of the VPC's in place of the one that is written."""
        if "--ipv6-cidr-block" in words:
            if self.example.operation == "associate-subnet-cidr-block":
                subnet = self.network.subnet()
                words[words.index("--subnet-id") + 1] = subnet
            words[words.index("--ipv6-cidr-block") + 1] = str(self.network.ipv6_block())

    associate_subnet_cidr_block = create_subnet = of_vpc

    def describe_egress_only_internet_gateways(self, words):
        self.network.outward_gateway()

    def modify_instance_attribute(self, words):
        if "--instance-type" in words:
            instance = [after(words, "--instance-id")]
            self.network.ec2.stop_instances(InstanceIds=instance)
            waiter = self.network.ec2.get_waiter("instance_stopped")
            waiter.wait(InstanceIds=instance, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def associate_address(self, words):
        self.network.gateway()
        if "--private-ip-address" in words:
            found = self.network.ec2.describe_network_interfaces()["NetworkInterfaces"][0]
            words[words.index("--private-ip-address") + 1] = found["PrivateIpAddress"]

    def entry(self, words):
        self.network.ec2.create_network_acl_entry(
            NetworkAclId=after(words, "--network-acl-id"), Egress=False, RuleNumber=100, Protocol="17",
            PortRange={"From": 53, "To": 53}, CidrBlock="0.0.0.0/0", RuleAction="allow")

    delete_network_acl_entry = replace_network_acl_entry = entry

    def route(self, words):
        self.network.ec2.create_route(
            RouteTableId=after(words, "--route-table-id"), DestinationCidrBlock=after(words, "--destination-cidr-block"),
            GatewayId=self.network.gateway())

    delete_route = route

    def describe_addresses(self, words):
        if "--allocation-ids" in words:
            self.network.gateway()
            self.network.ec2.associate_address(
                AllocationId=after(words, "--allocation-ids"), NetworkInterfaceId=self.network.interface())
        elif "--public-ips" not in words:
            self.network.association()

    def describe_nat_gateways(self, words):
        self.network.ec2.get_waiter("nat_gateway_available").wait(WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    def describe_network_acls(self, words):
        self.network.subnet()

    def describe_route_tables(self, words):
        self.network.ec2.create_route(RouteTableId=self.network.route_table(), DestinationCidrBlock="0.0.0.0/0",
                                      GatewayId=self.network.gateway())
        self.network.table_association()

    def describe_network_interfaces(self, words):
        self.network.association()

    def describe_subnets(self, words):
        subnet = self.network.subnet()
        self.network.ec2.create_tags(Resources=[subnet], Tags=[{"Key": "CostCenter", "Value": "123"}])

    def describe_vpcs(self, words):
        self.network.ec2.create_tags(Resources=[self.network.vpc()], Tags=[{"Key": "Name", "Value": "v"}])

    def describe_vpc_endpoints(self, words):
        self.network.endpoint()
        self.network.gateway_endpoint()

    def create_vpc_endpoint(self, words):
        return [word.replace("us-east-1", self.example.region) for word in words]

    def modify_vpc_endpoint(self, words):
        if "--add-route-table-ids" in words:
            words[words.index("--vpc-endpoint-id") + 1] = self.network.gateway_endpoint()

    def attach_network_interface(self, words):
        words[words.index("--network-interface-id") + 1] = self.network.interface_for(after(words, "--instance-id"))

    def modify_network_interface_attribute(self, words):
        """The attachment named is that of the interface."""
        if "--attachment" in words:
            attachment = after(words, "--attachment").split("=")[1].split(",")[0]
            of = [{"Name": "attachment.attachment-id", "Values": [attachment]}]
            found = self.network.ec2.describe_network_interfaces(Filters=of)["NetworkInterfaces"][0]
            words[words.index("--network-interface-id") + 1] = found["NetworkInterfaceId"]

    def describe_security_group_rules(self, words):
        group = self.network.once("group", self.network.group)
        if "--filters" in words:
            self.network.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}])

    def describe_security_groups(self, words):
        self.network.rule()
        group = self.network.made["group"]
        self.network.ec2.create_tags(Resources=[group], Tags=[{"Key": "Test", "Value": "To-delete"}])

    def connection(self):
        waiting = self.example.operation in ("accept-vpc-peering-connection", "reject-vpc-peering-connection")
        return self.network.peering(accepted=not waiting)

    def create_route(self, words):
        if any(word.startswith("pcx-") for word in words):
            # The example routes what is the VPC's own here.
            words[words.index("--destination-cidr-block") + 1] = "10.200.0.0/16"

    def delete_security_group(self, words):
        if "--group-name" in words:
            self.network.ec2.create_security_group(GroupName=after(words, "--group-name"), Description="d")

    def create_default_vpc(self, words):
        """The region began with one."""
        ec2 = self.network.ec2
        for subnet in ec2.describe_subnets()["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
            vpc = gateway["Attachments"][0]["VpcId"]
            ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
            ec2.delete_vpc(VpcId=vpc)

    def create_vpc_peering_connection(self, words):
        """The other VPC may be another account's or another region's."""
        if "--peer-region" in words:
            words[words.index("--peer-region") + 1] = f"{self.example.region}-peer"
        elif "--peer-owner-id" not in words:
            words[words.index("--peer-vpc-id") + 1] = self.network.other_vpc()

    def describe_vpc_peering_connections(self, words):
        self.network.peering(accepted="pending-acceptance" not in " ".join(words))

    def describe_security_group_references(self, words):
        self.network.peering()
        self.network.reference(after(words, "--group-id"))

    def describe_stale_security_groups(self, words):
        connection = self.network.peering()
        self.network.reference(self.network.other_group())
        self.network.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)

    def describe_dhcp_options(self, words):
        self.network.options()

    def describe_managed_prefix_lists(self, words):
        self.network.prefix_list()
        return [word.replace("123456789012", ACCOUNT) for word in words]

    def get_managed_prefix_list_associations(self, words):
        self.network.ec2.create_route(
            RouteTableId=self.network.route_table(), DestinationPrefixListId=after(words, "--prefix-list-id"),
            GatewayId=self.network.gateway())

    def restore_managed_prefix_list_version(self, words):
        self.network.ec2.modify_managed_prefix_list(
            PrefixListId=after(words, "--prefix-list-id"), CurrentVersion=1, AddEntries=[{"Cidr": "10.9.0.0/16"}])

    def unassign_private_ip_addresses(self, words):
        interface = after(words, "--network-interface-id")
        made = self.network.ec2.assign_private_ip_addresses(
            NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
        words[words.index("--private-ip-addresses") + 1] = made["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]

    def assign_private_ip_addresses(self, words):
        if "--private-ip-addresses" in words:
            found = self.network.ec2.describe_network_interfaces()["NetworkInterfaces"][0]
            address = found["PrivateIpAddress"].rsplit(".", 1)[0] + ".82"
            words[words.index("--private-ip-addresses") + 1] = address

    def describe_flow_logs(self, words):
        self.network.flow_log()

    def describe_network_insights_access_scopes(self, words):
        self.network.access_scope()

    def describe_network_insights_access_scope_analyses(self, words):
        self.network.scope_analysis()

    def describe_tags(self, words):
        self.network.ec2.create_tags(
            Resources=[self.network.vpc()], Tags=[{"Key": "Stack", "Value": "Test"}, {"Key": "Purpose", "Value": ""}])

    def revoke_security_group_egress(self, words):
        self.authorize(words, "authorize_security_group_egress")

    def revoke_security_group_ingress(self, words):
        self.authorize(words, "authorize_security_group_ingress")

    update_security_group_rule_descriptions_egress = revoke_security_group_egress
    update_security_group_rule_descriptions_ingress = revoke_security_group_ingress

    def authorize(self, words, operation):
        text, group = " ".join(words), after(words, "--group-id")
        if group is None:
            group = self.network.ec2.create_security_group(
                GroupName=after(words, "--group-name"), Description="d")["GroupId"]
        if "icmp" in text:
            rule = {"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        elif "UserIdGroupPairs" in text:
            other = re.findall(r"sg-[0-9a-f]{17}", text)[-1]
            rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": other}]}
        elif "PrefixListIds" in text:
            listed = {"PrefixListId": re.search(r"pl-[0-9a-f]{17}", text).group(0)}
            rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [listed]}
        else:
            port = 80 if re.search(r"(?:Port=|--port )80\b", text) else 22
            cidr = re.search(r"(?:CidrIp=|--cidr )([0-9./]+)", text)
            rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr.group(1)}]}
        getattr(self.network.ec2, operation)(GroupId=group, IpPermissions=[rule])


from documented_acm import AcmPreparation  # noqa: E402
from documented_balancer import BalancerPreparation  # noqa: E402
from documented_gateway import GatewayPreparation  # noqa: E402  (it builds on what is above)
from documented_gateway_v2 import GatewayV2Preparation  # noqa: E402

PREPARATIONS = {
    "acm": AcmPreparation,
    "apigateway": GatewayPreparation, "apigatewayv2": GatewayV2Preparation, "elbv2": BalancerPreparation,
    "iam": IamPreparation, "sts": StsPreparation, "secretsmanager": SecretsManagerPreparation,
    "rds": RdsPreparation, "logs": LogsPreparation, "lambda": LambdaPreparation, "ec2": Ec2Preparation,
}
