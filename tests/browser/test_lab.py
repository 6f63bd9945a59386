"""JupyterLab in a real browser: the start notebook opens in Chinese, runs, and answers a choice."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Request

from simlib import words
from simlib.drive.panel.folds import UNFOLDED
from simlib.drive.panel.optionnames import formula_choice, formula_title
from simlib.drive.panel.workbench import REPLICATIONS
from simlib.places import load_place
from simlib.places.columns import columns, sheet_title
from simlib.places.template import write_template
from simlib.policy.statutes import load_law
from simlib.results.experiment import open_experiment
from simlib.scenario import load_experiment, load_scenario
from tests.places.sheets import towns

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-this-test"
OWN = ("data:", "blob:", "ws:")
COUNTY = "511113"
"""A county of five townships: looked at within a second or two."""
CHART_SECONDS = 5
"""From a slider to another chart of a small county, as simulated, on a free machine."""
FORMULAS = {
    "zh": ("anhui-2013", "fujian-2018", "hainan-2n"),
    "en": ("anhui-2013", "fujian-2018", "leshan-2020"),
}
"""What is chosen in each turn, another than before."""
BUSY = 3
"""How many times longer things may take for each process that wants a core, where they are shared."""
TRIES = 3
"""What is held to a second is done so often, and the quickest counts: one try may wait for others."""
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
READY = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
  const kernel = session?.session?.kernel;
  return session?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""


@dataclass(frozen=True)
class Lab:
    """A running Lab: its address, and the workspace it stands in."""

    address: str
    home: Path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A Lab on a copy of the start notebook; it ends with the tests."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "scenarios", home / "scenarios")
    (home / "lab").mkdir()
    shutil.copy(ROOT / "notebooks" / "start.ipynb", home / "lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"),
        *(f"--ServerApp.root_dir={home}", f"--IdentityProvider.token={TOKEN}"),
        *("--LabApp.expose_app_in_browser=True", f"--LabApp.user_settings_dir={home / 'settings'}"),
        *(f"--LabApp.workspaces_dir={home / 'windows'}", "--ServerApp.ip=127.0.0.1"),
    ]
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    server = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urlopen(f"{address}/api?token={TOKEN}", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield Lab(address, home)
    server.terminate()
    server.wait(timeout=20)


class Desk:
    """The panel in one window, as a planner has it; what went wrong in the browser is kept."""

    def __init__(self, chromium: Browser, lab: Lab) -> None:
        self.lang = "zh"
        self.context = chromium.new_context(viewport={"width": 1400, "height": 1000})
        self.page = self.context.new_page()
        self.outside: list[str] = []
        self.errors: list[str] = []
        self._own = (lab.address, *OWN)
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._said)
        self.page.goto(f"{lab.address}/lab/tree/lab/start.ipynb?token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
        self.page.wait_for_function(READY, timeout=90_000)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        self.panel = self.page.locator(".simlib-panel")
        self.page.wait_for_selector(".simlib-panel table", timeout=120_000)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self._own):
            self.outside.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def speak(self, lang: str) -> None:
        """Have the panel in this language; it opens in Chinese and changes at a click."""
        if lang != self.lang:
            self.press("button.language")
            self.lang = lang
        self.page.get_by_role("button", name=self.say("button.language"), exact=True).wait_for()

    def say(self, key: str, **values: object) -> str:
        """The words of the panel."""
        return words.say(f"panel.{key}", self.lang, **values)

    def until(self, claim: str, told: object, *, seconds: float = 60) -> float:
        """Wait until a claim about the panel and `told` holds; how long it took [s]."""
        began = time.monotonic()
        script = f"told => {{ const panel = document.querySelector('.simlib-panel'); return {claim}; }}"
        self.page.wait_for_function(script, arg=told, timeout=seconds * 1000)
        return time.monotonic() - began

    def reads(self, text: str, *, seconds: float = 60) -> float:
        """Wait until the panel shows this text; how long it took [s]."""
        return self.until("panel?.innerText.includes(told)", text, seconds=seconds)

    def press(self, key: str) -> None:
        """Press the button of this name."""
        self.panel.get_by_role("button", name=self.say(key), exact=True).click()

    def choose(self, label: str, option: str) -> None:
        """Choose in the list of this label."""
        self.panel.get_by_label(self.say(label), exact=True).select_option(label=option)

    def slide(self, label: str, key: str) -> None:
        """Move the slider that is called by this label by a key."""
        self.panel.get_by_role("slider", name=self.say(label), exact=True).press(key)

    def unfold(self, step: str) -> None:
        """Open one part of the left side, from the keyboard."""
        button = self.panel.locator("button.fold", has_text=self.say(f"step.{step}"))
        if UNFOLDED not in button.inner_text():
            button.focus()
            self.page.keyboard.press("Enter")
        button.filter(has_text=UNFOLDED).wait_for()

    def ask_by(self, formula: str) -> float:
        """Choose a formula; how long the answer by the rules took [s]."""
        before = self.panel.locator(".answer").first.inner_text()
        self.choose("formula", formula_choice(formula, load_law(), self.lang))
        return self.until("(a => a && a.innerText !== told)(panel.querySelector('.answer'))", before)

    def cancel_a_city(self) -> float:
        """Simulate the whole place and cancel while it runs; how long the panel took to hear it [s]."""
        self.press("button.whole")
        self.reads(self.say("begins"))
        self.page.wait_for_timeout(500)
        self.press("button.cancel")
        return self.reads(self.say("cancelled"))

    def barriers(self) -> list[str]:
        """What axe-core finds in the panel, every step unfolded once and now on this page."""
        found = []
        for step in ("place", "formula", "money", "contract", "procedure", "future", "own", "files"):
            self.unfold(step)
            violations = Axe().run(self.page, context=".simlib-panel").response["violations"]
            found += [f"{step}: {each['id']} {each['nodes'][0]['html']}" for each in violations]
        return found

    def tab(self, name: str) -> None:
        """Turn to a page of the right side."""
        self.panel.locator(".lm-TabBar-tab", has_text=self.say(f"tab.{name}")).click()

    def field(self, label: str) -> Locator:
        """The field of an answer about a file of one's own."""
        return self.panel.get_by_label(self.say(f"own.{label}"), exact=True)

    def write(self, label: str, text: str) -> None:
        """Write an answer and leave the field."""
        field = self.field(label)
        field.fill(text)
        field.press("Tab")

    def simulated_by(self, formula: str) -> None:
        """Choose a formula, wait until the bar is full, and pin what was seen."""
        self.ask_by(formula)
        self.reads(self.say("after", n=REPLICATIONS, seconds="…").split("…")[0])
        self.press("button.pin")
        self.reads(self.say("pinned", name="").strip())

    def start_anew(self) -> None:
        """Another kernel, as on another day, and every cell run."""
        self.page.evaluate(f"() => {KERNEL}.restart()")
        self.page.wait_for_function(READY, timeout=90_000)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        self.lang = "zh"
        self.until(
            "told.every(text => panel?.innerText.includes(text))", [self.say("button.language"), "乐山市"]
        )

    def upload(self, file: Path) -> None:
        """Choose a file of one's own."""
        with self.page.expect_file_chooser() as chooser:
            self.panel.locator(".jupyter-widgets.widget-upload").click()
        chooser.value.set_files(file)


