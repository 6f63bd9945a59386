# mypy: warn-return-any=False
"""The compiled engine: the desk work of `network` as one loop over whole numbers, for numba.

It gives what `reference` gives, to the last tick, and is read beside it: functions named alike do alike.
Steps, cases, items, workers and offices are rows of record arrays; cases and workers stand in the order of
their ids, so a smaller row is a smaller id, and items 2k and 2k + 1 are the lead and the companion of case k.
Events stand in two heaps: cases that enter an office, and workers who finish or come back. The month is cut
into slices, and only the entries of the current slice stand in their heap. What waits at an office stands in
a list for each priority and skill, least key first.

numba keeps compiled code until this file changes, so what others set (calendar, office hours) is an argument.
`python -m simlib.desks.kernel` compiles ahead of time.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.desks.network import (
    NOBODY,
    Absences,
    Columns,
    MonthDone,
    OpenWork,
    Roster,
    Services,
    Standing,
    Steps,
    first_entries,
)
from simlib.units import MINUTES_PER_HOUR, SHARE_ONE, TICKS_PER_MINUTE
from simlib.worktime import CALENDAR, CIVIL_DAY_MINUTES, DAY_TICKS, SESSIONS, WORKING, Calendar, work_calendar

Whole = NDArray[np.int64]
Pairs = NDArray[np.int64]
Table = tuple[Whole, ...]
"""The columns of a table of `network`, in their order."""
Records = Any
"""An array of records, as numba reads it."""

_TO_COME, _WAITING, _IN_HAND, _DONE = (int(standing) for standing in Standing)
_SERVICE_COLUMNS = len(Services.names())
_NONE = -1
_NEVER = 1 << 62
_SKILLS = 2
_HEAD, _TAIL = 0, 1
_SLICE_CASES, _SLICES_MOST = 64, 4096
_RADIX_BITS = 10
_CLASSES_MOST, _OFFICES_MOST = 1 << 10, 1 << 20


def _record(*names: str) -> np.dtype[np.void]:
    return np.dtype([(name, np.int64) for name in names])


_CASE = _record("id", "first_row", "last_row", "row", "entry", "is_open", "next")
"""next: the case after it in its slice of the month."""
_ITEM = _record("standing", "office", "worker", "start", "finish", "before", "after", "payroll_only")
"""worker: his id. before, after: its neighbours where it waits."""
_WORKER = _record(
    "id", "office", "kind", "slowness", "hired", "leaves", "idle_since", "away", "last_away", "here_until",
    "item", "is_armed", "place",
)  # fmt: skip
"""away, last_away: rows of his absences to come. here_until: no absence before. place: his among the idle."""
_OFFICE = _record("first", "people", "idle", "waiting")
"""first: of its places in `staff` and `idle`. people, idle: how many there. waiting: items in its lists."""
_MONTH = _record("start", "end", "slice_bits", "slice_end", "county", "day", "least", "services")
"""Bounds, slices (2**slice_bits long), end of the current slice, length of a day [tick]; the county's office;
the least priority; services so far.
"""


class Desks(NamedTuple):
    """A county's offices through one month; first the columns of its steps.

    staff, idle: rows of the workers, and of the idle ones, of each office. lists: first and last waiting item
    [office × priority × skill × 2]. entries, turns: heaps of (tick, number), see `_push`. waiting, spare,
    counts: room for a sort. slices: first case that enters in each slice of the month. hours: sessions of a
    day [minute]. done: columns of the services [columns × services].
    """

    case: Whole
    office: Whole
    activity: Whole
    payroll_only: Whole
    people: Whole
    ticks: Whole
    wait_kind: Whole
    wait_length: Whole
    priority: Whole
    month: Records
    cases: Records
    items: Records
    workers: Records
    offices: Records
    staff: Whole
    idle: Whole
    lists: NDArray[np.int64]
    away_from: Whole
    away_to: Whole
    entries: Pairs
    turns: Pairs
    waiting: Pairs
    spare: Pairs
    counts: Whole
    slices: Whole
    workday_of_day: Whole
    day_of_workday: Whole
    hours: Pairs
    done: Pairs


_UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Without numba's counting of references, which made the loop ten times slower; no part may make an array."""

_part = njit(nogil=True, error_model="numpy", forceinline=True, **_UNCOUNTED)
"""A part of the compiled loop."""


