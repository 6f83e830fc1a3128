"""Ask of every number whether it can be: rules on typed rows, each found where it is broken."""

from __future__ import annotations

import pandas as pd

from .. import indicators, places
from .faults import Blanks, Fault, find
from .template import NUMBERS


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


def column(rows: pd.DataFrame, field: str) -> pd.Series:
    """Give a column as numbers, empty where the report has no such column."""
    if field in rows.columns:
        return rows[field].astype("float64")
    return pd.Series(float("nan"), index=rows.index, dtype="float64")


def with_census(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Put beside each row what the census has for its commune, and what each count is out of.

    Parameters
    ----------
    rows
        `code`, `year` and the numbers.

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


# Populations printed for the communes of 2025 are "converted" ones, 1.2 to 1.6 times the census;
# no commune grew or shrank by a fifth since 2019.
FAR = 1.2


def check(rows: pd.DataFrame) -> list[Fault]:
    """
    Apply every rule to rows whose commune and year are known.

    Parameters
    ----------
    rows
        Index: any. `sheet`, `row`, `code`, `year`, and as numbers (NaN where empty) the fields
        `teams`, `members`, `population`, `households`, `MEASURE.count`, `MEASURE.out_of`.

    Returns
    -------
    faults
        Every rule that a row breaks, rule by rule; what is no number of anything is said once.
    """
    faults = [*_numbers(rows), *_years(rows)]
    wrong = {(fault.at, fault.field) for fault in faults}
    # What is no number of anything is left out of the comparisons that follow.
    sound = rows.copy()
    for at, field in wrong:
        sound.loc[at, field] = float("nan")
    known = with_census(sound)
    for rule in (_teams, _people, _parts, _far_below, _falls, unusual):
        new = [fault for fault in rule(known) if (fault.at, fault.field) not in wrong]
        wrong |= {(fault.at, fault.field) for fault in new if fault.severity == "error"}
        faults += new
    return faults


def _numbers(rows: pd.DataFrame) -> list[Fault]:
    """Refuse what is no number of people, teams or files."""
    faults = []
    for field in numeric(rows):
        cells = rows[field].astype("float64")
        faults += find(cells < 0, field=field, rule="negative")
        faults += find((cells >= 0) & (cells % 1 != 0), field=field, rule="fractional")
        if field in {"population", "households"} or field.endswith(".out_of"):
            faults += find(cells == 0, field=field, rule="zero_total")
    return faults


def _years(rows: pd.DataFrame) -> list[Fault]:
    """Refuse a measure in a year in which the catalogue does not have it."""
    faults = []
    for name in measured(rows):
        years = indicators.years(name)
        other = ~rows["year"].isin(years)
        blanks: Blanks = {
            "label": indicators.measure_label(name),
            "years": ", ".join(map(str, years)),
            "year": as_years(rows["year"]),
        }
        for part in ("count", "out_of"):
            filled = other & column(rows, f"{name}.{part}").notna()
            faults += find(filled, field=f"{name}.{part}", rule="measure_not_taken", blanks=blanks)
    return faults


def as_years(years: pd.Series) -> pd.Series:
    """Write years as texts: they are no numbers with a sign for thousands."""
    return years.map(lambda year: str(int(year)), na_action="ignore")


def _teams(rows: pd.DataFrame) -> list[Fault]:
    teams, members = column(rows, "teams"), column(rows, "members")
    blanks: Blanks = {"teams": teams, "members": members}
    without = (members > 0) & (teams == 0)
    more = (teams > members) & ~without
    return [
        *find(without, field="members", rule="members_without_teams", blanks=blanks),
        *find(more, field="teams", rule="teams_above_members", blanks=blanks),
    ]


def _people(rows: pd.DataFrame) -> list[Fault]:
    """Compare residents and households to each other and to the census."""
    homes = column(rows, "households")
    above = homes > rows["residents"]
    blanks: Blanks = {"households": homes, "residents": rows["residents"]}
    faults = find(above, field="households", rule="more_households_than_people", blanks=blanks)
    for field, census in (("population", "census"), ("households", "census_households")):
        times = column(rows, field) / rows[census]
        far = ((times > FAR) | (times < 1 / FAR)) & ~(above & (field == "households"))
        said: Blanks = {"times": times.round(2), "census": rows[census]}
        faults += find(far, field=field, rule="far_from_census", blanks=said)
    return faults


def _parts(rows: pd.DataFrame) -> list[Fault]:
    """Compare each count to what it is out of."""
    faults = []
    for name in measured(rows):
        count, out_of = column(rows, f"{name}.count"), column(rows, f"{name}.out_of")
        blanks: Blanks = {"label": indicators.measure_label(name), "count": count, "out_of": out_of}
        if indicators.kind(name) == "share":
            rule = "count_above_residents" if of_residents(name) else "count_above_total"
            faults += find(count > out_of, field=f"{name}.count", rule=rule, blanks=blanks)
        alone = count.notna() & out_of.isna()
        faults += find(alone, field=f"{name}.out_of", rule="total_missing", blanks=blanks)
        if not of_residents(name):
            alone = count.isna() & out_of.notna()
            faults += find(alone, field=f"{name}.count", rule="count_missing", blanks=blanks)
    return faults


# Below the lowest class by so many times no honest column of a shipped study is.
_BELOW = 5


def _far_below(rows: pd.DataFrame) -> list[Fault]:
    """Refuse a column whose usual share is far below the classes of its measure: it is no count."""
    faults = []
    for name in measured(rows):
        if indicators.kind(name) != "share" or not indicators.has_classes(name):
            continue
        least = min(indicators.classes(name).breaks) / _BELOW
        share = column(rows, f"{name}.count") / column(rows, f"{name}.out_of")
        by_year = share.groupby(rows["year"])
        usual, number = by_year.transform("median"), by_year.transform("count")
        low = share.notna() & (share > 0) & (usual < least) & (number >= ENOUGH)
        label = indicators.measure_label(name)
        faults += find(low, field=f"{name}.count", rule="far_below", blanks={"label": label})
    return faults


def _falls(rows: pd.DataFrame) -> list[Fault]:
    """
    Find people who use a platform becoming fewer from one year to the next.

    It can be: people move away, an older count is corrected. So it is a warning.
    """
    faults = []
    for name in measured(rows):
        count = column(rows, f"{name}.count").dropna()
        if not indicators.counts_users(name) or count.empty:
            continue
        pairs = rows.loc[count.index, ["code", "year"]].assign(count=count)
        pairs = pairs.sort_values(["code", "year"], kind="stable")
        before = pairs.groupby("code", sort=False)[["count", "year"]].shift()
        falls = (pairs["year"] > before["year"]) & (pairs["count"] < before["count"])
        blanks: Blanks = {
            "label": indicators.measure_label(name),
            "count": pairs["count"],
            "year": as_years(pairs["year"]),
            "before": before["count"],
            "year_before": as_years(before["year"]),
        }
        faults += find(falls, field=f"{name}.count", rule="falls", blanks=blanks)
    return faults


# A zero too many or too few makes ten times as much or a tenth.
TIMES = 10
# A median of fewer says little about what is usual.
ENOUGH = 4
# Below this many expected, a tenth or ten times as many may be chance.
CHANCE = 20


def unusual(rows: pd.DataFrame) -> list[Fault]:
    """
    Compare the rate of each row with the median of its district, and with that of all rows.

    Parameters
    ----------
    rows
        As `with_census` gives them.

    Returns
    -------
    faults
        Warnings: what is unusual may be right.
    """
    pairs = {"teams": "residents", "members": "residents"}
    for name in measured(rows):
        pairs[f"{name}.count"] = f"{name}.out_of"
        if not of_residents(name):
            pairs[f"{name}.out_of"] = "residents"
    return [
        fault
        for field, base in pairs.items()
        if field in rows.columns and base in rows.columns
        for fault in _compare(rows, field, base)
    ]


def _compare(rows: pd.DataFrame, field: str, base: str) -> list[Fault]:
    found, out_of = rows[field].astype("float64"), rows[base].astype("float64")
    rate = (found / out_of)[(found > 0) & (out_of > 0)]
    if rate.empty:
        return []
    year, district = rows["year"].reindex(rate.index), rows["district_code"].reindex(rate.index)
    medians = [_median(rate, [year, district]), _median(rate, [year])]
    usual = pd.concat(medians, axis=1)
    high, low = usual.min(axis=1), usual.max(axis=1)
    faults = []
    for rule, of, times in (
        ("unusually_high", high, rate / high),
        ("unusually_low", low, low / rate),
    ):
        expected = (of * out_of).reindex(rate.index)
        many = pd.concat([expected, found.reindex(rate.index)], axis=1).max(axis=1) >= CHANCE
        blanks = {"usual": expected.round(), "times": times.round(1)}
        faults += find((times >= TIMES) & many, field=field, rule=rule, blanks=blanks)
    return faults


def _median(rate: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Give the median of the group of each row, where the group is large enough."""
    groups = rate.groupby(keys)
    return groups.transform("median")[groups.transform("size") >= ENOUGH].reindex(rate.index)
