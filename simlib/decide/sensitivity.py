"""One assumption at a time: what moves when it goes to an end of its range, everything else and chance alike.

The scenario as it stands is run once, and once more for each end of each assumption. Replications are paired
by their number: they share their chance, so a difference is the assumption's doing and not luck.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from simlib import words
from simlib.dated import DatedValue, Range
from simlib.decide.expected import agrees, direction, expectations
from simlib.errors import Problem, ScenarioError
from simlib.policy.statutes import Law
from simlib.results import store
from simlib.results.measures import MEASURES, Frames, interval
from simlib.runs.runner import Progress, Stored, run_scenarios
from simlib.scenario import Frozen, Scenario
from simlib.units import MONTHS_PER_YEAR
from simlib.yamlfile import nearest
from simlib.years.setting import Setting

GROUPS = ("workforce", "budget", "procurement")
"""Groups taken where none is asked for; a group is a file of values, as in law/assumptions."""
LOW, BASE, HIGH = "low", "base", "high"
CHOSEN = (
    *("on_time_share", "posts_filled_mean", "vacancy_share", "cost_yuan", "unmanned_days", "gap_days"),
    *("advance_yuan", "excluded_months"),
)
"""Measures that are shown where none are asked for."""


@dataclass(frozen=True, slots=True)
class Movable:
    """An assumption that the scenario reads and that has a range. base: what the scenario takes now."""

    key: str
    title: Mapping[str, str]
    low: float
    base: float
    high: float

    def ends(self) -> list[str]:
        """The ends of its range where it does not stand already."""
        return [end for end in (LOW, HIGH) if getattr(self, end) != self.base]


@dataclass(frozen=True, slots=True)
class Seen:
    """A stored run as the measures look at it; years: of the plan."""

    frames: Frames
    years: int

    def posts(self, column: str) -> pd.Series:
        """Posts of townships and bureaus, mean of the months, by replication [post]."""
        rows = self.frames.workforce
        desks = rows[~rows["office"].str.endswith("V")]
        return desks.groupby("replication")[column].sum() / (self.years * MONTHS_PER_YEAR)


def _filled(seen: Seen) -> pd.Series:
    return seen.posts("filled")


def _vacancy(seen: Seen) -> pd.Series:
    """Part of the posts there are and the posts funded that nobody holds, mean of the months [0..1]."""
    there = seen.frames.posts_existing + seen.posts("funded")
    return 1 - seen.posts("filled") / there


def _of_frames(measure: Callable[[Frames], pd.Series]) -> Callable[[Seen], pd.Series]:
    return lambda seen: measure(seen.frames)


ALL: Mapping[str, Callable[[Seen], pd.Series]] = {
    **{name: _of_frames(measure) for name, measure in MEASURES.items()},
    "posts_filled_mean": _filled,
    "vacancy_share": _vacancy,
}
"""Every measure by replication over the whole plan; besides those of results: posts_filled_mean and
vacancy_share are means of the months."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Measures by replication, a column each: as the scenario stands, and with an assumption at an end."""

    assumptions: tuple[Movable, ...]
    stands: pd.DataFrame
    at: Mapping[tuple[str, str], pd.DataFrame]

    def difference(self, key: str, measure: str, end: str = HIGH, other: str = LOW) -> pd.Series:
        """What a measure is at one end of an assumption less what it is at another, by replication.

        end, other: `low`, `base` or `high`.
        """
        ends = (self.at.get((key, side), self.stands)[measure] for side in (end, other))
        one, less = ends
        return one - less

    def table(self) -> pd.DataFrame:
        """How each measure moves with each assumption: one row an assumption and measure.

        Columns: key, title, low, base, high (values of the assumption), measure, mean (as the scenario
        stands), at_low, at_low_from, at_low_to (mean paired difference from that with its 95 % interval, at
        the low end), the same at_high and as effect (from the low to the high end), n (replications), moves:
        where the measure goes from the low to the high end, up, down or neither (the interval of that
        difference holds 0, or there is one replication); expected: where planners expect it to go, nothing
        where nothing is expected; as_expected: yes, no, unsure (may be chance).
        """
        return pd.DataFrame(
            [self._row(item, measure) for item in self.assumptions for measure in self.stands.columns]
        )

    def _row(self, item: Movable, measure: str) -> dict[str, object]:
        pairs = ((LOW, BASE), (HIGH, BASE), (HIGH, LOW))
        at_low, at_high, between = (
            interval(self.difference(item.key, measure, one, other)) for one, other in pairs
        )
        expected = expectations().get((item.key, measure))
        return {
            "key": item.key,
            "title": words.pick(dict(item.title)),
            "low": item.low,
            "base": item.base,
            "high": item.high,
            "measure": measure,
            "mean": interval(self.stands[measure])[0],
            **dict(zip(("at_low", "at_low_from", "at_low_to"), at_low, strict=False)),
            **dict(zip(("at_high", "at_high_from", "at_high_to"), at_high, strict=False)),
            **dict(zip(("effect", "effect_from", "effect_to"), between, strict=False)),
            "n": between[3],
            "moves": (seen := direction(*between)),
            "expected": expected.arrow if expected else "",
            "as_expected": agrees(item.key, measure, seen),
        }


