"""`simlib optimise`: the best allocation of whole posts to offices, and what each formula wastes or lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from simlib import words
from simlib.decide.allocation import Allocation, Plan, Transfer, expected, moved_posts, transfers
from simlib.decide.intervals import paired
from simlib.decide.surfaces import breaches_by_replication, level_scenarios, surfaces, with_posts
from simlib.drive.asking import at_least
from simlib.drive.batch import Order, Prepared, prepare_order
from simlib.drive.decidecommands import cells_of
from simlib.drive.printed import show, tell
from simlib.drive.runcommands import order_of, simulated_by
from simlib.errors import InputError, Problem
from simlib.places.place import Place
from simlib.results.facts import first_year_posts
from simlib.scenario import Goal
from simlib.units import FEN_PER_YUAN
from simlib.years.askedposts import price_fen
from simlib.years.setting import Setting

LISTS = ("formulas", "offices", "frontier", "transfers")
MOST_MOVES = 12
"""Posts moved at most; beyond that it is a new allocation and no transfer."""
MOST_PART = 0.5
"""What counts as most of the breaches that could be removed."""

Posts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bench:
    """What an optimisation works with: the experiment, its surfaces solved, and fresh chance."""

    prepared: Prepared
    order: Order
    place: Place
    plan: Plan
    price: int
    fresh_replications: int

    def fresh(self, allocations: Mapping[str, Posts]) -> dict[str, pd.Series]:
        """Breaches of each allocation on fresh chance, by replication; none where none are asked for."""
        if not self.fresh_replications:
            return {}
        base = self.prepared.plan.base
        scenarios = {name: with_posts(base, posts, name) for name, posts in allocations.items()}
        bench = simulated_by(self.prepared, self.order, Goal(), scenarios).afresh()
        frames = bench.frames([*scenarios], self.fresh_replications)
        return {name: breaches_by_replication(each) for name, each in frames.items()}


def optimise(asked: Any) -> None:
    """`simlib optimise`: simulate the surfaces, solve them, look again on fresh chance."""
    order = order_of(asked, notebooks=False)
    _check(asked)
    prepared = prepare_order(order)
    cells_of(prepared, asked.view)
    bench = _bench(prepared, order, asked)
    chosen = asked.list or ("offices" if _target_given(asked) else "formulas")
    form = {"formulas": _formulas, "offices": _offices, "frontier": _frontier, "transfers": _transfers}[
        chosen
    ]
    show(form(bench, asked), asked.format)


def _target_given(asked: Any) -> bool:
    return any(value is not None for value in (asked.posts, asked.money_yuan, asked.target))


def _check(asked: Any) -> None:
    """Raise InputError for numbers that mean nothing."""
    at_least(asked, levels=1, bureau_levels=0, fresh_replications=0, posts=0, money_yuan=0)
    if asked.target is not None and not 0 <= asked.target <= 1:
        raise InputError(Problem("cli_share", values={"option": "--target", "found": asked.target}))
    if not _target_given(asked) and asked.list == "offices":
        raise InputError(Problem("optimise_what"))


def _bench(prepared: Prepared, order: Order, asked: Any) -> Bench:
    setting = next(iter(prepared.settings.values()))
    base = prepared.plan.base
    levels = level_scenarios(base, setting.place, asked.levels, asked.bureau_levels)
    tell(words.say("optimise_runs", runs=len(levels), replications=base.run.replications))
    solved = surfaces(
        simulated_by(prepared, order, Goal(), levels),
        setting.place,
        most=asked.levels,
        bureau_most=asked.bureau_levels,
        replications=base.run.replications,
    )
    priced = replace(base, policy=replace(base.policy, posts=next(iter(levels.values())).policy.posts))
    price = price_fen(priced, setting.place, setting.law)
    return Bench(prepared, order, setting.place, Plan(solved), price, asked.fresh_replications)


def _asked_for(bench: Bench, asked: Any) -> Allocation:
    """The best allocation for the posts, the money or the target; for one out of reach the best there is."""
    plan = bench.plan
    if asked.target is not None:
        found, best = plan.fewest(asked.target), plan.best(plan.most)
        if found is None:
            share = f"{best.on_time_share:.4f}"
            tell(words.say("optimise_target", target=f"{asked.target:g}", best=share, posts=plan.most))
        return found or best
    posts = asked.posts
    if asked.money_yuan is not None:
        posts = int(asked.money_yuan * FEN_PER_YUAN // bench.price)
    if posts is None:
        raise InputError(Problem("optimise_what"))
    if posts > plan.most:
        tell(words.say("optimise_beyond", posts=posts, most=plan.most))
    return plan.best(min(posts, plan.most))


def _offices(bench: Bench, asked: Any) -> pd.DataFrame:
    """One row an office that gets posts, or could."""
    found = _asked_for(bench, asked)
    names = _names(bench.place)
    rows = [
        {
            "area_code": code,
            "area": names[code],
            "posts_existing": existing,
            "posts_bought": found.posts[code],
        }
        for code, existing in _existing(bench.place).items()
        if code in found.posts
    ]
    tell(
        words.say(
            "optimise_best",
            posts=found.total,
            yuan=f"{found.total * bench.price / FEN_PER_YUAN:,.0f}",
            share=f"{found.on_time_share:.2%}",
            gap=f"{found.gap:.1f}",
        )
    )
    fresh = bench.fresh({"best": found.posts})
    if fresh:
        tell(
            words.say("optimise_fresh", seen=f"{fresh['best'].mean():.0f}", expected=f"{found.breaches:.0f}")
        )
    return pd.DataFrame(rows)


def _frontier(bench: Bench, _: Any) -> pd.DataFrame:
    """One row a number of posts: money, share in time, breaches, the bound."""
    rows = []
    for posts in range(bench.plan.most + 1):
        found = bench.plan.best(posts)
        rows.append(
            {
                "posts": posts,
                "cost_yuan_year1": posts * bench.price / FEN_PER_YUAN,
                "on_time_share": found.on_time_share,
                "breaches": found.breaches,
                "bound": found.bound,
                "gap": found.gap,
            }
        )
    return pd.DataFrame(rows)


def _bought(setting: Setting) -> dict[str, int]:
    """Posts by office that the first year's money buys."""
    table = first_year_posts(setting)
    return {str(code): int(count) for code, count in zip(table["area_code"], table["funded"], strict=True)}


