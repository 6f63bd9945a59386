"""The panel without a browser: what it answers, keeps, saves and sends."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import ipywidgets as w
import openpyxl
import pandas as pd
import pytest

from simlib import words
from simlib.drive.api import funding
from simlib.drive.panel import pinned
from simlib.drive.panel.asked import Asked, experiment_text, plain, save
from simlib.drive.panel.byrules import equal_yuan, place_notes
from simlib.drive.panel.folds import FOLDED, UNFOLDED, Folds
from simlib.drive.panel.jobs import Jobs
from simlib.drive.panel.optionnames import NOW, formula_title, names_for
from simlib.drive.panel.owndata import OwnData, lines_in
from simlib.drive.panel.pinned import Pinned
from simlib.drive.panel.reach import cap_reach, known_prices, longest_term, price_reach, rise_reach
from simlib.drive.panel.simulated import so_far
from simlib.drive.panel.ways import PROCEDURE, TO_COME, months_of
from simlib.drive.panel.workbench import TABS, Workbench
from simlib.errors import InputError
from simlib.places import load_place
from simlib.results.measures import Frames
from simlib.runs.live import Seen, Stop
from simlib.scenario import CHOICES, Frozen, Future, Policy, load_experiment, load_scenario
from simlib.years.records import LAST_WAIT_BIN
from tests.small import COUNTY, law, place, scenario, stored

SECONDS = 120
LISTS = {*CHOICES, "policy.local_rule"}
"""Levers with named answers; the others are months."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the small place."""
    folder = tmp_path_factory.mktemp("workspace")
    stored(place(), folder / "scenarios" / "places" / "small")
    return folder


def question(home: Path, policy: Policy | None = None) -> Asked:
    """Leshan's formula on the small place, two replications, one county."""
    case = scenario(policy or Policy(formula="leshan-2020", price_yuan=60_000))
    run = replace(case.run, replications=2)
    return Asked(replace(case, place=home / "scenarios" / "places" / "small", run=run), (COUNTY,))


def both(name: str) -> dict[str, str]:
    """A name that is the same in both languages."""
    return {"zh": name, "en": name}


@pytest.fixture(scope="module")
def bench(home: Path) -> Workbench:
    """A panel on the small place, its first question answered."""
    folder = home / "scenarios" / "places" / "small"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simlib.drive.panel.workbench.REPLICATIONS", 2)
        made = Workbench(folder, "leshan-2020", county=COUNTY, lang="en", law=law())
        made.open(question(home))
        assert made.jobs.wait(SECONDS)
    return made


def looked_at(bench: Workbench, folder: Path, rows: Sequence[object]) -> OwnData:
    """The own-data part of the panel after a sheet of these rows was uploaded."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(folder / "mine.xlsx")
    bench.own.look_at("mine.xlsx", (folder / "mine.xlsx").read_bytes())
    return bench.own


def test_the_rules_answer_at_once_and_the_simulation_follows(bench: Workbench) -> None:
    """Posts and money first; then a share with its interval, and how many replications it rests on."""
    assert "posts required" in bench.answer.value
    assert "decided on time" in bench.simulated.value
    assert "wrong" not in bench.said.value


def test_every_tab_shows_something_and_no_error(bench: Workbench) -> None:
    """A chart that cannot be drawn says so in place of the chart; here none does."""
    for at, name in enumerate(TABS):
        bench.tabs.selected_index = at
        drawn = bench._drawn(name).html
        assert drawn
        assert 'class="wrong"' not in drawn


def test_the_panel_changes_its_language_and_keeps_the_question(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two colleagues at one screen: nothing chosen is lost at the click."""
    monkeypatch.setattr("simlib.drive.panel.workbench.REPLICATIONS", 2)
    before = bench.asked
    bench._on_language()
    assert bench.jobs.wait(SECONDS)

    assert "应配" in bench.answer.value
    assert plain(bench.asked.scenario) == plain(before.scenario)
    bench.speak("en")
    assert bench.jobs.wait(SECONDS)
    assert "decided on time" in bench.simulated.value


def test_sliders_reach_as_far_as_the_law_files_say() -> None:
    """No end of a slider is the panel's own: other prices, another reach."""
    law_now, day = law(), date(2027, 1, 1)
    least, first, most = price_reach(law_now, day)
    prices = [price for _, price in known_prices(law_now, day)]
    room = law_now.dated("panel.price_room").entry(day).value

    assert (least, most) == (room.low * min(prices), room.high * max(prices))
    assert first == law_now.value("prices.assumed_mid_price", on=day)
    assert cap_reach(law_now, day, posts=10, price_yuan=60_000) == (60, 180)
    assert rise_reach(law_now, day) == 0.1
    assert longest_term(law_now, day) == 3


