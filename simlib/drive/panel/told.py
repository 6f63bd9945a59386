"""Why a number is what it is: the rules in words, a case step by step, and what went wrong."""

from __future__ import annotations

import pandas as pd

from simlib import words
from simlib.desks.casetext import case_head, case_rows
from simlib.drive.casestory import case_list, case_story
from simlib.drive.panel.asked import Asked
from simlib.errors import InputError
from simlib.policy.explain import explain
from simlib.policy.money.shortfall import FIXED
from simlib.policy.statutes import Law
from simlib.scenario import NONE
from simlib.view import chartparts, tables
from simlib.view.blocks import Block, bullets, escaped
from simlib.years.setting import Setting

LISTED = 12
"""Late cases offered to be told."""


def rule_in_words(asked: Asked, law: Law, lang: str) -> Block:
    """The formula and money rule chosen, as their texts say."""
    policy = asked.scenario.policy
    told = [
        explain(text, lang, law=law) for text in (policy.formula, policy.money) if text not in (NONE, FIXED)
    ]
    html = "".join(f'<pre class="why">{escaped(text)}</pre>' for text in told)
    return Block(html or escaped(words.say("panel.at_once.none", lang)), "\n\n".join(told))


def late_cases(setting: Setting, county: str) -> pd.DataFrame:
    """A county's cases of the first replication, the latest first: as `case_list` returns them."""
    return case_list(setting, county, 0).head(LISTED)


def told_case(setting: Setting, case: str, lang: str) -> Block:
    """One case of the first replication, step by step."""
    story = case_story(setting, case, 0)
    place = setting.place
    areas = dict(zip(place.townships["area_code"].astype(str), place.townships["area"], strict=True))
    areas |= dict(zip(place.counties["county_code"].astype(str), place.counties["county"], strict=True))

    def office(at: int) -> str:
        code = story.offices[at]
        return str(
            areas.get(code) or words.say("trace_verification", lang, county=areas[code.removesuffix("V")])
        )

    with words.speaking(lang):
        head, rows = case_head(story.file), pd.DataFrame(case_rows(story.file, office))
    titles = {str(column): str(column) for column in rows}
    table = tables.table(rows, label=words.say("panel.case", lang), name="case", titles=titles, wide=True)
    return chartparts.show(bullets(head, kind="case"), table)


def in_words(error: Exception, lang: str) -> str:
    """What went wrong, in one or more lines."""
    if isinstance(error, InputError):
        return "\n".join(problem.line(lang) for problem in error.problems)
    return words.say("panel.failed", lang, error=" ".join(f"{type(error).__name__}: {error}".split()))
