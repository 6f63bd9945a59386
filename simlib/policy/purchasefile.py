"""Documents on the purchase of services, read from `law/purchasing/`: dated clauses, each with its article.

A clause is one rule of a document:

    {rule: never, article: "art. 10(5)", work: [recruitment, dispatch], says: {zh: …, en: …}}

`says` is the house's own short wording. `open: true` marks a list the text itself does not close ("mainly",
"and others"): what it leaves out is a question, not a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from simlib import words
from simlib.dated import Source
from simlib.errors import LawError, Problem
from simlib.policy.lawhead import STATUSES, Head, Text, version_on
from simlib.yamlfile import load_yaml, nearest, shown_path

HOME = Path(__file__).resolve().parent.parent / "law" / "purchasing"

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
ROLES = ("assistance_staff", "finance", "recipients")
FUNDS = ("work_fund", "purchase_fund", "grant", "lottery", "donations")
"""Work funds; money voted for purchase; earmarked assistance grant; lottery money; donations."""
ITEMS = ("posts", "services", "evaluation")
"""What bought work is charged as."""

_LISTS: dict[str, tuple[str, ...]] = {
    "work": WORK,
    "providers": PROVIDERS,
    "methods": METHODS,
    "stages": STAGES,
    "roles": ROLES,
    "posts": FUNDS,
    "services": FUNDS,
    "evaluation": FUNDS,
}
_RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "buys": (("work",), ("open",)),
    "never": (("work",), ()),
    "admits": (("providers",), ("open",)),
    "bars": (("providers",), ()),
    "conditions": (("conditions",), ()),
    "excludes": ((), ("years",)),
    "term": ((), ("normal", "most", "conditions")),
    "methods": (("methods",), ("open",)),
    "open_tender_due": ((), ()),
    "no_splitting": ((), ()),
    "not_lowest_price": ((), ()),
    "no_handing_on": ((), ()),
    "evaluations": (("stages",), ()),
    "panel": (("least",), ("odd", "accountants", "roles")),
    "charges": ((), ITEMS),
}
"""Each rule of a clause: what it must say and what it may."""
_CLAUSE = ("rule", "article", "says")


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
        return f"{self.document} {self.article}"


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

    def on(self, day: date) -> Version:
        """What holds on a day. Raises LawError outside the document's dates."""
        return version_on(self.id, self.versions, day)

    def holds(self, day: date) -> bool:
        """Whether the document holds on a day."""
        return any(v.start <= day and (v.end is None or day <= v.end) for v in self.versions)


def purchase_document_of(content: Any, lines: Any, file: str) -> PurchaseDocument:
    """The document a file holds. Raises LawError with every mistake, by line."""
    head = Head(content, lines, file, ("under",))
    reader, fields = head.reader, head.fields()
    document = fields["document"]
    status = head.word(head.content.get("status"), STATUSES, ("status",))
    versions: list[Version] = []
    found = head.content.get("versions")
    if not isinstance(found, Mapping) or not found:
        reader.blame("law_no_versions", ("versions",))
        found = {}
    for key, item in found.items():
        path = ("versions", key)
        needed = ("source", "clauses")
        item = reader.mapping(item, path, ("until", *needed), needed=needed)
        start = head.day(key, path)
        end = head.day(item["until"], (*path, "until")) if "until" in item else None
        if versions and (start <= versions[-1].start or (versions[-1].end or date.min) >= start):
            reader.blame("law_dates_overlap", path, start=str(start))
        source = head.source(item.get("source"), (*path, "source"))
        clauses = tuple(
            _clause(head, entry, (*path, "clauses", place), document)
            for place, entry in enumerate(item.get("clauses") or ())
        )
        versions.append(Version(start, end, source, clauses))
    under = head.content.get("under", [])
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
    rule = head.word(entry.get("rule") if isinstance(entry, Mapping) else entry, tuple(_RULES), path)
    needed, may = _RULES[rule]
    entry = reader.mapping(entry, path, (*_CLAUSE, *needed, *may), needed=(*_CLAUSE, *needed))
    content: dict[str, Any] = {}
    for key in (*needed, *may):
        if key not in entry:
            continue
        where, value = (*path, key), entry[key]
        if key in _LISTS or (rule == "term" and key == "conditions"):
            known = CONDITIONS if key == "conditions" else _LISTS[key]
            content[key] = tuple(
                head.word(word, known, where) for word in (value if isinstance(value, list) else [value])
            )
        elif key == "conditions":
            named = value if isinstance(value, Mapping) else {}
            content[key] = MappingProxyType({n: head.text(t, (*where, n)) for n, t in named.items()})
        elif key in ("years", "least", "accountants"):
            if type(value) is not int or value < 0:
                reader.blame("law_not_a_number", where, found=value)
            content[key] = value
        else:
            content[key] = value
    says = head.text(entry.get("says"), (*path, "says"))
    return Clause(rule, document, str(entry.get("article", "")), says, MappingProxyType(content))