# Heaps of (tick, number): the least stands in row 1, how many there are in row 0.


@_part
def _settle(heap: Pairs, tick: int, number: int) -> None:
    """Put an event where the first stood."""
    count, at = heap[0, 0], 1
    while True:
        below = 2 * at
        if below > count:
            break
        if below < count and (
            heap[below + 1, 0] < heap[below, 0]
            or (heap[below + 1, 0] == heap[below, 0] and heap[below + 1, 1] < heap[below, 1])
        ):
            below += 1
        if heap[below, 0] > tick or (heap[below, 0] == tick and heap[below, 1] > number):
            break
        heap[at, 0], heap[at, 1] = heap[below, 0], heap[below, 1]
        at = below
    heap[at, 0], heap[at, 1] = tick, number


@_part
def _push(heap: Pairs, tick: int, number: int) -> None:
    """Add an event."""
    heap[0, 0] += 1
    at = heap[0, 0]
    while at > 1:
        above = at >> 1
        if heap[above, 0] < tick or (heap[above, 0] == tick and heap[above, 1] < number):
            break
        heap[at, 0], heap[at, 1] = heap[above, 0], heap[above, 1]
        at = above
    heap[at, 0], heap[at, 1] = tick, number


@_part
def _pop(heap: Pairs) -> None:
    """Take the first event out."""
    last = heap[0, 0]
    heap[0, 0] = last - 1
    if last > 1:
        _settle(heap, heap[last, 0], heap[last, 1])


# People: where they are and what they may do.


@_part
def _pass_absences(desks: Desks, worker: int, now: int) -> None:
    """Let absences that are over be over."""
    me = desks.workers[worker]
    while me.away < me.last_away and desks.away_to[me.away] <= now:
        me.idle_since = max(me.idle_since, desks.away_to[me.away])
        me.away += 1


@_part
def _is_present(desks: Desks, worker: int, now: int) -> bool:
    """Whether employed and not away now."""
    me = desks.workers[worker]
    if now < me.here_until:
        return True
    _pass_absences(desks, worker, now)
    until = me.leaves
    if me.away < me.last_away:
        until = min(until, desks.away_from[me.away])
    if now < me.hired or now >= until:
        return False
    me.here_until = until
    return True


@_part
def _arm(desks: Desks, worker: int, now: int) -> None:
    """Have an idle worker look for work once he is there."""
    me = desks.workers[worker]
    if me.is_armed:
        return
    _pass_absences(desks, worker, now)
    at = max(now, me.hired)
    for absence in range(me.away, me.last_away):
        if at < desks.away_from[absence]:
            break
        at = desks.away_to[absence]
    if at < me.leaves and at < desks.month[0].end:
        me.is_armed = 1
        _push(desks.turns, at, len(desks.workers) + worker)


@_part
def _rest(desks: Desks, worker: int) -> None:
    """Put a worker among the idle of his office."""
    me = desks.workers[worker]
    here = desks.offices[me.office]
    me.item, me.place = _NONE, here.first + here.idle
    desks.idle[me.place] = worker
    here.idle += 1


@_part
def _rouse(desks: Desks, worker: int) -> None:
    """Take a worker from among the idle of his office."""
    me = desks.workers[worker]
    here = desks.offices[me.office]
    here.idle -= 1
    last = desks.idle[here.first + here.idle]
    desks.idle[me.place] = last
    desks.workers[last].place = me.place


@_part
def _may_do(desks: Desks, worker: int, item: int) -> bool:
    """Whether an item is within his skill and not the other half of a visit he has part in."""
    me = desks.workers[worker]
    return desks.items[item].payroll_only <= me.kind and desks.items[item ^ 1].worker != me.id


