"""A report is held against its store: any digit changed anywhere is found, and named."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simlib.drive import notebooks, remake, verifycommand
from simlib.drive.cli import main
from simlib.drive.notebooks import NotebookRun, Outcome
from simlib.drive.pages import Wanted, write_pages
from simlib.drive.seal import SEAL, read_seal, seal
from simlib.drive.verification import Truth, check, content_differences, is_same, truth_of
from simlib.results.experiment import open_experiment
from simlib.view.claims import claims
from tests.drive.smallreport import another, changed, in_this_process, small_report
from tests.small import place, stored

EXPERIMENT = """\
kind: experiment
title: {zh: 一个方案, en: One option}
question: {zh: 够不够, en: Is it enough}
base:
  place: places/small
  policy: {price_yuan: 60000}
  run: {years: 1, opening_months: 1, replications: 1}
axes:
  - id: formula
    title: {zh: 标准, en: Formula}
    values:
      - {id: guangdong, title: {zh: 广东, en: Guangdong}, set: {policy.formula: guangdong-2019}}
views:
  - {id: grid, title: {zh: 比较, en: Compared}, axes: [formula]}
  - id: equal_money
    title: {zh: 同样多的钱, en: The same money}
    axes: [formula]
    set: {policy.money: fixed, policy.cap_yuan: 300000, policy.spend: all}
"""
PAGES = (
    *("index.html", "comparison.html", "method.html", "grid-guangdong.html", "equal_money-guangdong.html"),
    *("submission.html", "en/submission.html"),
)
FORMS = ("forms/annex-2.xlsx", "forms/annex-2.docx", "forms/annex-2.csv", "purchase-budget.xlsx")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small report: one formula, twice; the internal edition, and a draft in two languages."""
    folder = tmp_path_factory.mktemp("verify")
    with small_report(folder, EXPERIMENT) as made:
        write_pages(made.experiment, folder, Wanted(edition="draft"), lambda _: None)
        write_pages(made.experiment, folder, Wanted("en", "draft"), lambda _: None)
    for out in FORMS:
        wanted = ["--form", Path(out).stem, "--out", str(made.folder / out), "--lang", "en"]
        limits = ["--limit-yuan", "500000", "--tender-yuan", "4000000"] if "budget" in out else []
        assert main(["export", str(made.folder), *wanted, *limits]) == 0
    return made.folder


@pytest.fixture(scope="module")
def truth(report: Path) -> Truth:
    """The report made again, once."""
    return truth_of(report)


def digits(content: bytes) -> list[int]:
    """Where the digits of a file stand."""
    return [at for at, byte in enumerate(content) if 48 <= byte <= 57]


def sealed_files(report: Path) -> list[Path]:
    """Every file that belongs to a report, its seal too."""
    return [report / SEAL, *(report / name for name in sorted(read_seal(report).files()))]


def survivors(report: Path, truth: Truth, mutants: Sequence[tuple[Path, int]]) -> list[str]:
    """Mutants that nothing found, or only the seal where a file could be made again."""
    alive = []
    for path, at in mutants:
        with changed(path, another(path.read_bytes(), at)):
            checks = {item.check for item in check(report, truth).differences if item.file in str(path)}
            wanted = {"page", "sheet"} if path.relative_to(report).as_posix() in truth.files else checks
            if not checks & wanted:
                alive.append(f"{path.relative_to(report)} byte {at}")
    return alive


@pytest.mark.slow
def test_a_report_as_it_was_made_agrees_in_every_number(report: Path, truth: Truth) -> None:
    """Pages made again, without kernels and without kept measures, are the same bytes."""
    verdict = check(report, truth)

    assert verdict.differences == ()
    assert verdict.pages == len(PAGES)
    assert verdict.numbers == sum(len(claims((report / page).read_text("utf-8"))) for page in PAGES)
    assert verdict.numbers > 1000
    sheets = {name for name in truth.files if not name.endswith(".html")}
    beside = {
        f"{folder}tables/{Path(page).stem}" for page in PAGES for folder in ("en/" if "/" in page else "",)
    }
    forms = {f"{folder}submission{ending}" for folder in ("", "en/") for ending in (".docx", ".xlsx")}
    assert set(truth.files) - sheets == set(PAGES)
    assert sheets == {"annexes.xlsx", *forms, *FORMS} | {
        f"{name}{end}" for name in beside for end in (".xlsx", ".csv")
    } - {
        "tables/index.xlsx",
        "tables/index.csv",
    }


