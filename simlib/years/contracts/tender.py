"""The dates of one round of a purchase: the least terms of the law, and what is used beyond them.

Terms are counted by `policy/timetable`. Nothing is signed in a year before that year's vote: a round that
would be signed too soon leaves the providers longer to respond. Days are civil days of the calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from simlib.policy.buying.purchasemethod import LOCAL
from simlib.policy.buying.timetable import (
    INTENTION_KEY,
    PREQUALIFIED,
    challenges_end,
    day_after,
    earliest_dates,
)
from simlib.policy.statutes import Law
from simlib.worktime import Calendar

NO_LIMIT = 1 << 40
"""Where the law sets no last day."""

JUDGED = ("report", "choice", "award")
_TERMS = {
    "report": "evaluation_report_working_days",
    "choice": "choice_working_days",
    "award": "award_notice_working_days",
}
SLACKS = ("prepare", "response", "judging", *JUDGED, "signing", "starting", "local", "filing", "publication")
"""What a round uses beyond the least terms, in the order of their draws [working day]."""

_RESPONDED = ("file_offer_ends", "notice_ends", "deadline")

Slack = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a purchase: its day, the first the law allows after the step before, and the last."""

    name: str
    on: int
    earliest: int
    latest: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class Terms:
    """What dates are counted with; what was counted once is kept, for every county that shares it.

    vote_day: the civil day on which a calendar year's budget is voted.
    """

    law: Law
    calendar: Calendar
    vote_day: Callable[[int], int]
    known: dict[tuple[str, int], int] = field(default_factory=dict)
    openings: dict[tuple[str, int], tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def working(self, day: int, count: int) -> int:
        """The working day `count` after the first one on or after a day."""
        place = int(self.calendar.workday_of_day[day]) + count
        return int(self.calendar.day_of_workday[place])

    def after(self, day: int, key: str) -> int:
        """The last day of the term `clocks.purchase.<key>` that starts on a day, by the law of that day."""
        if (key, day) not in self.known:
            on = self.calendar.date_of(day)
            last = day_after(self.calendar, on, key, law=self.law, on=on)
            self.known[key, day] = self.calendar.day(last)
        return self.known[key, day]

    def challenged_until(self, award: int) -> int:
        """The last day to challenge an award."""
        name = "challenges_end."
        if (name, award) not in self.known:
            on = self.calendar.date_of(award)
            last = challenges_end(self.calendar, on, law=self.law, on=on)
            self.known[name, award] = self.calendar.day(last)
        return self.known[name, award]

    def response(self, method: str, day: int) -> tuple[tuple[str, int], ...]:
        """Earliest days of the steps up to the deadline of a file issued on a day."""
        if (method, day) not in self.openings:
            on = self.calendar.date_of(day)
            least = earliest_dates(method, law=self.law, calendar=self.calendar, on=on)
            self.openings[method, day] = tuple(
                (name, self.calendar.day(when)) for name, when in least.items() if name in _RESPONDED
            )
        return self.openings[method, day]

    def length(self, key: str, day: int) -> int:
        """The number behind `clocks.purchase.<key>` on a day."""
        name = f"{key}."
        if (name, day) not in self.known:
            on = self.calendar.date_of(day)
            self.known[name, day] = int(self.law.value(f"clocks.purchase.{key}", on=on))
        return self.known[name, day]

    def is_voted(self, day: int) -> bool:
        """Whether the budget of a day's year is voted by that day."""
        return day >= self.vote_day(self.calendar.date_of(day).year)

    def voted_from(self, day: int) -> int:
        """The first working day on or after a day on which that year's budget is voted."""
        return self.working(max(day, self.vote_day(self.calendar.date_of(day).year)), 0)


def most_slack(highs: Mapping[str, int], *, terms: Terms, day: int) -> dict[str, int]:
    """The most of each slack [working day]: assumed, or the law's own last day.

    highs: what is assumed, by the names of SLACKS.
    """
    limits = {name: terms.length(key, day) for name, key in _TERMS.items()}
    limits |= {name: terms.length(f"{name}_working_days", day) for name in ("filing", "publication")}
    return {name: highs[name] if name in highs else limits[name] for name in SLACKS}


def round_steps(method: str, start: int, slack: Slack, *, terms: Terms, repeated: bool = False) -> list[Step]:
    """The steps of a round in their order, as they fall when nobody challenges.

    start: day the purchase, or this round, is taken up. repeated: a further round of a purchase already
    prepared and announced. `ready` is the day from which the provider can serve.
    Raises LawError for a method without a timetable, or where calendar or law does not reach.
    """
    steps = [] if repeated else [Step("demand", terms.working(start, slack["prepare"]), start)]
    from_day = steps[-1].on if steps else terms.working(start, 0)
    if method == LOCAL:
        steps.append(Step("issued", from_day, from_day))
        first = terms.working(from_day, slack["local"])
    else:
        if not repeated:
            steps += _announced(from_day, terms)
            from_day = steps.pop().on
            if method in PREQUALIFIED:
                steps.append(Step("prequalification", from_day, from_day))
                from_day = terms.after(from_day, "prequalification_working_days")
        steps.append(Step("issued", from_day, from_day))
        days = dict(terms.response(method, from_day))
        first = days.pop("deadline", max(days.values(), default=from_day))
        steps += [Step(name, day, day) for name, day in days.items()]
    deadline = terms.working(first, slack["response"])
    finish = _decided(method, first, deadline, slack, terms)
    while not terms.is_voted(_day_of(finish, "signing")):
        signing = _day_of(finish, "signing")
        voted = terms.voted_from(signing)
        table = terms.calendar.workday_of_day
        deadline = terms.working(deadline, max(int(table[voted] - table[signing]), 1))
        finish = _decided(method, first, deadline, slack, terms, by=voted)
    return steps + finish


def _announced(settled: int, terms: Terms) -> list[Step]:
    """The notice of intention, and the first day the file may follow it."""
    if terms.calendar.date_of(settled) < terms.law.dated(INTENTION_KEY).entries[0].start:
        return [Step("issued", settled, settled)]
    length = terms.length("intention_notice_days", settled)
    return [Step("intention", settled, settled), Step("issued", terms.working(settled + length, 0), settled)]


def _day_of(steps: list[Step], name: str) -> int:
    return next(step.on for step in steps if step.name == name)


def _decided(
    method: str, first: int, deadline: int, slack: Slack, terms: Terms, *, by: int = NO_LIMIT
) -> list[Step]:
    """From the deadline to the day the provider can serve.

    by: day of the vote a round was held back for; it is signed that day, if it can be.
    """
    steps = [Step("deadline", deadline, first)]
    day = terms.working(deadline, slack["judging"])
    steps.append(Step("judged", day, deadline))
    if method == LOCAL:
        steps.append(Step("award", day, day))
        earliest, latest = day, NO_LIMIT
    else:
        for name in JUDGED:
            used = min(slack[name], terms.length(_TERMS[name], day))
            steps.append(Step(name, terms.working(day, used), day, terms.after(day, _TERMS[name])))
            day = steps[-1].on
        ends = terms.challenged_until(day)
        steps.append(Step("challenge_ends", ends, ends))
        earliest, latest = terms.working(ends + 1, 0), terms.after(day, "signing_days")
    signing = max(earliest, min(terms.working(earliest, slack["signing"]), latest))
    signing = _before_new_year(earliest, max(earliest, min(signing, by)), terms)
    return [*steps, *signed(method, earliest, signing, latest, slack, terms)]


def _before_new_year(earliest: int, signing: int, terms: Terms) -> int:
    """The signing, hurried into the old year where the new one's budget is still to be voted."""
    old = terms.calendar.date_of(earliest).year
    if terms.is_voted(signing) or terms.calendar.date_of(signing).year == old or not terms.is_voted(earliest):
        return signing
    new_year = terms.calendar.day(date(old + 1, 1, 1))
    last = int(terms.calendar.day_of_workday[terms.calendar.workday_of_day[new_year] - 1])
    return max(last, earliest)


def signed(method: str, earliest: int, signing: int, latest: int, slack: Slack, terms: Terms) -> list[Step]:
    """The signing, what the law asks for after it, and the day the provider can serve."""
    steps = [Step("signing", signing, earliest, latest)]
    if method != LOCAL:
        for name in ("publication", "filing"):
            key = f"{name}_working_days"
            used = min(slack[name], terms.length(key, signing))
            last = terms.after(signing, key)
            steps.append(Step(name, terms.working(signing, used), signing, last))
    return [*steps, Step("ready", terms.working(signing, max(slack["starting"], 1)), signing)]


def longest_start(method: str, ends: int, most: Slack, *, terms: Terms) -> int:
    """The latest start found from which, undisturbed, a successor can serve when a contract ends.

    most: each slack at its greatest. Every shorter round that starts then is ready sooner or on the same day,
    since each term moves its end no earlier when its start is later.
    """
    start = ends
    while True:
        ready = round_steps(method, start, most, terms=terms)[-1].on
        if ready <= ends:
            return start
        start -= ready - ends
