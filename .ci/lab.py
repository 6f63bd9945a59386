"""Open JupyterLab on a copy of the start notebook that git does not track: `make lab`.

The copy, and Lab's own settings and window layout, stand in `lab/`; a copy that is there is never replaced.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / "lab"
START = ROOT / "notebooks" / "start.ipynb"


def command(*extra: str) -> list[str]:
    """The command that opens Lab on the copy; as root, Lab must be told it may."""
    settings = LAB / ".settings"
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        *(sys.executable, "-m", "jupyterlab", str(LAB / START.name)),
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.user_settings_dir={settings / 'user'}",
        f"--LabApp.workspaces_dir={settings / 'workspaces'}",
        *(["--allow-root"] if as_root else []),
        *extra,
    ]


def main() -> None:
    """Copy the start notebook if there is no copy yet, and open Lab on it."""
    LAB.mkdir(exist_ok=True)
    if not (LAB / START.name).exists():
        shutil.copyfile(START, LAB / START.name)
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    try:
        sys.exit(subprocess.run(command(*sys.argv[1:]), env=env, cwd=ROOT).returncode)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
