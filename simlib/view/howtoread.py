"""How the figures of a page are to be read, said once: intervals, what is too rare, how waits are counted."""

from __future__ import annotations

import pandas as pd

from simlib import words
from simlib.decide.intervals import one_in
from simlib.view.blocks import Block, paragraph
from simlib.view.contract import ALL_YEARS
from simlib.view.names import Names
from simlib.years.records import LAST_WAIT_BIN

TWO = 2
"""Replications it takes for an interval; and the rarest event, one in two, that is worth a word."""


def how_to_read(summary: pd.DataFrame, names: Names) -> Block:
    """What the figures of a summary are: means with intervals, without what no replication has shown."""
    counted = summary.loc[(summary["measure"] == "on_time_share") & (summary["year"] == ALL_YEARS), "n"]
    least = int(counted.min()) if len(counted) else 0
    told = []
    if least >= TWO:
        told.append(names.say("view.how_to_read.interval", n=least))
    if least and one_in(least) >= TWO:
        told.append(names.say("view.how_to_read.rare", n=least, one_in=one_in(least)))
    elif least:
        told.append(names.say("view.how_to_read.hardly", n=least))
    return paragraph("".join([*told, counted_waits(names.lang)]), claim="words:how_to_read")


def counted_waits(lang: str) -> str:
    """How waits are counted, of which a mean is shown."""
    return words.say("view.how_to_read.waits", lang, last=LAST_WAIT_BIN - 1, longer=LAST_WAIT_BIN)
