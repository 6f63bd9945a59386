"""What the view room reads: an experiment's results as plain tables, and nothing of how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import pandas as pd

from simlib.scenario import Goal

GRID, EQUAL_MONEY, STATUS_QUO = "grid", "equal_money", "status_quo"
"""The three views of a summary: formulas × money rules; the same yuan for all; staying as today."""

Edition = Literal["internal", "submission", "draft"]
"""Internal: all there is to know; submission: what is sent on; draft: the same of figures not all found."""

ALL_YEARS = 0
"""The `year` of a summary row that covers the whole plan."""

Text = Mapping[str, str]
"""One text in several languages: {zh: …, en: …}."""


class CellView(Protocol):
    """One cell of an experiment: a formula under a money rule in one of the three views."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """Its title."""

    @property
    def formula(self) -> str:
        """Id of its formula."""

    @property
    def law_formula(self) -> str:
        """The law's id of its formula, whatever the choice is called."""

    @property
    def policy(self) -> Mapping[str, Any]:
        """What it chooses: every lever of its policy by name."""

    @property
    def clauses(self) -> Sequence[Mapping[str, Any]]:
        """Of each document it buys under: document, buys, clauses."""

    @property
    def formula_title(self) -> Text:
        """Title of its formula."""

    @property
    def money(self) -> str:
        """Id of its money rule."""

    @property
    def money_rule(self) -> str:
        """The law's id of its money rule; that of a choice outside the law where it is under none."""

    @property
    def money_title(self) -> Text:
        """Title of its money rule."""

    @property
    def source_title(self) -> Text:
        """Where the money for bought posts comes from, as a form states it."""

    @property
    def view(self) -> str:
        """`grid`, `equal_money` or `status_quo`."""

    @property
    def view_title(self) -> Text:
        """Title of the view; empty where none was kept."""

    @property
    def buys_services(self) -> bool:
        """Whether it buys services for families."""


class PlaceView(Protocol):
    """What is read of a place."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """Its name, {zh, en}."""

    @property
    def townships(self) -> pd.DataFrame:
        """One row a township."""

    @property
    def counties(self) -> pd.DataFrame:
        """One row a county."""


class GroundsView(Protocol):
    """What an experiment's figures stand on, whether it has run or not."""

    @property
    def place(self) -> PlaceView:
        """The place it plans for."""

    def completed(self) -> Sequence[Mapping[str, Any]]:
        """Columns of the place that were derived or assumed: file, column, text."""

    def legal(self) -> Sequence[Mapping[str, Any]]:
        """Formulas and money rules used: document, article, status, readings, interpretations."""


class ExperimentView(Protocol):
    """An experiment that was run, opened for reading."""

    @property
    def folder(self) -> Path:
        """Where it stands."""

    def law_folders(self) -> tuple[Path, ...]:
        """Folders of law beside the package's own that it was read by."""

    @property
    def title(self) -> Text:
        """Its title."""

    @property
    def notes(self) -> Sequence[Text]:
        """What its author wants every reader to know: borrowed formulas, assumed prices."""

    @property
    def goal(self) -> Goal:
        """What a choice is made by."""

    @property
    def place(self) -> PlaceView:
        """The place it plans for."""

    def cells(self) -> Sequence[CellView]:
        """Its cells, in the order they are shown."""

    def summary(self) -> pd.DataFrame:
        """scenario, formula, money, view, measure, year (0: whole plan), mean, low, high, n."""

    def by_replication(self, measure: str) -> pd.DataFrame:
        """scenario, view, replication, value (whole plan), met (the goal's target in every year), path."""

    def townships(self, scenario: str) -> pd.DataFrame:
        """Columns scenario, county, area_code, area, households, persons, posts and on-time measures."""

    def monthly(self, scenario: str) -> pd.DataFrame:
        """Columns scenario, month, on_time_share, low, high, open_end, posts_filled, posts_effective."""

    def cost_by_year(self, scenario: str) -> pd.DataFrame:
        """Columns scenario, year, line, yuan, cap_yuan."""

    def cost_by_source(self, scenario: str) -> pd.DataFrame:
        """Columns year, line, source, yuan."""

    def staffing(self, scenario: str) -> pd.DataFrame:
        """Columns area_code, area, level, posts_required, posts_existing, gap."""

    def funded(self, scenario: str) -> pd.DataFrame:
        """Posts bought: columns area_code, funded."""

    def price_fen(self, scenario: str) -> int | Sequence[int]:
        """Price of a bought post, one or one a year of the plan [fen]."""

    def contracts(self, scenario: str) -> pd.DataFrame:
        """The contracts of a cell, all replications; see `years.records`."""

    def contract_steps(self, scenario: str) -> pd.DataFrame:
        """The steps of its purchases and contracts, all replications."""

    def legal(self) -> Sequence[Mapping[str, Any]]:
        """Formulas and money rules: id, title, document, article, status, readings."""

    def assumptions(self) -> Sequence[Mapping[str, Any]]:
        """Assumed values: key, label, value, low, high, unit, status, source."""

    def completed(self) -> Sequence[Mapping[str, Any]]:
        """Columns of the place that were derived or assumed: file, column, text {zh, en}."""

    def missing(self) -> Sequence[Mapping[str, str]]:
        """Cells that could not be simulated: id, error."""

    def missing_note(self, lang: str) -> str:
        """That cells are missing and what this means; empty if none is."""

    def record(self) -> Mapping[str, Any]:
        """How the run was made."""
