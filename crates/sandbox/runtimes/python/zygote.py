"""A parked interpreter. It imports what functions use, then waits; for every order a copy of it enters a sandbox, as
`jail::zygote` describes, and the copy's copy waits there for its function.

There is one thread, no secret, no network, and nothing is drawn at random here that a copy would share, but the seed
of the interpreter's hashes and the layout of its memory; therefore a parked interpreter makes a limited number of
copies, which the daemon counts.
"""

import array
import ctypes
import gc
import os
import sys
import _socket

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
PR_SET_DUMPABLE, PR_SET_NAME, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 4, 15, 24, 38, 22
EINVAL = 22
# What the runtime itself would import before a function's own modules, whatever their names are.
OF_THE_RUNTIME = ("json", "logging", "traceback", "datetime", "importlib", "re", "collections")
# What many functions import first; a function's own module of such a name is still found before it.
OF_MANY = ("base64", "copy", "dataclasses", "decimal", "enum", "functools", "hashlib", "random", "socket", "string")
OF_MANY += ("tempfile", "threading", "typing", "urllib.parse", "uuid")

kernel = ctypes.CDLL(None, use_errno=True)


def preload():
    import importlib

    known = set(sys.modules)
    for name in OF_THE_RUNTIME:
        importlib.import_module(name)
    of_the_runtime = set(sys.modules)
    for name in OF_MANY:
        importlib.import_module(name)
    # The first decoding of a foreign text imports its codec.
    "ü".encode("ascii", "replace"), "ü".encode("latin-1"), b"x".decode("utf-8", "replace"), "x".encode("idna")
    return set(sys.modules) - of_the_runtime - known


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "the kernel refused")


def setns(fd, kinds):
    check(kernel.setns(fd, kinds))


def prctl(option, value):
    check(kernel.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def rename(name):
    """What lists of processes show."""
    check(kernel.prctl(PR_SET_NAME, ctypes.create_string_buffer(name.encode()), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


class Knowledge:
    """What the daemon has said at the start."""

    def __init__(self, text):
        line, user, last, limits, program = text.split(" ")
        self.line, self.user, self.last_capability = int(line), int(user), int(last)
        self.limits = [tuple(map(int, each.split(":"))) for each in limits.split(",")]
        self.program = ctypes.create_string_buffer(bytes.fromhex(program), len(program) // 2)
        self.filter = Filter(len(program) // 16, ctypes.addressof(self.program))


class Filter(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("program", ctypes.c_void_p)]


class Limit(ctypes.Structure):
    _fields_ = [("now", ctypes.c_ulong), ("most", ctypes.c_ulong)]


def enter(known, process, output, doors):
    """The steps of a sandbox, in their order; the namespaces and the root are there already."""
    for door in doors:
        os.write(door, b"0")
    setns(process, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        os.setgroups([])
    except PermissionError:
        pass  # an ordinary user cannot give them up
    setns(process, CLONE_NEWUSER)
    os.setresgid(known.user, known.user, known.user)
    os.setresuid(known.user, known.user, known.user)
    for resource, most in known.limits:
        limit = Limit()
        check(kernel.getrlimit(resource, ctypes.byref(limit)))
        limit.now = limit.most = min(most, limit.most)
        check(kernel.setrlimit(resource, ctypes.byref(limit)))
    for capability in range(known.last_capability + 1):
        prctl(PR_CAPBSET_DROP, capability)
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    check(kernel.capset(header, none))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    # The change of identity has made the copy's own entries of /proc foreign to it.
    prctl(PR_SET_DUMPABLE, 1)
    check(kernel.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(known.filter), ctypes.c_ulong(0), ctypes.c_ulong(0)))
    os.chdir("/var/task")


def copy(known, fds):
    """Leaves a copy in the sandbox: answers in the copy only, with its socket. The one between ends at once, so that
    the copy belongs to the sandbox's process 1."""
    process, output, socket, *doors = fds
    setns(process, CLONE_NEWPID)
    between = os.fork()
    if between:
        _, status = os.waitpid(between, 0)
        return None, os.WEXITSTATUS(status) if os.WIFEXITED(status) else EINVAL
    failed = EINVAL
    try:
        enter(known, process, output, doors)
        if os.fork() == 0:
            # Process 1 of the sandbox expects its program under this number.
            if os.getpid() == 3:
                os.dup2(socket, 3)
                os.closerange(4, 1 << 16)
                return 3, 0
            os._exit(1)
        failed = 0
    except OSError as error:
        failed = error.errno or EINVAL
    os._exit(failed)


def park(text):
    """Answers in copies only: the socket over which the function comes, and what may have to be forgotten."""
    forgettable = preload()
    known = Knowledge(text)
    line = _socket.socket(fileno=known.line)
    room = _socket.CMSG_SPACE(16 * 4)
    rename("parked-python")
    gc.collect()
    gc.freeze()
    while True:
        message, rights, _, _ = line.recvmsg(64, room)
        if not message:
            os._exit(0)
        fds = array.array("i")
        for _, _, data in rights:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        try:
            socket, failed = copy(known, fds)
        except OSError as error:
            socket, failed = None, error.errno or EINVAL
        if socket is not None:
            # Its number is another file's by now.
            line.detach()
            rename("waiting-python")
            return socket, forgettable
        for fd in fds:
            os.close(fd)
        line.sendall(failed.to_bytes(4, sys.byteorder, signed=True))


def receive(socket):
    """The function's variables: a length, then each with its end."""
    parts, missing = b"", 4
    while missing > 0:
        data = os.read(socket, missing)
        if not data:
            os._exit(0)
        parts += data
        missing -= len(data)
        if len(parts) == 4:
            missing = int.from_bytes(parts, sys.byteorder)
    os.close(socket)
    return parts[4:]


def become(variables):
    """The variables of the function instead of the parked interpreter's."""
    for name in list(os.environ):
        # The interpreter itself sets this when it starts in a locale that the machine does not have.
        if name != "LC_CTYPE":
            del os.environ[name]
    for line in variables.split(b"\0")[:-1]:
        name, _, value = line.partition(b"=")
        os.environb[name] = value


def forget(names):
    """What the function or a layer brings under a name that is loaded already must be found instead."""
    brought = set()
    for directory in (os.environ.get("LAMBDA_TASK_ROOT", "/var/task"), "/opt/python"):
        try:
            brought.update(entry.partition(".")[0] for entry in os.listdir(directory))
        except OSError:
            pass
    if brought:
        for name in names:
            if name.partition(".")[0] in brought:
                sys.modules.pop(name, None)


def wait_for_a_function():
    import time

    socket, forgettable = park(os.environ["MOAT_ZYGOTE"])
    variables = receive(socket)
    rename(os.path.basename(os.path.realpath(sys.executable)))
    become(variables)
    time.tzset()
    forget(forgettable)
    for name in ("zygote", "ctypes", "_ctypes", "array"):
        sys.modules.pop(name, None)
