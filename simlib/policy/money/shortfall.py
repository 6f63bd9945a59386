"""From required to funded: which missing posts the money pays, office by office, and why the rest stay short.

Each county spends its own money on the missing posts of its bureau and townships. Where it is too little the
row names the smallest set of clauses that cannot hold together and what would have to give way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from simlib.errors import LawError, Problem
from simlib.places.columns import PROGRAMMES
from simlib.policy.funding import Sharing, fund_posts, losing_offices, posts_money
from simlib.policy.money.whyshort import why_short
from simlib.policy.posts.apportion import Method
from simlib.policy.posts.offices import Areas
from simlib.policy.prices import PRICED_PROVINCE, price_of_post
from simlib.policy.readings import full_reading
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN, largest_remainder

COLUMNS = (
    "county_code",
    "area_code",
    "area",
    "level",
    "posts_required",
    "posts_existing",
    "posts_funded",
    "posts_short",
    "cost_yuan_year1",
    "conflict",
    "add_yuan",
    "give_up_posts",
    "relaxation",
    "modality",
)
LEVELS = ("county", "township")
"""Levels whose clerks a county pays."""
FIXED, NONE = "fixed", "none"
"""An amount of the planner's own; no limit."""
MOST_TOLD = 5
"""Offices named one by one in a warning."""


@dataclass(frozen=True, slots=True)
class Funding:
    """What pays posts and how they are shared, as `funding.fund_posts` takes it.

    money_fen: by county [fen]; None: no limit. price_fen: a bought post a year [fen].
    """

    money_fen: Mapping[str, int] | None
    price_fen: int
    sharing: Sharing = "proportional"
    method: Method = "largest_remainder"


