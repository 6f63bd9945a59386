"""Scenario and experiment files: read, checked, overridden, named by a hash.

A scenario is one choice under one future: `place`, `policy` (what the planner decides), `future` (what is
uncertain), `run`. An experiment is a base scenario, axes of alternatives and views that combine them.
Frozen once loaded; unknown keys are errors that name the nearest.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from simlib.bounds import bounds_of, is_whole
from simlib.dated import DatedValue, Range
from simlib.designs import KEYS as DESIGN_KEYS
from simlib.designs import Design, read_design
from simlib.errors import LawError, Problem, ScenarioError
from simlib.policy.buying.purchasefile import CONDITIONS, METHODS, ROLES, SERVICES, STAGES, TRANSACTIONAL
from simlib.policy.procedure import SECOND_VISITORS, TOWNSHIP
from simlib.policy.services.items import SIDES
from simlib.policy.services.rationing import RULES
from simlib.policy.statutes import Law
from simlib.units import MONTHS_PER_YEAR
from simlib.yamlfile import Lines, load_yaml, nearest, on_one_line, shown_path

NONE = "none"
"""The formula that buys nobody; the money rule that binds nothing."""
FIXED = "fixed"
"""The money rule that is an amount of the planner's own (`cap_yuan`)."""
YEARLY = "yearly"
"""How often bought workers are appraised, if at all."""
ROLLOUT_DAYS = 3
"""Days a roll-out names: plan, hired, at work."""
SERVICE_DAYS = 2
"""Days of services for families: the first in priority townships, the first everywhere."""
YES, NO = "yes", "no"
REVIEW, APPLICATION = "review", "application"
"""What a marginal household goes through when its validity ends."""
BY_LAW = "by_law"
PAID, DEDUCTED = "paid", "deducted"
"""Contracts are bought step by step, as document and procurement law say."""
BY_AMOUNT = "by_amount"
"""The method of purchase follows from the amount and the place's thresholds."""

PLAN_ONLY = ("audit.", "budget.", "procurement.", "evaluation.", "services.", "needs.")
"""How the keys of assumptions begin that nothing reads before the plan: audits, money, contracts and services
for families start with it."""
MOST_POSTS = 999
"""Posts that can be given to one office; more is a slip of the pen."""

Text = Mapping[str, str]


def acts_in_run_up(key: str) -> bool:
    """Whether an assumption can move anything before the plan's first day."""
    return not key.startswith(PLAN_ONLY)


