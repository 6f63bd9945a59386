"""Schemas of the result tables: what a run records, column by column, with units.

Codes of offices: a township its 9-digit code, a county bureau its 6-digit code, a verification centre that
code and "V". month counts from January of the plan's first year; year is a calendar year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SCHEMA_NUMBER = 14
"""Raised whenever a table changes shape or meaning; stored runs of another number are computed again."""


_TEXTS = frozenset(
    {"county_code", "office", "area_code", "route", "activity", "programme", "kind", "line", "source", "term"}
    | {"lot", "method", "end_reason", "step", "cause", "gap_cause", "item", "fund", "hands", "grade", "stage"}
)
_DATE_ENDING = "_on"
"""How the names of columns end that hold dates."""
NO_DATE = 1 << 40
"""Stands for a date that there is none of, such as a last day where the law sets none; an empty cell."""
_SHORTS = frozenset({"replication", "month", "year", "days"})


def _schema(columns: str) -> pa.Schema:
    """A schema from the names of its columns: texts, small counters, dates, else 64-bit whole numbers."""
    names = columns.split()
    types = {**dict.fromkeys(_TEXTS, pa.string()), **dict.fromkeys(_SHORTS, pa.int32())}
    types |= {name: pa.date32() for name in names if name.endswith(_DATE_ENDING)}
    return pa.schema([pa.field(name, types.get(name, pa.int64())) for name in names])


SCHEMAS: Mapping[str, pa.Schema] = {
    "desk_work": _schema(
        "replication month county_code office arrived decided withdrawn falling_due on_time open_end"
        " overdue_open reviews_due reviews_on_time reviews_overdue"
        " unlawful services busy_ticks available_ticks queue_end"
    ),
    "waits": _schema("replication year county_code office route days cases"),
    "activity": _schema("replication year county_code office activity services busy_ticks queue_ticks"),
    "step_terms": _schema("replication year county_code office term due in_time"),
    "caseload": _schema(
        "replication month county_code area_code programme households persons entered left undiscovered"
        " excluded_months excluded_unknown excluded_route overpaid_months overpaid_design overpaid_fen"
        " overpaid_design_fen phase_out_months phase_out_fen recovered_fen benefits_fen visits_missed"
    ),
    "workforce": _schema(
        "replication month county_code office kind required funded filled filled_milli unmanned_milli"
        " absent_milli duty_milli ramp_milli effective_milli hired left_quit"
        " left_appraisal left_term_end left_contract_ended left_post_closed paid_days grade_days"
    ),
    "money": _schema("replication month county_code line source fen"),
    "contracts": _schema(
        "replication county_code lot sequence method provider posts budget_fen price_fen quality_parts"
        " score_parts bidders rounds challenged complained won_again missed_parts asked_on awarded_on"
        " signed_on begins_on planned_end_on ends_on end_reason evaluations passed mark_parts gap_days"
        " gap_cause supplement_posts"
    ),
    "contract_gaps": _schema("replication month county_code lot cause post_days posts households"),
    "contract_steps": _schema(
        "replication county_code lot sequence round place step happens_on earliest_on latest_on mark_parts"
    ),
    "service_assessments": _schema(
        "replication month county_code area_code households covered open_start asked_first asked_yearly"
        " asked_change done in_need dropped open_end"
    ),
    "service_orders": _schema(
        "replication month county_code item open_start assessed on_time late unmet withdrawn open_end"
        " unmet_money helped units units_delivered late_days busy_ticks travel_ticks wait_ticks reserved_fen"
        " charged_fen released_fen unmet_fen visited satisfaction_parts"
    ),
    "service_money": _schema(
        "replication month county_code fund carried_in_fen voted_fen paid_fen committed_fen lapsed_fen"
        " held_fen evaluation_fen"
    ),
    "service_capacity": _schema(
        "replication month county_code hands workers available_ticks busy_ticks delivered waiting_end"
    ),
    "service_households": _schema(
        "replication year county_code area_code programme grade assessed with_need wholly partly left_out"
        " pending"
    ),
    "service_years": _schema(
        "replication year county_code provider speed_parts on_time late given_up unmet_money visited"
        " satisfaction_parts mark_parts renewed"
    ),
    "service_evaluations": _schema(
        "replication year county_code stage provider judged mark_parts passed cost_fen charged_fen"
    ),
}
"""Tables by name. Rows are in canonical order: sorted by their key columns, left to right.

