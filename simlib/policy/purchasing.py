"""What may be bought, from whom, for how long and by which method: every refusal names its clause.

`refusals` lists what a document forbids; `compliance_notes` what it leaves open or asks to be checked. Both
are lists of problems, so that a form shows them in either language. Thresholds of money are the place's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from simlib import words
from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import (
    CONDITIONS,
    FUNDS,
    INDICATORS,
    ITEMS,
    METHODS,
    PROVIDERS,
    ROLES,
    STAGES,
    WORK,
    Clause,
    PurchaseDocument,
    clauses_on,
)
from simlib.policy.statutes import Law
from simlib.units import MONTHS_PER_YEAR
from simlib.yamlfile import nearest

FORMS = ("service_volume", "post_dispatch")
"""Forms of contract: so many services delivered; or so many workers of the provider at the office's desks."""
_ONCE = {"purchase_note_thresholds", "purchase_no_method"}
"""Said by the first clause that asks for it, not again by each."""
_DISPATCHING = ("recruitment", "dispatch", "public_welfare_posts")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the catalogue that is said in the language in force."""

    key: str

    def __str__(self) -> str:
        return words.say(self.key) if words.has(self.key) else self.key


@dataclass(frozen=True, slots=True)
class Said:
    """What a clause says, in the language in force."""

    zh: str
    en: str

    def __str__(self) -> str:
        return words.pick({"zh": self.zh, "en": self.en})


@dataclass(frozen=True, slots=True)
class Provider:
    """Who would deliver. meets: conditions it fulfils; misconduct_on: day a breach was established."""

    kind: str
    meets: frozenset[str] = frozenset()
    misconduct_on: date | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Who evaluates. accountants: members of finance with a mid-level title or above [person]."""

    members: int
    accountants: int = 0
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The place's thresholds [fen]: from `limit_fen` the legal methods, from `open_tender_fen` a tender."""

    limit_fen: int
    open_tender_fen: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase as proposed.

    work: what is bought; months: length of the contract; met: conditions for more than the normal length.
    alike_fen: other purchases of the same thing under the same budget in the same year [fen].
    approved: whether a method other than the open tender was approved beforehand.
    charged: fund for each of `posts`, `services`, `evaluation`. stages: evaluations planned. weights: of the
    indicators; takes_over: whether there is a plan for a take-over; double_random: whether supervision draws
    inspector and day. What is None is not judged.
    """

    work: tuple[str, ...]
    months: int
    form: str = "service_volume"
    provider: Provider | None = None
    met: frozenset[str] = frozenset()
    amount_fen: int = 0
    alike_fen: int = 0
    method: str = ""
    in_catalogue: bool = False
    approved: bool = False
    thresholds: Thresholds | None = None
    lowest_price_only: bool = False
    handed_on: bool = False
    panel: Panel | None = None
    stages: tuple[str, ...] | None = None
    charged: Mapping[str, str] | None = None
    weights: Mapping[str, int] | None = None
    takes_over: bool | None = None
    double_random: bool | None = None

    def __post_init__(self) -> None:
        """Raises LawError for a word that is not known, and for a length or amount below what can be."""
        asked = [
            *((word, WORK) for word in self.work),
            (self.form, FORMS),
            (self.method or METHODS[0], METHODS),
        ]
        asked += [(word, CONDITIONS) for word in sorted(self.met)]
        asked += [(word, STAGES) for word in self.stages or ()]
        asked += [(word, INDICATORS) for word in self.weights or ()]
        asked += [(word, ITEMS) for word in self.charged or ()]
        asked += [(word, FUNDS) for word in (self.charged or {}).values()]
        asked += [(self.provider.kind, PROVIDERS)] if self.provider else []
        asked += [(word, ROLES) for word in sorted(self.panel.roles)] if self.panel else []
        problems = [
            Problem("purchase_bad_word", values={"found": word, "near": nearest(word, known)})
            for word, known in asked
            if word not in known
        ]
        if not self.work or self.months < 1 or min(self.amount_fen, self.alike_fen) < 0:
            problems.append(Problem("purchase_empty"))
        if self.panel is not None and self.panel.accountants > self.panel.members:
            counts = {"accountants": self.panel.accountants, "members": self.panel.members}
            problems.append(Problem("purchase_panel_counts", values=counts))
        if problems:
            raise LawError(problems)


def refusals(
    purchase: Purchase, *, law: Law, document: str | PurchaseDocument, on: date
) -> tuple[Problem, ...]:
    """Everything a document, and those it stands under, forbid in a purchase; each names its clause.

    on: the day the contract is signed. Raises LawError for an unknown document or a day outside its dates.
    """
    clauses = clauses_on(document, on=on, documents=law.purchasing)
    return tuple(found for found, refused in _found(purchase, clauses, law, on) if refused)


def compliance_notes(
    purchase: Purchase, *, law: Law, document: str | PurchaseDocument, on: date
) -> tuple[Problem, ...]:
    """What the documents leave open about a purchase: neutral notes, never a verdict.

    Raises as `refusals`.
    """
    clauses = clauses_on(document, on=on, documents=law.purchasing)
    return tuple(found for found, refused in _found(purchase, clauses, law, on) if not refused)


def funds_for(item: str, *, law: Law, document: str | PurchaseDocument, on: date) -> tuple[str, ...]:
    """Funds an item may be charged to, in the order of the document; none where it pays for no such item.

    item: `posts`, `services` or `evaluation`. Raises LawError as `refusals`, and for another item.
    """
    if item not in ITEMS:
        raise LawError(Problem("purchase_bad_word", values={"found": item, "near": nearest(item, ITEMS)}))
    for clause in clauses_on(document, on=on, documents=law.purchasing):
        if clause.rule == "charges":
            return tuple(clause.content.get(item, ()))
    return ()


Found = list[tuple[Problem, bool]]
"""Problems, and whether each refuses."""


def _told(key: str, clause: Clause, **values: object) -> Problem:
    said = Said(clause.says["zh"], clause.says["en"])
    return Problem(f"purchase_{key}", values={"clause": clause.cited, "says": said, **values})


def _found(purchase: Purchase, clauses: tuple[Clause, ...], law: Law, on: date) -> Found:
    found = _work(purchase, clauses) + _provider(purchase, clauses, on)
    for clause in clauses:
        if clause.rule in _JUDGES:
            told = {problem.key for problem, _ in found} & _ONCE
            judged = _JUDGES[clause.rule](purchase, clause, law, on)
            found += [(problem, refused) for problem, refused in judged if problem.key not in told]
    return found


def _work(purchase: Purchase, clauses: tuple[Clause, ...]) -> Found:
    found: Found = []
    lists = [clause for clause in clauses if clause.rule == "buys"]
    named = {word for clause in lists for word in clause.content["work"]}
    is_open = any(clause.content.get("open") for clause in lists)
    for word in purchase.work:
        never = [c for c in clauses if c.rule == "never" and word in c.content["work"]]
        found += [(_told("never", clause, work=Word(f"work_{word}")), True) for clause in never]
        if lists and word not in named and not never:
            found.append((_told("not_listed", lists[0], work=Word(f"work_{word}")), not is_open))
    labour = [c for c in clauses if c.rule == "never" and "dispatch" in c.content["work"]]
    if labour and (purchase.form == "post_dispatch" or set(purchase.work) & set(_DISPATCHING)):
        forms = {"dispatch": Word("form_post_dispatch"), "volume": Word("form_service_volume")}
        found.append((_told("note_forms", labour[0], **forms), False))
    return found


def _provider(purchase: Purchase, clauses: tuple[Clause, ...], on: date) -> Found:
    provider = purchase.provider
    if provider is None:
        return []
    found: Found = []
    kind = Word(f"provider_{provider.kind}")
    barred = [c for c in clauses if c.rule == "bars" and provider.kind in c.content["providers"]]
    found += [(_told("barred", clause, provider=kind), True) for clause in barred]
    admits = next((c for c in clauses if c.rule == "admits"), None)
    if admits and not barred and provider.kind not in admits.content["providers"]:
        found.append((_told("not_admitted", admits, provider=kind), not admits.content.get("open")))
    for clause in clauses:
        if clause.rule == "conditions":
            for number, (name, text) in enumerate(clause.content["conditions"].items(), 1):
                if name not in provider.meets:
                    condition = Said(text["zh"], text["en"])
                    found.append((_told("condition", clause, number=number, condition=condition), True))
        elif clause.rule == "excludes" and provider.misconduct_on is not None:
            found += _excluded(clause, provider.misconduct_on, on)
    return found


def _excluded(clause: Clause, since: date, on: date) -> Found:
    years = clause.content.get("years")
    if years is None:
        return [(_told("note_excluded", clause, since=str(since)), False)]
    leap = (since.month, since.day) == (2, 29)
    until = date(since.year + years, 3, 1) if leap else since.replace(year=since.year + years)
    if since <= on < until:
        return [(_told("excluded", clause, since=str(since), until=str(until)), True)]
    return []


def _term(purchase: Purchase, clause: Clause, law: Law, on: date) -> Found:
    limits = {
        key: MONTHS_PER_YEAR * law.value(clause.content[key], on=on)
        for key in ("normal", "most")
        if key in clause.content
    }
    if "most" in limits and purchase.months > limits["most"]:
        return [(_told("too_long", clause, months=purchase.months, most=limits["most"]), True)]
    if "normal" not in limits or purchase.months <= limits["normal"]:
        return []
    if "most" not in limits:
        return [(_told("note_long", clause, months=purchase.months, normal=limits["normal"]), False)]
    lacking = [name for name in clause.content.get("conditions", ()) if name not in purchase.met]
    return [
        (
            _told("long_condition", clause, months=purchase.months, condition=Word(f"condition_{name}")),
            True,
        )
        for name in lacking
    ]


def _is_regulated(purchase: Purchase) -> bool:
    limits = purchase.thresholds
    return purchase.in_catalogue or (limits is not None and purchase.amount_fen >= limits.limit_fen)


def _methods(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    found: Found = []
    if not _is_regulated(purchase):
        return [] if purchase.thresholds else [(_told("note_thresholds", clause), False)]
    if not purchase.method:
        return [(_told("no_method", clause), True)]
    if purchase.method not in clause.content["methods"]:
        method = Word(f"method_{purchase.method}")
        found.append((_told("method", clause, method=method), not clause.content.get("open")))
    return found


def _open_tender_due(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    limits = purchase.thresholds
    if limits is None or purchase.amount_fen < limits.open_tender_fen:
        return []
    if purchase.method in ("", "open_tender") or purchase.approved:
        return []
    return [(_told("tender_due", clause, method=Word(f"method_{purchase.method}")), True)]


def _no_splitting(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    limits = purchase.thresholds
    if limits is None or purchase.amount_fen >= limits.open_tender_fen or purchase.approved:
        return []
    whole = purchase.amount_fen + purchase.alike_fen
    split = whole >= limits.open_tender_fen and purchase.method != "open_tender"
    return [(_told("split", clause), True)] if split else []


def _not_lowest_price(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    return [(_told("lowest_price", clause), True)] if purchase.lowest_price_only else []


def _no_handing_on(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    return [(_told("handed_on", clause), True)] if purchase.handed_on else []


def _evaluations(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    if purchase.stages is None:
        return []
    lacking = [stage for stage in clause.content["stages"] if stage not in purchase.stages]
    return [(_told("no_evaluation", clause, stage=Word(f"stage_{stage}")), True) for stage in lacking]


def _panel(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    panel, rule = purchase.panel, clause.content
    if panel is None:
        return []
    found: Found = []
    if panel.members < rule["least"]:
        found.append((_told("panel_small", clause, members=panel.members, least=rule["least"]), True))
    if rule.get("odd") and panel.members % 2 == 0:
        found.append((_told("panel_even", clause, members=panel.members), True))
    if panel.accountants < rule.get("accountants", 0):
        found.append((_told("panel_accountant", clause, least=rule["accountants"]), True))
    return found + _evaluated_by(purchase, clause, _law, _on)


def _evaluated_by(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    if purchase.panel is None:
        return []
    lacking = [role for role in clause.content.get("roles", ()) if role not in purchase.panel.roles]
    return [(_told("panel_role", clause, role=Word(f"role_{role}")), True) for role in lacking]


def _indicators(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    weights = purchase.weights
    if weights is None:
        return []
    found: Found = [
        (_told("no_weight", clause, indicator=Word(f"indicator_{name}")), True)
        for name in clause.content["indicators"]
        if weights.get(name, 0) <= 0
    ]
    for name in clause.content.get("first", ()):
        if any(weights[other] >= weights.get(name, 0) for other in weights if other != name):
            found.append((_told("not_first", clause, indicator=Word(f"indicator_{name}")), True))
    return found


def _supervises(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    random = purchase.double_random is not False or not clause.content.get("double_random")
    return [] if random else [(_told("not_random", clause), True)]


def _takes_over(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    return [(_told("no_takeover", clause), True)] if purchase.takes_over is False else []


def _charges(purchase: Purchase, clause: Clause, _law: Law, _on: date) -> Found:
    found: Found = []
    for item, fund in (purchase.charged or {}).items():
        if item not in clause.content and item == "evaluation":
            found.append((_told("note_charge", clause, item=Word(f"item_{item}")), False))
        elif fund not in clause.content.get(item, ()):
            told = _told("charge", clause, item=Word(f"item_{item}"), fund=Word(f"fund_{fund}"))
            found.append((told, True))
    return found


_JUDGES: dict[str, Callable[[Purchase, Clause, Law, date], Found]] = {
    "term": _term,
    "methods": _methods,
    "open_tender_due": _open_tender_due,
    "no_splitting": _no_splitting,
    "not_lowest_price": _not_lowest_price,
    "no_handing_on": _no_handing_on,
    "evaluations": _evaluations,
    "panel": _panel,
    "evaluated_by": _evaluated_by,
    "indicators": _indicators,
    "supervises": _supervises,
    "takes_over": _takes_over,
    "charges": _charges,
}
