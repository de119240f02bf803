"""The story with something wrong in it: what cannot be is not said to be there, the reason is told, and a
function that misbehaves harms nobody else."""

import base64
import io
import json
import threading
import time
import zipfile

import pytest
from botocore.exceptions import ClientError
from conftest import Moat
from private_network import WORDS, PrivateNetwork, with_file
from world import assert_nothing_is_left_over

EMPTY = io.BytesIO()
zipfile.ZipFile(EMPTY, "w").close()
MISBEHAVIOUR = '''
import ctypes, os, sys, time

def raises(event, context): raise KeyError("no such order")
def exits(event, context): os._exit(3)
def faults(event, context): ctypes.string_at(0)
def sleeps(event, context): time.sleep(600)
def grows(event, context):
    kept = []
    while True: kept.append(bytearray(b"x") * (1 << 20))
def talks(event, context):
    for _ in range(20_000): print("x" * 1000)
    return "said it"
def forks(event, context):
    children, refused = 0, None
    for _ in range(5000):
        try: pid = os.fork()
        except OSError as error:
            refused = error.strerror
            break
        if pid == 0:
            time.sleep(600)
            os._exit(0)
        children += 1
    return {"children": children, "refused": refused}
def fills(event, context):
    try:
        with open("/tmp/full", "wb") as file:
            while True: file.write(b"x" * (1 << 20))
    except OSError as error: return error.strerror
def well(event, context): return "well"
'''


@pytest.fixture(scope="module")
def network():
    moat = Moat()
    try:
        yield PrivateNetwork(moat).deploy()
    finally:
        moat.stop()


def refused(call, **wanted):
    with pytest.raises(ClientError) as caught:
        call(**wanted)
    return caught.value.response["Error"]


def small_subnet(network, cidr, zone="us-east-1a"):
    """A subnet of eleven addresses, all taken; and the interfaces that took them."""
    subnet = network.ec2.create_subnet(VpcId=network.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]
    assert subnet["AvailableIpAddressCount"] == 11
    taken = [network.ec2.create_network_interface(SubnetId=subnet["SubnetId"]) for _ in range(11)]
    return subnet["SubnetId"], [i["NetworkInterface"]["NetworkInterfaceId"] for i in taken]


def remove_subnet(network, subnet, taken):
    for interface in taken:
        network.ec2.delete_network_interface(NetworkInterfaceId=interface)
    network.ec2.delete_subnet(SubnetId=subnet)


def test_a_subnet_group_wants_two_zones(network):
    error = refused(
        network.rds.create_db_subnet_group, DBSubnetGroupName="narrow", DBSubnetGroupDescription="one zone",
        SubnetIds=[network.app_subnet])
    assert error["Code"] == "DBSubnetGroupDoesNotCoverEnoughAZs"
    error = refused(network.rds.describe_db_subnet_groups, DBSubnetGroupName="narrow")
    assert error["Code"] == "DBSubnetGroupNotFoundFault"


def test_a_database_that_does_not_start_is_failed_with_the_reason(network):
    moat = network.moat
    moat.moat("down")
    moat.process.wait()
    resource = next((moat.data_dir / "rds").iterdir())
    version = resource / "files/PG_VERSION"
    good = version.read_text()
    version.write_text("7\n")
    try:
        moat.start()
        network.reconnect()
        database = until(network, "failed")
        reason = database["StatusInfos"][0]
        assert (reason["Status"], reason["Normal"]) == ("failed", False)
        assert "starting the server failed" in reason["Message"] and "version" in reason["Message"], reason
        why = moat.moat("why", "function:words", "db:orders", "--output", "json")
        assert why.returncode == 1 and reason["Message"] in why.stdout, why.stdout
    finally:
        version.write_text(good)
    # It is tried again without being asked.
    assert "StatusInfos" not in until(network, "available")
    assert network.words() == {"rows": WORDS}


def until(network, status):
    deadline = time.monotonic() + 180
    while (database := network.instance())["DBInstanceStatus"] != status:
        assert time.monotonic() < deadline, database
        time.sleep(0.05)
    return database


def test_a_database_without_an_address_is_refused(network):
    full = [small_subnet(network, "10.20.30.0/28"), small_subnet(network, "10.20.30.16/28", "us-east-1b")]
    network.rds.create_db_subnet_group(
        DBSubnetGroupName="full", DBSubnetGroupDescription="no address left", SubnetIds=[subnet for subnet, _ in full])
    error = refused(
        network.rds.create_db_instance,
        DBInstanceIdentifier="nowhere", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="app", MasterUserPassword="a-long-password", BackupRetentionPeriod=0, DBSubnetGroupName="full")
    assert error["Code"] == "InvalidSubnet" and "no free IP addresses" in error["Message"], error
    error = refused(network.rds.describe_db_instances, DBInstanceIdentifier="nowhere")
    assert error["Code"] == "DBInstanceNotFound"
    network.rds.delete_db_subnet_group(DBSubnetGroupName="full")
    for subnet, taken in full:
        remove_subnet(network, subnet, taken)
    assert_nothing_is_left_over(network.moat)


