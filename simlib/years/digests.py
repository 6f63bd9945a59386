"""What a run's hash is made of besides its scenario: the code behind its numbers, the law it is read by."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from simlib.policy.buying.purchasemethod import PROCUREMENT_LAW
from simlib.policy.statutes import Law

_ROOMS = ("places", "policy", "scenario", "desks", "years")
_LOOSE = ("chance.py", "dated.py", "units.py", "worktime.py")


@cache
def code_digest() -> str:
    """sha256 of the modules that make a run's numbers, routes and catalogues included.

    Read once: this process goes on with what it has loaded.
    """
    home = Path(__file__).resolve().parent.parent
    files = [home / name for name in _LOOSE]
    for room in _ROOMS:
        files += sorted((home / room).rglob("*.py"))
    files += [
        *sorted((home / "law" / "routes").glob("*.yaml")),
        *sorted((home / "law" / "catalogue").glob("*.yaml")),
    ]
    whole = hashlib.sha256()
    for file in files:
        whole.update(
            file.relative_to(home).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n")
        )
    return whole.hexdigest()


def purchase_ids(document: str, law: Law) -> list[str]:
    """Ids of the law that purchases under a document are counted by: texts, terms, the place's thresholds."""
    texts, waiting = {PROCUREMENT_LAW}, [document]
    while waiting:
        name = waiting.pop()
        waiting += [above for above in law.purchasing[name].under if above not in texts]
        texts.add(name)
    terms = [key for key in law.values if key.startswith(("clocks.purchase.", "purchase."))]
    return [*(f"purchasing.{name}" for name in sorted(texts)), *terms]
