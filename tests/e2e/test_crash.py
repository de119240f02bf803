"""kill -9 at random moments: what was acknowledged is there, the kernel holds what the API says, databases
go on, and nothing is left over."""

import json
import os
import random
import threading
import time

import botocore.exceptions
import pytest
from conftest import Moat
from private_network import WORDS, PrivateNetwork
from world import World, assert_nothing_is_left_over

ROUNDS = int(os.environ.get("MOAT_CRASH_ROUNDS", "100"))
WRITERS = 3
SEED = int(os.environ.get("MOAT_CRASH_SEED", time.time()))
# What a call meets when moat ends under it.
CUT_OFF = (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)


@pytest.fixture(scope="module")
def network():
    moat = Moat()
    try:
        yield PrivateNetwork(moat).deploy()
    finally:
        moat.stop()


class Users:
    """Writers that make and remove users, and what was acknowledged to them."""

    def __init__(self):
        self.acknowledged, self.asked_to_go, self.gone = set(), set(), set()

    def write(self, iam, prefix):
        for n in range(10_000):
            name = f"{prefix}-{n}"
            try:
                iam.create_user(UserName=name)
                self.acknowledged.add(name)
                if n % 2:
                    self.asked_to_go.add(name)
                    iam.delete_user(UserName=name)
                    self.gone.add(name)
            except CUT_OFF:
                return

    def check(self, iam):
        pages = iam.get_paginator("list_users").paginate()
        present = {user["UserName"] for page in pages for user in page["Users"]}
        assert not (self.acknowledged - self.asked_to_go) - present, "acknowledged and lost"
        assert not self.gone & present, "deleted and back"


class Rule:
    """A writer that takes the function's way to the database away and puts it back."""

    def __init__(self):
        self.in_force, self.sure, self.changes = True, True, 0

    def write(self, network):
        group, permission = network.function_group, network.permission(5432, network.database_group)
        while True:
            change = (network.ec2.revoke_security_group_egress if self.in_force
                      else network.ec2.authorize_security_group_egress)
            try:
                self.sure = False
                change(GroupId=group, IpPermissions=permission)
                self.in_force, self.sure = not self.in_force, True
                self.changes += 1
            except CUT_OFF:
                return

    def check(self, network):
        described = network.ec2.describe_security_groups(GroupIds=[network.function_group])
        ports = {rule.get("FromPort") for rule in described["SecurityGroups"][0]["IpPermissionsEgress"]}
        if self.sure:
            assert (5432 in ports) == self.in_force, "an acknowledged change of a rule is lost"
        self.in_force, self.sure = 5432 in ports, True
        # By a function that tries, and by the model beside a packet.
        if self.in_force:
            assert network.words() == {"rows": WORDS}
        else:
            assert "failed" in network.words(patience=0.5)
        said = json.loads(network.moat.moat("why", "function:words", "db:orders", "--output", "json").stdout)
        assert (said["reachable"], said["agrees"]) == (self.in_force, True), said


def keep_invoking(client, event):
    """Something is always starting, running or ending in a sandbox."""
    while True:
        try:
            client.invoke(FunctionName="words", Payload=event)
        except CUT_OFF:
            return


def crash(moat, writers, moment, among=lambda: True):
    """Lets the writers write, kills moat at the moment, which is among what they do, and starts it again."""
    threads = [threading.Thread(target=write, args=args) for write, *args in writers]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 180
    while not among():
        assert time.monotonic() < deadline, "nothing is done"
        time.sleep(0.001)
    time.sleep(moment)
    moat.kill()
    for thread in threads:
        thread.join()
    moat.start()


def test_kill_at_random_moments(network):
    moat, chance = network.moat, random.Random(SEED)
    users, rule = Users(), Rule()
    resource = network.instance()["DbiResourceId"]
    server = World(moat.data_dir).database_pid(resource)
    assert server
    for number in range(ROUNDS):
        iam = [moat.client("iam") for _ in range(WRITERS)]
        writers = [(users.write, client, f"u-{number}-{w}") for w, client in enumerate(iam)]
        writers += [(rule.write, network), (keep_invoking, moat.client("lambda"), network.event())]
        # However busy the machine, in two of three rounds something was acknowledged before.
        made, changes = len(users.acknowledged) + 2, rule.changes
        acknowledged = lambda: number % 3 == 0 or (len(users.acknowledged) >= made and rule.changes > changes)
        crash(moat, writers, chance.uniform(0.005, 0.3), acknowledged)
        network.reconnect()
        where = f"seed {SEED}, round {number}"
        assert network.instance()["DBInstanceStatus"] == "available", where
        assert World(moat.data_dir).database_pid(resource) == server, f"{where}: not the same server"
        assert network.functions.get_function(FunctionName="words")["Configuration"]["State"] == "Active", where
        rule.check(network)
        users.check(network.iam)
        assert_nothing_is_left_over(moat)
    print(f"{ROUNDS} rounds, seed {SEED}: {len(users.acknowledged)} users made, {len(users.gone)} removed, "
          f"{rule.changes} changes of a rule")
    assert len(users.acknowledged) > ROUNDS and rule.changes > ROUNDS / 4


