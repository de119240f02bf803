"""Where Terraform's providers are, on machines that cannot fetch them."""

import os
import pathlib


def mirror():
    """The configuration that names a local mirror: `$MOAT_TERRAFORM_PLUGINS`, else one under /opt; empty
    when there is none and Terraform fetches its providers itself."""
    named = os.environ.get("MOAT_TERRAFORM_PLUGINS")
    found = [pathlib.Path(named)] if named else sorted(
        path.parent for path in pathlib.Path("/opt").glob("*/registry.terraform.io"))
    if not found:
        return ""
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{found[0]}"\n  }}\n}}\n'
