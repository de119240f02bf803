"""Functions whose code is a directory of the host: what is saved runs, and only what the operator named is shown."""

import os
import time

import pytest
from botocore.exceptions import ClientError
from conftest import Moat
from functions import PYTHON, deploy, invoke, role

CODE = "def handler(event, context):\n    return {}\n"
PROBE = """import os

def handler(event, context):
    try:
        with open("/var/task/app.py", "a"):
            return "writable"
    except OSError as error:
        return error.strerror
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    """A directory that functions may run from, and another one beside it."""
    root = tmp_path_factory.mktemp("code")
    for name in ("allowed/f", "secret"):
        (root / name).mkdir(parents=True)
    for directory in (root.parent.parent, root.parent, root, root / "allowed", root / "allowed/f"):
        os.chmod(directory, 0o755)
    os.symlink(root / "secret", root / "allowed/link")
    return root


@pytest.fixture(scope="module")
def moat(code):
    running = Moat(None, "--ephemeral", "--hot-reload", code / "allowed")
    yield running
    running.stop()


def save(directory, text):
    """As editors save: a new file in the place of the old one."""
    (directory / "app.py.new").write_text(text)
    os.chmod(directory / "app.py.new", 0o644)
    os.replace(directory / "app.py.new", directory / "app.py")


def hot(path):
    return {"S3Bucket": "hot-reload", "S3Key": str(path)}


def test_what_is_saved_runs_at_the_next_invocation(moat, code, capsys):
    functions, directory = moat.client("lambda"), code / "allowed/f"
    save(directory, CODE.format(0))
    functions.create_function(FunctionName="hot", Runtime=PYTHON, Handler="app.handler", Role=role(moat, "e2e-functions"),
                              Code=hot(directory), Timeout=30)
    functions.get_waiter("function_active_v2").wait(FunctionName="hot", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    assert invoke(moat, "hot")[0] == 0
    took = []
    for number in range(1, 9):
        begin = time.perf_counter()
        save(directory, CODE.format(number))
        assert invoke(moat, "hot")[0] == number
        took.append(time.perf_counter() - begin)
    warm = time.perf_counter()
    assert invoke(moat, "hot")[0] == 8
    warm = time.perf_counter() - warm
    with capsys.disabled():
        print(f"\nsave to new code: {sorted(took)[len(took) // 2] * 1000:.0f} ms in the middle, "
              f"{max(took) * 1000:.0f} ms at most; warm {warm * 1000:.0f} ms")
    save(directory, PROBE)
    os.chmod(directory / "app.py", 0o666)
    assert invoke(moat, "hot")[0] == "Read-only file system"
    with pytest.raises(ClientError, match="cannot be published"):
        functions.publish_version(FunctionName="hot")


def test_what_the_operator_did_not_name_is_refused(moat, code):
    functions = moat.client("lambda")
    deploy(moat, "hot-not", CODE.format(1))
    beside = [code / name for name in ("secret", "allowed/link", "allowed/../secret", "allowed/none", ".")]
    for path in (*beside, "/etc", "etc", "/"):
        with pytest.raises(ClientError, match="Hot reload") as caught:
            functions.update_function_code(FunctionName="hot-not", **hot(path))
        assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException", path
    assert invoke(moat, "hot-not")[0] == 1


def test_a_link_that_leads_elsewhere_by_now_shows_nothing(moat, code):
    functions, place = moat.client("lambda"), code / "allowed/moving"
    place.mkdir()
    os.chmod(place, 0o755)
    save(place, CODE.format(1))
    deploy(moat, "hot-moving", CODE.format(0))
    functions.update_function_code(FunctionName="hot-moving", **hot(place))
    functions.get_waiter("function_updated_v2").wait(FunctionName="hot-moving", WaiterConfig={"Delay": 1})
    assert invoke(moat, "hot-moving")[0] == 1
    save(code / "secret", CODE.format('"a secret"'))
    place.rename(code / "allowed/moved")
    os.symlink(code / "secret", place)
    with pytest.raises(ClientError, match="may not be run from"):
        invoke(moat, "hot-moving")


def test_the_owner_of_the_data_directory_may_name_any(moat, code):
    deploy(moat, "hot-dev", CODE.format('"package"'))
    assert invoke(moat, "hot-dev")[0] == "package"
    os.chmod(code / "secret", 0o755)
    save(code / "secret", CODE.format('"saved"'))
    done = moat.moat("dev", "hot-dev", code / "secret")
    assert "hot-dev runs from" in done.stdout, done.stderr
    assert invoke(moat, "hot-dev")[0] == "saved"
    moat.moat("dev", "hot-dev", "--package")
    assert invoke(moat, "hot-dev")[0] == "package"
