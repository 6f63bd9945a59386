"""The services page: what it answers, what it calls a what-if, and what stands in its tables."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib import words
from simlib.results.tradeoff import ALL
from simlib.view import serviceanswers, servicecharts, serviceoptions, serviceview
from simlib.view.chartparts import show
from simlib.view.names import names_of

NOISE = np.array([0.0, 0.02, -0.02, 0.01, -0.01])
SHARES = (0.01, 0.03, 0.05)


def facts(share: float) -> pd.DataFrame:
    """Facts that rise with the share of services, noise shared by all options."""
    rows = {name: np.full(5, 10.0) for name in ALL}
    rows |= {
        "need_met_share": 10 * share + NOISE,
        "money_met_share": 10 * share + NOISE,
        "desk_on_time_share": 0.9 - 4 * share + NOISE,
        "delivered": 10_000 * share * (1 + NOISE),
        "orders": 1_000 * (1 + NOISE) * (1 if share < 0.05 else 0.5),
        "paid_yuan": 100_000_000 * share * (1 + NOISE),
        "cap_yuan": np.full(5, 100_000_000 * share),
        "delivered_per_thousand_yuan": 0.1 / (1 + 10 * share) + NOISE / 100,
        "excluded_late_months": 1_000 * share * (1 + NOISE),
    }
    return pd.DataFrame(rows).assign(replication=range(5))


@dataclass
class FakeServices:
    """Three options that buy services; as splits of the same money, or with posts by another rule."""

    split: bool = False
    shares: tuple[float, ...] = SHARES
    equal: tuple[float, ...] = ()
    futures: tuple[dict[str, Any], ...] = ()
    panel: dict[str, Any] = field(default_factory=dict)
    charged: float = 0.0
    lacking: float = 2.0
    squeezed: float = 0.0
    place: Any = field(
        default_factory=lambda: SimpleNamespace(
            title={"zh": "某市", "en": "A city"},
            townships=pd.DataFrame({"area_code": ["640202001"], "area": ["甲镇"]}),
            counties=pd.DataFrame({"county_code": ["640202", "640205"], "county": ["大武口区", "惠农区"]}),
        )
    )

    def cells(self) -> list[Any]:
        return [
            SimpleNamespace(
                id=f"{'s' if view == 'grid' else 'e'}{share}",
                title={"zh": f"服务{share:.0%}", "en": f"{share:.0%} for services"},
                formula="same",
                law_formula="same",
                policy={"formula": "same", "services_share": share},
                formula_title={"zh": "一种", "en": "One"},
                money=f"m{share}",
                money_title={"zh": f"{share:.0%}", "en": f"{share:.0%}"},
                view=view,
                told={"future": self.futures[at] if self.futures else {}},
                service_panel=self.panel,
                visit_minutes=(15, 30, 60),
                buys_services=True,
                services_share=share,
                services_most=0.03,
                clerks_yuan=int(5_000_000 - 50_000_000 * share) if self.split else None,
            )
            for view, shares in (("grid", self.shares), ("equal_clerks", self.equal))
            for at, share in enumerate(shares)
        ]

    def record(self) -> dict[str, Any]:
        return {"years": 3}

    def option_facts(self, scenario: str) -> pd.DataFrame:
        return facts(float(scenario[1:]))

    def service_items(self, scenario: str) -> pd.DataFrame:
        return pd.DataFrame(
            [("visit", 100, 60.0, 0.6, 40, 8.0)],
            columns=[
                *("item", "assessed", "delivered", "need_met_share", "unmet_money"),
                "delivered_per_thousand_yuan",
            ],
        )

    def service_counties(self, scenario: str) -> pd.DataFrame:
        return pd.DataFrame(
            [
                ("640202", 2_000_000.0, 500_000.0, 1_500_000.0, 300.0, 290.0, 0.0),
                ("640205", 1_000_000.0, 990_000.0, 0.0, 900.0, 400.0, 480.0),
            ],
            columns=[
                *("county_code", "voted_yuan", "paid_yuan", "lapsed_yuan"),
                *("assessed", "delivered", "unmet_money"),
            ],
        )

    def service_follow_up(self, scenario: str) -> pd.DataFrame:
        shares = {"satisfaction_share": 0.91, "final_share": 0.72, "passed_share": 0.5, "renewed_share": 1.0}
        amounts = {"cost_yuan": 18_000.0, "charged_yuan": self.charged}
        facts = {"visits": 120.0, "mid_term_share": float("nan"), "unjudged": 2.0, **shares, **amounts}
        return pd.DataFrame([{"year": year, **facts} for year in (2027, 2028)])

    def grant_left(self, scenario: str) -> pd.DataFrame:
        counts = {"assumed": self.lacking, "own": 2.0 - self.lacking, "bound": 0.5}
        amounts = {
            "assumed_yuan": 1.0,
            "expected_yuan": 400_000.0,
            "left_yuan": 150_000.0,
            "squeezed_yuan": self.squeezed,
        }
        return pd.DataFrame([{"year": year, **counts, **amounts} for year in (2027, 2028)])

    def fared(self, scenario: str, key: str) -> pd.DataFrame:
        codes = {"grade": ["first", "third"], "programme": ["dibao_rural"], "area_code": ["640202001"]}[key]
        rows = [
            {
                "year": year, key: code, "assessed": 100.0, "with_need": 50.0, "wholly": 20.0,
                "partly": 10.0, "left_out": 15.0 + at, "pending": 5.0 - at, "left_out_share": 0.3 + at / 50,
            }
            for year in (2027, 2028)
            for at, code in enumerate(codes)
        ]  # fmt: skip
        return pd.DataFrame(rows)


def opened(split: bool, lang: str = "zh", shares: tuple[float, ...] = SHARES) -> tuple[Any, Any, Any]:
    """An experiment, its names and its options."""
    experiment = FakeServices(split, shares)
    names = names_of(experiment, lang)  # type: ignore[arg-type]
    return experiment, names, serviceoptions.options_of(experiment, names)


@pytest.mark.parametrize(("lang", "word"), [("zh", "超过文件上限"), ("en", "above the document")])
def test_a_share_above_the_document_is_told_as_a_what_if_everywhere(lang: str, word: str) -> None:
    """5 % is no option: the answer, the table and the chart's own words say so."""
    experiment, names, options = opened(split=True, lang=lang)
    told = serviceanswers.answers(options, experiment, names).text
    drawn = servicecharts.coverage(options, names).to_dict()

    assert [option.is_lawful for option in options] == [True, True, False]
    assert told.count(word) == 1
    assert word in serviceview.coverage_table(options, names).text
    assert word in serviceview.moved_table(options, names).text
    assert names.say("view.services.above") in str(drawn["datasets"])


