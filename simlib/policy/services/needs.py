"""Needs of families: ten indicators in six dimensions, each answered by items of the catalogue.

Source: Shizuishan's pilot plan of 2024, part 2 (4) 4. How common an indicator is, and who of those that have
it needs which item, are assumptions (`needs.*`): no survey was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlib.dated import Which
from simlib.errors import LawError, Problem
from simlib.places.columns import PROGRAMMES
from simlib.policy.catalogue import HOME
from simlib.policy.lawhead import Text
from simlib.policy.rulefile import Path as Where
from simlib.policy.rulefile import Reader
from simlib.policy.services.items import Services, bilingual, source_of, titles, words_of
from simlib.policy.statutes import Law
from simlib.yamlfile import load_yaml, nearest, shown_path

GRADES = ("first", "second", "third")
"""Grades of hardship, the hardest first."""

Shares = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. items: ids of the services that answer it."""

    id: str
    dimension: str
    title: Text
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """The indicators by id in the document's order, and the titles of dimensions and household types."""

    indicators: Mapping[str, Indicator]
    dimensions: Mapping[str, Text]
    household_types: Mapping[str, Text]
    file: str

    def answered_by(self, item: str) -> tuple[Indicator, ...]:
        """The indicators that lead to an item."""
        return tuple(indicator for indicator in self.indicators.values() if item in indicator.items)

    def value_keys(self) -> tuple[str, ...]:
        """Keys of the dated values the indicators need."""
        by_indicator = [
            f"needs.{part}.{name}" for part in ("prevalence", "items") for name in self.indicators
        ]
        parts = ("household_types", "programme_factor", "grades")
        return (*by_indicator, *(f"needs.{part}.{name}" for part in parts for name in PROGRAMMES))


def load_needs(services: Services, home: Path = HOME) -> Needs:
    """The needs under a folder of law.

    Raises LawError with every problem by file and line: a dimension without indicator, an indicator in no
    known dimension or answered by no item, an item no indicator leads to, an unknown item.
    """
    file = home / "catalogue" / "needs.yaml"
    content, lines = load_yaml(file)
    reader = Reader(shown_path(file), lines)
    keys = ("source", "dimensions", "household_types", "indicators")
    content = reader.mapping(content, (), keys, needed=keys)
    source_of(reader, content)
    dimensions = titles(reader, content.get("dimensions"), ("dimensions",))
    types = titles(reader, content.get("household_types"), ("household_types",))
    listed = content.get("indicators")
    if not isinstance(listed, Mapping):
        reader.blame("law_not_mapping", ("indicators",), known="…")
        listed = {}
    indicators = {
        str(name): _indicator(reader, str(name), entry, tuple(dimensions), tuple(services.items))
        for name, entry in listed.items()
    }
    used = {indicator.dimension for indicator in indicators.values()}
    for dimension in dimensions:
        if dimension not in used:
            reader.blame("needs_dimension_empty", ("dimensions", dimension), found=dimension)
    reached = {item for indicator in indicators.values() for item in indicator.items}
    for item in services.items:
        if item not in reached:
            reader.blame("needs_item_unreached", ("indicators",), found=item)
    if reader.problems:
        raise LawError(reader.problems)
    return Needs(MappingProxyType(indicators), dimensions, types, reader.file)


def _indicator(
    reader: Reader, name: str, entry: Any, dimensions: tuple[str, ...], items: tuple[str, ...]
) -> Indicator:
    path: Where = ("indicators", name)
    keys = ("dimension", "title", "items")
    entry = reader.mapping(entry, path, keys, needed=keys)
    dimension = entry.get("dimension")
    if dimension not in dimensions:
        blanks = {"found": dimension, "near": nearest(str(dimension), dimensions)}
        reader.blame("law_bad_word", (*path, "dimension"), known=", ".join(dimensions), **blanks)
    if entry.get("items") == []:
        reader.blame("law_no_parts", (*path, "items"))
    answers = words_of(reader, entry.get("items"), items, (*path, "items"))
    return Indicator(name, str(dimension), bilingual(reader, entry.get("title"), (*path, "title")), answers)


# --- how common -------------------------------------------------------------------------------------------


def figures_by(
    law: Law, key: str, names: tuple[str, ...], *, on: date | None, which: Which, whole: bool = False
) -> Shares:
    """The figures of a dated value, by name, exactly. whole: whether they must add up to 1.

    Raises LawError, naming file and key, where names are missing or strange, or the sum is another.
    """
    dated = law.dated(key)
    found = dated.on(on or dated.entries[-1].start, which)
    if not isinstance(found, Mapping) or set(found) != set(names):
        blanks = {"key": key, "known": ", ".join(names)}
        raise LawError(Problem("needs_names", dated.file, column=key, values=blanks))
    shares = {name: Fraction(str(found[name])) for name in names}
    if whole and sum(shares.values()) != 1:
        blanks = {"key": key, "found": f"{float(sum(shares.values())):g}"}
        raise LawError(Problem("needs_not_whole", dated.file, column=key, values=blanks))
    return MappingProxyType(shares)


@dataclass(frozen=True, slots=True)
class Profile:
    """Households of one programme, as shares of all of them [0..1], exactly.

    in_need: need at least one item; by_type: the same by household type. indicators: have it. items: need the
    item, once whatever the number of indicators that lead to it, and not where other aid meets it. grades: of
    those in need.
    """

    in_need: Fraction
    by_type: Shares
    indicators: Shares
    items: Shares
    grades: Shares


def profile(
    programme: str,
    *,
    services: Services,
    needs: Needs,
    law: Law,
    on: date | None = None,
    which: Which = "mode",
) -> Profile:
    """What households of a programme need.

    Assumption: within a household type indicators and items come independently of each other; no joint
    survey was found. A household needs an item unless every indicator it has leaves it out.
    Raises LawError for figures that lack a name, have a strange one or do not add up.
    """
    types, offered = tuple(needs.household_types), tuple(services.items.values())

    def read(key: str, names: tuple[str, ...], whole: bool = False) -> Shares:
        return figures_by(law, key, names, on=on, which=which, whole=whole)

    mix = read(f"needs.household_types.{programme}", types, whole=True)
    factor = read(f"needs.programme_factor.{programme}", tuple(needs.indicators))
    common = {name: read(f"needs.prevalence.{name}", types) for name in needs.indicators}
    wanted = {name: read(f"needs.items.{name}", ind.items) for name, ind in needs.indicators.items()}
    left = {aid: read(f"services.left_by_aid.{aid}", PROGRAMMES)[programme] for aid in services.aids}
    unmet = {item.id: prod((left[aid] for aid in item.not_beside), start=Fraction(1)) for item in offered}
    by_type: dict[str, Fraction] = {}
    has = dict.fromkeys(needs.indicators, Fraction(0))
    gets = dict.fromkeys(services.items, Fraction(0))
    for kind in types:
        prevalence = {name: min(Fraction(1), common[name][kind] * factor[name]) for name in has}
        spared = dict.fromkeys(gets, Fraction(1))
        for name, share in prevalence.items():
            has[name] += mix[kind] * share
            for item, part in wanted[name].items():
                spared[item] *= 1 - share * part
        nothing = Fraction(1)
        for item, share in spared.items():
            needed = (1 - share) * unmet[item]
            gets[item] += mix[kind] * needed
            nothing *= 1 - needed
        by_type[kind] = mix[kind] * (1 - nothing)
    return Profile(
        sum(by_type.values(), Fraction(0)),
        MappingProxyType(by_type),
        MappingProxyType(has),
        MappingProxyType(gets),
        read(f"needs.grades.{programme}", GRADES, whole=True),
    )