@pytest.fixture(scope="module")
def desk(chromium: Browser, lab: Lab) -> Iterator[Desk]:
    """One window for all."""
    opened = Desk(chromium, lab)
    yield opened
    opened.context.close()


def own_form(file: Path, lang: str) -> tuple[str, int]:
    """A form as it comes back: no codes, a name nobody knows, a line that is no data.

    Returned are the code and the line of the name.
    """
    write_template(file, lang=lang, county=COUNTY)
    book = openpyxl.load_workbook(file)
    sheet = book[sheet_title("townships", chinese=lang == "zh")]
    at = {name: position for position, name in enumerate(columns("townships"), start=1)}
    renamed, last = 4, 3 + len(towns(COUNTY))
    code = str(sheet.cell(renamed, at["area_code"]).value)
    for row in range(3, last):
        sheet.cell(row, at["dibao_rural_households"], 100 + row)
        sheet.cell(row, at["dibao_rural_persons"], 180 + row)
        for blank in ("area_code", "county_code", "county"):
            sheet.cell(row, at[blank]).value = None
    sheet.cell(renamed, at["area"], "新设某某镇")
    sheet.cell(last, at["area"], "机动")
    sheet.cell(last, at["dibao_rural_households"], "约5")
    book.save(file)
    return code, renamed


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_planner_works_from_the_start_notebook_alone(
    desk: Desk, lab: Lab, tmp_path: Path, lang: str
) -> None:
    """Another formula, a slider, one's own form, an option saved, a city cancelled; nothing asks outside."""
    desk.speak(lang)
    menus = desk.page.inner_text(".lm-MenuBar, .jp-MenuBar")
    desk.choose("county", "金口河区")
    desk.until("panel.querySelector('.answer')?.innerText.includes(told)", "金口河区")

    desk.unfold("formula")
    answered = min(desk.ask_by(formula) for formula in FORMULAS[lang])

    desk.tab("time")
    desk.until("panel.querySelectorAll('.drawing svg').length >= told", 2)
    drawn = desk.panel.locator(".drawing").first.inner_html()
    desk.unfold("contract")
    desk.slide("years", "ArrowLeft")
    moved = desk.until("(chart => chart && chart.innerHTML !== told)(panel.querySelector('.drawing'))", drawn)

    desk.unfold("own")
    code, renamed = own_form(tmp_path / f"{lang}.xlsx", lang)
    desk.upload(tmp_path / f"{lang}.xlsx")
    desk.reads(desk.say("own.open", n=2))
    desk.write("county", COUNTY)
    desk.write("passed", str(3 + len(towns(COUNTY))))
    desk.write("areas", f"{renamed}={code}")
    desk.reads(desk.say("own.ready", rows=len(towns(COUNTY))))
    desk.write("name", f"mine_{lang}")
    desk.press("own.confirm")
    desk.reads(desk.say("own.kept", folder=f"scenarios/places/mine_{lang}"))

    desk.unfold("files")
    desk.panel.get_by_placeholder(desk.say("file_name")).fill(f"saved {lang}")
    desk.press("button.save")
    desk.reads(desk.say("saved", file=f"scenarios/saved_{lang}.yaml", command="simlib run"))

    desk.unfold("place")
    leshan = load_place(lab.home / "scenarios" / "places" / "leshan")
    desk.choose("place", words.pick(dict(leshan.title), lang))
    cancelled = min(desk.cancel_a_city() for _ in range(TRIES))
    desk.page.wait_for_timeout(1000)
    desk.reads(desk.say("cancelled"), seconds=1)
    if folder := os.environ.get("SIMLIB_SCREENSHOTS"):
        desk.page.screenshot(path=Path(folder) / f"lab_{lang}.png")

    assert "文件" in menus
    assert load_scenario(lab.home / "scenarios" / f"saved_{lang}.yaml").place.name == f"mine_{lang}"
    assert len(load_place(lab.home / "scenarios" / "places" / f"mine_{lang}").townships) == len(towns(COUNTY))
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    shared = BUSY * load if load > 1 else 1.0
    assert max(answered, cancelled) < 1 * shared
    assert moved < CHART_SECONDS * shared
    assert (desk.outside, desk.errors) == ([], [])


