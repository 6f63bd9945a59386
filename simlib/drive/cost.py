"""What a plan would cost before it runs: what is stored already, time, disk, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from simlib import words
from simlib.drive.batch import Order, Prepared
from simlib.drive.pages import page_kinds
from simlib.drive.timing import START_SECONDS, Load, Reckoner, Scale, scale_of, total
from simlib.runs.runner import default_workers
from simlib.runs.settings import setting_of
from simlib.scenario import NONE
from simlib.years.setting import Setting

SECONDS_PER_PAGE = 6.0
"""A page's notebook, measured; two are made at a time."""


def cost_table(prepared: Prepared, order: Order) -> pd.DataFrame:
    """What would run: a row a cell, a row a design and option, a row of the whole; nothing is simulated.

    Columns: cell, formula, money, points (scenarios in the row), distinct (of them, those that no row above
    holds: each is simulated once), posts_required, gap, cap_yuan, replications (of each), stored (of all of
    them; of the whole, of the distinct ones), seconds, megabytes, estimate (`measured` on this place before,
    or `rough`), counties, hash. The whole has the seconds of all workers together and of the pages.
    """
    reckoner = Reckoner(prepared.folder / "data", fresh=order.fresh)
    first = next(iter(prepared.settings.values()))
    scale = scale_of(prepared.folder.parent, first.place.id)
    rows, whole, once = list[dict[str, object]](), Load(), dict[str, Setting]()
    for cell in prepared.plan.cells:
        setting = prepared.settings[cell.id]
        load = reckoner.missing(setting).scaled(scale.by)
        whole += load
        told = {"cell": cell.id, "formula": cell.scenario.policy.formula, "money": cell.scenario.policy.money}
        new = _new(once, [setting])
        rows.append({**told, **_facts(setting), **_load(reckoner, [setting], new, load, scale)})
    for spread in prepared.spreads:
        for at, option in enumerate(spread.options):
            count = len(spread.points)
            cells = spread.cells[at * count : (at + 1) * count]
            settings = [setting_of(cell.scenario, prepared.law_paths) for cell in cells]
            load = total(reckoner.missing(setting) for setting in settings).scaled(scale.by)
            whole += load
            policy = prepared.settings[option].scenario.policy
            told = {"cell": f"{option}-p*", "formula": policy.formula, "money": policy.money}
            rows.append({**told, **_load(reckoner, settings, _new(once, settings), load, scale)})
    stored = sum(reckoner.stored(setting) for setting in once.values())
    return pd.DataFrame([*rows, _whole(prepared, order, rows, whole, scale) | {"stored": stored}])


def _new(once: dict[str, Setting], settings: Sequence[Setting]) -> int:
    """How many of them were not there before; now they are."""
    before = len(once)
    once |= {setting.hash: setting for setting in settings}
    return len(once) - before


def _facts(setting: Setting) -> dict[str, object]:
    """Posts and money of a cell."""
    counties = setting.counties.values()
    limits = [county.money.limit(county.money.first_base) for county in counties]
    return {
        "posts_required": sum(int(county.required.sum()) for county in counties),
        "gap": sum(int(county.gap.sum()) for county in counties),
        "cap_yuan": None if None in limits else sum(limit or 0 for limit in limits) / 100,
        "counties": len(setting.counties),
        "hash": setting.hash[:16],
    }


def _load(
    reckoner: Reckoner, settings: Sequence[Setting], distinct: int, load: Load, scale: Scale
) -> dict[str, object]:
    return {
        "points": len(settings),
        "distinct": distinct,
        "replications": settings[0].scenario.run.replications if settings else 0,
        "stored": sum(reckoner.stored(setting) for setting in settings),
        "seconds": round(load.seconds, 1),
        "megabytes": round(load.size / 1e6, 2),
        "estimate": scale.basis,
    }


def _whole(
    prepared: Prepared, order: Order, rows: Sequence[Mapping[str, object]], work: Load, scale: Scale
) -> dict[str, object]:
    """The row of the whole: all workers side by side, and the pages two at a time."""
    seconds = work.seconds / (order.workers or default_workers()) + (START_SECONDS if work.seconds else 0)
    if order.notebooks:
        seconds += SECONDS_PER_PAGE * _pages(prepared) / 2
    numbers = {name: sum(int(str(row[name])) for row in rows) for name in ("points", "distinct")}
    replications = prepared.plan.base.run.replications
    told = {"cell": "total", "replications": replications, **numbers, "seconds": round(seconds, 1)}
    return {**told, "megabytes": round(work.size / 1e6, 2), "estimate": scale.basis}


def _pages(prepared: Prepared) -> int:
    """Pages that notebooks make."""
    cells = prepared.plan.cells
    buys = any(setting.scenario.policy.services != NONE for setting in prepared.settings.values())
    return len(page_kinds(buys, bool(prepared.spreads))) + len(cells)


def summary_line(prepared: Prepared, order: Order, table: pd.DataFrame) -> str:
    """The whole in a sentence."""
    whole = table.iloc[-1]
    runs = int(whole["distinct"]) * int(whole["replications"])
    return words.say(
        "dry_run",
        scenarios=int(whole["points"]),
        distinct=int(whole["distinct"]),
        runs=runs,
        stored=int(whole["stored"]),
        pages=_pages(prepared) + 1 if order.notebooks else 0,
        minutes=f"{float(whole['seconds']) / 60:.1f}",
        megabytes=f"{float(whole['megabytes']):.0f}",
        basis=words.say(f"dry_run_{whole['estimate']}"),
    )
