"""Ask of every number whether it can be, and of a report whether it is whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places
from .faults import WARNINGS, show
from .template import NUMBERS
from .vocabulary import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cells import Line
    from .faults import Log


def is_out_of_residents(name: str) -> bool:
    """Say whether a measure is out of residents, so that an empty total means all of them."""
    return indicators.get(name, year=indicators.years(name)[0]).denominator == "residents"


def tabulate(lines: Sequence[Line]) -> pd.DataFrame:
    """Put lines into a frame, by their number: `code`, `year` and each number that there can be."""
    told = pd.DataFrame([line.numbers for line in lines], columns=_fields(), dtype="float64")
    return told.assign(
        code=pd.Series([line.code for line in lines], dtype="object"),
        year=pd.Series([line.year for line in lines], dtype="float64"),
    )


def _fields() -> list[str]:
    return [*NUMBERS, *(f"{name}.{part}" for name in indicators.names() for part in PARTS)]


def with_census(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Put beside each row what the census has for its commune, and what each count is out of.

    Returns
    -------
    rows
        With `census`, `census_households`, `residents` (as reported in any row of the same
        commune and year, else of the census), `district_code`, and `MEASURE.out_of` filled in
        where the measure is out of residents.
    """
    census = places.communes().reindex(rows["code"]).set_axis(rows.index)
    population = rows["population"]
    told = population.groupby([rows["code"], rows["year"]]).transform("max")
    known = rows.assign(
        census=census["population"].astype("float64"),
        census_households=census["households"].astype("float64"),
        district_code=census["district_code"],
        residents=population.fillna(told).fillna(census["population"].astype("float64")),
    )
    for name in filter(is_out_of_residents, indicators.names()):
        known[f"{name}.out_of"] = rows[f"{name}.out_of"].fillna(known["residents"])
    return known