@pytest.mark.parametrize(("in_time", "is_told"), [(0.9, False), (0.2, True)])
def test_where_hands_lack_more_money_is_not_the_answer(
    monkeypatch: pytest.MonkeyPatch, in_time: float, is_told: bool
) -> None:
    """A share that meets less than a smaller one would else stand there unexplained."""
    experiment = FakeServices()
    late = {"on_time_share": in_time, "unmet": 500.0, "unmet_money": 120.0}
    monkeypatch.setattr(experiment, "option_facts", lambda cell: facts(float(cell[1:])).assign(**late))
    names = names_of(experiment, "en")  # type: ignore[arg-type]
    told = serviceanswers.answers(serviceoptions.options_of(experiment, names), experiment, names).text

    assert ("it is hands that lack" in told) is is_told
    assert ("380 orders" in told) is is_told


def test_what_meets_most_for_the_yuan_is_a_lawful_option() -> None:
    """A what-if may be cheap by the order; it is never the answer."""
    _, _, options = opened(split=False, shares=(0.02, 0.03, 0.05))
    best = serviceoptions.best_for_money(options)

    assert best is not None
    assert best.share == 0.02
    assert serviceoptions.widest(options).share == 0.03  # type: ignore[union-attr]


def test_a_yuan_moved_is_told_only_where_the_same_money_is_split() -> None:
    """Services beside clerks in full take no yuan from them; the frontier is for splits."""
    plain, names, apart = opened(split=False)
    moved, _, same = opened(split=True)

    assert not serviceoptions.has_splits(apart)
    assert "shizuishan_frontier_2027" in serviceview.moved_table(apart, names).text
    assert "挪1万元" not in serviceanswers.answers(apart, plain, names).text
    assert serviceoptions.has_splits(same)
    assert serviceoptions.moved_yuan(same[0], same[1]) == 3 * 1_000_000
    told = serviceanswers.answers(same, moved, names).text
    assert "挪1万元" in told and "两笔钱" in told
    change = (10_000 * 0.03 - 10_000 * 0.01) * 10_000 / 3_000_000
    assert f"+{change:.1f}" in serviceview.moved_table(same, names).text


