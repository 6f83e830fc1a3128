"""Ask of every number whether it can be: rules on typed rows, each found where it is broken."""

from __future__ import annotations

import pandas as pd

from .. import indicators, places
from .columns import NUMBERS
from .hits import Hit, find

# Populations printed for the communes of 2025 are "converted" ones, 1.2 to 1.6 times the census;
# no commune grew or shrank by a fifth since 2019.
FAR = 1.2

# A zero too many or too few makes ten times as much or a tenth.
TIMES = 10
# A median of fewer says little about what is usual.
ENOUGH = 4
# Below this many expected, a tenth or ten times as many may be chance.
CHANCE = 20


def check(rows: pd.DataFrame) -> list[Hit]:
    """
    Apply every rule to rows whose commune and year are known.

    Parameters
    ----------
    rows
        Index: any. `sheet`, `row`, `code`, `year`, and as numbers (NaN where empty) the fields
        `teams`, `members`, `population`, `households`, `MEASURE.count`, `MEASURE.out_of`.

    Returns
    -------
    hits
        Every rule that a row breaks, rule by rule.
    """
    hits = [*_numbers(rows), *_years(rows)]
    wrong = {(hit.at, hit.field) for hit in hits}
    # What is no number of anything is left out of the comparisons that follow.
    sound = rows.copy()
    for at, field in wrong:
        if field in sound.columns:
            sound.loc[at, field] = float("nan")
    known = with_census(sound)
    for rule in (_teams, _people, _parts, _falls):
        hits += rule(known)
    wrong = {(hit.at, hit.field) for hit in hits if hit.severity == "error"}
    return [*hits, *[hit for hit in _unusual(known) if (hit.at, hit.field) not in wrong]]


def numeric(rows: pd.DataFrame) -> list[str]:
    """List the columns of a frame of rows that hold numbers of a report."""
    return [column for column in rows.columns if column in NUMBERS or "." in column]


def measured(rows: pd.DataFrame) -> list[str]:
    """List the measures that a frame of rows has columns of, in the order of the catalogue."""
    found = {column.partition(".")[0] for column in rows.columns if "." in column}
    return [name for name in indicators.names() if name in found]


