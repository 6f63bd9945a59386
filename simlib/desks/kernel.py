# mypy: warn-return-any=False
"""The compiled engine: the desk work of `network` as one loop over whole numbers, for numba.

It gives what `reference` gives, to the last tick, and is read beside it: functions named alike do alike.
Steps, cases, items, workers and offices are rows of record arrays; cases and workers stand in the order of
their ids, so a smaller row is a smaller id, and items 2k and 2k + 1 are the lead and the companion of case k.
Events stand in two heaps: cases that enter an office, and workers who finish or come back. The month is cut
into slices, and only the entries of the current slice stand in their heap. What waits at an office stands in
a pairing heap for each skill (Fredman and others, Algorithmica 1, 1986), least key first.
Counties are run one after the other in the same room: a row of a case or item is its place in its county.

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
    counties,
    first_entries,
)
from simlib.units import MINUTES_PER_HOUR, SHARE_ONE, TICKS_PER_MINUTE
from simlib.worktime import (
    CALENDAR,
    CIVIL_DAY_MINUTES,
    DAY_TICKS,
    HOURS,
    SESSIONS,
    WORKING,
    Calendar,
    work_calendar,
)

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
_SHORT = 1 << 31
_LEAST, _LATEST = 0, 1
_SLICE_CASES, _SLICES_MOST = 8, 4096


def _record(*, long: str, short: str = "", tiny: str = "") -> np.dtype[np.void]:
    """Records with fields of eight bytes, of four and of one."""
    fields = [
        (name, width)
        for width, names in (("i8", long), ("i4", short), ("i1", tiny))
        for name in names.split()
    ]
    return np.dtype(fields, align=True)


_STEP = _record(
    long="rank", short="ticks office activity wait_length priority", tiny="payroll_only people wait_kind"
)
_CASE = _record(long="id entry", short="first_row last_row row next", tiny="is_open")
"""next: the case after it in its slice of the month."""
_ITEM = _record(long="worker start finish", short="office", tiny="standing payroll_only")
"""worker: his id."""
_WAITER = _record(long="rank entry", short="priority child sibling")
"""Key of an item where it waits, and its neighbours in the heap."""
_WORKER = _record(
    long="id slowness hired leaves idle_since here_until",
    short="office item away last_away place",
    tiny="kind is_armed",
)
"""away, last_away: rows of his absences to come. here_until: no absence before. place: his among the idle."""
_OFFICE = _record(long="first people idle waiting")
"""first: of its places in `staff` and `idle`. people, idle: how many there. waiting: items in its queues."""
_MONTH = _record(
    long="start end day event_bits slice_bits slices slice_end bureau first_step steps first_case cases "
    "first_worker last_worker services stay steps_stay"
)
"""Bounds and length of a day [tick]. Of the current county: slices of the month (2**slice_bits long) and the
end of the current one [tick]; the bureau; first and number of its steps, cases, workers.
Services so far, and how many cases stay open, with how many steps.
"""


class Desks(NamedTuple):
    """The offices of all counties through one month.

    steps, cases, items, waiters: of the current county; items 2k and 2k + 1 are those of case k.
    staff, idle: rows of the workers, and of the idle ones, of each office. queues: the least item that waits
    and the latest to come [office × skill × 2].
    away_from, away_to: of the absences. entries, turns: heaps, see `_event`. slices: first
    case that enters in each slice of the month. hours: sessions of a day [minute]. done, stay, kept: columns
    of the services, of the open work and of the steps that stay.
    """

    month: Records
    steps: Records
    cases: Records
    items: Records
    waiters: Records
    workers: Records
    offices: Records
    staff: Whole
    idle: Whole
    queues: NDArray[np.int64]
    away_from: Whole
    away_to: Whole
    entries: Whole
    turns: Whole
    slices: Whole
    workday_of_day: Whole
    day_of_workday: Whole
    hours: Pairs
    done: Pairs
    stay: Pairs
    kept: Pairs


_UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Without numba's counting of references, which made the loop ten times slower; no part may make an array."""

