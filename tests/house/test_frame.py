"""The frame: dependencies, lock, environment and wheel say the same; nothing local leaves the checkout."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.plan import ROOT, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
TEXT_LIMIT_BYTES = 5 << 20


def tool(name: str) -> ModuleType:
    """One of the scripts in .ci as a module."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_versions() -> dict[str, str]:
    """Version by package, from the lock."""
    return {
        plain(name): version
        for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.MULTILINE)
    }


def declared() -> list[str]:
    """Every requirement of pyproject.toml, extras and build backend included."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    return [*PROJECT["dependencies"], *extras, *whole["build-system"]["requires"]]


def texts() -> list[tuple[str, str]]:
    """Name and text of every file of the checkout that is text."""
    found = []
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw[:8192] and len(raw) <= TEXT_LIMIT_BYTES:
            found.append((path.relative_to(ROOT).as_posix(), raw.decode("utf-8", "replace")))
    return found


def lines_with(pattern: str) -> list[str]:
    """Where a pattern stands, as file:line."""
    shape = re.compile(pattern)
    return [
        f"{name}:{number}"
        for name, text in texts()
        if shape.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if shape.search(line)
    ]


def test_environment_yml_is_what_pyproject_says() -> None:
    """Two lists of dependencies kept by hand would drift apart."""
    text = (ROOT / "environment.yml").read_text("utf-8")

    assert text == tool("environment").environment((ROOT / "pyproject.toml").read_text("utf-8"))
    assert text.rstrip().endswith('- pip: ["-e ."]')


def test_the_lock_holds_every_requirement_at_an_allowed_version() -> None:
    """A requirement outside the lock would be missing on every machine but the one it was written on."""
    packaging = pytest.importorskip("packaging.requirements", reason="ships with pytest")
    versions = locked_versions()
    wrong = []
    for line in declared():
        asked = packaging.Requirement(line)
        version = versions.get(plain(asked.name))
        if version is None or not asked.specifier.contains(version, prereleases=True):
            wrong.append(f"{line}: locked {version}")

    assert wrong == []


def test_every_locked_package_has_hashes_and_no_address() -> None:
    """A hash makes any mirror trustworthy; an address would forbid them all."""
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    bare = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]

    assert bare == []
    assert re.findall(r"https?:|--(?:index|extra-index|find-links)|#", LOCK) == []


def test_the_lock_serves_windows_too() -> None:
    """A lock resolved for one system leaves the others without their packages."""
    assert re.search(r"^pywinpty==\S+ ;.*(win32|nt)", LOCK, re.MULTILINE)
    assert "sys_platform" in LOCK


def test_no_file_names_a_local_path_or_user() -> None:
    """What names this machine fails on every other."""
    folders = "work|home|root|Users|mnt|srv"

    assert lines_with(rf"(?<![\w.\-:/<])/(?:{folders})/[\w.]|[A-Za-z]:\\+Users") == []


def test_no_file_names_a_package_host() -> None:
    """A machine behind a wall sets its own mirror; an address in the checkout would go past it."""
    names = ("pypi", "python" + "hosted", "npm" + "js", "anaconda", "tuna.tsinghua", "proxy.golang")
    hosts = "|".join(name.replace(".", r"\.") for name in names)

    assert lines_with(rf"(?:{hosts})\.(?:org|com|python|edu|cn)|mirrors\.[a-z]+\.(?:com|edu|cn)") == []


def test_text_files_are_utf8_with_unix_line_ends() -> None:
    """Mixed encodings and line ends make differences nobody can see."""
    wrong = []
    for path in tracked():
        raw = path.read_bytes()
        if path.suffix in {".png", ".xlsx", ".docx", ".bat"} or b"\0" in raw[:8192] or "tests" in path.parts:
            continue
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            wrong.append(f"{path.name}: not UTF-8")
        if b"\r\n" in raw:
            wrong.append(f"{path.name}: CRLF")

    assert wrong == []


def test_notebooks_are_committed_without_outputs() -> None:
    """An output in a notebook is a number nobody recomputed."""
    kept = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"] is not None):
                kept.append(f"{path.name} cell {number}")

    assert kept == []


def test_only_the_agreed_names_stand_at_the_top() -> None:
    """A planner who opens the folder sees what belongs to them."""
    folders = {"notebooks", "simlib", "scenarios", "reports", "tests", ".ci"}
    files = {
        *("README.md", "environment.yml", "pyproject.toml", "requirements.lock", "Makefile", "start.bat"),
        *("LICENSE", "CITATION.cff", "CHANGELOG.md", "DECISIONS.md", ".gitignore", ".gitattributes"),
    }
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}

    assert found - folders - files == set()
    assert files - found == set()


def test_reports_holds_only_its_readme() -> None:
    """What a run made is never part of what makes it."""
    inside = [
        path.relative_to(ROOT).as_posix() for path in tracked() if path.is_relative_to(ROOT / "reports")
    ]

    assert inside == ["reports/README.md"]


def test_version_is_one_in_project_citation_and_changelog() -> None:
    """A citation must name the version whose numbers it cites."""
    version = PROJECT["version"]

    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built without any registry."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("simlib-*.whl"))


def test_the_wheel_carries_every_data_file(tmp_path: Path) -> None:
    """An installed simlib must know the law, the places and the notebooks without the checkout."""
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        inside = set(wheel.namelist())
    wanted = set()
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("simlib/"):
            wanted.add(name)
        elif name.startswith(("scenarios/", "notebooks/")):
            wanted.add(f"simlib/workspace/{name}")

    assert wanted - inside == set()
    assert any(name.endswith("share/jupyter/lab/settings/overrides.json") for name in inside)


@pytest.mark.prove
def test_an_installed_wheel_makes_a_workspace_that_checks(tmp_path: Path) -> None:
    """A planner without the checkout starts with `simlib init`; the dependencies are lent from here."""
    wheel, venv = build_wheel(tmp_path), tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    home = next(venv.glob("[Ll]ib/**/site-packages"))
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    (home / "lent.pth").write_text(lent + "\n", "utf-8")
    scripts = venv / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [
        str(scripts / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--ignore-installed",
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    code = "import simlib; print(simlib.__file__)"
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def call(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert Path(call(str(scripts / "python"), "-c", code).strip()).is_relative_to(venv)
    call(str(scripts / "simlib"), "init", "mine")
    call(str(scripts / "simlib"), "check", str(tmp_path / "mine" / "scenarios"))
    assert (tmp_path / "mine" / "scenarios" / "leshan_2027.yaml").exists()
    assert (tmp_path / "mine" / "notebooks" / "start.ipynb").exists()


def test_lab_opens_beside_every_notebook_the_first_one_leads_to(tmp_path: Path) -> None:
    """A link of the start notebook finds its file, and what somebody wrote into a copy is never lost."""
    lab = tool("lab")
    lab.copy_notebooks(tmp_path / "lab")
    (tmp_path / "lab" / "budget.ipynb").write_text("mine", "utf-8")
    lab.copy_notebooks(tmp_path / "lab")
    start = (tmp_path / "lab" / "start.ipynb").read_text("utf-8")

    assert [
        name for name in re.findall(r"\]\((\w+\.ipynb)\)", start) if not (tmp_path / "lab" / name).exists()
    ] == []
    assert (tmp_path / "lab" / "budget.ipynb").read_text("utf-8") == "mine"