class Frozen(dict[str, Any]):
    """A mapping that cannot be changed and travels to workers."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a loaded scenario is not changed; make another with dataclasses.replace")

    __setitem__ = __delitem__ = update = setdefault = pop = popitem = clear = __ior__ = _refuse

    def __reduce__(self) -> tuple[type[Frozen], tuple[dict[str, Any]]]:
        return Frozen, (dict(self),)


_NOTHING = Frozen()
_ID = re.compile(r"\w[\w.%+-]{0,63}")
"""Ids of axes, alternatives and views: results and pages are named by them."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the planner decides.

    formula: id of a staffing formula, or `none`. reading, money_reading: answers that differ from default.
    money: id of a money rule, `fixed` or `none`. cap_yuan: yearly money for posts under `fixed`, for the
    whole place, shared over counties by their dibao spending [yuan]. share_for_posts: part of work funds
    that pays posts [0..1], None: what the rule's assumption says. sharing: proportional, keep_minimum or
    equal_load; method: largest_remainder or webster. spend: gap, or all (equal money). price_yuan: all-in
    price of a bought post in its first year [yuan], None: what the law says for this place; rise_share: its
    yearly rise [0..1]. money_as: whether a money rule is a cap, or a target that spending is compared with
    while every post is funded. workload_pay_share: pay of bought workers goes up and down with their office's
    workload by at most this part [0..0.5].
    The people it buys: term_years: length of their contracts [year]; appraisal: yearly, or none; rollout:
    days by which the plan stands, everybody is hired and all are at work, none: no recruitment campaign.
    services: id of the money rule services for families are bought under, or `none`: none are delivered;
    services_share: of last year's grant that is planned for them [0..1], within the rule's other limits.
    special_yuan, lottery_yuan, donations_yuan: for services in each year, outside that limit, for the whole
    place, shared over counties by their households [yuan]. services_pace: whether the year's money is free
    monthly (a twelfth each month, what is left included) or at_once; services_rationing: who goes first where
    it does not reach everybody: grade, first_come or equal_share; services_contract: paid by unit, or as a
    block. services_townships: codes of the priority townships, none: those with most families;
    services_dates: first day there, first day everywhere, none: as far apart as in the pilot, from the plan's
    first day on. services_document: id of the document services are bought under, whose panel evaluates them;
    none: evaluated by assumed weights. service_workers: of the providers, whole place, None: as assumed
    [person]. mutual_help: none, hardship ("hardship helps hardship"), sixty ("60 helps 80") or both.
    How the offices work, in the run-up too: decision: county, or delegated to the townships; duty: who
    answers emergencies outside opening hours, next_opening (nobody) or on_call; order: fifo, or due (the
    earliest term first) within a class; review_months: months of the year in which reviews are held
    (campaigns), none: spread over the year; second_visitor: who goes along on the township's visits for two,
    township (any two of its people), village (its assistant) or purchased (a bought worker beside a clerk).
    How terms are counted, in the run-up too: local_rule: id of a local rule, or none; roll: yes, a term in
    calendar days that ends on a rest day ends on the next working day (民法典 art. 203), or no.
    marginal_renewal: review, a marginal household is re-verified when its validity ends, or application.
    purchase: none (bought posts need no contract) or by_law, under the `document` on purchases.
    contract_work: what is bought; contract_years: length tendered [year]; contract_conditions: what holds of
    those a length above the normal asks for. purchase_method: by_amount, or a legal one where the amount
    allows it. award_price_weight: of the price in the score [0..1], 1: the lowest price alone, None: as
    assumed. evaluation_stages: evaluations held in each year of a contract; panel_members,
    panel_accountants [person] and panel_roles: who evaluates. supervision: none or double_random; takeover:
    none or by_plan. unmanned_pay: whether days a provider leaves unmanned are paid or deducted.
    posts: posts to be bought by code of a township or county bureau, in place of what the formula misses; an
    office that is not named gets none; empty: the formula decides [post].
    """

    formula: str = NONE
    reading: Mapping[str, str] = field(default_factory=Frozen)
    money: str = NONE
    money_reading: Mapping[str, str] = field(default_factory=Frozen)
    cap_yuan: int | None = None
    share_for_posts: float | None = None
    sharing: str = "proportional"
    method: str = "largest_remainder"
    spend: str = "gap"
    price_yuan: int | None = None
    rise_share: float = 0.0
    money_as: str = "cap"
    workload_pay_share: float = 0.0
    term_years: int = 3
    appraisal: str = YEARLY
    rollout: tuple[date, ...] = ()
    services: str = NONE
    services_share: float = 0.0
    special_yuan: int = 0
    lottery_yuan: int = 0
    donations_yuan: int = 0
    services_pace: str = "monthly"
    services_rationing: str = "grade"
    services_contract: str = "unit"
    services_townships: tuple[str, ...] = ()
    services_dates: tuple[date, ...] = ()
    services_document: str = NONE
    service_workers: int | None = None
    mutual_help: str = NONE
    decision: str = "county"
    duty: str = "next_opening"
    order: str = "fifo"
    review_months: tuple[int, ...] = ()
    second_visitor: str = TOWNSHIP
    local_rule: str = NONE
    roll: str = YES
    marginal_renewal: str = REVIEW
    purchase: str = NONE
    document: str = "national-102-2020"
    contract_work: str = "means_survey"
    contract_years: int = 1
    contract_conditions: tuple[str, ...] = ()
    purchase_method: str = BY_AMOUNT
    award_price_weight: float | None = None
    evaluation_stages: tuple[str, ...] = STAGES
    panel_members: int = 5
    panel_accountants: int = 1
    panel_roles: tuple[str, ...] = ROLES
    supervision: str = "double_random"
    takeover: str = "by_plan"
    unmanned_pay: str = DEDUCTED
    posts: Mapping[str, int] = field(default_factory=Frozen)


@dataclass(frozen=True, slots=True)
class Future:
    """What is uncertain. assumptions: `low`, `mode`, `high` or a number, by key of law/assumptions.

    rest_days, work_days: dates off or worked, over the published calendar. closed: dates on which single
    offices do not open, by the code of a township, or of a county for all its offices; terms run on.
    campaign_months: months of the year in which other work takes township clerks away. audit_months: of each
    plan year, in which an audit of the books lists households that must be looked into.
    freeze_month: month of every plan year on whose first day freeze_share of what the work fund still has is
    taken back [0..1]; 0: never. release_delay_months: by which a year's money can be used later than the vote
    allows, and the rest of the grants comes later [month].
    services_side: low, mode or high: side of the ranges of how common needs of services are.
    """

    assumptions: Mapping[str, Any] = field(default_factory=Frozen)
    rest_days: tuple[date, ...] = ()
    work_days: tuple[date, ...] = ()
    campaign_months: tuple[int, ...] = ()
    audit_months: tuple[int, ...] = ()
    closed: Mapping[str, tuple[date, ...]] = field(default_factory=Frozen)
    freeze_month: int = 0
    freeze_share: float = 0.0
    release_delay_months: int = 0
    services_side: str = "mode"


@dataclass(frozen=True, slots=True)
class Run:
    """How it is simulated: plan years, length of the run-up [month], seed, replications."""

    first_year: int = 2027
    years: int = 3
    opening_months: int = 24
    seed: int = 2027
    replications: int = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """One choice under one future, for one place."""

    id: str
    title: Text
    place: Path
    policy: Policy
    future: Future
    run: Run

    def status_quo(self) -> Scenario:
        """The same place, ways of work, future and run with nobody bought: as the run-up is simulated.

        Of the future, what acts from the plan's first day only is left out: alternatives share the run-up.
        """
        policy, future = self.policy, self.future
        as_today = Policy(
            decision=policy.decision,
            duty=policy.duty,
            order=policy.order,
            review_months=policy.review_months,
            second_visitor=policy.second_visitor,
            local_rule=policy.local_rule,
            roll=policy.roll,
            marginal_renewal=policy.marginal_renewal,
        )
        assumptions = {key: value for key, value in future.assumptions.items() if acts_in_run_up(key)}
        before = Future(
            assumptions=Frozen(assumptions),
            rest_days=future.rest_days,
            work_days=future.work_days,
            campaign_months=future.campaign_months,
            closed=future.closed,
        )
        return replace(self, policy=as_today, future=before)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a choice is made by.

    measure: that is to be best. indifference: its smallest difference worth finding [its unit]. confidence:
    with which the choice shall be right. target: what target_measure must reach in every year of the plan,
    None: nothing; demand: in which share of replications it must [0..1]. most: replications at most.
    """

    measure: str = "on_time_share"
    indifference: float = 0.01
    confidence: float = 0.95
    target_measure: str = "on_time_share"
    target: float | None = None
    demand: float = 0.95
    most: int = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """A scenario of an experiment: its view and the choice on each axis."""

    id: str
    view: str
    choices: Mapping[str, str]
    titles: Mapping[str, Text]
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Experiment:
    """Scenarios to be simulated and compared.

    designs: points at which the cells of a view are simulated besides; its cells are the options as they are.
    """

    id: str
    title: Text
    question: Text
    file: Path
    base: Scenario
    cells: tuple[Cell, ...]
    notes: tuple[Text, ...]
    goal: Goal = field(default_factory=Goal)
    designs: tuple[Design, ...] = ()

    def cell(self, cell_id: str) -> Cell:
        """The cell with this id."""
        return next(cell for cell in self.cells if cell.id == cell_id)