class NumberChecks:
    """Lines whose commune and year are known, and what is found wrong with them."""

    def __init__(self, lines: Sequence[Line], log: Log) -> None:
        self.lines, self.log = lines, log
        self.rows = tabulate(lines)

    def run(self) -> None:
        """Apply every rule; what is no number of anything is said once."""
        if not self.lines:
            return
        fields = _fields()
        for field in fields:
            self._number(field, self.rows[field])
        # What is no number of anything is left out of the comparisons that follow.
        sound = self.rows.copy()
        for at, line in enumerate(self.lines):
            sound.loc[at, [field for field in fields if field in line.wrong]] = float("nan")
        known = with_census(sound)
        self._people(known)
        for name in indicators.names():
            self._measure(known, name)
        self._unusual(known)

    def find(self, broken: pd.Series, field: str, rule: str, **blanks: object) -> None:
        """Say of each row that breaks a rule that it does; of what is unusual once a column."""
        for at in broken.index[broken.fillna(value=False).astype(bool)]:
            line = self.lines[at]
            if field in line.wrong:
                continue
            told = {
                name: show(value[at]) if isinstance(value, pd.Series) else value
                for name, value in blanks.items()
            }
            by: tuple[object, ...] | None = None
            if rule == "count_empty" or rule.startswith("unusually"):
                by = id(line.table), line.locate(field)[1], told.get("place")
            self.log.fault_of_line(line, rule, field, once_per=by, **told)
            if rule not in WARNINGS:
                line.wrong[field] = rule

    def _number(self, field: str, cells: pd.Series) -> None:
        """Refuse what is no number of people, teams or files, or of a year without its measure."""
        self.find(cells < 0, field, "negative")
        self.find((cells >= 0) & (cells % 1 != 0), field, "fractional")
        if field in {"population", "households"} or field.endswith(".out_of"):
            self.find(cells == 0, field, "zero_total")
        if (name := field.partition(".")[0]) != field:
            years = indicators.years(name)
            told = {"label": indicators.measure_label(name), "year": _as_years(self.rows["year"])}
            told["years"] = ", ".join(map(str, years))
            other = cells.notna() & ~self.rows["year"].isin(years)
            self.find(other, field, "measure_not_taken", **told)

    def _people(self, rows: pd.DataFrame) -> None:
        """Compare teams to members, and residents and households to each other and the census."""
        teams, members = rows["teams"], rows["members"]
        told = {"teams": teams, "members": members}
        without = (members > 0) & (teams == 0)
        self.find(without, "members", "members_without_teams", **told)
        self.find((teams > members) & ~without, "teams", "teams_above_members", **told)
        homes = rows["households"]
        above = homes > rows["residents"]
        told = {"households": homes, "residents": rows["residents"]}
        self.find(above, "households", "more_households_than_people", **told)
        for field, census in (("population", "census"), ("households", "census_households")):
            times = rows[field] / rows[census]
            far = ((times > FAR) | (times < 1 / FAR)) & ~(above & (field == "households"))
            said = {"times": times.round(2), "census": rows[census]}
            self.find(far, field, "far_from_census", **said)

    def _measure(self, rows: pd.DataFrame, name: str) -> None:
        """Compare each count to what it is out of, to its classes and to the year before."""
        field, whole = f"{name}.count", f"{name}.out_of"
        count, out_of = rows[field], rows[whole]
        told = {"label": indicators.measure_label(name), "count": count, "out_of": out_of}
        share, residents = indicators.kind(name) == "share", is_out_of_residents(name)
        if share:
            rule = "count_above_residents" if residents else "count_above_total"
            self.find(count > out_of, field, rule, **told)
        self.find(count.notna() & out_of.isna(), whole, "total_missing", **told)
        if not residents:
            self.find(count.isna() & out_of.notna(), field, "count_missing", **told)
        self._empty(name, may_have_total=residents)
        if share and indicators.has_classes(name):
            self._far_below(name, count / out_of, rows["year"])
        if indicators.counts_users(name):
            self._falls(name, rows[["code", "year"]].assign(count=count).dropna())

    def _empty(self, name: str, *, may_have_total: bool) -> None:
        """
        Find an empty count in a column that has counts of other places in the same year.

        Its district then has no level. Where what it is out of is there, `count_missing` says so.
        """
        field = f"{name}.count"
        has_column = pd.Series([bool(line.table.columns_of(field)) for line in self.lines])
        is_wrong = pd.Series([field in line.wrong for line in self.lines])
        is_filled = self.rows[field].notna() | is_wrong
        tables = pd.Series([id(line.table) for line in self.lines])
        year, code = self.rows["year"], self.rows["code"]
        others_are_filled = is_filled.groupby([tables, year]).transform("any")
        is_filled_elsewhere = is_filled.groupby([code, year]).transform("any")
        is_taken = year.isin(indicators.years(name))
        empty = is_taken & has_column & others_are_filled & ~is_filled_elsewhere
        if not may_have_total:
            empty &= self.rows[f"{name}.out_of"].isna()
        told = {"label": indicators.measure_label(name), "year": _as_years(year)}
        told["place"] = places.homes(code).map(places.name)
        self.find(empty, field, "count_empty", **told)

    def _far_below(self, name: str, share: pd.Series, year: pd.Series) -> None:
        """Ask once about a column whose usual share is far below the classes of its measure."""
        field, by_year = f"{name}.count", share[share > 0].groupby(year)
        least = min(indicators.classes(name).breaks) / BELOW
        low = (by_year.transform("median") < least) & (by_year.transform("count") >= ENOUGH)
        for line in (self.lines[at] for at in low.index[low]):
            cell, table = line.cells.get(field), line.table
            if cell is None or field in line.wrong or table.columns[cell.column].answered:
                continue
            head = table.columns[cell.column]
            told = {"label": indicators.measure_label(name), "cell": cell.text}
            where = table.sheet, head.row, cell.column
            said = {"field": field, "text": head.title, "once_per": (id(table), cell.column)}
            self.log.fault("far_below", *where, **said, blanks=told)
            line.wrong[field] = "far_below"

    def _falls(self, name: str, rows: pd.DataFrame) -> None:
        """
        Find people who use a platform becoming fewer from one year to the next.

        It can be: people move away, an older count is corrected. So it is a warning.
        """
        rows = rows.sort_values(["code", "year"], kind="stable")
        before = rows.groupby("code", sort=False)[["count", "year"]].shift()
        falls = (rows["year"] > before["year"]) & (rows["count"] < before["count"])
        told = {"label": indicators.measure_label(name), "count": rows["count"]}
        told |= {"before": before["count"]}
        told |= {"year": _as_years(rows["year"]), "year_before": _as_years(before["year"])}
        self.find(falls, f"{name}.count", "falls", **told)

    def _unusual(self, rows: pd.DataFrame) -> None:
        """Compare the rate of each row with the median of its district, and with that of all."""
        pairs = {"teams": "residents", "members": "residents"}
        pairs |= {f"{name}.count": f"{name}.out_of" for name in indicators.names()}
        pairs |= {
            f"{name}.out_of": "residents"
            for name in indicators.names()
            if not is_out_of_residents(name)
        }
        for field, base in pairs.items():
            found, out_of = rows[field], rows[base]
            rate = (found / out_of)[(found > 0) & (out_of > 0)].map(math.log)
            if rate.empty:
                continue
            year, district = (rows[name].reindex(rate.index) for name in ("year", "district_code"))
            of_all = _median(rate, [year])
            spread = (rate - of_all).abs().groupby(year).transform("median")
            far = (SPREADS * spread).clip(lower=math.log(TIMES))
            usual = pd.concat([_median(rate, [year, district]), of_all], axis=1)
            for rule, sign in (("unusually_high", 1), ("unusually_low", -1)):
                of = sign * (sign * usual).min(axis=1)
                apart = sign * (rate - of)
                expected = (of.map(math.exp) * out_of).reindex(rate.index)
                most = expected.combine(found.reindex(rate.index), max)
                told = {"usual": expected.round(), "times": apart.map(math.exp).round(1)}
                self.find((apart > far) & (most >= CHANCE), field, rule, **told)


# Populations printed for the communes of 2025 are "converted" ones, 1.2 to 1.6 times the census;
# no commune grew or shrank by a fifth since 2019.
FAR = 1.2
# Below the lowest class by so many times no honest column of a shipped study is.
BELOW = 5
# A digit too many or too few makes about ten times as much or a tenth; so many times the usual
# distance from the median as well, so that a measure that varies is left alone: of the studies that
# are shipped nine honest counts are, and of counts that lost a digit 148 of 168.
TIMES, SPREADS = 6, 6
# A median of fewer says little about what is usual.
ENOUGH = 4
# Below this many expected, a tenth or ten times as many may be chance.
CHANCE = 20


def _median(rate: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Give the median of the group of each row, where the group is large enough."""
    groups = rate.groupby(keys)
    return groups.transform("median")[groups.transform("size") >= ENOUGH].reindex(rate.index)


def _as_years(years: pd.Series) -> pd.Series:
    """Write years as texts: they are no numbers with a sign for thousands."""
    return years.map(lambda year: str(int(year)), na_action="ignore")
