"""The published staffing texts worked out office by office in plain arithmetic, apart from the package.

Written from the texts as the project's tables of facts give them, not from the law files or the code: no
shape, no vector, exact fractions. `judged` gives what each office of a place must have under one reading.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

Town = Mapping[str, Any]
Reading = Mapping[str, str]
Posts = Fraction | int

FOUR = ("dibao_urban", "dibao_rural", "tekun_dispersed", "tekun_institution")
SEVEN = (*FOUR, "marginal", "rigid", "monitored")
FLOOR, CEILING, GOAL, LEAVE = "at_least", "at_most", "target", "may"


def whole(posts: Posts, rounding: str) -> Posts:
    """Begun ones count, a half counts, or only full ones do."""
    ways: dict[str, Callable[[Posts], Posts]] = {
        "ceil": math.ceil,
        "floor": math.floor,
        "round": lambda exact: math.floor(exact + Fraction(1, 2)),
        "none": lambda exact: exact,
    }
    return ways[rounding](posts)


def tier(number: int, tiers: list[tuple[int, float, int]], boundary: str) -> int:
    """Tiers hold both their edges (Civil Code art. 1259); on an edge the reading says which tier it is."""
    holding = [posts for low, high, posts in tiers if low <= number <= high]
    return max(holding) if boundary == "upper" else min(holding)


def counted(town: Town, what: str, counts: str) -> int:
    """Households or persons on the rolls of a township."""
    return sum(int(town[f"{roll}_{what}"]) for roll in (FOUR if counts == "dibao_tekun" else SEVEN))


GUANGDONG_COUNTY = [(0, 3000, 2), (3000, 5000, 4), (5000, 8000, 6), (8000, math.inf, 10)]
GUANGDONG_TOWNSHIP = [(0, 300, 2), (300, 600, 4), (600, math.inf, 6)]
FUJIAN = [(0, 20_000, 1), (20_000, 50_000, 2), (50_000, math.inf, 3)]
LINYI = [(0, 50_000, 3), (50_000, math.inf, 5)]


class Office:
    """One office: the townships it answers for, and the reading."""

    def __init__(self, towns: Sequence[Town], reading: Reading) -> None:
        self.towns, self.reading = towns, reading

    def sum(self, name: str) -> int:
        """A column over its townships."""
        return sum(int(town[name]) for town in self.towns)

    def on_rolls(self, what: str) -> int:
        """Households or persons its reading counts."""
        return sum(counted(town, what, self.reading["counts"]) for town in self.towns)

    def part(self, posts: Posts) -> Posts:
        """Rounded as read."""
        return whole(posts, self.reading["rounding"])

    def care(self) -> Posts:
        """1:10 of those who manage alone, 1:6 of the partly, 1:3 of the wholly disabled."""
        able, partial, wholly = (self.sum(f"residents_{kind}") for kind in ("able", "partial", "wholly"))
        return self.part(Fraction(able, 10) + Fraction(partial, 6) + Fraction(wholly, 3))


Text = dict[str, tuple[Callable[[Office], Posts], str]]


def _guangdong() -> Text:
    return {
        "county": (lambda o: tier(o.on_rolls("households"), GUANGDONG_COUNTY, o.reading["boundary"]), FLOOR),
        "township": (
            lambda o: tier(o.on_rolls("households"), GUANGDONG_TOWNSHIP, o.reading["boundary"]),
            FLOOR,
        ),
    }


TEXTS: dict[str, Text] = {
    "guangdong-2019": _guangdong()
    | {"village": (lambda o: o.sum("villages") * int(o.reading["village"]), GOAL)},
    "guangdong-city-draft-2019": _guangdong(),
    "leshan-2020": {"township": (lambda o: o.part(Fraction(o.on_rolls("persons") * 2, 1000)), LEAVE)},
    "hainan-2n": {"township": (lambda o: 2 + o.part(Fraction(o.on_rolls("persons"), 1500)), FLOOR)},
    "gansu-2017": {
        "city": (lambda o: o.part(Fraction(o.on_rolls("persons"), 50_000)), FLOOR),
        "county": (lambda o: o.part(Fraction(o.on_rolls("persons"), 5_000)), FLOOR),
        "township": (lambda o: o.part(Fraction(o.on_rolls("persons"), 500)), FLOOR),
        "village": (lambda o: o.sum("villages"), GOAL),
        "institution": (Office.care, FLOOR),
    },
    "xuchang-2019": {
        "county": (
            lambda o: max(
                5,
                o.part(Fraction(o.on_rolls("persons"), 10_000 if o.reading["range"] == "low" else 8_000)),
            ),
            FLOOR,
        ),
        "township": (
            lambda o: max(
                3, o.part(Fraction(o.on_rolls("persons"), 1_000 if o.reading["range"] == "low" else 800))
            ),
            FLOOR,
        ),
    },
    "fujian-2018": {
        "township": (lambda o: tier(o.sum("population_registered"), FUJIAN, o.reading["boundary"]), FLOOR),
        "village": (lambda o: o.sum("villages"), FLOOR),
        "institution": (lambda o: o.sum("institutions"), FLOOR),
    },
    "linyi-2018": {
        "county": (lambda _: 5, FLOOR),
        "township": (lambda o: tier(o.sum("population"), LINYI, o.reading["boundary"]), FLOOR),
        "village": (lambda o: o.sum("villages") * int(o.reading["village"]), FLOOR),
        "institution": (Office.care, FLOOR),
    },
    "population-linear": {
        "county": (lambda o: 8 + o.part(Fraction(max(o.sum("population") - 300_000, 0), 100_000)), FLOOR),
        "township": (lambda o: o.part(Fraction(o.sum("population"), 10_000)), FLOOR),
        "village": (lambda o: o.sum("villages"), FLOOR),
    },
    "anhui-2013": {
        "city": (lambda _: 4, CEILING),
        "county": (lambda _: 3, CEILING),
        "township": (lambda o: 2 if o.reading["range"] == "low" else 5, GOAL),
    },
    "shandong-2020": {"village": (lambda o: o.sum("villages") * int(o.reading["village"]), GOAL)},
    "urban-dibao-threshold": {"county": (lambda o: 3 if o.sum("dibao_urban_persons") > 10_000 else 0, FLOOR)},
    "guangdong-shuangbai-2017": {"township": (lambda _: 3, GOAL)},
}
"""What each text asks of one office of each level, and how strongly."""

DRIVERS: dict[str, dict[str, str]] = {
    "guangdong-2019": {"county": "households", "township": "households", "village": "villages"},
    "guangdong-city-draft-2019": {"county": "households", "township": "households"},
    "leshan-2020": {"township": "persons"},
    "hainan-2n": {"township": "persons"},
    "gansu-2017": {"city": "persons", "county": "persons", "township": "persons", "village": "villages"},
    "xuchang-2019": {"county": "persons", "township": "persons"},
}
"""What the driver column must name and hold, where the text counts people or households."""


def shared(posts: Posts, weights: Mapping[str, int]) -> dict[str, Posts]:
    """A county's posts over its townships by largest remainder on persons, ties to the smaller code."""
    total = sum(weights.values())
    if total == 0:
        return dict.fromkeys(weights, 0)
    quotas = {code: Fraction(posts) * weight / total for code, weight in weights.items()}
    if not isinstance(posts, int):
        return dict(quotas)
    got = {code: math.floor(quota) for code, quota in quotas.items()}
    order = sorted(quotas, key=lambda code: (-(quotas[code] - got[code]), code))
    for code in order[: posts - sum(got.values())]:
        got[code] += 1
    return dict(got)


