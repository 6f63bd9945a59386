"""JupyterLab in a real browser: the start notebook opens in Chinese, runs, and answers a choice."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-this-test"
OWN = ("data:", "blob:", "ws:")
READY = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
  const kernel = session?.session?.kernel;
  return session?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a Lab on a copy of the start notebook; it ends with the test."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (tmp_path / "lab").mkdir()
    shutil.copy(ROOT / "notebooks" / "start.ipynb", tmp_path / "lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"),
        *(f"--ServerApp.root_dir={tmp_path}", f"--IdentityProvider.token={TOKEN}"),
        *("--LabApp.expose_app_in_browser=True", f"--LabApp.user_settings_dir={tmp_path / 'settings'}"),
        *(f"--LabApp.workspaces_dir={tmp_path / 'windows'}", "--ServerApp.ip=127.0.0.1"),
    ]
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    server = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urlopen(f"{address}/api?token={TOKEN}", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(timeout=20)


def test_the_start_notebook_runs_and_answers(chromium: Browser, lab: str) -> None:
    """Run from top to bottom, another formula chosen: the answer changes; nothing leaves this machine."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page, outside = context.new_page(), []
    page.on(
        "request",
        lambda request: outside.append(request.url) if not request.url.startswith((lab, *OWN)) else None,
    )
    page.goto(f"{lab}/lab/tree/lab/start.ipynb?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
    page.wait_for_function(READY, timeout=90_000)
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".simlib-panel table", timeout=120_000)
    before = page.inner_text(".simlib-panel .answer >> nth=0")
    menus = page.inner_text(".lm-MenuBar, .jp-MenuBar")

    page.select_option(".simlib-panel select >> nth=1", index=1)
    page.wait_for_function(
        "before => document.querySelector('.simlib-panel .answer')?.innerText !== before",
        arg=before,
        timeout=30_000,
    )
    page.wait_for_function(
        "() => document.querySelector('.simlib-panel')?.innerText.includes('按期办结')", timeout=120_000
    )
    page.click(".simlib-panel button:has-text('取消')")
    page.wait_for_function(
        "() => document.querySelector('.simlib-panel')?.innerText.includes('已取消')", timeout=10_000
    )

    assert "文件" in menus
    assert outside == []
    if folder := os.environ.get("SIMLIB_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "lab.png")
    context.close()
