"""MEASURES: what a run's tables say, replication by replication, and over replications with an interval.

On-time rate = cases falling due in the period under a legal term and decided by their due date ÷ cases
falling due; open overdue cases count as breaches. Reviews, whose term is taken by analogy, stand apart.
Ratios are formed last, from sums of integers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from simlib.policy.procedure import load_procedures
from simlib.policy.services.fund import GRANT
from simlib.results import needmet
from simlib.results.gaps import household_days, post_days, unmanned_days
from simlib.results.means import mean_ends
from simlib.results.money import WAGES, peak_advance
from simlib.units import FEN_PER_YUAN, MONTHS_PER_YEAR
from simlib.years.money.accounts import WORK_FUND
from simlib.years.money.wages import COSTS
from simlib.years.people.lots import FIRST, GAP_CAUSES
from simlib.years.records import LAST_WAIT_BIN

ALL_YEARS = 0
"""The `year` of a row that covers the whole plan."""

CONFIDENCE = 0.95
FEW = 20
"""Fewer replications than this and an interval is marked as resting on few (MODEL: statistics)."""
SPREAD = 2
"""Fewer replications than this have no spread, and so no interval."""


_TABLES = (
    *("desk_work", "waits", "caseload", "workforce", "money", "step_terms"),
    *("contract_gaps", "contracts", "contract_steps"),
)
_SERVICES = ("service_orders", "service_money", "service_households")


@dataclass(frozen=True)
class Frames:
    """A run's tables as data frames with a calendar `year`, and the posts its offices have today.

    The last three, of services for families, are empty where none are bought.
    """

    desk: pd.DataFrame
    waits: pd.DataFrame
    caseload: pd.DataFrame
    workforce: pd.DataFrame
    money: pd.DataFrame
    steps: pd.DataFrame
    gaps: pd.DataFrame
    contracts: pd.DataFrame
    contract_steps: pd.DataFrame
    posts_existing: int
    posts_gap: int
    service_orders: pd.DataFrame = field(default_factory=pd.DataFrame)
    service_money: pd.DataFrame = field(default_factory=pd.DataFrame)
    service_households: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def of(
        cls, tables: Mapping[str, pa.Table], *, first_year: int, posts_existing: int, posts_gap: int
    ) -> Frames:
        """The frames behind the tables of a run."""
        frames = {name: tables[name].to_pandas() for name in (*_TABLES, *_SERVICES) if name in tables}
        for frame in frames.values():
            if "month" in frame:
                frame["year"] = first_year + frame["month"] // MONTHS_PER_YEAR
        services = {name: frames.pop(name) for name in _SERVICES if name in frames}
        desk, waits, *others = frames.values()
        waits = waits[waits["route"].isin(legal_routes())]
        caseload, workforce, money, steps, gaps, contracts, contract_steps = others
        return cls(
            desk,
            waits,
            caseload,
            workforce,
            money,
            steps,
            gaps,
            contracts,
            contract_steps,
            posts_existing,
            posts_gap,
            **services,
        )

    def of_year(self, year: int) -> Frames:
        """The same for one year; ALL_YEARS for all. Contracts, which belong to no year, stay."""
        if year == ALL_YEARS:
            return self

        def part(frame: pd.DataFrame) -> pd.DataFrame:
            return frame if frame.empty else frame[frame["year"] == year]

        return Frames(
            part(self.desk),
            part(self.waits),
            part(self.caseload),
            part(self.workforce),
            part(self.money),
            part(self.steps),
            part(self.gaps),
            self.contracts,
            self.contract_steps,
            self.posts_existing,
            self.posts_gap,
            *(part(getattr(self, name)) for name in _SERVICES),
        )

    @cached_property
    def replications(self) -> pd.Index[int]:
        """Numbers of the replications."""
        found: pd.Index[int] = pd.Index(sorted(self.money["replication"].unique()), name="replication")
        return found

    @cached_property
    def lines(self) -> dict[str, dict[str, NDArray[np.int64]]]:
        """Money by line and source, a sum for each replication [fen]: dozens of measures look for a line."""
        keys = ["line", "source", "replication"]
        table = self.money.groupby(keys)["fen"].sum().unstack("replication", fill_value=0)
        sums = table.reindex(columns=self.replications).to_numpy(np.int64)
        found: dict[str, dict[str, NDArray[np.int64]]] = {}
        for (line, source), each in zip(table.index, sums, strict=True):
            found.setdefault(line, {})[source] = each
        return found

    def years(self) -> list[int]:
        """Years of the plan."""
        return sorted(self.desk["year"].unique().tolist())


@cache
def legal_routes() -> frozenset[str]:
    """Routes whose term a text sets; waits are measured on these."""
    return frozenset(route.id for route in load_procedures().routes.values() if route.clock_is_legal)


def _sum(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame.groupby("replication")[column].sum()


def _share(frame: pd.DataFrame, part: str, whole: str) -> pd.Series:
    sums = frame.groupby("replication")[[part, whole]].sum()
    return sums[part] / sums[whole].where(sums[whole] > 0)


def _at_end(frame: pd.DataFrame, column: str) -> pd.Series:
    """Sum over offices in the last month there is."""
    return _sum(frame[frame["month"] == frame["month"].max()], column)


def _desk_posts(frame: pd.DataFrame) -> pd.DataFrame:
    """Posts of townships and bureaus; verification centres stand outside the formulas."""
    return frame[~frame["office"].str.endswith("V")]


def _line(frames: Frames, line: str, *sources: str) -> pd.Series:
    """A line of money, of all sources or those named [yuan]."""
    found, none = frames.lines.get(line, {}), np.zeros(len(frames.replications), dtype=np.int64)
    fen = sum((found[name] for name in sources or found if name in found), start=none)
    return pd.Series(fen / FEN_PER_YUAN, frames.replications)


def _cap(frames: Frames) -> pd.Series:
    cap = _line(frames, "cap_posts")
    return cap.where(cap > 0)


def _cost(frames: Frames) -> pd.Series:
    """What bought posts cost the work fund: earned by grade and workload, less days unmanned, and buying."""
    return sum((_line(frames, line) for line in WAGES), start=_buying(frames))


def _buying(frames: Frames) -> pd.Series:
    """What buying and evaluating cost the work fund [yuan]."""
    parts = [_line(frames, line, WORK_FUND) for line in COSTS]
    return sum(parts[1:], start=parts[0])


def _gap(value: Callable[..., pd.Series], *causes: str) -> Callable[[Frames], pd.Series]:
    """A value of the gaps in every replication there is."""

    def found(frames: Frames) -> pd.Series:
        index = pd.Index(sorted(frames.workforce["replication"].unique()), name="replication")
        return value(frames.gaps, *causes).reindex(index, fill_value=0).astype(float)

    return found


def _cost_per_decision(frames: Frames) -> pd.Series:
    """Yuan of staff, bought and on the payroll, for each case under a legal term decided in time [yuan]."""
    in_time = _sum(frames.desk, "on_time")
    return (_cost(frames) + _line(frames, "wages_payroll")) / in_time.where(in_time > 0)


def _peak_advance(frames: Frames) -> pd.Series:
    peak = peak_advance(frames.money)
    return peak.reindex(_line(frames, "advance").index, fill_value=0) / FEN_PER_YUAN


def _wait_quantile(share: float) -> Callable[[Frames], pd.Series]:
    def quantile(frames: Frames) -> pd.Series:
        bins = frames.waits.groupby(["replication", "days"])["cases"].sum().unstack(fill_value=0)
        reached = bins.cumsum(axis=1).ge(share * bins.sum(axis=1), axis=0)
        return reached.idxmax(axis=1).astype(float)

    return quantile


def _wait_mean(frames: Frames) -> pd.Series:
    waits = frames.waits.assign(total=frames.waits["days"] * frames.waits["cases"])
    sums = waits.groupby("replication")[["total", "cases"]].sum()
    return sums["total"] / sums["cases"]


def _households_per_worker(frames: Frames) -> pd.Series:
    households = _at_end(frames.caseload, "households")
    return households / _at_end(_desk_posts(frames.workforce), "filled")


def _existing_and(column: str) -> Callable[[Frames], pd.Series]:
    return lambda frames: frames.posts_existing + _at_end(_desk_posts(frames.workforce), column).astype(float)


def _constant(column: str) -> Callable[[Frames], pd.Series]:
    def value(frames: Frames) -> pd.Series:
        return _sum(frames.desk, "arrived") * 0.0 + float(getattr(frames, column))

    return value


def _rest(frames: Frames, whole: str, *parts: str) -> pd.Series:
    """What the parts leave of the whole: the share of desk lateness, which may be negative."""
    return (_sum(frames.caseload, whole) - sum(_sum(frames.caseload, part) for part in parts)).astype(float)


FIRST_CONTRACT = GAP_CAUSES[FIRST]

MEASURES: Mapping[str, Callable[[Frames], pd.Series]] = {
    "posts_required": lambda frames: _at_end(_desk_posts(frames.workforce), "required").astype(float),
    "posts_existing": _constant("posts_existing"),
    "posts_gap": _constant("posts_gap"),
    "posts_funded": _existing_and("funded"),
    "posts_filled": lambda frames: _at_end(_desk_posts(frames.workforce), "filled").astype(float),
    "cost_yuan": _cost,
    "cap_yuan": _cap,
    "headroom_yuan": lambda frames: _cap(frames) - _cost(frames),
    "payroll_yuan": lambda frames: _line(frames, "wages_payroll"),
    "existing_yuan": lambda frames: _line(frames, "wages_existing"),
    "buying_yuan": _buying,
    "advance_yuan": _peak_advance,
    "gap_days": _gap(post_days),
    **{f"gap_{cause}_days": _gap(post_days, cause) for cause in GAP_CAUSES},
    "gap_household_days": _gap(household_days),
    "gap_first_household_days": _gap(household_days, FIRST_CONTRACT),
    "unmanned_days": lambda frames: unmanned_days(frames.workforce),
    "cost_per_decision_yuan": _cost_per_decision,
    "on_time_share": lambda frames: _share(frames.desk, "on_time", "falling_due"),
    "reviews_on_time_share": lambda frames: _share(frames.desk, "reviews_on_time", "reviews_due"),
    "steps_on_time_share": lambda frames: _share(frames.steps, "in_time", "due"),
    "wait_days_mean": _wait_mean,
    "wait_days_p90": _wait_quantile(0.9),
    "open_end": lambda frames: _at_end(frames.desk, "open_end").astype(float),
    "overdue_open": lambda frames: _at_end(frames.desk, "overdue_open").astype(float),
    "reviews_overdue": lambda frames: _at_end(frames.desk, "reviews_overdue").astype(float),
    "unlawful_visits": lambda frames: _sum(frames.desk, "unlawful").astype(float),
    "visits_missed": lambda frames: _sum(frames.caseload, "visits_missed").astype(float),
    "utilisation_share": lambda frames: _share(frames.desk, "busy_ticks", "available_ticks"),
    "households_per_worker": _households_per_worker,
    "excluded_months": lambda frames: _sum(frames.caseload, "excluded_months").astype(float),
    "excluded_unknown_months": lambda frames: _sum(frames.caseload, "excluded_unknown").astype(float),
    "excluded_route_months": lambda frames: _sum(frames.caseload, "excluded_route").astype(float),
    "excluded_late_months": lambda frames: _rest(
        frames, "excluded_months", "excluded_unknown", "excluded_route"
    ),
    "overpaid_yuan": lambda frames: _sum(frames.caseload, "overpaid_fen") / FEN_PER_YUAN,
    "overpaid_design_yuan": lambda frames: _sum(frames.caseload, "overpaid_design_fen") / FEN_PER_YUAN,
    "overpaid_late_yuan": lambda frames: _rest(frames, "overpaid_fen", "overpaid_design_fen") / FEN_PER_YUAN,
    "recovered_yuan": lambda frames: _sum(frames.caseload, "recovered_fen") / FEN_PER_YUAN,
    "phase_out_months": lambda frames: _sum(frames.caseload, "phase_out_months").astype(float),
    "phase_out_yuan": lambda frames: _sum(frames.caseload, "phase_out_fen") / FEN_PER_YUAN,
    "need_met_share": lambda frames: needmet.need_met(frames.service_orders),
    "services_on_time_share": lambda frames: needmet.in_time(frames.service_orders),
    "satisfaction_share": lambda frames: needmet.satisfaction(frames.service_orders),
    "services_yuan": lambda frames: needmet.paid_yuan(frames.service_money),
    "families_served": lambda frames: needmet.fared(frames.service_households, "wholly"),
    "families_left_out": lambda frames: needmet.fared(frames.service_households, "left_out"),
}
"""Measure by name: its value in each replication. Units: posts, yuan, shares, whole working days (the last
bin of waits, 61, is open-ended), cases, household-months. headroom_yuan: what the cap leaves, empty where
nothing binds; existing_yuan: contract posts of before the plan, outside the cap and the new money;
buying_yuan: of cost_yuan, for purchases and evaluations; gap_… and unmanned_days: see `results/gaps`;
cost_per_decision_yuan: what bought posts cost and payroll posts cost at their assumed price, for each case
under a legal term decided in time; need_met_share, services_… and families_…: of services for families,
empty where none are bought (`results/needmet`); satisfaction_share: modelled, not surveyed; advance_yuan: the
most that counties had advanced at a month's end, each at its own peak."""