PARTS: dict[str, type] = {"policy": Policy, "future": Future, "run": Run}
_HOLDING = {
    part: {item.name for item in fields(shape) if str(item.type).startswith("Mapping")}
    for part, shape in PARTS.items()
}
"""Parameters that hold values by name, so that `--set` may name one of them."""
CHOICES = {
    "policy.sharing": ("proportional", "keep_minimum", "equal_load"),
    "policy.method": ("largest_remainder", "webster"),
    "policy.spend": ("gap", "all"),
    "policy.money_as": ("cap", "target"),
    "policy.appraisal": (YEARLY, NONE),
    "policy.decision": ("county", "delegated"),
    "policy.duty": ("next_opening", "on_call"),
    "policy.order": ("fifo", "due"),
    "policy.second_visitor": SECOND_VISITORS,
    "policy.roll": (YES, NO),
    "policy.marginal_renewal": (REVIEW, APPLICATION),
    "policy.purchase": (NONE, BY_LAW),
    "policy.contract_work": (*TRANSACTIONAL, *SERVICES),
    "policy.contract_conditions": CONDITIONS,
    "policy.purchase_method": (BY_AMOUNT, *METHODS),
    "policy.evaluation_stages": STAGES,
    "policy.panel_roles": ROLES,
    "policy.supervision": (NONE, "double_random"),
    "policy.takeover": (NONE, "by_plan"),
    "policy.unmanned_pay": (PAID, DEDUCTED),
    "policy.services_pace": ("monthly", "at_once"),
    "policy.services_rationing": tuple(RULES),
    "policy.services_contract": ("unit", "block"),
    "policy.mutual_help": (NONE, "hardship", "sixty", "both"),
    "future.services_side": SIDES,
}
RANGES: dict[str, tuple[float, float]] = {
    "policy.cap_yuan": (0, 1e12),
    "policy.share_for_posts": (0, 1),
    "policy.price_yuan": (1, 1e7),
    "policy.rise_share": (0, 1),
    "policy.workload_pay_share": (0, 0.5),
    "policy.term_years": (1, 3),
    "policy.services_share": (0, 1),
    "policy.special_yuan": (0, 1e12),
    "policy.lottery_yuan": (0, 1e12),
    "policy.donations_yuan": (0, 1e12),
    "policy.service_workers": (0, 1e6),
    "future.freeze_month": (0, MONTHS_PER_YEAR),
    "future.freeze_share": (0, 1),
    "future.release_delay_months": (0, 6),
    "policy.contract_years": (1, 10),
    "policy.award_price_weight": (0, 1),
    "policy.panel_members": (1, 99),
    "policy.panel_accountants": (0, 99),
    "run.first_year": (2006, 2095),
    "run.years": (1, 10),
    "run.opening_months": (1, 60),
    "run.seed": (0, 2**32 - 1),
    "run.replications": (1, 100_000),
    "goal.indifference": (1e-9, 1e12),
    "goal.confidence": (0.5, 0.9999),
    "goal.target": (0, 1e12),
    "goal.demand": (0.01, 0.9999),
    "goal.most": (20, 100_000),
}
SHARED = ("place", "run.first_year", "run.replications")
"""What all options of an experiment have in common: pages, pairs and years stand on it."""
_SCENARIO_KEYS = ("kind", "title", "place", "policy", "future", "run")
_EXPERIMENT_KEYS = ("kind", "title", "question", "base", "axes", "views", "notes", "goal")


