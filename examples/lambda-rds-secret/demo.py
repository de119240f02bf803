"""Shows the story: it works; one thing is taken away; moat says why; it is put back."""

import contextlib
import json
import os
import subprocess
import sys
import time

import deploy
from breaks import breaks

BOLD, DIM, RED, GREEN, OFF = ("\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 5


def say(text):
    print(f"{DIM}  {text} …{OFF}", flush=True)


def headline(text):
    print(f"\n{BOLD}{text}{OFF}", flush=True)


def timed(call):
    begin = time.perf_counter()
    result = call()
    return result, (time.perf_counter() - begin) * 1000


def why(source, target):
    """What `moat why` says, as JSON."""
    words = [os.environ["MOAT_BIN"], "why", source, target, "--output", "json"]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"moat why failed: {done.stderr}")
    return json.loads(done.stdout)


def seen(answer):
    """What the function's caller saw, on one line."""
    text = f"{answer.get('errorType', 'error')}: {answer.get('errorMessage', answer)}".replace("\n", " ")
    return text if len(text) <= 150 else text[:147] + "..."


def main():
    headline("Deploying a function, its database and its secret into a private network")
    stack, took = timed(lambda: deploy.Stack(say).deploy())
    print(f"  deployed in {took / 1000:.1f} s")

    headline("Invoking it")
    (answer, failed), cold = timed(lambda: stack.invoke({"seed": ["a lock", "a moat", "a drawbridge"]}))
    if failed:
        raise SystemExit(f"the function failed: {json.dumps(answer, indent=2)}")
    warm = []
    for _ in range(20):
        (answer, failed), took = timed(lambda: stack.invoke({}))
        warm.append(took)
    print(f"  rows     {json.dumps(answer['orders'])}")
    print(f"  cold     {cold:8.1f} ms   (Python, boto3, TLS to Secrets Manager, a PostgreSQL login)")
    print(f"  warm     {sorted(warm)[len(warm) // 2]:8.1f} ms   (median of {len(warm)})")

    rows = []
    for item in breaks(stack, deploy.NAME):
        headline(f"Taking away {item.title}")
        item.remove()
        (answer, failed), took = timed(lambda: stack.invoke({}))
        explained = why(f"function:{deploy.NAME}", item.target)
        mark = f"{RED}failed{OFF}" if failed else "still works"
        print(f"  the function {mark} after {took / 1000:.1f} s: {seen(answer) if failed else answer}")
        print(f"  moat why     {explained['verdict']}")
        for command in explained["fix"]:
            print(f"  fix          {command}")
        right = failed and not explained["reachable"] and item.layer == explained["layer"]
        say("putting it back")
        item.restore()
        (answer, failed), _ = timed(lambda: stack.invoke({}))
        whole = why(f"function:{deploy.NAME}", item.target)
        rows.append((item.title, explained["layer"] or "-", right, not failed and whole["reachable"]))

    headline("Summary")
    print(f"  {'taken away':<46} {'moat names':<18} {'broke':<7} restored")
    for title, layer, broke, restored in rows:
        ok = lambda good: f"{GREEN}yes{OFF}    " if good else f"{RED}NO{OFF}     "
        print(f"  {title:<46} {layer:<18} {ok(broke)} {ok(restored)}")
    return 0 if all(broke and restored for *_, broke, restored in rows) else 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
