"""Money for posts and services under a published rule, and whole posts shared out when money binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from heapq import heapify, heappop, heapreplace
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from simlib.errors import LawError, Problem
from simlib.policy.money.moneyrules import MoneyRule, Term
from simlib.policy.posts.apportion import METHODS, Method, shared_within
from simlib.policy.readings import full_reading
from simlib.policy.rules import chosen
from simlib.policy.staffing import COUNTED
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN

Sharing = Literal["proportional", "keep_minimum", "equal_load"]
SHARINGS: tuple[Sharing, ...] = ("proportional", "keep_minimum", "equal_load")
Spend = Literal["gap", "all"]
LOSING_COLUMNS = ("county_code", "posts", "area_code", "before", "after")


class Counted(Protocol):
    """What a money rule needs to know of a place."""

    @property
    def townships(self) -> pd.DataFrame:
        """One row a township."""

    @property
    def counties(self) -> pd.DataFrame:
        """One row a county."""


def posts_money(
    rule_id: str,
    *,
    law: Law,
    place: Counted,
    base_fen: Mapping[str, int],
    share_for_posts: float | None = None,
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> dict[str, int]:
    """Money that may pay bought posts, by county [fen]; rounded down.

    base_fen: last year's dibao spending or grant by county [fen], as the rule's `base` says. share_for_posts:
    part of the work funds that pays posts [0..1], as they also pay training, publicity, checks, files and
    vehicles; default the rule's assumption. A rule that pays services pays no clerk: 0 everywhere.
    Raises LawError for an unknown rule or reading, a share outside 0..1, a county without a base.
    """
    rule = law.money_rule(rule_id)
    counties = [str(code) for code in place.counties["county_code"]]
    if rule.pays != "posts":
        return dict.fromkeys(counties, 0)
    if share_for_posts is None:
        dated = law.dated(rule.share_key)
        share_for_posts = dated.on(on or dated.entries[-1].start)
    if not 0 <= share_for_posts <= 1:
        raise LawError(Problem("law_bad_share", values={"found": share_for_posts}))
    amounts = rule_yuan(rule, law=law, place=place, base_fen=base_fen, reading=reading, on=on)
    share = Fraction(str(share_for_posts))
    return {code: int(amounts[code] * share * FEN_PER_YUAN) for code in counties}


def services_money(
    rule_id: str,
    *,
    law: Law,
    place: Counted,
    base_fen: Mapping[str, int],
    remaining_fen: Mapping[str, int],
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
    share: Fraction | None = None,
) -> dict[str, int]:
    """Most that may buy services, by county [fen]; 0 where the rule pays posts.

    base_fen: last year's grant by county. remaining_fen: this year's grant after benefits, which the
    purchase must not squeeze. share: what is set aside in place of the rule's own share [0..1]; above it the
    result is a what-if the document does not allow, and the caller says so.
    Raises LawError for an unknown reading, a county without figures, a share outside 0..1 or of a rule that
    is no plain share.
    """
    rule = law.money_rule(rule_id)
    counties = [str(code) for code in place.counties["county_code"]]
    if rule.pays != "services":
        return dict.fromkeys(counties, 0)
    amounts = rule_yuan(rule, law=law, place=place, base_fen=base_fen, reading=reading, on=on)
    if share is not None:
        if not 0 <= share <= 1:
            raise LawError(Problem("law_bad_share", values={"found": float(share)}))
        own = stated_share(rule, on=on)
        amounts = {code: amount * share / own for code, amount in amounts.items()}
    caps = {code: int(amounts[code] * FEN_PER_YUAN) for code in counties}
    if not rule.version(on).within_remaining:
        return caps
    return {code: max(0, min(caps[code], _county(remaining_fen, code, rule.id))) for code in counties}


def stated_share(rule: MoneyRule, *, on: date | None = None) -> Fraction:
    """The one share a money rule states [0..1]. Raises LawError for a rule that is no plain share above 0."""
    terms = rule.version(on).terms
    amount = terms[0].amount
    if len(terms) != 1 or terms[0].kind != "share" or not isinstance(amount, Fraction) or amount == 0:
        raise LawError(Problem("services_no_share", values={"id": rule.id}))
    return amount


def rule_yuan(
    rule: MoneyRule,
    *,
    law: Law,
    place: Counted,
    base_fen: Mapping[str, int],
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> dict[str, Fraction]:
    """The whole amount a money rule gives each county, exactly [yuan].

    Raises LawError for an unknown reading or a county without a base.
    """
    answers = full_reading(rule, reading or {})
    version = rule.version(on)
    factor = Fraction(1)
    for name, keys in rule.factors.items():
        if keys[answers[name]]:
            dated = law.dated(keys[answers[name]])
            factor *= Fraction(str(dated.on(on or dated.entries[-1].start)))
    amounts = {}
    for code in (str(code) for code in place.counties["county_code"]):
        total = Fraction(0)
        for term in version.terms:
            amount = chosen(term.amount, answers)
            if term.kind == "share":
                total += amount * factor * Fraction(_county(base_fen, code, rule.id), FEN_PER_YUAN)
            else:
                total += amount * _units(term, place, code, answers)
        amounts[code] = total
    return amounts


def _units(term: Term, place: Counted, county_code: str, answers: Mapping[str, str]) -> int:
    """Units of the driver that a term pays for in one county; of blocks, those begun."""
    mine = place.townships[place.townships["county_code"] == county_code]
    names = [term.by]
    if term.by in ("households", "persons"):
        names = [f"{programme}_{term.by}" for programme in COUNTED[answers["counts"]]]
    column = mine[names].to_numpy(dtype=np.int64).sum(axis=1)
    counted = column if term.at == "township" else np.array([column.sum()])
    return int((-(-counted // term.size)).sum())


def _county(money: Mapping[str, int], code: str, rule_id: str) -> int:
    if code not in money:
        raise LawError(Problem("law_no_base", values={"county": code, "id": rule_id}))
    return money[code]


# --- posts for the money ------------------------------------------------------------------------------


def fund_posts(
    offices: pd.DataFrame,
    *,
    money_fen: Mapping[str, int] | None,
    price_fen: int,
    sharing: Sharing = "proportional",
    spend: Spend = "gap",
    method: Method = "largest_remainder",
) -> pd.DataFrame:
    """Whole posts bought for each office: area_code, funded; by code.

    offices: area_code, county_code, weight (posts required), gap (posts missing); for `equal_load` also load
    (households) and existing (posts there). money_fen: by county
    [fen]; None: no limit, every gap is filled. price_fen: a post a year. Each county spends its own money
    and never more: `gap` never above what is missing; `all` as many posts as the money buys, the
    equal-money view. `proportional`: by weight, ties by area code; `keep_minimum`: first one post each, the
    least staffed (weight − gap) first, then by weight; `equal_load`: each next post where a worker has most
    load. method: how whole posts follow weights, `largest_remainder` or `webster`, under which no office
    loses as money rises (`losing_offices`); `equal_load` needs none, and no office loses.
    Raises LawError for a county without money, a code twice, a price not above 0, another sharing or method.
    """
    _check(sharing, method, price_fen)
    table = offices.sort_values("area_code", ignore_index=True)
    if table["area_code"].duplicated().any():
        twice = str(table.loc[table["area_code"].duplicated(), "area_code"].iloc[0])
        raise LawError(Problem("law_office_twice", values={"code": twice}))
    columns = {name: table[name].tolist() for name in Needs.names() if name in table}
    funded = np.zeros(len(table), dtype=np.int64)
    for code, rows in table.groupby("county_code", sort=True).indices.items():
        needs = Needs(**{name: [int(column[row]) for row in rows] for name, column in columns.items()})
        money = None if money_fen is None else _county(money_fen, str(code), "fund_posts")
        funded[rows] = county_posts(
            needs, money_fen=money, price_fen=price_fen, sharing=sharing, spend=spend, method=method
        )
    return table[["area_code"]].assign(funded=funded)


@dataclass(frozen=True, slots=True)
class Needs:
    """The offices of one county by ascending code: weight, gap and, for `equal_load`, load and existing, as
    `fund_posts` takes them [offices]."""

    weight: Sequence[int]
    gap: Sequence[int]
    load: Sequence[int] = ()
    existing: Sequence[int] = ()

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(field.name for field in fields(cls))


def county_posts(
    needs: Needs,
    *,
    money_fen: int | None,
    price_fen: int,
    sharing: Sharing = "proportional",
    spend: Spend = "gap",
    method: Method = "largest_remainder",
) -> list[int]:
    """Whole posts bought for each office of one county, as `fund_posts` shares them [offices].

    Raises LawError for a price not above 0, another sharing or method.
    """
    _check(sharing, method, price_fen)
    if money_fen is None:
        return list(needs.gap)
    posts = max(0, money_fen) // price_fen
    room = list(needs.gap) if spend == "gap" else [posts] * len(needs.gap)
    if sharing == "equal_load":
        return _equal_load(posts, needs, room)
    return _share(posts, list(needs.weight), list(needs.gap), room, sharing, method)


def _check(sharing: str, method: str, price_fen: int) -> None:
    for found, known in ((sharing, SHARINGS), (method, METHODS)):
        if found not in known:
            raise LawError(Problem("rules_no_method", values={"found": found, "known": ", ".join(known)}))
    if price_fen <= 0:
        raise LawError(Problem("law_bad_price", values={"found": price_fen}))


def losing_offices(
    offices: pd.DataFrame,
    *,
    sharing: Sharing = "proportional",
    spend: Spend = "gap",
    method: Method = "largest_remainder",
    most_posts: int | None = None,
) -> pd.DataFrame:
    """Offices that lose a post when their county can buy one more.

    offices: as `fund_posts` takes them. Columns county_code, posts, area_code, before, after; posts is what
    the county buys when the office has `after`. Every number from 1 to most_posts is looked at (default: all
    that is missing; under `all` twice what is required). A row warns: more money would take a clerk away.
    Source: the Alabama paradox; Balinski & Young, Fair Representation, 1982.
    """
    if sharing == "equal_load":  # posts are given out one by one, so nobody's is taken back
        return pd.DataFrame(columns=list(LOSING_COLUMNS))
    table = offices.sort_values("area_code", ignore_index=True)
    rows = []
    for code, at in table.groupby("county_code", sort=True).indices.items():
        weights = [int(weight) for weight in table["weight"].to_numpy()[at]]
        gaps = [int(gap) for gap in table["gap"].to_numpy()[at]]
        last = most_posts if most_posts is not None else sum(gaps) if spend == "gap" else 2 * sum(weights)
        before = [0] * len(at)
        for posts in range(1, last + 1):
            room = gaps if spend == "gap" else [posts] * len(gaps)
            after = _share(posts, weights, gaps, room, sharing, method)
            for i, (had, has) in enumerate(zip(before, after, strict=True)):
                if has < had:
                    rows.append((str(code), posts, str(table["area_code"].iloc[at[i]]), had, has))
            before = after
    return pd.DataFrame(rows, columns=list(LOSING_COLUMNS))


def _share(
    posts: int, weights: list[int], gaps: list[int], room: list[int], sharing: Sharing, method: Method
) -> list[int]:
    got = [0] * len(weights)
    posts = min(posts, sum(room))
    if sharing == "keep_minimum":
        wanting = [i for i in range(len(weights)) if room[i] > 0 and weights[i] > 0]
        wanting.sort(key=lambda i: (weights[i] - gaps[i], -weights[i], i))
        for i in wanting[:posts]:
            got[i] = 1
        posts -= sum(got)
    left = [most - have for most, have in zip(room, got, strict=True)]
    more = shared_within(posts, weights, left, method)
    return [have + extra for have, extra in zip(got, more, strict=True)]


def _equal_load(posts: int, needs: Needs, room: list[int]) -> list[int]:
    """Posts one by one to the office with the most load a worker; none there counts as most of all."""
    loads, workers = needs.load, needs.existing
    got = [0] * len(loads)

    def urgency(i: int) -> tuple[int, Fraction, int, int]:
        heads = workers[i] + got[i]
        return (-1 if loads[i] and not heads else 0, -Fraction(loads[i], heads or 1), -loads[i], i)

    waiting = [urgency(i) for i in range(len(loads)) if room[i] > 0]
    heapify(waiting)
    for _ in range(posts):
        if not waiting:
            break
        i = waiting[0][-1]
        got[i] += 1
        if got[i] < room[i]:
            heapreplace(waiting, urgency(i))
        else:
            heappop(waiting)
    return got


def unaffordable(
    offices: pd.DataFrame, *, money_fen: Mapping[str, int] | None, price_fen: int
) -> pd.DataFrame:
    """Counties whose missing posts cost more than their cap, one row a county.

    offices: area_code, county_code, posts_required, posts_payroll, assistance_share, posts_contract. A
    payroll clerk counts as `assistance_share` of a post. Columns: county_code, posts_required,
    payroll_equivalents, posts_contract, posts_short (whole, rounded up by office), cost_fen, cap_fen (empty:
    no limit), missing_fen (to add), missing_posts (or to give up), infeasible.
    """
    equivalents = offices["posts_payroll"] * offices["assistance_share"]
    short = offices["posts_required"] - equivalents - offices["posts_contract"]
    frame = offices[["county_code", "posts_required", "posts_contract"]].assign(
        payroll_equivalents=equivalents,
        posts_short=np.ceil(np.maximum(short.to_numpy(dtype=float), 0) - 1e-9).astype("int64"),
    )
    total = frame.groupby("county_code", sort=True).sum().reset_index()
    total["cost_fen"] = total["posts_short"] * price_fen
    codes = [str(code) for code in total["county_code"]]
    caps = [pd.NA if money_fen is None else _county(money_fen, code, "unaffordable") for code in codes]
    total["cap_fen"] = pd.array(caps, dtype="Int64")
    over = (total["cost_fen"] - total["cap_fen"]).clip(lower=0).fillna(0).astype("int64")
    total["missing_fen"] = over
    total["missing_posts"] = -(-over // price_fen)
    total["infeasible"] = over > 0
    columns = ["posts_required", "payroll_equivalents", "posts_contract", "posts_short", "cost_fen"]
    return total[["county_code", *columns, "cap_fen", "missing_fen", "missing_posts", "infeasible"]]
