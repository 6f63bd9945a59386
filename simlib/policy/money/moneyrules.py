"""Money rules as facts, and the reader of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from simlib.dated import Source
from simlib.policy.lawhead import Head, Text, version_on
from simlib.policy.rulefile import Path
from simlib.policy.rules import READINGS, Choice, Number
from simlib.yamlfile import Lines

BASES = ("dibao_spending", "grant")
"""What a money rule can take a share of: last year's dibao spending, last year's assistance grant."""


@dataclass(frozen=True, slots=True)
class Term:
    """One part of an amount of money, in yuan, summed over a county.

    kind: `share` (amount × base), `each` (amount × driver), `block` (amount × driver in begun blocks).
    at: level whose offices are counted one by one.
    """

    kind: str
    amount: Number
    by: str = ""
    size: int = 1
    at: str = "county"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a money rule gives from `start` on."""

    start: date
    end: date | None
    status: str
    modality: str
    source: Source
    terms: tuple[Term, ...]
    within_remaining: bool


@dataclass(frozen=True, slots=True)
class MoneyRule:
    """A published money rule.

    pays: `posts` (work funds, of which a share may pay posts) or `services` (never clerks).
    base: what shares are taken of. factors: for each answer to a reading, the key of the dated value by
    which the base is multiplied ("" for one).
    """

    id: str
    title: Text
    region: Text
    issuer: Text
    document: str
    stated_on: date
    pays: str
    base: str
    readings: Mapping[str, str]
    factors: Mapping[str, Mapping[str, str]]
    share_key: str
    interpretations: tuple[Text, ...]
    notes: tuple[Text, ...]
    versions: tuple[Amount, ...]
    file: str

    def version(self, on: date | None = None) -> Amount:
        """What holds on a day; the latest when none is given. Raises LawError outside the dates."""
        return version_on(self.id, self.versions, on)

    def value_keys(self) -> tuple[str, ...]:
        """Keys of the dated values the rule reads."""
        keys = [key for answers in self.factors.values() for key in answers.values() if key]
        return (*keys, self.share_key) if self.share_key else tuple(keys)


def money_rule_of(content: Mapping[Any, Any], lines: Lines, file: str) -> MoneyRule:
    """The money rule a parsed file holds. Raises LawError with every problem."""
    common = Head(content, lines, file, ("pays", "base", "factors", "share_for_posts"))
    head = common.fields()
    get = common.content.get
    factors = _factors(common, get("factors", {}))
    derived = set(factors)
    versions = []
    for begin, end, item, path in common.versions(("sum", "within_remaining")):
        frame = common.frame(begin, end, item, path)
        listed = item.get("sum")
        if not isinstance(listed, list) or not listed:
            common.reader.blame("law_no_parts", (*path, "sum"))
            listed = []
        terms = tuple(_term(common, term, (*path, "sum", i)) for i, term in enumerate(listed))
        for term in terms:
            derived |= {"counts"} if term.by in ("households", "persons") else set()
            derived |= {term.amount.reading} if isinstance(term.amount, Choice) else set()
        within = item.get("within_remaining", False)
        if not isinstance(within, bool):
            common.reader.blame("purchase_bad_bool", (*path, "within_remaining"), found=within)
        versions.append(Amount(**frame, terms=terms, within_remaining=within is True))
    pays = common.word(get("pays"), ("posts", "services"), ("pays",))
    base = common.word(get("base"), BASES, ("base",))
    share_key = str(get("share_for_posts", ""))
    if pays == "posts" and not share_key:
        common.reader.blame("law_missing_key", (), key="share_for_posts")
    readings = common.readings(derived)
    common.finish()
    return MoneyRule(
        **head,
        pays=pays,
        base=base,
        readings=readings,
        factors=factors,
        share_key=share_key,
        versions=tuple(versions),
    )


def _factors(common: Head, found: Any) -> Mapping[str, Mapping[str, str]]:
    factors = {}
    found = common.reader.mapping(found, ("factors",), tuple(READINGS))
    for name, answers in found.items():
        if name not in READINGS:
            continue
        answers = common.reader.mapping(answers, ("factors", name), READINGS[name], needed=READINGS[name])
        for answer, key in answers.items():
            if isinstance(key, bool) or not (key == 1 or (isinstance(key, str) and key.strip())):
                common.reader.blame("law_bad_factor", ("factors", name, answer), found=key)
        factors[name] = MappingProxyType(
            {answer: "" if key == 1 else str(key) for answer, key in answers.items()}
        )
    return MappingProxyType(factors)


_TERM_KEYS: dict[str, tuple[str, ...]] = {
    "share": ("amount",),
    "each": ("amount", "by", "at"),
    "block": ("amount", "by", "size", "at"),
}


def _term(common: Head, found: Any, path: Path) -> Term:
    reader = common.reader
    found = reader.mapping(found, path, tuple(_TERM_KEYS))
    kind = next((key for key in _TERM_KEYS if key in found), "")
    if not kind or len(found) != 1:
        if not found or set(found) <= set(_TERM_KEYS):
            reader.blame("law_one_shape", path, known=", ".join(_TERM_KEYS))
        return Term("share", Fraction(0))
    where = (*path, kind)
    keys = _TERM_KEYS[kind]
    fields = reader.mapping(found[kind], where, keys, needed=tuple(key for key in keys if key != "at"))
    by = reader.driver(fields.get("by"), (*where, "by")) if "by" in keys else ""
    size = reader.whole(fields.get("size", 1), (*where, "size"))
    if kind == "block" and size == 0:
        reader.blame("law_not_a_block", (*where, "size"))
    at = common.word(fields.get("at", "county"), ("county", "township"), (*where, "at"))
    amount = reader.number(fields.get("amount"), (*where, "amount"))
    for number in amount.values.values() if isinstance(amount, Choice) else (amount,):
        if kind == "share" and number > 1:
            reader.blame("law_bad_share", (*where, "amount"), found=float(number))
    return Term(kind, amount, by, max(1, size), at)
