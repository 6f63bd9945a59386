"""Why posts stay short, in words: the clauses that cannot hold together and what would have to give way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from simlib import words
from simlib.policy.money.infeasible import relaxations, smallest_conflicts
from simlib.units import FEN_PER_YUAN


def why_short(
    offices: pd.DataFrame,
    *,
    money_fen: Mapping[str, int] | None,
    price_fen: int,
    least_price_fen: int | None,
    existing_counts: bool,
) -> pd.DataFrame:
    """For each county whose clauses cannot hold together: which, and what would have to give way.

    Arguments as `infeasible.relaxations`, of offices that have a name (`area`). Columns county_code,
    conflict, add_yuan, give_up_posts, relaxation: each change that alone is enough, or all that are needed
    together.
    """
    common: dict[str, Any] = {
        "money_fen": money_fen,
        "price_fen": price_fen,
        "existing_counts": existing_counts,
    }
    names = dict(zip(offices["area_code"], offices["area"], strict=True))
    existing = dict(zip(offices["area_code"], offices["posts_existing"], strict=True))
    clauses = smallest_conflicts(offices, **common)
    changes = relaxations(offices, least_price_fen=least_price_fen, **common)
    rows = []
    for code, mine in clauses.groupby("county_code", sort=True):
        could = changes[changes["county_code"] == code]
        rows.append(
            {
                "county_code": code,
                "conflict": _listed(_clause_words(row, names, existing) for row in mine.to_dict("records")),
                "add_yuan": _yuan_up(could, "raise_cap"),
                "give_up_posts": _posts(could, "give_up_posts"),
                "relaxation": _relaxation_words(could, names),
            }
        )
    table = pd.DataFrame(rows, columns=["county_code", "conflict", "add_yuan", "give_up_posts", "relaxation"])
    return table.astype({"county_code": "str", "add_yuan": "Int64", "give_up_posts": "Int64"})


def _listed(texts: Any, joint: str = "rule_joint") -> str:
    return words.say(joint).join(texts)


def _clause_words(clause: Mapping[Any, Any], names: Mapping[str, str], existing: Mapping[str, int]) -> str:
    yuan = "" if pd.isna(clause["fen"]) else _yuan(int(clause["fen"]))
    posts = "" if pd.isna(clause["posts"]) else f"{clause['posts']:g}"
    code = str(clause["area_code"])
    blanks = {"area": names.get(code, ""), "existing": existing.get(code, 0), "posts": posts, "yuan": yuan}
    return words.say(f"conflict_{clause['clause']}", **blanks)


def _relaxation_words(changes: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Changes that alone are enough, the cheapest first; where none is, all that are needed together."""
    lawful = changes[changes["is_lawful"].astype(bool)]
    enough = lawful[lawful["is_enough"].astype(bool)]
    if len(enough):
        told = [_change_words(row, names) for row in enough.to_dict("records")]
        return _listed(told, "relax_or")
    needed = lawful[lawful["relaxation"].isin(["raise_cap", "raise_ceiling"])]
    return _listed((_change_words(row, names) for row in needed.to_dict("records")), "relax_and")


def _change_words(change: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    area = names.get(str(change["area_code"]), "")
    yuan = _yuan(int(change["amount_fen"]))
    return words.say(f"relax_{change['relaxation']}", area=area, yuan=yuan, posts=change["posts"])


def _yuan(fen: int) -> str:
    """Yuan with fen only where there are any."""
    return f"{fen // FEN_PER_YUAN:,}" if fen % FEN_PER_YUAN == 0 else f"{fen / FEN_PER_YUAN:,.2f}"


def _yuan_up(changes: pd.DataFrame, kind: str) -> Any:
    found = changes.loc[changes["relaxation"] == kind, "amount_fen"]
    return -(-int(found.iloc[0]) // FEN_PER_YUAN) if len(found) else pd.NA


def _posts(changes: pd.DataFrame, kind: str) -> Any:
    found = changes.loc[changes["relaxation"] == kind, "posts"]
    return int(np.asarray(found)[0]) if len(found) else pd.NA
