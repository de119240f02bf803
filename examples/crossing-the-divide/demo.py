"""Shows the way from a public webhook to an application that only one function can reach."""

import collections
import sys
import time

import deploy
from provider import Provider

BOLD, DIM, RED, GREEN, OFF = ("\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 5
FLOOD_SECONDS, FLOOD_RATE = 2, 10 * deploy.RATE


def headline(text):
    print(f"\n{BOLD}{text}{OFF}", flush=True)


class Demo:
    def __init__(self, stack):
        self.stack, self.provider, self.wrong = stack, Provider(stack), []

    def why(self, request):
        """The line of `moat why --request` that says the reason."""
        lines = [line.strip() for line in self.stack.command("why", "--request", request).stdout.splitlines()]
        return next((line for line in lines if line.startswith(("because", "by "))), "")

    def expect(self, holds, what, text):
        print(f"  {what:56} {GREEN if holds else RED}{text}{OFF}", flush=True)
        if not holds:
            self.wrong.append(what)

    def answered(self, wanted, what, answer):
        told = answer["body"].get("message", "a licence, and the application has it")
        self.expect(answer["status"] == wanted, what, f"{answer['status']} {told[:110]}")
        if answer["status"] in (403, 429):
            print(f"  {'':56} {DIM}{self.why(answer['request'])}{OFF}")

    def webhooks(self):
        headline("Who is let in")
        self.answered(200, "the provider tells of a payment", self.provider.pays("order-1"))
        self.answered(401, "somebody with the key signs it wrongly", self.provider.pays("order-2", secret="guessed"))
        self.answered(403, "somebody without the key", self.provider.pays("order-3", key=False))
        self.expect(self.stack.licences() == ["order-1"], "what the application was given", self.stack.licences())

    def nobody_else(self):
        headline("Who else reaches the application")
        reached = self.stack.command("reach", "--to", f"{deploy.APPLICATION}:{deploy.PORT}")
        for line in reached.stdout.splitlines():
            print(f"  {DIM}{line}{OFF}")
        self.expect(deploy.LICENCE in reached.stdout, "the function inside", "as it must")
        done = self.stack.command("why", f"function:{deploy.WEBHOOK}", f"{deploy.ADDRESS}:{deploy.PORT}")
        self.expect(done.returncode == 1, "the function outside", (done.stdout or done.stderr).strip().splitlines()[-1].split(": ", 1)[-1])
        # In the same subnet, but in the VPC's default group.
        group = self.stack.ec2.describe_security_groups(Filters=[
            {"Name": "vpc-id", "Values": [self.stack.vpc]}, {"Name": "group-name", "Values": ["default"]}])
        done = self.stack.command(
            "run", "--subnet", self.stack.inside, "--security-group", group["SecurityGroups"][0]["GroupId"], "--",
            "curl", "-sS", "--max-time", "1", f"http://{deploy.ADDRESS}:{deploy.PORT}/")
        self.expect(done.returncode == 28, "a program in the same subnet, in another group", done.stderr.strip()[:70])

    def flood(self):
        headline(f"A flood: {FLOOD_RATE} webhooks a second for {FLOOD_SECONDS} s, where {deploy.RATE} are allowed")
        # A full bucket to begin with.
        time.sleep(deploy.BURST / deploy.RATE)
        before = len(self.stack.licences())
        answers, seconds = self.provider.floods(FLOOD_SECONDS, FLOOD_RATE)
        given = len(self.stack.licences()) - before
        count = collections.Counter(answer["status"] for answer in answers)
        print(f"  {len(answers)} sent in {seconds:.1f} s: " + ", ".join(f"{n} times {status}" for status, n in sorted(count.items())))
        self.expect(given == count[200], "each webhook let in became one licence", f"{given} licences")
        allowed = deploy.BURST + deploy.RATE * seconds
        self.expect(count[200] <= allowed + 1 and count[429], "the application saw no more than the plan allows",
                    f"{count[200]} of at most {allowed:.0f}")
        print(f"  {DIM}{self.why(next(a for a in answers if a['status'] == 429)['request'])}{OFF}")

    def without_permission(self):
        headline("Now without the permission to invoke the function inside")
        time.sleep(1 / deploy.RATE)
        self.stack.forbid()
        answer = self.provider.pays("order-4")
        self.answered(502, "the provider tells of a payment", answer)
        print(f"  {'':56} {DIM}{self.why(answer['body'].get('request', ''))}{OFF}")
        self.stack.permit()
        time.sleep(1 / deploy.RATE)
        self.answered(200, "the same, after it was given back", self.provider.pays("order-5"))


def main():
    headline("Deploying: a public API, a function outside, a function inside, an application")
    stack = deploy.Stack(say=lambda text: print(f"{DIM}  {text} …{OFF}", flush=True)).deploy()
    demo = Demo(stack)
    for part in (demo.webhooks, demo.nobody_else, demo.flood, demo.without_permission):
        part()
    headline("Cleaning up")
    stack.remove()
    if demo.wrong:
        raise SystemExit(f"not as expected: {', '.join(demo.wrong)}")


if __name__ == "__main__":
    main()
