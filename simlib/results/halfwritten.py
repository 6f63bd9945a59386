"""What is being written beside its place: claimed by its writer, and taken away once nobody writes it.

A claim is a lock of the system on the open file or folder. It ends with the process that holds it, however
that ends, so what a killed batch left is known from what another one is writing at this moment.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

GRACE_SECONDS = 10
"""Between its making and its claim nothing is taken away."""
STALE_SECONDS = 3600
"""Where there are no such locks (Windows, some networks), what is older than this has no writer any more."""


def beside(place: Path) -> Path:
    """A new name beside a place, to write under."""
    return place.with_name(f"{place.name}.{uuid.uuid4().hex}.part")


@contextmanager
def claimed(part: Path) -> Iterator[None]:
    """Claim a file or folder that is there, for as long as it is written and put in place."""
    if sys.platform == "win32":  # what is open there cannot be put in place
        yield
        return
    handle = os.open(part, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def sweep(root: Path, ending: str = ".part") -> None:
    """Take away what writers killed before left half-written; nothing that somebody is writing."""
    for part in root.rglob(f"*{ending}") if root.is_dir() else ():
        with suppress(FileNotFoundError):  # its writer has put it in place
            if _is_left(part):
                if part.is_dir():
                    shutil.rmtree(part, ignore_errors=True)
                else:
                    part.unlink(missing_ok=True)


def _is_left(part: Path) -> bool:
    """Whether nobody writes it any more."""
    age = time.time() - part.stat().st_mtime
    if sys.platform == "win32" or age < GRACE_SECONDS:
        return age > STALE_SECONDS
    handle = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no such locks here
        return age > STALE_SECONDS
    finally:
        os.close(handle)
    return True
