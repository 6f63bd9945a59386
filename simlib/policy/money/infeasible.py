"""Which clauses cannot hold together in a county, and the least that must give way.

A county's plan buys a whole number of posts for each office. Its clauses:

    posts      an office has at least the posts the formula requires
    ceiling    an office has at most so many posts (rules that say `not more than`)
    existing   posts already there do not count towards the requirement (reading existing_counts=no)
    cap        what is bought costs at most the money there is
    price      a post costs at least the unit price

`posts` and `ceiling` are clauses of each office, the others of the county.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pandas as pd

from simlib.errors import LawError, Problem

CONFLICT_COLUMNS = ("county_code", "clause", "area_code", "posts", "fen")
RELAXATION_COLUMNS = (
    "county_code",
    "relaxation",
    "area_code",
    "amount_fen",
    "posts",
    "is_enough",
    "is_lawful",
)


@dataclass(frozen=True, slots=True)
class _Office:
    """An office: posts required, there, and allowed at most (None: no ceiling)."""

    code: str
    required: Fraction
    existing: Fraction
    at_most: Fraction | None

    def need(self, existing_counts: bool) -> int:
        """Whole posts to be bought so that the requirement is met."""
        return max(0, ceil(self.required - (self.existing if existing_counts else 0)))

    def room(self) -> int | None:
        """Whole posts that may be bought under the ceiling; negative: already above it."""
        return None if self.at_most is None else floor(self.at_most - self.existing)


@dataclass(frozen=True, slots=True)
class _County:
    """A county's offices and its money; cap None: no limit."""

    code: str
    offices: tuple[_Office, ...]
    cap_fen: int | None
    price_fen: int
    existing_counts: bool

    def bought(self) -> int:
        """Posts that meet every requirement."""
        return sum(office.need(self.existing_counts) for office in self.offices)

    def missing_fen(self) -> int:
        """Money short when every requirement is met."""
        return 0 if self.cap_fen is None else max(0, self.bought() * self.price_fen - self.cap_fen)


def smallest_conflicts(
    offices: pd.DataFrame,
    *,
    money_fen: Mapping[str, int] | None,
    price_fen: int,
    existing_counts: bool = True,
) -> pd.DataFrame:
    """The fewest clauses that cannot hold together, of each county whose clauses cannot: `CONFLICT_COLUMNS`.

    offices: area_code, county_code, posts_required, posts_existing and, where rules set ceilings,
    posts_at_most (empty: none). money_fen: by county [fen]; None: no limit. price_fen: a post a year.
    One row a clause: posts is what it asks or allows, fen the cap or the price. Taking any one row away
    lets the others hold together. Among equally small sets: ceilings before money, larger needs first,
    then by code. Raises LawError for a price not above 0 or a county without money.
    """
    rows: list[dict[str, Any]] = []
    for county in _counties(offices, money_fen, price_fen, existing_counts):
        found = min(_conflicts(county), key=len, default=())
        rows += [{"county_code": county.code, **clause} for clause in found]
    return _frame(rows, CONFLICT_COLUMNS)


def relaxations(
    offices: pd.DataFrame,
    *,
    money_fen: Mapping[str, int] | None,
    price_fen: int,
    existing_counts: bool = True,
    least_price_fen: int | None = None,
) -> pd.DataFrame:
    """What could give way in each county whose clauses cannot hold together: `RELAXATION_COLUMNS`.

    offices, money_fen, price_fen, existing_counts: as `smallest_conflicts`. Each row is the least change of
    one kind, the others kept; is_enough: whether it alone makes every clause hold.

    raise_cap      amount_fen more a year
    give_up_posts  posts fewer than required, together; amount_fen: what they would have cost
    lower_price    amount_fen less for a post; not is_lawful below least_price_fen (a wage floor)
    count_existing posts that need not be bought; amount_fen: what they would have cost
    raise_ceiling  posts more at one office
    """
    rows: list[dict[str, Any]] = []
    for county in _counties(offices, money_fen, price_fen, existing_counts):
        if next(_conflicts(county), None) is None:
            continue
        found = [*_of_ceilings(county), *(_of_money(county, least_price_fen) if county.missing_fen() else ())]
        if not county.existing_counts:
            found += _of_existing(county)
        rows += [{"county_code": county.code, "area_code": "", "is_lawful": True, **row} for row in found]
    return _frame(rows, RELAXATION_COLUMNS)


# --- conflicts ----------------------------------------------------------------------------------------

Clause = dict[str, Any]


