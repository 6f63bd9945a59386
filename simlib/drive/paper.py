"""Pages on paper: a browser that is there prints them as PDF, A4, with running titles and page numbers.

Any of Chromium, Chrome and Edge will do; nothing is downloaded. What is printed is the page without its
scripts, as it was written.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from simlib import words
from simlib.errors import InputError, Problem, RunError

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge"),
)
"""What the browsers are called on the path."""

PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"{ProgramFiles}\Google\Chrome\Application\chrome.exe",
    r"{ProgramFiles(x86)}\Google\Chrome\Application\chrome.exe",
    r"{LocalAppData}\Google\Chrome\Application\chrome.exe",
    r"{ProgramFiles(x86)}\Microsoft\Edge\Application\msedge.exe",
    r"{ProgramFiles}\Microsoft\Edge\Application\msedge.exe",
)
"""Where they stand on macOS and Windows; braces name a variable of the environment."""

CHOSEN = "SIMLIB_BROWSER"
"""Variable of the environment that names the browser to take."""
TIMEOUT_SECONDS = 120
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def find_browser() -> str:
    """The browser that prints. Raises InputError where there is none, saying which would do."""
    for found in _candidates():
        if found:
            return found
    raise InputError(Problem("paper_no_browser", values={"variable": CHOSEN}))


def _candidates() -> Iterable[str | None]:
    if chosen := os.environ.get(CHOSEN):
        found = shutil.which(chosen)
        if found is None:
            raise InputError(Problem("paper_not_this", values={"variable": CHOSEN, "found": chosen}))
        yield found
    for name in NAMES:
        yield shutil.which(name)
    for place in PLACES:
        try:
            path = place.format_map(os.environ)
        except KeyError:
            continue
        yield path if Path(path).is_file() else None


def print_pages(browser: str, pages: Sequence[Path], say: Callable[[str], None]) -> list[Path]:
    """Print each page beside itself and return the PDF files. Raises RunError where the browser fails."""
    made = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for page in pages:
            made.append(_printed(browser, page, profile))
            say(words.say("paper_printed", page=made[-1].name))
    return made


def _printed(browser: str, page: Path, profile: str) -> Path:
    out = page.with_suffix(".pdf")
    part = page.with_suffix(".part.pdf")
    still = Path(profile) / page.name
    still.write_text(_SCRIPT.sub("", page.read_text("utf-8")), "utf-8")
    command = [browser, *_FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={part.absolute()}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")
    try:
        subprocess.run([*command, still.as_uri()], capture_output=True, timeout=TIMEOUT_SECONDS, check=True)
        part.replace(out)
    except (OSError, subprocess.SubprocessError) as error:
        part.unlink(missing_ok=True)
        raise RunError(words.say("paper_failed", page=page.name, error=type(error).__name__)) from None
    return out
