"""kill -9 while something is made or removed: it is there whole or not at all, and nothing is left over."""

import random
import time

import pytest
from crashing import CUT_OFF, ROUNDS, SEED, crash, deployed
from world import assert_nothing_is_left_over

pytestmark = pytest.mark.lengthy


@pytest.fixture(scope="module")
def network():
    yield from deployed()


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