assert LAST_WAIT_BIN == 61


def interval(values: pd.Series) -> tuple[float, float, float, int]:
    """Mean, lower and upper end of the 95 % interval (`results.means`), number of replications.

    Both ends equal the mean for one.
    """
    return _interval(values.to_numpy(dtype=float, na_value=np.nan))


def _interval(values: NDArray[np.float64]) -> tuple[float, float, float, int]:
    known = values[~np.isnan(values)]
    count = len(known)
    if count == 0:
        return float("nan"), float("nan"), float("nan"), 0
    if count < SPREAD:
        mean = float(known.mean())
        return mean, mean, mean, count
    return *mean_ends(known, CONFIDENCE), count


LARGER_IS_BETTER = frozenset(
    {"on_time_share", "reviews_on_time_share", "steps_on_time_share", "headroom_yuan", "posts_filled"}
    | {"recovered_yuan", "need_met_share", "services_on_time_share", "satisfaction_share", "families_served"}
)
"""Measures of which more is better; of every other less is."""
_SHARES = (
    *("on_time_share", "reviews_on_time_share", "steps_on_time_share", "utilisation_share"),
    *("need_met_share", "services_on_time_share", "satisfaction_share"),
)
_NEVER_NEGATIVE = frozenset(MEASURES) - {
    "headroom_yuan",
    "overpaid_yuan",
    "overpaid_design_yuan",
    "overpaid_late_yuan",
    "excluded_late_months",
}


