"""What is pinned at the panel: kept in one file, opened again, compared at the same money in its turn."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simlib import words
from simlib.drive.cli import main
from simlib.drive.panel.asked import Asked, kept_files, plain
from simlib.drive.panel.workbench import Workbench
from simlib.runs.live import Seen, Stop
from simlib.scenario import Policy, Scenario, load_experiment
from tests.small import COUNTY, law, place, scenario, stored

SECONDS = 120
FORMULAS = ("leshan-2020", "guangdong-2019")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the small place, and a second place of another county."""
    folder = tmp_path_factory.mktemp("workspace")
    stored(place(), folder / "scenarios" / "places" / "small")
    stored(place(("640221",)), folder / "scenarios" / "places" / "other")
    return folder


def question(home: Path, formula: str, *, where: str = "small") -> Scenario:
    """A formula on a place of the workspace, two replications."""
    case = scenario(Policy(formula=formula, price_yuan=60_000))
    return replace(case, place=home / "scenarios" / "places" / where, run=replace(case.run, replications=2))


def opened(home: Path, lang: str = "en") -> Workbench:
    """A panel on the small place, as a new kernel has it, its first question answered."""
    bench = Workbench(
        home / "scenarios" / "places" / "small", FORMULAS[0], county=COUNTY, lang=lang, law=law()
    )
    bench.open(Asked(question(home, FORMULAS[0]), (COUNTY,)))
    assert bench.jobs.wait(SECONDS)
    return bench


@pytest.fixture
def bench(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A panel with both formulas pinned."""
    monkeypatch.setattr("simlib.drive.panel.workbench.REPLICATIONS", 2)
    made = opened(home)
    made._on_pin()
    made.open(Asked(question(home, FORMULAS[1]), (COUNTY,)))
    assert made.jobs.wait(SECONDS)
    made._on_pin()
    yield made
    for file, _ in kept_files(home / "scenarios"):
        file.unlink()


def pressed(bench: Workbench, key: str, *, name: str = "") -> str:
    """What the panel says after a button of its files was pressed."""
    bench.files.name.value = name
    bench.files.buttons[key].click()
    return str(bench.files.said.value)


def test_a_comparison_is_one_file_at_one_press(bench: Workbench, home: Path) -> None:
    """Both options with their names in both languages; the command the panel names takes the file."""
    said = pressed(bench, "save_pins", name="two rules")
    file = home / "scenarios" / "two_rules.yaml"
    found = load_experiment(file)
    cells = [cell for cell in found.cells if cell.view == "grid"]
    command = said.split("in a terminal: ")[1].split("<")[0]

    assert [plain(cell.scenario) for cell in cells] == [plain(pin.asked.scenario) for pin in bench.pins]
    assert [cell.titles["option"] for cell in cells] == [dict(pin.titles) for pin in bench.pins]
    assert all(cell.titles["option"]["zh"] != cell.titles["option"]["en"] for cell in cells)
    assert command == "simlib plan scenarios/two_rules.yaml"
    verb, name = shlex.split(command)[1:]
    assert main([verb, str(home / name), "--dry-run"]) == 0


def test_a_comparison_is_not_written_over_another(bench: Workbench) -> None:
    """The same once more is the same file; another of the same name is refused."""
    pressed(bench, "save_pins", name="two")
    again = pressed(bench, "save_pins", name="two")
    bench.comparing.unpin()
    other = pressed(bench, "save_pins", name="two")
    bench.comparing.unpin()
    none = pressed(bench, "save_pins", name="three")

    assert "saved as scenarios/two.yaml" in again
    assert "a file of this name already" in other
    assert "pin the options first" in none


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_saved_comparison_is_there_again_in_a_new_panel(bench: Workbench, home: Path, lang: str) -> None:
    """Its options are simulated once more on the same chance, so the table is the one that was saved."""
    pressed(bench, "save_pins", name="two")
    before = [pin.seen.values for pin in bench.pins]
    new = opened(home, lang)
    assert new.files.saved.label == f"two.yaml{words.say('panel.kept.experiment', lang)}"
    said = pressed(new, "open")
    assert new.jobs.wait(SECONDS)

    assert words.say("panel.opened_options", lang, file="two.yaml", n=2) in said
    assert [pin.name(lang) for pin in new.pins] == [pin.name(lang) for pin in bench.pins]
    assert all(pin.seen.values.equals(old) for pin, old in zip(new.pins, before, strict=True))
    assert all(pin.name(lang) in new._tabs["compare"].value for pin in new.pins)
    assert plain(new.asked.scenario) == plain(bench.pins[0].asked.scenario)


def test_an_option_of_another_place_is_opened_with_a_county_of_its_own(bench: Workbench, home: Path) -> None:
    """The county looked at stays where the place has it; else the first there is."""
    bench.open(Asked(question(home, FORMULAS[0], where="other"), (COUNTY,)))
    assert bench.jobs.wait(SECONDS)

    assert bench.asked.counties == ("640221",)


def test_the_same_money_waits_its_turn(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulation under way goes on to its end; the panel says what comes next."""
    began, enough, stopped = threading.Event(), threading.Event(), threading.Event()

    def slow(stop: Stop) -> None:
        began.set()
        enough.wait(SECONDS)
        if stop.said:
            stopped.set()
        bench.under_way.tell("the first is done")

    bench.under_way.start(slow)
    assert began.wait(SECONDS)
    bench.comparing.buttons["same"].click()
    waits = bench.said.value
    bench.under_way.tell("half way")
    half = bench.said.value
    enough.set()
    assert bench.jobs.wait(SECONDS)

    assert "waits for the simulation under way" in waits
    assert "half way; then: The same money for all" in half
    assert not stopped.is_set()
    assert "the same money: 2 replications" in bench.said.value
    assert isinstance(bench.comparing.same[1][0].seen, Seen)
