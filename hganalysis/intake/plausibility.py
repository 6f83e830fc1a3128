"""Ask of every number whether it can be: rules on typed rows, each found where it is broken."""

from __future__ import annotations

import pandas as pd

from .. import indicators
from .census import column, measured, numeric, of_residents, with_census
from .outliers import unusual
from .row_faults import Blanks, Hit, find

# Populations printed for the communes of 2025 are "converted" ones, 1.2 to 1.6 times the census;
# no commune grew or shrank by a fifth since 2019.
FAR = 1.2


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
        Every rule that a row breaks, rule by rule; what is no number of anything is said once.
    """
    hits = [*_numbers(rows), *_years(rows)]
    wrong = {(hit.at, hit.field) for hit in hits}
    # What is no number of anything is left out of the comparisons that follow.
    sound = rows.copy()
    for at, field in wrong:
        sound.loc[at, field] = float("nan")
    known = with_census(sound)
    for rule in (_teams, _people, _parts, _falls, unusual):
        new = [hit for hit in rule(known) if (hit.at, hit.field) not in wrong]
        wrong |= {(hit.at, hit.field) for hit in new if hit.severity == "error"}
        hits += new
    return hits


def _numbers(rows: pd.DataFrame) -> list[Hit]:
    """Refuse what is no number of people, teams or files."""
    hits = []
    for field in numeric(rows):
        cells = rows[field].astype("float64")
        hits += find(cells < 0, field=field, rule="negative")
        hits += find((cells >= 0) & (cells % 1 != 0), field=field, rule="fractional")
        if field in {"population", "households"} or field.endswith(".out_of"):
            hits += find(cells == 0, field=field, rule="zero_total")
    return hits


def _years(rows: pd.DataFrame) -> list[Hit]:
    """Refuse a measure in a year in which the catalogue does not have it."""
    hits = []
    for name in measured(rows):
        years = indicators.years(name)
        other = ~rows["year"].isin(years)
        blanks: Blanks = {
            "label": indicators.label(name),
            "years": ", ".join(map(str, years)),
            "year": as_years(rows["year"]),
        }
        for part in ("count", "out_of"):
            filled = other & column(rows, f"{name}.{part}").notna()
            hits += find(filled, field=f"{name}.{part}", rule="measure_not_taken", blanks=blanks)
    return hits


def as_years(years: pd.Series) -> pd.Series:
    """Write years as texts: they are no numbers with a sign for thousands."""
    return years.map(lambda year: str(int(year)), na_action="ignore")


def _teams(rows: pd.DataFrame) -> list[Hit]:
    teams, members = column(rows, "teams"), column(rows, "members")
    blanks: Blanks = {"teams": teams, "members": members}
    without = (members > 0) & (teams == 0)
    more = (teams > members) & ~without
    return [
        *find(without, field="members", rule="members_without_teams", blanks=blanks),
        *find(more, field="teams", rule="teams_above_members", blanks=blanks),
    ]


def _people(rows: pd.DataFrame) -> list[Hit]:
    """Compare residents and households to each other and to the census."""
    homes = column(rows, "households")
    above = homes > rows["residents"]
    blanks: Blanks = {"households": homes, "residents": rows["residents"]}
    hits = find(above, field="households", rule="more_households_than_people", blanks=blanks)
    for field, census in (("population", "census"), ("households", "census_households")):
        times = column(rows, field) / rows[census]
        far = ((times > FAR) | (times < 1 / FAR)) & ~(above & (field == "households"))
        said: Blanks = {"times": times.round(2), "census": rows[census]}
        hits += find(far, field=field, rule="far_from_census", blanks=said)
    return hits


def _parts(rows: pd.DataFrame) -> list[Hit]:
    """Compare each count to what it is out of."""
    hits = []
    for name in measured(rows):
        count, out_of = column(rows, f"{name}.count"), column(rows, f"{name}.out_of")
        blanks: Blanks = {"label": indicators.label(name), "count": count, "out_of": out_of}
        if indicators.kind(name) == "share":
            rule = "count_above_residents" if of_residents(name) else "count_above_total"
            hits += find(count > out_of, field=f"{name}.count", rule=rule, blanks=blanks)
        alone = count.notna() & out_of.isna()
        hits += find(alone, field=f"{name}.out_of", rule="total_missing", blanks=blanks)
        if not of_residents(name):
            alone = count.isna() & out_of.notna()
            hits += find(alone, field=f"{name}.count", rule="count_missing", blanks=blanks)
    return hits


def _falls(rows: pd.DataFrame) -> list[Hit]:
    """
    Find people who use a platform becoming fewer from one year to the next.

    It can be: people move away, an older count is corrected. So it is a warning.
    """
    hits = []
    for name in measured(rows):
        count = column(rows, f"{name}.count").dropna()
        if not indicators.counts_users(name) or count.empty:
            continue
        pairs = rows.loc[count.index, ["code", "year"]].assign(count=count)
        pairs = pairs.sort_values(["code", "year"], kind="stable")
        before = pairs.groupby("code", sort=False)[["count", "year"]].shift()
        falls = (pairs["year"] > before["year"]) & (pairs["count"] < before["count"])
        blanks: Blanks = {
            "label": indicators.label(name),
            "count": pairs["count"],
            "year": as_years(pairs["year"]),
            "before": before["count"],
            "year_before": as_years(before["year"]),
        }
        hits += find(falls, field=f"{name}.count", rule="falls", blanks=blanks)
    return hits
