"""Write environment.yml for conda from pyproject.toml: `python .ci/environment.py`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"great-tables": "great_tables"}
"""Names on conda-forge that differ from the registry's; every other name is the same in small letters."""
PIP_ONLY = {"chinesecalendar"}
"""Not on conda-forge; the closing `-e .` fetches them."""
HEADER = """\
# Generated from pyproject.toml by .ci/environment.py (`make lock`); do not edit.
# conda env create -f environment.yml; the last line also fetches what conda-forge lacks: {pip_only}.
"""


def conda_line(requirement: str) -> str | None:
    """The conda form of one requirement of pyproject.toml, None for one that only pip has."""
    found = re.fullmatch(r"([A-Za-z0-9._-]+)\s*([<>=!~][^;\[]*)?", requirement)
    if found is None:
        raise ValueError(f"pyproject.toml: {requirement!r} has no plain conda form; teach .ci/environment.py")
    name = found[1].lower()
    return None if name in PIP_ONLY else CONDA_NAMES.get(name, name) + (found[2] or "").replace(" ", "")


def environment(pyproject: str) -> str:
    """The text of environment.yml for the text of pyproject.toml: users' packages and the compiled engine's.

    Raises ValueError for a requirement with extras, markers or an address.
    """
    project = tomllib.loads(pyproject)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["fast"]]
    lines = [line for line in map(conda_line, wanted) if line is not None]
    return "".join(
        [
            HEADER.format(pip_only=", ".join(sorted(PIP_ONLY))),
            f"name: {project['name']}\nchannels: [conda-forge, nodefaults]\ndependencies:\n",
            f'  - "python{project["requires-python"]}"\n',
            *(f'  - "{line}"\n' for line in lines),
            '  - pip\n  - pip: ["-e ."]\n',
        ]
    )


if __name__ == "__main__":
    text = environment((ROOT / "pyproject.toml").read_text("utf-8"))
    (ROOT / "environment.yml").write_text(text, "utf-8", newline="\n")
