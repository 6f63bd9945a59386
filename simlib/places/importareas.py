"""Townships and counties by the names offices write, and the codes they have."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pandas as pd

from simlib.places.frame import frame_table

_AREA_TAIL = re.compile(r"(街道办事处|街道办|办事处|人民政府|民政办公室|民政办|便民服务中心|社会事务办)$")
_KIND_TAIL = re.compile(r"(街道|民族乡|镇|乡|苏木|农场|管理区)$")
_COUNTY_TAIL = re.compile(r"(民政局|人民政府)$")


def short_area(name: str) -> str:
    """A township's name without what offices add to it.

    >>> short_area("通江街道办事处"), short_area("通江镇人民政府")
    ('通江街道', '通江镇')
    """
    word = unicodedata.normalize("NFKC", name).replace(" ", "")
    found = _AREA_TAIL.search(word)
    if found is None:
        return word
    rest = word[: found.start()]
    return rest + "街道" if found[1] in ("街道办事处", "街道办") else rest


def bare_area(name: str) -> str:
    """A township's name without its kind.

    >>> bare_area("通江街道办")
    '通江'
    """
    word = short_area(name)
    return _KIND_TAIL.sub("", word) or word


@cache
def known_areas() -> pd.DataFrame:
    """Townships of the frame: area_code, area, county_code, county, and `bare`, the name without its kind."""
    towns, counties = frame_table("townships"), frame_table("counties")
    county = dict(zip(counties["county_code"], counties["county"], strict=True))
    frame = towns[["area_code", "area", "county_code"]].copy()
    frame["county"] = frame["county_code"].map(county)
    frame["bare"] = [bare_area(area) for area in frame["area"]]
    return frame


@cache
def known_counties() -> dict[str, list[str]]:
    """Codes of counties by their full name, over the whole country."""
    found: dict[str, list[str]] = {}
    census = frame_table("census2020")
    own = frame_table("counties")
    pairs = [
        *zip(own["county"], own["county_code"], strict=True),
        *zip(census["name"], census["code"], strict=True),
    ]
    for name, code in pairs:
        if code not in found.setdefault(str(name), []) and not str(code).endswith("00"):
            found[str(name)].append(str(code))
    return found


def county_codes(name: str) -> list[str]:
    """Codes of the counties a name can mean."""
    word = _COUNTY_TAIL.sub("", unicodedata.normalize("NFKC", name).replace(" ", ""))
    known = known_counties()
    if word in known:
        return known[word]
    return sorted({code for tail in ("县", "区", "市") for code in known.get(word + tail, [])})