def _all_offices(frames: Frames) -> Frames:
    """The same with offices, townships and programmes summed; verification centres stay apart."""

    def summed(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
        return frame.groupby(["replication", "year", *keys], as_index=False).sum(numeric_only=True)

    is_centre = frames.workforce["office"].str.endswith("V")
    workforce = frames.workforce.assign(office=np.where(is_centre, "V", ""))
    return replace(
        frames,
        desk=summed(frames.desk, "month"),
        waits=summed(frames.waits, "days"),
        caseload=summed(frames.caseload, "month"),
        workforce=summed(workforce, "month", "office"),
        steps=summed(frames.steps),
    )


def by_replication(
    frames: Frames, *, only: Collection[str] = MEASURES.keys(), yearly: bool = True
) -> pd.DataFrame:
    """Every measure for the plan and each of its years: measure, year, replication, value.

    only: names of the measures wanted; yearly: each year, too.
    """
    whole, years = _all_offices(frames), frames.years()
    index = pd.Index(sorted(frames.workforce["replication"].unique()), name="replication")
    told = (ALL_YEARS, *years) if yearly else (ALL_YEARS,)
    found: list[NDArray[np.float64]] = []
    for year in told if len(years) > 1 else told[:1]:
        part = whole.of_year(year)
        found += [MEASURES[name](part).reindex(index).to_numpy(float, na_value=np.nan) for name in only]
    if len(years) == 1:
        found *= len(told)  # the one year of a plan is the whole of it
    names, count = list(only), len(index)
    return pd.DataFrame(
        {
            "measure": [name for _ in told for name in names for _ in range(count)],
            "year": np.repeat(np.array(told, dtype=np.int64), len(names) * count),
            "replication": np.tile(index.to_numpy(np.int64), len(told) * len(names)),
            "value": np.concatenate(found) if found else np.zeros(0),
        }
    )


def summary(frames: Frames) -> pd.DataFrame:
    """Every measure for the plan and each of its years: measure, year, mean, low, high, n."""
    return summarised(by_replication(frames))


def summarised(values: pd.DataFrame) -> pd.DataFrame:
    """The same, of what `by_replication` returns."""
    rows: list[tuple[object, ...]] = []
    amounts = values["value"].to_numpy(dtype=float, na_value=np.nan)
    places = values.groupby(["measure", "year"], sort=False).indices
    for name, year in values[["measure", "year"]].drop_duplicates().itertuples(index=False):
        mean, low, high, count = _interval(amounts[places[name, year]])
        low = max(low, 0.0) if name in _NEVER_NEGATIVE else low
        high = min(high, 1.0) if name in _SHARES else high
        rows.append((name, year, mean, low, high, count))
    return pd.DataFrame(rows, columns=["measure", "year", "mean", "low", "high", "n"])


PATH_LINES = (
    *("wages_contract", "wages_unmanned", "wages_workload", "wages_payroll", "wages_existing"),
    *("purchase_cost", "evaluation_cost", "benefits", "advance"),
)
"""Lines of money that are what an option does, not what it was allowed."""


def path(frames: Frames) -> pd.DataFrame:
    """A digest of who was where, what was spent and which services came: one row, column path.

    Two options of one path are the same option, whatever their formula asks for or their rule allows.
    """
    posts = frames.workforce.drop(columns=["required"])
    money = frames.money[frames.money["line"].isin(PATH_LINES) & (frames.money["fen"] != 0)]
    services = (frames.service_orders, frames.service_money, frames.service_households)
    parts = [
        pd.util.hash_pandas_object(frame, index=False).to_numpy()
        for frame in (posts, money, *services)
        if len(frame)
    ]
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
    return pd.DataFrame({"path": [digest]})


def monthly(frames: Frames) -> pd.DataFrame:
    """Month by month: month, on_time_share, low, high, open_end, posts_filled, posts_effective."""
    rows = []
    for month in sorted(frames.desk["month"].unique().tolist()):
        desk = frames.desk[frames.desk["month"] == month]
        posts = _desk_posts(frames.workforce[frames.workforce["month"] == month])
        mean, low, high, _ = interval(_share(desk, "on_time", "falling_due"))
        rows.append(
            (
                pd.Timestamp(int(desk["year"].iloc[0]), month % MONTHS_PER_YEAR + 1, 1),
                mean,
                max(low, 0.0),
                min(high, 1.0),
                _sum(desk, "open_end").mean(),
                _sum(posts, "filled").mean(),
                _sum(posts, "effective_milli").mean() / 1000,
            )
        )
    names = ["month", "on_time_share", "low", "high", "open_end", "posts_filled", "posts_effective"]
    return pd.DataFrame(rows, columns=names)


def by_office(frames: Frames) -> pd.DataFrame:
    """Townships over the plan, mean of replications: office, on_time_share, wait_days_mean, posts_filled."""
    sums = frames.desk.groupby("office")[["on_time", "falling_due"]].sum()
    waits = frames.waits.assign(total=frames.waits["days"] * frames.waits["cases"])
    waits = waits.groupby("office")[["total", "cases"]].sum()
    last = frames.workforce[frames.workforce["month"] == frames.workforce["month"].max()]
    count = max(last["replication"].nunique(), 1)
    table = pd.DataFrame(
        {
            "on_time_share": sums["on_time"] / sums["falling_due"].where(sums["falling_due"] > 0),
            "wait_days_mean": waits["total"] / waits["cases"],
            "posts_filled": last.groupby("office")["filled"].sum() / count,
            "posts_bought": last.groupby("office")["funded"].sum() / count,
        }
    )
    return table.rename_axis("office").reset_index()


def by_term(frames: Frames) -> pd.DataFrame:
    """Terms of single steps over the plan, all replications: term (its key), due, in_time, on_time_share."""
    sums = frames.steps.groupby("term")[["due", "in_time"]].sum()
    return sums.assign(on_time_share=sums["in_time"] / sums["due"].where(sums["due"] > 0)).reset_index()


def _served(money: pd.DataFrame, year: int, count: int) -> tuple[float, float]:
    """What the funds of services paid in a year, and what the grant may bear: mean of replications [yuan]."""
    mine = money[money["year"] == year]
    grant = mine.loc[mine["fund"] == GRANT, ["voted_fen", "carried_in_fen"]].to_numpy().sum()
    return mine["paid_fen"].sum() / count / FEN_PER_YUAN, grant / count / FEN_PER_YUAN


def cost_by_year(frames: Frames) -> pd.DataFrame:
    """Cost lines by year, mean of replications: year, line, yuan, cap_yuan, target_yuan.

    cap_yuan: what binds, target_yuan: what spending is only compared with; empty where there is none. For
    services: what their funds paid, and what the grant may bear, its cap and what it carried in for
    last year's orders.
    """
    count = max(frames.money["replication"].nunique(), 1)
    sums = frames.money.groupby(["year", "line"])["fen"].sum() / count / FEN_PER_YUAN
    rows = []
    for year in frames.years():
        rule = [sums.get((year, line), float("nan")) for line in ("cap_posts", "target_posts")]
        wages = sum(sums.get((year, line), 0.0) for line in WAGES)
        rows.append((year, "wages_contract", wages, *rule))
        if len(frames.service_money):
            rows.append((year, "services", *_served(frames.service_money, year, count), float("nan")))
        elif sums.get((year, "cap_services"), 0.0):
            rows.append((year, "cap_services", sums[year, "cap_services"], *rule))
    return pd.DataFrame(rows, columns=["year", "line", "yuan", "cap_yuan", "target_yuan"])
