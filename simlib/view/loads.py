"""How many households one worker carries under every formula, as a township grows: the rows of a chart."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from simlib import words
from simlib.policy.posts.comparison import loads_by_size
from simlib.policy.statutes import Law
from simlib.view.annex import law_formula, law_of
from simlib.view.blocks import Block, paragraph
from simlib.view.contract import ExperimentView, PlaceView
from simlib.view.names import Names, number, own_colours
from simlib.view.tables import table

LEAST_HOUSEHOLDS = 50
MOST_SIZES = 3000
"""Most sizes looked at: up to this many households every size, so that a step stands where it is."""


QUARTERS = {"small": 0.25, "middle": 0.5, "large": 0.75}
"""Townships whose loads are told: a quarter, half and three quarters of them are smaller."""
MOST_CORNERS = 200
"""Corners of one line: where there are more, its steps lie closer together than the line is wide."""


def town_households(place: PlaceView) -> pd.Series:
    """Households of all programmes in each township."""
    return _caseload(place, "households")


def _caseload(place: PlaceView, unit: str) -> pd.Series:
    towns = place.townships
    return towns[[c for c in towns if str(c).endswith(f"_{unit}")]].sum(axis=1)


def load_curves(
    place: PlaceView,
    law: Law,
    lang: str,
    *,
    titles: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Households a post under every formula with a rule for townships, over the sizes a place has.

    Both ends of every run of sizes that ask for the same posts; between them the load rises with the size.
    Persons and population follow the households as in the place as a whole; each formula in its default
    reading, the township taken alone. titles, colours: of the formulas an experiment compares, by the law's
    id; the others are called by their region and year. Formulas that ask for the same at every size are one;
    those without a curve are named beside it (`attrs`).
    `attrs` also names those that are compared (`compared`: their titles here).
    Columns formula, title, colour, households, posts, load [household/post].
    """
    titles, colours = titles or {}, colours or {}
    households = town_households(place)
    total = max(int(households.sum()), 1)
    persons = Fraction(int(_caseload(place, "persons").sum()), total)
    towns = place.townships
    people = Fraction(int(towns["population"].sum()), total) if "population" in towns else Fraction(0)
    most = max(20 * LEAST_HOUSEHOLDS, int(households.max() * 5 // 4))
    sizes = range(LEAST_HOUSEHOLDS, most + 1, -(-most // MOST_SIZES))
    found = loads_by_size(
        list(sizes), law=law, persons_per_household=persons, population_per_household=people
    ).dropna(subset=["posts_required"])
    curves = {str(code): rows for code, rows in found[found["posts_required"] > 0].groupby("formula")}
    order = [code for code in titles if code in curves] + [code for code in curves if code not in titles]
    alike: dict[bytes, list[str]] = {}
    for code in order:
        key = curves[code][["households", "posts_required"]].to_numpy(float).tobytes()
        alike.setdefault(key, []).append(code)
    groups = list(alike.values())
    looks = _looks([group[0] for group in groups], colours)
    parts, compared = [], []
    for group in groups:
        known_as = [titles.get(code) or called(law, code, lang) for code in group]
        title = words.say("view.list", lang).join(known_as)
        facts = {"formula": group[0], "title": title, "colour": looks[group[0]]}
        compared += [title] * any(code in titles for code in group)
        parts.append(_corners(curves[group[0]]).assign(**facts))
    joined = pd.concat(parts, ignore_index=True)
    joined.attrs["formulas"], joined.attrs["compared"] = order, compared
    joined.attrs["left_out"] = without_curve(joined, law, lang)
    return joined


def called(law: Law, code: str, lang: str) -> str:
    """A formula by its region and year."""
    formula = law.formula(code)
    return f"{words.pick(dict(formula.region), lang)} {formula.stated_on.year}"


def _looks(order: list[str], colours: Mapping[str, str]) -> dict[str, str]:
    """A colour for each formula: its own, and nobody else has one of those that are compared."""
    others = {code: code for code in order if code not in colours}
    return {**colours, **own_colours(others, taken=set(colours.values()))}


def _corners(curve: pd.DataFrame) -> pd.DataFrame:
    """The first and last size of every run with the same posts; of very many, evenly chosen ones."""
    posts = curve["posts_required"].to_numpy(float)
    edge = np.flatnonzero(np.diff(posts)) + 1
    rows = np.unique(np.concatenate([edge - 1, edge, np.array([0, len(posts) - 1])]))
    if len(rows) > MOST_CORNERS:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_CORNERS).astype(np.int64)]
    sizes = curve["households"].to_numpy(float)[rows]
    return pd.DataFrame({"households": sizes, "posts": posts[rows], "load": sizes / posts[rows]})


def without_curve(curves: pd.DataFrame, law: Law, lang: str) -> list[str]:
    """Formulas with a rule for townships of which no curve could be drawn: they rest on other counts."""
    drawn = set(curves.attrs["formulas"])
    has_rule = (code for code, formula in law.formulas.items() if "township" in formula.version().levels)
    return [called(law, code, lang) for code in has_rule if code not in drawn]


def load_table(curves: pd.DataFrame, households: pd.Series, names: Names) -> Block:
    """Households a worker carries under every formula in a small, a middling and a large township.

    curves: what `load_curves` returns; households: of each township, whose quarters are the sizes told.
    """
    sizes = {
        name: max(float(households.quantile(share)), float(curves["households"].min()))
        for name, share in QUARTERS.items()
    }
    rows = [
        {"title": title, **{name: number(load_at(curve, size)) for name, size in sizes.items()}}
        for title, curve in curves.groupby("title", sort=False)
    ]
    heads = {"title": names.say("view.column.formula")}
    for name, size in sizes.items():
        heads[name] = names.say(f"view.loads.{name}", households=number(size, digits=0))
    label = names.say("view.loads.each")
    return table(pd.DataFrame(rows), label=label, name="loads", titles=heads)


def load_at(curve: pd.DataFrame, size: float) -> float:
    """Households a worker carries in a township of this size, by the corners of a curve [household/post]."""
    return size / float(curve.loc[curve["households"] <= size, "posts"].iloc[-1])


def load_remark(curves: pd.DataFrame, names: Names) -> Block:
    """What the chart leaves out and rests on, in a sentence."""
    left_out = curves.attrs["left_out"]
    if not left_out:
        return paragraph(names.say("view.loads.rests_on"))
    listed = names.say("view.list").join(left_out)
    return paragraph(names.say("view.loads.rests_on") + names.say("view.loads.left_out", formulas=listed))


def experiment_loads(experiment: ExperimentView, names: Names) -> pd.DataFrame:
    """`load_curves` of an experiment's place, its formulas in their titles and colours.

    Choices under one formula are no formulas: its curve is called by its region and year.
    """
    known = {law_formula(experiment, formula): formula for formula in reversed(list(names.colours))}
    mine = {code: known[code] for code in reversed(list(known)) if code}
    law = law_of(experiment)
    return load_curves(
        experiment.place,
        law,
        names.lang,
        titles={
            code: names.formulas[formula] if names.are_formulas else called(law, code, names.lang)
            for code, formula in mine.items()
        },
        colours={code: names.colours[formula] for code, formula in mine.items()},
    )
