"""Offices at which work can never be done, whatever is bought: nobody there is on the payroll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pandas as pd

from simlib import words

_SHOWN = 5


class Posts(Protocol):
    """What is read of a place: who is there today."""

    @property
    def townships(self) -> pd.DataFrame:
        """One row a township."""

    @property
    def counties(self) -> pd.DataFrame:
        """One row a county."""


OFFICES = ("township", "county", "verification")
"""Kinds of offices in the order in which they are told."""


def where_nobody(place: Posts) -> Mapping[str, list[str]]:
    """Names of the offices that have nobody on the payroll, by kind; kinds without any are left out.

    A bought worker may not give the opinions and decisions that 57号 arts. 19 and 20 give to township and
    county, and none is bought for a verification centre: what waits there waits without end.
    """
    towns, counties = place.townships, place.counties
    names = {
        "township": towns["county"].astype(str) + towns["area"].astype(str),
        "county": counties["county"].astype(str),
        "verification": counties["county"].astype(str),
    }
    posts = {
        "township": towns["posts_payroll"],
        "county": counties["posts_payroll"],
        "verification": counties["posts_verification"],
    }
    found = {kind: names[kind][posts[kind].to_numpy() == 0].tolist() for kind in OFFICES}
    return {kind: offices for kind, offices in found.items() if offices}


def first_of(names: Sequence[str]) -> tuple[str, ...]:
    """The first few of some names, and a mark where there are more."""
    return (*names[:_SHOWN], *(["…"] if len(names) > _SHOWN else []))


def some_of(names: Sequence[str], lang: str | None = None) -> str:
    """The first few of some names, as the language lists them."""
    return words.say("view.list", lang).join(first_of(names))