def with_census(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Put beside each row what the census has for its commune, and what each count is out of.

    Returns
    -------
    rows
        With `census`, `census_households`, `residents` (as reported, else of the census),
        `district_code`, and `MEASURE.out_of` filled in where it is out of residents.
    """
    communes = places.communes()
    known = rows.assign(
        census=rows["code"].map(communes["population"]).astype("float64"),
        census_households=rows["code"].map(communes["households"]).astype("float64"),
        district_code=rows["code"].map(communes["district_code"]),
    )
    population = _column(known, "population")
    # Another row of the same commune and year, on a sheet of its own, may say it.
    said = population.groupby([known["code"], known["year"]]).transform("max")
    population = population.fillna(said)
    known["residents"] = population.where(population > 0).fillna(known["census"])
    for name in measured(rows):
        if _of_residents(name):
            known[f"{name}.out_of"] = _column(known, f"{name}.out_of").fillna(known["residents"])
    return known


def _of_residents(name: str) -> bool:
    return indicators.get(name, year=indicators.years(name)[0]).denominator == "residents"


def _column(rows: pd.DataFrame, field: str) -> pd.Series:
    """Give a column as numbers, empty where the report has no such column."""
    if field in rows.columns:
        return rows[field].astype("float64")
    return pd.Series(float("nan"), index=rows.index)


def _numbers(rows: pd.DataFrame) -> list[Hit]:
    """Refuse what is no number of people, teams or files."""
    hits = []
    for field in numeric(rows):
        cells = rows[field].astype("float64")
        hits += find(rows, cells < 0, field=field, rule="negative")
        hits += find(rows, (cells >= 0) & (cells % 1 != 0), field=field, rule="fractional")
        if field in {"population", "households"} or field.endswith(".out_of"):
            hits += find(rows, cells == 0, field=field, rule="zero_total")
    return hits


def _years(rows: pd.DataFrame) -> list[Hit]:
    """Refuse a measure in a year in which the catalogue does not have it."""
    hits = []
    for name in measured(rows):
        other = ~rows["year"].isin(indicators.years(name))
        named = rows.assign(
            label=indicators.label(name), years=", ".join(map(str, indicators.years(name)))
        )
        named["year"] = rows["year"].map(_year, na_action="ignore")
        for part in ("count", "out_of"):
            filled = _column(rows, f"{name}.{part}").notna()
            hits += find(named, other & filled, field=f"{name}.{part}", rule="measure_not_taken")
    return hits


def _teams(rows: pd.DataFrame) -> list[Hit]:
    teams, members = _column(rows, "teams"), _column(rows, "members")
    both = rows.assign(teams=teams, members=members)
    without = (members > 0) & (teams == 0)
    return [
        *find(both, without, field="members", rule="members_without_teams"),
        *find(both, (teams > members) & ~without, field="teams", rule="teams_above_members"),
    ]


def _people(rows: pd.DataFrame) -> list[Hit]:
    """Compare residents and households to each other and to the census."""
    people, homes = _column(rows, "population"), _column(rows, "households")
    asked = rows.assign(population=people, households=homes)
    far = _far(people, rows["census"])
    asked["times"] = (people / rows["census"]).round(2)
    hits = find(asked, far, field="population", rule="far_from_census", severity="warning")
    above = homes > rows["residents"]
    hits += find(asked, above, field="households", rule="more_households_than_people")
    asked["times"] = (homes / rows["census_households"]).round(2)
    asked["census"] = rows["census_households"]
    far = _far(homes, rows["census_households"]) & ~above
    return [
        *hits,
        *find(asked, far, field="households", rule="far_from_census", severity="warning"),
    ]


def _far(found: pd.Series, census: pd.Series) -> pd.Series:
    ratio = found / census
    return (ratio > FAR) | (ratio < 1 / FAR)


def _parts(rows: pd.DataFrame) -> list[Hit]:
    """Compare each count to what it is out of."""
    hits = []
    for name in measured(rows):
        count, out_of = _column(rows, f"{name}.count"), _column(rows, f"{name}.out_of")
        pair = rows.assign(label=indicators.label(name), count=count, out_of=out_of)
        if indicators.kind(name) == "share":
            rule = "count_above_residents" if _of_residents(name) else "count_above_total"
            hits += find(pair, count > out_of, field=f"{name}.count", rule=rule)
        missing = count.notna() & out_of.isna()
        hits += find(pair, missing, field=f"{name}.out_of", rule="total_missing")
        if not _of_residents(name):
            alone = count.isna() & out_of.notna()
            hits += find(
                pair, alone, field=f"{name}.count", rule="count_missing", severity="warning"
            )
    return hits


def _falls(rows: pd.DataFrame) -> list[Hit]:
    """
    Find people who use a platform becoming fewer from one year to the next.

    It can be: people move away, an older count is corrected. So it is a warning.
    """
    hits = []
    for name in measured(rows):
        if not indicators.counts_users(name) or f"{name}.count" not in rows.columns:
            continue
        pair = rows.assign(label=indicators.label(name), count=rows[f"{name}.count"])
        pair = pair[pair["count"].notna()].sort_values(["code", "year"], kind="stable")
        before = pair.groupby("code", sort=False)[["count", "year"]].shift()
        pair = pair.assign(before=before["count"], year_before=before["year"].map(_year, "ignore"))
        later = pair["year"] > before["year"]
        pair["year"] = pair["year"].map(_year, "ignore")
        hits += find(
            pair,
            later & (pair["count"] < pair["before"]),
            field=f"{name}.count",
            rule="falls",
            severity="warning",
        )
    return hits


def _year(year: float) -> str:
    return str(int(year))


def _unusual(rows: pd.DataFrame) -> list[Hit]:
    """Find rates that are ten times, or a tenth of, what is usual nearby or anywhere."""
    pairs = {"teams": "residents", "members": "residents"}
    for name in measured(rows):
        pairs[f"{name}.count"] = f"{name}.out_of"
        if not _of_residents(name):
            pairs[f"{name}.out_of"] = "residents"
    hits = []
    for field, base in pairs.items():
        if field not in rows.columns or base not in rows.columns:
            continue
        hits += _compare(rows, field, base)
    return hits


def _compare(rows: pd.DataFrame, field: str, base: str) -> list[Hit]:
    rate = rows[field].astype("float64") / rows[base].astype("float64")
    asked = rows.assign(rate=rate, base=rows[base])[rate.notna() & (rate > 0)]
    if asked.empty:
        return []
    usual = pd.DataFrame(
        {
            "nearby": _median(asked, ["year", "district_code"]),
            "everywhere": _median(asked, ["year"]),
        }
    )
    high, low = usual.min(axis=1), usual.max(axis=1)
    return [
        *_ten_times(asked, field, rule="unusually_high", usual=high, times=asked["rate"] / high),
        *_ten_times(asked, field, rule="unusually_low", usual=low, times=low / asked["rate"]),
    ]


def _median(rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Give the median rate of the group of each row, where the group is large enough."""
    groups = rows.groupby(keys)["rate"]
    return groups.transform("median").where(groups.transform("size") >= ENOUGH)


def _ten_times(
    rows: pd.DataFrame, field: str, *, rule: str, usual: pd.Series, times: pd.Series
) -> list[Hit]:
    expected = usual * rows["base"]
    shown = rows.assign(usual=expected.round(), times=times.round(1))
    enough = expected.where(expected > rows[field], rows[field]) >= CHANCE
    return find(shown, (times >= TIMES) & enough, field=field, rule=rule, severity="warning")
