"""The benchmark: honest ratios between engines on one trace, then places end to end, law and batch.

Each question runs in a process of its own, so that the memory of one is not counted in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from importlib.util import find_spec

from simlib import words
from simlib.desks import engines
from simlib.drive.bench.apart import apart
from simlib.drive.bench.rows import Row
from simlib.errors import InputError, Problem, RunError

NAMES = ("office", "network", "county", "city", "province", "law", "batch")
SEED = 2027
_SEEDS = 1 << 32

Say = Callable[[str], None]


def names_asked(only: Sequence[str]) -> list[str]:
    """The questions asked for, in their order; all where none is named. Raises InputError."""
    unknown = [name for name in only if name not in NAMES]
    if unknown:
        values = {"found": ", ".join(unknown), "known": ", ".join(NAMES)}
        raise InputError(Problem("bench_name", values=values))
    return [name for name in NAMES if not only or name in only]


def measured(only: Sequence[str], say: Say, *, seed: int = SEED) -> Iterator[list[Row]]:
    """The rows of each question asked for, as they come; what was run is said.

    Raises InputError for an unknown question or a missing package before anything is measured; RunError
    at the end, when a question failed; the others are measured.
    """
    names = names_asked(only)
    if not 0 <= seed < _SEEDS:
        raise InputError(Problem("bench_seed", values={"found": seed, "most": _SEEDS - 1}))
    if find_spec("psutil") is None:
        raise InputError(Problem("bench_psutil"))
    if find_spec("ciw") is None and "office" in names:
        say(words.say("bench.no_ciw"))
    engines.default_engine()
    failed = []
    for name in names:
        try:
            rows = apart(rows_of, name, seed, words.current_lang())
        except (RunError, BrokenProcessPool) as error:
            failed.append(f"{name}: {error}")
            continue
        for row in rows:
            say(row.setting)
        yield rows
    if failed:
        raise RunError("; ".join(failed))


def rows_of(name: str, seed: int, lang: str) -> list[Row]:
    """The rows of a question, in this process."""
    from simlib.drive.bench import bigcity, grid, laws, office, wholes

    words.set_lang(lang)
    questions: dict[str, Callable[[], Iterator[Row]]] = {
        "office": partial(office.office_rows, seed=seed),
        "network": partial(bigcity.network_rows, seed=seed),
        "county": partial(wholes.county_rows, seed=seed),
        "city": partial(wholes.city_rows, seed=seed),
        "province": partial(wholes.province_rows, seed=seed),
        "law": laws.law_rows,
        "batch": partial(grid.batch_rows, seed=seed),
    }
    return list(questions[name]())