@_part
def _serve(desks: Desks, worker: int, item: int, now: int) -> int:
    """Start on an item; its finish is settled here."""
    me, work = desks.workers[worker], desks.items[item]
    ticks = desks.ticks[desks.cases[item >> 1].row]
    me.item = item
    work.worker, work.standing, work.start = me.id, _IN_HAND, now
    work.finish = now - (-ticks * me.slowness // SHARE_ONE)
    return work.finish


# What waits: lists by (priority, skill) in the order (entry, case, part).


@_part
def _is_earlier(desks: Desks, item: int, other: int) -> bool:
    """Whether an item comes before another of the same priority."""
    entry, other_entry = desks.cases[item >> 1].entry, desks.cases[other >> 1].entry
    return entry < other_entry or (entry == other_entry and item < other)


@_part
def _keep(desks: Desks, office: int, item: int) -> None:
    """Put an item in its place among what waits at an office."""
    work = desks.items[item]
    priority = desks.priority[desks.cases[item >> 1].row] - desks.month[0].least
    ends = desks.lists[office, priority, work.payroll_only]
    before, after = ends[_TAIL], _NONE
    while before != _NONE and _is_earlier(desks, item, before):
        before, after = desks.items[before].before, before
    work.standing, work.office, work.before, work.after = _WAITING, office, before, after
    if before == _NONE:
        ends[_HEAD] = item
    else:
        desks.items[before].after = item
    if after == _NONE:
        ends[_TAIL] = item
    else:
        desks.items[after].before = item
    desks.offices[office].waiting += 1


@_part
def _release(desks: Desks, office: int, item: int) -> None:
    """Take an item from what waits at an office."""
    work = desks.items[item]
    priority = desks.priority[desks.cases[item >> 1].row] - desks.month[0].least
    ends = desks.lists[office, priority, work.payroll_only]
    if work.before == _NONE:
        ends[_HEAD] = work.after
    else:
        desks.items[work.before].after = work.after
    if work.after == _NONE:
        ends[_TAIL] = work.before
    else:
        desks.items[work.after].before = work.before
    desks.offices[office].waiting -= 1


@_part
def _next_item(desks: Desks, worker: int) -> int:
    """Take out the least waiting item that a worker may do, if there is one."""
    me = desks.workers[worker]
    if desks.offices[me.office].waiting == 0:
        return _NONE
    for priority in range(desks.lists.shape[1]):
        best = _NONE
        for skill in range(me.kind + 1):
            item = desks.lists[me.office, priority, skill, _HEAD]
            while item != _NONE and desks.items[item ^ 1].worker == me.id:
                item = desks.items[item].after
            if item != _NONE and (best == _NONE or _is_earlier(desks, item, best)):
                best = item
        if best != _NONE:
            _release(desks, me.office, best)
            return best
    return _NONE


@_part
def _receive(desks: Desks, office: int, item: int, now: int) -> None:
    """Hand an item to the idle worker who comes first, or keep it."""
    here = desks.offices[office]
    first = _NONE
    for place in range(here.first, here.first + here.idle):
        worker = desks.idle[place]
        is_fit = _is_present(desks, worker, now) and _may_do(desks, worker, item)
        if is_fit and (first == _NONE or _comes_first(desks, worker, first)):
            first = worker
    if first != _NONE:
        desks.items[item].office = office
        _rouse(desks, first)
        finish = _serve(desks, first, item, now)
        if finish < desks.month[0].end:
            _push(desks.turns, finish, first)
        return
    _keep(desks, office, item)
    for place in range(here.first, here.first + here.idle):
        if not _is_present(desks, desks.idle[place], now):
            _arm(desks, desks.idle[place], now)


@_part
def _comes_first(desks: Desks, worker: int, other: int) -> bool:
    """Whether an idle worker is handed an item before another: contract, longest idle, lower id."""
    me, they = desks.workers[worker], desks.workers[other]
    if me.kind != they.kind:
        return me.kind < they.kind
    return me.idle_since < they.idle_since or (me.idle_since == they.idle_since and worker < other)


# Cases on their way.


@_part
def _expect(desks: Desks, case: int) -> None:
    """Have a case enter when its time comes, if that lies in this month."""
    matter, month = desks.cases[case], desks.month[0]
    if matter.entry < month.slice_end:
        _push(desks.entries, matter.entry, case)
    elif matter.entry < month.end:
        place = (matter.entry - month.start) >> month.slice_bits
        matter.next = desks.slices[place]
        desks.slices[place] = case


@_part
def _describe(desks: Desks, case: int) -> None:
    """Fill both items with the facts of the case's current step."""
    desks.items[2 * case].payroll_only = desks.payroll_only[desks.cases[case].row]
    desks.items[2 * case + 1].payroll_only = 0


@_part
def _enter(desks: Desks, case: int, now: int) -> None:
    """Bring the step a case has come to into its office."""
    row = desks.cases[case].row
    _describe(desks, case)
    desks.items[2 * case + 1].standing = _DONE if desks.people[row] == 1 else _WAITING
    _receive(desks, desks.office[row], 2 * case, now)
    if desks.people[row] != 1:
        _find_companion(desks, case, now)


@_part
def _find_companion(desks: Desks, case: int, now: int) -> None:
    """Find the second person of a visit: here, from the county, or nobody."""
    here, mate = desks.office[desks.cases[case].row], 2 * case + 1
    office = here
    if not _can_accompany(desks, case, office, now):
        office = desks.month[0].county
        if not _can_accompany(desks, case, office, now):
            office = _NONE
    if office != _NONE:
        _receive(desks, office, mate, now)
        return
    work = desks.items[mate]
    work.office, work.start, work.finish = here, now, now
    _write_down(desks, mate)
    _go_on(desks, case)


@_part
def _can_accompany(desks: Desks, case: int, office: int, now: int) -> bool:
    """Whether an office has somebody for the second item of a visit, beside him who does the first."""
    missing = 2 if office == desks.office[desks.cases[case].row] else 1
    here = desks.offices[office]
    for place in range(here.first, here.first + here.people):
        if desks.workers[desks.staff[place]].leaves > now:
            missing -= 1
            if missing == 0:
                return True
    return False


@_part
def _write_down(desks: Desks, item: int) -> None:
    """Write down a service that has ended, after those that come before it."""
    work, matter = desks.items[item], desks.cases[item >> 1]
    work.standing = _DONE
    done, at = desks.done, desks.month[0].services
    step, part = matter.row - matter.first_row, item & 1
    while (
        at > 0
        and done[8, at - 1] == work.finish
        and (
            done[0, at - 1] > matter.id
            or (done[0, at - 1] == matter.id and 2 * done[1, at - 1] + done[2, at - 1] > 2 * step + part)
        )
    ):
        for column in range(_SERVICE_COLUMNS):
            done[column, at] = done[column, at - 1]
        at -= 1
    done[0, at], done[1, at], done[2, at] = matter.id, step, part
    done[3, at], done[4, at], done[5, at] = work.office, desks.activity[matter.row], work.worker
    done[6, at], done[7, at], done[8, at] = matter.entry, work.start, work.finish
    desks.month[0].services += 1


@_part
def _go_on(desks: Desks, case: int) -> None:
    """Send a case to its next step once both parts of this one are done."""
    matter, lead, mate = desks.cases[case], desks.items[2 * case], desks.items[2 * case + 1]
    if lead.standing != _DONE or mate.standing != _DONE:
        return
    finish = max(lead.finish, mate.finish)
    matter.row += 1
    if matter.row == matter.last_row:
        matter.is_open = 0
        return
    kind, length = desks.wait_kind[matter.row], desks.wait_length[matter.row]
    matter.entry = finish
    if kind != WORKING or length != 0:
        matter.entry = max(finish, _entry_after(desks, finish, kind, length))
    lead.standing, lead.worker, lead.start, lead.finish = _TO_COME, NOBODY, 0, 0
    mate.standing, mate.worker, mate.start, mate.finish = _TO_COME, NOBODY, 0, 0
    _expect(desks, case)


@_part
def _entry_after(desks: Desks, finish: int, kind: int, length: int) -> int:
    """The opening at which work that waits `length` after `finish` can go on: `Calendar.entry_after`."""
    day_ticks = desks.month[0].day
    workday = (finish - 1) // day_ticks
    if kind == WORKING:
        return (workday + length) * day_ticks
    if kind == CALENDAR:
        day = _day_of(desks, workday) + length + 1
        return _workdays_before(desks, day) * day_ticks
    inside, minute, worked = finish % day_ticks // TICKS_PER_MINUTE, 0, 0
    for session in range(len(desks.hours)):
        if inside >= worked:
            minute = desks.hours[session, 0] + inside - worked
        worked += desks.hours[session, 1] - desks.hours[session, 0]
    minute += _day_of(desks, finish // day_ticks) * CIVIL_DAY_MINUTES + length * MINUTES_PER_HOUR
    day, minute = minute // CIVIL_DAY_MINUTES, minute % CIVIL_DAY_MINUTES
    before = _workdays_before(desks, day)
    worked = 0
    if _workdays_before(desks, day + 1) > before:
        for session in range(len(desks.hours)):
            opens, closes = desks.hours[session, 0], desks.hours[session, 1]
            worked += min(max(minute - opens, 0), closes - opens)
    return before * day_ticks + worked * TICKS_PER_MINUTE


@_part
def _day_of(desks: Desks, workday: int) -> int:
    if workday >= len(desks.day_of_workday):
        raise IndexError("the calendar ends before the work does")
    return desks.day_of_workday[workday]


@_part
def _workdays_before(desks: Desks, day: int) -> int:
    if day >= len(desks.workday_of_day):
        raise IndexError("the calendar ends before the work does")
    return desks.workday_of_day[day]


# The month.


@_part
def _number_cases(desks: Desks) -> None:
    """Cases as records, with the rows of their steps."""
    case, count = desks.case, 0
    for row in range(len(case)):
        if row and case[row] == case[row - 1]:
            continue
        if row and case[row] < case[row - 1]:
            raise ValueError("steps stand by ascending case")
        if count == len(desks.cases):
            raise ValueError("steps belong to open cases")
        matter = desks.cases[count]
        matter.id, matter.first_row, matter.is_open = case[row], row, 0
        if count:
            desks.cases[count - 1].last_row = row
        count += 1
    if count < len(desks.cases):
        raise ValueError("an open case has no steps, or is named twice")
    if count:
        desks.cases[count - 1].last_row = len(case)


@_part
def _employ(desks: Desks, roster: Table, absent: Whole) -> None:
    """The month's workers at their desks, with their absences; `staff` office by office."""
    number, office, kind, hired, leaves, slowness, idle_since = roster
    absence = 0
    for row in range(len(number)):
        if row and number[row] <= number[row - 1]:
            raise ValueError("workers stand by ascending id")
        me = desks.workers[row]
        me.id, me.office, me.kind, me.slowness = number[row], office[row], kind[row], slowness[row]
        me.hired, me.leaves, me.idle_since = hired[row], leaves[row], idle_since[row]
        me.here_until, me.item, me.is_armed, me.place = -_NEVER, _NONE, 0, _NONE
        while absence < len(absent) and absent[absence] < number[row]:
            absence += 1
        me.away = absence
        while absence < len(absent) and absent[absence] == number[row]:
            absence += 1
        me.last_away = absence
        desks.offices[me.office].people += 1
    first = 0
    for place in range(len(desks.offices)):
        desks.offices[place].first = first
        first += desks.offices[place].people
        desks.offices[place].people = 0
    for worker in range(len(number)):
        here = desks.offices[desks.workers[worker].office]
        desks.staff[here.first + here.people] = worker
        here.people += 1


@_part
def _row_of(records: Records, number: int, guess: int) -> int:
    """The row of a case or worker by its id, looked for from a guess on; −1 if there is none."""
    low, high, stride = 0, len(records), 1
    if guess < high and records[guess].id <= number:
        low = guess
        while low + stride < high and records[low + stride].id <= number:
            low, stride = low + stride, 2 * stride
        high = min(high, low + stride)
    while high - low > 1:
        middle = (low + high) >> 1
        if records[middle].id <= number:
            low = middle
        else:
            high = middle
    return low if low < len(records) and records[low].id == number else _NONE


@_part
def _resume(desks: Desks, work: Table) -> None:
    """Put every open case back where it stood."""
    month = desks.month[0]
    case, step, entry = work[0], work[1], work[2]
    row = _NONE
    for place in range(len(case)):
        row = _row_of(desks.cases, case[place], row + 1)
        if row == _NONE or desks.cases[row].is_open:
            raise ValueError("an open case has no steps, or is named twice")
        matter = desks.cases[row]
        matter.row, matter.entry, matter.is_open = matter.first_row + step[place], entry[place], 1
        if matter.row < matter.first_row or matter.row >= matter.last_row:
            raise ValueError("an open case is at none of its steps")
        _describe(desks, row)
        is_to_come = work[3][place] == _TO_COME and work[8][place] == _TO_COME
        for part in range(2):
            at, item = 3 + 5 * part, desks.items[2 * row + part]
            item.standing, item.office, item.worker = (
                work[at][place],
                work[at + 1][place],
                work[at + 2][place],
            )
            item.start, item.finish = work[at + 3][place], work[at + 4][place]
            if is_to_come:
                item.worker, item.start, item.finish = NOBODY, 0, 0
            elif item.standing == _IN_HAND:
                worker = _row_of(desks.workers, item.worker, 0)
                if worker == _NONE:
                    raise ValueError("somebody with work in hand is not in the roster")
                desks.workers[worker].item = 2 * row + part
                if item.finish < month.end:
                    _push(desks.turns, item.finish, worker)
        if is_to_come:
            if matter.entry < month.start:
                raise ValueError("a case was to enter before the month began")
            _expect(desks, row)


@_part
def _queue_up(desks: Desks, count: int) -> None:
    """Put `count` waiting items, given as (entry, item) by item, where they waited: a radix sort by entry."""
    pairs, spare, counts = desks.waiting, desks.spare, desks.counts
    least, most = _NEVER, -_NEVER
    for row in range(count):
        least, most = min(least, pairs[row, 0]), max(most, pairs[row, 0])
    shift, mask = 0, len(counts) - 1
    while count and most - least >> shift:
        counts[:] = 0
        for row in range(count):
            counts[(pairs[row, 0] - least) >> shift & mask] += 1
        place = 0
        for digit in range(len(counts)):
            place, counts[digit] = place + counts[digit], place
        for row in range(count):
            digit = (pairs[row, 0] - least) >> shift & mask
            spare[counts[digit], 0], spare[counts[digit], 1] = pairs[row, 0], pairs[row, 1]
            counts[digit] += 1
        pairs, spare = spare, pairs
        shift += _RADIX_BITS
    for row in range(count):
        _keep(desks, desks.items[pairs[row, 1]].office, pairs[row, 1])


@_part
def _open_doors(desks: Desks) -> None:
    """Queue what waited; send companions whose office has shrunk elsewhere; let idle people look."""
    start, count = desks.month[0].start, 0
    for item in range(len(desks.items)):
        case = item >> 1
        if desks.cases[case].is_open and desks.items[item].standing == _WAITING:
            if item & 1 and not _can_accompany(desks, case, desks.items[item].office, start):
                desks.items[item].office = _NONE
            else:
                desks.waiting[count, 0], desks.waiting[count, 1] = desks.cases[case].entry, item
                count += 1
    _queue_up(desks, count)
    for worker in range(len(desks.workers)):
        if desks.workers[worker].item == _NONE:
            _rest(desks, worker)
    for case in range(len(desks.cases)):
        mate = desks.items[2 * case + 1]
        if desks.cases[case].is_open and mate.standing == _WAITING and mate.office == _NONE:
            _find_companion(desks, case, start)
    for worker in range(len(desks.workers)):
        me = desks.workers[worker]
        if me.item == _NONE and desks.offices[me.office].waiting:
            _arm(desks, worker, start)


@_part
def _finish(desks: Desks, worker: int, now: int) -> None:
    """The first event is a finish: write it down, take the next item, send the case on."""
    me = desks.workers[worker]
    item = me.item
    me.idle_since = now
    _write_down(desks, item)
    is_present = _is_present(desks, worker, now)
    follows = _next_item(desks, worker) if is_present else _NONE
    finish = _serve(desks, worker, follows, now) if follows != _NONE else _NEVER
    if finish < desks.month[0].end:
        _settle(desks.turns, finish, worker)
    else:
        _pop(desks.turns)
    if follows == _NONE:
        _rest(desks, worker)
        if not is_present and desks.offices[me.office].waiting:
            _arm(desks, worker, now)
    _go_on(desks, item >> 1)


@_part
def _come_back(desks: Desks, worker: int, now: int) -> None:
    """The first event is a coming-back or taking-up of work: look for work at the desk."""
    _pop(desks.turns)
    me = desks.workers[worker]
    me.is_armed = 0
    if me.item != _NONE:
        return
    if not _is_present(desks, worker, now):
        if desks.offices[me.office].waiting:
            _arm(desks, worker, now)
        return
    item = _next_item(desks, worker)
    if item != _NONE:
        _rouse(desks, worker)
        finish = _serve(desks, worker, item, now)
        if finish < desks.month[0].end:
            _push(desks.turns, finish, worker)


@_part
def _run_slices(desks: Desks) -> None:
    """Let everything happen in the order (tick, kind, id), slice by slice of the month."""
    month, entries, turns = desks.month[0], desks.entries, desks.turns
    count = len(desks.workers)
    for place in range(len(desks.slices)):
        month.slice_end = min(month.start + (place + 1 << month.slice_bits), month.end)
        case = desks.slices[place]
        while case != _NONE:
            _push(entries, desks.cases[case].entry, case)
            case = desks.cases[case].next
        while True:
            entry = entries[1, 0] if entries[0, 0] else _NEVER
            turn = turns[1, 0] if turns[0, 0] else _NEVER
            if min(entry, turn) >= month.slice_end:
                break
            if entry <= turn:
                case = entries[1, 1]
                _pop(entries)
                _enter(desks, case, entry)
            elif turns[1, 1] < count:
                _finish(desks, turns[1, 1], turn)
            else:
                _come_back(desks, turns[1, 1] - count, turn)


@_part
def _close_doors(desks: Desks) -> tuple[int, int]:
    """Let absences that are over be over; how many cases stay open, with how many steps."""
    for worker in range(len(desks.workers)):
        _pass_absences(desks, worker, desks.month[0].end)
    stay, rows = 0, 0
    for case in range(len(desks.cases)):
        if desks.cases[case].is_open:
            stay += 1
            rows += desks.cases[case].last_row - desks.cases[case].first_row
    return stay, rows


@_part
def _write_open(desks: Desks, steps: Table, work: Pairs, kept: Pairs) -> None:
    """Write down where what stays open stands, and its steps."""
    stay, rows = 0, 0
    for case in range(len(desks.cases)):
        matter = desks.cases[case]
        if not matter.is_open:
            continue
        work[0, stay], work[1, stay], work[2, stay] = matter.id, matter.row - matter.first_row, matter.entry
        for part in range(2):
            at, item = 3 + 5 * part, desks.items[2 * case + part]
            is_there = item.standing == _WAITING or item.standing == _IN_HAND
            work[at, stay], work[at + 1, stay] = item.standing, item.office if is_there else NOBODY
            work[at + 2, stay], work[at + 3, stay], work[at + 4, stay] = item.worker, item.start, item.finish
        for column in range(len(steps)):
            for step in range(matter.last_row - matter.first_row):
                kept[column, rows + step] = steps[column][matter.first_row + step]
        rows += matter.last_row - matter.first_row
        stay += 1


@_part
def _span(numbers: Whole, least: int, most: int) -> tuple[int, int]:
    """The least and greatest of some numbers and two more."""
    for number in numbers:
        least, most = min(least, number), max(most, number)
    return least, most


@_part
def _offices_of(steps: Table, work: Table, roster: Table, county: int) -> int:
    """One more than the last office; refuses numbers that cannot be places in an array."""
    least, most = _span(steps[1], county, county)
    least, most = _span(roster[1], least, most)
    if least < 0 or most >= _OFFICES_MOST:
        raise ValueError("the compiled engine knows offices 0 to a million")
    _, far = _span(work[4], most, most)
    _, far = _span(work[9], far, far)
    if far >= _OFFICES_MOST:
        raise ValueError("the compiled engine knows offices 0 to a million")
    return far + 1


@_part
def _refuse(steps: Table, roster: Table) -> None:
    """Refuse what would lead the compiled code beyond its arrays or whole numbers."""
    payroll, people, ticks = _span(steps[3], 0, 0), _span(steps[4], 1, 1), _span(steps[5], 0, 0)
    kind, slowness = _span(roster[2], 0, 0), _span(roster[5], 1, 1)
    if payroll[0] < 0 or payroll[1] > 1 or kind[0] < 0 or kind[1] > 1:
        raise ValueError("a worker is on contract (0) or on the payroll (1), and so is what he may do")
    if people[0] < 1 or people[1] > 2:
        raise ValueError("a step takes one person or two")
    if ticks[0] < 0 or slowness[0] < 1 or ticks[1] > _NEVER // slowness[1]:
        raise ValueError("a service lasts 0 ticks or more, and no more than whole numbers hold")


@njit(nogil=True, error_model="numpy", **_UNCOUNTED)
def _month(desks: Desks, work: Table, roster: Table, absent: Whole) -> tuple[int, int]:
    """Run the month on its desks; how many cases stay open, with how many steps."""
    _number_cases(desks)
    _employ(desks, roster, absent)
    _resume(desks, work)
    _open_doors(desks)
    _run_slices(desks)
    return _close_doors(desks)


@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    steps: Table,
    work: Table,
    roster: Table,
    absences: Table,
    calendar: Table,
    hours: Pairs,
    facts: tuple[int, int, int, int],
) -> tuple[Pairs, Pairs, Pairs, Whole]:
    """One month of one county: columns of the services, steps and work of `MonthDone`, and idle times."""
    county, start, end, day = facts
    cases, workers = len(work[0]), len(roster[0])
    _refuse(steps, roster)
    offices = _offices_of(steps, work, roster, county)
    first_priority, last_priority = _span(steps[8], steps[8][0], steps[8][0]) if cases else (0, 0)
    if last_priority - first_priority >= _CLASSES_MOST:
        raise ValueError("the compiled engine knows a thousand neighbouring priorities")
    month = np.zeros(1, dtype=_MONTH)
    month[0].start, month[0].end, month[0].slice_end = start, end, start
    month[0].county, month[0].day, month[0].least = county, day, first_priority
    while (end - start) >> month[0].slice_bits >= min(max(cases // _SLICE_CASES, 1), _SLICES_MOST):
        month[0].slice_bits += 1
    desks = Desks(  # type: ignore[call-arg]
        *steps,
        month,
        np.empty(cases, dtype=_CASE),
        np.empty(2 * cases, dtype=_ITEM),
        np.empty(workers, dtype=_WORKER),
        np.zeros(offices, dtype=_OFFICE),
        np.empty(workers, dtype=np.int64),
        np.empty(workers, dtype=np.int64),
        np.full((offices, last_priority - first_priority + 1, _SKILLS, 2), _NONE, dtype=np.int64),
        absences[1],
        absences[2],
        np.zeros((cases + 1, 2), dtype=np.int64),
        np.zeros((2 * workers + 1, 2), dtype=np.int64),
        np.empty((2 * cases, 2), dtype=np.int64),
        np.empty((2 * cases, 2), dtype=np.int64),
        np.empty(1 << _RADIX_BITS, dtype=np.int64),
        np.full(((end - start) >> month[0].slice_bits) + 1, _NONE, dtype=np.int64),
        calendar[0],
        calendar[1],
        hours,
        np.empty((_SERVICE_COLUMNS, steps[4].sum()), dtype=np.int64),
    )
    stay, rows = _month(desks, work, roster, absences[0])
    open_work, kept = (
        np.empty((len(work), stay), dtype=np.int64),
        np.empty((len(steps), rows), dtype=np.int64),
    )
    _write_open(desks, steps, open_work, kept)
    idle_since = np.empty(workers, dtype=np.int64)
    for worker in range(workers):
        idle_since[worker] = desks.workers[worker].idle_since
    return desks.done[:, : month[0].services], kept, open_work, idle_since


def _plain(column: Whole) -> Whole:
    """A column as the compiled code wants it: whole, contiguous, writable."""
    if column.dtype == np.int64 and column.flags.carray:
        return column
    return np.array(column, dtype=np.int64)


def _table(columns: Columns) -> Table:
    return tuple(_plain(getattr(columns, name)) for name in columns.names())


def run_month(
    steps: Steps,
    work: OpenWork,
    roster: Roster,
    absences: Absences,
    *,
    calendar: Calendar,
    county: int,
    start: int,
    end: int,
) -> MonthDone:
    """The desk work of one county from `start` to before `end` [tick]; see `reference.run_month`.

    Raises ValueError for what the compiled engine lacks: office numbers beyond a million, a thousand
    priorities and more, cases or workers out of order; IndexError when the calendar ends too early.
    """
    done, kept, open_work, idle_since = _run(
        _table(steps),
        _table(work),
        _table(roster),
        _table(absences),
        (_plain(calendar.workday_of_day), _plain(calendar.day_of_workday)),
        np.array(SESSIONS, dtype=np.int64),
        (int(county), int(start), int(end), DAY_TICKS),
    )
    idle = dict(zip(roster.id.tolist(), idle_since.tolist(), strict=True))
    return MonthDone(Services(*done), Steps(*kept), OpenWork(*open_work), idle)


def warm() -> None:
    """Compile on a single case, or load what was compiled before."""
    none, one = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    run_month(
        Steps(none, none, none, none, one, one, none, none, none),
        first_entries(none, none, none),
        Roster(none, none, none, none, one, one, none),
        Absences.empty(),
        calendar=work_calendar(2024, 2024),
        county=0,
        start=0,
        end=1,
    )


if __name__ == "__main__":
    import_module("simlib.desks.kernel").warm()