def test_every_unit_of_the_law_has_a_word() -> None:
    """A slider's hint or a register of assumptions never shows a code for a unit."""
    units = {dated.unit for dated in law().values.values()}

    assert {unit for unit in units if not words.has(f"view.unit.{unit}")} == set()


def test_pinned_options_are_compared_pair_by_pair(bench: Workbench) -> None:
    """The second option's difference to the first is taken on the same chance."""
    bench.pins.clear()
    bench._on_pin()
    bench._pin_name.value = "again"
    bench._on_pin()

    assert [pin.name("en") for pin in bench.pins][1] == "again"
    assert "The same as the first option in everything: again." in bench._tabs["compare"].value
    assert "+0.0" not in bench._tabs["compare"].value
    assert bench._names is not None
    assert NOW in bench._names.cells


def test_a_saved_question_is_the_same_question_opened(home: Path, bench: Workbench) -> None:
    """Also what has no widget, such as an order of work, is kept."""
    policy = Policy(
        formula="guangdong-2019", price_yuan=55_000, order="due", money="fixed", cap_yuan=700_000,
        reading=Frozen(boundary="lower"), review_months=(4, 10),
    )  # fmt: skip
    asked = question(home, policy)
    file = save(asked.scenario, home / "scenarios" / "mine.yaml")
    bench.files.refresh()
    assert bench.files.saved.value == "mine.yaml", "a list without a choice looks empty"
    found = load_scenario(file)
    bench.controls.show(Asked(found, (COUNTY,)))

    assert plain(found) == plain(asked.scenario)
    assert plain(bench.asked.scenario) == plain(asked.scenario)
    with pytest.raises(InputError, match="already"):
        save(asked.scenario, file)


def test_what_is_pinned_becomes_an_experiment(home: Path) -> None:
    """Each option with what tells it from the others; the rest stands in the base."""
    first = question(home).scenario
    second = question(home, Policy(formula="guangdong-2019", price_yuan=60_000)).scenario
    folder = home / "scenarios"
    text = experiment_text([(both("Leshan"), first), (both("Guangdong"), second)], folder, both("Two"))
    (folder / "two.yaml").write_text(text, "utf-8")
    found = load_experiment(folder / "two.yaml")
    cells = {cell.titles["option"]["en"]: cell.scenario for cell in found.cells if cell.view == "grid"}

    assert plain(cells["Leshan"]) == plain(first)
    assert plain(cells["Guangdong"]) == plain(second)


def test_a_batch_of_the_panel_also_compares_at_the_same_money(home: Path) -> None:
    """More posts always wait less: what the distribution alone does is seen at the same yuan for all."""
    first = question(home).scenario
    second = question(home, Policy(formula="guangdong-2019", price_yuan=60_000)).scenario
    today = question(home, Policy(formula="none")).scenario
    asked = [funding(place(), each.policy.formula, "none", price_yuan=60_000) for each in (first, second)]
    least = min(yuan for each in asked if (yuan := each.table["cost_yuan_year1"].sum()) > 0)

    same = equal_yuan([first, second], law())
    file = home / "scenarios" / "same.yaml"
    options, title = [(both("One"), first), (both("Two"), second)], both("A")
    file.write_text(experiment_text(options, file.parent, title, equal_yuan=same), "utf-8")
    cells = [cell.scenario.policy for cell in load_experiment(file).cells if cell.view == "equal_money"]

    assert same == least
    assert [(cell.formula, cell.money, cell.cap_yuan, cell.spend) for cell in cells] == [
        (each.policy.formula, "fixed", same, "all") for each in (first, second)
    ]
    assert equal_yuan([first, today], law()) == equal_yuan([first], law()) == 0


def test_what_is_pinned_early_goes_on_with_the_simulation(bench: Workbench, home: Path) -> None:
    """Who pins at the third replication compares twenty; another question's replications stay out."""
    bench.open(question(home))
    assert bench.jobs.wait(SECONDS)
    bench.pins.clear()
    bench._on_pin()
    asked, seen = bench.pins[0].asked, bench.pins[0].seen
    more = replace(seen, replications=seen.replications + 1)
    other = replace(asked, counties=())

    bench.comparing.follow(other, more)
    assert bench.pins[0].seen is seen
    bench.comparing.follow(asked, more)
    assert bench.pins[0].seen is more
    bench.comparing.follow(asked, seen)
    assert bench.pins[0].seen is more, "asked again from the start, it does not go back"
    bench.pins.clear()


