"""Money over the years: funds used in order, carried over or lapsed; posts of a term by cohorts.

Every fund balances each year, in fen:

    carried in + voted ± adjusted = spent + committed + lapsed + carried out

`committed` is money a signed contract still claims when the year ends: it cannot lapse. What is promised for
later years' budgets stands apart, in `promised_fen`. Pure rules; no process, no chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from simlib.errors import LawError, Problem
from simlib.policy.prices import yearly_price_fen


@dataclass(frozen=True, slots=True)
class Fund:
    """Money of one source in one year [fen]; `adjusted_fen` may be negative.

    carries_over: whether what is left stays for the next year, else it lapses. carry_limit_fen: the most that
    may stay (None: no limit).
    """

    id: str
    voted_fen: int
    carried_in_fen: int = 0
    adjusted_fen: int = 0
    carries_over: bool = False
    carry_limit_fen: int | None = None

    @property
    def available_fen(self) -> int:
        """What may be used this year [fen]."""
        return self.carried_in_fen + self.voted_fen + self.adjusted_fen


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid this year [fen], from the funds named in their order of use.

    committed_fen: the part signed for but not due before the year ends; it is held back, not paid.
    """

    id: str
    amount_fen: int
    funds: tuple[str, ...]
    committed_fen: int = 0


@dataclass(frozen=True, slots=True)
class FundYear:
    """The year of one fund [fen]."""

    id: str
    carried_in_fen: int
    voted_fen: int
    adjusted_fen: int
    spent_fen: int
    committed_fen: int
    lapsed_fen: int
    carried_out_fen: int

    @property
    def brought_forward_fen(self) -> int:
        """What the fund opens the next year with: carried over, and held back for signed contracts [fen]."""
        return self.carried_out_fen + self.committed_fen


@dataclass(frozen=True, slots=True)
class LedgerYear:
    """A year of all funds [fen]. paid, held: by bill and fund; unmet: by bill, what no fund could bear."""

    funds: tuple[FundYear, ...]
    paid: Mapping[str, Mapping[str, int]]
    held: Mapping[str, Mapping[str, int]]
    unmet: Mapping[str, int]


def close_year(funds: Sequence[Fund], bills: Sequence[Bill]) -> LedgerYear:
    """The year of every fund when bills are met in their order, each from its funds in their order.

    A bill's due part is met before its committed part; what no fund can bear is `unmet`, never overspent.
    Raises LawError for a fund twice or below zero, a bill below zero or of a fund that is not there.

    >>> funds = [Fund("work_fund", 60), Fund("grant", 100)]
    >>> year = close_year(funds, [Bill("posts", 130, ("work_fund", "grant"))])
    >>> dict(year.paid["posts"]), year.funds[1].lapsed_fen
    ({'work_fund': 60, 'grant': 70}, 30)
    """
    _check(funds, bills)
    left = {fund.id: fund.available_fen for fund in funds}
    spent, committed = dict.fromkeys(left, 0), dict.fromkeys(left, 0)
    paid: dict[str, Mapping[str, int]] = {}
    held: dict[str, Mapping[str, int]] = {}
    unmet: dict[str, int] = {}
    for bill in bills:
        lacking = 0
        due = bill.amount_fen - bill.committed_fen
        for amount, total, kept in ((due, spent, paid), (bill.committed_fen, committed, held)):
            taken: dict[str, int] = {}
            for name in bill.funds:
                part = min(amount, left[name])
                if part:
                    taken[name] = taken.get(name, 0) + part
                    left[name] -= part
                    total[name] += part
                    amount -= part
            kept[bill.id] = MappingProxyType(taken)
            lacking += amount
        unmet[bill.id] = lacking
    years = []
    for fund in funds:
        rest = left[fund.id]
        limit = rest if fund.carry_limit_fen is None else fund.carry_limit_fen
        carried = min(rest, limit) if fund.carries_over else 0
        years.append(
            FundYear(
                id=fund.id,
                carried_in_fen=fund.carried_in_fen,
                voted_fen=fund.voted_fen,
                adjusted_fen=fund.adjusted_fen,
                spent_fen=spent[fund.id],
                committed_fen=committed[fund.id],
                lapsed_fen=rest - carried,
                carried_out_fen=carried,
            )
        )
    return LedgerYear(tuple(years), MappingProxyType(paid), MappingProxyType(held), MappingProxyType(unmet))


