# mypy: warn-return-any=False
"""The compiled engine: the desk work of `network` as one loop over whole numbers, for numba.

It gives what `reference` gives, to the last tick, and is read beside it: functions named alike do alike.
Steps, cases, items, workers and offices are rows of record arrays; cases and workers stand in the order of
their ids, so a smaller row is a smaller id, and items 2k and 2k + 1 are the lead and the companion of case k.
Cases that enter an office stand in a heap; the month is cut into slices, and only the entries of the current
slice stand there. Workers who finish or come back stand in a tournament, each at a leaf of his own (Knuth,
The Art of Computer Programming 3, 1973, 5.4.1). What waits at an office stands in a pairing heap for each
skill and class (Fredman and others, Algorithmica 1, 1986), least key first.
Counties are run one after the other. A `Docket` keeps cases, steps and queues in place from month to month,
so a month costs what is done in it, not what stays open.

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
    DeskMonth,
    MonthDone,
    OpenWork,
    Party,
    Roster,
    Services,
    Skill,
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
_CONTRACT_ONLY, _ANYBODY, _PAYROLL_ONLY = (int(skill) for skill in Skill)
_SKILLS, _KINDS = len(Skill), 2
_ALONE, _, _BOUGHT, _LENT = (int(party) for party in Party)
_SHORT = 1 << 31
_CLASSES = 8
"""How many classes of work have a heap of their own at a queue; what is beyond stands with the outermost."""
_FIRST_BIT = np.array([0] + [(bits & -bits).bit_length() - 1 for bits in range(1, 1 << _CLASSES)])
"""The least class in a set of them [set]."""
_SLICE_CASES, _SLICES_MOST = 8, 4096
_LINE = 64
"""Length of a line of the cache [byte]."""
_ROOM = 1024
"""Cases a docket has room for at first; it is cleared when most of it is over, else it gets twice the room.

Room takes memory only once it is used.
"""


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
_CASE = _record(
    long="id entry rank",
    short="first_row last_row row next ticks office activity priority",
    tiny="payroll_only people is_open",
)
"""With the facts of its current step, so that everything about a case lies in one line of the cache.

next: the case after it in its slice of the month, or among those that come in a later one.
"""
_ITEM = _record(long="worker start finish", short="office", tiny="standing skill")
"""worker: his id."""
_WAITER = _record(long="", short="child sibling")
"""Neighbours of an item in the heap where it waits."""
_WORKER = _record(
    long="id slowness hired leaves idle_since here_until",
    short="office item away last_away place",
    tiny="kind is_armed",
)
"""away, last_away: rows of his absences to come. here_until: no absence before. place: his among the idle."""
_OFFICE = _record(long="first people idle waiting waiting_ticks mates")
"""first: of its places in `staff` and `idle`. people, idle: how many there. waiting: items in its queues, of
which mates are companions; waiting_ticks: their length."""
_MONTH = _record(
    long="start end day event_bits slice_bits slices slice_end bureau county first_worker last_worker "
    "first_service services cases steps open open_steps hands leaves fetched"
)
"""Bounds and length of a day [tick]. Of the current county: its number, slices of the month (2**slice_bits
long) and the end of the current one [tick]; the bureau; its workers, leaves of their tournament; its first
service. Services so far. Of the docket: rows of cases and steps in use, how many cases are open with how many
steps to come, and items in hand. fetched: nothing; it keeps the compiler from dropping a look that has no
other use.
"""


class Desks(NamedTuple):
    """The offices of all counties through one month.

    Of the docket: steps, cases, items, waiters; items 2k and 2k + 1 are those of case k. queues: the least
    item that waits of each class, then the latest to come of each [office × skill × 2 × _CLASSES]; filled:
    the set of classes in which something waits [office × skill]. later: the first case of each county that is
    still to come. hands: who has an item in hand at the month's end, and which [2 × workers].
    Of the month: staff, idle: rows of the workers, and of the idle ones, of each office.
    away_from, away_to: of the absences. entries: a heap, turns: a tournament of events. slices: first
    case that enters in each slice of the month. hours: sessions of a day [minute]. done: columns of the
    services.
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
    filled: Pairs
    later: Whole
    hands: Pairs
    away_from: Whole
    away_to: Whole
    entries: Whole
    turns: Whole
    slices: Whole
    workday_of_day: Whole
    day_of_workday: Whole
    hours: Pairs
    done: Pairs


_UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Without numba's counting of references, which made the loop ten times slower; no part may make an array."""

_part = njit(nogil=True, error_model="numpy", forceinline=True, **_UNCOUNTED)
"""A part of the compiled loop."""


# Events: whole numbers that order by (tick, kind, id). The least of a heap or tournament stands in place 1,
# _NEVER if there is none; place 0 of a heap tells how many there are.


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


