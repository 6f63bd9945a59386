"""An experiment that was run, opened for reading: what notebooks, reports and the command line look at.

Everything is read from the experiment's folder: `data/experiment.json`, the frames of posts beside it, and
the store. Nothing here simulates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, partial
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.errors import Problem, ScenarioError
from simlib.places.place import Place, load_place
from simlib.policy.statutes import home_of, own_law
from simlib.results import contracts, means, measures, money, needmet, posts, services, store, tradeoff
from simlib.results.facts import FILE, FORMAT, Cell, Text
from simlib.results.keptlaw import kept_law
from simlib.results.measures import Frames
from simlib.results.parquet import parquet_frame
from simlib.results.services import ServiceFrames, by_county, by_item, fared, follow_up
from simlib.scenario import Goal, Scenario, retold
from simlib.yamlfile import nearest
from simlib.years.cases.households import STOCKS
from simlib.years.records import SCHEMA_NUMBER, Tables


def _fared(key: str, _: Frames, services: ServiceFrames) -> pd.DataFrame:
    """How families fared by year and a key."""
    return fared(services, key)


KEPT: Mapping[str, Callable[[Frames], pd.DataFrame]] = {
    "by_replication": measures.by_replication,
    "path": measures.path,
    "monthly": measures.monthly,
    "cost_by_year": measures.cost_by_year,
    "by_office": measures.by_office,
    "by_term": measures.by_term,
    "staff_changes": lambda frames: posts.staff_changes(frames.workforce),
    "cost_by_source": lambda frames: money.cost_by_source(frames.money, frames.service_money),
    "ledger_years": lambda frames: money.ledger_years(frames.money, frames.service_money),
    "advances": lambda frames: money.advances_by_month(frames.money),
    "grant_left": lambda frames: money.grant_left(frames.money, frames.service_money),
    "contracts": lambda frames: frames.contracts,
    "contract_steps": lambda frames: frames.contract_steps,
}
"""Frames of measures that are formed once for a cell and kept."""
SERVED: Mapping[str, Callable[[Frames, ServiceFrames], pd.DataFrame]] = {
    "option_facts": tradeoff.option_facts,
    "service_items": lambda _, services: by_item(services),
    "service_counties": lambda _, services: by_county(services),
    "service_follow_up": lambda _, services: follow_up(services),
    "service_money": lambda _, services: services.money,
    **{f"fared_{key}": partial(_fared, key) for key in ("grade", "programme", "area_code")},
}
"""The same of services for families."""


@cache
def measures_digest() -> str:
    """Digest of how measures are formed: with other definitions, kept frames are formed again."""
    files = (
        Path(str(part.__file__)).read_bytes()
        for part in (means, measures, money, posts, contracts, services, needmet, tradeoff)
    )
    return hashlib.sha256(b"".join(files)).hexdigest()[:8]


class ExperimentResults:
    """An opened experiment. Frames are computed on first use and kept."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder, self._facts = folder, facts
        self.id: str = facts["id"]
        self.title: Text = facts["title"]
        self.question: Text = facts["question"]
        self.notes: Sequence[Text] = facts["notes"]
        self._cells = {
            item["id"]: Cell(**{**item, "price_fen": tuple(item["price_fen"])}) for item in facts["cells"]
        }
        self._frames: dict[str, Frames] = {}
        self._served: dict[str, ServiceFrames] = {}

    def cells(self) -> list[Cell]:
        """The cells, in the experiment's order."""
        return list(self._cells.values())

    def missing(self) -> Sequence[Mapping[str, str]]:
        """Cells that could not be simulated: id, error."""
        found: Sequence[Mapping[str, str]] = self._facts.get("missing", ())
        return found

    def missing_note(self, lang: str) -> str:
        """That cells are missing, which, and what this means for the comparison; empty if none is."""
        if not self.missing():
            return ""
        names = ", ".join(item["id"] for item in self.missing())
        there = len(self._cells)
        return words.say("plan_missing", lang, there=there, total=there + len(self.missing()), names=names)

    @cached_property
    def place(self) -> Place:
        """The place that was simulated."""
        return load_place(self.folder / "data" / "place")

    def law_folders(self) -> tuple[Path, ...]:
        """Folders of law beside the package's own that it was read by, as kept with it.

        Of a run from before law was kept: the workspace's today.
        """
        if "law" in self._facts:
            return kept_law(self.folder / "data", self._facts["law"])
        home = home_of(self.folder)
        return () if home is None else tuple(own_law(home))

    def scenario(self, cell: str) -> Scenario:
        """The scenario of a cell, on the experiment's own copy of the place. Raises ScenarioError."""
        return retold(cell, self._cell(cell).told, self.folder / "data" / "place")

    def frames(self, scenario: str) -> Frames:
        """The tables of a cell as frames. Raises ScenarioError for an unknown cell."""
        cell = self._cell(scenario)
        if scenario not in self._frames:
            tables = self._tables(cell)
            self._frames[scenario] = Frames.of(
                tables,
                first_year=self._facts["first_year"],
                posts_existing=cell.posts_existing,
                posts_gap=cell.posts_gap,
            )
        return self._frames[scenario]

    def _tables(self, cell: Cell) -> Tables:
        folder = store.run_folder(self.folder / "data", cell.hash)
        return store.load_run(folder, self._facts["replications"])

    def _services(self, scenario: str) -> ServiceFrames:
        if scenario not in self._served:
            tables = self._tables(self._cell(scenario))
            self._served[scenario] = ServiceFrames.of(tables, first_year=self._facts["first_year"])
        return self._served[scenario]

    def option_facts(self, scenario: str) -> pd.DataFrame:
        """What clerks and services do in a cell, a row a replication; see `results.tradeoff`."""
        return self._kept(scenario, "option_facts")

    def service_items(self, scenario: str) -> pd.DataFrame:
        """Services by item over the plan, mean of replications; see `results.services.by_item`."""
        return self._kept(scenario, "service_items")

    def service_counties(self, scenario: str) -> pd.DataFrame:
        """Services and their money by county; see `services.by_county`."""
        return self._kept(scenario, "service_counties")

    def service_follow_up(self, scenario: str) -> pd.DataFrame:
        """Return visits, modelled satisfaction, evaluations and renewal by year; see `services.follow_up`."""
        return self._kept(scenario, "service_follow_up")

    def grant_left(self, scenario: str) -> pd.DataFrame:
        """What grants leave for services after benefits, by year; see `results.money.grant_left`."""
        return self._kept(scenario, "grant_left")

    def service_money(self, scenario: str) -> pd.DataFrame:
        """The funds of services month by month, all replications; none where none are bought."""
        return self._kept(scenario, "service_money")

    def fared(self, scenario: str, key: str) -> pd.DataFrame:
        """How families fared by year and `grade`, `programme` or `area_code`; see `results.services`."""
        return self._kept(scenario, f"fared_{key}")

    def _cell(self, scenario: str) -> Cell:
        if scenario not in self._cells:
            names = ", ".join(self._cells)
            raise ScenarioError(Problem("experiment_cell", values={"found": scenario, "known": names}))
        return self._cells[scenario]

    def _kept(self, scenario: str, name: str) -> pd.DataFrame:
        """A frame of measures of one cell, formed once and kept beside the store."""
        form = self._post_steps if name == "post_steps" else KEPT.get(name)
        cell = self._cell(scenario)
        key = f"{cell.hash[:16]}-{self._facts['replications']}-{measures_digest()}"
        path = self.folder / "data" / "measures" / f"{key}.{name}.parquet"
        if not path.is_file():
            sink = BytesIO()
            frames = self.frames(scenario)
            found = form(frames) if form else SERVED[name](frames, self._services(scenario))
            found.to_parquet(sink, index=False)
            store.write_file(path, sink.getvalue())
        return parquet_frame(path)

    def form_measures(self) -> None:
        """Form every cell's measures now, so that whoever reads them later waits for nothing."""
        for cell in self.cells():
            for name in (*KEPT, "post_steps", *(SERVED if cell.buys_services else ())):
                self._kept(cell.id, name)
            self._frames.pop(cell.id, None)
            self._served.pop(cell.id, None)

    def summary(self) -> pd.DataFrame:
        """Every measure of every cell: scenario, formula, money, view, measure, year, mean, low, high, n."""
        return self._summary.copy()

    @cached_property
    def _summary(self) -> pd.DataFrame:
        parts = []
        for cell in self.cells():
            frame = measures.summarised(self._kept(cell.id, "by_replication"))
            facts = {"scenario": cell.id, "formula": cell.formula, "money": cell.money, "view": cell.view}
            for at, (name, value) in enumerate(facts.items()):
                frame.insert(at, name, value)
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)

    @property
    def goal(self) -> Goal:
        """What a choice is made by."""
        return Goal(**self._facts.get("goal", {}))

    def by_replication(self, measure: str, goal: Goal | None = None) -> pd.DataFrame:
        """One measure of every cell, replication by replication, as a decision looks at it.

        Columns: scenario, view, replication, value (of the whole plan), met (whether the goal's target is met
        in every year; yes where it has none), path (see `results.measures.path`).
        Raises ScenarioError for an unknown measure.
        """
        aim = goal or self.goal
        check_measures(measure, aim.target_measure)
        parts = []
        for cell in self.cells():
            kept = self._kept(cell.id, "by_replication")
            rows = kept[(kept["measure"] == measure) & (kept["year"] == measures.ALL_YEARS)]
            frame = rows[["replication", "value"]].assign(
                scenario=cell.id,
                view=cell.view,
                met=rows["replication"].map(targets_met(kept, aim)).to_numpy(bool),
                path=str(self._kept(cell.id, "path")["path"].iloc[0]),
            )
            parts.append(frame[["scenario", "view", "replication", "value", "met", "path"]])
        return pd.concat(parts, ignore_index=True)

    def monthly(self, scenario: str) -> pd.DataFrame:
        """Month by month for one cell: on-time share with interval, open cases, posts."""
        frame = self._kept(scenario, "monthly")
        frame.insert(0, "scenario", scenario)
        frame["month"] = [date(when.year, when.month, 1) for when in frame["month"]]
        return frame

    def cost_by_year(self, scenario: str) -> pd.DataFrame:
        """Cost lines of one cell by year against their limit [yuan]."""
        frame = self._kept(scenario, "cost_by_year")
        frame.insert(0, "scenario", scenario)
        return frame

    def _post_steps(self, frames: Frames) -> pd.DataFrame:
        towns, bureaus = self.place.townships, self.place.counties
        pairs = ((towns, "area_code"), (bureaus, "county_code"))
        existing = {
            str(code): int(count)
            for frame, key in pairs
            for code, count in zip(frame[key], frame["posts_payroll"] + frame["posts_contract"], strict=True)
        }
        return posts.post_steps(frames.workforce, existing)

    def post_steps(self, scenario: str) -> pd.DataFrame:
        """What becomes of posts from required to effective, by replication and year; see `results.posts`."""
        return self._kept(scenario, "post_steps")

    def staff_changes(self, scenario: str) -> pd.DataFrame:
        """Who came, who left and why, by replication, year and kind [person]."""
        return self._kept(scenario, "staff_changes")

    def cost_by_source(self, scenario: str) -> pd.DataFrame:
        """Cost by year, line and source, mean of replications [yuan]."""
        return self._kept(scenario, "cost_by_source")

    def ledger_years(self, scenario: str) -> pd.DataFrame:
        """The ledger of every fund by county and year, replication by replication [fen]."""
        return self._kept(scenario, "ledger_years")

    def advances(self, scenario: str) -> pd.DataFrame:
        """What counties have advanced at each month's end: replication, month, yuan."""
        return self._kept(scenario, "advances")

    def step_terms(self, scenario: str) -> pd.DataFrame:
        """Terms of single steps: term, due, in_time, on_time_share."""
        return self._kept(scenario, "by_term")

    def contracts(self, scenario: str) -> pd.DataFrame:
        """The contracts of a cell, all replications."""
        return self._kept(scenario, "contracts")

    def contract_steps(self, scenario: str) -> pd.DataFrame:
        """The steps of its purchases and contracts, all replications."""
        return self._kept(scenario, "contract_steps")

    def staffing(self, scenario: str) -> pd.DataFrame:
        """Posts the cell's formula asks for, by office, as `simlib staffing` prints them."""
        return parquet_frame(self._posts(scenario, "staffing"))

    def funded(self, scenario: str) -> pd.DataFrame:
        """Posts bought by office with the first year's money: area_code, funded."""
        return parquet_frame(self._posts(scenario, "funded"))

    def _posts(self, scenario: str, name: str) -> Path:
        return self.folder / "data" / "posts" / f"{scenario}.{name}.parquet"

    def price_fen(self, scenario: str) -> Sequence[int]:
        """Price of a bought post in each year of the plan [fen]."""
        return self._cells[scenario].price_fen

    def townships(self, scenario: str) -> pd.DataFrame:
        """Townships of one cell: caseload, posts required, existing, bought and filled, timeliness."""
        towns = self.place.townships
        staffing = self.staffing(scenario)
        offices = self._kept(scenario, "by_office").set_index("office")
        posts = staffing[staffing["level"] == "township"].set_index("area_code")
        existing = (towns["posts_payroll"] + towns["posts_contract"]).to_numpy()
        codes = towns["area_code"]
        columns = {
            "scenario": scenario,
            "county": towns["county"],
            "area_code": codes,
            "area": towns["area"],
            "households": _caseload(towns, "households"),
            "persons": _caseload(towns, "persons"),
            "posts_required": codes.map(posts["posts_required"]).fillna(0).astype("int64"),
            "posts_existing": existing,
            "gap": codes.map(posts["gap"]).fillna(0).astype("int64"),
            "posts_funded": existing + codes.map(offices["posts_bought"]).fillna(0).to_numpy(),
            "posts_filled": codes.map(offices["posts_filled"]).fillna(0),
            "on_time_share": codes.map(offices["on_time_share"]),
            "wait_days_mean": codes.map(offices["wait_days_mean"]),
        }
        return pd.DataFrame(columns)

    def legal(self) -> Sequence[Mapping[str, Any]]:
        """Formulas and money rules used: document, article, status, readings, interpretations."""
        return list(self._facts["legal"])

    def assumptions(self) -> Sequence[Mapping[str, Any]]:
        """Every assumption the simulation read: key, label, value, low, high, unit, status, source."""
        return list(self._facts["assumptions"])

    def completed(self) -> Sequence[Mapping[str, Any]]:
        """Columns of the place that were derived or assumed: file, column, text."""
        return list(self._facts.get("completed", ()))

    def record(self) -> Mapping[str, Any]:
        """How the experiment was run."""
        return dict(self._facts["record"])

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(words.pick(dict(cell.title)))}</li>" for cell in self.cells())
        return f"<p><b>{escape(words.pick(dict(self.title)))}</b></p><ul>{rows}</ul>"


