"""Documents on the purchase of services (`kind: purchase_document`): dated clauses, each with its article.

A clause is one rule of a document:

    {rule: never, article: "art. 10(5)", work: [recruitment, dispatch], says: {zh: …, en: …}}

`says` is the house's own short wording. `open: true` marks a list the text itself does not close ("mainly",
"and others"): what it leaves out is a question, not a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd

from simlib import words
from simlib.dated import Source
from simlib.errors import LawError, Problem
from simlib.policy.lawhead import STATUSES, Head, Text, version_on
from simlib.yamlfile import Lines, nearest

TRANSACTIONAL = ("screening", "means_survey", "training", "publicity", "performance_review")
"""Work at the desk around a case that decides nothing."""
SERVICES = (
    *("care", "rehabilitation", "medical_escort", "health_monitoring", "respite_care", "meals_and_bathing"),
    *("mobility_and_cleaning", "errands", "home_visits", "home_repairs", "home_adaptation", "counselling"),
    *("ability_building", "social_inclusion", "resource_linking", "legal_advice", "carer_training"),
)
"""Work for the families themselves."""
NOT_SERVICES = (
    *("decision", "review_opinion", "administration", "outside_duties", "goods_and_works", "financing"),
    *("recruitment", "dispatch", "public_welfare_posts"),
)
"""What documents name as never to be bought."""
WORK = (*TRANSACTIONAL, *SERVICES, *NOT_SERVICES)
PROVIDERS = (
    *("social_organisation", "public_institution_first", "public_institution_second"),
    *("public_institution_business", "enterprise", "other_body", "rural_collective"),
    *("self_governing_body", "mass_organisation", "individual"),
)
METHODS = ("open_tender", "invited_tender", "consultation", "negotiation", "inquiry", "single_source")
CONDITIONS = ("budget_assured", "content_fixed", "continuous", "money_stable", "price_steady")
"""What must hold for a contract of more than the normal length."""
STAGES = ("mid_term", "final")
ROLES = ("assistance_staff", "finance", "recipients", "purchaser", "third_party")
MANAGEMENT = (
    *("administration", "regularity", "progress", "quality_system", "risk_plan", "implementation"),
    "project_management",
)
"""Indicators of how a purchase is managed; the last stands for the whole where a text says no more."""
RESULTS = ("results", "satisfaction", "social_effect")
"""Indicators of what it came to."""
INDICATORS = (*MANAGEMENT, *RESULTS)
ACTS = ("unfair_competition", "cheating", "breach")
"""What keeps a provider out: how it won, false papers or services, a contract not kept."""
FUNDS = ("work_fund", "purchase_fund", "grant", "lottery", "donations")
"""Work funds; money voted for purchase; earmarked assistance grant; lottery money; donations."""
ITEMS = ("posts", "services", "evaluation")
"""What bought work is charged as."""

WORDS: dict[str, tuple[str, ...]] = {
    "work": WORK,
    "providers": PROVIDERS,
    "methods": METHODS,
    "stages": STAGES,
    "roles": ROLES,
    "indicators": INDICATORS,
    "first": INDICATORS,
    "acts": ACTS,
    "posts": FUNDS,
    "services": FUNDS,
    "evaluation": FUNDS,
}
"""Words a key of a clause may list."""
CLAUSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "buys": (("work",), ("open",)),
    "never": (("work",), ()),
    "admits": (("providers",), ("open",)),
    "bars": (("providers",), ()),
    "conditions": (("conditions",), ()),
    "excludes": ((), ("years", "acts")),
    "term": ((), ("normal", "most", "conditions")),
    "methods": (("methods",), ("open",)),
    "open_tender_due": ((), ()),
    "no_splitting": ((), ()),
    "not_lowest_price": ((), ()),
    "no_handing_on": ((), ()),
    "evaluations": (("stages",), ()),
    "panel": (("least",), ("odd", "accountants", "roles")),
    "evaluated_by": (("roles",), ()),
    "indicators": (("indicators",), ("first",)),
    "publishes": ((), ()),
    "appeal": ((), ("working_days",)),
    "supervises": ((), ("double_random",)),
    "takes_over": ((), ()),
    "accepts": ((), ()),
    "charges": ((), ITEMS),
}
"""Each rule of a clause: what it must say and what it may."""
WHOLE_NUMBERS = ("years", "least", "accountants", "working_days")
"""Keys of a clause that hold a whole number."""
TRUTHS = ("open", "odd", "double_random")
"""Keys of a clause that hold yes or no."""
_CLAUSE = ("rule", "article", "says")
_TERM_SIDES = ("normal", "most")
"""Keys of a `term` that name a dated value, in years."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of a document. document: its short name; content: what the rule says, by key."""

    rule: str
    document: str
    article: str
    says: Text
    content: Mapping[str, Any]

    @property
    def cited(self) -> str:
        """Document and article, in one."""
        return f"{self.document} {words.cited(self.article)}"


@dataclass(frozen=True, slots=True)
class Version:
    """The clauses that hold from `start` through `end` (None: until further notice)."""

    start: date
    end: date | None
    source: Source
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class PurchaseDocument:
    """A document on the purchase of services. under: ids of documents that hold beside it."""

    id: str
    title: Text
    region: Text
    issuer: Text
    document: str
    stated_on: date
    status: str
    under: tuple[str, ...]
    notes: tuple[Text, ...]
    versions: tuple[Version, ...]
    file: str

    def on(self, day: date | None) -> Version:
        """What holds on a day, the latest when none is given. Raises LawError outside the dates."""
        return version_on(self.id, self.versions, day)

    def holds(self, day: date) -> bool:
        """Whether the document holds on a day."""
        return any(v.start <= day and (v.end is None or day <= v.end) for v in self.versions)