@_part
def _set_turn(desks: Desks, leaf: int, event: int) -> None:
    """Put an event, or _NEVER, at a leaf of the tournament: who wins is settled up to the root.

    Every leaf is equally far from it and nothing is compared by branching, since no outcome is likelier.
    """
    turns, at = desks.turns, desks.month[0].leaves + leaf
    while at > 1:
        turns[at] = event
        event = min(event, turns[at ^ 1])
        at >>= 1
    turns[1] = event


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
def _await_finish(desks: Desks, worker: int, finish: int) -> None:
    """Await a worker's finish, if it is this month."""
    month, event = desks.month[0], _NEVER
    if finish < month.end:
        event = _event(desks, finish, len(desks.cases) + worker)
    _set_turn(desks, worker - month.first_worker, event)


@_part
def _await_return(desks: Desks, worker: int, event: int) -> None:
    """Await a worker's return, or, with _NEVER, no longer."""
    month = desks.month[0]
    _set_turn(desks, (month.leaves >> 1) + worker - month.first_worker, event)


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
        _await_return(desks, worker, _event(desks, at, len(desks.cases) + len(desks.workers) + worker))


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
    skill = desks.items[item].skill
    return me.kind <= skill and skill <= me.kind + 1 and desks.items[item ^ 1].worker != me.id


@_part
def _serve(desks: Desks, worker: int, item: int, now: int) -> int:
    """Start on an item; its finish is settled here."""
    me, work = desks.workers[worker], desks.items[item]
    ticks = desks.cases[item >> 1].ticks
    me.item = item
    work.worker, work.standing, work.start = me.id, _IN_HAND, now
    work.finish = now + (ticks * me.slowness + SHARE_ONE - 1) // SHARE_ONE
    return work.finish


# What waits: pairing heaps in the order (priority, rank, entry, case, part), each given by its least item.


@_part
def _is_before(desks: Desks, item: int, other: int) -> bool:
    """Whether a waiting item comes before another; reckoned without branches, since none is likelier."""
    one, two = desks.cases[item >> 1], desks.cases[other >> 1]
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
    if item == _NONE or desks.waiters[item].sibling == _NONE:
        return item
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
    """Put an item among what waits.

    Most come after the latest of their class and hang on that: so each heap is a chain, and taking the first
    item looks at no other.
    """
    skill, place = desks.items[item].skill, _class_of(desks, item)
    queue = desks.queues[office, skill]
    last = queue[_CLASSES + place]
    desks.waiters[item].child = desks.waiters[item].sibling = _NONE
    if last != _NONE and _is_before(desks, last, item):
        desks.waiters[item].sibling, desks.waiters[last].child = desks.waiters[last].child, item
    else:
        queue[place] = _joined(desks, queue[place], item)
    queue[_CLASSES + place] = item
    desks.filled[office, skill] |= 1 << place


@_part
def _class_of(desks: Desks, item: int) -> int:
    """The class whose heap an item stands in."""
    return min(max(desks.cases[item >> 1].priority, 0), _CLASSES - 1)


@_part
def _keep(desks: Desks, office: int, item: int) -> None:
    """Let an item wait at an office."""
    work = desks.items[item]
    work.standing, work.office = _WAITING, office
    _queue(desks, office, item)
    here = desks.offices[office]
    here.waiting, here.mates, here.waiting_ticks = (
        here.waiting + 1,
        here.mates + (item & 1),
        here.waiting_ticks + desks.cases[item >> 1].ticks,
    )


@_part
def _next_item(desks: Desks, worker: int) -> int:
    """Take out the least waiting item that a worker may do, if there is one."""
    me = desks.workers[worker]
    if desks.offices[me.office].waiting == 0:
        return _NONE
    best, passed_for_best = _NONE, _NONE
    for skill in range(me.kind, me.kind + 2):
        classes, item, passed = desks.filled[me.office, skill], _NONE, _NONE
        while item == _NONE and classes:
            item, passed = desks.queues[me.office, skill, _FIRST_BIT[classes]], _NONE
            classes &= classes - 1
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
    """Take an item from what waits at an office: the least of its class, or alone behind one passed over."""
    skill, place, rest = desks.items[item].skill, _class_of(desks, item), _without_first(desks, item)
    queue = desks.queues[office, skill]
    if passed == _NONE:
        queue[place] = rest
        desks.filled[office, skill] ^= (rest == _NONE) << place
    else:
        desks.waiters[passed].child = rest
    if rest != _NONE:
        desks.waiters[rest].sibling = _NONE
    if queue[_CLASSES + place] == item:
        queue[_CLASSES + place] = _NONE
    _forget_waiting(desks, office, item)


