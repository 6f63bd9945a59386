"""What a planner did not give, derived from what was given or assumed; every such column leaves a note."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from simlib import words
from simlib.places.columns import PROGRAMMES, RESIDENTS, TableName, columns
from simlib.places.complaints import Complaints
from simlib.places.frame import assumed, frame_table
from simlib.units import MONTHS_PER_YEAR, largest_remainder

SHARED_PURSE = "place_note_shared_purse"
"""Key of the note that a budget unit named in townships still shares its county's money."""


class Completion:
    """Fills the columns of one place: `areas` (townships) and `counties`, both typed and checked."""

    def __init__(
        self,
        areas: pd.DataFrame,
        counties: pd.DataFrame,
        complaints: Complaints,
        *,
        files: tuple[str, str],
        day: date | None,
        source: str,
    ) -> None:
        self.areas = areas.copy()
        self.counties = counties.copy()
        self.complaints = complaints
        self.files = files
        self.day = day
        self.source = source

    def completed(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Townships and counties with all columns, in order, sorted by code, whole numbers int64."""
        self._texts()
        self._purses()
        self._programmes()
        self._villages()
        self._population()
        self._flows()
        self._institutions()
        self._posts()
        for column in ("dibao_spending_yuan", "grant_yuan"):
            self._money(column)
        self._fill("opening_backlog", 0, "zero")
        return _ordered(self.areas, "townships"), _ordered(self.counties, "counties")

    # --- helpers

    def _missing(self, column: str, *, county: bool = False) -> pd.Series:
        frame = self.counties if county else self.areas
        if column not in frame:
            frame[column] = pd.Series(pd.NA, index=frame.index, dtype="Int64")
        return frame[column].isna()

    def _fill(
        self, column: str, values: pd.Series | int, key: str, /, *, county: bool = False, **words: object
    ) -> None:
        """Put `values` where the column is missing and note it."""
        frame = self.counties if county else self.areas
        missing = self._missing(column, county=county)
        count = int(missing.sum())
        if count:
            frame[column] = frame[column].mask(missing, values).astype("Int64")
            self.complaints.note(key, self.files[county], column, n=count, all=len(frame), **words)

    def _value(self, key: str) -> float:
        return float(assumed(key, self.day))

    def _rounded(self, figures: pd.Series, factor: float) -> pd.Series:
        return _rounded(figures, factor)

    def _sum(self, columns_added: list[str]) -> pd.Series:
        return self.areas[columns_added].sum(axis=1).astype("int64")

    # --- columns

    def _texts(self) -> None:
        for frame, file, default in ((self.areas, 0, "user"), (self.counties, 1, self._county_status())):
            named = self.files[file].replace("\\", "/").rpartition("/")[2]
            blank = {"source": self.source or named, "status": default}
            if not file:
                blank["budget_unit"] = ""
            for column, value in blank.items():
                if column not in frame:
                    frame[column] = pd.Series(pd.NA, index=frame.index, dtype="str")
                missing = frame[column].isna()
                if missing.any():
                    filled = frame["county_code"] if column == "budget_unit" else value
                    frame[column] = frame[column].mask(missing, filled)
                    note = "budget_unit" if column == "budget_unit" else "stands"
                    self.complaints.note(note, self.files[file], column, n=int(missing.sum()), value=value)

    def _purses(self) -> None:
        """Say whose own budget unit is named and not followed: money is a county's, by `county_code`."""
        units, codes = (self.areas[name].astype(str) for name in ("budget_unit", "county_code"))
        shared = sorted(set(units[units != codes]))
        if shared:
            key = SHARED_PURSE.removeprefix("place_note_")
            self.complaints.note(key, self.files[0], "budget_unit", units=tuple(shared))

    def _county_status(self) -> str:
        """Counties are the user's where all their posts are given."""
        posts = [name for name in columns("counties") if name.startswith("posts_")]
        given = all(name in self.counties and self.counties[name].notna().all() for name in posts)
        return "user" if given else "assumed"

    def _programmes(self) -> None:
        absent = []
        for programme in PROGRAMMES:
            households, persons = f"{programme}_households", f"{programme}_persons"
            if households not in self.areas and persons not in self.areas:
                absent.append(programme)
                self.areas[households] = self.areas[persons] = 0
                continue
            size = persons_per_household(programme, self.day)
            if persons not in self.areas:
                given = self.areas[households].astype("int64")
                filled = reckoned(given, programme, is_persons=False, day=self.day)
                self._fill(persons, filled, "from_households", size=size)
            elif households not in self.areas:
                given = self.areas[persons].astype("int64")
                filled = reckoned(given, programme, is_persons=True, day=self.day)
                self._fill(households, filled, "from_persons", size=size)
        if absent:
            titles = [f"places.programme.{programme}" for programme in absent]
            called = tuple({lang: words.say(title, lang) for lang in words.LANGS} for title in titles)
            self.complaints.note("programmes_zero", self.files[0], programmes=called)

    def _villages(self) -> None:
        if not self._missing("villages").any():
            return
        known = frame_table("townships").set_index("area_code")
        whole = frame_table("counties").set_index("county_code")
        whole.index = whole.index + "000"
        both = pd.concat([_village_sum(known), _village_sum(whole)])
        self._fill_where_known("villages", self.areas["area_code"].map(both), "villages_frame")
        if self._missing("villages").any():
            cities = frame_table("villages_by_city").set_index("prefix")
            cities = cities[cities["townships_2025"] > 0]
            mean = _village_sum(cities) / cities["townships_2025"]
            nation = float(_village_sum(cities).sum() / cities["townships_2025"].sum())
            guess = self.areas["area_code"].str[:4].map(mean).fillna(nation)
            self._fill("villages", self._rounded(guess, 1), "villages_average")

    def _fill_where_known(self, column: str, values: pd.Series, key: str) -> None:
        missing = self._missing(column) & values.notna()
        if missing.any():
            self.areas[column] = self.areas[column].mask(missing, values).astype("Int64")
            self.complaints.note(key, self.files[0], column, n=int(missing.sum()), all=len(self.areas))

    def _population(self) -> None:
        missing = self._missing("population")
        if missing.any():
            census = frame_table("census2020").set_index("code")
            total = census["urban_population_2020"] + census["rural_population_2020"]
            given = self.areas.groupby("county_code")["population"].sum()
            parts = [
                _split(max(0, int(total[code]) - int(given[code])), group["villages"])
                for code, group in self.areas[missing].groupby("county_code")
                if code in total.index
            ]
            values = _joined(parts, self.areas.index)
            self._fill_where_known("population", values, "population_census")
            self._fill("population", 0, "population_zero")
        self._fill("population_registered", self.areas["population"], "same_as", other="population")

    def _flows(self) -> None:
        name = self.areas["area"]
        kinds = {"street": name.str.endswith("街道"), "township": name.str.endswith(("乡", "苏木"))}
        minutes = pd.Series(round(self._value("travel_minutes.town")), index=self.areas.index)
        for kind, where in kinds.items():
            minutes = minutes.mask(where, round(self._value(f"travel_minutes.{kind}")))
        self._fill("travel_minutes", minutes, "travel")
        dibao = self._sum(["dibao_urban_persons", "dibao_rural_persons"])
        for flow in ("temporary", "medical"):
            rate = self._value(f"{flow}_rate")
            self._fill(f"{flow}_persontimes", self._rounded(dibao, rate), "per_dibao", rate=rate)

    def _institutions(self) -> None:
        if not any(column in self.areas for column in RESIDENTS):
            kinds = ("able", "partial", "wholly")
            parts = [round(self._value(f"resident_share.{kind}") * 100) for kind in kinds]
            living = self.areas["tekun_institution_persons"].astype("int64")
            able, partial = living * parts[0] // sum(parts), living * parts[1] // sum(parts)
            for column, values in zip(RESIDENTS, (able, partial, living - able - partial), strict=True):
                self._fill(column, values, "residents")
        for column in RESIDENTS:
            self._fill(column, 0, "zero")
        self._fill("institutions", (self._sum(list(RESIDENTS)) > 0).astype("int64"), "institutions")

    def _posts(self) -> None:
        for column, key in (("posts_payroll", "township_payroll"), ("posts_contract", "township_contract")):
            posts = int(self._value(f"existing_posts.{key}"))
            self._fill(column, posts, "posts", value=posts)
        per_village = int(self._value("existing_posts.per_village"))
        self._fill("posts_village", self.areas["villages"] * per_village, "per_village", value=per_village)
        for column in ("posts_payroll", "posts_contract", "posts_verification"):
            key = "verification" if column == "posts_verification" else column.replace("posts_", "county_")
            posts = int(self._value(f"existing_posts.{key}"))
            self._fill(column, posts, "posts", county=True, value=posts)
        share = self._value("assistance_share")
        if "assistance_share" not in self.areas:
            self.areas["assistance_share"] = pd.Series(pd.NA, index=self.areas.index, dtype="Float64")
        blank = self.areas["assistance_share"].isna()
        if blank.any():
            self.areas["assistance_share"] = self.areas["assistance_share"].fillna(share)
            self.complaints.note("share", self.files[0], "assistance_share", n=int(blank.sum()), value=share)

    def _money(self, column: str) -> None:
        missing, county_missing = self._missing(column), self._missing(column, county=True)
        if missing.any():
            expected = self._expected(column)
            given = self.counties[~county_missing].set_index("county_code")[column]
            shared = missing & self.areas["county_code"].isin(given.index)
            others = self.areas.groupby("county_code")[column].sum()
            parts = []
            for code, group in expected[shared].groupby(self.areas["county_code"]):
                rest = int(given[code]) - int(others[code])
                if rest < 0:
                    blanks = {"found": int(given[code]), "added": int(others[code])}
                    self.complaints.add("money_above", self.files[1], None, column, code=code, **blanks)
                parts.append(_split(max(0, rest), group))
            self._fill_where_known(column, _joined(parts, self.areas.index), "shared")
            self._fill(column, expected, "spending" if column.startswith("dibao") else "grant")
        added = self.areas.groupby("county_code")[column].sum()
        sums = self.counties["county_code"].map(added).fillna(0).astype("int64")
        self._fill(column, sums, "sum", county=True)

    def _expected(self, column: str) -> pd.Series:
        """Money a township would spend at the assumed benefits [yuan]."""
        per_month = {
            "dibao_urban_persons": self._value("benefit_yuan.dibao_urban"),
            "dibao_rural_persons": self._value("benefit_yuan.dibao_rural"),
        }
        return (
            reckoned_grant(self.areas, self.day) if column == "grant_yuan" else _yearly(self.areas, per_month)
        )


def reckoned_grant(areas: pd.DataFrame, day: date | None = None) -> pd.Series:
    """The grant of each township where a place gives none: its spending on dibao, tekun and temporary
    aid, the last two at the assumed benefits [yuan].
    """
    tekun = float(assumed("benefit_yuan.tekun", day))
    support = {"tekun_dispersed_persons": tekun, "tekun_institution_persons": tekun}
    aid = round(float(assumed("benefit_yuan.temporary", day))) * areas["temporary_persontimes"].astype(
        "int64"
    )
    spent = areas["dibao_spending_yuan"].astype("int64")
    return (spent + aid + _yearly(areas, support)).astype("int64")


def _yearly(areas: pd.DataFrame, per_month: dict[str, float]) -> pd.Series:
    """A year of benefits at so much a person and month [yuan]."""
    total = pd.Series(0, index=areas.index, dtype="int64")
    for persons, yuan in per_month.items():
        total += areas[persons].astype("int64") * (MONTHS_PER_YEAR * round(yuan))
    return total


def persons_per_household(programme: str, day: date | None = None) -> float:
    """Persons a household of a programme has on average [person], an assumption of that day."""
    kind = "tekun" if programme.startswith("tekun") else programme
    return float(assumed(f"persons_per_household.{kind}", day))


def reckoned(given: pd.Series, programme: str, *, is_persons: bool, day: date | None = None) -> pd.Series:
    """Households reckoned from persons, or persons from households, by the assumed persons a household."""
    size = persons_per_household(programme, day)
    if not is_persons:
        return _rounded(given, size)
    count = _rounded(given, 1 / size).clip(lower=(given > 0).astype("int64"))
    return count.clip(upper=given)


def _rounded(figures: pd.Series, factor: float) -> pd.Series:
    exact = figures.to_numpy(dtype="float64") * factor
    return pd.Series(np.floor(exact + 0.5).astype("int64"), index=figures.index)


def _village_sum(table: pd.DataFrame) -> pd.Series:
    return table["village_committees_2023"] + table["resident_committees_2023"]


def _split(total: int, weights: pd.Series) -> pd.Series:
    parts = [int(weight) for weight in weights]
    split = largest_remainder(total, parts if any(parts) else [1] * len(parts))
    return pd.Series(split, index=weights.index, dtype="Int64")


def _joined(parts: list[pd.Series], index: pd.Index) -> pd.Series:
    """Parts of a column put together, missing elsewhere."""
    empty = pd.Series(pd.NA, index=index, dtype="Int64")
    return pd.concat(parts).reindex(index) if parts else empty


def _ordered(frame: pd.DataFrame, table: TableName) -> pd.DataFrame:
    known = columns(table)
    code = "area_code" if table == "townships" else "county_code"
    ordered = frame[list(known)].sort_values(code, kind="stable").reset_index(drop=True)
    for name, column in known.items():
        if column.kind in ("count", "money", "minutes"):
            ordered[name] = ordered[name].astype("int64")
        else:
            ordered[name] = ordered[name].astype("float64" if column.kind == "share" else "str")
    return ordered