def movable(setting: Setting, asked: Sequence[str] = ()) -> tuple[list[Movable], list[str]]:
    """The assumptions asked for, by key or by group; and those of a group that the scenario does not read.

    An assumption that is asked for by its own key must be read and have a range.
    Raises ScenarioError naming what is no assumption, no group, not read, or known exactly.
    """
    law, problems = setting.law, list[Problem]()
    found, unread = dict[str, Movable](), list[str]()
    for name in asked or GROUPS:
        group = members(law, name)
        if not group and name not in law.values:
            known = [*GROUPS, *law.values]
            problems.append(
                Problem("sensitivity_unknown", values={"name": name, "near": nearest(name, known)})
            )
        for key in group or ([name] if name in law.values else []):
            span = _span(law.values[key], setting)
            if span is not None and key in setting.assumed.read:
                found[key] = span
            elif group:
                unread.append(key)
            else:
                problems.append(Problem("sensitivity_fixed", values={"name": key}))
    if problems:
        raise ScenarioError(problems)
    return list(found.values()), unread


def members(law: Law, group: str) -> list[str]:
    """Keys of the values that stand in a file of law of this name; none where there is no such group."""
    return [key for key, dated in law.values.items() if Path(dated.file).stem == group]


def _span(dated: DatedValue, setting: Setting) -> Movable | None:
    known = dated.entry(setting.assumed.on).value
    if not isinstance(known, Range) or known.low == known.high:
        return None
    now = setting.assumed.moved.get(dated.key, known)
    base = now.mode if isinstance(now, Range) else now
    return Movable(dated.key, dated.description, known.low, base, known.high)


def moved(scenario: Scenario, key: str, end: str) -> Scenario:
    """The scenario with one assumption at an end of its range."""
    assumptions = Frozen({**scenario.future.assumptions, key: end})
    return replace(scenario, future=replace(scenario.future, assumptions=assumptions))


def one_at_a_time(
    setting: Setting,
    assumptions: Sequence[Movable],
    root: Path,
    *,
    measures: Sequence[str] = CHOSEN,
    workers: int | None = None,
    law_paths: tuple[Path, ...] = (),
    fresh: bool = False,
    engine: str | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Moves:
    """Measures of the scenario as it stands, and with each assumption at either end of its range.

    What is stored under `root` is not simulated again. Raises ScenarioError for an unknown measure.
    """
    strange = [name for name in measures if name not in ALL]
    if strange:
        values = {"found": strange[0], "known": ", ".join(ALL)}
        raise ScenarioError(Problem("scenario_choice", column="--measure", values=values))
    ends = [(item.key, end) for item in assumptions for end in item.ends()]
    stored = run_scenarios(
        [setting.scenario, *(moved(setting.scenario, key, end) for key, end in ends)],
        root,
        workers=workers,
        law_paths=law_paths,
        fresh=fresh,
        engine=engine,
        cluster=cluster,
        progress=progress,
    )
    return Moves(
        tuple(assumptions),
        _values(setting, stored[0], measures),
        {where: _values(setting, run, measures) for where, run in zip(ends, stored[1:], strict=True)},
    )


def _values(setting: Setting, run: Stored, measures: Sequence[str]) -> pd.DataFrame:
    """The measures of a stored run, a column each, by replication."""
    tables = store.load_run(run.folder, run.replications)
    seen = Seen(
        frames=Frames.of(
            tables,
            first_year=setting.scenario.run.first_year,
            posts_existing=setting.posts_existing,
            posts_gap=setting.posts_gap,
        ),
        years=setting.scenario.run.years,
    )
    return pd.DataFrame({name: ALL[name](seen) for name in measures})
