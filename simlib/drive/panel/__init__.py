"""The panel in JupyterLab: choose, see posts and money at once and timeliness simulated, compare, save."""

from __future__ import annotations

from simlib.drive.panel.workbench import Workbench, panel

__all__ = ["Workbench", "panel"]
