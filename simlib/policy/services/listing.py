"""The catalogue of services as a table in Chinese or English, and an item told in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from simlib import words
from simlib.dated import Range
from simlib.policy.explain import citation
from simlib.policy.services.items import FIGURES, SIDES, Item, Services, check_figures, load_services
from simlib.policy.services.needs import Needs, load_needs
from simlib.policy.statutes import Law


def catalogue_table(law: Law) -> pd.DataFrame:
    """The 32 items, one row each: what it is, who delivers it, and its assumed figures as low, mode, high."""
    services = load_services()
    needs = load_needs(services)
    check_figures(services.value_keys(), law, services.file)
    rows = []
    for item in services.items.values():
        row = _head(item, services, needs) | {"documents": listed(named_by(item, law))}
        for figure in FIGURES:
            found = _range(law, f"services.{figure}.{item.id}")
            row |= {f"{figure}_{side}": getattr(found, side) for side in SIDES}
        rows.append(
            {**row, "article": words.cited(item.article), "status": words.say("services.status_assumed")}
        )
    return pd.DataFrame(rows)


def named_by(item: Item, law: Law) -> tuple[str, ...]:
    """Ids of the purchasing documents, as they stand last, that name a kind of work the item falls under."""
    return tuple(
        name
        for name, document in sorted(law.purchasing.items())
        if any(
            set(item.work) & set(clause.content["work"])
            for clause in document.versions[-1].clauses
            if clause.rule == "buys"
        )
    )


def _head(item: Item, services: Services, needs: Needs) -> dict[str, Any]:
    return {
        "number": item.number,
        "item": item.id,
        "class": words.say(f"services.class.{item.kind}"),
        "title": words.pick(item.title),
        "what": words.pick(item.what),
        "unit": words.say(f"services.unit.{item.unit}"),
        "delivered_by": worded("services.deliverer", item.delivered_by),
        "skill": words.say(f"services.skill.{item.skill}"),
        "trip": item.trip,
        "mutual_help": item.mutual_help,
        "not_beside": listed(words.pick(services.aids[aid]) for aid in item.not_beside),
        "work": worded_work(item),
        "indicators": listed(words.pick(need.title) for need in needs.answered_by(item.id)),
    }


def worded_work(item: Item) -> str:
    """The kinds of bought work an item falls under, in words."""
    return listed(words.say(f"work_{name}") for name in item.work)


def worded(room: str, names: Sequence[str]) -> str:
    """Words of one room of the catalogue of words, in one line."""
    return listed(words.say(f"{room}.{name}") for name in names)


def listed(parts: Iterable[str]) -> str:
    """Parts in one line, as the language in force joins them."""
    return words.say("services.joint").join(parts)


def _range(law: Law, key: str) -> Range:
    dated = law.dated(key)
    value = dated.entries[-1].value
    return value if isinstance(value, Range) else Range(value, value, value)


def item_told(number: int, *, law: Law) -> str:
    """One item in plain words, with its figures, their standing and the document.

    Raises LawError for a number not in the list.
    """
    services = load_services()
    needs = load_needs(services)
    check_figures(services.value_keys(), law, services.file)
    item = services.item(number)
    head = _head(item, services, needs)
    none = words.say("services.none")
    blanks: dict[str, Any] = {
        **head,
        "kind": head["class"],
        "article": words.cited(item.article),
        "none": none,
    }
    blanks |= {"document": services.document, "not_beside": head["not_beside"] or none}
    lines = [words.say("services.told_title", **blanks), words.say("services.told_what", **blanks)]
    if item.printed != item.number:
        lines.append(words.say("services.told_printed", printed=item.printed, number=item.number))
    lines.append(words.say("services.told_who", **blanks))
    lines.append(words.say("services.told_trip" if item.trip else "services.told_no_trip"))
    if item.mutual_help:
        lines.append(words.say("services.told_mutual"))
    lines.append(words.say("services.told_needs", **blanks))
    documents = [words.pick(law.purchasing[name].title) for name in named_by(item, law)]
    lines.append(words.say("services.told_work", work=head["work"], documents=listed(documents) or none))
    lines.append(words.say("services.told_beside", **blanks))
    for figure in FIGURES:
        found = _range(law, key := f"services.{figure}.{item.id}")
        sides = {side: f"{getattr(found, side):,g}" for side in SIDES}
        lines.append(words.say(f"services.told_{figure}", unit=head["unit"], **sides))
    lines.append(words.say("services.told_assumed", source=citation(law.dated(key).entries[-1].source)))
    lines.append(words.say("services.told_source", **blanks))
    return "\n".join(lines)
