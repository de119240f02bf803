"""kill -9 at random moments: what was acknowledged is there, and nothing is left over."""

import os
import random
import threading
import time

from conftest import Moat

ROUNDS = int(os.environ.get("MOAT_CRASH_ROUNDS", "100"))
WRITERS = 4


def test_no_acknowledged_write_is_lost():
    moat = Moat()
    seed = int(time.time())
    print(f"seed {seed}")
    chance = random.Random(seed)
    acknowledged, removed = set(), set()
    try:
        for round_number in range(ROUNDS):
            stop = threading.Event()
            added, gone = [], []

            def write(writer):
                iam = moat.client("iam")
                n = 0
                while not stop.is_set():
                    name = f"u-{round_number}-{writer}-{n}"
                    n += 1
                    try:
                        iam.create_user(UserName=name)
                        added.append(name)
                        if n % 3 == 0:
                            iam.delete_user(UserName=name)
                            gone.append(name)
                    except Exception:
                        return

            threads = [threading.Thread(target=write, args=(w,)) for w in range(WRITERS)]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.01, 0.15))
            moat.kill()
            stop.set()
            for thread in threads:
                thread.join()
            acknowledged.update(added)
            removed.update(gone)
            moat.start()
        pages = moat.client("iam").get_paginator("list_users").paginate()
        present = {user["UserName"] for page in pages for user in page["Users"]}
        assert not (acknowledged - removed) - present, "acknowledged and lost"
        assert not removed & present, "deleted and back"
        print(f"{ROUNDS} rounds, {len(acknowledged)} acknowledged writes, {len(removed)} deletions")
        assert len(acknowledged) > ROUNDS
    finally:
        moat.stop()