_part = njit(nogil=True, error_model="numpy", forceinline=True, **_UNCOUNTED)
"""A part of the compiled loop."""


# Events: heaps of whole numbers that order by (tick, kind, id). How many there are stands in place 0, the
# least in place 1, _NEVER if there is none.


@_part
def _event(desks: Desks, tick: int, number: int) -> int:
    """An event as one whole number; number: its case, or, counted on from all cases, a worker's turn."""
    month = desks.month[0]
    return (tick - month.start << month.event_bits) + number


@_part
def _settle(heap: Whole, event: int) -> None:
    """Put an event where the first stood."""
    count, at, below = heap[0], 1, 2
    while below <= count:
        below += (below < count) & (heap[below + 1] < heap[below])
        if heap[below] > event:
            break
        heap[at] = heap[below]
        at, below = below, 2 * below
    heap[at] = event


@_part
def _push(heap: Whole, event: int) -> None:
    """Add an event."""
    heap[0] += 1
    at = heap[0]
    while at > 1 and heap[at >> 1] > event:
        heap[at] = heap[at >> 1]
        at >>= 1
    heap[at] = event


@_part
def _pop(heap: Whole) -> None:
    """Take the first event out."""
    last = heap[0]
    heap[0] = last - 1
    _settle(heap, heap[last] if last > 1 else _NEVER)


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
def _await(desks: Desks, tick: int, turn: int) -> None:
    """Await a worker's finish or, `turn` counted on from all workers, his return, if it is this month."""
    if tick < desks.month[0].end:
        _push(desks.turns, _event(desks, tick, len(desks.cases) + turn))


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
        _await(desks, at, len(desks.workers) + worker)


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
    ticks = desks.steps[desks.cases[item >> 1].row].ticks
    me.item = item
    work.worker, work.standing, work.start = me.id, _IN_HAND, now
    work.finish = now + (ticks * me.slowness + SHARE_ONE - 1) // SHARE_ONE
    return work.finish


# What waits: pairing heaps in the order (priority, rank, entry, case, part), each given by its least item.


@_part
def _is_before(desks: Desks, item: int, other: int) -> bool:
    """Whether a waiting item comes before another; reckoned without branches, since none is likelier."""
    one, two = desks.waiters[item], desks.waiters[other]
    later = (one.entry < two.entry) | ((one.entry == two.entry) & (item < other))
    later = (one.rank < two.rank) | ((one.rank == two.rank) & later)
    return (one.priority < two.priority) | ((one.priority == two.priority) & later)


@_part
def _joined(desks: Desks, item: int, other: int) -> int:
    """Two heaps as one; either may be empty."""
    if item == _NONE or other == _NONE:
        return max(item, other)
    if _is_before(desks, other, item):
        item, other = other, item
    desks.waiters[other].sibling, desks.waiters[item].child = desks.waiters[item].child, other
    return item


@_part
def _without_first(desks: Desks, first: int) -> int:
    """A heap without its least item: what hung on it joined in pairs, then the pairs from the last on."""
    pairs, item = _NONE, desks.waiters[first].child
    while item != _NONE:
        other, after = desks.waiters[item].sibling, _NONE
        if other != _NONE:
            after = desks.waiters[other].sibling
        pair = _joined(desks, item, other)
        desks.waiters[pair].sibling = pairs
        pairs, item = pair, after
    heap = _NONE
    while pairs != _NONE:
        pair, pairs = pairs, desks.waiters[pairs].sibling
        heap = _joined(desks, heap, pair)
    return heap


