"""The catalogue of services for families: 32 items in three classes, and the aid each must not repeat.

Source: Shizuishan's pilot plan of 2024 (annex 1; part 2 (3)). What a place spends on them is another matter:
see `servicefund`; who needs them: `needs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlib.dated import Which
from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import WORK
from simlib.policy.catalogue import HOME
from simlib.policy.lawhead import Text
from simlib.policy.rulefile import Path as Where
from simlib.policy.rulefile import Reader
from simlib.policy.statutes import Law
from simlib.yamlfile import load_yaml, nearest, shown_path

CLASSES = ("care", "living", "concern")
"""Classes of items in the document's order."""
DELIVERERS = (
    *("provider", "social_worker", "health_centre", "hospital", "institution"),
    *("village", "volunteer", "lawyer"),
)
SKILLS = (
    *("none", "basic", "care", "nursing", "medical", "social_work", "psychology", "teaching", "trade", "law"),
)
UNITS = (
    *("visit", "record", "check_up", "session", "trip", "day", "month", "meal", "job", "errand"),
    *("course", "case", "home"),
)
URGENCIES = ("urgent", "soon", "planned")
"""How soon an item is due once ordered, the most urgent first; `planned` where the catalogue says none."""
FIGURES = ("minutes", "times_a_year", "price_yuan")
"""What is assumed of every item, each under the key `services.FIGURE.ITEM`."""

SIDES: tuple[Which, ...] = ("low", "mode", "high")
"""Sides of an assumed range."""