def test_kill_while_a_database_is_made_and_removed(network):
    moat, chance = network.moat, random.Random(SEED + 1)
    for number in range(max(ROUNDS // 5, 2)):
        name, acknowledged = f"crash-{number}", []

        def make():
            try:
                network.rds.create_db_instance(
                    DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
                    MasterUsername="app", ManageMasterUserPassword=True, DBSubnetGroupName="orders",
                    VpcSecurityGroupIds=[network.database_group], BackupRetentionPeriod=0)
                acknowledged.append(name)
            except CUT_OFF:
                pass

        def remove():
            try:
                network.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
            except CUT_OFF:
                pass

        crash(moat, [(make,)], chance.uniform(0.001, 3))
        network.reconnect()
        if acknowledged or instance(network, name):
            wait_until(lambda: instance(network, name)["DBInstanceStatus"] == "available")
            secret = instance(network, name)["MasterUserSecret"]["SecretArn"]
            network.secrets.get_secret_value(SecretId=secret)
            assert_nothing_is_left_over(moat)
            crash(moat, [(remove,)], chance.uniform(0.001, 0.3))
            network.reconnect()
            # One look: a removal that the new daemon goes on with may end between two of them.
            left = instance(network, name)
            if left and left["DBInstanceStatus"] != "deleting":
                remove()
            wait_until(lambda: instance(network, name) is None)
            with pytest.raises(network.secrets.exceptions.ResourceNotFoundException):
                network.secrets.get_secret_value(SecretId=secret)
        assert_nothing_is_left_over(moat)
        assert [d.name for d in (moat.data_dir / "rds").iterdir()] == [network.instance()["DbiResourceId"]]


def instance(network, name):
    found = network.rds.describe_db_instances()["DBInstances"]
    return next((db for db in found if db["DBInstanceIdentifier"] == name), None)


def wait_until(holds, patience=180):
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it does not become so"
        time.sleep(0.05)


def test_kill_while_a_function_is_made_and_removed(network):
    moat, chance = network.moat, random.Random(SEED + 2)
    for number in range(max(ROUNDS // 5, 2)):
        name, acknowledged = f"crash-{number}", []

        def make():
            try:
                network.make_function(name, wait=False)
                acknowledged.append(name)
            except CUT_OFF:
                pass

        def remove():
            try:
                network.functions.delete_function(FunctionName=name)
            except CUT_OFF:
                pass

        crash(moat, [(make,)], chance.uniform(0.001, 0.3))
        network.reconnect()
        if acknowledged or name in functions(network):
            network.functions.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
            answer = network.functions.invoke(FunctionName=name, Payload=network.event(patience=15))
            assert "FunctionError" not in answer, answer["Payload"].read()
            crash(moat, [(remove,)], chance.uniform(0.001, 0.05))
            network.reconnect()
            if name in functions(network):
                remove()
        assert_nothing_is_left_over(moat)
        wait_until(lambda: interfaces_of(network, name) == [])


def functions(network):
    return {f["FunctionName"] for f in network.functions.list_functions()["Functions"]}


def interfaces_of(network, name):
    described = network.ec2.describe_network_interfaces()["NetworkInterfaces"]
    return [i["NetworkInterfaceId"] for i in described if name in i["Description"]]


def test_kill_while_an_endpoint_is_made_and_removed(network):
    moat, chance = network.moat, random.Random(SEED + 3)
    for _ in range(max(ROUNDS // 5, 2)):
        acknowledged = []

        def make():
            try:
                made = network.ec2.create_vpc_endpoint(
                    VpcEndpointType="Interface", VpcId=network.vpc, ServiceName="com.amazonaws.us-east-1.logs",
                    SubnetIds=[network.app_subnet], SecurityGroupIds=[network.endpoint_group], PrivateDnsEnabled=True)
                acknowledged.append(made["VpcEndpoint"]["VpcEndpointId"])
            except CUT_OFF:
                pass

        def remove(endpoint):
            try:
                network.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
            except CUT_OFF:
                pass

        crash(moat, [(make,)], chance.uniform(0.001, 0.1))
        network.reconnect()
        present = endpoints(network)
        assert set(acknowledged) <= set(present), "an acknowledged endpoint is lost"
        for endpoint in present:
            wait_until(lambda: endpoints(network)[endpoint] == "available")
            assert_nothing_is_left_over(moat)
            crash(moat, [(remove, endpoint)], chance.uniform(0.001, 0.05))
            network.reconnect()
            if endpoints(network).get(endpoint) == "available":
                remove(endpoint)
            wait_until(lambda: endpoint not in endpoints(network))
        assert_nothing_is_left_over(moat)


def endpoints(network):
    described = network.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    return {e["VpcEndpointId"]: e["State"] for e in described if e["ServiceName"].endswith(".logs")}
