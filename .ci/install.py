"""Make `.venv` from requirements.lock: `python3 .ci/install.py`. Standard library only; any system.

A stamp in `.venv` remembers what was installed, so a second call ends at once. uv from the registry installs
quickest; where it cannot be had, pip installs the same locked files. A folder `wheels/` (see `make bundle`)
is used instead of any registry.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
WHEELS = ROOT / "wheels"
STAMP = VENV / "installed.json"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PREREQUISITES = "apt-get install make git python3 python3-venv"
OLDEST, NEWEST = (3, 11), (3, 14)


def wanted() -> dict[str, str]:
    """What a finished environment was made from: digests of the lock and the project, the place it stands."""
    return {
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "project": hashlib.sha256(PROJECT.read_bytes()).hexdigest(),
        "python": ".".join(map(str, sys.version_info[:2])),
        "folder": str(VENV),
    }


def installed() -> dict[str, str]:
    """What the environment here was made from, nothing when there is none."""
    try:
        found = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and PYTHON.exists() else {}


def check_python() -> None:
    """End with one line when this Python cannot make the environment."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            f"simlib needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is {sys.version.split()[0]}. "
            "Name another: make PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        sys.exit(f"This Python lacks venv and ensurepip. Run: {PREREQUISITES}")


def run(*command: str | Path, env: dict[str, str] | None = None, quiet: bool = False) -> bool:
    """Whether the command succeeded; `quiet` keeps what it prints to itself."""
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run([str(part) for part in command], env=env, stdout=sink, stderr=sink).returncode == 0


def source() -> list[str]:
    """Where packages come from: the bundled wheels if there are any, else the registry pip is set to."""
    bundled = WHEELS.is_dir() and any(WHEELS.glob("*.whl"))
    return ["--no-index", "--find-links", str(WHEELS)] if bundled else []


def locked(name: str) -> str:
    """The lines of the lock for one package, its hashes included."""
    found = re.search(rf"^{name}==.*(?:\n .*)*", LOCK.read_text("utf-8"), re.MULTILINE)
    if found is None:
        sys.exit(f"requirements.lock does not name {name}; run: make lock")
    return found[0] + "\n"


def pip(*arguments: str, quiet: bool = False) -> bool:
    """Whether pip of the environment did as told."""
    return run(PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments, quiet=quiet)


def pip_setting(name: str) -> str:
    """One setting of pip's configuration, empty when not set."""
    command = [str(PYTHON), "-m", "pip", "config", "get", name]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def uv_environment() -> dict[str, str]:
    """This process's environment, with the mirror and certificates pip is told to use passed on to uv."""
    env = dict(os.environ)
    index = env.get("PIP_INDEX_URL") or pip_setting("global.index-url")
    if index and not ({"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & env.keys()):
        env["UV_DEFAULT_INDEX"] = index
    certificates = env.get("PIP_CERT") or pip_setting("global.cert")
    if certificates:
        env.setdefault("SSL_CERT_FILE", certificates)
    env.setdefault("UV_HTTP_TIMEOUT", "120")
    return env


def get_uv() -> Path | None:
    """uv at its locked version inside the environment, None when it cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        only = Path(folder) / "uv.txt"
        only.write_text(locked("uv"), "utf-8")
        got = pip("install", "--require-hashes", "--no-deps", *source(), "-r", str(only), quiet=True)
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    return uv if got and uv.exists() else None


def install_locked() -> None:
    """Install every locked package, by uv or else by pip; end when neither can."""
    uv = get_uv()
    if uv is not None:
        offline = ["--offline"] if source() else []
        options = ["--quiet", "--require-hashes", "--compile-bytecode", *source(), *offline]
        if run(uv, "pip", "sync", "--python", PYTHON, *options, LOCK, env=uv_environment()):
            return
    print("uv cannot be used here; pip installs instead (slower).", flush=True)
    if not pip("install", "--quiet", "--require-hashes", *source(), "-r", str(LOCK)):
        where = "wheels/ lacks a package for this system" if source() else "no package registry was reached"
        sys.exit(f"The packages could not be installed: {where}. See the README, Installing.")


def compile_all() -> None:
    """Compile now what the user's first run would wait for: modules, the engine and the loops around it."""
    run(PYTHON, "-m", "compileall", "-q", ROOT / "simlib")
    both = [
        subprocess.Popen([str(PYTHON), "-m", name])
        for name in ("simlib.desks.kernel", "simlib.drive.rehearsal")
    ]
    for one in both:
        one.wait()


def main() -> None:
    """Bring `.venv` up to the lock; print nothing when it already is."""
    want, have = wanted(), installed()
    if have == want:
        return
    check_python()
    began = time.monotonic()
    same_base = all(have.get(key) == want[key] for key in ("python", "folder"))
    if not same_base:
        print("Making the environment in .venv …", flush=True)
        if not run(sys.executable, "-m", "venv", "--clear", VENV):
            sys.exit(f"The environment could not be made. Run: {PREREQUISITES}")
    STAMP.unlink(missing_ok=True)
    if not same_base or have.get("lock") != want["lock"]:
        install_locked()
    editable = ("install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT))
    if not pip(*editable):
        sys.exit("simlib itself could not be installed into .venv")
    compile_all()
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(want, indent=1), "utf-8")
    part.replace(STAMP)
    print(f"The environment is ready ({time.monotonic() - began:.0f} s).", flush=True)


if __name__ == "__main__":
    main()
