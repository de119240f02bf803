"""AWS's own runtime clients as packages of functions: where script/bootstrap put them, and what starts them."""

import io
import os
import pathlib
import subprocess
import zipfile

import pytest
from conftest import ROOT
from functions import role

CLIENTS = pathlib.Path(os.environ.get("MOAT_RUNTIME_CLIENTS", ROOT / "build/runtime-clients"))
RUST = ROOT / "tests/lambda-runtime"
PYTHON = "#!/bin/sh\nexec /usr/bin/python3 -m awslambdaric \"$_HANDLER\"\n"
NODE = "#!/bin/sh\nexec node /var/task/node_modules/aws-lambda-ric/bin/index.mjs \"$_HANDLER\"\n"


def installed(name):
    """The directory of a client; script/bootstrap makes it."""
    directory = CLIENTS / name
    if not directory.is_dir():
        pytest.fail(f"{directory} is missing: script/bootstrap installs AWS's runtime clients")
    return directory


def rust():
    """The program with the Rust client, built once for a checkout."""
    target = CLIENTS / "rust"
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target), "CARGO_INCREMENTAL": "0"}
    built = subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--manifest-path", RUST / "Cargo.toml"],
        env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return target / "debug/bootstrap"


def package(files, *directories):
    """A zip of these files, the `bootstrap` among them to be executed, and of what is in the directories."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
        for directory in directories:
            for file in sorted(directory.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(directory))
    return content.getvalue()


def create(moat, name, runtime, zipped, handler="app.handler", **settings):
    """Does not wait until it is active: see `active`."""
    moat.client("lambda").create_function(
        FunctionName=name, Runtime=runtime, Handler=handler, Role=role(moat, "e2e-functions"),
        Code={"ZipFile": zipped}, **{"Timeout": 10, "MemorySize": 512, **settings})


def active(moat, *names):
    waiter = moat.client("lambda").get_waiter("function_active_v2")
    for name in names:
        waiter.wait(FunctionName=name, WaiterConfig={"Delay": 1})
