"""A made-up experiment with the shapes of a real one: three formulas, three money rules, equal money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from simlib.policy.statutes import home_of, own_law
from simlib.results.money import cost_by_source, ledger_years
from simlib.results.posts import post_steps, staff_changes
from simlib.scenario import Goal, Policy

YEARS = (2027, 2028, 2029)
FORMULAS = {
    "leshan-2020": {"zh": "乐山2‰", "en": "Leshan 2‰"},
    "guangdong-2019": {"zh": "广东分档（县、乡两级）", "en": "Guangdong tiers (county and township)"},
    "hainan-2n": {"zh": "海南2+N", "en": "Hainan 2+N"},
}
MONIES = {
    "plain": {"zh": "全市每年600万元", "en": "6 million yuan a year"},
    "guangdong-3pct": {"zh": "低保支出3%的六成", "en": "60 % of 3 % of dibao spending"},
    "double": {"zh": "全市每年1200万元", "en": "12 million yuan a year"},
}
REQUIRED = {"leshan-2020": 168, "guangdong-2019": 402, "hainan-2n": 451}
CAP_YUAN = {"plain": 6_000_000, "guangdong-3pct": 9_300_000, "double": 12_000_000}
EXISTING = 214
TITLE = {"zh": "示例市2027年社会救助经办力量配备测算", "en": "Staffing of social assistance, 2027"}


@dataclass(frozen=True)
class FakeCell:
    id: str
    title: dict[str, str]
    formula: str
    formula_title: dict[str, str]
    money: str
    money_title: dict[str, str]
    view: str
    buys_services: bool = False
    clauses: tuple[dict[str, Any], ...] = ()

    @property
    def law_formula(self) -> str:
        return self.formula

    @property
    def policy(self) -> dict[str, Any]:
        return {"formula": self.law_formula, "money": self.money, "choice": self.formula}

    @property
    def source_title(self) -> dict[str, str]:
        return self.money_title

    @property
    def money_rule(self) -> str:
        return self.money

    @property
    def view_title(self) -> dict[str, str]:
        return {"zh": self.view, "en": self.view}


@dataclass(frozen=True)
class FakePlace:
    id: str
    title: dict[str, str]
    townships: pd.DataFrame
    counties: pd.DataFrame


def fake_place(counties: int = 11, townships_each: int = 12) -> FakePlace:
    chance = np.random.default_rng(7)
    rows = []
    for c in range(counties):
        for t in range(townships_each + c % 3):
            households = int(chance.integers(90, 900))
            rows.append(
                {
                    "area_code": f"5111{c + 10:02d}{t + 1:03d}",
                    "area": f"第{c + 1}·{t + 1}镇" if t else "马边彝族自治县民建镇街道",
                    "county_code": f"5111{c + 10:02d}",
                    "county": f"示例{c + 1}县",
                    "dibao_rural_households": households,
                    "dibao_rural_persons": households * 2,
                    "tekun_dispersed_households": households // 9,
                    "tekun_dispersed_persons": households // 9,
                    "posts_payroll": 1 + t % 3,
                    "posts_contract": t % 2,
                    "status": "synthetic",
                }
            )
    towns = pd.DataFrame(rows)
    codes = towns[["county_code", "county"]].drop_duplicates()
    offices = codes.assign(posts_payroll=4, posts_contract=0, posts_verification=2, status="assumed")
    return FakePlace("leshan", {"zh": "示例市", "en": "Example City"}, towns, offices.reset_index(drop=True))


def fake_cells() -> list[FakeCell]:
    cells = [
        FakeCell(f"{f}+{m}", _both(ft, mt), f, ft, m, mt, "grid")
        for f, ft in FORMULAS.items()
        for m, mt in MONIES.items()
    ]
    money = "equal-600"
    title = {"zh": "同样花600万元", "en": "the same 6 million yuan"}
    cells += [
        FakeCell(f"{f}+{money}", _both(ft, title), f, ft, money, title, "equal_money")
        for f, ft in FORMULAS.items()
    ]
    today = {"zh": "维持现状", "en": "as today"}
    return [*cells, FakeCell("status-quo", today, "none", today, "none", today, "status_quo")]


def _both(formula: dict[str, str], money: dict[str, str]) -> dict[str, str]:
    return {lang: f"{formula[lang]}＋{money[lang]}" for lang in ("zh", "en")}


def _posts(cell: FakeCell) -> tuple[int, int, float]:
    required = REQUIRED.get(cell.formula, EXISTING)
    if cell.view == "status_quo":
        return required, EXISTING, EXISTING * 0.95
    money = CAP_YUAN.get(cell.money, 6_000_000)
    bought = money // 60_000
    funded = EXISTING + (bought if cell.view == "equal_money" else min(max(0, required - EXISTING), bought))
    return required, funded, funded * 0.93


def fake_summary(cells: Sequence[FakeCell], replications: int = 12) -> pd.DataFrame:
    rows = []
    for cell in cells:
        required, funded, filled = _posts(cell)
        share = min(0.99, 0.42 + 0.0011 * filled + 0.006 * (len(cell.formula) % 5))
        cap = CAP_YUAN.get(cell.money, 6_000_000) * 3.0
        values = {
            "posts_required": required,
            "posts_existing": EXISTING,
            "posts_funded": funded,
            "posts_filled": filled,
            "posts_gap": required - EXISTING,
            "cost_yuan": (funded - EXISTING) * 60_000.0 * 3,
            "cap_yuan": float("nan") if cell.view == "status_quo" else cap,
            "payroll_yuan": 5.2e6,
            "advance_yuan": 4.1e6,
            "cost_per_decision_yuan": 900 + 100 * share,
            "on_time_share": share,
            "reviews_on_time_share": share - 0.1,
            "wait_days_mean": 31 - 20 * share,
            "wait_days_p90": 44 - 20 * share,
            "open_end": 900 * (1.1 - share),
            "overdue_open": 300 * (1 - share),
            "unlawful_visits": 50.0,
            "utilisation_share": 1.6 - share,
            "households_per_worker": 70_000 / filled,
            "excluded_months": 4000 * (1 - share),
            "overpaid_yuan": 2.4e6,
        }
        for measure, mean in values.items():
            spread = 0.0 if measure.startswith(("posts_r", "posts_e", "cap")) else abs(mean) * 0.02
            for year in (0, *YEARS):
                part = 1 if year == 0 or not measure.endswith("yuan") else 1 / len(YEARS)
                rows.append(
                    (
                        cell.id,
                        cell.formula,
                        cell.money,
                        cell.view,
                        measure,
                        year,
                        mean * part,
                        (mean - spread) * part,
                        (mean + spread) * part,
                        replications,
                    )
                )
    columns = ["scenario", "formula", "money", "view", "measure", "year", "mean", "low", "high", "n"]
    return pd.DataFrame(rows, columns=columns)


def fake_replications(summary: pd.DataFrame, measure: str = "on_time_share") -> pd.DataFrame:
    """Replications with the summary's means: chance common to all cells, and a little of each cell's own."""
    rows = summary[(summary["measure"] == measure) & (summary["year"] == 0)]
    parts = []
    for at, row in enumerate(rows.to_dict("records")):
        turns = np.arange(int(row["n"]))
        common, own = np.where(turns % 2, 0.02, -0.02), 0.001 * np.sin(turns * (at + 1.0))
        parts.append(
            pd.DataFrame(
                {
                    "scenario": row["scenario"],
                    "view": row["view"],
                    "replication": turns,
                    "value": float(row["mean"]) + common + own - own.mean(),
                    "met": True,
                    "path": row["scenario"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class FakeFrames:
    workforce: pd.DataFrame
    money: pd.DataFrame
    contracts: pd.DataFrame
    contract_steps: pd.DataFrame


def fake_frames(staffing: pd.DataFrame, funded: pd.DataFrame, *, county: dict[str, str]) -> FakeFrames:
    """Two replications: the first fills what is funded in the second month, the other in the fourth."""
    bought = dict(zip(funded["area_code"], funded["funded"], strict=True))
    posts, money = [], []
    for replication, filled_from in ((0, 1), (1, 3)):
        for month in range(12 * len(YEARS)):
            row: Any
            for row in staffing.itertuples():
                code = str(row.area_code)
                filled = bought[code] if month >= filled_from else 0
                key = (replication, month, county[code], code)
                came = filled if month == filled_from else 0
                posts += [
                    (*key, "contract", row.posts_required, bought[code], filled, came, *of_month(filled)),
                    (*key, "payroll", 0, 0, row.posts_existing, 0, *of_month(row.posts_existing)),
                ]
            for code in sorted(set(county.values())):
                if month % 12 == 0:
                    money.append((replication, month, code, "cap_posts", "work_fund", 30_000_000))
                    money.append((replication, month, code, "voted", "work_fund", 30_000_000))
                if month % 12 == 6 and month > 12:
                    money.append((replication, month, code, "cap_posts", "work_fund", -1_000_000))
                    money.append((replication, month, code, "true_up", "work_fund", -1_000_000))
                money.append((replication, month, code, "wages_contract", "work_fund", 100_001 + replication))
                money.append((replication, month, code, "paid", "work_fund", 100_001 + replication))
    return FakeFrames(
        pd.DataFrame(
            posts,
            columns=[*POST_KEYS, "required", "funded", "filled", "hired", *MILLI, *LEFT],
        ).assign(year=lambda rows: YEARS[0] + rows["month"] // 12),
        pd.DataFrame(money, columns=["replication", "month", "county_code", "line", "source", "fen"]).assign(
            year=lambda rows: YEARS[0] + rows["month"] // 12
        ),
        *fake_contracts(sorted(set(county.values()))),
    )


POST_KEYS = ["replication", "month", "county_code", "office", "kind"]
MILLI = [f"{part}_milli" for part in ("filled", "unmanned", "absent", "duty", "ramp", "effective")]
LEFT = [f"left_{reason}" for reason in ("quit", "appraisal", "term_end", "contract_ended", "post_closed")]


def of_month(filled: int) -> tuple[int, ...]:
    """What becomes of so many posts: 7 in 1000 unmanned, 51 away, 103 on duty, 29 learning; nobody left."""
    present = 990 * filled
    lost = (7 * filled, 51 * filled, 103 * filled, 29 * filled)
    return present, *lost, present - sum(lost), 0, 0, 0, 0, 0


def fake_contracts(counties: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two contracts a county and replication, the second 40 days after the first ended badly."""
    contracts, steps = [], []
    for replication in (0, 1):
        for county in counties:
            for sequence, (asked, signed, begins, ends, reason, gap) in enumerate(CONTRACTS, start=1):
                later = timedelta(days=replication)
                facts = {"provider": 3, "posts": 4, "budget_fen": 24_000_000, "price_fen": 23_100_000}
                facts |= {"rounds": sequence, "challenged": 2 - sequence, "complained": 0, "evaluations": 1}
                facts |= {"mark_parts": 52_429, "gap_days": gap}
                words = {"end_reason": reason, "method": "consultation", "lot": "bought"}
                key = {
                    "replication": replication,
                    "county_code": county,
                    "lot": "bought",
                    "sequence": sequence,
                }
                days = {"asked_on": asked, "signed_on": signed + later, "begins_on": begins + later}
                days |= {"ends_on": ends, "planned_end_on": ends}
                contracts.append(key | facts | days | words)
                walked = [("issued", asked), ("challenge", signed), ("signing", signed + later)]
                walked += [("begins", begins + later), ("take_over", ends)]
                for place, (step, on) in enumerate(walked):
                    terms = {"earliest_on": asked, "latest_on": signed + later if step == "signing" else None}
                    order = {"round": sequence - 1, "place": place, "mark_parts": 0}
                    steps.append(key | order | {"step": step, "happens_on": on} | terms)
    return pd.DataFrame(contracts), pd.DataFrame(steps)


CONTRACTS = (
    (date(2027, 3, 1), date(2027, 6, 10), date(2027, 7, 1), date(2028, 4, 30), "breach", 0),
    (date(2028, 2, 1), date(2028, 6, 1), date(2028, 6, 10), date(2029, 6, 9), "running", 40),
)
"""Asked, signed, first and last day, why, days without a contract before it."""


@dataclass
class FakeExperiment:
    """Duck-typed stand-in for an opened experiment."""

    place: FakePlace = field(default_factory=fake_place)
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "示例市2027年社会救助经办力量配备测算",
            "en": "Staffing of social assistance in Example City, 2027",
        }
    )
    replications: int = 12
    notes: tuple[dict[str, str], ...] = (
        {"zh": "海南的标准在这里是借用", "en": "Hainan's formula is borrowed"},
    )

    id: str = "example"
    folder: Path = Path("no such folder")

    def __post_init__(self) -> None:
        self._cells = {cell.id: cell for cell in fake_cells()}
        self._made: dict[str, FakeFrames] = {}

    @property
    def question(self) -> dict[str, str]:
        return {"zh": "哪个方案及时？", "en": "Which option is in time?"}

    def scenario(self, cell: str) -> Any:
        return SimpleNamespace(policy=Policy(formula=self._cells[cell].formula))

    def law_folders(self) -> tuple[Path, ...]:
        home = home_of(self.folder)
        return () if home is None else tuple(own_law(home))

    def cells(self) -> list[FakeCell]:
        return list(self._cells.values())

    def summary(self) -> pd.DataFrame:
        return fake_summary(self.cells(), self.replications)

    def by_replication(self, measure: str) -> pd.DataFrame:
        return fake_replications(self.summary(), measure)

    @property
    def goal(self) -> Goal:
        return Goal()

    def townships(self, scenario: str) -> pd.DataFrame:
        towns = self.place.townships
        households = towns["dibao_rural_households"] + towns["tekun_dispersed_households"]
        existing = towns["posts_payroll"] + towns["posts_contract"]
        required = (households // 150 + 1).astype("int64")
        return pd.DataFrame(
            {
                "scenario": scenario,
                "county": towns["county"],
                "area_code": towns["area_code"],
                "area": towns["area"],
                "households": households,
                "persons": towns["dibao_rural_persons"] + towns["tekun_dispersed_persons"],
                "posts_required": required,
                "posts_existing": existing,
                "gap": (required - existing).clip(lower=0),
                "posts_funded": existing + 1,
                "posts_filled": (existing + 1) * 0.9 * (households % 17 != 0),
                "on_time_share": (1.05 - households / 2000).clip(upper=1),
                "wait_days_mean": 12 + households / 60,
            }
        )

    def monthly(self, scenario: str) -> pd.DataFrame:
        cell = self._cells[scenario]
        _, _, filled = _posts(cell)
        month = np.arange(36)
        share = np.minimum(0.98, 0.55 + 0.0004 * filled * (1 - np.exp(-month / 8)) + 0.03 * np.sin(month / 2))
        return pd.DataFrame(
            {
                "scenario": scenario,
                "month": [date(2027 + m // 12, m % 12 + 1, 1) for m in month],
                "on_time_share": share,
                "low": share - 0.03,
                "high": np.minimum(1, share + 0.03),
                "open_end": 1500 - 600 * share + 40 * np.cos(month),
                "posts_filled": filled * (1 - 0.3 * np.exp(-month / 5)),
                "posts_effective": filled * (0.95 - 0.4 * np.exp(-month / 6)),
            }
        )

    def cost_by_year(self, scenario: str) -> pd.DataFrame:
        cell = self._cells[scenario]
        _, funded, _ = _posts(cell)
        wages = (funded - EXISTING) * 57_000
        rows = [
            (
                scenario,
                year,
                line,
                wages * (1 + 0.05 * i) * part,
                CAP_YUAN.get(cell.money, 6_000_000) * (1 + 0.02 * i),
                float("nan"),
            )
            for i, year in enumerate(YEARS)
            for line, part in (("wages_contract", 1.0), ("training", 0.04))
        ]
        return pd.DataFrame(rows, columns=["scenario", "year", "line", "yuan", "cap_yuan", "target_yuan"])

    def staffing(self, scenario: str) -> pd.DataFrame:
        towns = self.townships(scenario)
        rows = towns[["area_code", "area", "posts_required", "posts_existing", "gap"]].assign(
            level="township"
        )
        counties = self.place.counties
        bureaus = pd.DataFrame(
            {
                "area_code": counties["county_code"],
                "area": counties["county"],
                "posts_required": 6,
                "posts_existing": 4,
                "gap": 2,
                "level": "county",
            }
        )
        return pd.concat([rows, bureaus], ignore_index=True)

    def funded(self, scenario: str) -> pd.DataFrame:
        staffing = self.staffing(scenario)
        return pd.DataFrame({"area_code": staffing["area_code"], "funded": staffing["gap"] // 2})

    def frames(self, scenario: str) -> FakeFrames:
        if scenario not in self._made:
            self._made[scenario] = self._frames(scenario)
        return self._made[scenario]

    def _frames(self, scenario: str) -> FakeFrames:
        towns = self.place.townships
        county = dict(zip(towns["area_code"], towns["county_code"], strict=True))
        county |= {code: code for code in self.place.counties["county_code"]}
        return fake_frames(self.staffing(scenario), self.funded(scenario), county=county)

    def existing(self) -> dict[str, int]:
        """Posts of each office today."""
        staffing = self.staffing("")
        return dict(zip(staffing["area_code"], staffing["posts_existing"], strict=True))

    def post_steps(self, scenario: str) -> pd.DataFrame:
        return post_steps(self.frames(scenario).workforce, self.existing())

    def staff_changes(self, scenario: str) -> pd.DataFrame:
        return staff_changes(self.frames(scenario).workforce)

    def cost_by_source(self, scenario: str) -> pd.DataFrame:
        return cost_by_source(self.frames(scenario).money)

    def ledger_years(self, scenario: str) -> pd.DataFrame:
        return ledger_years(self.frames(scenario).money)

    def advances(self, scenario: str) -> pd.DataFrame:
        """Two replications: 1 and 3 million yuan in March and April of each year."""
        rows = [(r, m, 1e6 * (1 + 2 * r) * (m % 12 in (2, 3))) for r in (0, 1) for m in range(36)]
        return pd.DataFrame(rows, columns=["replication", "month", "yuan"])

    def step_terms(self, scenario: str) -> pd.DataFrame:
        rows = [("clocks.dibao.refusal_working_days", 40, 30, 0.75), ("own.term", 2, 2, 1.0)]
        return pd.DataFrame(rows, columns=["term", "due", "in_time", "on_time_share"])

    def contracts(self, scenario: str) -> pd.DataFrame:
        return fake_contracts(sorted(self.place.counties["county_code"]))[0]

    def service_money(self, scenario: str) -> pd.DataFrame:
        return pd.DataFrame()

    def contract_steps(self, scenario: str) -> pd.DataFrame:
        return fake_contracts(sorted(self.place.counties["county_code"]))[1]

    def price_fen(self, scenario: str) -> list[int]:
        return [5_000_000, 5_250_000, 5_512_500]

    def legal(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "formula",
                "id": "leshan-2020",
                "title": FORMULAS["leshan-2020"],
                "document": "示例文件〔2020〕1号",
                "article": "二（三）",
                "status": "in_force",
                "readings": {"rounding": "ceil", "counts": "dibao_tekun"},
            },
            {
                "kind": "money",
                "id": "plain",
                "title": MONIES["plain"],
                "document": "",
                "article": "",
                "status": "user",
                "readings": {},
            },
        ]

    def assumptions(self) -> list[dict[str, Any]]:
        return [
            {
                "key": "visit_minutes",
                "label": {"zh": "入户调查用时", "en": "Home visit"},
                "value": 45.0,
                "low": 30.0,
                "high": 90.0,
                "unit": {"zh": "分钟", "en": "min"},
                "status": "assumption",
                "source": "<script>alert(1)</script>",
            },
        ]

    def completed(self) -> list[dict[str, Any]]:
        return []

    def missing(self) -> list[dict[str, str]]:
        return []

    def missing_note(self, lang: str) -> str:
        return ""

    def record(self) -> dict[str, Any]:
        return {
            "version": "0.1.0",
            "first_year": YEARS[0],
            "years": len(YEARS),
            "opening_months": 24,
            "seed": 20270101,
            "replications": self.replications,
            "engine": "reference",
            "hash": "3f2a9c1b7e5d4f60",
        }
