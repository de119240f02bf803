"""Shows an internal API, and why it cannot be reached: four times broken, four times explained."""

import os
import sys
import time

import boto3
from network import InternalApi

BOLD, RED, GREEN, OFF = ("\033[1m", "\033[31m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 4


def headline(text):
    print(f"\n{BOLD}{text}{OFF}", flush=True)


def main():
    headline("A VPC with two private subnets and a public one; an API in subnet B by `moat run`")
    begin = time.perf_counter()
    api = InternalApi(boto3.client("ec2"), os.environ["MOAT_BIN"]).make()
    print(f"  {api.instance} at 10.20.2.10, its client {api.client} at 10.20.1.10, in "
          f"{(time.perf_counter() - begin) * 1000:.0f} ms")
    answer = api.ask()
    print(f"  the client asks: {answer}")
    if not answer or "hello" not in answer:
        raise SystemExit("the API was not reached")
    rows = []
    for broken in api.breaks():
        headline(f"Now with {broken.__doc__}")
        with broken():
            answer, explained = api.ask(), api.why()
        print(f"  the client asks: {answer or 'nothing comes back'}")
        print(f"  moat why:        {explained['verdict']}")
        for command in explained["fix"]:
            print(f"  fix:             {command}")
        print(f"  a real packet was {explained['probe']}, the model {'agrees' if explained['agrees'] else 'DISAGREES'}")
        rows.append((broken.__doc__, explained["layer"], not answer and explained["agrees"]))
    works = api.ask()
    headline("All put back")
    print(f"  the client asks: {works}")
    for title, layer, told in rows:
        print(f"  {GREEN if told else RED}{'explained' if told else 'NOT EXPLAINED'}{OFF}  {title}  ({layer})")
    api.remove()
    return 0 if works and all(told for *_, told in rows) else 1


sys.exit(main())
