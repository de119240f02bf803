"""kill -9 of a moat that works, and what its callers meet."""

import os
import threading
import time

import botocore.exceptions
from conftest import Moat
from private_network import PrivateNetwork

ROUNDS = int(os.environ.get("MOAT_CRASH_ROUNDS", "100"))
SEED = int(os.environ.get("MOAT_CRASH_SEED", time.time()))
# What a call meets when moat ends under it.
CUT_OFF = (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)


def deployed():
    """The private network of a moat of its own; ends with it."""
    moat = Moat()
    try:
        yield PrivateNetwork(moat).deploy()
    finally:
        moat.stop()


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
