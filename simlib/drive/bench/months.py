"""Desk work month after month by one of the desks' engines, as a replication runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from simlib.desks.engines import run_month
from simlib.desks.network import Absences, OpenWork, Roster, Services, Steps, Whole
from simlib.worktime import Calendar


@dataclass(frozen=True, slots=True)
class Month:
    """What comes from `start` to before `end` [tick], and who is there."""

    start: int
    end: int
    steps: Steps
    work: OpenWork
    roster: Roster
    absences: Absences


def services_of(
    engine: str, months: Iterable[Month], *, bureau: Whole, calendar: Calendar
) -> Iterator[Services]:
    """What is done in each month, each taken up where the one before ended; nobody leaves.

    bureau: of each office, as `desks.network.counties` has it.
    """
    steps, work, idle = Steps.empty(), OpenWork.empty(), dict[int, int]()
    for month in months:
        joined = Steps.join([steps, month.steps])
        since = [idle.get(worker, month.start) for worker in month.roster.id.tolist()]
        done = run_month(
            engine,
            joined.pick(np.argsort(joined.case, kind="stable")),
            OpenWork.join([work, month.work]),
            replace(month.roster, idle_since=np.array(since, dtype=np.int64)),
            month.absences,
            calendar=calendar,
            bureau=bureau,
            start=month.start,
            end=month.end,
        )
        yield done.services
        steps, work, idle = done.steps, done.work, done.idle_since