Documents = Mapping[str, PurchaseDocument]


def purchase_document_of(content: Any, lines: Any, file: str) -> PurchaseDocument:
    """The document a file holds. Raises LawError with every mistake, by line."""
    head = Head(content, lines, file, ("under",))
    reader, fields = head.reader, head.fields()
    document = fields["document"]
    status = head.word(head.content.get("status"), STATUSES, ("status",))
    versions: list[Version] = []
    for start, end, item, path in head.stretches(("until", "source", "clauses"), needed=("clauses",)):
        source = head.source(item.get("source"), (*path, "source"))
        listed = item.get("clauses")
        if not isinstance(listed, list) or not listed:
            reader.blame("purchase_no_clauses", (*path, "clauses"), known=", ".join(CLAUSES))
            listed = []
        clauses = tuple(
            _clause(head, entry, (*path, "clauses", place), document) for place, entry in enumerate(listed)
        )
        versions.append(Version(start, end, source, clauses))
    under = head.content.get("under", [])
    if not isinstance(under, list) or not all(isinstance(name, str) for name in under):
        reader.blame("purchase_bad_under", ("under",), found=under)
        under = []
    head.finish()
    return PurchaseDocument(
        **{key: fields[key] for key in ("id", "title", "region", "issuer", "stated_on", "notes", "file")},
        document=document,
        status=status,
        under=tuple(under),
        versions=tuple(versions),
    )


def _clause(head: Head, entry: Any, path: tuple[Any, ...], document: str) -> Clause:
    reader = head.reader
    rule = str(entry.get("rule")) if isinstance(entry, Mapping) else ""
    if rule not in CLAUSES:
        head.word(rule, tuple(CLAUSES), path)
        return Clause("", document, "", {}, MappingProxyType({}))
    needed, may = CLAUSES[rule]
    entry = reader.mapping(entry, path, (*_CLAUSE, *needed, *may), needed=(*_CLAUSE, *needed))
    content: dict[str, Any] = {}
    for key in (*needed, *may):
        if key not in entry:
            continue
        where, value = (*path, key), entry[key]
        if key in WORDS or (rule == "term" and key == "conditions"):
            known = CONDITIONS if key == "conditions" else WORDS[key]
            content[key] = tuple(
                head.word(word, known, where) for word in (value if isinstance(value, list) else [value])
            )
        elif key == "conditions":
            named = value
            if not isinstance(value, Mapping) or not value:
                reader.blame("purchase_bad_conditions", where)
                named = {}
            content[key] = MappingProxyType({n: head.text(t, (*where, n)) for n, t in named.items()})
        elif key in WHOLE_NUMBERS:
            if type(value) is not int or value < 0:
                reader.blame("law_not_a_number", where, found=value)
            content[key] = value
        else:
            meant = str if key in _TERM_SIDES else bool
            if type(value) is not meant:
                reader.blame(f"purchase_bad_{meant.__name__}", where, found=value)
            content[key] = value
    says = head.text(entry.get("says"), (*path, "says"))
    return Clause(rule, document, str(entry.get("article", "")), says, MappingProxyType(content))


def unknown_names(
    document: PurchaseDocument, documents: Documents, values: Iterable[str], lines: Lines
) -> list[Problem]:
    """What a document names that is not there: a document it stands under, a dated value of a clause."""
    keys = list(values)
    found = [
        Problem("purchase_no_document", document.file, lines.get(("under",)), "under", _near(name, documents))
        for name in document.under
        if name not in documents
    ]
    for start, path, key in _keys_of(document):
        if key not in keys:
            row = lines.get(("versions", start, *path), lines.get(("versions", start)))
            found.append(Problem("law_no_value", document.file, row, path[-1], _near(key, keys)))
    return found


def _keys_of(document: PurchaseDocument) -> Iterator[tuple[date, tuple[Any, ...], str]]:
    """Start of the version, path in it and key of every dated value the clauses point to."""
    for version in document.versions:
        for place, clause in enumerate(version.clauses):
            for side in _TERM_SIDES:
                if clause.rule == "term" and side in clause.content:
                    yield version.start, ("clauses", place, side), str(clause.content[side])


def _near(name: str, known: Iterable[str]) -> dict[str, str]:
    return {"found": name, "near": nearest(str(name), known)}


def clauses_table(documents: Documents, *, on: date | None = None, lang: str | None = None) -> pd.DataFrame:
    """Every clause that holds on a day: id, document, status, article, rule and what it says, as text.

    on: default the latest version of each document.
    """
    rows = [
        {
            "id": document.id,
            "document": document.document,
            "status": words.say(f"status_{document.status}", lang),
            "article": words.cited(clause.article, lang),
            "rule": words.say(f"clause_{clause.rule}", lang),
            "says": words.pick(clause.says, lang),
        }
        for document in documents.values()
        if on is None or document.holds(on)
        for clause in document.on(on).clauses
    ]
    return pd.DataFrame(rows, columns=["id", "document", "status", "article", "rule", "says"])


def clauses_on(document: str | PurchaseDocument, *, on: date, documents: Documents) -> tuple[Clause, ...]:
    """Clauses that hold for purchases under a document on a day, its own first, then those it stands under.

    Documents it stands under that are not yet, or no longer, law on that day are left out.
    Raises LawError for an unknown id and for a day outside the document's own dates.
    """
    if isinstance(document, str):
        if document not in documents:
            raise LawError(Problem("purchase_no_document", values=_near(document, documents)))
        document = documents[document]
    found = list(document.on(on).clauses)
    seen, waiting = {document.id}, list(document.under)
    while waiting:
        above = documents[waiting.pop(0)]
        if above.id in seen:
            continue
        seen.add(above.id)
        waiting += above.under
        if above.holds(on):
            found += above.on(on).clauses
    return tuple(found)
