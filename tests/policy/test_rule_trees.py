"""Rules put together as no published text has them: any tree a file can hold, against arithmetic by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.posts.formulas import formula_of
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law
from tests.policy.lawfiles import FORMULA
from tests.policy.towns import towns
from tests.small import law

Town = Mapping[str, int]
Tree = Mapping[str, Any]

DRIVERS = ("households", "persons", "villages", "population")
COUNTS = st.integers(0, 40)
NUMBERS = st.one_of(COUNTS, st.sampled_from([0.5, 1.25, 2.4, 0.1]))
BY = st.sampled_from(DRIVERS)
EDGES = st.lists(st.integers(1, 3000), min_size=1, max_size=4, unique=True).map(sorted)
TOWN = st.fixed_dictionaries({name: st.integers(0, 3000) for name in DRIVERS})
READING = st.fixed_dictionaries(
    {
        "boundary": st.sampled_from(["upper", "lower"]),
        "rounding": st.sampled_from(["ceil", "round", "floor"]),
        "range": st.sampled_from(["low", "high"]),
        "village": st.sampled_from(["1", "2"]),
    }
)


def _tiers(edges: list[int], posts: list[Any], shut: list[bool], by: str) -> Tree:
    """Tiers that meet at the edges: both hold an edge, or the upper one begins above it."""
    tiers: list[dict[str, Any]] = []
    for at, count in enumerate(posts[: len(edges) + 1]):
        tier: dict[str, Any] = {"posts": count}
        if at:
            tier["above" if shut[at - 1] else "from"] = edges[at - 1]
        if at < len(edges):
            tier["to"] = edges[at]
        tiers.append(tier)
    return {"steps": {"by": by, "tiers": tiers}}


LEAVES: st.SearchStrategy[Tree] = st.one_of(
    st.builds(lambda n: {"fixed": n}, NUMBERS),
    st.builds(lambda a, b: {"fixed": {"choose": "village", "1": a, "2": b}}, COUNTS, COUNTS),
    st.builds(
        _tiers,
        EDGES,
        st.lists(NUMBERS, min_size=5, max_size=5),
        st.lists(st.booleans(), min_size=4, max_size=4),
        BY,
    ),
    st.builds(lambda n, by: {"rate": {"per_mille": n, "by": by}}, NUMBERS, BY),
    st.builds(
        lambda per, posts, by, how: {
            "one_per": {"per": per, "posts": posts, "by": by, **({"rounding": how} if how else {})}
        },
        st.integers(1, 900),
        st.integers(1, 4),
        BY,
        st.sampled_from(["", "ceil", "floor", "round"]),
    ),
    st.builds(
        lambda base, above, per, by: {"linear": {"base": base, "above": above, "per": per, "by": by}},
        NUMBERS,
        st.integers(0, 2000),
        st.integers(1, 900),
        BY,
    ),
    st.builds(lambda n, by: {"each": {"posts": n, "by": by}}, st.integers(0, 3), BY),
)


def _between(low: Tree, high: Tree) -> Tree:
    """An interval; of two plain numbers the smaller is its low end, as it must be."""
    one, other = (side.get("fixed") for side in (low, high))
    numbers = (int, float)
    is_turned = isinstance(one, numbers) and isinstance(other, numbers) and one > other
    return {"interval": {"low": high, "high": low} if is_turned else {"low": low, "high": high}}


def _joined(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        *(st.builds(lambda parts, how=how: {how: parts}, parts) for how in ("sum", "max", "min")),
        st.builds(_between, inner, inner),
        st.builds(lambda of, n: {"floor": {"of": of, "at_least": n}}, inner, COUNTS),
        st.builds(lambda of, n: {"ceiling": {"of": of, "at_most": n}}, inner, COUNTS),
    )


NOTHING: Tree = {"each": {"posts": 0, "by": "households"}}
"""A level names a driver its rule counts."""
TREES = st.recursive(LEAVES, _joined, max_leaves=8)


def number(found: Any, reading: Mapping[str, str]) -> Fraction:
    """A number of a file, or the one the reading chooses."""
    return Fraction(str(found[reading["village"]] if isinstance(found, Mapping) else found))


def whole(exact: Fraction, how: str) -> int:
    """Rounded; half a post is one."""
    if how == "ceil":
        return math.ceil(exact)
    return math.floor(exact + Fraction(1, 2) if how == "round" else exact)


def by_hand(tree: Tree, town: Town, reading: Mapping[str, str]) -> Fraction:
    """Posts of one office, not yet rounded, as the words of the file say."""
    ((shape, told),) = tree.items()
    if shape == "fixed":
        return number(told, reading)
    if shape in ("sum", "max", "min"):
        parts = [by_hand(part, town, reading) for part in told]
        return {"sum": sum, "max": max, "min": min}[shape](parts)  # type: ignore[operator, no-any-return]
    if shape == "interval":
        return by_hand(told[reading["range"]], town, reading)
    if shape == "floor":
        return max(by_hand(told["of"], town, reading), Fraction(told["at_least"]))
    if shape == "ceiling":
        return min(by_hand(told["of"], town, reading), Fraction(told["at_most"]))
    amount = town[told["by"]]
    if shape == "steps":
        holding = [
            at
            for at, tier in enumerate(told["tiers"])
            if tier.get("from", tier.get("above", -1) + 1) <= amount <= tier.get("to", math.inf)
        ]
        at = max(holding) if reading["boundary"] == "upper" else min(holding)
        return number(told["tiers"][at]["posts"], reading)
    if shape == "rate":
        return number(told["per_mille"], reading) * amount / 1000
    if shape == "each":
        return number(told["posts"], reading) * amount
    counted = max(amount - told.get("above", 0), 0)
    grown = Fraction(told.get("posts", 1) * counted, told["per"])
    if told.get("rounding"):
        grown = Fraction(whole(grown, told["rounding"]))
    return number(told.get("base", 0), reading) + grown


def _law(content: dict[str, Any]) -> Law:
    """The law with the formula; an answer to what its rules leave to nobody is taken out, as it must be."""
    try:
        formula = formula_of(content, {}, "own.yaml")
    except LawError as error:
        unused = [problem.values["reading"] for problem in error.problems]
        kept = {name: answer for name, answer in content["readings"].items() if name not in unused}
        formula = formula_of({**content, "readings": kept}, {}, "own.yaml")
    return replace(law(), formulas={formula.id: formula})


@settings(max_examples=150, deadline=None)
@given(TREES, TREES, st.lists(TOWN, min_size=1, max_size=5), READING)
def test_a_tree_of_rules_counts_as_by_hand(
    own: Tree, bureau: Tree, rows: list[dict[str, int]], reading: dict[str, str]
) -> None:
    """A township by its own figures, the county by the sums of its townships'."""
    content = yaml.safe_load(FORMULA)
    content["readings"] = {**reading, "counts": "all", "existing_counts": True}
    content["versions"][next(iter(content["versions"]))]["levels"] = {
        level: {"driver": "households", "unit": "household", "rule": {"sum": [rule, NOTHING]}}
        for level, rule in (("county", bureau), ("township", own))
    }
    table = required_posts(towns(rows), "own-rule", law=_law(content))
    found = {name: frame["posts_required"].tolist() for name, frame in table.groupby("level", sort=False)}
    sums = {name: sum(row[name] for row in rows) for name in DRIVERS}
    how = reading["rounding"]

    assert found["township"] == [whole(by_hand(own, row, reading), how) for row in rows]
    assert found["county"] == [whole(by_hand(bureau, sums, reading), how)]