def test_a_function_without_an_address_is_not_active(network):
    subnet, taken = small_subnet(network, "10.20.31.0/28")
    network.make_function(
        "nowhere", wait=False, VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [network.function_group]})
    deadline = time.monotonic() + 120
    configuration = network.functions.get_function_configuration(FunctionName="nowhere")
    while configuration["State"] == "Pending" and time.monotonic() < deadline:
        time.sleep(0.05)
        configuration = network.functions.get_function_configuration(FunctionName="nowhere")
    assert (configuration["State"], configuration["StateReasonCode"]) == ("Failed", "SubnetOutOfIPAddresses")
    assert "no available IP addresses" in configuration["StateReason"]
    error = refused(network.functions.invoke, FunctionName="nowhere")
    assert error["Code"] != "ServiceException", error
    network.functions.delete_function(FunctionName="nowhere")
    remove_subnet(network, subnet, taken)
    assert_nothing_is_left_over(network.moat)


def test_a_function_with_a_group_of_another_vpc_is_not_made(network):
    other = network.ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    group = network.ec2.create_security_group(GroupName="other", Description="other", VpcId=other)["GroupId"]
    error = refused(
        network.make_function, name="astray", wait=False,
        VpcConfig={"SubnetIds": [network.app_subnet], "SecurityGroupIds": [group]})
    assert error["Code"] == "InvalidParameterValueException", error
    error = refused(network.functions.get_function, FunctionName="astray")
    assert error["Code"] == "ResourceNotFoundException"
    network.ec2.delete_security_group(GroupId=group)
    network.ec2.delete_vpc(VpcId=other)
    assert_nothing_is_left_over(network.moat)


@pytest.fixture(scope="module")
def functions(network):
    package = with_file(EMPTY.getvalue(), "misbehaviour.py", MISBEHAVIOUR)
    names = ["raises", "exits", "faults", "sleeps", "grows", "talks", "forks", "fills", "well"]
    for name in names:
        timeout = 1 if name == "sleeps" else 120
        # Processor time goes with memory; these two need some.
        memory = 512 if name in ("forks", "fills") else 128
        network.make_function(name, f"misbehaviour.{name}", package, MemorySize=memory, Timeout=timeout, wait=False)
    for name in names:
        network.functions.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200})
    return network


@pytest.fixture
def others(functions):
    """Other functions go on meanwhile, each call of them."""
    client, stop, answers = functions.moat.client("lambda"), threading.Event(), []

    def go_on():
        while not stop.is_set():
            answer = client.invoke(FunctionName="well")
            answers.append((answer.get("FunctionError"), answer["Payload"].read()))
            stop.wait(0.05)

    going = threading.Thread(target=go_on)
    going.start()
    yield
    begun = len(answers)
    while going.is_alive() and len(answers) < begun + 2:
        time.sleep(0.01)
    stop.set()
    going.join()
    assert len(answers) > 1 and set(answers) == {(None, b'"well"')}, answers
    assert functions.words() == {"rows": WORDS}
    assert_nothing_is_left_over(functions.moat)


def invoke(network, name):
    answer = network.functions.invoke(FunctionName=name, LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    return json.loads(answer["Payload"].read()), answer.get("FunctionError"), log


@pytest.mark.parametrize("name, error_type, said", [
    ("raises", "KeyError", "no such order"),
    ("exits", "Runtime.ExitError", "exit status 3"),
    ("faults", "Runtime.ExitError", "signal: segmentation fault"),
    ("sleeps", None, "timed out after 1.00 seconds"),
])
def test_a_handler_that_ends_badly(functions, others, name, error_type, said):
    # A second call, too: what ended is replaced.
    for _ in range(2):
        answer, failed, log = invoke(functions, name)
        assert failed == "Unhandled"
        assert answer.get("errorType") == error_type and said in answer["errorMessage"], answer
        assert "REPORT RequestId: " in log


def test_a_handler_that_wants_too_much_memory(functions, others):
    answer, failed, log = invoke(functions, "grows")
    assert failed == "Unhandled"
    # Killed by its control group, or refused by a resource limit where there is none.
    assert answer["errorType"] in ("Runtime.OutOfMemory", "Runtime.ExitError", "MemoryError"), answer
    assert "Memory Size: 128 MB" in log


def test_a_handler_that_says_much(functions, others):
    answer, failed, log = invoke(functions, "talks")
    assert (answer, failed) == ("said it", None)
    assert len(log) <= 4096 and "REPORT RequestId: " in log


def test_a_handler_that_forks(functions, others):
    answer, failed, _ = invoke(functions, "forks")
    # The rest is refused, or the first process is killed for the memory of all.
    assert failed or (answer["children"] < 2000 and answer["refused"]), answer


def test_a_handler_that_fills_its_disk(functions, others):
    answer, failed, _ = invoke(functions, "fills")
    assert (answer, failed) == ("No space left on device", None)