def test_pinned_options_are_compared_at_the_same_money_without_a_batch(
    bench: Workbench, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the distribution alone does is seen at the panel, for the county looked at."""
    monkeypatch.setattr("simlib.drive.panel.workbench.REPLICATIONS", 2)
    leshan = question(home)
    other = question(home, Policy(formula="guangdong-2019", price_yuan=60_000))
    bench.pins.clear()
    bench.comparing.ask_the_same()
    assert "pin two options" in bench.said.value
    for asked in (leshan, other):
        bench.open(asked)
        assert bench.jobs.wait(SECONDS)
        bench._on_pin()
    bench.comparing.ask_the_same()
    assert bench.jobs.wait(SECONDS)
    yuan, same = bench.comparing.same
    policies = [pin.asked.scenario.policy for pin in same]

    assert yuan == equal_yuan([leshan.scenario, other.scenario], law())
    assert [(each.formula, each.cap_yuan, each.spend) for each in policies] == [
        ("leshan-2020", yuan, "all"),
        ("guangdong-2019", yuan, "all"),
    ]
    assert [pin.seen.replications for pin in same] == [2, 2]
    assert "The same money for all" in bench._tabs["compare"].value
    assert "few, a first look only" in bench._tabs["compare"].value
    below = bench._tabs["compare"].value.split("The same money for all")[-1]
    assert "in full for the gap" not in below, "an option's own money is not that of this table"
    bench.comparing.unpin()
    assert "The same money for all" not in bench._tabs["compare"].value
    bench.comparing.ask_the_same()
    assert "pin two options" in bench.said.value
    bench.pins.clear()


def test_the_same_money_is_refused_where_nothing_can_be_compared(bench: Workbench, home: Path) -> None:
    """Options of different futures share no chance, and as today has no amount."""
    bench.open(question(home))
    assert bench.jobs.wait(SECONDS)
    assert bench._seen is not None
    asked, seen = bench._seen
    late = replace(asked, scenario=replace(asked.scenario, future=Future(release_delay_months=2)))
    today = replace(asked, scenario=replace(asked.scenario, policy=Policy(formula="none")))
    told = []
    for second in (late, today):
        bench.pins[:] = [Pinned(both("one"), asked, seen), Pinned(both("two"), second, seen)]
        bench.comparing.ask_the_same()
        told.append(bench.said.value)
    bench.pins.clear()

    assert "not comparable" in told[0]
    assert "there is no amount" in told[1]


@pytest.mark.parametrize("key", [*PROCEDURE, *TO_COME])
def test_every_lever_of_the_procedure_is_set_at_the_panel_and_kept_in_a_file(
    bench: Workbench, home: Path, tmp_path: Path, key: str
) -> None:
    """One that stands in the schema only is one that a planner never finds."""
    bench.controls.show(question(home))
    part, name = key.split(".")
    widget = bench.controls.ways.widgets[key]
    others = [value for _, value in widget.options if value != widget.value] if key in LISTS else ["9、 4"]
    bench.controls.ways._silent = True
    widget.value = others[-1]
    bench.controls.ways._silent = False
    if key not in LISTS:
        bench.controls.ways._months[key] = months_of(others[-1]) or ()
    found = getattr(getattr(bench.asked.scenario, part), name)
    file = save(replace(bench.asked.scenario, title=Frozen(zh="甲", en="A")), tmp_path / "lever.yaml")

    assert found == (others[-1] if key in LISTS else (4, 9))
    assert getattr(getattr(load_scenario(file), part), name) == found


def test_months_that_are_none_are_told_and_change_nothing(bench: Workbench, home: Path) -> None:
    """A slip of the finger is told under its line; the question stays as it was."""
    bench.open(question(home))
    ways = bench.controls.ways
    line = ways.widgets["policy.review_months"]
    line.value = "4, 10"
    assert list(bench.asked.scenario.policy.review_months) == [4, 10]
    line.value = "13"
    said = ways._said["policy.review_months"]

    assert "no list of months" in said.value
    assert list(bench.asked.scenario.policy.review_months) == [4, 10]
    line.value = ""
    assert said.value == ""
    assert list(bench.asked.scenario.policy.review_months) == []
    assert bench.jobs.wait(SECONDS)


def test_waits_beyond_what_is_counted_are_told_as_a_bound(bench: Workbench, home: Path) -> None:
    """Nine in ten within 61 days is wrong where 61 stands for anything longer."""
    bench.open(question(home))
    assert bench.jobs.wait(SECONDS)
    assert bench._seen is not None
    asked, seen = bench._seen
    p90 = seen.values["measure"] == "wait_days_p90"
    long = replace(seen, values=seen.values.assign(value=seen.values["value"].where(~p90, LAST_WAIT_BIN)))

    assert "nine in ten within" in so_far(seen, asked, "en").html
    assert "one in ten or more beyond 60" in so_far(long, asked, "en").html


def test_a_place_says_what_of_it_is_not_counted(bench: Workbench) -> None:
    """A gap reckoned from assumed posts must not look like one that somebody counted."""
    told = place_notes(load_place(ROOT / "scenarios" / "places" / "leshan"), "zh")

    assert "合成数" in told
    assert "假定" in told
    assert "posts_" not in told
    assert place_notes(place(), "en") in bench.controls.standing.value


def test_a_formula_is_known_by_region_and_year(home: Path) -> None:
    """Titles of documents are long and do not say where they hold; two alike are told in full."""
    texts = law()
    short = [formula_title(formula, texts, "zh") for formula in texts.formulas]

    assert any(title.endswith("乐山市 2020") for title in short)
    assert len(set(short)) == len(short)
    twin = replace(texts.formula("leshan-2020"), id="twin")
    both = replace(texts, formulas={**texts.formulas, "twin": twin})
    assert "｜" in formula_title("twin", both, "zh")


def test_one_step_is_unfolded_at_a_time() -> None:
    """The left side stays short, and each heading is a button that says how it stands."""
    parts = [w.VBox([]), w.VBox([])]
    folds = Folds([("one", parts[0]), ("two", parts[1])], unfolded=0)
    folds.buttons[1].click()

    assert [part.layout.display for part in parts] == ["none", ""]
    assert [button.description for button in folds.buttons] == [f"{FOLDED} one", f"{UNFOLDED} two"]
    folds.buttons[1].click()
    assert folds.unfolded is None


def test_the_latest_request_wins_and_cancel_is_heard() -> None:
    """A slow job is stopped by the next one; whoever cancels gets no answer any more."""
    done: list[str] = []
    began = threading.Event()

    def slow(stop: Stop) -> None:
        began.set()
        while True:
            stop.check()

    jobs = Jobs(lambda error: done.append(f"error {error}"), "en")
    jobs.ask(slow)
    assert began.wait(5)
    jobs.ask(lambda _stop: done.append("latest"))
    assert jobs.wait(5)
    began.clear()
    jobs.ask(slow)
    assert began.wait(5)
    jobs.cancel()

    assert jobs.wait(5)
    assert done == ["latest"]


def test_what_waits_its_turn_comes_after_what_runs() -> None:
    """Asked for later, it stops nothing; a new request takes the place of both."""
    done: list[str] = []
    began, enough = threading.Event(), threading.Event()

    def slow(stop: Stop) -> None:
        began.set()
        while not enough.is_set():
            stop.check()
        done.append("slow")

    jobs = Jobs(lambda error: done.append(f"error {error}"), "en")
    jobs.ask(slow)
    assert began.wait(5)
    waits = jobs.then(lambda _stop: done.append("then"))
    enough.set()
    assert jobs.wait(5)
    enough.clear()
    began.clear()
    jobs.ask(slow)
    assert began.wait(5)
    jobs.then(lambda _stop: done.append("never"))
    jobs.ask(lambda _stop: done.append("instead"))

    assert jobs.wait(5)
    assert waits
    assert done == ["slow", "then", "instead"]


def test_a_file_of_ones_own_becomes_a_place(
    bench: Workbench, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uploaded, looked at, named, confirmed: a folder in the workspace, chosen on the panel."""
    monkeypatch.chdir(home)
    areas = place().townships["area"]
    rows = [["惠农区" if at == 0 else "", area, 100 + at, 180 + at] for at, area in enumerate(areas)]
    own = looked_at(bench, tmp_path, [["县区", "乡镇", "农村低保户数", "农村低保人数"], *rows])

    assert own.preview is not None
    assert own.preview.is_ready, [problem.line() for problem in own.preview.problems]
    own.name.value = "huinong"
    own._on_confirm()
    bench.jobs.cancel()
    assert (home / "scenarios" / "places" / "huinong" / "townships.csv").is_file()
    assert bench.controls.place.value.endswith("huinong")


def test_figures_of_several_programmes_together_are_asked_about(bench: Workbench, tmp_path: Path) -> None:
    """The list offers what the column may be, and nothing is chosen before the person chooses."""
    area = place().townships["area"].iloc[0]
    own = looked_at(bench, tmp_path, [["县区", "乡镇", "低保户数", "低保人数"], ["惠农区", area, 100, 180]])
    households, _persons = own.questions.children

    assert own.confirm.disabled
    assert [value for _, value in households.options] == [
        "?",
        "dibao_rural_households",
        "dibao_urban_households",
        "",
    ]
    households.value = "dibao_urban_households"
    assert len(own.questions.children) == 1
    own.questions.children[0].value = "dibao_urban_persons"
    assert not own.confirm.disabled, own.said.value
    assert own.preview is not None
    assert own.preview.rows["dibao_urban_persons"].tolist() == [180]


@pytest.mark.parametrize(
    ("text", "lines"),
    [("3", [3]), ("3、5，9", [3, 5, 9]), ("2, 20-23", [2, 20, 21, 22, 23]), ("4至6", [4, 5, 6]), ("", [])],
)
def test_lines_are_named_one_by_one_or_from_one_to_another(text: str, lines: list[int]) -> None:
    """Whoever leaves out a second table does not type thirty numbers."""
    assert lines_in(text) == lines


def test_what_a_file_leaves_open_is_answered_on_the_panel(
    bench: Workbench, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No column of counties, a name nobody knows, a row that is no data; and the empty form."""
    monkeypatch.chdir(home)
    rows = [["乡镇", "农村低保户数", "农村低保人数"], ["某街道", 100, 180], ["待定", "约5", 9]]
    own = looked_at(bench, tmp_path, rows)

    assert own.confirm.disabled
    own.passed.value = "3"
    own.county.value = "640205"
    assert own.confirm.disabled
    own.areas.value = "2=640205003"
    assert not own.confirm.disabled, own.said.value
    assert own.preview is not None
    assert own.preview.rows["area_code"].tolist() == ["640205003"]
    own._on_form()
    assert (home / f"{own._say('own.form_file')}.xlsx").is_file()
    looked_at(bench, tmp_path, rows)
    assert own.county.value == own.passed.value == own.areas.value == ""


def test_two_pairs_are_not_told_as_hundreds_of_points(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interval of ±600 points says nothing of two rates; how many replications would tell does."""
    chances = {"one": pd.Series([0.9, 0.8]), "other": pd.Series([0.8, 0.9])}
    monkeypatch.setattr(pinned, "_by_replication", lambda pin: chances[pin.name("en")])
    seen = Seen.__new__(Seen)
    one, other = (pinned.Pinned(both(name), bench.asked, seen) for name in chances)
    monkeypatch.setattr(pinned, "is_alike", lambda *_: False)

    told = pinned.difference(other, one, "zh")

    assert told == "只重复了2次，分不出高下（至少20次）"


@pytest.mark.parametrize(("value", "is_same"), [(0.9, True), (0.8, False)])
def test_options_that_came_out_alike_are_told_so(bench: Workbench, value: float, is_same: bool) -> None:
    """What the formula asks on paper may differ; whatever else does makes two options of them."""
    pins = []
    for name, required, on_time in (("one", 10, 0.9), ("other", 20, value)):
        rows = [(0, "posts_required", required), (0, "on_time_share", on_time), (1, "on_time_share", 0.7)]
        values = pd.DataFrame(rows, columns=["replication", "measure", "value"])
        seen = Seen(2, Frames.__new__(Frames), values)
        pins.append(pinned.Pinned(both(name), bench.asked, seen))

    assert pinned.is_alike(pins[1], pins[0]) == is_same
    assert (pinned.difference(pins[1], pins[0], "en") == words.say("panel.compare.same", "en")) == is_same


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_planner_is_not_told_what_to_type_on_a_command_line(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """The panel asks by a list to choose from; `--column` means nothing to who sits at it."""
    own = looked_at(bench, tmp_path, [("乡镇", "农村低保户数", "特困集中"), ("大佛街道", 3, 2)])
    monkeypatch.setattr(own, "_lang", lang)
    assert own.preview is not None
    own._show(own.preview)
    asked = words.say("problem.import_uncounted", lang, position=3, parts="", ways="").split("3")[0]

    assert asked in own.said.value
    assert "--column" not in own.said.value


def test_two_formulas_never_share_a_colour(home: Path) -> None:
    """There are more formulas than colours; side by side they must still be told apart."""
    texts = list(law().formulas)
    for other in texts[1:]:
        options = {
            formula: question(home, Policy(formula=formula, price_yuan=60_000)).scenario
            for formula in (texts[0], other)
        }
        colours = names_for(options, "", law(), "zh").colours

        assert len(set(colours.values())) == 2, other
