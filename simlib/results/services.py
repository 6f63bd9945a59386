"""Services of a run: need met and left, money by fund and year, who is served and who is left out.

Satisfaction is modelled, not surveyed: it stands beside the counts and never in their place. Ratios are
formed last, from sums of integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from simlib.policy.services.fund import GRANT
from simlib.results.measures import ALL_YEARS, interval
from simlib.results.needmet import ratio
from simlib.units import FEN_PER_YUAN, MINUTES_PER_HOUR, MONTHS_PER_YEAR, SHARE_ONE, TICKS_PER_MINUTE
from simlib.years.services.countyservices import HANDS, PROVIDER
from simlib.years.services.servicebook import FARED

ASSESSMENT = "service_assessment"
FACTS = (
    *("need_met_share", "money_met_share", "on_time_share", "satisfaction_share", "orders", "delivered"),
    *(
        "unmet",
        "unmet_money",
        "helped",
        "withdrawn",
        "paid_yuan",
        "cap_yuan",
        "cap_used_share",
        "outside_yuan",
    ),
    *("delivered_per_thousand_yuan", "provider_share", "assessments", "assessment_hours"),
    *("households_assessed", "households_with_need", "households_wholly", "households_partly"),
    *("households_left_out", "renewed_share", "households_covered", "assessments_waiting"),
)
"""What is told of services, by replication. need_met_share: delivered, of all orders that came to an end but
those withdrawn; money_met_share: the same by money, what was charged for those delivered; on_time_share: of
orders placed with a provider, delivered in time or not; unmet_money: of the unmet, for want of money;
cap_used_share: paid from the grant or committed, of its cap; outside_yuan: paid by other funds;
provider_share: of the time providers' workers have, spent on services; assessment_hours: of the clerks;
households_…: at the end of the last year looked at; renewed_share: of providers' years; households_covered:
where services are offered, assessments_waiting: at the desks, both at the end."""
SHARES = tuple(name for name in FACTS if name.endswith("_share"))
_HOUR = TICKS_PER_MINUTE * MINUTES_PER_HOUR


@dataclass(frozen=True, slots=True)
class ServiceFrames:
    """The tables of services as data frames with a calendar `year`."""

    assessments: pd.DataFrame
    orders: pd.DataFrame
    money: pd.DataFrame
    capacity: pd.DataFrame
    households: pd.DataFrame
    years: pd.DataFrame
    evaluations: pd.DataFrame
    activity: pd.DataFrame

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], *, first_year: int) -> ServiceFrames:
        """The frames behind the tables of a run; empty where it bought no services."""
        names = ("assessments", "orders", "money", "capacity", "households", "years", "evaluations")
        frames = {name: tables[f"service_{name}"].to_pandas() for name in names}
        for frame in frames.values():
            if "month" in frame:
                frame["year"] = first_year + frame["month"] // MONTHS_PER_YEAR
        activity = tables["activity"].to_pandas()
        return cls(**frames, activity=activity[activity["activity"] == ASSESSMENT])

    def of_year(self, year: int) -> ServiceFrames:
        """The same for one year; ALL_YEARS for all."""
        if year == ALL_YEARS:
            return self
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return replace(self, **{name: frame[frame["year"] == year] for name, frame in parts.items()})

    @property
    def is_empty(self) -> bool:
        """Whether no services were bought."""
        return self.orders.empty and self.money.empty


def service_facts(frames: ServiceFrames, year: int = ALL_YEARS) -> pd.DataFrame:
    """`FACTS` of each replication in a year, or all: replication, a column a fact; none without services."""
    part = frames.of_year(year)
    if part.money.empty:
        return pd.DataFrame(columns=["replication", *FACTS])
    index = pd.Index(sorted(part.money["replication"].unique()), name="replication")

    def total(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        return frame.groupby("replication")[list(columns)].sum().reindex(index, fill_value=0)

    orders = total(part.orders, *part.orders.columns.difference([*_TEXTS, "month", "year", "replication"]))
    delivered = orders["on_time"] + orders["late"]
    worth = orders["charged_fen"]
    placed = delivered + orders["unmet"] - orders["unmet_money"]
    grant = part.money[part.money["fund"] == GRANT]
    money, capped = total(part.money, "paid_fen"), total(grant, "voted_fen", "paid_fen", "committed_fen")
    carried = total(grant, "carried_in_fen")["carried_in_fen"]
    used = capped["paid_fen"] + capped["committed_fen"] - carried
    own = total(part.capacity[part.capacity["hands"] == HANDS[PROVIDER]], "busy_ticks", "available_ticks")
    last = part.households[part.households["year"] == part.households["year"].max()]
    fared = total(last, *FARED)
    asked = part.assessments[part.assessments["month"] == part.assessments["month"].max()]
    at_end = total(asked, "covered", "open_end")
    judged = part.years.groupby("replication")["renewed"].mean().reindex(index)
    facts = {
        "need_met_share": ratio(delivered, delivered + orders["unmet"]),
        "money_met_share": ratio(worth, worth + orders["unmet_fen"]),
        "on_time_share": ratio(orders["on_time"], placed),
        "satisfaction_share": ratio(orders["satisfaction_parts"] / SHARE_ONE, orders["visited"]),
        "orders": orders["assessed"],
        "delivered": delivered,
        "unmet": orders["unmet"],
        "unmet_money": orders["unmet_money"],
        "helped": orders["helped"],
        "withdrawn": orders["withdrawn"],
        "paid_yuan": money["paid_fen"] / FEN_PER_YUAN,
        "cap_yuan": capped["voted_fen"] / FEN_PER_YUAN,
        "cap_used_share": ratio(used, capped["voted_fen"]),
        "outside_yuan": (money["paid_fen"] - capped["paid_fen"]) / FEN_PER_YUAN,
        "delivered_per_thousand_yuan": ratio(delivered * 1000 * FEN_PER_YUAN, money["paid_fen"]),
        "provider_share": ratio(own["busy_ticks"], own["available_ticks"]),
        "assessments": total(part.assessments, "done")["done"],
        "assessment_hours": total(part.activity, "busy_ticks")["busy_ticks"] / _HOUR,
        "households_assessed": fared["assessed"],
        "households_with_need": fared["with_need"],
        "households_wholly": fared["wholly"],
        "households_partly": fared["partly"],
        "households_left_out": fared["left_out"],
        "renewed_share": judged,
        "households_covered": at_end["covered"],
        "assessments_waiting": at_end["open_end"],
    }
    return pd.DataFrame(facts, columns=list(FACTS)).astype(float).reset_index()


_TEXTS = ("county_code", "item")


def service_summary(frames: ServiceFrames) -> pd.DataFrame:
    """Every fact for the plan and each of its years: fact, year, mean, low, high, n (`measures.interval`)."""
    rows: list[tuple[object, ...]] = []
    for year in (ALL_YEARS, *sorted(frames.money["year"].unique().tolist())):
        facts = service_facts(frames, year)
        for name in FACTS:
            mean, low, high, count = interval(facts[name])
            high = min(high, 1.0) if name in SHARES else high
            rows.append((name, year, mean, max(low, 0.0), high, count))
    return pd.DataFrame(rows, columns=["fact", "year", "mean", "low", "high", "n"])


def by_item(frames: ServiceFrames) -> pd.DataFrame:
    """Items over the plan, mean of replications.

    Columns: item, assessed, delivered, late, unmet, unmet_money, helped, units_delivered, paid_yuan (at list
    prices), need_met_share, delivered_per_thousand_yuan, satisfaction_share; by number of orders met.
    """
    count = max(frames.money["replication"].nunique(), 1)
    sums = frames.orders.groupby("item").sum(numeric_only=True)
    delivered = sums["on_time"] + sums["late"]
    plain = ("assessed", "late", "unmet", "unmet_money", "helped", "units_delivered")
    table = pd.DataFrame(
        {
            "delivered": delivered / count,
            **{name: sums[name] / count for name in plain},
            "paid_yuan": sums["charged_fen"] / count / FEN_PER_YUAN,
            "need_met_share": ratio(delivered, delivered + sums["unmet"]),
            "delivered_per_thousand_yuan": ratio(delivered * 1000 * FEN_PER_YUAN, sums["charged_fen"]),
            "satisfaction_share": ratio(sums["satisfaction_parts"] / SHARE_ONE, sums["visited"]),
        }
    )
    return table.sort_values("delivered", ascending=False, kind="stable").reset_index()


def fared(frames: ServiceFrames, *keys: str) -> pd.DataFrame:
    """How families fared by year and keys (`grade`, `programme`, `area_code`, `county_code`), mean of
    replications: assessed, with_need, wholly, partly, left_out, pending, and left_out_share of those in need.
    """
    count = max(frames.money["replication"].nunique(), 1)
    sums = frames.households.groupby(["year", *keys])[list(FARED)].sum() / count
    return sums.assign(left_out_share=ratio(sums["left_out"], sums["with_need"])).reset_index()


def by_county(frames: ServiceFrames) -> pd.DataFrame:
    """Counties over the plan, mean of replications; money of all funds for services.

    Columns: county_code, assessed, delivered, unmet_money (orders), voted_yuan, paid_yuan, lapsed_yuan;
    voted = paid + lapsed + what is owed when the plan ends.
    """
    count = max(frames.money["replication"].nunique(), 1)
    orders = frames.orders.groupby("county_code").sum(numeric_only=True) / count
    money = frames.money.groupby("county_code")[LEDGER].sum() / count / FEN_PER_YUAN
    table = pd.DataFrame({f"{name}_yuan": money[f"{name}_fen"] for name in ("voted", "paid", "lapsed")})
    table["delivered"] = orders["on_time"] + orders["late"]
    for name in ("assessed", "unmet_money"):
        table[name] = orders[name]
    return table.fillna(0).reset_index()


def follow_up(frames: ServiceFrames) -> pd.DataFrame:
    """How services were followed up in each year, mean of replications.

    Columns: year, visits (return visits), satisfaction_share (modelled), mid_term_share (marks, empty where
    no such evaluation was held or there was nothing to judge), unjudged (evaluations with nothing to judge,
    in all counties), final_share (marks at the year's end), passed_share (of evaluations under a
    document), renewed_share (of providers), cost_yuan and charged_yuan (of evaluations, in all counties).
    """
    count = max(frames.money["replication"].nunique(), 1)
    orders = frames.orders.groupby("year")[["visited", "satisfaction_parts"]].sum()
    held = frames.evaluations
    told = held[held["judged"] > 0]
    marks = told.groupby(["year", "stage"])["mark_parts"].mean().unstack("stage") / SHARE_ONE
    of_year = held.groupby("year")
    money = of_year[["cost_fen", "charged_fen"]].sum() / count / FEN_PER_YUAN
    judged = frames.years.groupby("year")
    table = pd.DataFrame(
        {
            "visits": orders["visited"] / count,
            "satisfaction_share": ratio(orders["satisfaction_parts"] / SHARE_ONE, orders["visited"]),
            "mid_term_share": marks.get("mid_term"),
            "unjudged": (held["judged"] == 0).groupby(held["year"]).sum() / count,
            "final_share": judged["mark_parts"].mean() / SHARE_ONE,
            "passed_share": told.groupby("year")["passed"].mean(),
            "renewed_share": judged["renewed"].mean(),
            "cost_yuan": money["cost_fen"],
            "charged_yuan": money["charged_fen"],
        }
    )
    return table.astype(float).rename_axis("year").reset_index()


def fund_years(frames: ServiceFrames) -> pd.DataFrame:
    """The year of every fund [fen]: replication, county_code, fund, year and the columns of `LEDGER`.

    In every row carried in + voted = paid + committed + lapsed.
    """
    return frames.money.groupby(["replication", "county_code", "fund", "year"])[LEDGER].sum().reset_index()


LEDGER = [f"{name}_fen" for name in ("carried_in", "voted", "paid", "committed", "lapsed")]


def caps_crossed(frames: ServiceFrames) -> pd.DataFrame:
    """Months in which a fund had paid and held more than its year's money: none, ever.

    The money of the fund `grant` is its cap, so no cap is crossed. Columns: replication, county_code, fund,
    year, month.
    """
    keys = ["replication", "county_code", "fund", "year"]
    months = frames.money.sort_values([*keys, "month"])
    so_far = months.groupby(keys)[["carried_in_fen", "voted_fen", "paid_fen"]].cumsum()
    used = so_far["paid_fen"] + months["held_fen"]
    return months.loc[used > so_far["carried_in_fen"] + so_far["voted_fen"], [*keys, "month"]]


def by_month(frames: ServiceFrames) -> pd.DataFrame:
    """Month by month, mean of replications: month, assessed, delivered, late, unmet, open_end, paid_yuan."""
    count = max(frames.money["replication"].nunique(), 1)
    sums = frames.orders.groupby("month").sum(numeric_only=True) / count
    paid = frames.money.groupby("month")["paid_fen"].sum() / count / FEN_PER_YUAN
    table = pd.DataFrame({"paid_yuan": paid})
    table["delivered"] = sums["on_time"] + sums["late"]
    for name in ("assessed", "late", "unmet", "open_end"):
        table[name] = sums[name]
    return table.fillna(0).reset_index()