@_part
def _forget_waiting(desks: Desks, office: int, item: int) -> None:
    """Count an item no more among what waits at an office."""
    here = desks.offices[office]
    here.waiting -= 1
    here.mates -= item & 1
    here.waiting_ticks -= desks.cases[item >> 1].ticks


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
        _await_finish(desks, first, _serve(desks, first, item, now))
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
    """Have a case enter when its time comes, in this month or a later one."""
    matter, month = desks.cases[case], desks.month[0]
    if matter.entry < month.slice_end:
        _push(desks.entries, _event(desks, matter.entry, case))
    elif matter.entry < month.end:
        place = (matter.entry - month.start) >> month.slice_bits
        matter.next = desks.slices[place]
        desks.slices[place] = case
    else:
        matter.next = desks.later[month.county]
        desks.later[month.county] = case


@_part
def _describe(desks: Desks, case: int) -> None:
    """Give a case and its items the facts of the step it has come to."""
    matter = desks.cases[case]
    step = desks.steps[matter.row]
    matter.rank, matter.ticks, matter.office, matter.activity = (
        step.rank,
        step.ticks,
        step.office,
        step.activity,
    )
    matter.priority, matter.payroll_only, matter.people = step.priority, step.payroll_only, step.people
    desks.items[2 * case].skill = _ANYBODY + step.payroll_only
    desks.items[2 * case + 1].skill = _CONTRACT_ONLY if step.people == _BOUGHT else _ANYBODY


@_part
def _forget(desks: Desks, case: int) -> None:
    """Leave both items to come, done by nobody yet."""
    for part in range(2):
        item = desks.items[2 * case + part]
        item.standing, item.worker, item.start, item.finish = _TO_COME, NOBODY, 0, 0


@_part
def _enter(desks: Desks, case: int, now: int) -> None:
    """Bring the step a case has come to into its office."""
    matter = desks.cases[case]
    desks.items[2 * case + 1].standing = _DONE if matter.people == _ALONE else _WAITING
    _receive(desks, matter.office, 2 * case, now)
    if matter.people != _ALONE:
        _find_companion(desks, case, now)


@_part
def _find_companion(desks: Desks, case: int, now: int) -> None:
    """Find the second person of a visit: here, from the bureau, or nobody."""
    here, mate = int(desks.cases[case].office), 2 * case + 1
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
    matter = desks.cases[case]
    is_here, is_bought = office == matter.office, matter.people == _BOUGHT
    if is_here and matter.people == _LENT:
        return False
    missing = 2 if is_here and not (is_bought and matter.payroll_only) else 1
    here = desks.offices[office]
    for place in range(here.first, here.first + here.people):
        me = desks.workers[desks.staff[place]]
        if me.leaves > now and not (is_bought and me.kind):
            missing -= 1
            if missing == 0:
                return True
    return False


