"""Places: townships and counties with their caseloads, read, checked, completed or, where unknown, built.

place = load_place(Path("scenarios/places/leshan"))
"""

from __future__ import annotations

from simlib.places.columns import FLOWS, PROGRAMMES
from simlib.places.place import Place, load_place, write_place
from simlib.places.synthesis import build_place, frame_regions

__all__ = [
    "FLOWS",
    "PROGRAMMES",
    "Place",
    "build_place",
    "frame_regions",
    "load_place",
    "write_place",
]
