"""A county's contracts by themselves: rules of the law, effects that only write down what they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import simpy

from simlib.chance import Luck
from simlib.policy.statutes import Law, load_law
from simlib.scenario import BY_LAW, Assumed, Frozen, Future, Policy, Run, Scenario
from simlib.units import SHARE_ONE
from simlib.worktime import Calendar, work_calendar
from simlib.years.contracts.procurement import Procurement
from simlib.years.contracts.purchase import Wanted
from simlib.years.contracts.purchaserules import PurchaseRules, purchase_rules
from simlib.years.contracts.tender import Terms
from simlib.years.people.lots import BOUGHT, EXISTING

FIRST_YEAR = 2027
START = date(FIRST_YEAR, 1, 1)
AREA = 640205
ALL_CONDITIONS = ("budget_assured", "content_fixed", "continuous", "money_stable", "price_steady")
AMOUNT = 60_000_000
"""Money of a year [fen]."""


@cache
def law() -> Law:
    """The package's law."""
    return load_law()


@cache
def calendar(years: int = 9) -> Calendar:
    """From four years before the plan."""
    return work_calendar(FIRST_YEAR - 4, FIRST_YEAR + years + 1)


def rules(policy: Policy | None = None, **assumed: Any) -> PurchaseRules:
    """Rules of a scenario; assumptions by key, dots written as double underscores."""
    levers = policy or Policy(purchase=BY_LAW)
    moved = Frozen({name.replace("__", "."): value for name, value in assumed.items()})
    case = Scenario("small", Frozen(zh="小", en="small"), None, levers, Future(moved), Run())  # type: ignore[arg-type]
    seen = Assumed(law(), case)
    found = purchase_rules(levers, law=law(), on=START, value=seen.value, number=seen.number)
    assert found is not None
    return found


def quiet(policy: Policy | None = None, **assumed: Any) -> PurchaseRules:
    """Rules under which nothing goes wrong: nobody fails, challenges, or is too few; all pass."""
    calm = {
        "procurement__default_best": 0,
        "procurement__default_worst": 0,
        "procurement__challenge_share": 0,
        "procurement__bidders": 5,
        "procurement__providers": 12,
        "evaluation__pass_mark": 0,
    }
    return rules(policy, **{**calm, **assumed})


@dataclass(slots=True)
class Told:
    """Effects that write down what they are told: (day, what, lot, number)."""

    env: simpy.Environment
    events: list[tuple[int, str, int, int]] = field(default_factory=list)
    prices: list[tuple[int, int, int]] = field(default_factory=list)
    spent: list[tuple[int, int, str, int]] = field(default_factory=list)
    promised: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    causes: list[tuple[int, int, int]] = field(default_factory=list)
    most: dict[int, int] = field(default_factory=dict)

    def begin(self, lot: int, missed_share: int, provider: int, most: int) -> None:
        self.most[lot] = most
        self.events.append((int(self.env.now), "begin", lot, missed_share))

    def renew(self, lot: int, most: int) -> None:
        self.most[lot] = most
        self.events.append((int(self.env.now), "renew", lot, 0))

    def price(self, lot: int, share: int) -> None:
        self.prices.append((int(self.env.now), lot, share))

    def promise(self, lot: int, posts: int, share: int, years: int) -> None:
        self.promised.append((int(self.env.now), lot, posts, share, years))

    def spend(self, lot: int, line: str, fen: int) -> None:
        self.spent.append((int(self.env.now), lot, line, fen))

    def end(self, lot: int, keep_share: int, cause: int) -> None:
        self.causes.append((int(self.env.now), lot, cause))
        self.events.append((int(self.env.now), "end", lot, keep_share))

    def take_over(self, lot: int, share: int) -> None:
        self.events.append((int(self.env.now), "take_over", lot, share))

    def miss(self, lot: int, missed_share: int) -> None:
        self.events.append((int(self.env.now), "miss", lot, missed_share))

    def missed_days(self, last: int, lot: int = EXISTING) -> float:
        """Days of a post of the lot left unmanned until a day [day]."""
        total, since, share = 0.0, 0, 0
        for day, what, where, number in [*self.events, (last, "stop", lot, 0)]:
            if where == lot:
                total += (day - since) * share / SHARE_ONE
                since = day
                if what in ("begin", "miss"):
                    share = number
                elif what == "end":
                    share = SHARE_ONE
                elif what == "take_over":
                    share = SHARE_ONE - number
        return total


def always_voted(_: int) -> int:
    """A budget voted before anything is asked."""
    return 0


@cache
def _terms() -> Terms:
    return Terms(law(), calendar(), always_voted)


def new_year_vote(month: int, day: int) -> Callable[[int], int]:
    """Each year's budget is voted on this date."""
    return lambda year: calendar().day(date(year, month, day))


def county(
    made: PurchaseRules,
    *,
    years: int = 6,
    area: int = AREA,
    seed: int = 1,
    vote_day: Callable[[int], int] = always_voted,
    existing: int = 4,
    asks: tuple[tuple[date, int], ...] = (),
) -> tuple[Procurement, Told]:
    """A county's contracts through some years; asks: day and posts asked for of lot BOUGHT."""
    days = calendar()
    env = simpy.Environment(initial_time=days.day(START))
    told = Told(env)
    terms = replace(_terms(), vote_day=vote_day)
    wanted = {EXISTING: Wanted(existing, AMOUNT), BOUGHT: Wanted(0, 0)}
    found = Procurement(env, Luck(seed, 0), made, terms, told, area=area, wanted=wanted)
    for when, posts in asks:
        env.run(until=days.day(when))
        found.ask(BOUGHT, posts, AMOUNT, max(vote_day(when.year), 0) or days.day(when))
    env.run(until=days.day(date(FIRST_YEAR + years, 1, 1)))
    return found, told
