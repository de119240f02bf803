"""The story: a function in a private network works, each of six things breaks it, and moat names
the one that is missing. Every break of the demo is one test here."""

import json
import os
import pathlib
import sys

import pytest
from functions import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples/lambda-rds-secret"))


@pytest.fixture(scope="module")
def story(moat):
    kept = dict(os.environ)
    os.environ.update(moat.environment())
    import deploy
    try:
        stack = deploy.Stack(lambda text: None).deploy()
        eventually(lambda: not stack.invoke({"seed": ["a lock", "a moat"]})[1])
        yield stack
    finally:
        os.environ.clear()
        os.environ.update(kept)


def why(moat, target):
    return json.loads(moat.moat("why", "function:orders", target, "--output", "json").stdout)


def works(story):
    """What the function answers when it has all that it needs: it waits two seconds for each, which a busy machine may
    let pass now and then."""
    answers = []

    def look():
        answers.append(story.invoke({}))
        return not answers[-1][1]

    try:
        eventually(look)
    except AssertionError:
        raise AssertionError(answers[-1]) from None
    return answers[-1][0]


def test_it_works_whole(moat, story):
    assert works(story) == {"orders": [{"id": 1, "item": "a lock"}, {"id": 2, "item": "a moat"}]}
    for target in ("db:orders", "secret:orders/db"):
        explained = why(moat, target)
        assert explained["reachable"], explained


def names():
    from breaks import breaks

    class Nothing:
        def __getattr__(self, name):
            return lambda *a, **k: None

    return [item.title for item in breaks(Nothing(), "orders")]


@pytest.mark.parametrize("title", names())
def test_taking_away(moat, story, title):
    from breaks import breaks

    item = next(b for b in breaks(story, "orders") if b.title == title)
    item.remove()
    try:
        answer, failed = story.invoke({})
        explained = why(moat, item.target)
    finally:
        item.restore()
    assert failed, f"the function still works without {title}: {answer}"
    assert not explained["reachable"]
    assert explained["layer"] == item.layer, explained
    assert explained["fix"], "a fix is named"
    works(story)
    assert why(moat, item.target)["reachable"]


def test_the_fix_that_is_named_repairs(moat, story):
    """The command of `moat why` is pasted into a shell with the AWS CLI."""
    import shlex

    story.ec2.revoke_security_group_egress(
        GroupId=story.function_group, IpPermissions=story.permission(5432, story.database_group))
    explained = why(moat, "db:orders")
    words = shlex.split(explained["fix"][0])
    assert words[0] == "aws"
    moat.aws(*words[1:])
    assert why(moat, "db:orders")["reachable"]
    works(story)


def test_a_secret_that_is_to_be_deleted_is_told(moat, story):
    import shlex

    secrets = moat.client("secretsmanager")
    secrets.delete_secret(SecretId="orders/db")
    explained = why(moat, "secret:orders/db")
    assert (explained["reachable"], explained["layer"]) == (False, "listener"), explained
    moat.aws(*shlex.split(explained["fix"][0])[1:])
    assert why(moat, "secret:orders/db")["reachable"]
    works(story)


def test_a_probe_agrees_with_the_model(moat, story):
    explained = why(moat, "db:orders")
    assert explained["probe"] == "connected"
    refused = why(moat, f"{story.database['Address']}:5433")
    assert not refused["reachable"] and refused["probe"] == "timed out"