@_part
def _queue(desks: Desks, office: int, item: int) -> None:
    """Put an item whose key is known among what waits; most come after the latest and hang on that."""
    queue = desks.queues[office, desks.items[item].payroll_only]
    last = queue[_LATEST]
    desks.waiters[item].child = _NONE
    if last != _NONE and _is_before(desks, last, item):
        desks.waiters[item].sibling, desks.waiters[last].child = desks.waiters[last].child, item
    else:
        queue[_LEAST] = _joined(desks, queue[_LEAST], item)
    queue[_LATEST] = item


@_part
def _keep(desks: Desks, office: int, item: int) -> None:
    """Let an item wait at an office."""
    work, me, matter = desks.items[item], desks.waiters[item], desks.cases[item >> 1]
    work.standing, work.office = _WAITING, office
    step = desks.steps[matter.row]
    me.priority, me.rank, me.entry = step.priority, step.rank, matter.entry
    _queue(desks, office, item)
    desks.offices[office].waiting += 1


@_part
def _next_item(desks: Desks, worker: int) -> int:
    """Take out the least waiting item that a worker may do, if there is one."""
    me = desks.workers[worker]
    if desks.offices[me.office].waiting == 0:
        return _NONE
    best, passed_for_best = _NONE, _NONE
    for skill in range(me.kind + 1):
        item, passed = desks.queues[me.office, skill, _LEAST], _NONE
        while item != _NONE and desks.items[item ^ 1].worker == me.id:
            passed, item = item, _without_first(desks, item)
            desks.waiters[passed].child = item
            if item != _NONE:
                desks.waiters[item].sibling = _NONE
        if item != _NONE and (best == _NONE or _is_before(desks, item, best)):
            best, passed_for_best = item, passed
    if best != _NONE:
        _release(desks, me.office, best, passed_for_best)
    return best


@_part
def _release(desks: Desks, office: int, item: int, passed: int) -> None:
    """Take an item from what waits at an office; it is the least, or hangs alone on one passed over."""
    queue, rest = desks.queues[office, desks.items[item].payroll_only], _without_first(desks, item)
    if passed == _NONE:
        queue[_LEAST] = rest
    else:
        desks.waiters[passed].child = rest
    if rest != _NONE:
        desks.waiters[rest].sibling = _NONE
    if queue[_LATEST] == item:
        queue[_LATEST] = _NONE
    desks.offices[office].waiting -= 1


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
        _await(desks, finish, first)
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
        _push(desks.entries, _event(desks, matter.entry, case))
    elif matter.entry < month.end:
        place = (matter.entry - month.start) >> month.slice_bits
        matter.next = desks.slices[place]
        desks.slices[place] = case


@_part
def _describe(desks: Desks, case: int) -> None:
    """Fill both items with the facts of the case's current step."""
    desks.items[2 * case].payroll_only = desks.steps[desks.cases[case].row].payroll_only
    desks.items[2 * case + 1].payroll_only = 0


@_part
def _forget(desks: Desks, case: int) -> None:
    """Leave both items to come, done by nobody yet."""
    for part in range(2):
        item = desks.items[2 * case + part]
        item.standing, item.worker, item.start, item.finish = _TO_COME, NOBODY, 0, 0


@_part
def _enter(desks: Desks, case: int, now: int) -> None:
    """Bring the step a case has come to into its office."""
    step = desks.steps[desks.cases[case].row]
    _describe(desks, case)
    desks.items[2 * case + 1].standing = _DONE if step.people == 1 else _WAITING
    _receive(desks, step.office, 2 * case, now)
    if step.people != 1:
        _find_companion(desks, case, now)


