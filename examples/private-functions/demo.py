"""Shows two functions in a private subnet: what they reach, what not, and what `moat invoke` says when a rule is gone."""

import json
import os
import sys

import boto3
from functions_in_a_network import ELSEWHERE, HERE, InternalApi, PrivateFunctions, build

BOLD, RED, GREEN, OFF = ("\033[1m", "\033[31m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 4


def headline(text):
    print(f"\n{BOLD}{text}{OFF}", flush=True)


def indented(text):
    return "".join(f"  {line}\n" for line in text.splitlines())


def main():
    headline("An internal API in subnet B; a Python and a Rust function in subnet A")
    program = build(HERE.parents[1] / "build/private-functions")
    print(f"  the Rust function is a static program of {program.stat().st_size // 1024} KB")
    api = InternalApi(boto3.client("ec2"), os.environ["MOAT_BIN"], name="internal-api-of-functions").make()
    functions = PrivateFunctions(api, boto3.client("lambda"), boto3.client("iam")).make(program)
    wrong = []

    def expect(what, holds):
        if not holds:
            wrong.append(what)

    headline("Each asks the API, cold and warm")
    for name in functions.names:
        for start in ("cold", "warm"):
            told = functions.told(name)
            init = f" after {told['init_ms']} ms of init" if told["init_ms"] else ""
            print(f"  {name:15} {start}  {told['duration_ms']:7.2f} ms{init}: {told['answer']}")
            expect(f"{name} {start}", told["function_error"] is None and (told["init_ms"] is None) == (start == "warm"))
    headline("And reaches nothing else")
    for name in functions.names:
        for place, title in ELSEWHERE.items():
            told = functions.told(name, "--event", json.dumps(place))
            reasons = [reason for obstacle in told["obstacles"] for reason in obstacle["because"][:1]]
            print(f"  {name:15} {title + ', ' + place:46} {told['answer'].get('errorMessage', told['answer'])}")
            print(f"  {'':15} {'; '.join(reasons)}")
            expect(f"{name} to {place}", told["function_error"] and reasons)
    headline("Now without the ingress rule of the API")
    with api.no_ingress_rule():
        for name in functions.names:
            done = functions.invoke(name)
            print(indented(done.stdout))
            expect(f"{name} without the rule", done.returncode == 1 and "authorize-security-group-ingress" in done.stdout)
    headline("All put back")
    for name in functions.names:
        told = functions.told(name)
        print(f"  {name:15} {told['answer']}")
        expect(f"{name} in the end", told["function_error"] is None and not told["obstacles"])
    functions.remove()
    api.remove()
    for what in wrong:
        print(f"  {RED}NOT AS EXPECTED{OFF}  {what}")
    return 1 if wrong else 0


sys.exit(main())