def parameter_names() -> list[str]:
    """Names of every parameter a scenario may set, as `--set` takes them."""
    return [f"{part}.{item.name}" for part, shape in PARTS.items() for item in fields(shape)]


def load_scenario(path: Path | str, overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a file, with `key=value` overrides put in. Raises ScenarioError with every problem."""
    file = Path(path)
    content, reader = _open(file, "scenario", _SCENARIO_KEYS)
    tree = reader.tree(content, ())
    reader.override(tree, overrides)
    scenario = reader.scenario(tree, file.stem, content.get("title"), file)
    reader.finish()
    assert scenario is not None
    return scenario


def load_experiment(path: Path | str, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment of a file, with overrides put into its base. Raises ScenarioError with every problem.

    A scenario file is taken as an experiment of one cell.
    """
    file = Path(path)
    content, reader = _open(file, "experiment", _EXPERIMENT_KEYS, also="scenario")
    if content.get("kind") == "scenario":
        scenario = load_scenario(file, overrides)
        cell = Cell(scenario.id, "grid", _NOTHING, _NOTHING, scenario)
        return Experiment(scenario.id, scenario.title, _NOTHING, file, scenario, (cell,), ())
    base_tree = reader.tree(_given(content, "base", {}), ("base",))
    reader.override(base_tree, overrides)
    base = reader.scenario(base_tree, file.stem, content.get("title"), file, ("base",))
    if base is None:
        reader.finish()
    axes = reader.axes(_given(content, "axes", []))
    cells: list[Cell] = []
    views = reader.views(_given(content, "views", []), axes)
    notes = reader.texts(_given(content, "notes", []), "notes")
    asked = _given(content, "question", None)
    question = _NOTHING if asked is None else reader.text(asked, ("question",))
    for view in views:
        for values in itertools.product(*(axes[name] for name in view["axes"])):
            tree = {part: dict(items) for part, items in base_tree.items()}
            reader.stand_in_cell([*values, view])
            for each in (*values, view):
                reader.put(tree, each["set"])
            cell_id = "-".join([view["id"], *(value["id"] for value in values)])
            if cell_id in {cell.id for cell in cells}:
                reader.blame("scenario_twice", ("views",), found=cell_id)
            found = reader.scenario(tree, cell_id, content.get("title"), file)
            if found is not None:
                choices = dict(zip(view["axes"], (value["id"] for value in values), strict=True))
                titles = dict(zip(view["axes"], (value["title"] for value in values), strict=True))
                titles["view"] = view["title"]
                cells.append(Cell(cell_id, view["id"], Frozen(choices), Frozen(titles), found))
    reader.rows = {}
    goal = reader.goal(_given(content, "goal", {}))
    reader.finish()
    assert base is not None
    designs = tuple(view["design"] for view in views if view["design"] is not None)
    return Experiment(file.stem, base.title, question, file, base, tuple(cells), notes, goal, designs)


def rows_of(file: Path | str) -> Callable[[str], int | None]:
    """The row on which a file speaks of a parameter or assumption by name, if it does: the last one."""
    _, lines = load_yaml(Path(file))

    def row(name: str) -> int | None:
        said = [at for path, at in lines.items() if name and ".".join(map(str, path)).endswith(name)]
        return max(said, default=None)

    return row


def _open(file: Path, kind: str, keys: tuple[str, ...], also: str = "") -> tuple[Mapping[str, Any], _Reader]:
    try:
        content, lines = load_yaml(file)
    except LawError as error:
        raise ScenarioError(error.problems) from None
    reader = _Reader(shown_path(file), lines)
    if not isinstance(content, Mapping) or content.get("kind") not in (kind, also):
        found = content.get("kind") if isinstance(content, Mapping) else None
        raise ScenarioError(Problem("scenario_kind", reader.file, 1, values={"found": found, "meant": kind}))
    if content.get("kind") == kind:
        reader.unknown(content, keys, ())
    return content, reader


class _Reader:
    """Checks and builds what one file holds."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file, self.lines = file, lines
        self.rows: Lines = {}
        self.problems: list[Problem] = []

    def finish(self) -> None:
        """Raise what was found."""
        if self.problems:
            raise ScenarioError({problem.line(): problem for problem in self.problems}.values())

    def blame(self, key: str, path: tuple[Any, ...], /, **values: Any) -> None:
        """Note a problem at a path."""
        lines = self.lines | self.rows
        row = next((lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in lines), None)
        self.problems.append(Problem(key, self.file, row, ".".join(str(part) for part in path), values))

    def stand_in_cell(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """From now on, rows are those where a cell's parameters stand: in the base, or where they are set."""
        self.rows = {path[1:]: row for path, row in self.lines.items() if path[:1] == ("base",)}
        for entry in entries:
            for name in entry["set"]:
                row = self.lines.get((*entry["path"], "set", name))
                if row is not None:
                    self.rows[tuple(name.split(".", 2))] = row

    def unknown(self, entry: Mapping[str, Any], known: Sequence[str], path: tuple[Any, ...]) -> None:
        """Note keys that mean nothing."""
        for key in entry:
            if key not in known:
                self.blame("scenario_unknown", (*path, key), name=key, near=nearest(str(key), known))

    def tree(self, content: Any, path: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
        """Part by part what a scenario sets, unchecked values, checked names."""
        if not isinstance(content, Mapping):
            self.blame("scenario_not_mapping", path)
            content = _NOTHING
        if path:
            self.unknown(content, ("place", *PARTS), path)
        tree: dict[str, dict[str, Any]] = {"place": {"place": content.get("place")}}
        for part, shape in PARTS.items():
            entry = _given(content, part, {})
            if not isinstance(entry, Mapping):
                self.blame("scenario_not_mapping", (*path, part))
                entry = {}
            self.unknown(entry, [item.name for item in fields(shape)], (*path, part))
            tree[part] = dict(entry)
        return tree

    def override(self, tree: dict[str, dict[str, Any]], overrides: Sequence[str]) -> None:
        """Put `key=value` texts into the tree."""
        for text in overrides:
            name, found, value = text.partition("=")
            if not found:
                self.problems.append(Problem("scenario_override", "--set", values={"found": text}))
                continue
            self.put(tree, {name.strip(): _plain(value.strip())}, "--set")

    def put(self, tree: dict[str, dict[str, Any]], change: Mapping[str, Any], where: str = "") -> None:
        """Set dotted names in the tree; unknown ones are a problem of `where`, if that is said."""
        for name, value in change.items():
            part, _, rest = name.partition(".")
            key, _, inner = rest.partition(".")
            if name == "place":
                tree["place"]["place"] = value
            elif _is_parameter(name) and inner:
                held = tree[part].get(key)
                tree[part][key] = {**(held if isinstance(held, Mapping) else _NOTHING), inner: value}
            elif _is_parameter(name):
                tree[part][key] = value
            elif where:
                values = {"name": name, "near": nearest(name, parameter_names())}
                self.problems.append(Problem("scenario_unknown", where, values=values))

    def scenario(
        self,
        tree: Mapping[str, Mapping[str, Any]],
        scenario_id: str,
        title: Any,
        file: Path,
        path: tuple[Any, ...] = (),
    ) -> Scenario | None:
        """A scenario from its tree; None where a part is wrong."""
        before = len(self.problems)
        place = tree["place"]["place"]
        if not isinstance(place, str) or not (file.parent / place).is_dir():
            self.blame("scenario_place", (*path, "place"), found=place)
        parts = {name: self.part(shape, tree[name], (*path, name)) for name, shape in PARTS.items()}
        if len(self.problems) > before:
            return None
        text = {"zh": scenario_id, "en": scenario_id} if not title else self.text(title, ("title",))
        return Scenario(scenario_id, text, file.parent / str(place), **parts)

    def goal(self, entry: Any) -> Goal:
        """What the choice is made by."""
        if not isinstance(entry, Mapping):
            self.blame("scenario_not_mapping", ("goal",))
            return Goal()
        self.unknown(entry, [item.name for item in fields(Goal)], ("goal",))
        found: Goal = self.part(Goal, entry, ("goal",))
        return found

    def part(self, shape: type, entry: Mapping[str, Any], path: tuple[Any, ...]) -> Any:
        """Policy, Future or Run from plain values."""
        values: dict[str, Any] = {}
        for item in fields(shape):
            if item.name in entry and entry[item.name] is not None:
                values[item.name] = self.value(
                    str(item.type).partition(" | ")[0], entry[item.name], (*path, item.name)
                )
        return shape(**{name: value for name, value in values.items() if value is not None})

    def value(self, kind: str, found: Any, path: tuple[Any, ...]) -> Any:
        """One parameter's value, of its kind and in its range."""
        full = ".".join(str(part) for part in path[-2:])
        if kind.startswith("Mapping"):
            if not isinstance(found, Mapping):
                return self.blame("scenario_not_mapping", path)
            return Frozen({str(key): self.inner(full, value, (*path, key)) for key, value in found.items()})
        if kind.startswith("tuple[int"):
            months = range(1, MONTHS_PER_YEAR + 1)
            if not isinstance(found, list) or not all(type(each) is int and each in months for each in found):
                return self.blame("scenario_months", path)
            return tuple(sorted(set(found)))
        if kind.startswith("tuple[str"):
            return self.words(full, found, path)
        if kind.startswith("tuple"):
            return self.dates(found, path)
        if kind == "str":
            found = YES if found is True else NO if found is False else found
            if full in CHOICES and found not in CHOICES[full]:
                return self.blame("scenario_choice", path, found=found, known=", ".join(CHOICES[full]))
            return str(found)
        good = isinstance(found, int) if kind == "int" else isinstance(found, (int, float))
        low, high = RANGES[full]
        if not good or isinstance(found, bool) or not low <= found <= high:
            return self.blame("scenario_number", path, found=found, low=f"{low:g}", high=f"{high:g}")
        return int(found) if kind == "int" else float(found)

    def words(self, full: str, found: Any, path: tuple[Any, ...]) -> Any:
        """A list of words of a choice, in the order of the choice; of codes, where there is no choice."""
        if full not in CHOICES:
            if not isinstance(found, list):
                return self.blame("scenario_codes", path, found=found)
            return tuple(sorted({str(code) for code in found}))
        strange = (
            [word for word in found if word not in CHOICES[full]] if isinstance(found, list) else [found]
        )
        if strange:
            return self.blame("scenario_choice", path, found=strange[0], known=", ".join(CHOICES[full]))
        return tuple(word for word in CHOICES[full] if word in found)

    def dates(self, found: Any, path: tuple[Any, ...]) -> Any:
        """A list of dates."""
        if not isinstance(found, list) or not all(type(day) is date for day in found):
            return self.blame("scenario_dates", path)
        is_in_order = found == sorted(found)
        if path[-1] == "rollout" and not (is_in_order and len(found) in (0, ROLLOUT_DAYS)):
            return self.blame("scenario_rollout", path)
        if path[-1] == "services_dates" and not (is_in_order and len(found) in (0, SERVICE_DAYS)):
            return self.blame("scenario_service_days", path)
        return tuple(sorted(found))

    def inner(self, full: str, value: Any, path: tuple[Any, ...]) -> Any:
        """A value inside a mapping: an answer to a reading, an assumption, or dates."""
        if full == "future.assumptions":
            return value
        if full == "future.closed":
            return self.dates(value, path)
        if full == "policy.posts":
            if type(value) is int and 0 <= value <= MOST_POSTS:
                return value
            return self.blame("scenario_number", path, found=value, low="0", high=str(MOST_POSTS))
        return YES if value is True else NO if value is False else str(value)

    def text(self, found: Any, path: tuple[Any, ...]) -> Text:
        """A text in both languages."""
        is_text = isinstance(found, Mapping) and set(found) == {"zh", "en"}
        if not is_text or not all(_is_said(each) for each in found.values()):
            self.blame("scenario_text", path)
            return Frozen({"zh": str(found), "en": str(found)})
        return Frozen({"zh": str(found["zh"]), "en": str(found["en"])})

    def entries(self, found: Any, path: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], Mapping[str, Any]]]:
        """The entries of a list, each with its path; what is no list of mappings is a problem."""
        if not isinstance(found, list):
            self.blame("scenario_list", path)
            return []
        listed = []
        for place, entry in enumerate(found):
            if isinstance(entry, Mapping):
                listed.append(((*path, place), entry))
            else:
                self.blame("scenario_list", (*path, place))
        return listed

    def name(self, entry: Mapping[str, Any], seen: Container[str], path: tuple[Any, ...]) -> str:
        """The id of an entry; a problem where it has none, or one that was there before."""
        found = entry.get("id")
        name = str(found)
        if isinstance(found, bool) or not isinstance(found, (str, int, float)) or not _ID.fullmatch(name):
            self.blame("scenario_id", (*path, "id"), found=found)
        elif name in seen:
            self.blame("scenario_twice", (*path, "id"), found=name)
        return name

    def change(self, entry: Mapping[str, Any], path: tuple[Any, ...]) -> Mapping[str, Any]:
        """What an alternative or a view sets, by dotted name."""
        found = _given(entry, "set", {})
        if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
            self.blame("scenario_set", (*path, "set"))
            return {}
        for name in found:
            if not _is_parameter(name):
                near = nearest(name, parameter_names())
                self.blame("scenario_unknown", (*path, "set", name), name=name, near=near)
            elif name in SHARED:
                self.blame("scenario_shared", (*path, "set", name), name=name)
        return found

    def axes(self, found: Any) -> dict[str, list[dict[str, Any]]]:
        """Axes by id, each the list of its alternatives."""
        axes: dict[str, list[dict[str, Any]]] = {}
        for path, axis in self.entries(found, ("axes",)):
            self.unknown(axis, ("id", "title", "values"), path)
            if axis.get("title") is not None:
                self.text(axis["title"], (*path, "title"))
            values: dict[str, dict[str, Any]] = {}
            for here, value in self.entries(_given(axis, "values", []), (*path, "values")):
                self.unknown(value, ("id", "title", "set"), here)
                name = self.name(value, values, here)
                title = self.text(value.get("title"), (*here, "title"))
                values[name] = {"id": name, "title": title, "set": self.change(value, here), "path": here}
            if not values:
                self.blame("scenario_no_values", (*path, "values"))
            axes[self.name(axis, axes, path)] = list(values.values())
        return axes

    def views(self, found: Any, axes: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Views: which axes they combine and what they set besides."""
        views: dict[str, dict[str, Any]] = {}
        for path, view in self.entries(found, ("views",)):
            self.unknown(view, ("id", "title", "axes", "set", *DESIGN_KEYS), path)
            view_id = self.name(view, views, path)
            known = self.axes_of(_given(view, "axes", []), axes, (*path, "axes"))
            told = {"id": view_id, "title": self.text(view.get("title"), (*path, "title"))}
            told |= {"axes": known, "set": self.change(view, path), "path": path}
            views[view_id] = {**told, "design": read_design(view, view_id, path, self.blame)}
        if not views:
            self.blame("scenario_no_view", ("views",))
        return list(views.values())

    def axes_of(self, found: Any, axes: Mapping[str, Any], path: tuple[Any, ...]) -> list[str]:
        """The axes a view names, each once."""
        names = [str(name) for name in found] if isinstance(found, list) else [str(found)]
        for name in names:
            if name not in axes:
                self.blame("scenario_axis", path, found=name, near=nearest(name, list(axes)))
        if len(set(names)) < len(names):
            self.blame("scenario_twice", path, found=max(names, key=names.count))
        return [name for name in dict.fromkeys(names) if name in axes]

    def texts(self, found: Any, key: str) -> tuple[Text, ...]:
        """A list of texts in both languages."""
        return tuple(
            self.text(text, (key, at))
            for at, text in enumerate(found if isinstance(found, list) else [found])
        )


def changed(scenario: Scenario, change: Mapping[str, Any], scenario_id: str, file: str = "") -> Scenario:
    """The scenario with dotted names set anew, by another id; a name inside a mapping keeps its neighbours.

    Raises ScenarioError for what is no parameter of policy or future, or a value it cannot take.
    """
    reader = _Reader(file, {})
    parts: dict[str, Any] = {"policy": scenario.policy, "future": scenario.future}
    for name, value in change.items():
        part, _, rest = name.partition(".")
        key, _, inner = rest.partition(".")
        kinds = {item.name: str(item.type).partition(" | ")[0] for item in fields(PARTS.get(part, Goal))}
        if part not in parts or key not in kinds:
            blanks = {"name": name, "near": nearest(name, parameter_names())}
            reader.problems.append(Problem("scenario_unknown", file, values=blanks))
            continue
        if inner:
            old, new = getattr(parts[part], key), reader.inner(f"{part}.{key}", value, (part, key, inner))
            found = None if new is None else Frozen({**old, inner: new})
        else:
            found = reader.value(kinds[key], value, (part, key))
        if found is not None:
            parts[part] = replace(parts[part], **{key: found})
    reader.finish()
    return replace(scenario, id=scenario_id, **parts)


def replicated(scenario: Scenario, count: int) -> Scenario:
    """The scenario with so many replications. Raises ScenarioError for a number that cannot be."""
    reader = _Reader("", {})
    found = reader.value("int", count, ("run", "replications"))
    reader.finish()
    return replace(scenario, run=replace(scenario.run, replications=found))


def told(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """What a scenario sets, part by part, in plain values that JSON holds."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, tuple):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date) else value

    return {
        part: {item.name: plain(getattr(getattr(scenario, part), item.name)) for item in fields(shape)}
        for part, shape in PARTS.items()
    }


def retold(scenario_id: str, parts: Mapping[str, Mapping[str, Any]], place: Path) -> Scenario:
    """The scenario that `told` took apart, on a place."""

    def whole(kind: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            inner = "tuple[date" if "tuple[date" in kind else ""
            return Frozen({key: whole(inner, each) for key, each in value.items()})
        if isinstance(value, list):
            return tuple(date.fromisoformat(each) if "date" in kind else each for each in value)
        return value

    built = {
        part: shape(**{item.name: whole(str(item.type), parts[part][item.name]) for item in fields(shape)})
        for part, shape in PARTS.items()
    }
    return Scenario(scenario_id, Frozen({"zh": scenario_id, "en": scenario_id}), place, **built)


def _is_parameter(name: str) -> bool:
    """Whether a dotted name is the place, a parameter, or a name inside one that holds values by name."""
    part, _, rest = name.partition(".")
    key, dot, inner = rest.partition(".")
    known = {item.name: item for item in fields(PARTS[part])} if part in PARTS else {}
    return name == "place" or (key in known and (not dot or (bool(inner) and key in _HOLDING[part])))


def _given(entry: Mapping[str, Any], name: str, nothing: Any) -> Any:
    """What an entry holds under a name; nothing where it is left out or left blank."""
    found = entry.get(name)
    return nothing if found is None else found


def _is_said(found: Any) -> bool:
    """Whether a text says something: words or a number."""
    return isinstance(found, (str, int, float)) and not isinstance(found, bool) and bool(str(found).strip())


def _plain(text: str) -> Any:
    """A value written on the command line: a number, a word, or a list or mapping as YAML writes it."""
    if text[:1] in ("[", "{"):
        return on_one_line(text)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


class Assumed:
    """The law's dated values as one scenario sees them, and which of them were looked at.

    Values hold on the first day of the plan; `future.assumptions` moves those that are assumptions.
    Raises ScenarioError at once for a key that is no assumption or a value it cannot take.
    """

    def __init__(self, law: Law, scenario: Scenario) -> None:
        self.law, self.on = law, date(scenario.run.first_year, 1, 1)
        self.read: set[str] = set()
        self.moved: dict[str, int | float | Range] = {}
        problems = []
        for key, asked in scenario.future.assumptions.items():
            if key not in law.values:
                values = {"name": f"future.assumptions.{key}", "near": nearest(key, law.values)}
                problems.append(Problem("scenario_unknown", column=key, values=values))
                continue
            moved = _moved(law.values[key], asked, self.on)
            if moved is None:
                low, high = bounds_of(key, law.values[key].unit)
                values = {"found": asked, "low": f"{low:g}", "high": f"{high:g}"}
                problems.append(Problem("scenario_assumption", column=key, values=values))
            elif is_whole(key, law.values[key].unit) and any(number % 1 for number in _numbers(moved)):
                problems.append(Problem("dated_not_whole", column=key, values={"found": asked}))
            else:
                self.moved[key] = moved
        if problems:
            raise ScenarioError(problems)

    def value(self, key: str) -> int | float | Range:
        """A value or range. Raises LawError for an unknown key or a day outside its dates."""
        self.read.add(key)
        if key in self.moved:
            return self.moved[key]
        found: int | float | Range = self.law.dated(key).entry(self.on).value
        return found

    def number(self, key: str) -> float:
        """A value; of a range, the one held most likely."""
        found = self.value(key)
        return float(found.mode if isinstance(found, Range) else found)

    def canonical(self) -> list[list[str]]:
        """What was read, as plain text, for the hash."""
        return [[key, repr(self.value(key))] for key in sorted(self.read)]


def _numbers(value: int | float | Range) -> tuple[int | float, ...]:
    return (value.low, value.mode, value.high) if isinstance(value, Range) else (value,)


def _moved(dated: DatedValue, asked: Any, on: date) -> int | float | Range | None:
    """The value a future asks for: a side of the range, a number, or a range of its own."""
    known = dated.entry(on).value
    if asked in ("low", "mode", "high") and isinstance(known, Range):
        side: int | float = getattr(known, asked)
        return side
    is_range = isinstance(asked, Mapping) and set(asked) == {"low", "mode", "high"}
    numbers = [asked["low"], asked["mode"], asked["high"]] if is_range else [asked]
    if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers):
        return None
    low, high = bounds_of(dated.key, dated.unit)
    if not all(low <= number <= high for number in numbers) or numbers != sorted(numbers):
        return None
    return Range(*numbers) if is_range else asked


def scenario_hash(scenario: Scenario, **parts: Any) -> str:
    """sha256 of what moves a scenario's numbers: its values, and the digests given (place, law, code).

    Titles, workers and the number of replications stay out.
    """
    told = {
        "policy": _canonical(scenario.policy),
        "future": _canonical(scenario.future),
        "run": [scenario.run.first_year, scenario.run.years, scenario.run.opening_months, scenario.run.seed],
        **parts,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _ordered(value: Any) -> Any:
    """A range given by its names, in one order; all else as it is."""
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


def _canonical(part: Any) -> list[Any]:
    items = []
    for item in fields(part):
        value = getattr(part, item.name)
        if isinstance(value, Mapping):
            value = sorted((key, repr(_ordered(inner))) for key, inner in value.items())
        items.append([item.name, value])
    return items
