"""One small bad file of law for each mistake: a line that names the file, the line and what to do; exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlib.drive.cli import main
from tests.policy.lawfiles import CLOCKS, FORMULA, GOOD, MONEY, PURCHASE

STEPS = FORMULA[FORMULA.index("            - {to: 300") :]
LEVELS = FORMULA[FORMULA.index("    levels:") :]
CLAUSES = PURCHASE[PURCHASE.index("      - rule") :]

SPOILT: dict[str, list[tuple[str, str, int, str]]] = {
    # what is spoilt, into what, the line the message names, words of its remedy
    "formula": [
        ("modality: at_least", "modalty: at_least", 12, "did you mean 'modality'"),
        ("modality: at_least", "modality: must", 12, "One of: at_least, at_most"),
        ("modality: at_least", "modality: [at_least]", 12, "One of: at_least, at_most"),
        ("    source: {title: A note}\n", "", 11, "write source: {title"),
        ("{title: A note}", "A note", 13, "write source: {title"),
        ("{title: A note}", "{href: x}", 13, "write source: {title"),
        ("{title: A note}", "{title: A note, url: x}", 13, "title, href"),
        ("from: 300, to: 600", "from: 400, to: 600", 21, "close the gap"),
        ("to: 600, posts: 4", "to: 500, posts: 4", 22, "close the gap"),
        ("from: 300, to: 600", "from: 200, to: 600", 21, "correct the edges"),
        ("from: 300, to: 600", "from: 299, to: 600", 21, "correct the edges"),
        ("to: 300, posts", "posts", 21, "'to' or 'below'"),
        ("unit: household", "unit: person", 17, "it is 'household'"),
        ("unit: household", "unit: [household]", 17, "it is 'household'"),
        ("        unit: household\n", "", 15, "'unit' is missing; add it"),
        ("driver: households", "driver: household", 16, "did you mean 'households'"),
        ("driver: households", "driver: [households]", 16, "did you mean 'households'"),
        ("status: draft", "status: valid", 8, "One of: in_force, draft"),
        ("stated_on: 2026-01-01", "stated_on: soon", 7, "write it like 2020-12-24"),
        ("  2026-01-01:\n", "  2026:\n", 11, "write it like 2020-12-24"),
        ("  2026-01-01:\n", "  '2026-01-01':\n", 11, "write it like 2020-12-24"),
        ("  2026-01-01:\n", "  2026-01-01 12:00:00:\n", 11, "write it like 2020-12-24"),
        ("  2026-01-01:\n", "  2026-13-01:\n", 11, "month must be in 1..12"),
        ("    modality", "    until: 2025-01-01\n    modality", 12, "correct one of them"),
        ("posts: 2", "posts: -2", 20, "0 or more"),
        ("posts: 2", "posts: two", 20, "write one"),
        ("posts: 2", "posts: true", 20, "write one"),
        ("posts: 2", "posts: .inf", 20, "finite"),
        ("posts: 2", "posts: 99999999999", 20, "write one"),
        (", posts: 2", "", 20, "'posts' is missing; add it"),
        ("posts: 2", "posts: null", 20, "'posts' is missing; add it"),
        ("to: 300, posts", "to: -300, posts", 20, "0 or more"),
        ("steps:", "step:", 19, "did you mean 'steps'"),
        ("steps:\n" + STEPS, "steps: {}\n", 19, "'tiers' is missing; add it"),
        ("steps:\n" + STEPS, "steps: []\n", 19, "one a line"),
        ("steps:\n" + STEPS, "fixed: {}\n", 19, "write one"),
        ("          steps:\n" + STEPS, "          one_per: 0\n", 19, "above 0"),
        ("          steps:\n" + STEPS, "          care_ratio: {residents_able: 0}\n", 19, "above 0"),
        (
            "          steps:\n" + STEPS,
            "          sum: [{interval: {low: {fixed: 5}, high: {fixed: 3}}}, {each: 1}]\n",
            19,
            "exchange them",
        ),
        (
            "          steps:\n" + STEPS,
            "          rate: {per_mille: 2, per_cent: 1, rounding: ceil}\n",
            19,
            "write just one",
        ),
        ("        rule:\n          steps:\n" + STEPS, "        rule: 3\n", 18, "exactly one shape"),
        (LEVELS, "    levels: {}\n", 14, "write at least one level: city"),
        (LEVELS, "    levels: [township]\n", 14, "KEY: VALUE"),
        ("      township:", "      town:", 15, "township"),
        ("readings: {boundary: upper, ", "readings: {", 9, "write its default"),
        ("boundary: upper", "boundary: middle", 9, "One of: upper, lower"),
        ("boundary: upper", "boundary: upper, rounding: ceil", 9, "take it out"),
        ("readings: {boundary: upper, counts: all, existing_counts: yes}", "readings: yes", 9, "KEY: VALUE"),
        ("{zh: 自拟, en: Own}", "{zh: 自拟}", 3, "{zh: …, en: …}"),
        ("document: none\n", "", 1, "'document' is missing; add it"),
        ("id: own-rule", "id: own rule", 2, "letters, digits and hyphens"),
        ("id: own-rule", "id: hainan-2n", 2, "write replaces: hainan-2n"),
        ("id: own-rule", "id: own-rule\nreplaces: hainan-3n", 2, "did you mean 'hainan-2n'"),
        ("id: own-rule", "id: own-rule\nreplaces: hainan-2n", 2, "write the id 'hainan-2n' too"),
        ("id: own-rule", "id: own-rule\nid: own-rule", 3, "remove one of them"),
        ("kind: formula", "kind: formla", 1, "did you mean 'formula'"),
        ("kind: formula\n", "", 1, "start with kind: formula"),
        ("    modality", "\tmodality", 12, "spaces, no tabs"),
        ("levels:", "levels: *a", 14, "YAML"),
        ("{title: A note}", "!secret {title: A note}", 13, "write the content out"),
    ],
    "money": [
        ("pays: posts", "pays: clerk", 9, "One of: posts, services"),
        ("base: dibao_spending", "base: dibao", 10, "One of: dibao_spending, grant"),
        ("amount: 0.03", "amount: -0.03", 20, "0 or more"),
        ("amount: 0.03", "amount: 3", 20, "3 % is written 0.03"),
        ("amount: 0.03", "amount: 3%", 20, "write one"),
        ("{amount: 0.03}", "0.03", 20, "KEY: VALUE"),
        ("- share: {amount: 0.03}", "share: 0.03", 19, "begin each with '- '"),
        ("share: {amount", "shares: {amount", 20, "share"),
        ("share: {amount: 0.03}", "each: {amount: 10, by: village}", 20, "did you mean 'villages'"),
        ("share: {amount: 0.03}", "block: {amount: 5, by: villages, size: 0}", 20, "such as size: 100"),
        ("own: money.own_tier_share", "own: money.own_tier_shar", 13, "did you mean 'money.own_tier_share'"),
        ("own: money.own_tier_share", "own: true", 13, "write 1, or the key"),
        ("own: money.own_tier_share", "own: ''", 13, "write 1, or the key"),
        ("all_tiers: 1", "all_tiers: 2", 13, "write 1, or the key"),
        ("    modality: target\n", "    modality: target\n    within_remaining: 1\n", 18, "true or false"),
        ("own: money.own_tier_share, ", "", 13, "'own' is missing; add it"),
        ("share_for_posts: money.share_for_posts\n", "", 1, "'share_for_posts' is missing; add it"),
        ("share_for_posts: money.share_for_posts", "share_for_posts: 0.5", 14, "there is no value"),
        ("    source: {title: A note}\n", "", 16, "write source: {title"),
        ("  base_tier: {own: money.own_tier_share, all_tiers: 1}", "  - 1", 12, "KEY: VALUE"),
        ("readings: {base_tier: own}", "readings: {}", 11, "write its default"),
        ("status: draft", "status: done", 8, "One of: in_force, draft"),
        ("  2026-01-01:\n", "  2026-1-1:\n", 16, "write it like 2020-12-24"),
        ("id: own-money", "id: guangdong-3pct", 2, "write replaces: guangdong-3pct"),
        ("id: own-money", "id: own-money\nreplaces: guangdong-4pct", 2, "did you mean 'guangdong-3pct'"),
    ],
    "clocks": [
        ("  unit: day\n", "", 1, "write unit: working_day"),
        ("unit: day", "unit: working_day", 3, "it is 'day'"),
        ("until: 2026-12-31", "until: 2027-06-30", 5, "end it earlier"),
        ("until: 2026-12-31", "until: 2025-12-31", 5, "correct one of them"),
        ("until: 2026-12-31", "until: never", 5, "write it as 2027-01-01"),
        ("2027-01-01:", "2025-01-01:", 6, "sort the dates"),
        ("    2026-01-01:", "    2026-01:", 5, "write it as 2027-01-01"),
        (", source: {title: A note}", "", 5, "write source: {title"),
        ("draft, source: {title: A note}", "ok, source: {title: A note}", 5, "one of in_force, draft"),
        ("{value: 7,", "{valu: 7,", 5, "did you mean value"),
        ("value: 7", "value: -7", 5, "write 0 or more"),
        ("value: 7", "value: seven", 5, "write a number"),
        ("value: 7", "value: 7000000", 5, "from 0 to 366"),
        ("value: 7", "value: 2.5", 5, "a whole number"),
        ("value: 7", "value: yes", 5, "write a number"),
        ("value: 7", "value: null", 5, "exactly one value"),
        ("{value: 7, until: 2026-12-31, status: draft, source: {title: A note}}", "7", 5, "NAME: CONTENT"),
        ("{zh: 公示, en: Notice}", "Notice", 2, "write {zh: …, en: …}"),
        ("clocks.own.notice_days:", "Notice days:", 1, "lower-case letters"),
        (
            "clocks.own.notice_days:",
            "clocks.dibao.notice_days:",
            1,
            "write replaces: clocks.dibao.notice_days",
        ),
        ("clocks.own", "replaces: clocks.dibao.notice_day\nclocks.own", 1, "'clocks.dibao.notice_days'"),
        ("clocks.own", "replaces: 3\nclocks.own", 1, "write replaces: ID"),
    ],
    "assumed": [
        ("low: 0.4", "low: 0.9", 5, "in rising order"),
        ("low: 0.4, ", "", 5, "three numbers low, mode and high"),
        ("mode: 0.8", "mode: a", 5, "three numbers low, mode and high"),
        ("low: 0.4", "low: -0.4", 5, "write 0 or more"),
        ("high: 1.5", "high: 1.0e+300", 5, "from 0 to 10000"),
        ("unit: hour", "unit: share", 5, "3 % is written 0.03"),
        ("unit: hour", "unit:", 3, "write unit: working_day"),
        ("status: assumption", "status: guess", 5, "one of in_force, draft"),
        (", source: {title: A guess}", "", 5, "write source: {title"),
        ("own.visit_hours:", "minutes.home_visit:", 1, "write replaces: minutes.home_visit"),
    ],
    "purchase": [
        ("rule: panel", "rule: panels", 14, "did you mean 'panel'"),
        (CLAUSES, "      - panel\n", 14, "buys, never"),
        (CLAUSES, "      rule: panel\n", 13, "clauses must be a list"),
        ("least: 3", "least: -3", 17, "0 or more"),
        ("        least: 3\n", "", 14, "'least' is missing; add it"),
        ("odd: true", "odd: maybe", 18, "true or false"),
        ("odd: true", "even: true", 18, "odd"),
        ("{zh: 评审, en: a panel}", "a panel", 16, "{zh: …, en: …}"),
        ("under: [procurement-law]", "under: [procurment-law]", 9, "did you mean 'procurement-law'"),
        ("under: [procurement-law]", "under: procurement-law", 9, "must be a list"),
        ("    source: {title: A note}\n", "", 11, "write source: {title"),
        ("status: draft", "status: x", 8, "One of: in_force, draft"),
        ("  2026-01-01:\n", "  soon:\n", 11, "write it like 2020-12-24"),
        ("    source", "    until: 2025-01-01\n    source", 12, "correct one of them"),
        ("id: own-purchase", "id: hainan", 2, "write replaces: hainan"),
        ("id: own-purchase", "id: own-purchase\nreplaces: hainn", 2, "did you mean 'hainan'"),
    ],
}
CASES = [(kind, *spoilt) for kind, listed in SPOILT.items() for spoilt in listed]


def complaints(*command: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a command says that is given bad law: it leaves with 2 and prints no data."""
    assert main([*command, "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return list(err.splitlines())


def complaints_of_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `check DIR` says, which `--law DIR` says too."""
    told = complaints("check", str(folder), capsys=capsys)

    assert complaints("formulas", "--law", str(folder), capsys=capsys) == told
    return told


@pytest.mark.parametrize(("kind", "old", "new", "row", "remedy"), CASES)
def test_one_mistake_is_one_line_with_file_line_and_remedy(
    kind: str, old: str, new: str, row: int, remedy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A planner mends the file by what the line says; a second line would send him looking for nothing."""
    assert old in GOOD[kind]
    (tmp_path / "own.yaml").write_text(GOOD[kind].replace(old, new, 1), "utf-8")
    lines = complaints("check", str(tmp_path), capsys=capsys)

    assert len(lines) == 1, lines
    assert "own.yaml" in lines[0] and f"row {row}" in lines[0] and remedy in lines[0], lines


IN_PLACE = {
    "another unit": ("hour", "{low: 0.1, mode: 0.3, high: 0.6}", 4, "it is 'share'"),
    "named parts": ("share", "{a: 1}", 5, "has not the shape"),
    "nothing in it": ("share", "{}", 5, "exactly one value is meant"),
    "a list": ("share", "[0.3]", 5, "has not the shape"),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_value_takes_the_place_of_its_like_only(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hours read as a share, or a list as a number, would end in nonsense or a traceback much later."""
    unit, value, row, remedy = IN_PLACE[name]
    (tmp_path / "own.yaml").write_text(
        "replaces: evaluation.appeal_share\nevaluation.appeal_share:\n"
        f"  description: {{zh: 申诉, en: Appeals}}\n  unit: {unit}\n"
        f"  values: {{2018-01-01: {{value: {value}, status: assumption, source: {{title: A note}}}}}}\n",
        "utf-8",
    )
    lines = complaints_of_all(tmp_path, capsys)

    assert len(lines) == 1, lines
    assert "own.yaml" in lines[0] and f"row {row}" in lines[0] and remedy in lines[0], lines


WRECKED = {
    "empty": (b"", 1, "start with kind: formula"),
    "a comment only": (b"# nothing yet\n", 1, "start with kind: formula"),
    "a list": (b"- a\n- b\n", 1, "start with kind: formula"),
    "words": (b"hello", 1, "start with kind: formula"),
    "not YAML": (b"kind: [formula\nid: x\n", 2, "check indentation"),
    "tabs": (FORMULA.replace("    modality", "\t\tmodality").encode(), 12, "spaces, no tabs"),
    "GB18030": (FORMULA.encode("gb18030"), 3, "save it as UTF-8"),
    "UTF-16": (FORMULA.encode("utf-16"), 1, "save it as UTF-8"),
    "a control character": (b"a: 1\nb: \x00c", 2, "check indentation"),
    "two documents": (b"a: 1\n---\nb: 2\n", 2, "check indentation"),
    "a route": (b"id: x\nsteps: []\nclock: {}\n", 1, "take the file out"),
}


@pytest.mark.parametrize("name", WRECKED)
def test_a_file_that_is_no_law_at_all_is_told_so(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is passed over in silence, nothing ends in a traceback."""
    content, row, remedy = WRECKED[name]
    (tmp_path / "own.yaml").write_bytes(content)
    lines = complaints_of_all(tmp_path, capsys)

    assert len(lines) == 1, lines
    assert "own.yaml" in lines[0] and f"row {row}" in lines[0] and remedy in lines[0], lines


FOLDERS = {
    "one id in two files": (FORMULA, FORMULA, "write replaces: own-rule"),
    "one money rule in two files": (MONEY, MONEY, "write replaces: own-money"),
    "one key in two files": (CLOCKS, CLOCKS, "write replaces: clocks.own.notice_days"),
    "one document in two files": (PURCHASE, PURCHASE, "write replaces: own-purchase"),
    "two replacements of a formula": (
        FORMULA.replace("id: own-rule", "id: hainan-2n\nreplaces: hainan-2n"),
        FORMULA.replace("id: own-rule", "id: hainan-2n\nreplaces: hainan-2n"),
        "keep one of them",
    ),
    "two replacements of a value": (
        "replaces: clocks.dibao.notice_days\n" + CLOCKS.replace("clocks.own", "clocks.dibao"),
        "replaces: clocks.dibao.notice_days\n" + CLOCKS.replace("clocks.own", "clocks.dibao"),
        "keep one of them",
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_files_of_a_folder_are_held_against_each_other(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two files of one folder cannot both be the law, in whichever corner of it they lie."""
    first, second, remedy = FOLDERS[name]
    (tmp_path / "first.yaml").write_text(first, "utf-8")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "second.yml").write_text(second, "utf-8")
    lines = complaints_of_all(tmp_path, capsys)

    assert len(lines) == 1, lines
    assert "second.yml" in lines[0] and "first.yaml" in lines[0] and remedy in lines[0], lines


def test_a_later_folder_may_replace_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The workspace's law, then that of the command: each replaces what came before it."""
    text = FORMULA.replace("id: own-rule", "id: hainan-2n\nreplaces: hainan-2n")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.yaml").write_text(text, "utf-8")

    assert main(["formulas", "--law", str(tmp_path / "one"), "--law", str(tmp_path / "two")]) == 0
    assert "draft" in capsys.readouterr().out


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_each_good_file_passes(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else the spoilt ones would prove nothing."""
    (tmp_path / "own.yaml").write_text(GOOD[kind], "utf-8")

    assert main(["check", str(tmp_path)]) == 0
    assert main(["formulas", "--law", str(tmp_path)]) == 0
    capsys.readouterr()


def test_law_asked_for_outside_its_dates_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A draft of 2026 says nothing on a day of 2025: exit 2, and the days on which it holds."""
    (tmp_path / "own.yaml").write_text(FORMULA, "utf-8")
    place = Path(__file__).resolve().parents[2] / "scenarios" / "places" / "yunfu"
    asked = ["staffing", str(place), "--formula", "own-rule", "--law", str(tmp_path), "--lang", "en"]

    assert main([*asked, "--on", "2025-12-31"]) == 2
    assert "2026-01-01" in capsys.readouterr().err
    assert main([*asked, "--on", "2026-01-01"]) == 0
