"""What is really there: the processes, network namespaces, links and control groups of a moat's world,
read from the kernel, and what the API says there should be."""

import os
import pathlib
import re
import subprocess
import time


class World:
    """The world of one data directory, as it is now."""

    def __init__(self, data_dir):
        self.run = pathlib.Path(data_dir).resolve() / "run"
        self.keeper = int((self.run / "keeper").read_text().split()[0])
        self.processes = self._processes()
        self.roots = {pid for pid, (parent, _) in self.processes.items() if self.adoptive(parent)} - {1}
        self.daemons = {pid for pid in self.roots if self.processes[pid][1] == "moat"}
        self.databases = {pid for pid in self.roots if self.processes[pid][1] == "postgres"}
        self.sandboxes = self.roots - self.daemons - self.databases
        self.namespaces = self._namespaces()
        self.groups = self._groups()

    def adoptive(self, parent):
        """Whether children of this process stand for themselves: the keeper's, the daemon's, nobody's."""
        return parent <= 1 or self.processes.get(parent, (None, ""))[1] == "moat"

    def _processes(self):
        """Process id in the world -> parent's, name."""
        found = {}
        for entry in pathlib.Path(f"/proc/{self.keeper}/root/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            name = stat[stat.index("(") + 1:stat.rindex(")")]
            state, parent = stat[stat.rindex(")") + 2:].split()[:2]
            if state not in "ZX":
                found[int(entry.name)] = (int(parent), name)
        return found

    def inside(self, script):
        """Runs a shell script in the world."""
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        command = ["nsenter", "--target", str(self.keeper), *user, "--mount", "--net", "--pid", "sh", "-c", script]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _namespaces(self):
        """Name -> names of the links in it, without the loopback."""
        listing = self.inside(
            f'for n in "{self.run}"/world/netns/*; do echo "= ${{n##*/}}"; nsenter --net="$n" cat /proc/self/net/dev || echo "?:"; done')
        found = {}
        for line in listing.splitlines():
            if line.startswith("= "):
                links = found.setdefault(line[2:], set())
            elif match := re.match(r"\s*(\S+):", line):
                links.add(match[1])
        return {name: links - {"lo"} for name, links in found.items() if name != "*"}

    def _groups(self):
        record = self.run / "cgroups"
        directories = record.read_text().split() if record.exists() else []
        return {child.name for d in map(pathlib.Path, directories) if d.exists() for child in d.iterdir() if child.is_dir()}

    def database_pid(self, resource_id):
        """The process of a database in the world, as moat wrote it down; None when it does not run."""
        line = self.inside(f'cat "{self.run}/world/processes/{resource_id}" 2>/dev/null || true').split()
        return int(line[0]) if line and int(line[0]) in self.processes else None


def difference(moat):
    """What the kernel holds and the API does not know, or the other way round; empty when they agree."""
    world, ec2 = World(moat.data_dir), moat.client("ec2")
    interfaces = {i["NetworkInterfaceId"]: i["VpcId"] for i in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    # A default VPC has no namespace until something is in it.
    vpcs = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]
            if not vpc["IsDefault"] or vpc["VpcId"] in interfaces.values()}
    gateways = {a["VpcId"] for g in ec2.describe_internet_gateways()["InternetGateways"] for a in g["Attachments"]}
    databases = [d["DbiResourceId"] for d in moat.client("rds").describe_db_instances()["DBInstances"]]
    wrong = []

    def same(what, kernel, api):
        if kernel != api:
            wrong.append(f"{what}: the kernel has {sorted(kernel - api)} too many, {sorted(api - kernel)} too few")

    routers = {name for name in world.namespaces if name.startswith("vpc-")}
    leaves = {name for name in world.namespaces if name.startswith("eni-")}
    environments = {name for name in world.namespaces if name.startswith("env-")}
    same("namespaces", set(world.namespaces), routers | leaves | environments)
    same("routers", routers, vpcs)
    same("interfaces", leaves, set(interfaces))
    for vpc in routers & vpcs:
        wanted = {"e" + i.removeprefix("eni-")[:14] for i, of in interfaces.items() if of == vpc}
        same(f"links of {vpc}", world.namespaces[vpc], wanted | ({"igw"} if vpc in gateways else set()))
    lent = {name for name in environments if world.namespaces[name]}
    towards = [link for leaf in leaves for link in world.namespaces[leaf] - {"eth0"}]
    for leaf in leaves:
        same(f"uplink of {leaf}", world.namespaces[leaf] & {"eth0"}, {"eth0"})
    count = len(world.sandboxes)
    if len(lent) != count or len(towards) != count:
        wrong.append(f"{count} sandboxes, {len(lent)} environments lent, {len(towards)} links to them")
    if world.groups and len(world.groups) != count:
        wrong.append(f"{count} sandboxes, {len(world.groups)} control groups")
    same("servers", world.databases, {pid for d in databases if (pid := world.database_pid(d))})
    if len(world.databases) != len(databases) or len(world.daemons) != 1:
        wrong.append(f"{len(world.databases)} servers of {len(databases)} databases, {len(world.daemons)} daemons")
    return wrong


def assert_nothing_is_left_over(moat, patience=10):
    """Sooner or later, and sooner than that, kernel and API agree."""
    deadline = time.monotonic() + patience
    while wrong := difference(moat):
        assert time.monotonic() < deadline, "\n".join(wrong)
        time.sleep(0.1)
