"""The method page: what was simulated and how, after the headings of STRESS-DES, and what was assumed.

Source of the headings: T. Monks, C. Currie, B. S. Onggo, S. Robinson, M. Kunc, S. Taylor, Strengthening the
reporting of empirical simulation studies: introducing the STRESS guidelines, Journal of Simulation 13, 2019,
p. 55.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from simlib import words
from simlib.results.experiment import ExperimentResults
from simlib.scenario import NONE, Policy
from simlib.view import tables
from simlib.view.annex import law_of
from simlib.view.blocks import Block, escaped, paragraph
from simlib.view.names import Names, percent
from simlib.view.sensitivityfacts import ASSUMED, moves_of, option_of, size_text, unit_of

CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "objectives": ("purpose", "outputs", "aims"),
    "logic": ("overview", "base", "scenarios", "algorithms", "components"),
    "data": ("sources", "preparation", "parameters", "assumptions"),
    "experimentation": ("initialisation", "length", "estimation"),
    "implementation": ("software", "randomness", "execution", "system"),
    "access": ("code",),
}
"""Sections of STRESS-DES and their items, in order."""


def chapters(experiment: ExperimentResults, names: Names) -> Block:
    """What STRESS-DES asks to be told, section by section, filled in from the run."""
    facts = _facts(experiment, names)
    html, text = [], []
    for at, (chapter, items) in enumerate(CHAPTERS.items(), start=1):
        title = f"{at}. {names.say(f'method.{chapter}')}"
        rows = pd.DataFrame(
            [
                {
                    "item": f"{at}.{number} {names.say(f'method.{chapter}.{item}')}",
                    "told": names.say(f"method.{chapter}.{item}.told", **facts),
                }
                for number, item in enumerate(items, start=1)
            ]
        )
        heads = {key: names.say(f"method.column.{key}") for key in ("item", "told")}
        block = tables.table(rows, label=title, name=f"method-{chapter}", titles=heads)
        html.append(f"<h3>{escaped(title)}</h3>{block.html}")
        text.append(block.text)
    grades = data_grades(experiment, names)
    return Block("\n".join([*html, grades.html]), "\n".join([*text, grades.text]))


WAYS = (
    *("decision", "duty", "order", "review_months", "second_visitor"),
    *("local_rule", "roll", "marginal_renewal"),
)
"""Levers that say how offices work and how terms are counted."""


def ways_of_work(experiment: ExperimentResults, names: Names) -> str:
    """How offices work and terms are counted, where an option does not do as is usual; else nothing."""
    usual, joint = Policy(), names.say("method.or")
    policies = [experiment.scenario(cell.id).policy for cell in experiment.cells()]
    told = []
    for lever in WAYS:
        found = list(dict.fromkeys(getattr(policy, lever) for policy in policies))
        if found != [getattr(usual, lever)]:
            if lever == "local_rule":
                found = [_rule_title(rule, experiment, names) for rule in found]
            answers = joint.join(_answer(each, names) for each in found)
            what = names.say(f"view.parameter.policy.{lever}")
            told.append(names.say("method.way", what=what, answers=answers))
    return names.say("method.ways", ways=names.say("view.list").join(told)) if told else ""


def _rule_title(rule: str, experiment: ExperimentResults, names: Names) -> str:
    """A local rule as its file calls it; none stays none."""
    return rule if rule == NONE else words.pick(dict(law_of(experiment).local_rule(rule).title), names.lang)


def _answer(value: Any, names: Names) -> str:
    """A lever's value in words: months, a word of the catalogue, or a title as it stands."""
    if isinstance(value, tuple):
        return names.say("explain_comma").join(map(str, value)) or names.say("method.spread")
    return names.or_code("way", value)


def _facts(experiment: ExperimentResults, names: Names) -> dict[str, Any]:
    record, goal, place = experiment.record(), experiment.goal, experiment.place
    cells = experiment.cells()
    aim = names.or_code("measure", goal.target_measure)
    return {
        "question": experiment.question.get(names.lang, ""),
        "place": names.place,
        "townships": len(place.townships),
        "counties": len(place.counties),
        "options": len(cells),
        "measure": names.or_code("measure", goal.measure),
        "target": names.say("method.no_target")
        if goal.target is None
        else names.say("method.target", measure=aim, target=_amount(goal.target_measure, goal.target)),
        "confidence": percent(goal.confidence),
        "assumed": len(experiment.assumptions()),
        "first_year": record["first_year"],
        "last_year": int(record["first_year"]) + int(record["years"]) - 1,
        "years": record["years"],
        "opening_months": record["opening_months"],
        "seed": record["seed"],
        "replications": record["replications"],
        "engine": names.say(f"method.engine.{record['engine']}"),
        "version": record["version"],
        "hash": str(record["hash"])[:16],
        "id": experiment.id,
        "ways": ways_of_work(experiment, names),
    }


def _amount(measure: str, value: float) -> str:
    return percent(value) if measure.endswith("_share") else f"{value:g}"


def data_grades(experiment: ExperimentResults, names: Names) -> Block:
    """How the rows of the place's tables stand: how many are found, assumed, synthetic, and their sources."""
    rows = []
    frames = {"townships.csv": experiment.place.townships, "counties.csv": experiment.place.counties}
    for file, frame in frames.items():
        known = frame.assign(**{name: frame.get(name, "") for name in ("status", "source")})
        for (status, source), part in known.groupby(["status", "source"], sort=True, dropna=False):
            told = {"file": file, "status": names.or_code("status", str(status)), "rows": len(part)}
            rows.append({**told, "source": words.side(str(source), names.lang) or "—"})
    heads = {key: names.say(f"method.column.{key}") for key in ("file", "rows", "status", "source")}
    frame = pd.DataFrame(rows, columns=list(heads))
    return tables.table(frame, label=names.say("method.label.grades"), name="data-grades", titles=heads)


def register(experiment: ExperimentResults, names: Names) -> Block:
    """Every assumption with value, range, grade and source, and what moving it alone does to the measure.

    The effect is the largest change seen where `simlib run --one-at-a-time` or a design moved it; where
    nothing moved any, the register says so and has no such column.
    """
    measure = experiment.goal.measure
    effects = _effects(experiment, names)
    entries = [
        {**entry, "effect": effects.get(ASSUMED + str(entry["key"]), names.say("method.not_examined"))}
        for entry in experiment.assumptions()
    ]
    told = names.say(
        "method.register" if effects else "method.register_unseen",
        measure=names.or_code("measure", measure),
        unit=unit_of(measure, names),
        seen=len(effects),
        count=len(entries),
        id=experiment.id,
    )
    about = paragraph(told, claim="register-about")
    block = tables.assumptions(entries, names, with_effect=bool(effects))
    return Block(f"{about.html}\n{block.html}", f"{about.text}\n{block.text}")


def _effects(experiment: ExperimentResults, names: Names) -> dict[str, str]:
    """The largest rise and fall of the measure by assumption, in words."""
    measure = experiment.goal.measure
    found = {}
    for key, rows in moves_of(experiment, measure).groupby("key", sort=False):
        ends = [f"{'+' if value > 0 else ''}{size_text(measure, value)}" for value in _ends(rows["mean"])]
        options = names.say("view.list").join(option_of(str(o), names) for o in dict.fromkeys(rows["option"]))
        found[str(key)] = names.say("method.effect", ends=names.say("method.to").join(ends), options=options)
    return found


def _ends(means: pd.Series) -> list[float]:
    low, high = float(means.min()), float(means.max())
    return [low] if low == high else [low, high]
