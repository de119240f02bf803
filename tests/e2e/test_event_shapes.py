"""The events and responses of AWS's services, as their libraries' tests have them, come back from functions in three
languages as they were."""

import json
import os
import pathlib
import shutil

import pytest
import runtime_clients
from conftest import ROOT
from functions import deploy, invoke

CORPUS = pathlib.Path(os.environ.get("MOAT_CORPORA", ROOT.parent / "shared/corpora")) / "lambda-events"
PYTHON = "def handler(event, context):\n    return event\n"
NODE = "exports.handler = async (event) => event;\n"


@pytest.fixture(scope="module")
def shapes():
    """Every document of the corpus by its path."""
    if not CORPUS.is_dir():
        pytest.skip(f"{CORPUS} is missing")
    files = sorted(CORPUS.rglob("*.json"))
    return {str(file.relative_to(CORPUS)): json.loads(file.read_text()) for file in files}


def test_there_are_shapes_of_both_sources(shapes):
    sources = {name.split("/")[0] for name in shapes}
    assert sources == {"rust-fixtures", "sam-generate-event"} and len(shapes) > 90


def check(moat, name, shapes):
    """All at once, and one as it would come."""
    come_back, _ = invoke(moat, name, shapes)
    differing = [shape for shape in shapes if come_back.get(shape) != shapes[shape]]
    assert not differing and come_back == shapes, differing
    alone = next(iter(shapes.values()))
    assert invoke(moat, name, alone)[0] == alone


def test_through_python(moat, shapes):
    deploy(moat, "shapes-python", PYTHON)
    check(moat, "shapes-python", shapes)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_through_node(moat, shapes):
    deploy(moat, "shapes-node", NODE, runtime="nodejs20.x", MemorySize=512)
    check(moat, "shapes-node", shapes)


def test_through_rust(moat, shapes):
    package = runtime_clients.package({"bootstrap": runtime_clients.rust().read_bytes()})
    runtime_clients.create(moat, "shapes-rust", "provided.al2023", package)
    runtime_clients.active(moat, "shapes-rust")
    check(moat, "shapes-rust", shapes)
