"""Where a formula and the money cannot both be kept: which clauses clash in a county, and what could give.

A county's clauses cannot hold together when what its offices lack costs more than the limit of the first
year, or when an office would stand above a ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simlib.policy.money.infeasible import relaxations, smallest_conflicts
from simlib.units import FEN_PER_YUAN
from simlib.view.annex import existing_counts
from simlib.view.blocks import Block, paragraph
from simlib.view.names import Names, number, wan
from simlib.view.statusform import FormsView, county_of, prices
from simlib.view.tables import table

LEVELS = ("county", "township")
FEW_OFFICES = 3
"""So many offices of a clash are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Clashes:
    """The smallest sets of clauses that clash, and what could give way, as the rules return them.

    called: names of counties and offices by code; counties: how many were looked at.
    """

    conflicts: pd.DataFrame
    relaxations: pd.DataFrame
    called: Mapping[str, str]
    counties: int


def clashes(experiment: FormsView, scenario: str, names: Names) -> Clashes:
    """The clashes of one cell under the limit, price and reading of the plan's first year."""
    staffing = experiment.staffing(scenario)
    staffing = staffing[staffing["level"].isin(LEVELS)]
    county = county_of(experiment)
    capped = staffing["modality"] == "at_most" if "modality" in staffing else pd.Series(False, staffing.index)
    offices = pd.DataFrame(
        {
            "area_code": staffing["area_code"].astype(str),
            "county_code": staffing["area_code"].astype(str).map(county),
            "posts_required": staffing["posts_required"].where(~capped, 0),
            "posts_existing": staffing["posts_existing"],
            "posts_at_most": staffing["posts_required"].astype(float).where(capped),
        }
    )
    asked: dict[str, Any] = {
        "money_fen": first_limits(experiment, scenario, sorted(set(offices["county_code"]))),
        "price_fen": prices(experiment, scenario)[0],
        "existing_counts": existing_counts(experiment, names.keys[scenario][0]),
    }
    counties = experiment.place.counties
    called = dict(zip(offices["area_code"], staffing["area"].astype(str), strict=True))
    called |= dict(zip(counties["county_code"].astype(str), counties["county"].astype(str), strict=True))
    return Clashes(
        smallest_conflicts(offices, **asked),
        relaxations(offices, **asked),
        called,
        offices["county_code"].nunique(),
    )


def first_limits(experiment: FormsView, scenario: str, counties: list[str]) -> dict[str, int] | None:
    """What each county may spend on posts in the first year [fen]; None where no rule sets a limit."""
    money = experiment.frames(scenario).money
    rows = money[(money["line"] == "cap_posts") & (money["month"] == 0)]
    if rows.empty:
        return None
    count = int(money["replication"].nunique())
    sums = rows.groupby("county_code")["fen"].sum()
    return {code: int(sums.get(code, 0)) // count for code in counties}


def clash_table(found: Clashes, names: Names) -> Block:
    """A row a county whose clauses clash: which they are, and the least that could give way, kind by kind."""
    codes = list(dict.fromkeys(found.conflicts["county_code"]))
    blanks = {"count": len(codes), "total": found.counties}
    if not codes:
        return paragraph(names.say("view.clash.none", **blanks), claim="clashes")
    rows = [
        {
            "county": found.called.get(code, code),
            "clauses": _clauses(_of(found.conflicts, code), found.called, names),
            "ways": _ways(_of(found.relaxations, code), found.called, names),
        }
        for code in codes
    ]
    cap = found.relaxations[found.relaxations["relaxation"] == "raise_cap"]["amount_fen"].sum()
    told = paragraph(
        names.say("view.clash.some", missing=wan(int(cap) / FEN_PER_YUAN), **blanks), claim="clashes"
    )
    heads = {column: names.say(f"view.column.{column}") for column in ("county", "clauses", "ways")}
    label = names.say("view.label.clashes")
    made = table(pd.DataFrame(rows), label=label, name="clashes", titles=heads)
    return Block(told.html + made.html, f"{told.text}\n{made.text}")


def _of(frame: pd.DataFrame, county: str) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()}
        for row in frame[frame["county_code"] == county].to_dict("records")
    ]


def _clauses(rows: list[dict[str, Any]], called: Mapping[str, str], names: Names) -> str:
    posts = [row for row in rows if row["clause"] == "posts"]
    parts = []
    if len(posts) > FEW_OFFICES:
        first = names.say("view.clash.and").join(called[row["area_code"]] for row in posts[:FEW_OFFICES])
        total = number(sum(row["posts"] for row in posts))
        parts.append(names.say("view.clash.clause.many", offices=first, count=len(posts), posts=total))
        rows = [row for row in rows if row["clause"] != "posts"]
    parts += [_said(f"view.clash.clause.{row['clause']}", row, called, names, fen=row["fen"]) for row in rows]
    return names.say("view.list").join(parts)


def _ways(rows: list[dict[str, Any]], called: Mapping[str, str], names: Names) -> str:
    """The least change of each kind: what is enough alone and lawful in front."""
    ranked = sorted(rows, key=lambda row: not (row["is_enough"] and row["is_lawful"]))
    parts = []
    for row in ranked:
        said = _said(f"view.clash.way.{row['relaxation']}", row, called, names, fen=row["amount_fen"])
        if not row["is_lawful"]:
            said += names.say("view.clash.unlawful")
        elif not row["is_enough"]:
            said += names.say("view.clash.in_part")
        parts.append(said)
    return names.say("view.list").join(parts)


def _said(key: str, row: Mapping[str, Any], called: Mapping[str, str], names: Names, *, fen: Any) -> str:
    amount = "" if pd.isna(fen) else wan(int(fen) / FEN_PER_YUAN, digits=2)
    posts = "" if pd.isna(row["posts"]) else number(row["posts"])
    return names.say(key, office=called.get(row["area_code"], ""), posts=posts, wan=amount)