def county_money(
    place: Areas,
    rule_id: str,
    *,
    law: Law,
    cap_yuan: int | None = None,
    share_for_posts: float | None = None,
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> dict[str, int] | None:
    """Yearly money for posts by county [fen]; None where nothing binds.

    rule_id: a money rule, whose base is the place's own dibao spending or grant; `fixed`: cap_yuan for the
    whole place, shared over counties by dibao spending; `none`: no limit.
    Raises LawError for an unknown rule, `fixed` without a cap, a place without that base.
    """
    if rule_id == NONE:
        return None
    codes = [str(code) for code in place.counties["county_code"]]
    if rule_id == FIXED:
        if cap_yuan is None or cap_yuan < 0:
            raise LawError(Problem("fund_no_cap"))
        weights = list(_base_yuan(place, "dibao_spending").values())
        shares = largest_remainder(cap_yuan * FEN_PER_YUAN, weights if any(weights) else [1] * len(codes))
        return dict(zip(codes, shares, strict=True))
    base = {
        code: yuan * FEN_PER_YUAN for code, yuan in _base_yuan(place, law.money_rule(rule_id).base).items()
    }
    return posts_money(
        rule_id, law=law, place=place, base_fen=base, share_for_posts=share_for_posts, reading=reading, on=on
    )


def _base_yuan(place: Areas, base: str) -> dict[str, int]:
    column = f"{base}_yuan"
    if column not in place.counties or place.counties[column].isna().any():
        raise LawError(Problem("fund_no_base", values={"column": column}))
    yuan = place.counties[column].astype("int64")
    return dict(zip(place.counties["county_code"].astype(str), map(int, yuan), strict=True))


def required_and_funded(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    funding: Funding,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """Posts required, existing, funded and short of every county and township office: `COLUMNS`.

    posts_required: of a ceiling, its posts. cost_yuan_year1: of the funded posts [yuan]. Of an office that
    stays short: conflict, its county's fewest clauses that cannot hold together; add_yuan, what the county
    would need more a year; give_up_posts, the posts it would have to do without; relaxation, in words, each
    change that alone is enough.
    Raises LawError as `staffing.required_posts` and `funding.fund_posts`, and for levels not paid here.
    """
    offices = _offices(place, formula_id, law=law, reading=reading, levels=levels, on=on)
    table = offices.merge(_funded(offices, funding), on="area_code", how="left")
    table = table.rename(columns={"funded": "posts_funded"})
    table["posts_short"] = table["gap"] - table["posts_funded"]
    table["cost_yuan_year1"] = (table["posts_funded"] * funding.price_fen + FEN_PER_YUAN // 2) // FEN_PER_YUAN
    floor = None
    if place.province.startswith(PRICED_PROVINCE[:2]):
        floor = price_of_post(law, place, on=on, choice="floor")
    told = why_short(
        offices,
        money_fen=funding.money_fen,
        price_fen=funding.price_fen,
        least_price_fen=floor,
        existing_counts=bool(offices.attrs["existing_counts"]),
    )
    table = table.merge(told, on="county_code", how="left")
    fine = ~((table["posts_short"] > 0) | _is_above(table))
    table.loc[fine, ["conflict", "relaxation"]] = ""
    table.loc[fine, ["add_yuan", "give_up_posts"]] = pd.NA
    table["posts_required"] = table["posts_required"].where(
        table["posts_at_most"].isna(), table["posts_at_most"]
    )
    return table.fillna({"conflict": "", "relaxation": ""}).astype({"posts_required": "int64"})[list(COLUMNS)]


def losing_notes(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    funding: Funding,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
) -> tuple[Problem, ...]:
    """Warnings of offices that would lose a post as their county's money rises from what it is now."""
    offices = _offices(place, formula_id, law=law, reading=reading, levels=levels, on=on)
    if funding.money_fen is None:
        return ()
    bought = {code: max(0, fen) // funding.price_fen for code, fen in funding.money_fen.items()}
    short = offices.groupby("county_code")["gap"].sum()
    binding = [code for code, gap in short.items() if gap > bought.get(str(code), 0)]
    losing = losing_offices(
        offices[offices["county_code"].isin(binding)], sharing=funding.sharing, method=funding.method
    )
    losing = losing[losing["posts"] >= losing["county_code"].map(bought)]
    names = offices.set_index("area_code")["area"]
    notes = [
        Problem(
            "note_losing",
            values={
                "area": names[row["area_code"]],
                "code": row["area_code"],
                "posts": row["posts"],
                "fewer": row["posts"] - 1,
                "before": row["before"],
                "after": row["after"],
            },
        )
        for row in losing.head(MOST_TOLD).to_dict("records")
    ]
    if len(losing):
        notes.append(Problem("note_losing_remedy", values={"count": len(losing)}))
    return tuple(notes)


def infeasible_notes(place: Areas, table: pd.DataFrame) -> tuple[Problem, ...]:
    """A line for each county of `required_and_funded` whose clauses cannot hold together."""
    names = dict(zip(place.counties["county_code"].astype(str), place.counties["county"], strict=True))
    notes = []
    for code, mine in table[table["conflict"] != ""].groupby("county_code", sort=True):
        short, first = int(mine["posts_short"].sum()), mine.iloc[0]
        blanks = {"county": names[str(code)], "posts": short}
        blanks |= {"conflict": first["conflict"], "relaxation": first["relaxation"]}
        notes.append(Problem("note_infeasible" if short else "note_ceilings", values=blanks))
    return tuple(notes)


# --- how ----------------------------------------------------------------------------------------------


def _offices(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None,
    levels: Sequence[str] | None,
    on: date | None,
) -> pd.DataFrame:
    """The offices a county pays, as `fund_posts`, `losing_offices` and `smallest_conflicts` take them."""
    formula = law.formula(formula_id)
    answers = full_reading(formula, reading or {})
    if answers.get("rounding") == "none":
        raise LawError(Problem("fund_whole_posts"))
    asked = [level for level in formula.version(on).levels if level in LEVELS] if levels is None else levels
    other = [level for level in asked if level not in LEVELS]
    if other or not asked:
        blanks = {"found": ", ".join(other) or formula_id, "known": ", ".join(LEVELS)}
        raise LawError(Problem("fund_level", values=blanks))
    table = required_posts(place, formula_id, law=law, reading=reading, levels=asked, on=on)
    capped = table["modality"] == "at_most"
    is_bureau = table["level"] == "county"
    towns = place.townships.set_index(place.townships["area_code"].astype(str))
    households = towns[[f"{programme}_households" for programme in PROGRAMMES]].sum(axis=1)
    county = table["area_code"].map(towns["county_code"]).where(~is_bureau, table["area_code"])
    offices = table.assign(
        county_code=county.astype(str),
        posts_at_most=table["posts_required"].where(capped).astype("Int64"),
        posts_required=table["posts_required"].where(~capped, 0),
        existing=table["posts_existing"],
        load=table["area_code"].map(households).where(~is_bureau, 0).astype("int64"),
    )
    offices["weight"] = offices["posts_required"]
    offices.attrs["existing_counts"] = answers.get("existing_counts", "yes") == "yes"
    return offices


def _funded(offices: pd.DataFrame, funding: Funding) -> pd.DataFrame:
    return fund_posts(
        offices,
        money_fen=funding.money_fen,
        price_fen=funding.price_fen,
        sharing=funding.sharing,
        method=funding.method,
    )


def _is_above(offices: pd.DataFrame) -> pd.Series:
    """Whether an office holds more than a ceiling lets it."""
    return (offices["posts_existing"] > offices["posts_at_most"]).fillna(False).astype(bool)