def test_nothing_on_the_panel_is_without_a_name(desk: Desk) -> None:
    """Who hears the panel is told what each slider, list and line is; no hint says “null”."""
    desk.speak("zh")
    barriers = desk.barriers()
    sliders = desk.panel.get_by_role("slider", include_hidden=True)
    names = sliders.evaluate_all("each => each.map(one => one.getAttribute('aria-label'))")

    assert barriers == []
    assert {desk.say("cap"), desk.say("share"), desk.say("price"), desk.say("years")} <= set(names)
    assert desk.panel.locator("[title=null]").count() == 0


def messy_sheet(file: Path) -> None:
    """A table as an office has it: headings over two rows, no codes, dashes, 万元, a total, a contact."""
    rows: list[list[Any]] = [
        ["金口河区社会救助情况统计表（2026年9月）"],
        ["填报单位：金口河区民政局"],
        [
            "序号",
            "县区",
            "乡镇（街道）",
            "农村低保",
            "",
            "城市低保",
            "",
            "低保资金支出（万元）",
            "经办人员",
            "",
            "备注",
        ],
        ["", "", "", "户数", "人数", "户数", "人数", "", "在编", "编外", ""],
    ]
    for at, town in enumerate(towns(COUNTY)):
        urban = ("—", "—") if at % 2 else (12, 20)
        county = "" if at else "金口河区"
        rows.append([at + 1, county, town, 420 + 7 * at, 771 + 13 * at, *urban, 52.5 + at, 1, "无", ""])
    sums = [
        sum(row[column] for row in rows[4:] if isinstance(row[column], int | float)) for column in range(3, 9)
    ]
    rows += [["合计", "", "", *sums, "", ""], ["填表人：张某　　联系电话：0833-2712345"]]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cells in ("A1:K1", "A2:K2", "D3:E3", "F3:G3", "I3:J3", "A3:A4", "B3:B4", "C3:C4", "H3:H4", "K3:K4"):
        sheet.merge_cells(cells)
    book.save(file)