@pytest.mark.slow
def test_any_digit_changed_anywhere_is_found(report: Path, truth: Truth) -> None:
    """Some of each file, pages most: texts, charts, scripts, styles, sheets, tables, manifests, the seal."""
    lot = random.Random(20271)
    mutants = []
    for path in sealed_files(report):
        content = path.read_bytes()
        known = digits(content) or list(range(len(content)))
        many = 24 if path.name in PAGES or path.suffix in (".xlsx", ".json") else 2
        mutants += [(path, at) for at in lot.sample(known, min(many, len(known)))]

    assert len(mutants) > 250
    assert survivors(report, truth, mutants) == []


@pytest.mark.slow
def test_a_changed_number_is_named_by_page_run_table_row_and_column(report: Path, truth: Truth) -> None:
    """A planner must see which figure is wrong, and what it should be; sealing again does not help."""
    page = report / "index.html"
    text = page.read_text("utf-8")
    row = text.index("</th>", text.index("<tbody>"))
    at = next(n for n in range(text.index('class="n">', row) + 10, len(text)) if text[n].isdigit())
    wrong = another(text[at].encode(), 0).decode()
    told = read_seal(report)
    with (
        changed(page, (text[:at] + wrong + text[at + 1 :]).encode()),
        changed(report / SEAL, (report / SEAL).read_bytes()),
    ):
        made = told.reports[0]
        seal(
            report,
            told.experiment,
            lang=made.lang,
            leaves=made.leaves,
            files=[report / f for f in made.files],
        )
        found = check(report, truth).differences

    assert len(found) == 1
    assert (found[0].file, found[0].check, found[0].run) == ("index.html", "page", "one")
    assert (found[0].table, found[0].row, found[0].column) == ("comparison-grid", "1", "posts_required")
    assert found[0].found != found[0].expected


@pytest.mark.prove
def test_a_stored_table_changed_with_its_manifest_and_the_seal_is_found_by_what_follows(
    report: Path, tmp_path: Path
) -> None:
    """Measures and pages no longer follow from the tables; simulated again, the tables differ too."""
    copy = tmp_path / "reports" / "one"
    shutil.copytree(report.parent.parent / "scenarios", tmp_path / "scenarios")
    shutil.copytree(report, copy)
    table = next((copy / "data").glob("*/r*-*/workforce.parquet"))
    rows = pq.read_table(table)
    name = next(item for item in rows.column_names if item == "filled")
    more = rows.set_column(
        rows.column_names.index(name), rows.schema.field(name), [[n.as_py() + 1 for n in rows[name]]]
    )
    pq.write_table(more, table)
    manifest = table.parent / "manifest.json"
    facts = json.loads(manifest.read_text("utf-8"))
    facts["tables"]["workforce"] = hashlib.sha256(table.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(facts), "utf-8")
    seal(copy, "one")
    found = check(copy, truth_of(copy, resimulate=1)).differences

    assert {"measure", "page", "simulation"} <= {difference.check for difference in found}


@pytest.mark.slow
def test_a_page_that_was_never_made_and_one_that_is_gone_are_found(report: Path, truth: Truth) -> None:
    """A report is its files, no more and no fewer."""
    stranger, gone = report / "better.html", report / "comparison.html"
    stranger.write_text("<p>1</p>", "utf-8")
    kept = gone.read_bytes()
    gone.unlink()
    found = check(report, truth).differences
    stranger.unlink()
    gone.write_bytes(kept)

    assert [difference.file for difference in found] == ["comparison.html", "better.html"]


