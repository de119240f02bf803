"""AWS's own runtime clients as packages of functions: where script/bootstrap put them, and what starts them."""

import io
import json
import os
import pathlib
import re
import shutil
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


def cargo(*words):
    """What cargo says, with the target directory that all programs with the Rust client share."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(CLIENTS / "rust"), "CARGO_INCREMENTAL": "0"}
    done = subprocess.run(["cargo", *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rust():
    """The program with the Rust client, built once for a checkout."""
    cargo("build", "--quiet", "--locked", "--manifest-path", RUST / "Cargo.toml")
    return CLIENTS / "rust/debug/bootstrap"


def example(page, language, text):
    """The first piece of code on a page, in this language and with this text in it."""
    pieces = re.findall(rf"^```{language}\b[^\n]*\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return next(piece for piece in pieces if text in piece)


def rust_example():
    """The program that the Rust client's own page shows first, beside our own so that it has the same libraries."""
    rust()
    known = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--manifest-path", RUST / "Cargo.toml"))
    client = next(package for package in known["packages"] if package["name"] == "lambda_runtime")
    code = example(pathlib.Path(client["manifest_path"]).with_name("README.md"), "rust", "lambda_runtime::run")
    place = CLIENTS / "rust-example"
    (place / "src").mkdir(parents=True, exist_ok=True)
    manifest = (RUST / "Cargo.toml").read_text()
    (place / "Cargo.toml").write_text(manifest.replace('name = "bootstrap"', 'name = "example"'))
    shutil.copy(RUST / "Cargo.lock", place)
    (place / "src/main.rs").write_text(code)
    cargo("build", "--quiet", "--locked", "--manifest-path", place / "Cargo.toml")
    return CLIENTS / "rust/debug/example"


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
        Code={"ZipFile": zipped}, **{"Timeout": 30, "MemorySize": 512, **settings})


def active(moat, *names):
    waiter = moat.client("lambda").get_waiter("function_active_v2")
    for name in names:
        waiter.wait(FunctionName=name, WaiterConfig={"Delay": 1})