def test_a_new_user_saves_a_comparison_of_two_formulas_on_a_sheet_of_his_own(
    desk: Desk, lab: Lab, tmp_path: Path
) -> None:
    """The start notebook alone: his Excel, two formulas, saved, opened another day, run as it says."""
    desk.speak("zh")
    messy_sheet(tmp_path / "统计表.xlsx")
    desk.unfold("own")
    desk.upload(tmp_path / "统计表.xlsx")
    desk.reads(desk.say("own.ready", rows=len(towns(COUNTY))))
    taken = {label: desk.field(label).input_value() for label in ("header", "totals", "title")}
    desk.write("name", "walked")
    desk.press("own.confirm")
    desk.reads(desk.say("own.kept", folder="scenarios/places/walked"))

    desk.unfold("formula")
    for formula in ("anhui-2013", "guangdong-2019"):
        desk.simulated_by(formula)
    names = [formula_title(formula, load_law(), "zh") for formula in ("anhui-2013", "guangdong-2019")]
    table = desk.panel.locator('table[data-claim="compared"]')
    compared = table.inner_text()
    desk.unfold("files")
    desk.panel.get_by_placeholder(desk.say("file_name")).fill("两个标准")
    desk.press("button.save_pins")
    desk.reads(desk.say("saved", file="scenarios/两个标准.yaml", command=""))
    said = desk.panel.locator("[role=status]", has_text="两个标准.yaml").inner_text()
    file = lab.home / "scenarios" / "两个标准.yaml"

    desk.start_anew()
    desk.unfold("files")
    desk.press("button.open")
    desk.reads(desk.say("put_back_at", options=2, n=REPLICATIONS))
    again = table.inner_text()
    if folder := os.environ.get("SIMLIB_SCREENSHOTS"):
        desk.page.screenshot(path=Path(folder) / "lab_walk.png")
    command = [*shlex.split(said.split("：")[-1]), "--replications", "1", "--no-notebooks"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, cwd=lab.home, env={**os.environ, "PATH": path}, check=True, capture_output=True)

    assert taken == {"header": "3, 4", "totals": "10", "title": "金口河区"}
    assert all(name in compared for name in names)
    assert again == compared, "opened again, the options share the same chance"
    assert [cell.view for cell in load_experiment(file).cells].count("grid") == len(names)
    assert open_experiment(lab.home / "reports" / "两个标准").place.title["zh"] == "金口河区"
    assert (desk.outside, desk.errors) == ([], [])
