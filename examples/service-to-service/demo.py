"""Shows who is let in to an internal API, who is not, and the reason that AWS would hide."""

import http.client
import json
import os
import subprocess
import sys
import urllib.parse

import deploy

BOLD, DIM, RED, GREEN, OFF = ("\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 5


def why(request):
    """The line of `moat why --request` that says the reason."""
    done = subprocess.run([os.environ["MOAT_BIN"], "why", "--request", request], capture_output=True, text=True)
    lines = [line.strip() for line in done.stdout.splitlines()]
    return next((line for line in lines if line.startswith(("because", "by "))), done.stderr.strip())


def outside(stack, path, headers=None):
    """A request from outside: status, body and request id."""
    address = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", f"/{deploy.STAGE}/{path}", headers={"Host": stack.host, **(headers or {})})
    answer = connection.getresponse()
    return {"status": answer.status, "body": json.loads(answer.read()), "request": answer.getheader("x-amzn-requestid")}


def show(what, answer):
    allowed = answer["status"] == 200
    text = answer["body"].get("did") or answer["body"].get("message") or answer["body"].get("Message")
    print(f"  {what:44} {GREEN if allowed else RED}{answer['status']}{OFF} {text[:96]}")
    if not allowed:
        print(f"  {'':44} {DIM}{why(answer['request'])}{OFF}")
    return allowed


def main():
    print(f"\n{BOLD}Deploying two services: billing calls the API of orders{OFF}", flush=True)
    stack = deploy.Stack(say=lambda text: print(f"{DIM}  {text} …{OFF}", flush=True)).deploy()
    print(f"\n{BOLD}Who is let in{OFF}", flush=True)
    wrong = []

    def expect(allowed, what, answer):
        if show(what, answer) != allowed:
            wrong.append(what)

    expect(True, "billing reads an order, as its role may", stack.bill("GET", "orders/7"))
    expect(False, "billing deletes it, which its role may not", stack.bill("DELETE", "orders/7"))
    expect(False, "the same, with the path spelled otherwise", stack.bill("DELETE", "orders/%37"))
    expect(False, "somebody who has not signed", outside(stack, "orders/7"))
    stack.permit("*/orders/*")
    expect(True, "billing deletes, after its role was changed", stack.bill("DELETE", "orders/7"))
    expect(False, "a partner without its key", outside(stack, "report"))
    key = {"x-api-key": stack.key["value"]}
    answers = [outside(stack, "report", key)]
    # As fast as they are answered, until one is refused: a slow machine gets more of them through.
    while answers[-1]["status"] == 200 and len(answers) < 100 * deploy.BURST:
        answers.append(outside(stack, "report", key))
    expect(True, "a partner with its key", answers[0])
    expect(False, f"the same, more than {deploy.BURST} at once", answers[-1])
    print(f"\n{BOLD}Cleaning up{OFF}", flush=True)
    stack.remove()
    if wrong:
        raise SystemExit(f"not as expected: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
