"""moat going down in every way, and up again on the same data directory."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest
from conftest import BIN, Moat
from private_network import WORDS, PrivateNetwork
from world import World, assert_nothing_is_left_over, difference


@pytest.fixture(scope="module")
def network():
    moat = Moat()
    try:
        yield PrivateNetwork(moat).deploy()
    finally:
        moat.stop()


def gone(pid, patience=60):
    deadline = time.monotonic() + patience
    while pathlib.Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def assert_nothing_runs(moat):
    """After the keeper: no process that was started for this data directory, and no control group."""
    keeper = int((moat.data_dir / "run/keeper").read_text().split()[0])
    assert gone(keeper), "the keeper is still there"
    mine = str(moat.data_dir).encode()
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            assert mine not in words, f"process {entry.name} goes on: {words}"
    record = moat.data_dir / "run/cgroups"
    groups = record.read_text().split() if record.exists() else []
    deadline = time.monotonic() + 60
    while left := [g for g in groups if pathlib.Path(g).exists()]:
        assert time.monotonic() < deadline, f"control groups are left: {left}"
        time.sleep(0.05)


def assert_all_is_back(network):
    network.reconnect()
    network.wait_for_database()
    assert network.words() == {"rows": WORDS}
    assert_nothing_is_left_over(network.moat)


def server(network):
    return World(network.moat.data_dir).database_pid(network.instance()["DbiResourceId"])


def test_what_is_left_over_is_found(network):
    """What the other tests rely on."""
    assert_nothing_is_left_over(network.moat)
    world = World(network.moat.data_dir)
    netns = world.run / "world/netns"
    for name, does, says in (
            ("a process", "sleep 60 >/dev/null 2>&1 & echo $!; exec 1>&-", "sandboxes"),
            ("a namespace", f"touch {netns}/eni-999 && mount --bind /proc/self/ns/net {netns}/eni-999", "eni-999"),
            ("a spare", f"touch {netns}/spare-999 && mount --bind /proc/self/ns/net {netns}/spare-999", "s999")):
        pid = world.inside(does).strip()
        found = difference(network.moat)
        world.inside(f"kill {pid}" if pid else f"for n in {netns}/*-999; do umount $n; rm $n; done")
        assert any(says in line for line in found), (name, found)
    assert_nothing_is_left_over(network.moat)


def test_down_and_up(network):
    moat = network.moat
    assert moat.moat("down").stdout == "moat is down\n"
    moat.process.wait(120)
    assert_nothing_runs(moat)
    status = moat.moat("status")
    assert (status.returncode, status.stdout) == (1, "moat is not running\n")
    assert moat.moat("down").stdout == "moat is not running\n"
    moat.start()
    network.reconnect()
    # A database that was stopped in order may be up again before the first question.
    assert network.instance()["DBInstanceStatus"] in ("starting", "available")
    assert_all_is_back(network)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_asked_to_stop(network, number):
    moat = network.moat
    moat.process.send_signal(number)
    assert moat.process.wait(120) == 0
    assert_nothing_runs(moat)
    assert not (moat.data_dir / "address").exists()
    moat.start()
    assert_all_is_back(network)


def test_a_killed_front_leaves_databases_and_rules(network):
    moat, before = network.moat, server(network)
    daemon = moat.daemon_pid()
    moat.process.kill()
    moat.process.wait()
    assert gone(daemon), "the daemon goes on without its front"
    status = moat.moat("status")
    assert status.returncode == 1 and "`moat up` takes them over" in status.stdout
    moat.start()
    network.reconnect()
    assert network.instance()["DBInstanceStatus"] == "available"
    assert server(network) == before, "not the same server"
    assert_all_is_back(network)


def test_a_killed_daemon_ends_its_front(network):
    moat, before = network.moat, server(network)
    moat.kill()
    assert moat.process.returncode == 128 + signal.SIGKILL
    moat.start()
    network.reconnect()
    assert server(network) == before, "not the same server"
    assert_all_is_back(network)


def test_a_killed_keeper_takes_everything_along(network):
    moat = network.moat
    os.kill(World(moat.data_dir).keeper, signal.SIGKILL)
    assert moat.process.wait(120) == 128 + signal.SIGKILL
    assert moat.moat("status").returncode == 1
    why = moat.moat("why", "function:words", "db:orders", check=False)
    assert (why.returncode, why.stderr) == (2, "moat: moat is not running\n  try: moat up -d\n")
    moat.start()
    assert_all_is_back(network)
    assert moat.moat("down").returncode == 0
    moat.process.wait(120)
    assert_nothing_runs(moat)
    moat.start()
    assert_all_is_back(network)


def up(*options):
    return subprocess.run([BIN, "up", *options], capture_output=True, text=True, timeout=120)


def test_twice_on_one_data_directory(network):
    moat = network.moat
    for port in ("0", moat.url.rsplit(":", 1)[1]):
        for detach in ([], ["--detach"]):
            second = up("--port", port, "--data-dir", moat.data_dir, *detach)
            assert second.returncode == 2 and second.stdout == ""
            said = f"moat: moat is already running on `{moat.data_dir}` at {moat.url}\n  try: moat down"
            assert second.stderr.startswith(said), second.stderr
    assert network.words() == {"rows": WORDS}


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for detach in ([], ["--detach"]):
            refused = up("--port", port, "--data-dir", tmp_path, *detach)
            assert refused.returncode == 2
            said = f"moat: cannot listen on 127.0.0.1:{port}: Address already in use (os error 98)\n  try: moat up --port 0\n"
            assert refused.stderr == said


def test_a_data_directory_that_cannot_be(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for directory in (file, file / "below", pathlib.Path("/proc/moat")):
        refused = up("--port", "0", "--data-dir", directory)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"moat: cannot create the data directory `{directory}`: "), refused.stderr
        assert refused.stderr.endswith("  try: moat up --data-dir DIR\n")


def test_a_data_directory_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    # Root may write everywhere but where there is nothing to write to.
    directory = tmp_path if os.geteuid() else pathlib.Path("/sys/kernel")
    refused = up("--port", "0", "--data-dir", directory)
    assert refused.returncode == 2
    assert str(directory) in refused.stderr and "not permitted" in refused.stderr.replace("denied", "not permitted")


def test_a_failed_start_leaves_no_keeper(tmp_path):
    (tmp_path / "moat.db").write_text("this is no database" * 1000)
    refused = up("--port", "0", "--data-dir", tmp_path)
    assert refused.returncode == 2 and refused.stderr.startswith("moat: "), refused.stderr
    assert gone(int((tmp_path / "run/keeper").read_text().split()[0])), "a keeper without a world"
