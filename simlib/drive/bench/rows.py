"""The rows of the benchmark and the ratios between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

NAIVE, TUNED, COMPILED, CIW = "naive", "tuned", "compiled", "ciw"
"""What ran: SimPy with a process for each task, the reference engine, the compiled engine, Ciw."""

SHARES = ("chance", "desks", "control", "recording")
"""The parts of a simulation: drawing what comes, desk work, people with money and cases, writing it down."""

RATIOS = {"ratio_naive": NAIVE, "ratio_ciw": CIW, "ratio_reference": TUNED}

COLUMNS = (
    *("name", "engine", "load", "mean_queue", "services", "seconds", "ns_per_service"),
    *RATIOS,
    *(f"share_{part}" for part in SHARES),
    "peak_mb",
)

_NS = 1e9


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; what does not apply is None or absent.

    load: share of the workers' time that the work needs [0..1]. mean_queue: tasks that wait, over time.
    services: done in `seconds`. ratios: time a service takes another engine ÷ this one, by engine.
    shares: of the seconds, by part [0..1]. peak_mb: most memory of the process and its workers [MB].
    setting: what was run, in words.
    """

    name: str
    engine: str = ""
    load: float | None = None
    mean_queue: float | None = None
    services: int | None = None
    seconds: float = 0.0
    ratios: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    setting: str = ""

    @property
    def ns_per_service(self) -> float | None:
        """Time a service takes [ns]."""
        return self.seconds / self.services * _NS if self.services else None

    def cells(self) -> dict[str, object]:
        """The row by column."""
        own = {name: getattr(self, name) for name in COLUMNS if hasattr(self, name)}
        ratios = {name: self.ratios.get(engine) for name, engine in RATIOS.items()}
        return own | ratios | {f"share_{part}": self.shares.get(part) for part in SHARES}


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """The rows of one trace with the ratios of each to the others."""
    pace = {row.engine: row.ns_per_service for row in rows}

    def ratios(own: float | None) -> dict[str, float]:
        return {engine: other / own for engine, other in pace.items() if own and other is not None}

    return [replace(row, ratios=ratios(row.ns_per_service)) for row in rows]


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """The rows as a table with the columns of the benchmark."""
    table = pd.DataFrame([row.cells() for row in rows], columns=list(COLUMNS))
    return table.astype(dict.fromkeys(COLUMNS[2:], "Float64") | {"services": "Int64"})
