"""Names and colours: what each formula, money rule and cell is called on the page, and its one colour."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import pandas as pd

from simlib import words
from simlib.view.contract import GRID, STATUS_QUO, CellView, ExperimentView

PALETTE = ("#0072B2", "#D55E00", "#00876C", "#A63A87", "#6B5B00", "#56469B", "#B2182B", "#757575")
"""Colours of formulas in the order of the experiment. First two of Okabe & Ito, Color Universal Design, 2008;
all at least 3:1 against white and apart in lightness or hue for red-green blind readers."""

THOUSAND = 1_000
FAMILIAR = ("leshan-2020", "guangdong-2019", "hainan-2n", "guangdong-city-draft-2019", "wisn-workload")
"""Formulas whose colours are taken first, so that those most often compared differ most."""
YUAN_PER_WAN = 10_000
"""Money is shown in units of ten thousand yuan, as budget tables are."""


@dataclass(frozen=True, slots=True)
class Names:
    """Titles in one language, the colour of each formula, and which cells there are.

    keys: formula and money rule of each cell; views: the cells of each view, in the order of the experiment.
    are_formulas: whether what is compared beside money are formulas, not other choices under one of them.
    are_futures: whether one and the same choice is compared under several futures.
    unsaid: formulas that an option's name leaves out, alone in their views beside several money rules.
    tells_money: whether an option's name says its money: not where all that are compared have one.
    """

    lang: str
    place: str
    cells: Mapping[str, str]
    formulas: Mapping[str, str]
    monies: Mapping[str, str]
    colours: Mapping[str, str]
    keys: Mapping[str, tuple[str, str]]
    views: Mapping[str, tuple[str, ...]]
    are_formulas: bool = True
    are_futures: bool = False
    unsaid: frozenset[str] = frozenset()
    tells_money: bool = True

    @property
    def chosen(self) -> str:
        """What options differ in beside money, as a heading."""
        kind = "future" if self.are_futures else "formula" if self.are_formulas else "option"
        return self.say(f"view.column.{kind}")

    def say(self, key: str, /, **values: object) -> str:
        """The words for `key` in this language."""
        return words.say(key, self.lang, **values)

    def or_code(self, key: str, code: str) -> str:
        """The words for `view.<key>.<code>`, or the code itself when the catalogue has none."""
        full = f"view.{key}.{code}"
        return words.say(full, self.lang) if words.has(full) else code

    def or_programme(self, code: str) -> str:
        """A programme in words, or the code itself where it is none."""
        key = f"places.programme.{code}"
        return words.say(key, self.lang) if words.has(key) else code

    def cell_option(self, scenario: str) -> str:
        """A cell in words, by its id."""
        return self.option(*self.keys[scenario])

    def option(self, formula: str, money: str) -> str:
        """A cell in words: the formula, then the money rule; of what all share, nothing."""
        if not self.tells_money:
            return self.formulas[formula]
        if formula in self.unsaid:
            return self.monies[money]
        return self.say("view.option", formula=self.formulas[formula], money=self.monies[money])


def names_of(experiment: ExperimentView, lang: str | None = None) -> Names:
    """The names of an experiment's cells in `lang` (default: the language in force)."""
    spoken = lang or words.current_lang()
    cells: list[CellView] = list(experiment.cells())
    compared = dict.fromkeys(cell.formula for cell in cells if cell.view != STATUS_QUO)
    formulas = {cell.formula: words.pick(dict(cell.formula_title), spoken) for cell in cells}
    monies = {cell.money for cell in cells if cell.view != STATUS_QUO}
    return Names(
        lang=spoken,
        place=words.pick(experiment.place.title, spoken),
        cells={cell.id: words.pick(dict(cell.title), spoken) for cell in cells},
        formulas=formulas,
        monies={cell.money: words.pick(dict(cell.money_title), spoken) for cell in cells},
        colours=own_colours({cell.formula: cell.law_formula for cell in cells if cell.formula in compared}),
        keys={cell.id: (cell.formula, cell.money) for cell in cells},
        views={
            view: tuple(cell.id for cell in cells if cell.view == view) for view in {c.view for c in cells}
        },
        are_formulas=_are_formulas(cells),
        are_futures=_are_futures(cells),
        unsaid=_unsaid(cells),
        tells_money=len(monies) != 1 or len(compared) < 2,
    )