def holders(town: Town, level: str) -> str:
    """The office of a level that answers for a township; none where a county stands under no city."""
    county = str(town["county_code"])
    if level == "city":
        return "" if county[2:4] == "90" else county[:4]
    return county if level == "county" else str(town["area_code"])


def judged(
    formula: str, towns: Sequence[Town], counties: Sequence[Town], reading: Reading
) -> dict[tuple[str, str], tuple[Posts, str, int]]:
    """By level and code of office: posts required, modality, heads already there."""
    found: dict[tuple[str, str], tuple[Posts, str, int]] = {}
    for level in ("city", "county", "township", "village", "institution"):
        groups: dict[str, list[Town]] = {}
        if level == "county":
            groups = {str(county["county_code"]): [] for county in counties}
        for town in towns:
            groups.setdefault(holders(town, level), []).append(town)
        groups.pop("", None)
        ask, modality = TEXTS[formula].get(level, (lambda _: 0, ""))
        required = {code: ask(Office(group, reading)) for code, group in groups.items()}
        if formula == "leshan-2020" and level == "township" and reading["applied_at"] == "county":
            required = _leshan_by_county(towns, reading)
        heads = _heads(formula, level, groups, counties)
        found |= {(level, code): (required[code], modality, heads[code]) for code in groups}
    return found


def _leshan_by_county(towns: Sequence[Town], reading: Reading) -> dict[str, Posts]:
    required: dict[str, Posts] = {}
    for county in {str(town["county_code"]) for town in towns}:
        inside = [town for town in towns if town["county_code"] == county]
        weights = {str(town["area_code"]): counted(town, "persons", reading["counts"]) for town in inside}
        posts = whole(Fraction(2 * sum(weights.values()), 1000), reading["rounding"])
        required |= shared(posts, weights)
    return required


def _heads(
    formula: str, level: str, groups: Mapping[str, list[Town]], counties: Sequence[Town]
) -> dict[str, int]:
    if level == "county":
        own = ("posts_verification",) if formula == "anhui-2013" else ("posts_payroll", "posts_contract")
        return {str(county["county_code"]): sum(int(county[name]) for name in own) for county in counties}
    names = {"township": ("posts_payroll", "posts_contract"), "village": ("posts_village",)}.get(level, ())
    return {code: sum(int(town[name]) for town in group for name in names) for code, group in groups.items()}