@_part
def _find_companion(desks: Desks, case: int, now: int) -> None:
    """Find the second person of a visit: here, from the bureau, or nobody."""
    here, mate = int(desks.steps[desks.cases[case].row].office), 2 * case + 1
    office = here
    if not _can_accompany(desks, case, office, now):
        office = desks.month[0].bureau
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
    missing = 2 if office == desks.steps[desks.cases[case].row].office else 1
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
    done[3, at], done[4, at], done[5, at] = work.office, desks.steps[matter.row].activity, work.worker
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
    kind, length = desks.steps[matter.row].wait_kind, desks.steps[matter.row].wait_length
    matter.entry = finish
    if kind != WORKING or length != 0:
        matter.entry = max(finish, _entry_after(desks, finish, kind, length))
    _forget(desks, case)
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
def _employ(desks: Desks, roster: Table, absent: Whole) -> None:
    """The month's workers at their desks, with their absences; `staff` office by office."""
    number, office, kind, hired, leaves, slowness, idle_since = roster
    absence = 0
    for row in range(len(number)):
        if row and number[row] <= number[row - 1]:
            raise ValueError("workers stand by ascending id")
        if office[row] < 0 or office[row] >= len(desks.offices):
            raise ValueError("an office has no bureau")
        if kind[row] < 0 or kind[row] >= _SKILLS:
            raise ValueError("a worker is on contract (0) or on the payroll (1)")
        if slowness[row] < 1 or slowness[row] > _NEVER // _SHORT:
            raise ValueError("slowness is more than 0 and no more than whole numbers hold")
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
def _row_of(ids: Whole, number: int, guess: int) -> int:
    """The row of an id among ascending ones, looked for from a guess on; −1 if there is none."""
    low, high, stride = 0, len(ids), 1
    if guess < high and ids[guess] <= number:
        low = guess
        while low + stride < high and ids[low + stride] <= number:
            low, stride = low + stride, 2 * stride
        high = min(high, low + stride)
    while high - low > 1:
        middle = (low + high) >> 1
        if ids[middle] <= number:
            low = middle
        else:
            high = middle
    return low if low < len(ids) and ids[low] == number else _NONE


@_part
def _turn_to(desks: Desks, steps: Table, first_office: int, last_office: int) -> None:
    """Make the county of these offices the current one: its workers, its cases and their steps."""
    month, case, office = desks.month[0], steps[0], steps[1]
    month.first_worker = month.last_worker
    while month.last_worker < len(desks.workers):
        place = desks.workers[month.last_worker].office
        if place < first_office or place >= last_office:
            break
        month.last_worker += 1
    month.first_step, month.first_case = month.first_step + month.steps, month.first_case + month.cases
    row, count = month.first_step, 0
    while row < len(case) and office[row] >= first_office and office[row] < last_office:
        if row == month.first_step or case[row] != case[row - 1]:
            if row and case[row] < case[row - 1]:
                raise ValueError("steps stand by ascending case")
            if month.first_case + count == len(desks.cases):
                raise ValueError("steps belong to open cases")
            desks.cases[count].id, desks.cases[count].first_row = case[row], row - month.first_step
            count += 1
        desks.cases[count - 1].last_row = row + 1 - month.first_step
        row += 1
    month.steps, month.cases = row - month.first_step, count
    _read_steps(desks, steps, month.first_step, row)
    if row and row < len(case) and (case[row] == case[row - 1] or office[row] < first_office):
        raise ValueError("cases stay in their county and ascend county by county")


@_part
def _read_steps(desks: Desks, steps: Table, first: int, last: int) -> None:
    """Take up the steps of the current county; refuses what would not fit or lead beyond an array."""
    _, office, activity, payroll_only, people, ticks, wait_kind, wait_length, priority, rank = steps
    large, strange, records = 0, False, desks.steps
    begin, length = np.uint64(first), np.uint64(last - first)
    for at in range(length):
        records[at].office, records[at].activity = office[begin + at], activity[begin + at]
        records[at].priority, records[at].rank = priority[begin + at], rank[begin + at]
        large |= activity[begin + at] + _SHORT | priority[begin + at] + _SHORT
    for at in range(length):
        records[at].ticks, records[at].wait_length = ticks[begin + at], wait_length[begin + at]
        large |= wait_length[begin + at] + _SHORT | ticks[begin + at] << 1
    for at in range(length):
        for_payroll, visitors, kind = payroll_only[begin + at], people[begin + at], wait_kind[begin + at]
        records[at].payroll_only, records[at].people, records[at].wait_kind = for_payroll, visitors, kind
        strange |= (for_payroll >> 1 != 0) | (visitors - 1 >> 1 != 0)
        strange |= (kind != WORKING) & (kind != CALENDAR) & (kind != HOURS)
    if large < 0 or large >= 2 * _SHORT:
        raise ValueError("a number of a step is negative or beyond what the compiled engine holds")
    if strange:
        raise ValueError("a step is for all or the payroll, for one person or two, after days or hours")


