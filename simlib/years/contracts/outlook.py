"""What the contracts of a lot will cost to buy and to evaluate, as far as it can be told beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from simlib.units import MONTHS_PER_YEAR
from simlib.years.contracts.contract import Contract
from simlib.years.contracts.provider import years_later
from simlib.years.contracts.purchase import Buyer, Wanted

STAGES = (("mid_term", 6), ("final", 12))
"""Evaluations of a contract year, and the month each is held in."""

Span = tuple[int, int]
"""The first and the last day on which something may fall [civil day]."""


class Outlook:
    """What a county can tell of a lot's contracts to come, if nobody fails, challenges or appeals."""

    def __init__(self, buyer: Buyer) -> None:
        self.buyer, self.rules, self.calendar = buyer, buyer.rules, buyer.terms.calendar

    def ends(self, begins: int, months: int = 0) -> int:
        """The end of a contract that begins on a day, or the day so many months after it."""
        years = 0 if months else self.rules.years
        return self.calendar.day(years_later(self.calendar.date_of(begins), years, months))

    def evaluations(self, begins: int) -> list[tuple[str, int]]:
        """The evaluations of a contract that begins on a day, and when each is held."""
        return [
            (stage, self.ends(begins, MONTHS_PER_YEAR * year + month))
            for year in range(self.rules.years)
            for stage, month in STAGES
            if stage in self.rules.evaluation.stages
        ]

    def costs(
        self,
        wanted: Wanted,
        first: int,
        last: int,
        contract: Contract | None,
        *,
        under_way: int | None,
        ready: int | None,
    ) -> int:
        """What rounds and evaluations may cost in the civil days [first, last) [fen].

        Whatever may fall in those days counts in full. contract: the running one; under_way: since when the
        next is being bought, if it is; ready: from when it can serve, if it is signed.
        """
        rounds, evaluations = list[Span](), list[Span]()
        begins = first, first
        if contract is not None:
            held = [day for day, _, kind in contract.agenda if kind in dict(STAGES)]
            evaluations += [(day, day) for day in held]
            begins = contract.ends, contract.ends
        if ready is not None:
            begins = max(begins[0], ready), max(begins[1], ready)
        else:
            start = self._taken_up(wanted, first, contract, under_way)
            if start >= last:
                return self._total(first, last, rounds, evaluations)
            rounds += self._round(wanted, start, first)
            begins = self._ready(wanted, start, begins)
        for span in self._contracts(begins, last):
            soon, late = (self.evaluations(day) for day in span)
            evaluations += [(one, other) for (_, one), (_, other) in zip(soon, late, strict=True)]
            start = self.buyer.in_time(wanted, self.ends(span[0]))
            rounds += self._round(wanted, start, first) if start < last else []
        return self._total(first, last, rounds, evaluations)

    def _taken_up(self, wanted: Wanted, first: int, contract: Contract | None, under_way: int | None) -> int:
        """The day the next purchase is taken up."""
        if under_way is not None:
            return under_way
        if contract is None:
            return self.buyer.terms.voted_from(first)
        planned = [day for day, _, kind in contract.agenda if kind == "again"]
        return planned[0] if planned else self.buyer.in_time(wanted, contract.ends)

    def _round(self, wanted: Wanted, start: int, first: int) -> list[Span]:
        """When a purchase taken up on a day is judged, which is when it costs; never where it costs nothing.

        One that should have been judged by `first` is late, and still to come unless it is paid for.
        """
        soon, late = self.buyer.soonest(wanted, start), self.buyer.latest(wanted, start)
        return [(soon["judged"], max(late["judged"], first))] if "judged" in late else []

    def _ready(self, wanted: Wanted, start: int, begins: Span) -> Span:
        """When the contract of a purchase taken up on a day begins."""
        soon, late = self.buyer.soonest(wanted, start)["ready"], self.buyer.latest(wanted, start)["ready"]
        return max(begins[0], soon), max(begins[1], late)

    def _contracts(self, begins: Span, last: int) -> Iterator[Span]:
        """When each contract begins that may begin before a day, one after the other."""
        while begins[0] < last:
            yield begins
            begins = self.ends(begins[0]), self.ends(begins[1])

    def _total(self, first: int, last: int, rounds: list[Span], evaluations: list[Span]) -> int:
        prices = (rounds, self.rules.purchase_fen), (evaluations, self.rules.evaluation_fen)
        return sum(fen * sum(low < last and high >= first for low, high in days) for days, fen in prices)