desk_work: cases are counted at the township that took them in; a withdrawn one is open until it ends;
falling_due, on_time and overdue_open are of matters with a legal term, reviews_… of reviews, whose term is
taken by analogy; services, busy_ticks [tick], available_ticks [tick] and queue_end [items waiting] at the
office that serves.
waits: cases decided, by whole working days from acceptance to decision; the last bin is open-ended.
activity: queue_ticks is the time items waited at the office [tick].
step_terms: steps with a term of their own, by the key of the term, at the township that took the case in;
due: done in time or past their last day in this year, each once; in_time: of those, done by their last day.
caseload: stocks at the month's end, households from the first month they are paid; entered: first paid in the
month after; left: of those paid by then; excluded_months counts families in need without payment,
overpaid_months those paid after eligibility ended [household-months]; overpaid_fen: what they were paid;
benefits_fen: what all were paid [fen]. Of the excluded, excluded_unknown nobody had found and excluded_route
would have waited even with no queue at any desk; overpaid_design: paid after eligibility ended even so, the
dead who lived alone until somebody noticed among them. What
remains is desk lateness; it can be negative for single months, so it is summed and never cut off.
phase_out_months, phase_out_fen: paid on by law after a decision ended support (household-months, fen): no
leakage, and in none of its columns; benefits_fen holds it. recovered_fen: asked back in the month of the
decision, of what was paid in that month's past, months before the plan among them; taken off no other column.
visits_missed: care visits not asked for, since the one before was still to be made.
workforce: posts of an office at the month's end. From posts held over the month's working days down to time
at the desk × speed, in post/1000: filled_milli = unmanned_milli (the provider sent nobody) + absent_milli
(leave, sickness, training in the year, closed offices) + duty_milli (other duties) + ramp_milli (trained
before the post, then slower than an experienced worker) + effective_milli, exactly; a day counts once.
hired and left_… count people in the month: filled = filled the month before + hired − left, for every office
and kind; paid_days: days posts were held; grade_days: those days × the holder's pay grade, 0 in his first
year (payroll posts have none here), so their quotient is the mean grade.
money: amounts by county, line and source [fen]; see `MONEY_LINES`.
contracts: one row a contract that began, by lot and number; number 0 is the one there was before the plan,
of which only posts, provider and dates from its beginning are known. budget_fen, price_fen: for a year [fen];
…_parts: shares in 2**-16; rounds: until it was won; challenged, complained, won_again (by the provider of the
contract before): 1 or 0; missed_parts: of working days left unmanned; planned_end_on: the last day agreed,
ends_on: the last day it was in force, the planned one while it runs; mark_parts: of its last evaluation;
gap_days: without a contract before it began [day]; of a lot's first one since its posts were asked for, the
day the vote's money can be used (gap_cause first);
gap_cause: why, or what the contract followed where there was no gap; supplement_posts: added to it while it
ran, at its price, as far as the law lets them be.
contract_gaps: days on which funded or existing posts of a county stood without a contract [post-day], by
lot and cause: first (none signed yet: the wait for a lot's first contract, from the day its posts are
funded), retender (the one before ran out), failure (its provider failed; what is taken over is no gap),
not_continued (after an evaluation), beyond (the running contract, supplements and all, is for fewer posts).
posts: of the county's offices at the month's end, payroll and contract, held or not; households: it supports
then. None where posts need no contract.
contract_steps: one row a step of a purchase, round by round, and of the contract that came of it;
earliest_on: the first day the law allows after the step before; latest_on: the last, empty where none is set.
The service_… tables are empty where no services are bought (policy.services: none).
service_assessments: needs of families assessed at the desk of their township; households: on the books at the
month's start; covered: of them, where services are offered by now. open_start + asked_first (the first time)
+ asked_yearly (a year after the last) + asked_change (the family changed) = done + dropped (off the books
meanwhile) + open_end; in_need: of those done, need at least one item.
service_orders: one order is what a family gets of an item at one time; open_start + assessed = on_time + late
+ unmet + withdrawn + open_end. assessed: due from the assessment in the month; unmet_money: of the unmet,
never placed because no money was left; the rest were given up because nobody came in time. helped: of those
delivered, by mutual help. units: assessed, units_delivered: of the item's unit. in time: begun by
the due day; late_days: of those late, past it [working day]; wait_ticks: from order to beginning, of those
delivered. Money at list prices: what orders hold at the month's end is what they held before + reserved_fen
− charged_fen − released_fen; unmet_fen: what the unmet would have cost. visited: delivered orders followed up
by a return visit; satisfaction_parts: their satisfaction added up, modelled, not surveyed [2**-16].
service_money: the year of each fund. carried_in_fen (held for last year's orders) and voted_fen stand in
January, committed_fen (held for open orders) and lapsed_fen in December: over a year carried_in + voted =
paid + committed + lapsed. evaluation_fen: of what was paid, for evaluations. The fund `grant` is the capped
one: its voted_fen is the cap. held_fen: for open orders at the month's end, of this year's money and the
last's.
service_capacity: hands: the provider's workers, or helpers (`hardship`, `sixty`); available_ticks: of
the provider's workers but for leave, sickness and training, of helpers as far as their monthly limit lets
them; waiting_end: orders given to them and not begun.
service_households: families assessed by the end of the year, by grade (`none`: need nothing); with_need
= wholly (orders delivered, none unmet) + partly (both) + left_out (none delivered, at least one unmet)
+ pending (none of the year delivered or unmet yet: open, withdrawn or not due).
service_years: provider: which one it is, from 0 on; speed_parts: its speed, one being the usual [2**-16];
on_time, late, given_up: what became in the year of orders placed with it; unmet_money: orders no money was
left for, which do not count against it; mark_parts: of the year's evaluation [2**-16]; renewed: 1 where it
goes on, 0 where another takes over next year.
service_evaluations: one row an evaluation of a provider held under the document services are bought by, where
the county has money for services and offers them by then; none where no document is named. stage: mid_term
(of the months so far) or final; judged: orders it went by: delivered, given up, at mid-term overdue too; with
none there was nothing to judge, and mark_parts is 0, passed 1. mark_parts: after an appeal, if there was one
[2**-16]; passed: 1 or 0; cost_fen: of the panel; charged_fen: of it, paid by the fund the document
names: less where the plan gives that fund too little, 0 where the document names none [fen].
"""

MONEY_LINES: Mapping[str, str] = {
    "cap_posts": "what the money rule lets posts cost in the year, where it binds; changes in their month",
    "target_posts": "the same where it is a target only",
    "cap_services": "what may buy services in the year out of the grant; planned only, where none is bought",
    "grant_left_expected": "what this year's grant is expected to leave after benefits and temporary aid, in"
    " January: a limit of cap_services",
    "grant_left_assumed": "the same, an assumed share of last year's, where a county gives no grant",
    "grant_left": "what it did leave, in December; below 0 where benefits took more",
    "asked": "first submission for the next year",
    "control_figure": "the rule's amount on the forecast, for the next year",
    "carried_in": "fund: from the year before, held back for what is owed or carried over",
    "voted": "fund: the year's vote, entered in January",
    "true_up": "fund: change when the accounts of the year before are closed",
    "frozen": "fund: taken back by a freeze",
    "settled": "fund: an upper tier's settlement of closed years",
    "supplement": "fund: added where the county's own part falls short",
    "paid": "fund: paid out of it in the month, the county's advances paid back included",
    "committed": "fund: owed at the year's end, paid in January",
    "lapsed": "fund: given back at the year's end",
    "carried_out": "fund: kept for the next year",
    "unmet": "wages and costs that no money of the fund could bear",
    "received": "cash of an upper tier that came in, or was deducted if negative",
    "advance": "paid by the county in a tier's place, not yet got back at the month's end: a stock",
    "wages_contract": "what bought workers earned by pay grade, at the price awarded",
    "wages_unmanned": "what was taken off that for days left unmanned, where those go unpaid",
    "wages_workload": "what was added or taken off for workload",
    "wages_payroll": "what payroll posts cost, their part for assistance alone; outside every fund",
    "wages_existing": "what contract posts of before the plan cost, net; funded already, outside every fund",
    "purchase_cost": "what buying cost: the work fund's, set aside before money becomes posts; for posts of"
    " before the plan outside every fund",
    "evaluation_cost": "what evaluations and their panels cost; likewise",
    "benefits": "benefits of the month; the source is the programme",
    "promised_…": "what contracts begun in the month promise of the first, second, … year after, at the price"
    " awarded, supplements included; without contracts what terms of engagement promise, at the list price",
}
"""Lines of the money table. For each fund (a source of `voted`) and year: carried_in + voted + true_up
+ frozen + settled + supplement = paid + committed + lapsed + carried_out. In each month: benefits =
paid of all tiers + change of advance."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "desk_work": ("replication", "month", "county_code", "office"),
    "waits": ("replication", "year", "county_code", "office", "route", "days"),
    "activity": ("replication", "year", "county_code", "office", "activity"),
    "step_terms": ("replication", "year", "county_code", "office", "term"),
    "caseload": ("replication", "month", "county_code", "area_code", "programme"),
    "workforce": ("replication", "month", "county_code", "office", "kind"),
    "money": ("replication", "month", "county_code", "line", "source"),
    "contracts": ("replication", "county_code", "lot", "sequence"),
    "contract_steps": ("replication", "county_code", "lot", "sequence", "round", "place"),
    "contract_gaps": ("replication", "month", "county_code", "lot", "cause"),
    "service_assessments": ("replication", "month", "county_code", "area_code"),
    "service_orders": ("replication", "month", "county_code", "item"),
    "service_money": ("replication", "month", "county_code", "fund"),
    "service_capacity": ("replication", "month", "county_code", "hands"),
    "service_households": ("replication", "year", "county_code", "area_code", "programme", "grade"),
    "service_years": ("replication", "year", "county_code"),
    "service_evaluations": ("replication", "year", "county_code", "stage"),
}