def _formulas(bench: Bench, asked: Any) -> pd.DataFrame:
    """One row an option: what its allocation leaves undone, beside the best use of as many posts."""
    plan, cells = bench.plan, cells_of(bench.prepared, asked.view)
    bought = {cell: _bought(bench.prepared.settings[cell]) for cell in cells}
    best = {cell: plan.best(min(sum(posts.values()), plan.most)) for cell, posts in bought.items()}
    moved = {cell: _most_removed(plan, posts, best[cell]) for cell, posts in bought.items()}
    asked_for: dict[str, Posts] = {}
    for cell in cells:
        asked_for |= {f"{cell}/as": bought[cell], f"{cell}/best": best[cell].posts}
        asked_for[f"{cell}/moved"] = moved_posts(bought[cell], moved[cell])
    fresh = bench.fresh(asked_for)
    rows = []
    for cell in cells:
        posts, (breaches, due) = bought[cell], expected(plan.surfaces, bought[cell])
        row: dict[str, object] = {"cell": cell, "posts": sum(posts.values())}
        row |= {"on_time_share": 1 - breaches / due, "best_share": best[cell].on_time_share}
        row |= {"lacking_cases": breaches - best[cell].breaches, "gap_cases": best[cell].gap}
        row |= {"wasted_posts": sum(posts.values()) - plan.matching(breaches), "moves": len(moved[cell])}
        if fresh:
            row |= _again(fresh, cell)
        rows.append(row)
    beyond = [cell for cell, posts in bought.items() if _is_beyond(plan, posts)]
    if beyond:
        tell(words.say("optimise_cut", cells=", ".join(beyond)))
    return pd.DataFrame(rows)


def _is_beyond(plan: Plan, posts: Posts) -> bool:
    """Whether an office has more posts than were simulated."""
    return any(
        posts.get(surface.county, 0) >= surface.breaches.shape[0]
        or any(posts.get(town, 0) >= surface.breaches.shape[2] for town in surface.towns)
        for surface in plan.surfaces
    )


def _again(fresh: Mapping[str, pd.Series], cell: str) -> dict[str, object]:
    """The same on fresh chance: cases late as allotted, and fewer with the best use and after the moves."""
    as_is = fresh[f"{cell}/as"]
    found: dict[str, object] = {"fresh_late": as_is.mean()}
    for name in ("best", "moved"):
        fewer = paired(as_is, fresh[f"{cell}/{name}"])
        found |= {f"fresh_fewer_{name}": fewer.mean, f"fresh_fewer_{name}_low": fewer.low}
        found |= {f"fresh_fewer_{name}_high": fewer.high}
    return found


def _most_removed(plan: Plan, posts: Posts, best: Allocation) -> list[Transfer]:
    """The fewest moves that remove most of what as many posts could remove at best; else the most that do."""
    now = expected(plan.surfaces, posts)[0]
    wanted = MOST_PART * (now - best.breaches)
    options = transfers(plan.surfaces, posts, MOST_MOVES)
    for moves in options:
        if now - expected(plan.surfaces, moved_posts(posts, moves))[0] >= wanted - 1e-9:
            return moves
    return options[-1]


def _transfers(bench: Bench, asked: Any) -> pd.DataFrame:
    """One row a post moved, for the moves that remove most breaches of each option."""
    plan, names = bench.plan, _names(bench.place)
    rows: list[dict[str, object]] = []
    for cell in cells_of(bench.prepared, asked.view):
        posts = _bought(bench.prepared.settings[cell])
        best = plan.best(min(sum(posts.values()), plan.most))
        before, moves = expected(plan.surfaces, posts)[0], _most_removed(plan, posts, best)
        for at, move in enumerate(moves, start=1):
            rows.append(
                {
                    "cell": cell,
                    "move": at,
                    "from_code": move.giver,
                    "from": names[move.giver],
                    "to_code": move.taker,
                    "to": names[move.taker],
                    "breaches_before": before,
                    "breaches_after": expected(plan.surfaces, moved_posts(posts, moves))[0],
                    "breaches_best": best.breaches,
                }
            )
    columns = ["cell", "move", "from_code", "from", "to_code", "to"]
    return pd.DataFrame(rows, columns=[*columns, "breaches_before", "breaches_after", "breaches_best"])


def _names(place: Place) -> dict[str, str]:
    towns, bureaus = place.townships, place.counties
    found = dict(zip(bureaus["county_code"].astype(str), bureaus["county"].astype(str), strict=True))
    return found | dict(zip(towns["area_code"].astype(str), towns["area"].astype(str), strict=True))


def _existing(place: Place) -> dict[str, int]:
    """Posts there are today by office, bureaus first."""
    found: dict[str, int] = {}
    for frame, code in ((place.counties, "county_code"), (place.townships, "area_code")):
        counts = frame["posts_payroll"] + frame["posts_contract"]
        found |= {str(name): int(count) for name, count in zip(frame[code], counts, strict=True)}
    return found
