"""One purchase as a story: prepared, announced, responded to, judged, awarded, challenged, signed.

A purchase goes through rounds until a contract is signed: a round is void where too few respond, and is
repeated where a complaint is upheld or its winner is barred meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import DRAW_ONE, Luck, Purpose, happens
from simlib.policy.buying.purchasemethod import LOCAL
from simlib.years.contracts.bidding import Bid, Offer, bids_for, scores, winner
from simlib.years.contracts.contractlog import Award, ContractLog
from simlib.years.contracts.purchaserules import PurchaseRules
from simlib.years.contracts.tender import (
    NO_LIMIT,
    SLACKS,
    Slack,
    Step,
    Terms,
    longest_start,
    most_slack,
    round_steps,
    signed,
)

_DISPUTES = len(SLACKS) + 1
"""The first draw of a round that is about challenges; before it slack by slack, and the number of bidders."""
_LANES = _DISPUTES + 7
_MARGIN_DAYS = 400
"""A purchase for an end so close to the calendar's lies beyond every plan."""
_BEFORE_THE_DEADLINE = ("demand", "intention", "prequalification", "issued", "file_offer_ends", "notice_ends")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lot shall be: posts, and the money for a year [fen]."""

    posts: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Round:
    """A round under way: its slack [working day], its steps, how many respond, its draws of disputes."""

    slack: Slack
    steps: tuple[Step, ...]
    respond: int
    disputes: NDArray[np.uint32]

    def day(self, name: str) -> int:
        """The day of a step."""
        return next(step.on for step in self.steps if step.name == name)

    def named(self, *names: str) -> list[Step]:
        """The steps of these names that there are, in their order."""
        return [step for step in self.steps if step.name in names]


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a challenge does to a round: its steps, the first day the contract can be signed after it."""

    steps: tuple[Step, ...] = ()
    signable: int = 0
    challenged: bool = False
    complained: bool = False
    upheld: bool = False


