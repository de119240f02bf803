"""The AWS CLI's documented examples, run as they are documented.

Every example of an operation that moat serves either runs, and then its answer has every key of
the documented one, or stands in a table of `documented_exceptions` with its reason and is refused.
Identifiers are replaced by those of resources that the test makes for the example; every example
has a region of its own, so that none sees another's resources. The examples are read from
`CORPORA`; without that folder the test says so."""

import contextlib
import io
import json
import os
import pathlib
import re

import pytest
from awscli.clidriver import create_clidriver
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError

from documented_exceptions import ABSENT, NOT_SERVED, UNUSABLE
from documented_setup import SERVICES, Example, files

pytestmark = pytest.mark.lengthy
ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPORA = pathlib.Path(os.environ.get("MOAT_CORPORA", ROOT.parent / "shared/corpora"))
EXAMPLES = CORPORA / "aws-cli-examples"
# A map by identifiers: the keys are whatever was made.
IDENTIFIER = re.compile(r"EXAMPLE\w*$")
# The program itself leaves these out of what it pages through.
DROPPED = ("IsTruncated", "Marker")


def operations(service):
    """What the service's registry has."""
    sources = (ROOT / f"crates/svc-{service}/src").glob("ops*/**/*.rs")
    sources = [*sources, *(ROOT / f"crates/svc-{service}/src").glob("ops.rs")]
    names = {name for path in sources for name in re.findall(r"\.with::<api::(\w+)>", path.read_text())}
    return {xform_name(name, "-") for name in names}


def documented(service):
    """The examples of the operations that moat serves."""
    examples = json.loads((EXAMPLES / f"{service}.json").read_text())["examples"]
    served = operations(service)
    return [example for example in examples if example["operation"] in served]


def missing(wanted, given, path=""):
    """The documented keys that an answer lacks. Of a documented list the first element counts,
    and some element of the answer must have its keys."""
    if isinstance(wanted, dict):
        return missing_keys(wanted, given, path)
    if isinstance(wanted, list) and wanted:
        if not isinstance(given, list) or not given:
            return [f"{path}[]"]
        return min((missing(wanted[0], element, f"{path}[]") for element in given), key=len)
    return []


def missing_keys(wanted, given, path):
    if isinstance(given, str) and given.startswith("{"):
        given = json.loads(given)
    if isinstance(given, list):
        # Some documents write a list of one as the one.
        return missing([wanted], given, path)
    if not isinstance(given, dict):
        return [path]
    if wanted and all(IDENTIFIER.search(key) for key in wanted):
        return [] if given else [path]
    lacking = [f"{path}.{key}" for key in wanted if key not in given and key not in DROPPED]
    return lacking + [found for key in wanted if key in given
                      for found in missing(wanted[key], given[key], f"{path}.{key}")]


class Answer:
    """What the AWS CLI printed."""

    def __init__(self, driver, words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                self.code = driver.main(words)
            except SystemExit as end:
                self.code = end.code
        self.out, self.err = out.getvalue(), err.getvalue().strip()


def of(table, example):
    """The reason that a table gives for an example: its key is part of the command."""
    return next((reason for part, reason in table.items() if re.search(part, str(example))), None)


def judge(example, driver_of):
    """What is wrong with moat's answer to an example; nothing when nothing is."""
    try:
        words = example.command()
        answer = Answer(driver_of(*example.key), words)
    except (ClientError, WaiterError) as error:
        return [f"its set-up fails: {error}"]
    if of(NOT_SERVED, example):
        return [] if answer.code else ["it is served, although the table says it is not"]
    if answer.code:
        return [f"{answer.code}: {answer.err}"]
    if not example.comparable:
        return []
    given = json.loads(answer.out) if answer.out.strip() else {}
    absent = {path for part, paths in ABSENT.items() if re.search(part, str(example)) for path in paths}
    lacking = set(missing(example.output, given))
    return [f"lacks {path}" for path in sorted(lacking - absent)] + [
        f"has {path}, although the table says it has not" for path in sorted(absent - lacking)]


@pytest.mark.parametrize("service", SERVICES)
def test_documented_examples(moat, service, monkeypatch, tmp_path, capsys):
    if not EXAMPLES.is_dir():
        with capsys.disabled():
            print(f"\n{service}: no documented examples at {EXAMPLES}")
        return
    monkeypatch.chdir(tmp_path)
    for name, content in files().items():
        (tmp_path / name).write_bytes(content)
    for name, value in {"AWS_ENDPOINT_URL": moat.url, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
                        "AWS_DEFAULT_OUTPUT": "json", "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)

    loader = create_clidriver().session.get_component("data_loader")

    def driver_of(key, secret):
        """A program as just started, but for the models that it has read."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        driver = create_clidriver()
        driver.session.register_component("data_loader", loader)
        return driver

    examples = [Example(n, service, example, moat.url) for n, example in enumerate(documented(service))]
    usable = [example for example in examples if not of(UNUSABLE, example)]
    wrong = {str(example): found for example in usable if (found := judge(example, driver_of))}
    refused = sum(of(NOT_SERVED, example) is not None for example in usable)
    with capsys.disabled():
        print(f"\n{service}: {len(usable) - refused} documented examples ran, {refused} were refused for a stated "
              f"reason, {len(examples) - len(usable)} cannot be run as written")
    assert not wrong, json.dumps(wrong, indent=1)