def _unsaid(cells: Sequence[CellView]) -> frozenset[str]:
    """Formulas that stand alone in each of their views, with more than one money rule."""
    views: dict[str, set[str]] = {}
    monies: dict[str, set[str]] = {}
    for cell in cells:
        if cell.view != STATUS_QUO:
            views.setdefault(cell.view, set()).add(cell.formula)
            monies.setdefault(cell.formula, set()).add(cell.money)
    crowded = set().union(*(found for found in views.values() if len(found) > 1))
    return frozenset(formula for formula, found in monies.items() if len(found) > 1) - crowded


def own_colours(formulas: Mapping[str, str], taken: Collection[str] = ()) -> dict[str, str]:
    """The colour of each choice, by its own name: that of its formula on every page and at the panel.

    formulas: the law's id of each choice's formula. Where another choice has the colour already, the next;
    once all are had, the same again but for those that are taken.
    """
    colours: dict[str, str] = {}
    for choice, formula in formulas.items():
        at = FAMILIAR.index(formula) if formula in FAMILIAR else crc32(formula.encode())
        turns = [PALETTE[(at + step) % len(PALETTE)] for step in range(len(PALETTE))]
        turns = [colour for colour in turns if colour not in taken] or turns
        colours[choice] = next((each for each in turns if each not in colours.values()), turns[0])
    return colours


def _are_formulas(cells: Sequence[CellView]) -> bool:
    """Whether the cells compared differ in their formula: not where several choices stand under one."""
    asked = {cell.formula: cell.law_formula for cell in cells if cell.view == GRID}
    return len(asked) < 2 or len(set(asked.values())) > 1


def _are_futures(cells: Sequence[CellView]) -> bool:
    """Whether the cells compared all choose the same, so that what may come is all they differ in."""
    policies = [dict(cell.policy) for cell in cells if cell.view == GRID]
    return len(policies) > 1 and all(policy == policies[0] for policy in policies)


def is_missing(value: object) -> bool:
    """Whether a cell of a table holds nothing."""
    return (
        value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
    )


def number(value: float | None, *, digits: int = 1) -> str:
    """A number with thousands marked, decimals only where it has any; a dash when there is none.

    >>> number(1234.0), number(0.26), number(None)
    ('1,234', '0.3', '—')
    """
    if value is None or is_missing(value):
        return "—"
    rounded = round(float(value), digits)
    return f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.{digits}f}"


def counted(value: float | None) -> str:
    """A mean of counts: from a thousand on in whole numbers, whose decimals say nothing.

    >>> counted(79_199.5), counted(724.5)
    ('79,200', '724.5')
    """
    return number(value, digits=0 if value is not None and abs(value) >= THOUSAND else 1)


def percent(share: float | None) -> str:
    """A share 0..1 in per cent with one decimal.

    >>> percent(0.8125)
    '81.2%'
    """
    return "—" if share is None or is_missing(share) else f"{share * 100:.1f}%"


def wan(yuan: float | None, *, digits: int = 1) -> str:
    """An amount of yuan in units of ten thousand; four digits show it to the yuan.

    >>> wan(1_234_000)
    '123.4'
    """
    return "—" if yuan is None or is_missing(yuan) else number(yuan / YUAN_PER_WAN, digits=digits)


def interval(mean: float | None, low: float | None, high: float | None, *, share: bool = False) -> str:
    """A mean with its interval in brackets.

    >>> interval(0.8, 0.75, 0.85, share=True)
    '80.0% (75.0–85.0)'
    """
    if is_missing(mean):
        return "—"
    centre = percent(mean) if share else counted(mean)
    if low is None or high is None or is_missing(low) or is_missing(high):
        return centre
    if f"{low:.6g}" == f"{high:.6g}":
        return centre
    ends = (f"{low * 100:.1f}", f"{high * 100:.1f}") if share else (counted(low), counted(high))
    return f"{centre} ({ends[0]}–{ends[1]})"


def breadth(text: str) -> int:
    """Width of a text in half-width characters; a Chinese character counts two.

    >>> breadth("低保 2")
    6
    """
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(text: str, limit: int = 26) -> str:
    """A text in lines of at most `limit` half-width characters, broken at spaces or between Chinese ones.

    >>> wrapped("one two three", 8)
    'one two\\nthree'
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line.strip() and breadth(line + piece.rstrip()) > limit:
            lines.append(line.strip())
            line = ""
        line += piece
    return "\n".join([*lines, line.strip()])


def _pieces(text: str) -> list[str]:
    """Where a line may break: after a space, around a wide character; never after an opening mark."""
    pieces: list[str] = []
    for char in text:
        wide = breadth(char) == 2 and char not in "，。、；：）》！？％"
        runs_on = not wide and not (pieces and pieces[-1].endswith(" ")) and char != "("
        joins = pieces and (runs_on or pieces[-1][-1] in "（《“(")
        if joins:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces
