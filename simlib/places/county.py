"""The synthetic caseload of one county: totals from census population and rates, shared by townships."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from simlib import words
from simlib.chance import Luck, Purpose, QuantileTable, triangular_table
from simlib.places.frame import assumed, assumptions, frame_table
from simlib.units import MONTHS_PER_YEAR, largest_remainder

_FACTOR_SCALE = 1 << 16
# What a factor is drawn for: part of its address, so these numbers never change.
_DRAWN_FOR = {
    "urban_population": 1,
    "rural_population": 2,
    "dibao_urban": 3,
    "dibao_rural": 4,
    "tekun_urban": 5,
    "tekun_rural": 6,
    "marginal": 7,
    "rigid": 8,
    "monitored": 9,
    "temporary": 10,
    "medical": 11,
}


def both_languages(key: str, **blanks: object) -> str:
    """A source text in both languages, as files carry it."""
    return " / ".join(words.say(key, lang, **blanks) for lang in words.LANGS)


@dataclass(frozen=True, slots=True)
class Factors:
    """How much a township departs from its villages: triangular factors, each with its own address."""

    seed: int

    def weights(self, codes: Sequence[str], base: Sequence[int], drawn_for: str) -> list[int]:
        """`base` times a factor for each area, in whole 2**-16 parts."""
        draws = Luck(self.seed, 0).draws(
            Purpose.SYNTHESIS,
            area=np.array([int(code) for code in codes], dtype=np.int64),
            subject=_DRAWN_FOR[drawn_for],
        )
        factors = _unevenness().at(draws[:, 0]).tolist()
        return [part * factor for part, factor in zip(base, factors, strict=True)]


def _unevenness() -> QuantileTable:
    value = assumptions()["places.township_unevenness"]
    day = value.entries[-1].start
    low, mode, high = (float(value.on(day, side)) for side in ("low", "mode", "high"))
    return triangular_table(low, mode, high, _FACTOR_SCALE)


def _exact(key: str) -> Fraction:
    """An assumption as the decimal number that stands in the file."""
    return Fraction(str(assumed(key)))


def _rounded(number: Fraction) -> int:
    """The nearest whole number, a half upwards."""
    return math.floor(number + Fraction(1, 2))


class County:
    """The townships of one county and what is shared out over them."""

    def __init__(self, place: str, county: dict[str, object], factors: Factors, seed: int) -> None:
        self.place = place
        self.code = str(county["county_code"])
        self.name = str(county["county"])
        self.people = {
            "urban": _figure(county, "urban_population_2020"),
            "rural": _figure(county, "rural_population_2020"),
        }
        self.factors = factors
        self.seed = seed
        towns = frame_table("townships")
        towns = towns[towns["county_code"] == self.code]
        self.frame = _with_spare_villages(towns, county) if len(towns) else _one_area(county)
        self.codes = self.frame["area_code"].tolist()
        anchors = frame_table("anchors")
        self.anchors = anchors[anchors["county_code"] == self.code]

    def areas(self) -> pd.DataFrame:
        """One row a township with every column of townships.csv."""
        frame = self.frame
        villages = (frame["village_committees_2023"] + frame["resident_committees_2023"]).tolist()
        table = pd.DataFrame({"area_code": self.codes, "area": frame["area"].tolist()})
        table["county_code"] = table["budget_unit"] = self.code
        table["county"] = self.name
        table["villages"] = villages
        table["travel_minutes"] = [round(assumed(f"travel_minutes.{_kind(area)}")) for area in frame["area"]]
        urban = self._people("urban", frame["resident_committees_2023"].tolist(), villages)
        rural = self._people("rural", frame["village_committees_2023"].tolist(), villages)
        people = [a + b for a, b in zip(urban, rural, strict=True)]
        table["population"] = table["population_registered"] = people
        for programme, persons in self._stocks(urban, rural, people).items():
            kind = "tekun" if programme.startswith("tekun") else programme
            table[f"{programme}_persons"] = persons
            table[f"{programme}_households"] = _households(persons, _exact(f"persons_per_household.{kind}"))
        dibao = sum(table["dibao_urban_persons"] + table["dibao_rural_persons"])
        for flow in ("temporary", "medical"):
            total = _rounded(dibao * _exact(f"{flow}_rate"))
            table[f"{flow}_persontimes"] = self._shared(total, people, flow)
        self._institutions(table)
        self._posts(table)
        self._money(table)
        table["opening_backlog"] = 0
        table["status"] = "synthetic"
        table["source"] = [self._source(match) for match in frame["village_match"]]
        return table

    def _people(self, side: str, base: list[int], villages: list[int]) -> list[int]:
        """Urban people live with residents' committees, rural ones with villages' committees."""
        if self.people[side] and not sum(base):
            base = villages
        return self._shared(self.people[side], base, f"{side}_population")

    def _shared(self, total: int, base: Sequence[int], drawn_for: str) -> list[int]:
        return largest_remainder(total, self.factors.weights(self.codes, base, drawn_for))

    def _stocks(self, urban: list[int], rural: list[int], people: list[int]) -> dict[str, list[int]]:
        """Persons of each programme by township."""
        dibao_urban = self._total("dibao_urban", self.people["urban"] * self._rate("dibao_urban_rate"))
        dibao_rural = self._total("dibao_rural", self.people["rural"] * self._rate("dibao_rural_rate"))
        tekun_urban = self._total("tekun_urban", dibao_urban * self._rate("tekun_urban_share"))
        tekun_rural = self._total("tekun_rural", dibao_rural * self._rate("tekun_rural_share"))
        tekun = [
            a + b
            for a, b in zip(
                self._shared(tekun_urban, urban, "tekun_urban"),
                self._shared(tekun_rural, rural, "tekun_rural"),
                strict=True,
            )
        ]
        inside = largest_remainder(_rounded(sum(tekun) * _exact("institution_share")), tekun)
        stocks = {
            "dibao_urban": self._shared(dibao_urban, urban, "dibao_urban"),
            "dibao_rural": self._shared(dibao_rural, rural, "dibao_rural"),
            "tekun_dispersed": [all_ - in_ for all_, in_ in zip(tekun, inside, strict=True)],
            "tekun_institution": inside,
        }
        for programme in ("marginal", "rigid", "monitored"):
            total = _rounded((dibao_urban + dibao_rural) * _exact(f"{programme}_rate"))
            stocks[programme] = self._shared(total, people, programme)
        return stocks

    def _rate(self, key: str) -> Fraction:
        return _exact(f"{key}.{self.place}")

    def _total(self, programme: str, expected: Fraction) -> int:
        """The published total of the county where there is one, else the expected one."""
        found = self.anchors[self.anchors["programme"] == programme]["persons"]
        return int(found.iloc[0]) if len(found) else _rounded(expected)

    def _institutions(self, table: pd.DataFrame) -> None:
        """Institutions stand where most tekun persons are; their residents are the county's."""
        residents = int(table["tekun_institution_persons"].sum())
        wanted = _rounded(residents / _exact("residents_per_institution"))
        number = min(max(wanted, 1), len(table)) if residents else 0
        tekun = (table["tekun_institution_persons"] + table["tekun_dispersed_persons"]).tolist()
        order = sorted(range(len(tekun)), key=lambda i: (-tekun[i], self.codes[i]))
        chosen = set(order[:number])
        table["institutions"] = [int(i in chosen) for i in range(len(tekun))]
        living = largest_remainder(residents, [tekun[i] if i in chosen else 0 for i in range(len(tekun))])
        kinds = ("able", "partial", "wholly")
        shares = [int(_exact(f"resident_share.{kind}") * 1000) for kind in kinds]
        split = [largest_remainder(count, shares) for count in living]
        for position, kind in enumerate(kinds):
            table[f"residents_{kind}"] = [parts[position] for parts in split]

    def _posts(self, table: pd.DataFrame) -> None:
        table["posts_payroll"] = int(assumed("existing_posts.township_payroll"))
        table["posts_contract"] = int(assumed("existing_posts.township_contract"))
        table["posts_village"] = table["villages"] * int(assumed("existing_posts.per_village"))
        table["assistance_share"] = float(assumed("assistance_share"))

    def _money(self, table: pd.DataFrame) -> None:
        """Last year's dibao spending, and a grant that covers dibao, tekun and temporary aid [yuan]."""
        yearly = {
            kind: MONTHS_PER_YEAR * int(assumed(f"benefit_yuan.{kind}"))
            for kind in ("dibao_urban", "dibao_rural", "tekun")
        }
        dibao = table["dibao_urban_persons"] * yearly["dibao_urban"]
        dibao += table["dibao_rural_persons"] * yearly["dibao_rural"]
        tekun = (table["tekun_dispersed_persons"] + table["tekun_institution_persons"]) * yearly["tekun"]
        aid = table["temporary_persontimes"] * int(assumed("benefit_yuan.temporary"))
        table["dibao_spending_yuan"] = dibao
        table["grant_yuan"] = dibao + tekun + aid

    def _source(self, match: str) -> str:
        text = both_languages("places.synthetic_source", region=self.name, seed=self.seed)
        if len(self.anchors):
            text += "; " + both_languages("places.anchor_source", anchor=self.anchors["source"].iloc[0])
        if match == "none":
            text += "; " + both_languages("places.unmatched_source")
        return text


def _figure(county: dict[str, object], column: str) -> int:
    return int(str(county[column]))


def _one_area(county: dict[str, object]) -> pd.DataFrame:
    """A district without townships as one area: county code and 000."""
    kept = ("village_committees_2023", "resident_committees_2023")
    row = {"area_code": f"{county['county_code']}000", "area": county["county"], "village_match": "county"}
    return pd.DataFrame([row | {column: county[column] for column in kept}])


def _with_spare_villages(towns: pd.DataFrame, county: dict[str, object]) -> pd.DataFrame:
    """The one township the village table does not know gets the villages no other township has."""
    towns = towns.sort_values("area_code", ignore_index=True)
    unmatched = towns["village_match"] == "none"
    if unmatched.sum() == 1:
        for column in ("village_committees_2023", "resident_committees_2023"):
            spare = max(0, _figure(county, column) - int(towns[column].sum()))
            towns[column] = towns[column].mask(unmatched, spare)
    return towns


def _kind(area: str) -> str:
    if area.endswith("街道"):
        return "street"
    return "township" if area.endswith(("乡", "苏木")) else "town"


def _households(persons: Sequence[int], persons_per_household: Fraction) -> list[int]:
    """Households by township: at least one where there are persons, never more than persons, sum exact."""
    lived_in = [1 if count else 0 for count in persons]
    total = max(_rounded(sum(persons) / persons_per_household), sum(lived_in))
    others = [count - one for count, one in zip(persons, lived_in, strict=True)]
    rest = largest_remainder(total - sum(lived_in), others)
    return [one + more for one, more in zip(lived_in, rest, strict=True)]
