"""The panel: choices on the left; on the right the answer, at once by the rules and then as simulated."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as w
from IPython.display import display

from simlib import words
from simlib.drive import workspace
from simlib.drive.panel import byrules
from simlib.drive.panel.asked import Asked
from simlib.drive.panel.comparing import Comparing
from simlib.drive.panel.controls import Controls
from simlib.drive.panel.files import Files
from simlib.drive.panel.folds import Folds
from simlib.drive.panel.naming import NAMING
from simlib.drive.panel.optionnames import NOW, names_for
from simlib.drive.panel.owndata import OwnData
from simlib.drive.panel.pinned import Pinned
from simlib.drive.panel.simulated import SIMULATED, so_far
from simlib.drive.panel.style import STYLE
from simlib.drive.panel.told import in_words, rule_in_words
from simlib.drive.panel.underway import UnderWay
from simlib.drive.panel.why import Why
from simlib.policy.statutes import Law, load_law
from simlib.runs.live import Seen, Stop, watched
from simlib.runs.settings import setting_of
from simlib.scenario import Frozen, Future, Policy, Run, Scenario
from simlib.scenario.parts import Text
from simlib.view.blocks import Block, escaped
from simlib.view.firstlook import place_folders
from simlib.view.names import Names
from simlib.years.setting import Setting

REPLICATIONS, FOR_THE_WHOLE = 20, 5
"""Replications of a county, and of a whole place; a batch has as many as its experiment says."""
TABS = ("posts", "load", *SIMULATED, "compare", "why")


class Workbench:
    """The panel of one notebook. It shows itself; `asked` is the question as it stands."""

    def __init__(self, place: Path, formula: str, *, county: str, lang: str, law: Law) -> None:
        self.law = law
        self.pins: list[Pinned] = []
        self.box = w.VBox([])
        self.box.add_class("simlib-panel")
        self._build(lang)
        run = Run(replications=REPLICATIONS)
        title: dict[str, str] = {code: words.say("panel.untitled", code) for code in words.LANGS}
        policy = Policy(formula=formula, price_yuan=self.controls.price.value)
        scenario = Scenario("panel", Frozen(title), place, policy, Future(), run)
        self.open(Asked(scenario, (county,) if county else ()))

    def speak(self, lang: str) -> None:
        """Put the panel in another language; the question and what is pinned stay."""
        asked = self.asked
        self.under_way.stop("")
        self._build(lang)
        self.open(asked)

    def _build(self, lang: str) -> None:
        """Make every widget, in one language."""
        self.lang = lang
        self._seen: tuple[Asked, Seen] | None = None
        self._names: Names | None = None
        self.under_way = UnderWay(lang)
        self.jobs, self.said = self.under_way.jobs, self.under_way.said
        self.answer, self.simulated = w.HTML(), w.HTML()
        self.controls = Controls(self.law, lang, self.look)
        self._buttons = {name: self._button(name) for name in ("whole", "pin", "language")}
        self._pin_name = w.Text(placeholder=self._say("pin_name"), layout=w.Layout(width="200px"))
        self.why = Why(lang, self.under_way, self._setting_seen)
        self.comparing = Comparing(
            lang,
            self.law,
            self.pins,
            law_paths=self.law_paths,
            under_way=self.under_way,
            drawn=lambda: self._draw(only=("compare",)),
        )
        mine = {"why": self.why.rule, "compare": self.comparing.table}
        self._tabs = {name: mine[name] if name in mine else w.HTML() for name in TABS}
        self.tabs = w.Tab(children=[self._tab(name) for name in TABS])
        for at, name in enumerate(TABS):
            self.tabs.set_title(at, self._say(f"tab.{name}"))
        self.tabs.observe(lambda _: self._draw(), names="selected_index")
        self.files = Files(self)
        self.own = OwnData(lang, self._new_place)
        self.box.children = self._assembled()

    # --- how it is laid out ---

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self.lang, **values)

    def _button(self, name: str) -> w.Button:
        button = w.Button(description=self._say(f"button.{name}"), tooltip=self._say(f"button.{name}.tip"))
        button.layout.width = "max-content"
        button.on_click(lambda _: getattr(self, f"_on_{name}")())
        return button

    def _tab(self, name: str) -> w.Widget:
        boxes = {"compare": self.comparing.box, "why": self.why.box}
        return boxes.get(name, self._tabs[name])

    def _assembled(self) -> tuple[w.Widget, ...]:
        row = w.Layout(flex_flow="row wrap", align_items="center", grid_gap="6px")
        actions = w.HBox(
            [
                self._buttons["whole"],
                self.under_way.cancel,
                self.under_way.progress,
                self._pin_name,
                self._buttons["pin"],
            ],
            layout=row,
        )
        parts = {"own": self.own.box, "files": self.files.box}
        more = Folds([(self._say(f"step.{name}"), box) for name, box in parts.items()]).box
        left = w.VBox(
            [self._buttons["language"], self.controls.box, more],
            layout=w.Layout(flex="1 1 280px", min_width="0", max_width="100%"),
        )
        right = w.VBox(
            [self.answer, self.simulated, actions, self.said, self.tabs],
            layout=w.Layout(flex="3 1 430px", min_width="0", max_width="100%", overflow="hidden"),
        )
        body = w.HBox([left, right], layout=w.Layout(flex_flow="row wrap", grid_gap="12px"))
        return w.HTML(STYLE), body

    def _ipython_display_(self) -> None:
        """Show the panel, and have its sliders named for those who hear it."""
        display({"application/javascript": NAMING, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
        display(self.box)  # type: ignore[no-untyped-call]

    def _repr_mimebundle_(self, **asked: Any) -> Any:
        """The panel where widgets live; where they do not, what the rules answer."""
        return self.box._repr_mimebundle_(**asked)

    # --- asking and looking ---

    @property
    def asked(self) -> Asked:
        """The question as it stands."""
        return self.controls.asked()

    def open(self, asked: Asked) -> None:
        """Put a question on the panel and answer it."""
        self.controls.show(asked)
        self.files.refresh()
        self.look()

    def look(self) -> None:
        """Answer the question: the rules at once, then the county asked, simulated."""
        asked = self.asked
        self._seen = None
        self.simulated.value = ""
        self.under_way.tell("")
        try:
            with words.speaking(self.lang):
                self._names = names_for({NOW: asked.scenario}, "", self.law, self.lang)
                self.answer.value = byrules.at_once(asked, self.law, self.lang).html
        except Exception as error:  # noqa: BLE001  the person is told and can choose again
            self.under_way.stop("")
            self.answer.value = ""
            self.under_way.failed(error)
            return
        for name in (*SIMULATED, "posts", "load"):
            self._tabs[name].value = ""
        self.why.clear()
        self._draw()
        if asked.counties:
            self._simulate(asked, REPLICATIONS)
        else:
            self.under_way.stop(self._say("ask_whole"))

    def _on_whole(self) -> None:
        asked = self.asked
        self._simulate(Asked(asked.scenario), FOR_THE_WHOLE)

    def _on_language(self) -> None:
        self.speak(next(code for code in words.LANGS if code != self.lang))

    def _simulate(self, asked: Asked, replications: int) -> None:
        def work(stop: Stop) -> None:
            began = time.monotonic()
            self.under_way.tell(self._say("begins"))
            for seen in watched(
                asked.scenario,
                counties=asked.counties,
                law_paths=self.law_paths(asked),
                replications=replications,
                stop=stop,
                progress=lambda share: self.under_way.share(share, stop),
            ):
                stop.check()
                self._seen = (asked, seen)
                self.comparing.follow(asked, seen)
                self.simulated.value = so_far(seen, asked, self.lang).html
                told = self._say("after", n=seen.replications, seconds=f"{time.monotonic() - began:.1f}")
                self.under_way.tell(told)
                self._draw(only=(*SIMULATED, "compare"))

        self.under_way.start(work)

    def _setting_seen(self) -> tuple[Asked, Setting] | None:
        """The question simulated last, and its setting."""
        if self._seen is None:
            return None
        asked = self._seen[0]
        return asked, setting_of(asked.scenario, self.law_paths(asked))

    def law_paths(self, asked: Asked) -> tuple[Path, ...]:
        """Folders of law beside the package's own, of the workspace the place belongs to."""
        return workspace.law_paths(workspace.workspace_of(asked.scenario.place), [])

    # --- tabs: only the one in sight is drawn ---

    def _draw(self, *, only: Any = None) -> None:
        name = TABS[self.tabs.selected_index or 0]
        if only is not None and name not in only:
            return
        if not self._tabs[name].value:  # the first chart takes a moment: say so
            self._tabs[name].value = f'<p class="note">{escaped(self._say("drawing"))}</p>'
        try:
            with words.speaking(self.lang):
                self._tabs[name].value = self._drawn(name).html
        except Exception as error:  # noqa: BLE001  one chart less, said so
            self._tabs[name].value = f'<p class="wrong">{escaped(in_words(error, self.lang))}</p>'

    def _drawn(self, name: str) -> Block:
        assert self._names is not None
        asked = self.asked
        if name == "posts":
            return byrules.posts_charts(asked, self.law, self._names)
        if name == "load":
            return byrules.load_charts(asked, self.law, self._names)
        if name == "why":
            return rule_in_words(asked, self.law, self.lang)
        if name == "compare":
            return self.comparing.shown()
        if self._seen is None:
            return Block(f'<p class="note">{escaped(self._say("not_yet"))}</p>', "")
        return SIMULATED[name](self._seen[1], self._seen[0], self._names)

    # --- comparing ---

    def _on_pin(self) -> None:
        if self._seen is None:
            self.under_way.tell(self._say("pin_nothing"), wrong=True)
            return
        asked, seen = self._seen
        given = self._pin_name.value.strip()
        titles: dict[str, str] = {code: given or self._called(asked, code) for code in words.LANGS}
        name = self.comparing.pin(titles, asked, seen)
        self._pin_name.value = ""
        self.tabs.selected_index = TABS.index("compare")
        self._draw()
        self.under_way.tell(self._say("pinned", name=name))

    def _called(self, asked: Asked, lang: str) -> str:
        """What an option is called by what it chooses."""
        return names_for({NOW: asked.scenario}, "", self.law, lang).cells[NOW]

    def compare(self, options: Sequence[tuple[Text, Scenario]]) -> None:
        """Put saved options on the panel: the first as the question, all of them side by side."""
        self.open(Asked(options[0][1], self.asked.counties))
        counties = self.asked.counties
        self.tabs.selected_index = TABS.index("compare")
        self.comparing.put_back(
            [(titles, Asked(scenario, counties)) for titles, scenario in options],
            replications=REPLICATIONS if counties else FOR_THE_WHOLE,
        )

    # --- own data ---

    def _new_place(self, folder: Path) -> None:
        self.controls.select_place(folder)


def panel(
    place: str = "leshan", formula: str = "leshan-2020", *, county: str = "", lang: str = "zh"
) -> Workbench:
    """The panel for a place of the workspace (its folder's name), or one in a folder of its own.

    county: code of the county looked at first; default the first there is. lang: zh or en.
    Raises InputError for a place or formula that is not there.
    """
    folders = {folder.name: folder for folder in place_folders()}
    folder = folders.get(place, Path(place))
    law = load_law(workspace.law_paths(workspace.workspace_of(folder), []))
    law.formula(formula)
    return Workbench(folder, formula, county=county, lang=lang, law=law)