def test_an_option_that_finds_less_need_is_measured_by_all_the_need_found() -> None:
    """With half the assessments the same deliveries would seem to meet twice the need."""
    _, names, options = opened(split=True)
    last = options[-1]

    assert last.told("all_met_share")[0] == pytest.approx(10_000 * 0.05 / 1_000)
    assert last.told("delivered")[0] / last.told("orders")[0] == pytest.approx(2 * 10_000 * 0.05 / 1_000)
    assert "500" in serviceview.coverage_table(options, names).text


def test_all_options_of_a_page_have_one_base() -> None:
    """3 % at equal clerks is the split of 3 %: with a base of its own it read half as much again."""
    experiment = FakeServices(split=True, equal=(0.05,))
    names = names_of(experiment, "en")  # type: ignore[arg-type]
    alone = serviceoptions.at_equal_clerks(experiment, names)[0]
    split = serviceoptions.options_of(experiment, names)[-1]

    assert (alone.view, split.view) == ("equal_clerks", "grid")
    assert alone.told("all_met_share") == split.told("all_met_share")
    assert alone.told("all_met_share")[0] == pytest.approx(10_000 * 0.05 / 1_000)
    assert "futures" not in serviceanswers.answers([split], experiment, names, covered=[alone]).text


def test_options_that_assume_other_futures_have_other_bases_and_the_page_says_so() -> None:
    """Need itself is another there: against the greatest need of any future the others would look poor."""
    futures: tuple[dict[str, Any], ...] = ({}, {"services_side": "high"}, {"services_side": "high"})
    experiment = FakeServices(split=False, futures=futures)
    names = names_of(experiment, "zh")  # type: ignore[arg-type]
    options = serviceoptions.options_of(experiment, names)
    last = FakeServices(futures=({}, {}, {"services_side": "low"}))

    assert options[-1].told("all_met_share")[0] == pytest.approx(10_000 * 0.05 / 1_000)
    assert "未来不同" in serviceanswers.answers(options, experiment, names).text
    assert serviceoptions.options_of(last, names)[-1].told("all_met_share")[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("lang", "share"), [("zh", "服务经费为上年补助资金的3%时"), ("en", "With 3 % of last")]
)
def test_a_share_somebody_set_has_no_decimals_it_was_not_given(lang: str, share: str) -> None:
    """A document says 3 %; 3.0 % would look like a measurement."""
    experiment, names, options = opened(split=False, lang=lang)
    drawn = servicecharts.coverage(options, names).to_dict()

    assert share in serviceanswers.answers(options, experiment, names).text
    assert ("1%→3%" if lang == "zh" else "1 % → 3 %") in serviceview.yuan_table(options, names).text
    assert "3.0%" not in str(drawn["datasets"]).replace("30.0%", "")
    assert words.stated(0.025, "en") == "2.5 %"


