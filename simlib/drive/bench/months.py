"""Desk work month after month by one of the desks' engines, as a replication runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from simlib.desks.engines import open_docket
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
    docket = open_docket(engine, Steps.empty(), OpenWork.empty(), calendar=calendar, bureau=bureau)
    idle = dict[int, int]()
    for month in months:
        since = [idle.get(worker, month.start) for worker in month.roster.id.tolist()]
        roster = replace(month.roster, idle_since=np.array(since, dtype=np.int64))
        done = docket.month(month.steps, month.work, roster, month.absences, start=month.start, end=month.end)
        yield done.services
        idle = done.idle_since
