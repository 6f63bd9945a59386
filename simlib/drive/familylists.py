"""The three lists of a run's simulated families: who was assessed, what each needs, what became of it.

A run stores sums. The counties asked for are simulated again, on the same chance, with every order followed
(`years.services.watched`), so the lists add up to the stored tables of that replication to the unit.
The families are synthetic: numbers of a simulation, nobody's name or file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib import words
from simlib.desks.engines import default_engine
from simlib.errors import Problem, ScenarioError
from simlib.places.columns import PROGRAMMES
from simlib.policy.services.items import Services, load_services
from simlib.policy.services.listing import listed, worded
from simlib.policy.services.needs import GRADES, Needs, load_needs
from simlib.units import FEN_PER_YUAN, MONTHS_PER_YEAR
from simlib.worktime import month_start
from simlib.years.county import Batch
from simlib.years.replication import Run, open_batch
from simlib.years.services.families import Family
from simlib.years.services.familyloops import ASKED, ASSESSED, NO_NEED, WAITING
from simlib.years.services.servicebook import FARED
from simlib.years.services.watched import Event, Events, WatchedServices
from simlib.years.setting import Setting, prepare

LISTS = ("households", "needs", "projects")
"""The lists by name: families, what they need, the items."""
COUNTS = ("open_start", "ordered", "on_time", "late", "unmet", "withdrawn", "open_end", "unmet_money")
"""Columns of orders since 1 January: open_start + ordered = on_time + late + unmet + withdrawn + open_end."""
_ADDRESS = ["area", "number"]
_PAIR = [*_ADDRESS, "item"]


class WatchedRun(Run):
    """A run whose services are followed family by family."""

    services_kind = WatchedServices


@dataclass(frozen=True, slots=True)
class Moment:
    """A month's end of the plan, counted from its first month; `day` is that month's last."""

    month: int
    day: date

    @property
    def first(self) -> int:
        """The January of its year."""
        return self.month - self.month % MONTHS_PER_YEAR


def moment_of(setting: Setting, day: date | None) -> Moment:
    """The end of the month a day lies in; the plan's last where none is given.

    Raises ScenarioError for a scenario that buys no services and a day outside the plan.
    """
    run = setting.scenario.run
    if setting.services is None:
        raise ScenarioError(Problem("families_no_services"))
    first, after = month_start(run.first_year, 0), month_start(run.first_year, run.years * MONTHS_PER_YEAR)
    last = after - timedelta(days=1)
    asked = day or last
    if not first <= asked <= last:
        raise ScenarioError(Problem("families_day", values={"found": asked, "first": first, "last": last}))
    month = (asked.year - run.first_year) * MONTHS_PER_YEAR + asked.month - 1
    return Moment(month, month_start(run.first_year, month + 1) - timedelta(days=1))


def family_lists(
    setting: Setting, *, counties: Sequence[str], replication: int, moment: Moment
) -> dict[str, pd.DataFrame]:
    """The lists of some counties in one replication at a month's end, by the names of LISTS.

    households: one row a family that services know of: standing, grade, indicators, its orders. needs: one
    row a family and item that it needs or had ordered in the year. projects: one row an item. Orders and
    money are of the year so far, see COUNTS; charged_yuan is what was paid for deliveries at unit prices.
    """
    parts = [_followed(setting, county, replication, moment) for county in counties]
    told = _Told(setting, moment, load_services())
    found = [told.of_county(part) for part in parts]
    needs = pd.concat([each for _, each in found], ignore_index=True)
    households = pd.concat([each for each, _ in found], ignore_index=True)
    return {"households": households, "needs": needs, "projects": told.projects(needs)}


@dataclass(frozen=True, slots=True)
class _Followed:
    """What was seen of a county and its townships."""

    towns: pd.DataFrame
    families: Family
    events: Events


def _followed(setting: Setting, county: str, replication: int, moment: Moment) -> _Followed:
    """Simulate a county up to a month's end."""
    batch, engine = Batch(range(replication, replication + 1), (county,)), default_engine()
    before = prepare(setting.scenario.status_quo(), law=setting.law, place=setting.place)
    opening = open_batch(before, batch, engine=engine)
    with WatchedRun(setting, setting.side_by_side(batch), opening, engine=engine) as run:
        for month in range(moment.month + 1):
            run.month(month)
        assert isinstance(run.services, WatchedServices)
        return _Followed(setting.counties[county].townships, run.services.standing, run.services.events)