class Waiting(FakeServices):
    """Options of 800 families of whom some wait to be assessed."""

    def __init__(self, waiting: float) -> None:
        super().__init__(split=False)
        self.waiting = waiting

    def option_facts(self, scenario: str) -> pd.DataFrame:
        return (
            super().option_facts(scenario).assign(assessments_waiting=self.waiting, households_covered=800.0)
        )


@pytest.mark.parametrize(("waiting", "is_told"), [(40.0, True), (1_000.0, True), (0.0, False), (2.0, False)])
def test_families_nobody_has_assessed_are_told(waiting: float, is_told: bool) -> None:
    """A share of the need that was found looks good where hardly any was looked for."""
    experiment = Waiting(waiting)
    names = names_of(experiment, "en")  # type: ignore[arg-type]
    options = serviceoptions.options_of(experiment, names)
    text = serviceanswers.answers(options, experiment, names).text

    assert ("still wait at the desks" in text) is is_told
    assert ("not all need is known" in serviceanswers.headline(experiment, names)[0]) is is_told
    assert not is_told or (f"{waiting:,.0f} assessments" in text and "800 families" in text)


def test_hands_that_were_set_stand_beside_the_share() -> None:
    """Two options of one share that differ in hands could not be told apart otherwise."""
    _, names, options = opened(split=False, lang="en")
    more = replace(options[-1], hands=132)

    assert options[-1].share_text(names) == "5 %"
    assert [one.share for one, two in serviceoptions.neighbours([*options, more]) if two.share == 0.05] == [
        0.03
    ] * 2
    assert more.share_text(names) == "5 % and 132 workers"
    assert "5 % and 132 workers" in str(servicecharts.coverage([*options, more], names).to_dict()["datasets"])


PANEL = {
    "document": {"zh": "试点方案", "en": "the pilot plan"},
    "members": 5,
    "accountants": 1,
    "stages": ["mid_term", "final"],
    "named": ["purchase_fund"],
    "fund": "special",
}


@pytest.mark.parametrize(
    ("panel", "charged", "told_of"),
    [
        ({}, 0.0, "No document is named"),
        (PANEL, 0.0, "for which this option plans nothing"),
        (PANEL, 9_000.0, "1.80 is charged to money voted for purchase, the rest is not"),
        (PANEL, 18_000.0, "3.60 (10,000 yuan, at assumed fees) over the plan, set aside"),
        ({**PANEL, "named": [], "fund": ""}, 0.0, "the document names no fund for it"),
    ],
)
def test_what_evaluating_costs_is_charged_or_the_reason_told(
    panel: dict[str, Any], charged: float, told_of: str
) -> None:
    """A cost that silently vanishes is money somebody will be asked for."""
    experiment = FakeServices(panel=panel, charged=charged)
    names = names_of(experiment, "en")  # type: ignore[arg-type]
    option = serviceoptions.options_of(experiment, names)[0]
    text = serviceview.follow_up(option, experiment, names).text

    assert told_of in text
    assert ("mid-term evaluation, final evaluation" in text) is bool(panel)
    assert "91.0%" in text and "1.80" in text


@pytest.mark.parametrize(
    ("lang", "told_of"),
    [
        ("en", "at an assumed 30 minutes each 120 hours over the plan, 60 to 240 at the ends"),
        ("zh", "每次按30分钟（假设）计，全期120小时；按假设区间两端为60至240小时"),
    ],
)
def test_hours_of_return_visits_are_told_with_their_range(lang: str, told_of: str) -> None:
    """Village service points make them: no desk pays, so a reader must see what they take elsewhere."""
    experiment, names, options = opened(split=False, lang=lang)
    text = serviceview.follow_up(options[0], experiment, names).text

    assert told_of in text
    assert ("One provider" if lang == "en" else "一家承接主体") in text
    assert text.count("60") >= 3


