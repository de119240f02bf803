"""kill -9 at random moments: what was acknowledged is there, the kernel holds what the API says, databases
go on, and nothing is left over."""

import json
import random

import pytest
from crashing import CUT_OFF, ROUNDS, SEED, crash, deployed
from private_network import WORDS
from world import World, assert_nothing_is_left_over

pytestmark = pytest.mark.lengthy
WRITERS = 3


@pytest.fixture(scope="module")
def network():
    yield from deployed()


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
