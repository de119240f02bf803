"""Terraform as a user runs it, and where its providers are on machines that cannot fetch them."""

import os
import pathlib
import shutil
import subprocess


def installed():
    return shutil.which("terraform") is not None


class Terraform:
    """The program in one folder, pointed at one moat."""

    def __init__(self, moat, folder, **variables):
        config = folder / "terraformrc"
        config.write_text(mirror())
        self.folder = folder
        self.environment = moat.environment(
            TF_CLI_CONFIG_FILE=str(config), TF_IN_AUTOMATION="1", CHECKPOINT_DISABLE="1",
            **{f"TF_VAR_{name}": value for name, value in variables.items()})

    def run(self, *words):
        done = subprocess.run(
            ["terraform", *words, "-no-color"], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"terraform {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def apply(self):
        self.run("init", "-input=false")
        self.run("apply", "-auto-approve", "-input=false")

    def output(self, name):
        return self.run("output", "-raw", name)

    def plan_is_empty(self):
        # With this flag a plan that would change something exits with 2.
        self.run("plan", "-detailed-exitcode", "-input=false")

    def destroy(self):
        self.run("destroy", "-auto-approve", "-input=false")


def mirror():
    """The configuration that names a local mirror: `$MOAT_TERRAFORM_PLUGINS`, else one under /opt; empty
    when there is none and Terraform fetches its providers itself."""
    named = os.environ.get("MOAT_TERRAFORM_PLUGINS")
    found = [pathlib.Path(named)] if named else sorted(
        path.parent for path in pathlib.Path("/opt").glob("*/registry.terraform.io"))
    if not found:
        return ""
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{found[0]}"\n  }}\n}}\n'