class _Told:
    """Puts what was seen into words."""

    def __init__(self, setting: Setting, moment: Moment, services: Services) -> None:
        self.setting, self.moment, self.services = setting, moment, services
        self.needs: Needs = load_needs(services)
        self.items = list(services.items.values())

    def of_county(self, seen: _Followed) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The households and the needs of a county."""
        families = self._families(seen)
        events = pd.DataFrame({name: getattr(seen.events, name) for name in seen.events.names()})
        pairs = self._pairs(events, families)
        return self._households(families, events, pairs), self._needs(families, pairs)

    def _families(self, seen: _Followed) -> pd.DataFrame:
        """The families in columns, with their address in words, by township and number."""
        own = pd.DataFrame({name: getattr(seen.families, name) for name in seen.families.names()})
        towns = seen.towns[["area_code", "area"]].astype(str).rename(columns={"area": "town"})
        own = own.join(towns.reset_index(drop=True), on="area").sort_values(_ADDRESS, ignore_index=True)
        own["family"] = own["area_code"] + "-" + own["number"].astype(str)
        own = own.assign(standing=_standing(own), fared=_fared(own)).rename(columns={"indicators": "bits"})
        return own.drop(columns=["open", "ordered", "served", "unmet", "spent_fen"])

    def _pairs(self, events: pd.DataFrame, families: pd.DataFrame) -> pd.DataFrame:
        """Each family and item: COUNTS, units and money of the year so far, and whether it is needed now."""
        orders = events[events["event"] != Event.ASSESSED]
        before, year = (
            orders[orders["month"] < self.moment.first],
            orders[orders["month"] >= self.moment.first],
        )
        open_start, held = _counted(before), _counted(year)
        needed = _needed(families, len(self.items))
        table = pd.DataFrame(index=open_start.index.union(held.index).union(needed))
        at_start = _still_open(open_start).reindex(table.index, fill_value=0)
        held = held.reindex(table.index, fill_value=0)
        done = year[year["event"].isin([Event.ON_TIME, Event.LATE])].groupby(_PAIR)[["units", "fen"]].sum()
        table = table.assign(
            open_start=at_start,
            ordered=held[Event.ORDERED],
            on_time=held[Event.ON_TIME],
            late=held[Event.LATE],
            unmet=held[Event.ORDERED] - held[Event.PLACED] + held[Event.GIVEN_UP],
            withdrawn=held[Event.WITHDRAWN],
            open_end=at_start + _still_open(held),
            unmet_money=held[Event.ORDERED] - held[Event.PLACED],
            is_needed=table.index.isin(needed),
        ).join(done)
        table[["units", "fen"]] = table[["units", "fen"]].fillna(0).astype("int64")
        is_idle = (table[list(COUNTS)] == 0).all(axis=1) & ~table["is_needed"]
        return table[~is_idle].sort_index().reset_index()

    def _households(self, families: pd.DataFrame, events: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
        assessed = events[(events["event"] == Event.ASSESSED) & (events["month"] >= self.moment.first)]
        times = assessed.groupby(_ADDRESS).size().rename("assessed_times")
        sums = pairs.groupby(_ADDRESS)[[*COUNTS, "fen"]].sum()
        table = families.join(times, on=_ADDRESS).join(sums, on=_ADDRESS)
        counts = table[["assessed_times", *COUNTS, "fen"]].fillna(0).astype("int64")
        known = (table["was_assessed"] == 1).to_numpy()
        return pd.DataFrame(
            {
                **self._who(table),
                "household_type": _picked(list(self.needs.household_types.values()), table["kind"]),
                "standing": _in_words("families.standing.{}", table["standing"]),
                "assessed_times": counts["assessed_times"],
                "needs_since": np.where(known, self._months(table["based"]), ""),
                "grade": self._grades(table),
                "indicators": [self._indicators(bits) for bits in table["bits"]],
                "items": [int(bits).bit_count() for bits in table["items"]],
                **{name: counts[name] for name in COUNTS},
                "fared": _in_words("families.fared.{}", table["fared"]),
                "charged_yuan": counts["fen"] / FEN_PER_YUAN,
                "status": words.say("families.synthetic"),
            }
        )

    def _needs(self, families: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
        facts = families.drop(columns=["items"])
        table = pairs.merge(facts, on=_ADDRESS, how="left", validate="many_to_one")
        answers = [self._answering(item) for item in range(len(self.items))]
        return pd.DataFrame(
            {
                **self._who(table),
                "grade": self._grades(table),
                "number": [self.items[item].number for item in table["item"]],
                "title": [words.pick(self.items[item].title) for item in table["item"]],
                "indicators": [
                    self._indicators(bits & answers[item])
                    for bits, item in zip(table["bits"], table["item"], strict=True)
                ],
                "needed": _in_words("families.needed.{}", table["is_needed"].map({True: "yes", False: "no"})),
                **{name: table[name] for name in COUNTS},
                "units_delivered": table["units"],
                "charged_yuan": table["fen"] / FEN_PER_YUAN,
                "status": words.say("families.synthetic"),
            }
        )

    def projects(self, needs: pd.DataFrame) -> pd.DataFrame:
        """The items, all of them, as the sums of a list of needs."""
        summed = ["families", *COUNTS, "units_delivered", "charged_yuan"]
        is_needed = needs["needed"] == words.say("families.needed.yes")
        fen = (needs["charged_yuan"] * FEN_PER_YUAN).round().astype("int64")
        sums = (
            needs.assign(families=is_needed.astype("int64"), charged_yuan=fen).groupby("number")[summed].sum()
        )
        sums = sums.reindex([item.number for item in self.items], fill_value=0).astype("int64")
        return pd.DataFrame(
            {
                "number": sums.index,
                "title": [words.pick(item.title) for item in self.items],
                "class": [words.say(f"services.class.{item.kind}") for item in self.items],
                "delivered_by": [worded("services.deliverer", item.delivered_by) for item in self.items],
                "unit": [words.say(f"services.unit.{item.unit}") for item in self.items],
                **{name: sums[name].to_numpy() for name in summed[:-1]},
                "charged_yuan": sums["charged_yuan"].to_numpy() / FEN_PER_YUAN,
                "status": words.say("families.synthetic"),
            }
        )

    # --- words of one column ------------------------------------------------------------------------------

    def _who(self, table: pd.DataFrame) -> dict[str, Any]:
        programmes = [words.say(f"places.programme.{name}") for name in PROGRAMMES]
        return {
            "family": table["family"],
            "area_code": table["area_code"],
            "area": table["town"],
            "programme": [programmes[at] for at in table["programme"]],
        }

    def _grades(self, table: pd.DataFrame) -> list[str]:
        """The grade of hardship; nothing before the first assessment."""
        told = {at: words.say(f"services.column.grade_{grade}") for at, grade in enumerate(GRADES)}
        told[NO_NEED] = words.say("families.no_need")
        return [
            told[grade] if seen else ""
            for grade, seen in zip(table["grade"], table["was_assessed"], strict=True)
        ]

    def _months(self, months: pd.Series) -> list[str]:
        first_year = self.setting.scenario.run.first_year
        return [f"{month_start(first_year, int(month)):%Y-%m}" for month in months]

    def _indicators(self, bits: int) -> str:
        found = (each for at, each in enumerate(self.needs.indicators.values()) if bits >> at & 1)
        return listed(words.pick(indicator.title) for indicator in found)

    def _answering(self, item: int) -> int:
        """The indicators an item answers, as bits."""
        name = self.items[item].id
        return sum(1 << at for at, each in enumerate(self.needs.indicators.values()) if name in each.items)


def _counted(orders: pd.DataFrame) -> pd.DataFrame:
    """How often each event befell each family and item."""
    table = orders.groupby([*_PAIR, "event"]).size().unstack("event", fill_value=0)
    return table.reindex(columns=list(Event), fill_value=0)


def _still_open(counts: pd.DataFrame) -> pd.Series:
    ended = counts[[Event.ON_TIME, Event.LATE, Event.GIVEN_UP, Event.WITHDRAWN]].sum(axis=1)
    return counts[Event.PLACED] - ended


def _needed(families: pd.DataFrame, items: int) -> pd.MultiIndex:
    """Families on the books and each item they need."""
    own = families[families["gone"] == 0]
    bits: NDArray[np.int64] = own["items"].to_numpy(np.int64)
    row, item = np.nonzero(bits[:, None] >> np.arange(items) & 1)
    return pd.MultiIndex.from_arrays(
        [own["area"].to_numpy()[row], own["number"].to_numpy()[row], item], names=_PAIR
    )


def _standing(table: pd.DataFrame) -> pd.Series:
    """Where each family stands with its assessment."""
    known = table["was_assessed"] == 1
    told = table["state"].map({WAITING: "waiting", ASKED: "asked", ASSESSED: "assessed"})
    return told.mask((table["state"] == ASKED) & known, "asked_again").mask(table["gone"] == 1, "left")


def _fared(table: pd.DataFrame) -> pd.Series:
    """How each family fared this year, in the words of the table `service_households`."""
    wholly, partly, left_out, pending = FARED[2:]
    served, unmet = table["served"] > 0, table["unmet"] > 0
    told = pd.Series(pending, index=table.index).mask(unmet, left_out)
    told = told.mask(served & unmet, partly).mask(served & ~unmet, wholly)
    return told.mask(table["items"] == 0, "no_need").mask(table["was_assessed"] == 0, "unknown")


def _in_words(key: str, names: pd.Series) -> pd.Series:
    told = {name: words.say(key.format(name)) for name in names.unique()}
    return names.map(told)


def _picked(texts: Sequence[Any], at: pd.Series) -> list[str]:
    told = [words.pick(text) for text in texts]
    return [told[place] for place in at]