@pytest.mark.slow
def test_verify_says_how_much_agrees_and_exits_one_when_something_differs(
    report: Path, truth: Truth, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 agrees, 1 differs with the list on stdout, 2 is no report."""
    monkeypatch.setattr(verifycommand, "truth_of", lambda *_, **__: truth)
    page = report / "index.html"
    good = main(["verify", str(page), "--lang", "en"])
    said = capsys.readouterr().err
    content = page.read_bytes()
    with changed(page, another(content, digits(content)[-1])):
        bad = main(["verify", str(report), "--lang", "en", "--format", "json"])
    listed = json.loads(capsys.readouterr().out)
    none = main(["verify", str(report.parent.parent / "scenarios"), "--lang", "en"])

    assert (good, bad, none) == (0, 1, 2)
    assert "numbers of 1 pages agree" in said
    assert [row["file"] for row in listed] == ["index.html"]
    assert "no sealed report" in capsys.readouterr().err


def test_what_is_no_report_is_refused_and_a_broken_seal_is_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to verify is bad input; a seal that was changed is a report that does not verify."""
    absent = main(["verify", str(tmp_path / "no"), "--lang", "en"])
    empty = main(["verify", str(tmp_path), "--lang", "en"])
    (tmp_path / "data").mkdir()
    seal(tmp_path, "x")
    path = tmp_path / SEAL
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"y"'))
    broken = main(["verify", str(tmp_path), "--lang", "en"])
    told = capsys.readouterr().err
    lawless = main(["verify", str(tmp_path), "--law", str(tmp_path / "nowhere"), "--lang", "en"])

    assert (absent, empty, broken, lawless) == (2, 2, 1, 2)
    assert "the seal was changed" in told
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.prove
def test_every_digit_of_every_page_and_of_every_stored_file_is_found(report: Path, truth: Truth) -> None:
    """100 %: each digit of the pages against the page made again, each digit of all else in its file."""
    alive = []
    for name, made in truth.files.items():
        mutant = bytearray(made)
        for at in digits(made):
            mutant[at] = 48 + (made[at] - 47) % 10
            if is_same(mutant, made):
                alive.append(f"{name} byte {at}")
            mutant[at] = made[at]
    others = [path for path in sealed_files(report) if path.name not in truth.files]
    mutants = [(path, at) for path in others for at in digits(path.read_bytes())]
    lot = random.Random(7)

    assert alive == []
    assert survivors(report, truth, lot.sample(mutants, min(20_000, len(mutants)))) == []


@pytest.mark.prove
def test_every_number_of_a_page_that_is_changed_is_the_one_named(truth: Truth) -> None:
    """Found is not enough: the finding says which number, for texts, tables and charts."""
    made = truth.files["grid-guangdong.html"]
    text, lot = made.decode(), random.Random(11)
    places = [at for at in digits(made) if made[at - 1 : at] in (b">", b" ", b"(")]
    for at in lot.sample(places, 150):
        mutant = another(made, at)
        stand, should = claims(mutant.decode()), claims(text)
        moved = [wanted.place for shown, wanted in zip(stand, should, strict=True) if shown != wanted]
        found = content_differences("grid-guangdong.html", mutant, made)

        assert found
        assert [(item.run, item.table, item.row, item.column) for item in found] == moved or not moved


@pytest.mark.prove
def test_a_report_made_by_kernels_verifies_in_another_process_and_language(tmp_path: Path) -> None:
    """As a person would: plan in one terminal, verify in another that speaks Chinese; tables made again."""
    stored(place(), tmp_path / "scenarios" / "places" / "small")
    file = tmp_path / "scenarios" / "one.yaml"
    file.write_text(EXPERIMENT, "utf-8")
    plan = [sys.executable, "-m", "simlib", "plan", str(file), "--workers", "1", "--lang", "en"]
    verify = [
        sys.executable,
        "-m",
        "simlib",
        "verify",
        str(tmp_path / "reports" / "one"),
        "--resimulate",
        "1",
    ]
    made = subprocess.run(plan, capture_output=True, text=True, check=False)
    told = subprocess.run(
        verify, capture_output=True, text=True, check=False, env={**os.environ, "SIMLIB_LANG": "zh"}
    )

    assert made.returncode == 0, made.stderr
    assert (told.returncode, told.stdout) == (0, ""), told.stderr
    assert "5个页面中的" in told.stderr
    assert "结果表全部一致" in told.stderr


def test_one_page_is_checked_by_its_own_notebook_alone(
    report: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks after one page does not wait for all; a digit of it is found as surely."""
    ran: list[str] = []
    run = remake.executed

    def watched(book: Path, told: Mapping[str, Any], out: Path) -> Path:
        ran.append(book.stem)
        return run(book, told, out)

    monkeypatch.setattr(remake, "executed", watched)
    alone = truth_of(report, only="comparison.html")
    page = report / "comparison.html"
    content = page.read_bytes()
    at = digits(content)[len(digits(content)) // 2]

    assert ran == ["comparison"]
    assert dict(alone.files) == {"comparison.html": truth.files["comparison.html"]}
    assert check(report, alone, "comparison.html").differences == ()
    with changed(page, another(content, at)):
        assert check(report, alone, "comparison.html").differences


def test_a_submission_that_fails_leaves_the_index_and_one_that_is_made_takes_its_old_print_away(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half-made is sent on: neither an index without its pages nor a print of the page before."""
    folder = shutil.copytree(report, tmp_path / "reports" / report.name)
    results, print_before = open_experiment(folder), folder / "submission.pdf"
    before = {path.name: path.read_bytes() for path in folder.glob("*.*")}
    print_before.write_bytes(b"the page before")

    def failing(runs: Sequence[NotebookRun], *_: object, **__: object) -> list[Outcome]:
        return [Outcome(run.name, "failed", folder / "none.ipynb", "", error="boom") for run in runs]

    monkeypatch.setattr(notebooks, "run_notebooks", failing)
    told = write_pages(results, folder, Wanted(edition="draft"), lambda _: None)
    assert [error for _, error in told.failed] == ["boom"]
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert print_before.exists()

    monkeypatch.setattr(notebooks, "run_notebooks", in_this_process)
    write_pages(results, folder, Wanted(edition="draft"), lambda _: None)
    assert not print_before.exists()
    assert (folder / "index.html").read_bytes() == before["index.html"]


@pytest.mark.slow
def test_a_form_that_was_exported_is_filled_again(report: Path, truth: Truth) -> None:
    """What is sent on with a report is held against the store like its pages."""
    assert set(FORMS) <= set(truth.files)
    for name in FORMS:
        path = report / name
        content = path.read_bytes()
        for at in random.Random(1).sample(digits(content), 3):
            with changed(path, another(content, at)):
                found = [item for item in check(report, truth).differences if item.file == name]
                assert {item.check for item in found} & {"page", "sheet"}, (name, at)


@pytest.mark.slow
def test_a_form_nobody_exported_is_a_stranger(report: Path, truth: Truth) -> None:
    """A form copied in from elsewhere must not pass for one of this run."""
    stranger = report / "forms" / "annex-1.xlsx"
    stranger.write_bytes((report / "forms" / "annex-2.xlsx").read_bytes())
    found = [item.file for item in check(report, truth).differences]
    stranger.unlink()

    assert found == ["forms/annex-1.xlsx"]


@pytest.mark.slow
def test_a_form_is_not_written_over_a_page(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The index would be gone, and the seal with it."""
    page = report / "index.html"
    before = page.read_bytes()

    assert main(["export", str(report), "--form", "annex-2", "--out", str(page)]) == 2
    assert "--out" in capsys.readouterr().err
    assert page.read_bytes() == before