def next_fund(fund: Fund, closed: FundYear, *, voted_fen: int, adjusted_fen: int = 0) -> Fund:
    """The fund as it opens the next year: what was carried over or held back, and the new vote [fen]."""
    return Fund(
        fund.id,
        voted_fen,
        closed.brought_forward_fen,
        adjusted_fen,
        fund.carries_over,
        fund.carry_limit_fen,
    )


def _check(funds: Sequence[Fund], bills: Sequence[Bill]) -> None:
    names = [fund.id for fund in funds]
    problems = [
        Problem("ledger_bad_fund", values={"fund": fund.id, "amount": fund.available_fen})
        for fund in funds
        if min(fund.available_fen, fund.voted_fen, fund.carried_in_fen, fund.carry_limit_fen or 0) < 0
        or names.count(fund.id) > 1
    ]
    listed = [bill.id for bill in bills]
    for bill in bills:
        blanks = {"bill": bill.id, "amount": bill.amount_fen, "committed": bill.committed_fen}
        if not 0 <= bill.committed_fen <= bill.amount_fen or listed.count(bill.id) > 1:
            problems.append(Problem("ledger_bad_bill", values=blanks))
        problems += [
            Problem("ledger_no_fund", values={"bill": bill.id, "fund": fund})
            for fund in bill.funds
            if fund not in names
        ]
    if problems:
        raise LawError(problems)


@dataclass(frozen=True, slots=True)
class CohortYear:
    """One cohort in one year of the plan: posts held at one price. year, seniority: 0-based [year]."""

    year: int
    hired_in: int
    seniority: int
    posts: int
    price_fen: int

    @property
    def money_fen(self) -> int:
        """Posts times price [fen]."""
        return self.posts * self.price_fen


def cohort_years(
    posts: int,
    first_fen: int,
    step: str | float | Fraction,
    *,
    years: int,
    term_years: int,
    passed: Sequence[int] = (),
    refill: bool = True,
) -> tuple[CohortYear, ...]:
    """Posts of a plan by cohort, year by year, with the yearly step of those who pass the appraisal.

    passed[k]: how many of all in post at the end of year k pass and stay (beyond its end: everybody). Those
    who do not pass are not renewed, the last hired first. refill: whether their posts are filled at once, at
    the first year's price. At the end of a term of `term_years` a cohort that stays starts again at the first
    price (Assumption: a new contract is a new price; no document says what the fourth year costs).
    Source: a Guangdong city's draft of 2019, part 2 (7), part 4 (3).
    Raises LawError where more pass than are in post.

    >>> [row.money_fen for row in cohort_years(2, 5_000_000, "0.05", years=2, term_years=3, passed=[1])]
    [10000000, 5250000, 5000000]
    """
    prices = yearly_price_fen(first_fen, step, years=term_years)
    cohorts: list[list[int]] = [[0, posts]]
    found: list[CohortYear] = []
    for year in range(years):
        for hired_in, heads in cohorts:
            seniority = (year - hired_in) % term_years
            found.append(CohortYear(year, hired_in, seniority, heads, prices[seniority]))
        serving = sum(heads for _, heads in cohorts)
        stay = passed[year] if year < len(passed) else serving
        if not 0 <= stay <= serving:
            blanks = {"year": year + 1, "passed": stay, "posts": serving}
            raise LawError(Problem("cohort_bad", values=blanks))
        leaving = serving - stay
        for cohort in reversed(cohorts):
            gone = min(leaving, cohort[1])
            cohort[1] -= gone
            leaving -= gone
        cohorts = [cohort for cohort in cohorts if cohort[1]]
        if refill and posts > stay:
            cohorts.append([year + 1, posts - stay])
    return tuple(found)


def promised_fen(rows: Sequence[CohortYear], *, signed_in: int, term_years: int) -> Mapping[int, int]:
    """Money that contracts signed in a year promise for each later year, kept apart from its ledger [fen].

    signed_in: year of signing; counts the cohorts that are in their first contract year then.
    """
    promised: dict[int, int] = {}
    signed = {row.hired_in for row in rows if row.year == signed_in and row.seniority == 0}
    for row in rows:
        if row.hired_in in signed and signed_in < row.year < signed_in + term_years:
            promised[row.year] = promised.get(row.year, 0) + row.money_fen
    return MappingProxyType(promised)
