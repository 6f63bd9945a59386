"""Collect the locked packages in `wheels/` for a machine without a registry: `make bundle`.

They suit machines of this kind: the same system, processor and Python version.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "wheels"


def main() -> None:
    """Download every locked wheel, check its hash, and put the folder in place when all are there."""
    part = WHEELS.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    options = ["--require-hashes", "--only-binary", ":all:", "--dest", str(part)]
    if subprocess.run([*command, *options, "-r", str(ROOT / "requirements.lock")]).returncode:
        shutil.rmtree(part, ignore_errors=True)
        sys.exit("Not every locked package could be downloaded; wheels/ is as it was.")
    shutil.rmtree(WHEELS, ignore_errors=True)
    part.rename(WHEELS)
    files = list(WHEELS.glob("*.whl"))
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    kind = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    print(f"wheels/: {len(files)} packages, {megabytes:.0f} MB, for {kind}.")
    print("Copy this folder with its wheels/ to the other machine and run `make plan` (or start.bat) there.")


if __name__ == "__main__":
    main()