def _conflicts(county: _County) -> Iterator[tuple[Clause, ...]]:
    """Conflicting sets, of which the smallest is the smallest there is."""
    existing: Clause = {"clause": "existing", "area_code": "", "posts": None, "fen": None}
    for office in county.offices:
        room = office.room()
        if room is None:
            continue
        ceiling = _of_office("ceiling", office, office.at_most)
        if room < 0:
            yield (ceiling,)
        elif office.need(True) > room:
            yield (_of_office("posts", office, office.required), ceiling)
        elif office.need(county.existing_counts) > room:
            yield (_of_office("posts", office, office.required), ceiling, existing)
    if county.cap_fen is None:
        return
    cap: Clause = {"clause": "cap", "area_code": "", "posts": None, "fen": county.cap_fen}
    price: Clause = {"clause": "price", "area_code": "", "posts": None, "fen": county.price_fen}
    if county.cap_fen < 0:
        yield (cap,)
    for counts in dict.fromkeys((True, county.existing_counts)):
        needs = sorted(county.offices, key=lambda office: (-office.need(counts), office.code))
        total = 0
        for n, office in enumerate(needs, 1):
            total += office.need(counts)
            if total * county.price_fen > county.cap_fen:
                posts = tuple(_of_office("posts", one, one.required) for one in needs[:n])
                yield (*posts, cap, price, *(() if counts else (existing,)))
                break


def _of_office(clause: str, office: _Office, posts: Fraction | None) -> Clause:
    return {"clause": clause, "area_code": office.code, "posts": float(posts or 0), "fen": None}


# --- relaxations --------------------------------------------------------------------------------------


def _clashes(county: _County) -> list[tuple[_Office, int]]:
    """Offices whose ceiling is too low, and by how many posts."""
    short = []
    for office in county.offices:
        room = office.room()
        if room is not None and room < office.need(county.existing_counts):
            short.append((office, office.need(county.existing_counts) - room))
    return short


def _of_ceilings(county: _County) -> Iterator[dict[str, Any]]:
    clashes = _clashes(county)
    for office, posts in clashes:
        is_enough = len(clashes) == 1 and not county.missing_fen()
        yield {
            "relaxation": "raise_ceiling",
            "area_code": office.code,
            "amount_fen": 0,
            "posts": posts,
            "is_enough": is_enough,
        }


def _of_money(county: _County, least_price_fen: int | None) -> Iterator[dict[str, Any]]:
    assert county.cap_fen is not None
    alone = not _clashes(county)
    missing, bought = county.missing_fen(), county.bought()
    yield {"relaxation": "raise_cap", "amount_fen": missing, "posts": 0, "is_enough": alone}
    given_up = min(bought, -(-missing // county.price_fen))
    yield {
        "relaxation": "give_up_posts",
        "amount_fen": given_up * county.price_fen,
        "posts": given_up,
        "is_enough": alone and county.cap_fen >= 0,
    }
    price = max(0, county.cap_fen) // bought if bought else 0
    yield {
        "relaxation": "lower_price",
        "amount_fen": county.price_fen - price,
        "posts": 0,
        "is_enough": alone and price > 0,
        "is_lawful": least_price_fen is None or price >= least_price_fen,
    }


def _of_existing(county: _County) -> Iterator[dict[str, Any]]:
    counted = _County(county.code, county.offices, county.cap_fen, county.price_fen, True)
    saved = county.bought() - counted.bought()
    yield {
        "relaxation": "count_existing",
        "amount_fen": saved * county.price_fen,
        "posts": saved,
        "is_enough": next(_conflicts(counted), None) is None,
    }


# --- reading ------------------------------------------------------------------------------------------


def _counties(
    offices: pd.DataFrame, money_fen: Mapping[str, int] | None, price_fen: int, existing_counts: bool
) -> Iterator[_County]:
    if price_fen <= 0:
        raise LawError(Problem("law_bad_price", values={"found": price_fen}))
    table = offices.sort_values("area_code", ignore_index=True)
    for code, at in table.groupby("county_code", sort=True).indices.items():
        if money_fen is not None and str(code) not in money_fen:
            raise LawError(Problem("law_no_base", values={"county": code, "id": "relaxations"}))
        listed = tuple(_office(row) for row in table.iloc[at].to_dict("records"))
        cap = None if money_fen is None else money_fen[str(code)]
        yield _County(str(code), listed, cap, price_fen, existing_counts)


def _office(row: Mapping[Any, Any]) -> _Office:
    most = row.get("posts_at_most")
    at_most = None if most is None or pd.isna(most) else Fraction(str(most))
    required, existing = (Fraction(str(row[name])) for name in ("posts_required", "posts_existing"))
    return _Office(str(row["area_code"]), required, existing, at_most)


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    for name in ("fen", "amount_fen"):
        if name in table:
            table[name] = table[name].astype("Int64")
    return table
