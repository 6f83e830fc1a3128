"""Put beside each row of a report what is known of its commune, and what its counts are out of."""

from __future__ import annotations

import pandas as pd

from .. import indicators, places
from .columns import NUMBERS


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
