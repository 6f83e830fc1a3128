"""Ask of every number whether it can be, and of a report whether it is whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places
from .faults import WARNINGS, show
from .template import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .cells import Line
    from .faults import Log

Blanks = dict[str, "pd.Series | str"]
"""What fills the blanks of a text: of each row by its index, or the same for all."""


def numeric(rows: pd.DataFrame) -> list[str]:
    """List the columns of a frame of rows that hold numbers of a report."""
    return [column for column in rows.columns if column in NUMBERS or "." in column]


def measured(rows: pd.DataFrame) -> list[str]:
    """List the measures that a frame of rows has columns of, in the order of the catalogue."""
    found = {column.partition(".")[0] for column in rows.columns if "." in column}
    return [name for name in indicators.names() if name in found]


def of_residents(name: str) -> bool:
    """Say whether a measure is out of residents, so that an empty total means all of them."""
    return indicators.get(name, year=indicators.years(name)[0]).denominator == "residents"


def frame(lines: Sequence[Line]) -> pd.DataFrame:
    """Put lines into a frame, by their number: `code`, `year`, `sheet`, and their numbers."""
    fields = dict.fromkeys(field for line in lines for field in line.numbers)
    return pd.DataFrame(
        {
            "code": pd.Series([line.code for line in lines], dtype="object"),
            "year": pd.Series([line.year for line in lines], dtype="float64"),
            "sheet": [id(line.table.sheet) for line in lines],
            **{
                name: pd.Series([line.numbers.get(name) for line in lines], dtype="float64")
                for name in fields
            },
        }
    )


def column(rows: pd.DataFrame, field: str) -> pd.Series:
    """Give a column as numbers, empty where the report has no such column."""
    if field in rows.columns:
        return rows[field]
    return pd.Series(float("nan"), index=rows.index, dtype="float64")


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
    communes = places.communes()
    population = column(rows, "population")
    told = population.groupby([rows["code"], rows["year"]]).transform("max")
    census = rows["code"].map(communes["population"]).astype("float64")
    known = rows.assign(
        census=census,
        census_households=rows["code"].map(communes["households"]).astype("float64"),
        district_code=rows["code"].map(communes["district_code"]),
        residents=population.fillna(told).fillna(census),
    )
    for name in measured(rows):
        if of_residents(name):
            known[f"{name}.out_of"] = column(rows, f"{name}.out_of").fillna(known["residents"])
    return known


class Sense:
    """Lines whose commune and year are known, and what is found wrong with them."""

    def __init__(self, lines: Sequence[Line], log: Log) -> None:
        self.lines, self.log = lines, log
        self.rows = frame(lines)

    def check(self) -> None:
        """Apply every rule; what is no number of anything is said once."""
        if not self.lines:
            return
        self._numbers()
        self._years()
        # What is no number of anything is left out of the comparisons that follow.
        sound = self.rows.copy()
        for at, line in enumerate(self.lines):
            for field in line.wrong:
                if field in sound.columns and field not in {"code", "year", "sheet"}:
                    sound.loc[at, field] = float("nan")
        known = with_census(sound)
        for rule in (self._teams, self._people, self._parts, self._far_below, self._falls):
            rule(known)
        self._unusual(known)

    def find(
        self,
        broken: pd.Series,
        field: str,
        rule: str,
        blanks: Mapping[str, object] | None = None,
        *,
        once: bool = False,
    ) -> None:
        """Say of each row that breaks a rule that it does, or of a column once for all its rows."""
        wrong = broken.index[broken.fillna(value=False).astype(bool)]
        for at in wrong:
            line = self.lines[at]
            if field in line.wrong:
                continue
            told = {
                name: show(value[at]) if isinstance(value, pd.Series) else value
                for name, value in (blanks or {}).items()
            }
            by = (id(line.table), line.place(field)[1]) if once else None
            self.log.of(line, rule, field, by=by, **told)
            if rule not in WARNINGS:
                line.wrong[field] = rule

    def _numbers(self) -> None:
        """Refuse what is no number of people, teams or files."""
        for field in numeric(self.rows):
            cells = self.rows[field]
            self.find(cells < 0, field, "negative")
            self.find((cells >= 0) & (cells % 1 != 0), field, "fractional")
            if field in {"population", "households"} or field.endswith(".out_of"):
                self.find(cells == 0, field, "zero_total")

    def _years(self) -> None:
        """Refuse a measure in a year in which the catalogue does not have it."""
        for name in measured(self.rows):
            years = indicators.years(name)
            other = ~self.rows["year"].isin(years)
            told = {
                "label": indicators.measure_label(name),
                "years": ", ".join(map(str, years)),
                "year": _as_years(self.rows["year"]),
            }
            for part in ("count", "out_of"):
                filled = other & column(self.rows, f"{name}.{part}").notna()
                self.find(filled, f"{name}.{part}", "measure_not_taken", told)

    def _teams(self, rows: pd.DataFrame) -> None:
        teams, members = column(rows, "teams"), column(rows, "members")
        told = {"teams": teams, "members": members}
        without = (members > 0) & (teams == 0)
        self.find(without, "members", "members_without_teams", told)
        self.find((teams > members) & ~without, "teams", "teams_above_members", told)

    def _people(self, rows: pd.DataFrame) -> None:
        """Compare residents and households to each other and to the census."""
        homes = column(rows, "households")
        above = homes > rows["residents"]
        told = {"households": homes, "residents": rows["residents"]}
        self.find(above, "households", "more_households_than_people", told)
        for field, census in (("population", "census"), ("households", "census_households")):
            times = column(rows, field) / rows[census]
            far = ((times > FAR) | (times < 1 / FAR)) & ~(above & (field == "households"))
            said = {"times": times.round(2), "census": rows[census]}
            self.find(far, field, "far_from_census", said)

    def _parts(self, rows: pd.DataFrame) -> None:
        """Compare each count to what it is out of."""
        for name in measured(rows):
            count, out_of = column(rows, f"{name}.count"), column(rows, f"{name}.out_of")
            told = {"label": indicators.measure_label(name), "count": count, "out_of": out_of}
            if indicators.kind(name) == "share":
                rule = "count_above_residents" if of_residents(name) else "count_above_total"
                self.find(count > out_of, f"{name}.count", rule, told)
            self.find(count.notna() & out_of.isna(), f"{name}.out_of", "total_missing", told)
            if not of_residents(name):
                alone = count.isna() & out_of.notna()
                self.find(alone, f"{name}.count", "count_missing", told)

    def _far_below(self, rows: pd.DataFrame) -> None:
        """Ask once about a column whose usual share is far below the classes of its measure."""
        for name in measured(rows):
            if indicators.kind(name) != "share" or not indicators.has_classes(name):
                continue
            field = f"{name}.count"
            least = min(indicators.classes(name).breaks) / BELOW
            share = column(rows, field) / column(rows, f"{name}.out_of")
            by_year = share.groupby(rows["year"])
            usual, number = by_year.transform("median"), by_year.transform("count")
            low = share.notna() & (share > 0) & (usual < least) & (number >= ENOUGH)
            for at in low.index[low]:
                line = self.lines[at]
                cell = line.cells.get(field)
                if cell is None or field in line.wrong:
                    continue
                if line.table.columns[cell.column].answered:
                    continue
                title, at_ = (
                    line.table.title(cell.column),
                    (line.table.row_of(cell.column), cell.column),
                )
                told = {"label": indicators.measure_label(name), "cell": cell.shown}
                by = id(line.table), cell.column
                self.log.fault(
                    "far_below",
                    line.table.sheet,
                    *at_,
                    field=field,
                    found=title,
                    by=by,
                    blanks=told,
                )
                line.wrong[field] = "far_below"

    def _falls(self, rows: pd.DataFrame) -> None:
        """
        Find people who use a platform becoming fewer from one year to the next.

        It can be: people move away, an older count is corrected. So it is a warning.
        """
        for name in measured(rows):
            count = column(rows, f"{name}.count").dropna()
            if not indicators.counts_users(name) or count.empty:
                continue
            pairs = rows.loc[count.index, ["code", "year"]].assign(count=count)
            pairs = pairs.sort_values(["code", "year"], kind="stable")
            before = pairs.groupby("code", sort=False)[["count", "year"]].shift()
            falls = (pairs["year"] > before["year"]) & (pairs["count"] < before["count"])
            told = {
                "label": indicators.measure_label(name),
                "count": pairs["count"],
                "year": _as_years(pairs["year"]),
                "before": before["count"],
                "year_before": _as_years(before["year"]),
            }
            self.find(falls, f"{name}.count", "falls", told)

    def _unusual(self, rows: pd.DataFrame) -> None:
        """Compare the rate of each row with the median of its district, and with that of all."""
        pairs = {"teams": "residents", "members": "residents"}
        for name in measured(rows):
            pairs[f"{name}.count"] = f"{name}.out_of"
            if not of_residents(name):
                pairs[f"{name}.out_of"] = "residents"
        for field, base in pairs.items():
            if field not in rows.columns or base not in rows.columns:
                continue
            found, out_of = rows[field], rows[base]
            rate = (found / out_of)[(found > 0) & (out_of > 0)].map(math.log)
            if rate.empty:
                continue
            year, district = (rows[name].reindex(rate.index) for name in ("year", "district_code"))
            of_all = _median(rate, [year])
            spread = (rate - of_all).abs().groupby(year).transform("median")
            far = (SPREADS * spread).clip(lower=math.log(TIMES))
            usual = pd.concat([_median(rate, [year, district]), of_all], axis=1)
            high, low = usual.min(axis=1), usual.max(axis=1)
            for rule, of, apart in (
                ("unusually_high", high, rate - high),
                ("unusually_low", low, low - rate),
            ):
                expected = (of.map(math.exp) * out_of).reindex(rate.index)
                most = pd.concat([expected, found.reindex(rate.index)], axis=1).max(axis=1)
                told = {"usual": expected.round(), "times": apart.map(math.exp).round(1)}
                self.find((apart > far) & (most >= CHANCE), field, rule, told, once=True)


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