@_part
def _cut_month(desks: Desks) -> None:
    """Cut the month into slices that suit the cases of the current county."""
    month = desks.month[0]
    most, month.slice_bits = min(max(month.cases // _SLICE_CASES, 1), _SLICES_MOST), 0
    while (month.end - month.start) >> month.slice_bits >= most:
        month.slice_bits += 1
    month.slices, month.slice_end = ((month.end - month.start) >> month.slice_bits) + 1, month.start
    for place in range(month.slices):
        desks.slices[place] = _NONE


@_part
def _resume(
    desks: Desks, work: Table, places: Whole, ids: Whole, first_office: int, last_office: int
) -> None:
    """Put every open case of the county back where it stood."""
    month = desks.month[0]
    for case in range(month.cases):
        matter, place = desks.cases[case], places[month.first_case + case]
        if work[0][place] != matter.id:
            raise ValueError("an open case has no steps, or is named twice")
        if work[1][place] < 0 or work[1][place] >= matter.last_row - matter.first_row:
            raise ValueError("an open case is at none of its steps")
        matter.row, matter.entry, matter.is_open = matter.first_row + work[1][place], work[2][place], 1
        _describe(desks, case)
        if work[3][place] == _TO_COME and work[8][place] == _TO_COME:
            if matter.entry < month.start:
                raise ValueError("a case was to enter before the month began")
            _forget(desks, case)
            _expect(desks, case)
            continue
        for part in range(2):
            at, item = 3 + 5 * part, desks.items[2 * case + part]
            standing, office, worker = work[at][place], work[at + 1][place], work[at + 2][place]
            item.standing, item.office, item.worker = standing, office, worker
            item.start, item.finish = work[at + 3][place], work[at + 4][place]
            if standing == _DONE:
                continue
            if office < first_office or office >= last_office:
                raise ValueError("open work is at an office of its county")
            if standing == _IN_HAND:
                row = _row_of(ids, worker, 0)
                if row == _NONE:
                    raise ValueError("somebody with work in hand is not in the roster")
                desks.workers[row].item = 2 * case + part
                _await(desks, item.finish, row)


@_part
def _open_doors(desks: Desks) -> None:
    """Queue what waited; send companions whose office has shrunk elsewhere; let idle people look."""
    month, stranded = desks.month[0], 0
    for item in range(2 * month.cases):
        if desks.items[item].standing != _WAITING:
            continue
        if item & 1 and not _can_accompany(desks, item >> 1, desks.items[item].office, month.start):
            desks.items[item].office = _NONE
            stranded += 1
        else:
            _keep(desks, desks.items[item].office, item)
    for worker in range(month.first_worker, month.last_worker):
        if desks.workers[worker].item == _NONE:
            _rest(desks, worker)
    for case in range(month.cases if stranded else 0):
        mate = desks.items[2 * case + 1]
        if mate.standing == _WAITING and mate.office == _NONE:
            _find_companion(desks, case, month.start)
    for worker in range(month.first_worker, month.last_worker):
        me = desks.workers[worker]
        if me.item == _NONE and desks.offices[me.office].waiting:
            _arm(desks, worker, month.start)


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
        _settle(desks.turns, _event(desks, finish, len(desks.cases) + worker))
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
        _await(desks, finish, worker)


@_part
def _run_slices(desks: Desks) -> None:
    """Let everything happen in the order (tick, kind, id), slice by slice of the month."""
    month, entries, turns = desks.month[0], desks.entries, desks.turns
    cases, workers = len(desks.cases), len(desks.workers)
    for place in range(month.slices):
        month.slice_end = min(month.start + (place + 1 << month.slice_bits), month.end)
        limit, case = _event(desks, month.slice_end, 0), desks.slices[place]
        while case != _NONE:
            _push(entries, _event(desks, desks.cases[case].entry, case))
            case = desks.cases[case].next
        while True:
            entry, turn = entries[1], turns[1]
            event = min(entry, turn)
            if event >= limit:
                break
            now, number = month.start + (event >> month.event_bits), event & (1 << month.event_bits) - 1
            if entry < turn:
                _pop(entries)
                _enter(desks, number, now)
            elif number < cases + workers:
                _finish(desks, number - cases, now)
            else:
                _come_back(desks, number - cases - workers, now)


@_part
def _close_doors(desks: Desks, steps: Table) -> None:
    """Let absences that are over be over; write down where what stays open stands, and its steps."""
    month, stay = desks.month[0], desks.stay
    for worker in range(month.first_worker, month.last_worker):
        _pass_absences(desks, worker, month.end)
    first = _NONE
    for case in range(month.cases):
        matter = desks.cases[case]
        if not matter.is_open:
            continue
        to = month.stay
        stay[0, to], stay[1, to], stay[2, to] = matter.id, matter.row - matter.first_row, matter.entry
        for part in range(2):
            at, item = 3 + 5 * part, desks.items[2 * case + part]
            is_there = item.standing == _WAITING or item.standing == _IN_HAND
            stay[at, to], stay[at + 1, to] = item.standing, item.office if is_there else NOBODY
            stay[at + 2, to], stay[at + 3, to], stay[at + 4, to] = item.worker, item.start, item.finish
        month.stay += 1
        first = matter.first_row if first == _NONE else first
        if case + 1 == month.cases or not desks.cases[case + 1].is_open:
            _keep_steps(desks, steps, first, matter.last_row)
            first = _NONE


@_part
def _keep_steps(desks: Desks, steps: Table, first: int, last: int) -> None:
    """Keep steps of the current county for the next month."""
    month = desks.month[0]
    begin, length, to = (
        np.uint64(month.first_step + first),
        np.uint64(last - first),
        np.uint64(month.steps_stay),
    )
    for column in range(len(steps)):
        for row in range(length):
            desks.kept[column, to + row] = steps[column][begin + row]
    month.steps_stay += last - first


@njit(nogil=True, error_model="numpy", **_UNCOUNTED)
def _months(
    desks: Desks, steps: Table, work: Table, places: Whole, roster: Table, absent: Whole, offices: Table
) -> None:
    """Run the month of one county after the other."""
    month, first_office, bureau = desks.month[0], offices[0], offices[1]
    _employ(desks, roster, absent)
    for county in range(len(first_office) - 1):
        first, last = first_office[county], first_office[county + 1]
        month.bureau = bureau[first]
        _turn_to(desks, steps, first, last)
        _cut_month(desks)
        _resume(desks, work, places, roster[0], first, last)
        _open_doors(desks)
        _run_slices(desks)
        _close_doors(desks, steps)
    if month.last_worker < len(desks.workers):
        raise ValueError("workers ascend county by county")
    if month.first_step + month.steps < len(steps[0]):
        raise ValueError("an office has no bureau")
    if month.first_case + month.cases < len(work[0]):
        raise ValueError("an open case has no steps, or is named twice")


@njit(nogil=True)
def _no_events(most: int) -> Whole:
    """An empty heap with room for so many events."""
    heap = np.empty(most + 3, dtype=np.int64)
    heap[0], heap[1] = 0, _NEVER
    return heap


@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    steps: Table,
    work: Table,
    places: Whole,
    roster: Table,
    absences: Table,
    calendar: Table,
    offices: Table,
    hours: Pairs,
    stay: Pairs,
    kept: Pairs,
    bounds: tuple[int, int, int],
) -> tuple[Pairs, Pairs, Pairs, Whole]:
    """One month: columns of the services, steps and work of `MonthDone`, and idle times.

    places: rows of the work by case. offices: the first of each county, and the bureau of each.
    bounds: start, end, length of a day [tick].
    """
    rows, cases, workers, count = len(steps[0]), len(work[0]), len(roster[0]), len(offices[1])
    month = np.zeros(1, dtype=_MONTH)
    month[0].start, month[0].end, month[0].day = bounds
    while cases + 2 * workers >> month[0].event_bits:
        month[0].event_bits += 1
    if bounds[1] - bounds[0] >= _NEVER >> month[0].event_bits:
        raise ValueError("the month is too long for so many cases")
    desks = Desks(
        month,
        np.empty(rows, dtype=_STEP),
        np.empty(cases, dtype=_CASE),
        np.empty(2 * cases, dtype=_ITEM),
        np.empty(2 * cases, dtype=_WAITER),
        np.empty(workers, dtype=_WORKER),
        np.zeros(count, dtype=_OFFICE),
        np.empty(workers, dtype=np.int64),
        np.empty(workers, dtype=np.int64),
        np.full((count, _SKILLS, 2), _NONE, dtype=np.int64),
        absences[1],
        absences[2],
        _no_events(cases),
        _no_events(2 * workers),
        np.empty(_SLICES_MOST + 1, dtype=np.int64),
        calendar[0],
        calendar[1],
        hours,
        np.empty((_SERVICE_COLUMNS, 2 * rows), dtype=np.int64),
        stay,
        kept,
    )
    _months(desks, steps, work, places, roster, absences[0], offices)
    idle_since = np.empty(workers, dtype=np.int64)
    for worker in range(workers):
        idle_since[worker] = desks.workers[worker].idle_since
    now = month[0]
    return (
        desks.done[:, : now.services],
        desks.kept[:, : now.steps_stay],
        desks.stay[:, : now.stay],
        idle_since,
    )


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
    bureau: Whole,
    start: int,
    end: int,
) -> MonthDone:
    """The desk work of every county from `start` to before `end` [tick]; see `reference.run_month`.

    Raises ValueError for what the compiled engine lacks: cases or workers out of order, values beyond what
    the columns say; IndexError when the calendar ends too early.
    """
    done, kept, open_work, idle_since = _run(
        _table(steps),
        _table(work),
        np.argsort(work.case, kind="stable"),
        _table(roster),
        _table(absences),
        (_plain(calendar.workday_of_day), _plain(calendar.day_of_workday)),
        (counties(bureau), _plain(bureau)),
        np.array(SESSIONS, dtype=np.int64),
        np.empty((len(OpenWork.names()), len(work)), dtype=np.int64),
        np.empty((len(Steps.names()), len(steps)), dtype=np.int64),
        (int(start), int(end), DAY_TICKS),
    )
    idle = dict(zip(roster.id.tolist(), idle_since.tolist(), strict=True))
    return MonthDone(Services(*done), Steps(*kept), OpenWork(*open_work), idle)


def warm() -> None:
    """Compile on a single case, or load what was compiled before."""
    none, one = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    run_month(
        Steps(none, none, none, none, one, one, none, none, none, none),
        first_entries(none, none, none),
        Roster(none, none, none, none, one, one, none),
        Absences.empty(),
        calendar=work_calendar(2024, 2024),
        bureau=none,
        start=0,
        end=1,
    )


if __name__ == "__main__":
    import_module("simlib.desks.kernel").warm()
