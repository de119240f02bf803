"""What is really there: the processes, network namespaces, links and control groups of a moat's world,
read from the kernel, and what the API says there should be."""

import json
import os
import pathlib
import re
import subprocess
import time


# How many interfaces moat makes ahead of need in a VPC.
SPARES_OF_A_VPC = 2
# Namespaces of environments that nobody has, at most.
FREE_ENVIRONMENTS = 64
# Parked interpreters, whose copies wait in environments: of each kind one, and its successor.
PARKED_OF_A_KIND = 2


class World:
    """The world of one data directory, as it is now."""

    def __init__(self, data_dir):
        self.run = pathlib.Path(data_dir).resolve() / "run"
        self.keeper = int((self.run / "keeper").read_text().split()[0])
        self.processes = self._processes()
        self.written_down = self._written_down()
        known = set(self.written_down.values())
        self.databases = {pid for pid in known if self.name(pid) == "postgres"}
        # Instances, and programs that run as some or beside some.
        self.machines = known - self.databases
        self.daemons = {pid for pid, (parent, name) in self.processes.items()
                        if parent <= 1 and pid != 1 and name == "moat" and pid not in known}
        # The children of the keeper, of the daemon, of nobody stand for themselves.
        roots = {pid for pid, (parent, _) in self.processes.items() if parent <= 1 or parent in self.daemons} - {1}
        others = roots - self.daemons - known
        self.parked = {pid for pid in others if self.name(pid).startswith("parked-")}
        self.sandboxes = others - self.parked
        self.namespaces = self._namespaces()
        self.groups = self._groups()

    def name(self, pid):
        return self.processes[pid][1]

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
        """Name -> names of the links in it, without the loopback. A namespace that was made ahead of need, and
        is that of an interface now, has two names; `first_names` has the one that it began with."""
        listing = self.inside(
            f'for n in "{self.run}"/world/netns/*; do echo "= ${{n##*/}} $(stat -L -c %i "$n")"; '
            'nsenter --net="$n" cat /proc/self/net/dev || echo "?:"; done')
        found, names = {}, {}
        for line in listing.splitlines():
            if line.startswith("= "):
                _, name, *inode = line.split()
                links = found.setdefault(name, set())
                names.setdefault(tuple(inode), []).append(name)
            elif match := re.match(r"\s*(\S+):", line):
                links.add(match[1])
        self.first_names = {}
        for same in names.values():
            first = next((name for name in same if name.startswith("spare-")), None)
            for name in set(same) - {first} if first else ():
                self.first_names[name] = first
                found.pop(first)
        return {name: links - {"lo"} for name, links in found.items() if name != "*"}

    def _groups(self):
        record = self.run / "cgroups"
        directories = record.read_text().split() if record.exists() else []
        return {child.name for d in map(pathlib.Path, directories) if d.exists() for child in d.iterdir() if child.is_dir()}

    def _written_down(self):
        """Name -> process, of the databases and machines that moat wrote down and that run."""
        script = f'cd "{self.run}/world/processes" 2>/dev/null && for f in *; do echo "$f $(cat "$f")"; done || true'
        lines = [line.split() for line in self.inside(script).splitlines()]
        return {name: int(pid) for name, pid, *_ in (line for line in lines if len(line) > 1) if int(pid) in self.processes}

    def database_pid(self, resource_id):
        """The process of a database in the world, as moat wrote it down; None when it does not run."""
        return self.written_down.get(resource_id)


def link(letter, name):
    """The link of what has this name, as moat calls it."""
    return (letter + name.rsplit("-", 1)[1])[:15]


def difference(moat):
    """What the kernel holds and the API does not know, or the other way round; empty when they agree."""
    world, ec2 = World(moat.data_dir), moat.client("ec2")
    interfaces = {i["NetworkInterfaceId"]: i["VpcId"] for i in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    # A default VPC has no namespace until something is in it.
    vpcs = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]
            if not vpc["IsDefault"] or vpc["VpcId"] in interfaces.values()}
    gateways = {a["VpcId"] for g in ec2.describe_internet_gateways()["InternetGateways"] for a in g["Attachments"]}
    databases = [d["DbiResourceId"] for d in moat.client("rds").describe_db_instances()["DBInstances"]]
    machines = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]
                if i["State"]["Name"] == "running"]
    waiting = json.loads(moat.moat("status").stdout)["waiting_environments"]
    wrong = []

    def same(what, kernel, api):
        if kernel != api:
            wrong.append(f"{what}: the kernel has {sorted(kernel - api)} too many, {sorted(api - kernel)} too few")

    routers = {name for name in world.namespaces if name.startswith("vpc-")}
    leaves = {name for name in world.namespaces if name.startswith("eni-")}
    environments = {name for name in world.namespaces if name.startswith("env-")}
    spares = {name for name in world.namespaces if name.startswith("spare-")}
    same("namespaces", set(world.namespaces), routers | leaves | environments | spares)
    same("routers", routers, vpcs)
    same("interfaces", leaves, set(interfaces))
    waiting_links = {link("s", spare) for spare in spares}
    for vpc in routers & vpcs:
        # A link keeps the name that it had before anybody knew for which interface.
        wanted = {link("s", world.first_names[i]) if i in world.first_names else link("e", i)
                  for i, of in interfaces.items() if of == vpc}
        here = world.namespaces[vpc] & waiting_links
        same(f"links of {vpc}", world.namespaces[vpc] - here, wanted | ({"igw"} if vpc in gateways else set()))
        waiting_links -= here
        if len(here) > SPARES_OF_A_VPC:
            wrong.append(f"links of {vpc}: {sorted(here)} wait")
    if waiting_links:
        wrong.append(f"no router has the links {sorted(waiting_links)} of namespaces that wait")
    lent = {name for name in environments if world.namespaces[name]}
    towards = [link for leaf in leaves for link in world.namespaces[leaf] - {"eth0"}]
    for leaf in leaves | spares:
        same(f"uplink of {leaf}", world.namespaces[leaf] & {"eth0"}, {"eth0"})
    for spare in spares:
        same(f"links of {spare}", world.namespaces[spare], {"eth0"})
    count = len(world.sandboxes)
    if len(lent) + waiting != count or len(towards) != len(lent):
        wrong.append(f"{count} sandboxes, {len(lent)} environments lent, {len(towards)} links to them, {waiting} wait")
    if len(environments) - len(lent) - waiting > FREE_ENVIRONMENTS:
        wrong.append(f"{len(environments)} environments, of which {len(lent)} are lent and {waiting} wait")
    if len(world.parked) > PARKED_OF_A_KIND * len({world.name(pid) for pid in world.parked}):
        wrong.append(f"{len(world.parked)} parked interpreters")
    if world.parked and not waiting:
        wrong.append("an interpreter is parked, and nothing waits")
    if world.groups and len(world.groups) != count + len(machines):
        wrong.append(f"{count} sandboxes, {len(machines)} machines, {len(world.groups)} control groups")
    same("machines", world.machines, {world.written_down.get(name, f"none of {name}") for name in machines})
    same("servers", world.databases, {pid for d in databases if (pid := world.database_pid(d))})
    if len(world.databases) != len(databases) or len(world.daemons) != 1:
        wrong.append(f"{len(world.databases)} servers of {len(databases)} databases, {len(world.daemons)} daemons")
    return wrong


def assert_nothing_is_left_over(moat, patience=60):
    """Sooner or later, and sooner than that, kernel and API agree."""
    deadline = time.monotonic() + patience
    while wrong := difference(moat):
        assert time.monotonic() < deadline, "\n".join(wrong)
        time.sleep(0.1)