def check_measures(*names: str) -> None:
    """Raise ScenarioError naming the first that is no measure, with the one it is like, or else all."""
    for name in names:
        if name not in measures.MEASURES:
            near = nearest(name, measures.MEASURES)
            key = "measure_unknown" if near in measures.MEASURES else "scenario_choice"
            values = {"found": name, "near": near, "known": ", ".join(measures.MEASURES)}
            raise ScenarioError(Problem(key, column="goal", values=values))


def check_goal(goal: Goal) -> None:
    """Raise ScenarioError for a goal of unknown measures, or a share to be reached that is no share."""
    check_measures(goal.measure, goal.target_measure)
    if goal.target is not None and goal.target_measure.endswith("_share") and goal.target > 1:
        values = {"option": "goal.target", "found": goal.target}
        raise ScenarioError(Problem("cli_share", values=values))


def targets_met(kept: pd.DataFrame, goal: Goal) -> pd.Series:
    """Whether a replication meets the target in every year of the plan; a year without a value meets none."""
    rows = kept[(kept["measure"] == goal.target_measure) & (kept["year"] != measures.ALL_YEARS)]
    if goal.target is None:
        good = pd.Series(True, index=rows.index)
    elif goal.target_measure in measures.LARGER_IS_BETTER:
        good = rows["value"] >= goal.target
    else:
        good = rows["value"] <= goal.target
    return good.groupby(rows["replication"]).all()


def _caseload(towns: pd.DataFrame, unit: str) -> pd.Series:
    return towns[[f"{name}_{unit}" for name in STOCKS]].sum(axis=1)


def open_experiment(folder: Path | str) -> ExperimentResults:
    """The experiment in a folder that `simlib plan` wrote.

    Raises ScenarioError where the folder holds none, or one that another version of the program wrote.
    """
    path = Path(folder)
    try:
        facts = json.loads((path / "data" / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        raise ScenarioError(Problem("experiment_absent", str(folder))) from None
    if facts.get("format") != FORMAT or facts.get("schema") != SCHEMA_NUMBER:
        raise ScenarioError(Problem("experiment_version", str(folder)))
    return ExperimentResults(path, facts)
