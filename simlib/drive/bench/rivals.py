"""The same tasks as others would simulate them: SimPy as its manual teaches, and Ciw."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.units import TICKS_PER_MINUTE

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tasks:
    """Tasks of an office by arrival [tasks]: arrival and length [tick], class; the least goes first."""

    arrival: Whole
    ticks: Whole
    priority: Whole

    def __len__(self) -> int:
        return len(self.arrival)


class Arrival(simpy.Event):
    """A timeout that comes before what else happens at its tick: somebody arrives before somebody leaves."""

    def __init__(self, env: simpy.Environment, delay: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=simpy.events.URGENT, delay=delay)


def naive_starts(tasks: Tasks, workers: int) -> Whole:
    """When each task starts, by a SimPy process for each task and a PriorityResource [tick]."""
    env = simpy.Environment()
    desk = simpy.PriorityResource(env, capacity=workers)
    starts = [0] * len(tasks)
    arrival, ticks, priority = tasks.arrival.tolist(), tasks.ticks.tolist(), tasks.priority.tolist()

    def task(number: int) -> Generator[simpy.Event, None, None]:
        with desk.request(priority=priority[number]) as turn:
            yield turn
            starts[number] = int(env.now)
            yield env.timeout(ticks[number])

    def door() -> Generator[simpy.Event, None, None]:
        for number, tick in enumerate(arrival):
            yield Arrival(env, tick - int(env.now))
            env.process(task(number))

    env.process(door())
    env.run()
    return np.array(starts, dtype=np.int64)


def has_ciw() -> bool:
    """Whether Ciw is installed (the extra `bench`)."""
    return find_spec("ciw") is not None


def ciw_waits(tasks: Tasks, workers: int) -> tuple[Whole, NDArray[np.float64]]:
    """How many tasks of each class Ciw served, and how long they waited on average [classes], [tick]."""
    import ciw

    classes = np.unique(tasks.priority).tolist()
    names = [f"class {number}" for number in classes]
    minutes = tasks.arrival / TICKS_PER_MINUTE
    lengths = tasks.ticks / TICKS_PER_MINUTE
    own = [tasks.priority == number for number in classes]
    network = ciw.create_network(
        arrival_distributions={
            name: [ciw.dists.Sequential([*np.diff(minutes[rows], prepend=0.0).tolist(), math.inf])]
            for name, rows in zip(names, own, strict=True)
        },
        service_distributions={
            name: [ciw.dists.Sequential(lengths[rows].tolist())]
            for name, rows in zip(names, own, strict=True)
        },
        number_of_servers=[workers],
        priority_classes={name: place for place, name in enumerate(names)},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(float(minutes[-1] + lengths.sum()))
    waits: dict[str, list[float]] = {name: [] for name in names}
    for record in simulation.get_all_records():
        waits[record.customer_class].append(record.waiting_time)
    served = np.array([len(waits[name]) for name in names], dtype=np.int64)
    means = np.array([math.fsum(waits[name]) / len(waits[name]) for name in names])
    return served, means * TICKS_PER_MINUTE