class Buyer:
    """The county's purchaser: knows its providers, who is barred until when, and the marks last given.

    area: address of the county's chance. spend: told what a round cost: lot, line, fen. judged: purchases
    that cost their round, by lot and number.
    """

    def __init__(
        self,
        luck: Luck,
        rules: PurchaseRules,
        terms: Terms,
        area: int,
        log: ContractLog,
        *,
        spend: Callable[[int, str, int], None],
    ) -> None:
        self.luck, self.rules, self.area, self.log, self.spend = luck, rules, area, log, spend
        self.voted_on: dict[int, int] = {}
        self._expected = terms.vote_day
        self.terms = replace(terms, vote_day=self._vote_day)
        self.qualities = rules.market.qualities(luck, area)
        self.known: dict[int, int] = {}
        self.judged: set[tuple[int, int]] = set()
        self._in_time: dict[tuple[str, int], int] = {}
        self._undisturbed: dict[tuple[str, int, bool], dict[str, int]] = {}
        self.bars: list[tuple[int, int, int]] = []

    def _vote_day(self, year: int) -> int:
        return self.voted_on.get(year, self._expected(year))

    def voted(self, day: int) -> None:
        """Take note of the day a year's budget was voted, or will be."""
        year = self.terms.calendar.date_of(day).year
        if year not in self.voted_on:
            self.voted_on[year] = day
            self._in_time.clear()
            self._undisturbed.clear()

    def bar(self, provider: int, since: date, until: date) -> None:
        """Keep a provider out from a date until before another."""
        day = self.terms.calendar.day
        self.bars.append((provider, day(since), day(until)))

    def barred(self, day: int) -> frozenset[int]:
        """Providers that may not win on a day."""
        return frozenset(who for who, since, until in self.bars if since <= day < until)

    def _method(self, wanted: Wanted, day: int) -> str:
        on = self.terms.calendar.date_of(day)
        return self.rules.method_for(wanted.amount_fen, law=self.terms.law, on=on)

    def _most(self, day: int) -> dict[str, int]:
        highs = {name: int(table.knots[-1]) for name, table in self.rules.slack.items()}
        return most_slack(highs, terms=self.terms, day=day)

    def in_time(self, wanted: Wanted, ends: int) -> int:
        """The day buying is taken up again for the end of a contract.

        In time for a successor to serve then, undisturbed, but for the days the purchaser is assumed late.
        """
        if ends + _MARGIN_DAYS > self.terms.calendar.days:
            return ends
        method = self._method(wanted, ends)
        if (method, ends) not in self._in_time:
            start = longest_start(method, ends, self._most(ends), terms=self.terms)
            late = self.rules.late_days
            self._in_time[method, ends] = self.terms.working(start, late) if late else start
        return self._in_time[method, ends]

    def longest_ready(self, wanted: Wanted, start: int) -> int:
        """The day on which, undisturbed, a successor bought from a day on can serve at the latest."""
        most = self._most(start)
        return round_steps(self._method(wanted, start), start, most, terms=self.terms)[-1].on

    def soonest(self, wanted: Wanted, start: int) -> dict[str, int]:
        """The first day of each step of a purchase taken up on a day; no `judged` where it costs nothing."""
        return self._steps(wanted, start, is_soonest=True)

    def latest(self, wanted: Wanted, start: int) -> dict[str, int]:
        """The last day of each step of a purchase that nobody disturbs, likewise."""
        return self._steps(wanted, start, is_soonest=False)

    def _steps(self, wanted: Wanted, start: int, *, is_soonest: bool) -> dict[str, int]:
        method = self._method(wanted, start)
        key = method, start, is_soonest
        if key not in self._undisturbed:
            least = {name: int(table.knots[0]) for name, table in self.rules.slack.items()}
            slack = {name: least.get(name, 0) for name in SLACKS} if is_soonest else self._most(start)
            steps = round_steps(method, start, slack, terms=self.terms)
            self._undisturbed[key] = {step.name: step.on for step in steps}
            if method == LOCAL:
                del self._undisturbed[key]["judged"]
        return self._undisturbed[key]

    def _round(self, offer: Offer, method: str, start: int) -> Round:
        """A round's dates and draws."""
        draws = self.luck.draws(
            Purpose.TENDER, area=self.area, subject=offer.subject, matter=offer.round, lanes=_LANES
        )[0]
        most = self._most(start)
        slack = {
            name: int(self.rules.slack[name].at(draws[at : at + 1])[0])
            if name in self.rules.slack
            else int(draws[at]) * (most[name] + 1) // DRAW_ONE
            for at, name in enumerate(SLACKS)
        }
        steps = round_steps(method, start, slack, terms=self.terms, repeated=offer.round > 0)
        at = len(SLACKS)
        respond = max(int(self.rules.market.bidders.at(draws[at : at + 1])[0]), 1)
        return Round(slack, tuple(steps), respond, draws[_DISPUTES:])

    def _bids(self, offer: Offer, count: int, day: int, incumbent: int | None) -> tuple[Bid, ...]:
        return bids_for(
            offer,
            luck=self.luck,
            market=self.rules.market,
            qualities=self.qualities,
            count=count,
            barred=self.barred(day),
            known=self.known,
            incumbent=incumbent,
        )

    def entered(self, offer: Offer, wanted: Wanted, method: str, begins: int) -> Award:
        """A contract as it stands before the plan: won by the same rules, its purchase unknown."""
        draws = self.luck.draws(Purpose.TENDER, area=self.area, subject=offer.subject)[0]
        bids = self._bids(offer, max(int(self.rules.market.bidders.at(draws)[0]), 1), begins, None)
        best = winner(bids, price_weight=self.rules.price_weight)
        return self._award(offer, method, wanted, best, bids, begins, begins, begins)

    def _award(
        self,
        offer: Offer,
        method: str,
        wanted: Wanted,
        best: Bid,
        bids: tuple[Bid, ...],
        asked_on: int,
        awarded_on: int,
        ready_on: int,
    ) -> Award:
        return Award(
            sequence=offer.sequence,
            method=method,
            provider=best.provider,
            posts=wanted.posts,
            budget_fen=wanted.amount_fen,
            price_fen=best.price_fen,
            quality=int(self.qualities[best.provider]),
            score=scores(bids, price_weight=self.rules.price_weight)[best.provider],
            bidders=len(bids),
            rounds=offer.round + 1,
            challenged=False,
            complained=False,
            asked_on=asked_on,
            awarded_on=awarded_on,
            signed_on=ready_on,
            ready_on=ready_on,
        )

    def buy(
        self, env: simpy.Environment, offer: Offer, wanted: Wanted, *, start: int, incumbent: int | None
    ) -> Generator[simpy.Event, None, Award]:
        """Buy, round after round; what was signed. start: may lie in the past, whose steps are then over."""
        method, asked_on, challenged, complained = self._method(wanted, start), start, False, False
        while True:
            turn = self._round(offer, method, start)
            self._write(offer, turn.named(*_BEFORE_THE_DEADLINE))
            yield from until(env, turn.day("deadline"))
            self._write(offer, turn.named("deadline"))
            bids = self._bids(offer, turn.respond, turn.day("deadline"), incumbent)
            if len(bids) < self.rules.suppliers_needed(method, offer.round):
                self._write(offer, [Step("void", turn.day("deadline"), turn.day("deadline"))])
                start, offer = turn.day("deadline"), replace(offer, round=offer.round + 1)
                continue
            if method != LOCAL and turn.day("judged") >= env.now:
                yield from until(env, turn.day("judged"))
                self.spend(offer.lot, "purchase_cost", self.rules.purchase_fen)
                self.judged.add((offer.lot, offer.sequence))
            yield from until(env, turn.day("award"))
            self._write(offer, turn.named("judged", "report", "choice", "award", "challenge_ends"))
            best = winner(bids, price_weight=self.rules.price_weight)
            dispute = self.disputed(turn, method)
            challenged, complained = challenged or dispute.challenged, complained or dispute.complained
            self._write(offer, list(dispute.steps))
            ends = self._signed(turn, dispute, method)
            yield from until(env, ends[0].on)
            if dispute.upheld or best.provider in self.barred(ends[0].on):
                start, offer = ends[0].on, replace(offer, round=offer.round + 1)
                continue
            self._write(offer, ends)
            award = self._award(offer, method, wanted, best, bids, asked_on, turn.day("award"), ends[-1].on)
            return replace(award, challenged=challenged, complained=complained, signed_on=ends[0].on)

    def _write(self, offer: Offer, steps: list[Step]) -> None:
        for step in steps:
            self.log.step(offer.lot, offer.sequence, offer.round, step)

    def _signed(self, turn: Round, dispute: Dispute, method: str) -> list[Step]:
        """Signing and what follows, put off by a dispute, and never before the vote.

        After a dispute the thirty days from the award are taken as no longer running (assumption).
        """
        names = ("signing", "publication", "filing", "ready")
        if dispute.signable <= turn.day("signing"):
            return turn.named(*names)
        signing = self.terms.voted_from(dispute.signable)
        return signed(method, dispute.signable, signing, NO_LIMIT, turn.slack, self.terms)

    def disputed(self, turn: Round, method: str) -> Dispute:
        """What a challenge and a complaint do to a round.

        A challenge comes within its term from the award, is answered within its own; a complaint may follow.
        One that comes before the signing holds it up until it is decided, which is prudent: the law lets a
        purchase be suspended for `suspension_days` at most.
        Source: 政府采购法 art. 52–57.
        """
        chances, draws = self.rules.disputes, turn.disputes
        if method == LOCAL or not happens(draws[:1], chances.challenge)[0]:
            return Dispute()
        award = turn.day("award")
        challenge = self._within("challenge", award, "challenge_working_days", draws[1])
        answer = self._within("answer", challenge.on, "challenge_answer_working_days", draws[2])
        signable = max(self.terms.working(answer.on + 1, 0), turn.day("signing"))
        steps = [challenge, answer]
        if not happens(draws[3:4], chances.complaint)[0]:
            return Dispute(tuple(steps), signable, challenged=True)
        complaint = self._within("complaint", answer.on, "complaint_working_days", draws[4])
        steps.append(complaint)
        if complaint.on > signable:
            return Dispute(tuple(steps), signable, challenged=True, complained=True)
        decision = self._within("decision", complaint.on, "complaint_decision_working_days", draws[5])
        last = complaint.on + self.terms.length("suspension_days", complaint.on)
        steps += [Step("suspension_ends", min(decision.on, last), complaint.on, last), decision]
        after = max(self.terms.working(decision.on + 1, 0), signable)
        upheld = bool(happens(draws[6:7], chances.upheld)[0])
        return Dispute(tuple(steps), after, challenged=True, complained=True, upheld=upheld)

    def _within(self, name: str, start: int, key: str, draw: np.uint32) -> Step:
        """A step on some working day of the term that starts on a day."""
        used = 1 + int(draw) * self.terms.length(key, start) // DRAW_ONE
        last = self.terms.after(start, key)
        return Step(name, self.terms.working(start + 1, used - 1), start, last)


def until(env: simpy.Environment, day: int) -> Generator[simpy.Event, None, None]:
    """Wait for a civil day; one that is past is not waited for."""
    if day > env.now:
        yield env.timeout(day - int(env.now))
