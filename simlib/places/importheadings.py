"""What headings of foreign tables stand for, in one row or several, and the numbers their cells hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from simlib.places.columns import columns, combined_headings, headings, part_headings, plain, vocabulary
from simlib.places.grids import Grid

WAN = 10_000
HEADING_ROWS = 15
"""Headings are looked for in this many rows from the top."""
NOTHING = frozenset({"-", "--", "---", "—", "——", "–", "―", "－", "/", "\\", "无", "没有", "零", "none"})
"""Cells that say there is none."""
BLANK = frozenset({"", "空", "…", "……", "...", "n/a", "na", "null", "未统计", "暂无"})
"""Cells that say nothing."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_UNIT_TAIL = re.compile(r"(万元|亿元|元|万户|户|万人次|人次|万人|人|个|名|件|分钟)$")
UNIT_LINE = re.compile(r"单位\s*[:：]\s*(?:人民币)?\s*(?:[户人]、)*(万元|元)")
_NOTE_LINE = ("注", "备注", "说明", "数据来源", "统计时间", "填报", "截至", "截止", "单位：", "单位:")
_YEAR = re.compile(r"^(?:19|20)\d\d年(?:度|末|底)?(?:\d{1,2}月(?:份|末|底)?)?")
"""The time a heading names before what it counts."""
_FILLERS = re.compile(
    r"社会救助|救助供养|经办|对象|居民|家庭|人员|在册|现有|期末|年末|本年|其中|情况|保障|供养|总|数|共|的|救助(?=\D*资金)"
)
"""Words a heading can have or lack and mean the same; what is left must be a known heading so shortened."""


def meaning(written: str) -> tuple[str, int, str]:
    """What a heading stands for, the factor its unit asks for, and how it was found.

    >>> meaning("低保支出（万元）")
    ('dibao_spending_yuan', 10000, 'unit')
    >>> meaning("2026年10月农村低保户数"), meaning("2024年低保支出")
    (('dibao_rural_households', 1, 'exact'), ('', 1, 'none'))
    """
    found = _meaning(written)
    if not found[0] and _YEAR.match(plain(written)):
        dated = _meaning(_YEAR.sub("", plain(written)))
        return dated if dated[0].endswith(("_households", "_persons")) else found
    return found


def _meaning(written: str) -> tuple[str, int, str]:
    known, word = headings("townships"), plain(written)
    if word not in known:
        word = _counted(word)
    if word in known:
        return known[word], 1, "exact"
    unit = _UNIT_TAIL.search(word)
    bare = word[: unit.start()] if unit else word
    if unit and unit[1].startswith(("万人", "万户")):
        column, _, how = meaning(bare + unit[1][1:])
        return (column, WAN, "unit") if column else ("", 1, how)
    factor = WAN if unit and unit[1] == "万元" else 1
    counted = {"户": "户数", "人": "人数"}.get(unit[1] if unit else "", "数")
    for tried in (bare, bare + counted, bare + "元", "上年" + bare + "元"):
        column = known.get(tried, "")
        is_money = bool(column) and columns("townships")[column].kind == "money"
        if column and (is_money or (unit and unit[1] != "万元")):
            return column, factor, "unit" if unit else "exact"
    column = _shortened().get(_short(word), "") or how_part(written)
    if column:
        return column, 1, "near"
    column = _shortened().get(_short(bare), "") or _shortened().get(_short(bare + "元"), "")
    if column and columns("townships")[column].kind == "money" and unit and unit[1] in ("元", "万元"):
        return column, factor, "unit"
    return "", 1, "none"


def _counted(word: str) -> str:
    """A plain heading with families and persons counted by one word each: 低保家庭数 is 低保户数."""
    return re.sub(r"(?:对象|人员)数$", "人数", re.sub(r"(?:家庭|农户)数$", "户数", word))


def uncounted(written: str) -> tuple[str, ...]:
    """The columns a heading may stand for that says a programme but not whether households or persons.

    >>> uncounted("特困供养（集中）"), uncounted("农村低保人数"), uncounted("备注")
    (('tekun_institution_persons', 'tekun_institution_households'), (), ())
    """
    if meaning(written)[0] or together(written):
        return ()
    found = (meaning(plain(written) + counted)[0] for counted in ("人数", "户数"))
    return tuple(column for column in found if column.endswith(("_persons", "_households")))


