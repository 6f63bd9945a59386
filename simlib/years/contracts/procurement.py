"""Contracts of one county, lot by lot, as SimPy processes: bought, begun, evaluated, ended, bought again.

A lot is asked for, bought step by step, carried out and bought again in time for its end. The process knows
nothing of workers or money: it tells its `Effects` when a contract stands and when it does not.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Mapping
from dataclasses import replace

import simpy

from simlib.chance import Luck, Purpose
from simlib.units import SHARE_ONE
from simlib.years.contracts.assessing import appeal_of, mark_of
from simlib.years.contracts.bidding import Offer
from simlib.years.contracts.contract import Contract, Effects
from simlib.years.contracts.contractlog import (
    BEFORE_PLAN,
    BREACH,
    CHEATING,
    EXPIRED,
    FAILED,
    NOT_CONTINUED,
    RUNNING,
    Award,
    ContractLog,
    ContractRow,
)
from simlib.years.contracts.outlook import Outlook
from simlib.years.contracts.provider import NEVER, Fate, Unfound, fate_of, later, years_later
from simlib.years.contracts.purchase import Buyer, Wanted, until
from simlib.years.contracts.purchaserules import PurchaseRules
from simlib.years.contracts.tender import Step, Terms
from simlib.years.people.lots import FAILURE, FIRST, RETENDER
from simlib.years.people.lots import NOT_CONTINUED as STOPPED

Events = Generator[simpy.Event, None, None]

NOBODY = -1
_LONGEST_YEAR_DAYS = 366
_AGE, _TAKEOVER = 1, 2
"""Matters of a contract's draws, beside its fate: its age at the plan's start, the delay of a take-over."""


class Procurement:
    """The contracts of one county.

    area: address of the county's chance. wanted: by lot, posts that stand under a contract when the plan
    begins, and their money for a year; a lot without posts has none yet. rules and terms are the scenario's.
    """

    def __init__(
        self,
        env: simpy.Environment,
        luck: Luck,
        rules: PurchaseRules,
        terms: Terms,
        effects: Effects,
        *,
        area: int,
        wanted: Mapping[int, Wanted],
    ) -> None:
        self.log = ContractLog()
        buyer = Buyer(luck, rules, terms, area, self.log, spend=effects.spend)
        self.lots = {lot: LotContracts(env, buyer, effects, lot, wanted[lot]) for lot in sorted(wanted)}

    def ask(self, lot: int, posts: int, amount_fen: int, voted_day: int) -> None:
        """Ask for posts of a lot, for a year's money [fen], under a budget voted on a civil day.

        A lot without a contract is bought at once; one under contract when it is next due.
        """
        self.lots[lot].ask(Wanted(posts, amount_fen), voted_day)

    def costs_due(self, lot: int, first: int, last: int, amount_fen: int) -> int:
        """What buying and evaluating a lot will cost in the civil days [first, last) [fen].

        As far as it is known today: one round a purchase, every evaluation, no appeal, nobody failing.
        amount_fen: a year's money of a lot that is not asked for yet.
        """
        return self.lots[lot].costs_due(first, last, amount_fen)

    def contracts(self) -> list[ContractRow]:
        """Every contract so far; those under way as they stand."""
        rows = [lot.row(RUNNING) for lot in self.lots.values() if lot.contract is not None]
        return [*self.log.contracts, *rows]


class LotContracts:
    """The contracts of one lot, one after the other."""

    def __init__(
        self, env: simpy.Environment, buyer: Buyer, effects: Effects, lot: int, wanted: Wanted
    ) -> None:
        self.env, self.buyer, self.effects, self.lot = env, buyer, effects, lot
        self.rules, self.calendar, self.wanted = buyer.rules, buyer.terms.calendar, wanted
        self.asked = env.event()
        self.sequence, self.uncovered_since = 0, NEVER
        self.gap_cause, self.unfound = FIRST, Unfound(NOBODY, False, NEVER)
        self.contract: Contract | None = None
        self.buying: simpy.Process | None = None
        self.bought_from, self.outlook = NEVER, Outlook(buyer)
        env.process(self.run())

    @property
    def today(self) -> int:
        """The civil day it is."""
        return int(self.env.now)

    def ask(self, wanted: Wanted, voted_day: int) -> None:
        """Set what is wanted from now on."""
        self.buyer.voted(voted_day)
        self.wanted = wanted
        if self.sequence == 0 and self.uncovered_since == NEVER and self.contract is None and wanted.posts:
            self.uncovered_since = self.today
        self._supplement()
        asked, self.asked = self.asked, self.env.event()
        asked.succeed()

    def _most(self, award: Award) -> int:
        """Posts a contract can be for, its supplements included."""
        return award.posts + int(award.posts * self.rules.supplement_share)

    def _supplement(self) -> None:
        """Agree on more posts at the contract's price, as many as are wanted and the law lets be added."""
        contract = self.contract
        if contract is None or contract.award.method == BEFORE_PLAN:
            return
        added = min(self.wanted.posts, self._most(contract.award)) - contract.award.posts
        if added > contract.supplement:
            years = -(-(contract.planned_end - self.today) // _LONGEST_YEAR_DAYS)
            self.effects.promise(self.lot, added - contract.supplement, contract.award.price_share, years)
            contract.supplement = added
            self._note(contract, "supplement", self.today, contract.begins)

    def costs_due(self, first: int, last: int, amount_fen: int) -> int:
        """See `Procurement.costs_due`."""
        wanted = self.wanted if self.wanted.posts else Wanted(1, amount_fen)
        award = self._signed()
        under_way = self.bought_from if self.buying is not None and award is None else None
        ready = None if award is None else award.ready_on
        begins = max(first, self.today)
        found = self.outlook.costs(wanted, begins, last, self.contract, under_way=under_way, ready=ready)
        is_paid = under_way is not None and (self.lot, self.sequence) in self.buyer.judged
        return found - (self.rules.purchase_fen if is_paid else 0)

    def run(self) -> Events:
        """Keep the lot under contract for as long as it is wanted."""
        if self.wanted.posts:
            contract = self._enter()
        else:
            contract = yield from self._bought()
        while True:
            yield from self._carry_out(contract)
            self._close(contract)
            self._drop_unfit(contract)
            successor = self._ready()
            if successor is not None and successor.provider == contract.award.provider:
                contract = self._go_on(successor)
                continue
            self.effects.end(self.lot, self.rules.aftermath.keep_share, self.gap_cause)
            if successor is None:
                contract = yield from self._bridged(contract)
            else:
                contract = self._begin(successor)

    def _enter(self) -> Contract:
        """The contract there was before the plan: its age is anywhere in its term."""
        term = self._ends(self.today) - self.today
        draws = self.buyer.luck.draws(
            Purpose.CONTRACT, area=self.buyer.area, subject=self._offer(0).subject, matter=_AGE
        )
        begins = self.today - (int(draws[0, 0]) * term >> 32)
        award = self.buyer.entered(self._offer(0), self.wanted, BEFORE_PLAN, begins)
        return self._begin(award, begins)

    def _bought(self) -> Generator[simpy.Event, None, Contract]:
        """Buy what is wanted, once it is, and begin when the provider is ready."""
        while self.buying is None:
            if self.wanted.posts:
                self._take_up(self.today)
            else:
                yield self.asked
        yield self.buying
        award = self._signed()
        assert award is not None
        yield from until(self.env, award.ready_on)
        return self._begin(award)

    def _bridged(self, ended: Contract) -> Generator[simpy.Event, None, Contract]:
        """The time without a contract: after a failure, part of the posts is taken over until one begins."""
        if self.buying is None and self.wanted.posts:
            self._take_up(self.today)
        if ended.reason in FAILED and self.rules.aftermath.by_plan and self.buying is not None:
            takeover_on = later(self.calendar, self.today, self._takeover_days(ended))
            yield self.env.timeout(takeover_on - self.today) | self.buying
            award = self._signed()
            if award is None or award.ready_on > takeover_on:
                yield from until(self.env, takeover_on)
                self._note(ended, "take_over", self.today, ended.ends)
                # Nothing was tendered for a take-over: its days cost what was budgeted for them.
                self.effects.price(self.lot, SHARE_ONE)
                self.effects.take_over(self.lot, self.rules.aftermath.takeover_share)
        return (yield from self._bought())

    def _drop_unfit(self, ended: Contract) -> None:
        """Give up a successor signed before it was barred, or before it failed here."""
        award = self._signed()
        if award is not None:
            failed = ended.reason in FAILED and award.provider == ended.award.provider
            if failed or award.provider in self.buyer.barred(self.today):
                self.buying = None

    def _signed(self) -> Award | None:
        """What the purchase under way came to, once its contract is signed."""
        if self.buying is None or not self.buying.triggered:
            return None
        award = self.buying.value
        assert isinstance(award, Award)
        return award

    def _ready(self) -> Award | None:
        """The successor that can serve from today, where there is one."""
        award = self._signed()
        return award if award is not None and award.ready_on <= self.today else None

    def _takeover_days(self, contract: Contract) -> int:
        subject = self._offer(contract.award.sequence).subject
        draws = self.buyer.luck.draws(
            Purpose.CONTRACT, area=self.buyer.area, subject=subject, matter=_TAKEOVER
        )
        return max(int(self.rules.aftermath.takeover.at(draws)[0, 0]), 1)

    def _offer(self, sequence: int) -> Offer:
        return Offer(self.buyer.area, self.lot, sequence, 0, self.wanted.amount_fen)

    def _missed(self, award: Award) -> int:
        return self.rules.conduct.missed_share(award.quality)

    def _ends(self, begins: int, months: int = 0) -> int:
        return self.outlook.ends(begins, months)

    def _take_up(self, start: int, incumbent: int | None = None) -> None:
        """Start buying; a start before the plan means that the purchase was under way when it began."""
        self.sequence += 1
        story = self.buyer.buy(
            self.env, self._offer(self.sequence), self.wanted, start=start, incumbent=incumbent
        )
        self.buying, self.bought_from = self.env.process(story), start

    def _begin(self, award: Award, since: int | None = None) -> Contract:
        """Begin today; since: the day a contract of before the plan began."""
        self._bind(award)
        self.effects.begin(self.lot, self._missed(award), award.provider, self._most(award))
        return self._start(award, self.today if since is None else since)

    def _bind(self, award: Award) -> None:
        """From today posts cost what was awarded, and later years' money is promised."""
        self.effects.price(self.lot, award.price_share)
        self.effects.promise(self.lot, award.posts, award.price_share, self.rules.years)

    def _go_on(self, award: Award) -> Contract:
        self._bind(award)
        self.effects.renew(self.lot, self._most(award))
        return self._start(award, self.today, won_again=True)

    def _fate(self, award: Award) -> Fate:
        """What chance holds for a contract; a failure nobody found goes on with its provider."""
        fate = fate_of(
            self.buyer.luck,
            area=self.buyer.area,
            subject=self._offer(award.sequence).subject,
            since=self.today,
            quality=award.quality,
            conduct=self.rules.conduct,
            calendar=self.calendar,
        )
        unfound, self.unfound = self.unfound, Unfound(NOBODY, False, NEVER)
        if unfound.provider != award.provider:
            return fate
        found_on = max(unfound.found_on, self.today + 1)
        return replace(fate, fails_on=self.today, is_hidden=unfound.is_hidden, found_on=found_on)

    def _start(self, award: Award, begins: int, *, won_again: bool = False) -> Contract:
        """Write the beginning down and put on the agenda what is to come."""
        ends = self._ends(begins)
        fate = self._fate(award)
        gap = max(self.today - self.uncovered_since, 0)
        contract = Contract(award, begins, ends, ends, fate, gap, self.gap_cause, won_again)
        self.contract = contract
        self.buying, self.uncovered_since = None, NEVER
        self._note(contract, "begins", begins, min(award.ready_on, begins))
        contract.plan(fate.fails_on, "fails")
        for stage, day in self.outlook.evaluations(begins):
            if day > self.today:
                contract.plan(min(day, ends), stage)
        contract.plan(self.buyer.in_time(self.wanted, ends), "again")
        contract.plan(ends, "ends")
        self._supplement()
        return contract

    def _note(self, contract: Contract, name: str, on: int, earliest: int, mark: int = 0) -> None:
        award = contract.award
        self.buyer.log.step(self.lot, award.sequence, award.rounds - 1, Step(name, on, earliest), mark)

    def _carry_out(self, contract: Contract) -> Events:
        """Go through a contract's agenda until it is over."""
        while True:
            day, _, kind = contract.agenda[0]
            yield from until(self.env, day)
            heapq.heappop(contract.agenda)
            match kind:
                case "fails":
                    self._fails(contract)
                case "mid_term" | "final":
                    self._evaluate(contract, kind)
                case "result":
                    self._judge(contract)
                case "found":
                    self._found(contract)
                case "again" if self.buying is None and self.wanted.posts:
                    self._take_up(day, contract.award.provider)
                case "terminated" | "ends":
                    return

    def _fails(self, contract: Contract) -> None:
        """The provider stops serving as agreed: openly, or behind papers in order."""
        contract.is_failing = True
        self._note(contract, "failing", self.today, contract.begins)
        self.effects.miss(self.lot, max(self.rules.conduct.failing_missed, self._missed(contract.award)))
        contract.plan(contract.fate.found_on, "found")

    def _found(self, contract: Contract) -> None:
        """A breach is established: the provider is out for the document's years, the contract ends soon."""
        if contract.reason in FAILED:
            return
        contract.reason = CHEATING if contract.fate.is_hidden else BREACH
        self._note(contract, "finding", self.today, contract.fate.fails_on)
        self.buyer.known[contract.award.provider] = 0
        exclusion = self.rules.exclusion
        if contract.reason in exclusion.acts:
            since = self.calendar.date_of(self.today)
            self.buyer.bar(contract.award.provider, since, years_later(since, exclusion.years))
        contract.plan(later(self.calendar, self.today, contract.fate.termination), "terminated")

    def _evaluate(self, contract: Contract, stage: str) -> None:
        """Hold an evaluation; one that is failed may be appealed against and is then looked at again."""
        asked = {
            "area": self.buyer.area,
            "subject": self._offer(contract.award.sequence).subject,
            "number": contract.evaluations,
            "quality": contract.award.quality,
        }
        contract.evaluations += 1
        self.effects.spend(self.lot, "evaluation_cost", self.rules.evaluation_fen)
        contract.mark = mark_of(self.buyer.luck, self.rules, is_failing=contract.is_failing, **asked)
        self._note(contract, stage, self.today, contract.begins, contract.mark)
        appeal = None
        if contract.mark < self.rules.evaluation.pass_mark:
            appeal = appeal_of(self.buyer.luck, self.rules, is_failing=contract.is_failing, **asked)
        if appeal is None:
            self._judge(contract)
            return
        days, contract.mark = appeal
        self.effects.spend(self.lot, "evaluation_cost", self.rules.evaluation_fen)
        decided = later(self.calendar, self.today, days)
        if decided < contract.ends:
            self._note(contract, "appeal", decided, self.today, contract.mark)
            contract.plan(decided, "result")

    def _judge(self, contract: Contract) -> None:
        """Draw the conclusion of an evaluation, publish it, remember it for the next purchase."""
        passes = contract.mark >= self.rules.evaluation.pass_mark
        contract.passed += passes
        self.buyer.known[contract.award.provider] = contract.mark
        if self.rules.publishes:
            self._note(contract, "result_published", self.today, self.today, contract.mark)
        if passes:
            return
        if contract.is_failing:
            self._found(contract)
        elif self.today >= self._ends(contract.begins, 12):
            self._discontinue(contract)

    def _discontinue(self, contract: Contract) -> None:
        """Not to be continued into its next year: it ends when a successor can serve."""
        ends = self.buyer.longest_ready(self.wanted, self.today)
        if ends >= contract.ends or contract.reason != EXPIRED:
            return
        contract.ends, contract.reason = ends, NOT_CONTINUED
        contract.plan(ends, "ends")
        contract.plan(self.today, "again")

    def _close(self, contract: Contract) -> None:
        """Accept what was delivered, hand the papers over, write the contract down."""
        contract.ends = min(contract.ends, self.today)
        name = "termination" if contract.reason in FAILED else "acceptance"
        self._note(contract, name, self.today, self.today)
        self.buyer.log.contracts.append(self.row(contract.reason))
        self.contract, self.uncovered_since = None, self.today
        failed = contract.reason in FAILED
        self.gap_cause = FAILURE if failed else STOPPED if contract.reason == NOT_CONTINUED else RETENDER
        if contract.is_failing and not failed:
            fate = contract.fate
            self.unfound = Unfound(contract.award.provider, fate.is_hidden, fate.found_on)

    def row(self, reason: str) -> ContractRow:
        """The contract under way as a row."""
        contract = self.contract
        assert contract is not None
        return ContractRow(
            lot=self.lot,
            award=contract.award,
            begins=contract.begins,
            planned_end=contract.planned_end,
            ends=contract.ends,
            end_reason=reason,
            missed=self._missed(contract.award),
            evaluations=contract.evaluations,
            passed=contract.passed,
            mark=contract.mark,
            gap_days=contract.gap_days,
            gap_cause=contract.gap_cause,
            won_again=contract.won_again,
            supplement=contract.supplement,
        )