def load_purchasing(extra: Sequence[Path] = ()) -> Mapping[str, PurchaseDocument]:
    """The package's documents and those of the folders given (or of their `purchasing/`), by id.

    A later document with the id of an earlier one takes its place. Raises LawError with every mistake.
    """
    documents: dict[str, PurchaseDocument] = {}
    problems: list[Problem] = []
    for folder in (HOME, *extra):
        inner = folder / "purchasing" if (folder / "purchasing").is_dir() else folder
        for file in sorted(inner.glob("*.yaml")):
            try:
                content, lines = load_yaml(file)
                if isinstance(content, Mapping) and content.get("kind") != "purchase_document":
                    continue
                document = purchase_document_of(content, lines, shown_path(file))
            except LawError as error:
                problems += error.problems
                continue
            documents[document.id] = document
    problems += [
        Problem("purchase_no_document", document.file, column="under", values=_near(name, documents))
        for document in documents.values()
        for name in document.under
        if name not in documents
    ]
    if problems:
        raise LawError(problems)
    return MappingProxyType(dict(sorted(documents.items())))


def _near(name: str, documents: Mapping[str, Any]) -> dict[str, str]:
    return {"found": name, "near": nearest(str(name), documents)}


def clauses_table(
    *, on: date, documents: Mapping[str, PurchaseDocument] | None = None, lang: str | None = None
) -> pd.DataFrame:
    """Every clause that holds on a day: id, document, status, article, rule and what it says, as text."""
    shelf = house_documents() if documents is None else documents
    rows = [
        {
            "id": document.id,
            "document": document.document,
            "status": words.say(f"status_{document.status}", lang),
            "article": clause.article,
            "rule": words.say(f"clause_{clause.rule}", lang),
            "says": words.pick(clause.says, lang),
        }
        for document in shelf.values()
        if document.holds(on)
        for clause in document.on(on).clauses
    ]
    return pd.DataFrame(rows, columns=["id", "document", "status", "article", "rule", "says"])


@cache
def house_documents() -> Mapping[str, PurchaseDocument]:
    """The package's own documents, read once."""
    return load_purchasing()


def clauses_on(
    document: str | PurchaseDocument, *, on: date, documents: Mapping[str, PurchaseDocument] | None = None
) -> tuple[Clause, ...]:
    """Clauses that hold for purchases under a document on a day, its own first, then those it stands under.

    Documents it stands under that are not yet, or no longer, law on that day are left out.
    Raises LawError for an unknown id and for a day outside the document's own dates.
    """
    shelf = house_documents() if documents is None else documents
    if isinstance(document, str):
        if document not in shelf:
            raise LawError(Problem("purchase_no_document", values=_near(document, shelf)))
        document = shelf[document]
    found = list(document.on(on).clauses)
    seen, waiting = {document.id}, list(document.under)
    while waiting:
        above = shelf[waiting.pop(0)]
        if above.id in seen:
            continue
        seen.add(above.id)
        waiting += above.under
        if above.holds(on):
            found += above.on(on).clauses
    return tuple(found)