def how_part(written: str) -> str:
    """The column a heading gives a part of, such as the posts of one kind; "" where it gives none.

    >>> how_part("现有人员（行政编制）"), how_part("低保")
    ('posts_payroll', '')
    """
    return _parts().get(_short(plain(written)).removesuffix("人"), "")


def together(written: str) -> tuple[str, ...]:
    """The columns a heading may stand for that holds several programmes at once; none for any other heading.

    >>> together("城乡低保人数"), together("农村低保人数")
    (('dibao_rural_persons', 'dibao_urban_persons'), ())
    """
    return () if meaning(written)[0] else _together().get(_short(_counted(plain(written))), ())


@cache
def _together() -> dict[str, tuple[str, ...]]:
    return {_short(heading): columns for heading, columns in combined_headings().items()}


@cache
def _parts() -> dict[str, str]:
    return {_short(heading).removesuffix("人"): column for heading, column in part_headings().items()}


def _short(word: str) -> str:
    return _FILLERS.sub("", word.replace("最低生活", "低").replace("低保障", "低保"))


@cache
def _shortened() -> dict[str, str]:
    """The column of each known heading without its fillers; what would then stand for two is left out."""
    found: dict[str, set[str]] = {}
    for heading, column in headings("townships").items():
        found.setdefault(_short(heading), set()).add(column)
    return {short: next(iter(both)) for short, both in found.items() if len(both) == 1 and len(short) > 1}


def joined(grid: Grid, rows: Sequence[int]) -> list[str]:
    """Headings over several rows, each word once: 农村低保 over 户数 is 农村低保户数."""
    joined = []
    for column in range(len(grid.cells[0])):
        parts: list[str] = []
        for row in rows:
            cell = " ".join(grid.cells[row][column].split())
            if cell and cell not in parts:
                parts.append(cell)
        joined.append("".join(parts))
    return joined


def is_form_line(cells: Sequence[str]) -> bool:
    """Whether a row is part of the form and no data: who filled it in, a unit, a remark."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    if not texts:
        return False
    first = unicodedata.normalize("NFKC", texts[0]).replace(" ", "")
    starts = (*(unicodedata.normalize("NFKC", word) for word in vocabulary().form_lines), *_NOTE_LINE)
    return first.startswith(starts) or bool(UNIT_LINE.search(texts[0]))


def _score(headings_written: Sequence[str]) -> int:
    known = {meaning(written)[0] or "".join(together(written)) for written in headings_written}
    return len(known - {""})


def best_heading(grid: Grid) -> tuple[int, tuple[int, ...]]:
    """How many columns are known under the best heading, and its rows (from 0), as few as will do."""
    best: tuple[int, tuple[int, ...]] = (0, ())
    for start in range(min(HEADING_ROWS, len(grid.cells))):
        if is_form_line(grid.cells[start]):
            continue
        for deep in (1, 2, 3):
            rows = tuple(range(start, min(start + deep, len(grid.cells))))
            if len(rows) == deep:
                found = _score(joined(grid, rows))
                if found > best[0]:
                    best = (found, rows)
    return best


def number_in(cell: str, *, factor: int = 1) -> int | float | str | None:
    """The number of a cell; None where it is empty; its text where it is no number.

    Full-width digits, thousands marks and a unit behind the number are read; words such as 约 are not.

    >>> number_in("１，２３４"), number_in("12.5万元"), number_in("—"), number_in("约120")
    (1234, 125000, None, '约120')
    """
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if text in BLANK | NOTHING:
        return None
    bare = re.sub(r"\((户|人|元|万元|个|人次)\)$", r"\1", text.replace(" ", "").lstrip("'’`"))
    for tail, times in (("万元", WAN), ("万", WAN), ("元", 1), ("户", 1), ("人次", 1), ("人", 1), ("个", 1)):
        if bare.endswith(tail):
            bare, factor = bare[: -len(tail)], times
            break
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    if not _NUMBER.fullmatch(bare):
        return cell.strip()
    value = round(float(bare) * factor, 6)
    return int(value) if value == int(value) else value
