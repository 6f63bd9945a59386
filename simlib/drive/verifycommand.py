"""`simlib verify`: whether every number of a report is what its stored tables say."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.printed import show, tell
from simlib.drive.seal import BrokenSealError, package_digest, read_seal
from simlib.drive.verification import Truth, check, report_of, truth_of
from simlib.errors import InputError, Problem, SimlibError
from simlib.view.claims import Difference

LISTED = 20
"""Differences that a table lists; other formats hold them all."""

_COLUMNS = [item.name for item in fields(Difference)]
_DIGITS = 8


def verify(asked: Any) -> None:
    """Derive a report again from its store and compare every number and every byte.

    Raises InputError for what is no sealed report, SimlibError where anything differs.
    """
    if not asked.report.exists():
        raise InputError(Problem("cli_missing", values={"found": asked.report}))
    if asked.resimulate < 0:
        values = {"option": "--resimulate", "low": 0, "found": asked.resimulate}
        raise InputError(Problem("cli_number", values=values))
    absent = [item for item in asked.law if not item.exists()]
    if absent:
        raise InputError([Problem("law_no_folder", str(item)) for item in absent])
    folder, only = report_of(asked.report)
    try:
        made_by = read_seal(folder).package
        if made_by != package_digest():
            pair = {"found": made_by[:_DIGITS], "here": package_digest()[:_DIGITS]}
            tell(words.say("verify_other_version", **pair))
        law = tuple(item.resolve() for item in asked.law) or None
        truth = truth_of(folder, only=only, law=law, resimulate=asked.resimulate)
    except BrokenSealError as error:
        tell(error.problems[0].line())
        truth = Truth({}, is_whole=True)
    verdict = check(folder, truth, only)
    found = [asdict(difference) for difference in verdict.differences]
    table = pd.DataFrame(found, columns=_COLUMNS)
    if found or asked.format != "table":
        show(table.head(LISTED) if asked.format == "table" else table, asked.format)
    if not truth.is_whole:
        tell(words.say("verify_no_pages"))
    if found:
        tell(words.say("verify_differ", count=len(found), shown=min(len(found), LISTED)))
        raise SimlibError(words.say("verify_failed"))
    counted = {"numbers": verdict.numbers, "pages": verdict.pages, "files": verdict.files}
    tell(words.say("verify_agree", **counted))
    if asked.resimulate:
        tell(words.say("verify_resimulated", count=asked.resimulate))