_ITEM_KEYS = (
    *("number", "class", "title", "what", "unit", "work", "delivered_by", "skill", "trip", "mutual_help"),
    *("not_beside", "article"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One service. number: in the list; printed: the number as printed, which once is a slip.

    work: kinds of bought work it falls under in the documents (`purchasefile.WORK`).
    delivered_by: who may, the usual one first. skill: what it takes. trip: whether it is done at the home.
    mutual_help: whether a paired helper of the neighbourhood may do it (part 2 (4) 3).
    not_beside: aid that meets the same need already, so that the item is not given twice. urgency: one of
    URGENCIES.
    """

    id: str
    number: int
    printed: int
    kind: str
    title: Text
    what: Text
    unit: str
    work: tuple[str, ...]
    delivered_by: tuple[str, ...]
    skill: str
    trip: bool
    mutual_help: bool
    not_beside: tuple[str, ...]
    article: str
    urgency: str = "planned"


@dataclass(frozen=True, slots=True)
class Services:
    """The catalogue. items: by id, in the order of their numbers; aids: titles by id; document: its title."""

    items: Mapping[str, Item]
    aids: Mapping[str, Text]
    document: str
    file: str

    def item(self, number: int) -> Item:
        """The item with this number. Raises LawError for none."""
        for item in self.items.values():
            if item.number == number:
                return item
        raise LawError(Problem("services_no_item", values={"found": number, "most": len(self.items)}))

    def value_keys(self) -> tuple[str, ...]:
        """Keys of the dated values the catalogue needs."""
        figures = [f"services.{figure}.{item}" for item in self.items for figure in FIGURES]
        return (*figures, *(f"services.left_by_aid.{aid}" for aid in self.aids))


def load_services(home: Path = HOME) -> Services:
    """The catalogue under a folder of law.

    Raises LawError with every problem, by file and line: unknown, missing or misspelt keys and words, numbers
    that do not run from 1, an aid nobody names.
    """
    file = home / "catalogue" / "services.yaml"
    content, lines = load_yaml(file)
    reader = Reader(shown_path(file), lines)
    content = reader.mapping(content, (), (needed := ("source", "aids", "items")), needed=needed)
    aids = titles(reader, content.get("aids", {}), ("aids",))
    listed = content.get("items", {})
    if not isinstance(listed, Mapping):
        reader.blame("law_not_mapping", ("items",), known="…")
        listed = {}
    items = [_item(reader, str(name), entry, tuple(aids)) for name, entry in listed.items()]
    for at, item in enumerate(items, start=1):
        if item.number != at:
            reader.blame("services_number", ("items", item.id, "number"), found=item.number, meant=at)
    met = {aid for item in items for aid in item.not_beside}
    for aid in aids:
        if aid not in met:
            reader.blame("services_aid_idle", ("aids", aid), found=aid)
    source = source_of(reader, content)
    if reader.problems:
        raise LawError(reader.problems)
    by_id = MappingProxyType({item.id: item for item in items})
    return Services(by_id, aids, str(source.get("title", "")), reader.file)


def check_figures(keys: tuple[str, ...], law: Law, file: str) -> None:
    """Nothing. Raises LawError for every dated value that a catalogue needs and the law lacks."""
    problems = [
        Problem("law_no_value", file, values={"found": key, "near": nearest(key, law.values)})
        for key in keys
        if key not in law.values
    ]
    if problems:
        raise LawError(problems)


def source_of(reader: Reader, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document a catalogue is taken from; what is wrong is noted by the reader."""
    keys = ("title", "issuer", "issued_on", "article", "href")
    found: Mapping[str, Any] = reader.mapping(
        content.get("source", {}), ("source",), keys, needed=("title", "article")
    )
    return found


def titles(reader: Reader, found: Any, path: Where) -> Mapping[str, Text]:
    """Titles by id, from `ID: {title: {zh, en}}`; what is wrong is noted by the reader."""
    if not isinstance(found, Mapping) or not found:
        reader.blame("law_not_mapping", path, known="…")
        return MappingProxyType({})
    told = {}
    for name, entry in found.items():
        entry = reader.mapping(entry, (*path, name), ("title",), needed=("title",))
        told[str(name)] = bilingual(reader, entry.get("title"), (*path, name, "title"))
    return MappingProxyType(told)


def bilingual(reader: Reader, found: Any, path: Where) -> Text:
    """A text in both languages; a missing side is noted by the reader."""
    good = isinstance(found, Mapping) and set(found) == {"zh", "en"}
    if not good or not all(isinstance(side, str) and side.strip() for side in found.values()):
        reader.blame("law_no_text", path)
        return MappingProxyType({"zh": "?", "en": "?"})
    return MappingProxyType(dict(found))


def words_of(reader: Reader, found: Any, known: tuple[str, ...], path: Where) -> tuple[str, ...]:
    """A list of words of a vocabulary, each once; others are noted by the reader."""
    if not isinstance(found, list):
        reader.blame("law_no_parts", path)
        return ()
    for at, word in enumerate(found):
        if word not in known or word in found[:at]:
            blanks = {"found": word, "near": nearest(str(word), known), "known": ", ".join(known)}
            reader.blame("law_bad_word", (*path, at), **blanks)
    return tuple(str(word) for word in found)


def _item(reader: Reader, name: str, entry: Any, aids: tuple[str, ...]) -> Item:
    path: Where = ("items", name)
    entry = reader.mapping(entry, path, (*_ITEM_KEYS, "printed", "urgency"), needed=_ITEM_KEYS)
    get = entry.get

    def word(key: str, known: tuple[str, ...]) -> str:
        found = get(key, "planned") if key == "urgency" else get(key)
        if found not in known:
            blanks = {"found": found, "near": nearest(str(found), known), "known": ", ".join(known)}
            reader.blame("law_bad_word", (*path, key), **blanks)
        return str(found)

    def truth(key: str) -> bool:
        found = get(key)
        if not isinstance(found, bool):
            blanks = {"found": found, "near": "true, false", "known": "true, false"}
            reader.blame("law_bad_word", (*path, key), **blanks)
        return found is True

    number = reader.whole(get("number"), (*path, "number"))
    for key in ("work", "delivered_by"):
        if get(key) == []:
            reader.blame("law_no_parts", (*path, key))
    deliverers = words_of(reader, get("delivered_by"), DELIVERERS, (*path, "delivered_by"))
    return Item(
        id=name,
        number=number,
        printed=reader.whole(get("printed", number), (*path, "printed")),
        kind=word("class", CLASSES),
        title=bilingual(reader, get("title"), (*path, "title")),
        what=bilingual(reader, get("what"), (*path, "what")),
        unit=word("unit", UNITS),
        work=words_of(reader, get("work"), WORK, (*path, "work")),
        delivered_by=deliverers,
        skill=word("skill", SKILLS),
        trip=truth("trip"),
        mutual_help=truth("mutual_help"),
        not_beside=words_of(reader, get("not_beside"), aids, (*path, "not_beside")),
        article=str(get("article", "")),
        urgency=word("urgency", URGENCIES),
    )