@pytest.mark.parametrize(
    ("lacking", "zh", "en"),
    [
        (2.0, "都没有本地的补助资金数", "None of the counties has a grant figure"),
        (0.0, "预计全期80万元，年末实际30万元", "80 (10,000 yuan) over the plan as expected at the vote, 30"),
        (1.0, "另1个县没有本地数", "in 1 of the counties there is no figure"),
    ],
)
def test_what_the_grant_leaves_is_told_as_assumed_or_as_the_run_s(lacking: float, zh: str, en: str) -> None:
    """An assumed bound may not pass for a result, nor a result for an assumption."""
    for lang, says in (("zh", zh), ("en", en)):
        experiment = FakeServices(lacking=lacking)
        names = names_of(experiment, lang)  # type: ignore[arg-type]
        text = serviceanswers.answers(serviceoptions.options_of(experiment, names), experiment, names).text

        assert says in text
        assert ("挤占" in text or "squeezed" in text) is False
        assert ("4个县年中有1个受余额限制" if lang == "zh" else "in 1 of 4 county-years") in text


def test_services_that_squeezed_benefits_are_told() -> None:
    """The document forbids it; when benefits turn out dearer than expected it happens all the same."""
    experiment = FakeServices(lacking=0.0, squeezed=140_000.0)
    names = names_of(experiment, "zh")  # type: ignore[arg-type]
    text = serviceanswers.answers(serviceoptions.options_of(experiment, names), experiment, names).text

    assert "有28万元服务支出超过年末实际余额" in text


def test_the_first_page_says_which_lawful_option_meets_most_need() -> None:
    """Leadership reads one page: on-time rates alone would make no services look best."""
    experiment, names, _ = opened(split=True, lang="en")
    told = serviceanswers.headline(experiment, names)

    assert len(told) == 1
    assert "“3% for services” meets most need, 30.0%" in told[0]
    assert "“5% for services” is above the document's cap" in told[0]
    assert serviceanswers.headline(FakeServices(shares=()), names) == []


def test_who_is_left_out_is_told_of_the_last_year_by_grade_programme_and_township() -> None:
    """Names, not codes; the worst grade is named in the answer."""
    experiment, names, options = opened(split=False, lang="en")
    text = serviceview.left_out_tables(options[1], experiment, names).text
    told = serviceanswers.answers(options, experiment, names).text

    for word in ("first grade", "Rural dibao", "甲镇"):
        assert word in text
    assert "31 of 100 families" in told and "third grade" in told


def test_without_services_the_page_says_so() -> None:
    """An experiment of clerks alone has no services page; opened anyhow it invents nothing."""
    experiment, names, _ = opened(split=False, lang="en", shares=())

    assert "No option buys services" in serviceanswers.answers([], experiment, names).text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_have_their_question_and_a_text_alternative(lang: str) -> None:
    """Each answers one question; whoever cannot see it reads the same figures."""
    experiment, names, options = opened(split=True, lang=lang)
    drawn = [
        servicecharts.coverage(options, names),
        servicecharts.frontier(options, names),
        servicecharts.left_out(experiment.fared("s0.01", "grade"), names),
    ]

    for chart in drawn:
        facts = chart.to_dict()
        assert facts["title"].endswith(("？", "?"))
        assert "%" in facts["description"]
    assert "10.0%" in drawn[1].to_dict()["description"]
    assert "<svg" in show(*drawn).html


def test_every_item_is_called_by_its_name_in_the_list() -> None:
    """Ids stay in the tables of results."""
    experiment, names, options = opened(split=False)

    assert "走访探视" in serviceview.item_table(options[0], experiment, names).text


def test_a_county_short_of_money_stands_before_one_with_money_left() -> None:
    """One total would say that money is left and that it is short; counties cannot lend each other theirs."""
    experiment, names, options = opened(split=False, lang="en")
    text = serviceview.county_table(options[0], experiment, names).text

    assert text.index("惠农区") < text.index("大武口区")
    assert "150" in text and "480" in text
    assert "nothing moves between counties" in text
