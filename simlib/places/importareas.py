"""Townships and counties by the names offices write, and the codes they have."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pandas as pd

from simlib.places.columns import peoples
from simlib.places.frame import frame_table

_AREA_TAIL = re.compile(
    r"(街道办事处|街道办|办事处|人民政府|民政办公室|民政办|民政所|便民服务中心|社会事务办)$"
)
_REMARK = re.compile(r"^[*＊※#＃]+|[*＊※#＃①-⑳]+$|[(（][^()（）]*[)）]$")
"""What is written about a township before or behind its name: a mark, a number of a footnote, a bracket."""
_NUMBER = re.compile(
    r"^(?:[(（](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）]|(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[、.．)）])"
)
"""A number that counts the rows, with the mark that sets it apart from the name."""
_KIND_TAIL = re.compile(r"(街道|民族乡|镇|乡|苏木|农场|管理区)$")
_COUNTY_TAIL = re.compile(r"(民政局|人民政府)$")


def short_area(name: str) -> str:
    """A township's name without what offices add to it.

    >>> short_area("通江街道办事处"), short_area("通江镇人民政府"), short_area("通江镇（含原某乡）")
    ('通江街道', '通江镇', '通江镇')
    """
    word = unicodedata.normalize("NFKC", without_remark(name)).replace(" ", "")
    found = _AREA_TAIL.search(word)
    if found is None:
        return word
    rest = word[: found.start()]
    return rest + "街道" if found[1] in ("街道办事处", "街道办") else rest


def unnumbered(name: str) -> str:
    """A name without the number of its row before it; itself where nothing would be left.

    >>> unnumbered("（三）通江街道"), unnumbered("2、市中区"), unnumbered("三江镇"), unnumbered("（1）")
    ('通江街道', '市中区', '三江镇', '（1）')
    """
    return _NUMBER.sub("", name.strip()).strip() or name


def without_remark(name: str) -> str:
    """A name without marks and brackets before or behind it; itself where nothing would be left.

    >>> without_remark("*千佛镇①"), without_remark("（新）")
    ('千佛镇', '（新）')
    """
    word, last = unnumbered(name), ""
    while word != last:
        word, last = _REMARK.sub("", word).strip() or word, word
    return word


def bare_area(name: str) -> str:
    """A township's name without its kind and without the people it is named for.

    >>> bare_area("通江街道办"), bare_area("和平彝族乡")
    ('通江', '和平')
    """
    word = short_area(name)
    bare = _KIND_TAIL.sub("", word) or word
    return _people_tail().sub("", bare) or bare


@cache
def _people_tail() -> re.Pattern[str]:
    return re.compile(f"(?:(?:{'|'.join(peoples())})族)+$")


@cache
def known_areas() -> pd.DataFrame:
    """Townships of the frame: area_code, area, county_code, county; `bare`: the name without its kind;
    `full`: behind that of its county."""
    towns, counties = frame_table("townships"), frame_table("counties")
    county = dict(zip(counties["county_code"], counties["county"], strict=True))
    frame = towns[["area_code", "area", "county_code"]].copy()
    frame["county"] = frame["county_code"].map(county)
    frame["bare"] = [bare_area(area) for area in frame["area"]]
    frame["full"] = frame["county"] + frame["area"]
    return frame


def areas_named(name: str, pool: pd.DataFrame) -> pd.DataFrame:
    """The townships of a pool that a name means: as it is, behind its county's name, or without its kind."""
    area = short_area(name)
    hits = pool[pool["area"] == area]
    if hits.empty:
        ends = [area.endswith(full) for full in pool["full"]]
        hits = pool[ends]
    return hits if len(hits) else pool[pool["bare"] == bare_area(area)]


def says_county(area: str) -> bool:
    """Whether a township's name is written behind that of its county, so that it needs no column for it.

    >>> says_county("市中区通江街道"), says_county("通江街道")
    (True, False)
    """
    word = short_area(area)
    return any(word.endswith(full) for full in known_areas()["full"])


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
    """Codes of the counties a name can mean.

    >>> county_codes("乐山市市中区民政局")
    ['511102']
    """
    word = _COUNTY_TAIL.sub("", unicodedata.normalize("NFKC", unnumbered(name)).replace(" ", ""))
    known = known_counties()
    if word in known:
        return known[word]
    with_tail = {code for tail in ("县", "区", "市") for code in known.get(word + tail, [])}
    return sorted(with_tail) or counties_named_in(word)


def is_county(name: str) -> bool:
    """Whether a name is that of a county, written in full."""
    return unicodedata.normalize("NFKC", unnumbered(name)).replace(" ", "") in known_counties()


def is_township_of(name: str, county_code: str) -> bool:
    """Whether a township has this name: in the county of the code, or anywhere where that is empty."""
    known = known_areas()
    pool = known[known["county_code"] == county_code] if county_code else known
    return bool((pool["area"] == short_area(name)).any())


@cache
def undivided() -> dict[str, str]:
    """Code of each district without townships, by its name: it is a row by itself, its code ends in 000."""
    counties = frame_table("counties")
    bare = counties[counties["townships_2025"] == 0]
    return dict(zip(bare["county"], bare["county_code"], strict=True))


@cache
def _cities() -> dict[str, str]:
    """Names of provinces and cities by the digits their codes begin with."""
    census = frame_table("census2020")
    upper = census[census["code"].str.endswith("00") & ~census["name"].isin(["市辖区", "县"])]
    return {
        re.sub(r"(00)+$", "", code): name for code, name in zip(upper["code"], upper["name"], strict=True)
    }


def counties_named_in(text: str) -> list[str]:
    """Codes of the counties a title may speak of, fewer where it names their city or province, too.

    >>> counties_named_in("乐山市市中区2026年社会救助情况统计表")
    ['511102']
    """
    word = unicodedata.normalize("NFKC", text).replace(" ", "")
    names = [name for name in known_counties() if name in word and name != "市辖区"]
    names = [name for name in names if not any(name != other and name in other for other in names)]
    codes = sorted({code for name in names for code in known_counties()[name]})
    above = [digits for digits, name in _cities().items() if name in word]
    inside = [code for code in codes if any(code.startswith(digits) for digits in above)]
    return inside or codes


def most_like(codes: list[str], areas: list[str]) -> list[str]:
    """Of some counties (of all, where none is given) those that hold most of these townships."""
    known = known_areas()
    pool = known[known["county_code"].isin(codes)] if codes else known
    hits = pool[pool["area"].isin([short_area(area) for area in areas])]
    counts = hits.drop_duplicates(["county_code", "area"]).groupby("county_code").size()
    return [str(code) for code in counts[counts == counts.max()].index] if len(counts) else []