LAST_WAIT_BIN = 61
"""Bin of waits of 61 working days or more."""

Tables = dict[str, pa.Table]


class Ledger:
    """Collects blocks of rows for the tables of counties side by side.

    replications, codes: of the counties; rows give a position there. names: the texts of each other text
    column; rows give their position, or a text that stands for all.
    """

    def __init__(
        self, replications: Sequence[int], codes: Sequence[str], names: dict[str, Sequence[str]]
    ) -> None:
        self.replications, self.names = np.array(replications), {**names, "county_code": codes}
        self.blocks: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}

    def add(self, table: str, county: NDArray[np.int64], **columns: Any) -> None:
        """Add rows, one for each county position; a scalar stands for every row."""
        rows = len(county)
        block = {"county_code": county, "replication": self.replications[county]}
        for name, value in columns.items():
            found = self.names[name].index(value) if isinstance(value, str) else value
            block[name] = found if isinstance(found, np.ndarray) else np.full(rows, found)
        if rows:
            self.blocks[table].append(block)

    def tables(self) -> Tables:
        """The tables, in canonical order."""
        return {name: self._table(name) for name in SCHEMAS}

    def _table(self, name: str) -> pa.Table:
        blocks, schema = self.blocks[name], SCHEMAS[name]
        if not blocks:
            return schema.empty_table()
        columns = {field.name: np.concatenate([block[field.name] for block in blocks]) for field in schema}
        keys = [self._rank(key)[columns[key]] if key in _TEXTS else columns[key] for key in KEYS[name]]
        order = np.lexsort(keys[::-1])
        arrays = []
        for field in schema:
            values = columns[field.name][order]
            if field.name in _TEXTS:
                texts = pa.array(self.names[field.name], type=pa.string())
                arrays.append(texts.take(pa.array(values)))
            elif field.type == pa.date32():
                days = np.where(values == NO_DATE, 0, values).astype("datetime64[D]")
                arrays.append(pa.array(days, type=field.type, mask=values == NO_DATE))
            else:
                arrays.append(pa.array(values, type=field.type))
        return pa.Table.from_arrays(arrays, schema=schema)

    def _rank(self, column: str) -> NDArray[np.int64]:
        """Place of each text of a column in their order."""
        return np.argsort(np.argsort(np.array(self.names[column])))


def in_order(name: str, table: pa.Table) -> pa.Table:
    """A table with its rows in canonical order."""
    return table.sort_by([(key, "ascending") for key in KEYS[name]])


def join(name: str, parts: Sequence[pa.Table]) -> pa.Table:
    """The rows of several parts of one table, in canonical order."""
    whole = pa.concat_tables(parts) if parts else SCHEMAS[name].empty_table()
    return in_order(name, whole).combine_chunks()
