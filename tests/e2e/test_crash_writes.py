"""kill -9 at random moments, of a moat that only keeps: users and a rule in memory, log events on the disk.
Without functions and databases a round is short, so that there can be many of them."""

import os
import random
import threading
import time

import pytest
from conftest import Moat
from crashing import CUT_OFF, SEED
from test_crash import Users

ROUNDS = int(os.environ.get("MOAT_CRASH_WRITES_ROUNDS", "25"))


class Events:
    """A writer of log events, pairs in one call, and what was acknowledged to it."""

    def __init__(self, stream):
        self.stream, self.sent, self.acknowledged = stream, 0, 0

    def write(self, logs):
        while True:
            try:
                self.sent += 1
                now = int(time.time() * 1000)
                logs.put_log_events(logGroupName="g", logStreamName=self.stream, logEvents=[
                    {"timestamp": now, "message": f"{self.sent} {side}"} for side in ("a", "b")])
                self.acknowledged = self.sent
            except CUT_OFF:
                return

    def check(self, logs, last):
        """`last`: how many calls there were before this round."""
        answer = logs.get_log_events(logGroupName="g", logStreamName=self.stream, limit=10_000)
        numbers = [event["message"].split() for event in answer["events"]]
        sides = {side: [int(n) for n, s in numbers if s == side] for side in "ab"}
        assert sides["a"] == sides["b"], "half a call"
        assert len(set(sides["a"])) == len(sides["a"]), "a call that is there twice"
        new = [n for n in sides["a"] if n > last]
        assert set(range(last + 1, self.acknowledged + 1)) <= set(new), "an acknowledged event is lost"
        assert max(new, default=0) <= self.sent


class Rule:
    """A writer that lets a port in and takes it back."""

    def __init__(self, ec2):
        self.group = ec2.create_security_group(GroupName="crash-writes", Description="for kills")["GroupId"]
        self.permission = [{"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
        self.in_force, self.sure, self.changes = False, True, 0

    def write(self, ec2):
        while True:
            change = ec2.revoke_security_group_ingress if self.in_force else ec2.authorize_security_group_ingress
            try:
                self.sure = False
                change(GroupId=self.group, IpPermissions=self.permission)
                self.in_force, self.sure, self.changes = not self.in_force, True, self.changes + 1
            except CUT_OFF:
                return

    def check(self, ec2):
        described = ec2.describe_security_groups(GroupIds=[self.group])["SecurityGroups"][0]
        there = described["IpPermissions"] != []
        assert not self.sure or there == self.in_force, "an acknowledged change of a rule is lost"
        self.in_force, self.sure = there, True


def until_acknowledged(users, rule, events, patience=60):
    """The kill is among what is acknowledged, however busy the machine; in other rounds it may come before."""
    before, deadline = (len(users.acknowledged), rule.changes, events.acknowledged), time.monotonic() + patience
    while (len(users.acknowledged) < before[0] + 2 or rule.changes == before[1] or events.acknowledged == before[2]):
        assert time.monotonic() < deadline, "nothing is acknowledged"
        time.sleep(0.001)


@pytest.fixture
def moat():
    moat = Moat()
    yield moat
    moat.stop()


def test_kill_while_only_writing(moat):
    chance, users = random.Random(SEED), Users()
    rule, events = Rule(moat.client("ec2")), None
    moat.client("logs").create_log_group(logGroupName="g")
    calls = 0
    for number in range(ROUNDS):
        where = f"seed {SEED}, round {number}"
        if number % 20 == 0:
            calls += events.acknowledged if events else 0
            events = Events(f"s-{number}")
            moat.client("logs").create_log_stream(logGroupName="g", logStreamName=events.stream)
        # A call that was cut off may be there or not; it is told apart from those of this round.
        before, present = events.sent, set()
        writers = [(users.write, moat.client("iam"), f"u-{number}-{w}") for w in range(2)]
        writers += [(rule.write, moat.client("ec2")), (events.write, moat.client("logs"))]
        threads = [threading.Thread(target=write, args=args) for write, *args in writers]
        for thread in threads:
            thread.start()
        if number % 3:
            until_acknowledged(users, rule, events)
        time.sleep(chance.uniform(0.005, 0.2))
        moat.kill()
        for thread in threads:
            thread.join()
        moat.start()
        iam = moat.client("iam")
        try:
            users.check(iam)
            rule.check(moat.client("ec2"))
            events.check(moat.client("logs"), before)
        except AssertionError as lost:
            raise AssertionError(where) from lost
        # Users of rounds that were checked make the next rounds longer, and tell nothing new.
        for page in iam.get_paginator("list_users").paginate():
            present |= {user["UserName"] for user in page["Users"]}
        if len(present) > 200:
            for name in present:
                iam.delete_user(UserName=name)
            users.asked_to_go |= present
            users.gone |= present
        if number % 100 == 99:
            print(f"{number + 1} rounds", flush=True)
    print(f"{ROUNDS} rounds, seed {SEED}: {len(users.acknowledged)} users made, {len(users.gone)} removed, "
          f"{rule.changes} changes of a rule, {calls + events.acknowledged} calls that wrote log events")
    assert len(users.acknowledged) > ROUNDS and rule.changes > ROUNDS / 4 and calls + events.acknowledged > ROUNDS / 4