@_part
def _write_down(desks: Desks, item: int) -> None:
    """Write down a service that has ended, after those of the county that come before it."""
    work, matter = desks.items[item], desks.cases[item >> 1]
    work.standing = _DONE
    completes = desks.items[item ^ 1].standing == _DONE
    done, at = desks.done, desks.month[0].services
    step, part = matter.row - matter.first_row, item & 1
    while (
        at > desks.month[0].first_service
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
    done[3, at], done[4, at], done[5, at] = work.office, matter.activity, work.worker
    done[6, at], done[7, at], done[8, at], done[9, at] = matter.entry, work.start, work.finish, completes
    desks.month[0].services += 1


@_part
def _go_on(desks: Desks, case: int) -> None:
    """Send a case to its next step once both parts of this one are done."""
    matter, lead, mate = desks.cases[case], desks.items[2 * case], desks.items[2 * case + 1]
    if lead.standing != _DONE or mate.standing != _DONE:
        return
    finish = max(lead.finish, mate.finish)
    matter.row += 1
    desks.month[0].open_steps -= 1
    if matter.row == matter.last_row:
        matter.is_open = 0
        desks.month[0].open -= 1
        return
    kind, length = desks.steps[matter.row].wait_kind, desks.steps[matter.row].wait_length
    matter.entry = finish
    if kind != WORKING or length != 0:
        matter.entry = max(finish, _entry_after(desks, finish, kind, length))
    _describe(desks, case)
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
    for place in range(len(desks.offices)):
        desks.offices[place].people = desks.offices[place].idle = 0
    for row in range(len(number)):
        if row and number[row] <= number[row - 1]:
            raise ValueError("workers stand by ascending id")
        if office[row] < 0 or office[row] >= len(desks.offices):
            raise ValueError("an office has no bureau")
        if kind[row] < 0 or kind[row] >= _KINDS:
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
def _turn_to(desks: Desks, county: int, first_office: int, last_office: int) -> None:
    """Make a county the current one: its workers, and the cases that come to it in this month."""
    month = desks.month[0]
    month.county, month.first_worker, month.first_service = county, month.last_worker, month.services
    while month.last_worker < len(desks.workers):
        place = desks.workers[month.last_worker].office
        if place < first_office or place >= last_office:
            break
        month.last_worker += 1
    month.leaves = 2
    while month.leaves < 2 * (month.last_worker - month.first_worker):
        month.leaves *= 2
    desks.turns[: 2 * month.leaves] = _NEVER
    case, month.slice_end = desks.later[county], month.start
    desks.later[county] = _NONE
    _cut_month(desks, case)
    while case != _NONE:
        after = desks.cases[case].next
        if desks.cases[case].entry < month.start:
            raise ValueError("a case was to enter before the month began")
        _expect(desks, case)
        case = after


@_part
def _cut_month(desks: Desks, first: int) -> None:
    """Cut the month into slices that suit the cases which come to the current county, given by the first.

    Whatever they will need is looked at once, in the order in which it lies in memory: fetched so, it is
    there when the events jump about in it, which makes the month a seventh quicker.
    """
    month, coming, fetched, case = desks.month[0], 0, 0, first
    while case != _NONE:
        me, lead, mate = desks.cases[case], desks.items[2 * case], desks.items[2 * case + 1]
        coming += 1
        fetched += lead.standing + mate.standing + desks.waiters[2 * case].child
        case = me.next
    month.fetched = fetched
    most, month.slice_bits = min(max(coming // _SLICE_CASES, 1), _SLICES_MOST), 0
    while (month.end - month.start) >> month.slice_bits >= most:
        month.slice_bits += 1
    month.slices = ((month.end - month.start) >> month.slice_bits) + 1
    for place in range(month.slices):
        desks.slices[place] = _NONE


@_part
def _take_up(desks: Desks, ids: Whole) -> None:
    """Give everybody back what he had in hand."""
    for place in range(desks.month[0].hands):
        worker, item = _row_of(ids, desks.hands[0, place], 0), desks.hands[1, place]
        if worker == _NONE:
            raise ValueError("somebody with work in hand is not in the roster")
        desks.workers[worker].item = item


@_part
def _open_doors(desks: Desks, first_office: int, last_office: int) -> None:
    """Let people go on; send companions whose office has shrunk elsewhere; let idle people look."""
    month = desks.month[0]
    for worker in range(month.first_worker, month.last_worker):
        item = desks.workers[worker].item
        if item == _NONE:
            _rest(desks, worker)
        else:
            _await_finish(desks, worker, desks.items[item].finish)
    for office in range(first_office, last_office):
        if desks.offices[office].mates:
            _strand(desks, office)
    while desks.entries[0]:
        case = desks.entries[1] & (1 << month.event_bits) - 1
        _pop(desks.entries)
        _find_companion(desks, case, month.start)
    for worker in range(month.first_worker, month.last_worker):
        me = desks.workers[worker]
        if me.item == _NONE and desks.offices[me.office].waiting:
            _arm(desks, worker, month.start)


@_part
def _strand(desks: Desks, office: int) -> None:
    """Take companions who can no longer wait at an office out of its queue, and note their cases."""
    here, month, people, bought = desks.offices[office], desks.month[0], 0, 0
    for place in range(here.first, here.first + here.people):
        me = desks.workers[desks.staff[place]]
        people += me.leaves > month.start
        bought += (me.leaves > month.start) & (me.kind == 0)
    if bought <= 1:
        _strand_from(desks, office, _CONTRACT_ONLY)
    if people <= 1:
        _strand_from(desks, office, _ANYBODY)


@_part
def _strand_from(desks: Desks, office: int, skill: int) -> None:
    """Take those of a queue who can no longer wait there out of it."""
    month = desks.month[0]
    queue, taken = desks.queues[office, skill], _NONE
    for place in range(_CLASSES):
        item = queue[place]
        while item != _NONE:
            rest = _without_first(desks, item)
            desks.waiters[item].child, taken, item = taken, item, rest
    queue[:], desks.filled[office, skill] = _NONE, 0
    while taken != _NONE:
        item, taken = taken, desks.waiters[taken].child
        if item & 1 and not _can_accompany(desks, item >> 1, office, month.start):
            _forget_waiting(desks, office, item)
            _push(desks.entries, _event(desks, month.start, item >> 1))
        else:
            _queue(desks, office, item)


@_part
def _finish(desks: Desks, worker: int, now: int) -> None:
    """The first event is a finish: write it down, take the next item, send the case on."""
    me = desks.workers[worker]
    item = me.item
    me.idle_since = now
    _write_down(desks, item)
    is_present = _is_present(desks, worker, now)
    follows = _next_item(desks, worker) if is_present else _NONE
    _await_finish(desks, worker, _serve(desks, worker, follows, now) if follows != _NONE else _NEVER)
    if follows == _NONE:
        _rest(desks, worker)
        if not is_present and desks.offices[me.office].waiting:
            _arm(desks, worker, now)
    _go_on(desks, item >> 1)


@_part
def _come_back(desks: Desks, worker: int, now: int) -> None:
    """The first event is a coming-back or taking-up of work: look for work at the desk."""
    _await_return(desks, worker, _NEVER)
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
        _await_finish(desks, worker, _serve(desks, worker, item, now))


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
def _close_doors(desks: Desks) -> None:
    """Let absences that are over be over; note who has what in hand."""
    month = desks.month[0]
    for worker in range(month.first_worker, month.last_worker):
        _pass_absences(desks, worker, month.end)
        me = desks.workers[worker]
        if me.item != _NONE:
            desks.hands[0, month.hands], desks.hands[1, month.hands] = me.id, me.item
            month.hands += 1


# The docket: what is taken in, and what is open.


@_part
def _read_steps(desks: Desks, steps: Table) -> None:
    """Take up steps behind those in use; refuses what would not fit or lead beyond an array."""
    case, office, activity, payroll_only, people, ticks, wait_kind, wait_length, priority, rank = steps
    large, strange, nowhere, falls = 0, False, False, False
    records, first = desks.steps, np.uint64(desks.month[0].steps)
    for at in range(np.uint64(len(office))):
        step = records[first + at]
        step.office, step.activity = office[at], activity[at]
        step.priority, step.rank = priority[at], rank[at]
        large |= activity[at] + _SHORT | priority[at] + _SHORT
        step.ticks, step.wait_length = ticks[at], wait_length[at]
        large |= wait_length[at] + _SHORT | ticks[at] << 1
        for_payroll, visitors, kind = payroll_only[at], people[at], wait_kind[at]
        step.payroll_only, step.people, step.wait_kind = for_payroll, visitors, kind
        strange |= (for_payroll >> 1 != 0) | (visitors - 1 >> 2 != 0)
        strange |= (kind != WORKING) & (kind != CALENDAR) & (kind != HOURS)
        nowhere |= (office[at] < 0) | (office[at] >= len(desks.offices))
        falls |= (at > 0) & (case[at] < case[at - 1])
    if falls:
        raise ValueError("steps stand by ascending case")
    if nowhere:
        raise ValueError("an office has no bureau")
    if large < 0 or large >= 2 * _SHORT:
        raise ValueError("a number of a step is negative or beyond what the compiled engine holds")
    if strange:
        raise ValueError("a step is for all or the payroll, for one person or two, after days or hours")


@njit(nogil=True, error_model="numpy", **_UNCOUNTED)
def _take_cases(desks: Desks, steps: Table, work: Table, places: Whole, county_of: Whole) -> None:
    """Put open cases behind those of the docket, each where it stands.

    places: rows of the work by case, none if it stands so. county_of: number of the county of each office.
    """
    month, number, office, row = desks.month[0], steps[0], steps[1], 0
    _read_steps(desks, steps)
    for at in range(len(work[0])):
        place = places[at] if len(places) else at
        case, first = month.cases, row
        if row == len(number) or work[0][place] != number[row]:
            raise ValueError("an open case has no steps, or is named twice")
        if case and number[row] <= desks.cases[case - 1].id:
            raise ValueError("cases ascend in the order in which they come")
        matter, county = desks.cases[case], county_of[office[row]]
        while row < len(number) and number[row] == number[first]:
            if county_of[office[row]] != county:
                raise ValueError("cases stay in their county")
            row += 1
        if work[1][place] < 0 or work[1][place] >= row - first:
            raise ValueError("an open case is at none of its steps")
        matter.id, matter.entry, matter.is_open = number[first], work[2][place], 1
        matter.first_row, matter.last_row = month.steps + first, month.steps + row
        matter.row = matter.first_row + work[1][place]
        month.cases, month.open = case + 1, month.open + 1
        month.open_steps += matter.last_row - matter.row
        _put_back(desks, work, place, county, county_of)
    if row < len(number):
        raise ValueError("steps belong to open cases")
    month.steps += row


@_part
def _put_back(desks: Desks, work: Table, place: int, county: int, county_of: Whole) -> None:
    """Put the last case taken in where it stands."""
    month = desks.month[0]
    case = month.cases - 1
    _describe(desks, case)
    if work[3][place] == _TO_COME and work[8][place] == _TO_COME:
        _forget(desks, case)
        desks.cases[case].next, desks.later[county] = desks.later[county], case
        return
    for part in range(2):
        at, item = 3 + 5 * part, desks.items[2 * case + part]
        standing, office, worker = work[at][place], work[at + 1][place], work[at + 2][place]
        item.standing, item.office, item.worker = standing, office, worker
        item.start, item.finish = work[at + 3][place], work[at + 4][place]
        if standing == _DONE:
            continue
        if office < 0 or office >= len(desks.offices) or county_of[office] != county:
            raise ValueError("open work is at an office of its county")
        if standing == _WAITING:
            _keep(desks, office, 2 * case + part)
        elif standing == _IN_HAND:
            desks.hands[0, month.hands], desks.hands[1, month.hands] = worker, 2 * case + part
            month.hands += 1


@njit(nogil=True, error_model="numpy", **_UNCOUNTED)
def _write_open(desks: Desks, stay: Pairs) -> None:
    """Write down where every open case stands."""
    to = 0
    for case in range(desks.month[0].cases):
        matter = desks.cases[case]
        if not matter.is_open:
            continue
        stay[0, to], stay[1, to], stay[2, to] = matter.id, matter.row - matter.first_row, matter.entry
        for part in range(2):
            at, item = 3 + 5 * part, desks.items[2 * case + part]
            is_there = item.standing == _WAITING or item.standing == _IN_HAND
            stay[at, to], stay[at + 1, to] = item.standing, item.office if is_there else NOBODY
            stay[at + 2, to], stay[at + 3, to], stay[at + 4, to] = item.worker, item.start, item.finish
        to += 1


@njit(nogil=True, error_model="numpy", **_UNCOUNTED)
def _write_steps(desks: Desks, kept: Pairs) -> int:
    """Write down all steps of every open case; return how many."""
    at_step = 0
    for case in range(desks.month[0].cases):
        matter = desks.cases[case]
        if not matter.is_open:
            continue
        for row in range(matter.first_row, matter.last_row):
            step = desks.steps[row]
            kept[0, at_step], kept[1, at_step], kept[2, at_step] = matter.id, step.office, step.activity
            kept[3, at_step], kept[4, at_step] = step.payroll_only, step.people
            kept[5, at_step], kept[6, at_step] = step.ticks, step.wait_kind
            kept[7, at_step], kept[8, at_step] = step.wait_length, step.priority
            kept[9, at_step] = step.rank
            at_step += 1
    return at_step


@njit(nogil=True, error_model="numpy", **_UNCOUNTED)
def _months(desks: Desks, roster: Table, absent: Whole, first_office: Whole, bureau: Whole) -> None:
    """Run the month of one county after the other."""
    month = desks.month[0]
    _employ(desks, roster, absent)
    _take_up(desks, roster[0])
    month.hands = 0
    for county in range(len(first_office) - 1):
        first, last = first_office[county], first_office[county + 1]
        month.bureau = bureau[first]
        _turn_to(desks, county, first, last)
        _open_doors(desks, first, last)
        _run_slices(desks)
        _close_doors(desks)
    if month.last_worker < len(desks.workers):
        raise ValueError("workers ascend county by county")


@njit(nogil=True)
def _no_events(most: int) -> Whole:
    """An empty heap with room for so many events."""
    heap = np.empty(most + 3, dtype=np.int64)
    heap[0], heap[1] = 0, _NEVER
    return heap


class Held(NamedTuple):
    """What a docket holds from month to month, as in `Desks`; county_of: of each office, its county."""

    month: Records
    steps: Records
    cases: Records
    items: Records
    waiters: Records
    offices: Records
    queues: NDArray[np.int64]
    filled: Pairs
    later: Whole
    hands: Pairs
    county_of: Whole


@njit(nogil=True)
def _desks(held: Held, workers: int, away: tuple[Whole, Whole], calendar: Table, hours: Pairs) -> Desks:
    """The desks of a month with room for so many workers; away: begins and ends of their absences."""
    month = held.month[0]
    return Desks(
        held.month,
        held.steps,
        held.cases,
        held.items,
        held.waiters,
        np.empty(workers, dtype=_WORKER),
        held.offices,
        np.empty(workers, dtype=np.int64),
        np.empty(workers, dtype=np.int64),
        held.queues,
        held.filled,
        held.later,
        held.hands,
        away[0],
        away[1],
        _no_events(month.open),
        np.empty(max(8 * workers, 4), dtype=np.int64),
        np.empty(_SLICES_MOST + 1, dtype=np.int64),
        calendar[0],
        calendar[1],
        hours,
        np.empty((_SERVICE_COLUMNS, 2 * month.open_steps), dtype=np.int64),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _take_in(held: Held, steps: Table, work: Table, places: Whole) -> None:
    """Take open cases into a docket that has room for them."""
    none = np.empty(0, dtype=np.int64)
    desks = _desks(held, 0, (none, none), (none, none), np.empty((0, 2), dtype=np.int64))
    _take_cases(desks, steps, work, places, held.county_of)


@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    held: Held,
    roster: Table,
    absences: Table,
    calendar: Table,
    offices: Table,
    hours: Pairs,
    bounds: tuple[int, int, int],
) -> tuple[Pairs, Whole]:
    """One month: columns of the services, and idle times.

    offices: the first of each county, and the bureau of each. bounds: start, end, length of a day [tick].
    """
    workers = len(roster[0])
    month = held.month[0]
    month.start, month.end, month.day = bounds
    month.services = month.first_worker = month.last_worker = month.event_bits = 0
    while len(held.cases) + 2 * workers >> month.event_bits:
        month.event_bits += 1
    if bounds[1] - bounds[0] >= _NEVER >> month.event_bits:
        raise ValueError("the month is too long for so many cases")
    desks = _desks(held, workers, (absences[1], absences[2]), calendar, hours)
    _months(desks, roster, absences[0], offices[0], offices[1])
    idle_since = np.empty(workers, dtype=np.int64)
    for worker in range(workers):
        idle_since[worker] = desks.workers[worker].idle_since
    return desks.done[:, : month.services], idle_since


@njit(cache=True, nogil=True, error_model="numpy")
def _open(held: Held, stay: Pairs) -> None:
    """Write down where each open case of a docket stands."""
    none = np.empty(0, dtype=np.int64)
    _write_open(_desks(held, 0, (none, none), (none, none), np.empty((0, 2), dtype=np.int64)), stay)


@njit(cache=True, nogil=True, error_model="numpy")
def _open_steps(held: Held, kept: Pairs) -> int:
    """Write down the steps of the open cases of a docket; return how many."""
    none = np.empty(0, dtype=np.int64)
    return _write_steps(_desks(held, 0, (none, none), (none, none), np.empty((0, 2), dtype=np.int64)), kept)


@njit(cache=True, nogil=True, error_model="numpy")
def _clear_cases(held: Held, place: Whole) -> None:
    """Move the cases that are open up, in their order; place: for their new rows, _NONE [cases + 1]."""
    month, open_cases, rows = held.month[0], 0, 0
    for case in range(month.cases):
        me = held.cases[case]
        if not me.is_open:
            continue
        to, length, at = held.cases[open_cases], me.last_row - me.first_row, me.row - me.first_row
        for row in range(length):
            held.steps[rows + row] = held.steps[me.first_row + row]
        held.cases[open_cases] = me
        to.first_row, to.last_row, to.row = rows, rows + length, rows + at
        for part in range(2):
            held.items[2 * open_cases + part] = held.items[2 * case + part]
            held.waiters[2 * open_cases + part] = held.waiters[2 * case + part]
        place[case], open_cases, rows = open_cases, open_cases + 1, rows + length
    for case in range(open_cases):
        held.cases[case].next = _moved(place, 2 * held.cases[case].next) >> 1
    for item in range(2 * open_cases):
        waiter = held.waiters[item]
        waiter.child, waiter.sibling = _moved(place, waiter.child), _moved(place, waiter.sibling)
    for office in range(len(held.queues)):
        for skill in range(_SKILLS):
            for end in range(held.queues.shape[2]):
                held.queues[office, skill, end] = _moved(place, held.queues[office, skill, end])
    for county in range(len(held.later)):
        held.later[county] = _moved(place, 2 * held.later[county]) >> 1
    for at in range(month.hands):
        held.hands[1, at] = _moved(place, held.hands[1, at])
    month.cases, month.steps = open_cases, rows


@njit(nogil=True)
def _moved(place: Whole, item: int) -> int:
    """An item where its case stands now; _NONE for none, for one that is over, and for what was never set."""
    case = place[item >> 1] if 0 <= item >> 1 < len(place) else _NONE
    return 2 * case + (item & 1) if case != _NONE else _NONE


_AS_IT_IS = np.empty(0, dtype=np.int64)
"""Places of work that stands by ascending case already."""


def _plain(column: Whole) -> Whole:
    """A column as the compiled code wants it: whole, contiguous, writable."""
    if column.dtype == np.int64 and column.flags.carray:
        return column
    return np.array(column, dtype=np.int64)


def _table(columns: Columns) -> Table:
    return tuple(_plain(getattr(columns, name)) for name in columns.names())


def _records(kind: Any, length: int) -> Any:
    """Room for records, of which two of a case lie in one line of the processor's cache."""
    room = np.empty(length * kind.itemsize + _LINE, dtype=np.uint8)
    first = -room.ctypes.data % _LINE
    return room[first : first + length * kind.itemsize].view(kind)


def _longer(records: Any, used: int, length: int) -> Any:
    """Room for more records, in which anything may stand behind those in use.

    They are copied as bytes: numpy copies records field by field, which takes four times as long.
    """
    more = _records(records.dtype, length)
    more[:used].view(np.uint8)[:] = records[:used].view(np.uint8)
    return more


class Docket:
    """Open cases at the desks, kept in place from month to month: see `engines.Docket`.

    Raises ValueError for what the compiled engine lacks: cases out of order, values beyond what the columns
    say; in `month`, workers out of order; IndexError when the calendar ends too early.
    """

    def __init__(self, steps: Steps, work: OpenWork, *, calendar: Calendar, bureau: Whole) -> None:
        first_office = counties(bureau)
        self._offices, room = (first_office, _plain(bureau)), _ROOM + 8 * len(work)
        lines = _ROOM + 8 * len(steps)
        self._calendar = (_plain(calendar.workday_of_day), _plain(calendar.day_of_workday))
        self._hours, count = np.array(calendar.sessions, dtype=np.int64), len(bureau)
        self._held = Held(
            np.zeros(1, dtype=_MONTH),
            _records(_STEP, lines),
            _records(_CASE, room),
            _records(_ITEM, 2 * room),
            _records(_WAITER, 2 * room),
            np.zeros(count, dtype=_OFFICE),
            np.full((count, _SKILLS, 2 * _CLASSES), _NONE, dtype=np.int64),
            np.zeros((count, _SKILLS), dtype=np.int64),
            np.full(len(first_office) - 1, _NONE, dtype=np.int64),
            np.empty((2, 0), dtype=np.int64),
            np.repeat(np.arange(len(first_office) - 1), np.diff(first_office)),
        )
        self.take(steps, work)

    def take(self, steps: Steps, work: OpenWork) -> None:
        """Take in cases, which come after all those there."""
        case, standings = work.case, (work.standing0, work.standing1)
        held = [int(np.count_nonzero(each == _IN_HAND)) for each in standings if each.any()]
        self._make_room(len(work), len(steps), int(self._now["hands"]) + sum(held))
        places = _AS_IT_IS if (case[1:] > case[:-1]).all() else np.argsort(case, kind="stable")
        _take_in(self._held, _table(steps), _table(work), places)

    @property
    def _now(self) -> Any:
        return self._held.month[0]

    def _make_room(self, cases: int, steps: int, hands: int) -> None:
        now, held = self._now, self._held
        is_full = now["cases"] + cases > len(held.cases) or now["steps"] + steps > len(held.steps)
        if is_full and 2 * now["open"] < now["cases"]:
            self._clear()
            held = self._held
        if now["cases"] + cases > len(held.cases):
            used, room = int(now["cases"]), (int(now["cases"]) + cases) * 2
            held = held._replace(
                cases=_longer(held.cases, used, room),
                items=_longer(held.items, 2 * used, 2 * room),
                waiters=_longer(held.waiters, 2 * used, 2 * room),
            )
        if now["steps"] + steps > len(held.steps):
            used = int(now["steps"])
            held = held._replace(steps=_longer(held.steps, used, (used + steps) * 2))
        if hands > held.hands.shape[1]:
            held = held._replace(hands=np.pad(held.hands, ((0, 0), (0, hands - held.hands.shape[1]))))
        self._held = held

    def _clear(self) -> None:
        """Let go of the cases that are over; the others keep their order."""
        _clear_cases(self._held, np.full(self._now["cases"] + 1, _NONE, dtype=np.int64))

    def month(
        self,
        steps: Steps,
        work: OpenWork,
        roster: Roster,
        absences: Absences,
        *,
        start: int,
        end: int,
    ) -> DeskMonth:
        """Take in cases, and run the desk work of every county from `start` to before `end` [tick]."""
        self.take(steps, work)
        self._make_room(0, 0, len(roster))
        done, idle_since = _run(
            self._held,
            _table(roster),
            _table(absences),
            self._calendar,
            self._offices,
            self._hours,
            (int(start), int(end), DAY_TICKS),
        )
        idle = dict(zip(roster.id.tolist(), idle_since.tolist(), strict=True))
        offices = self._held.offices
        return DeskMonth(
            Services(*done),
            idle,
            in_hand=np.sort(self._held.hands[0, : self._now["hands"]]),
            waiting=offices["waiting"].copy(),
            waiting_ticks=offices["waiting_ticks"].copy(),
        )

    def open_cases(self) -> Whole:
        """Ids of the open cases, ascending."""
        cases = self._held.cases[: self._now["cases"]]
        ids: Whole = cases["id"][cases["is_open"] == 1]
        return ids

    def open_work(self) -> OpenWork:
        """Where each open case stands."""
        stay = np.empty((len(OpenWork.names()), self._now["open"]), dtype=np.int64)
        _open(self._held, stay)
        return OpenWork(*stay)

    def open_steps(self) -> Steps:
        """All steps of the open cases."""
        kept = np.empty((len(Steps.names()), self._now["steps"]), dtype=np.int64)
        made = _open_steps(self._held, kept)
        return Steps(*kept[:, :made])


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

    Raises what `Docket` raises.
    """
    docket = Docket(steps, work, calendar=calendar, bureau=bureau)
    month = docket.month(Steps.empty(), OpenWork.empty(), roster, absences, start=start, end=end)
    return MonthDone(month.services, docket.open_steps(), docket.open_work(), month.idle_since)


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
