"""When a purchase can be signed: dates that keep the least terms of the law, counted as in the Civil Code.

The day a term starts is not counted; a term of calendar days that ends on a rest day ends on the next
working day (民法典 art. 201, 203). The numbers are the keys `clocks.purchase.*`.
"""

from __future__ import annotations

from datetime import date, timedelta

from simlib.errors import LawError, Problem
from simlib.policy.statutes import Law
from simlib.worktime import Calendar

RESPONSE = {
    "open_tender": ("open_tender_days", "tender_file_working_days", "clarification_days"),
    "invited_tender": ("open_tender_days", "tender_file_working_days", "clarification_days"),
    "consultation": (
        "consultation_days",
        "consultation_file_working_days",
        "consultation_clarification_days",
    ),
    "negotiation": ("negotiation_working_days", "", ""),
    "inquiry": ("inquiry_working_days", "", ""),
}
"""For each method: least time to the deadline, file on offer, clarification before the deadline.

Assumption: an invited tender takes the terms of an open one; both are tenders under art. 35.
"""
METHODS = (*RESPONSE, "single_source")
PREQUALIFIED = ("invited_tender",)
"""Methods that find their suppliers by a notice of prequalification before the file is issued.

Assumption: the regulation asks for a term only where there is one, and a register or a written recommendation
would do; the notice is the longer way.
"""
INTENTION_KEY = "clocks.purchase.intention_notice_days"
PREQUALIFICATION_KEY = "clocks.purchase.prequalification_working_days"


def day_after(calendar: Calendar, start: date, key: str, *, law: Law, on: date) -> date:
    """The last day of the term `clocks.purchase.<key>` that starts on `start`.

    on: day whose law is asked. Raises LawError where the calendar or the law does not reach.
    """
    length = int(law.value(f"clocks.purchase.{key}", on=on))
    if key.endswith("_working_days"):
        return _working_day(calendar, start, length)
    return _opening(calendar, start + timedelta(days=length))


def challenges_end(calendar: Calendar, award: date, *, law: Law, on: date) -> date:
    """The last day to challenge an award: its term starts when the notice of the award is over.

    Source: 政府采购法 art. 52; its 条例 art. 53(3). Raises as `day_after`.
    """
    told = day_after(calendar, award, "result_notice_working_days", law=law, on=on)
    return day_after(calendar, told, "challenge_working_days", law=law, on=on)


def earliest_dates(
    method: str,
    *,
    law: Law,
    calendar: Calendar,
    on: date,
    voted: date | None = None,
    await_challenges: bool = False,
) -> dict[str, date]:
    """The first day each step of a purchase may fall on, in order of the steps.

    on: the day the file is issued (single source: the notice); `intention` and `prequalification` are the
    last days to announce them.
    Steps the law only bounds from above are taken at once. voted: day the budget is voted; nothing is signed
    before. await_challenges: sign only when challenges can no longer be raised, which is prudent and not a
    term of the law.
    Source: 财库〔2020〕10号; 政府采购法 art. 35, 46; its 条例 art. 21, 31, 38, 43; 财库〔2014〕214号 art. 10;
    财政部令第74号.
    Raises LawError for a method without a timetable, and where calendar or law does not reach.
    """
    dates = _before(method, on, law, calendar) | _response(method, law=law, calendar=calendar, on=on)
    ready = dates["deadline"] if "deadline" in dates else dates["notice_ends"]
    dates |= {"report": ready, "choice": ready, "award": ready}
    dates["challenge_ends"] = challenges_end(calendar, ready, law=law, on=on)
    signing = dates["challenge_ends"] + timedelta(days=1) if await_challenges else ready
    if voted is not None:
        signing = max(signing, voted)
    signing = _opening(calendar, signing)
    return dates | {"signing": signing, "filing": signing, "publication": signing}


def latest_dates(method: str, *, law: Law, calendar: Calendar, on: date) -> dict[str, date]:
    """The last day each step may fall on where the deadline is the first lawful one and each term is used up.

    Arguments, sources and errors as `earliest_dates`.
    """
    dates = _before(method, on, law, calendar) | _response(method, law=law, calendar=calendar, on=on)
    last = dates["deadline"] if "deadline" in dates else dates["notice_ends"]
    for step, key in (
        ("report", "evaluation_report_working_days"),
        ("choice", "choice_working_days"),
        ("award", "award_notice_working_days"),
    ):
        last = dates[step] = day_after(calendar, last, key, law=law, on=on)
    dates["challenge_ends"] = challenges_end(calendar, last, law=law, on=on)
    signing = dates["signing"] = day_after(calendar, last, "signing_days", law=law, on=on)
    dates["filing"] = day_after(calendar, signing, "filing_working_days", law=law, on=on)
    dates["publication"] = day_after(calendar, signing, "publication_working_days", law=law, on=on)
    return dates


def _before(method: str, on: date, law: Law, calendar: Calendar) -> dict[str, date]:
    """What comes before a file issued on a day: the last days for the intention and for prequalification."""
    dates, starts = {}, on
    if method in PREQUALIFIED:
        starts = _working_day(calendar, on, -int(law.value(PREQUALIFICATION_KEY, on=on)))
        dates["prequalification"] = starts
    intention = last_intention(law=law, on=starts)
    return dates if intention is None else {"intention": intention, **dates}


def last_intention(*, law: Law, on: date) -> date | None:
    """The last day to publish the intention to buy, in principle, for a purchase that starts on `on`.

    None on a day before the notice was asked of counties. Source: 财库〔2020〕10号.
    """
    dated = law.dated(INTENTION_KEY)
    if on < dated.entries[0].start:
        return None
    return on - timedelta(days=int(dated.on(on)))


def _response(method: str, *, law: Law, calendar: Calendar, on: date) -> dict[str, date]:
    if method == "single_source":
        ends = day_after(calendar, on, "single_source_notice_working_days", law=law, on=on)
        return {"issued": on, "notice_ends": ends}
    if method not in RESPONSE:
        blanks = {"found": method, "known": ", ".join(METHODS)}
        raise LawError(Problem("purchase_no_timetable", values=blanks))
    respond, offer, clarify = RESPONSE[method]
    dates = {"issued": on}
    deadline = day_after(calendar, on, respond, law=law, on=on)
    if offer:
        dates["file_offer_ends"] = day_after(calendar, on, offer, law=law, on=on)
        deadline = max(deadline, dates["file_offer_ends"])
        before = int(law.value(f"clocks.purchase.{clarify}", on=on))
        dates["last_clarification"] = deadline - timedelta(days=before)
    return dates | {"deadline": deadline}


def _opening(calendar: Calendar, when: date) -> date:
    """The first working day on or after a date."""
    day = calendar.day(when)
    if not 0 <= day < calendar.days or calendar.workday_of_day[day] >= len(calendar.day_of_workday):
        raise LawError(_too_short(calendar))
    return calendar.date_of(int(calendar.day_of_workday[calendar.workday_of_day[day]]))


def _working_day(calendar: Calendar, start: date, length: int) -> date:
    """The `length`-th working day after a date; below 0: before it, with as many full ones up to the date."""
    day = calendar.day(start)
    if not 0 <= day < calendar.days:
        raise LawError(_too_short(calendar))
    place = int(calendar.workday_of_day[day + 1]) + length - 1
    if not 0 <= place < len(calendar.day_of_workday):
        raise LawError(_too_short(calendar))
    return calendar.date_of(int(calendar.day_of_workday[place]))


def _too_short(calendar: Calendar) -> Problem:
    return Problem("purchase_calendar_short", values={"last": str(calendar.date_of(calendar.days - 1))})
