"""Open JupyterLab on copies of the notebooks that git does not track: `make lab`.

The copies, and Lab's own settings and window layout, stand in `lab/`; a copy that is there is never replaced.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / "lab"
NOTEBOOKS = ROOT / "notebooks"
START = "start.ipynb"


def command(*extra: str) -> list[str]:
    """The command that opens Lab on the copy; as root, Lab must be told it may."""
    settings = LAB / ".settings"
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        *(sys.executable, "-m", "jupyterlab", str(LAB / START)),
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.user_settings_dir={settings / 'user'}",
        f"--LabApp.workspaces_dir={settings / 'workspaces'}",
        *(["--allow-root"] if as_root else []),
        *extra,
    ]


def copy_notebooks(folder: Path) -> None:
    """Put a copy of each notebook into the folder; one that is there stays as it is."""
    folder.mkdir(exist_ok=True)
    for book in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not (folder / book.name).exists():
            shutil.copyfile(book, folder / book.name)


def main() -> None:
    """Copy what has no copy yet, the notebooks the first one leads to as well, and open Lab on the first."""
    copy_notebooks(LAB)
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    try:
        sys.exit(subprocess.run(command(*sys.argv[1:]), env=env, cwd=ROOT).returncode)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
