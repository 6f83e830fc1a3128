"""Let counts out of the engine room: as reports, in one whole file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd

from .. import escaping, indicators, places
from .tally import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .counting import Counts

_KEYS = ["code", "structure", "period"]


def reports(
    counts: Counts,
    *,
    files: str | None,
    people: str | None,
    platforms: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Arrange the counts of a log as reports, the frame that everything else starts from.

    Parameters
    ----------
    counts
        From `counts`, by year. Small counts are not hidden yet: see `small_reports`.
    files, people
        Measures of the catalogue: files handed in online out of those received, and different
        people who did so out of the residents. None leaves them out.
    platforms
        Measure of the catalogue for each platform of the log.

    Returns
    -------
    reports
        `code`, `year`, `indicator`, `count`, `out_of`, `origin` (of the log). Years that the
        catalogue does not have for a measure stay in: `intake.require_reports` refuses them.

    Raises
    ------
    LookupError
        If a platform has no measure, or a measure is not in the catalogue.
    ValueError
        If the periods are no years, people were estimated, or the places are not of the list in
        use: their codes mean different places.
    """
    platforms = dict(platforms or {})
    if (counts.files["period"].dt.day_of_year != 1).any() or _twice_a_year(counts.files):
        msg = "The periods are no years; count with period='year' to make reports."
        raise ValueError(msg)
    if counts.approximate:
        msg = "The people are estimates, and reports are counts; count them exactly."
        raise ValueError(msg)
    ours = pd.Timestamp(min(known("commune")["since"]))
    lists = counts.files["structure"].unique()
    if set(lists) - {ours}:
        days = ", ".join(f"{day:%Y-%m-%d}" for day in lists)
        msg = (
            f"The places are of the lists of {days}, and those in use of {ours:%Y-%m-%d}.\n"
            "One code may be two places. Count the days of one list at a time (--until, or a part\n"
            "of the log), and name your list where it is another (--places)."
        )
        raise ValueError(msg)
    unknown = sorted(set(counts.platforms["platform"]) - set(platforms)) if platforms else []
    measures = [name for name in (files, people, *platforms.values()) if name is not None]
    for name in measures:
        indicators.kind(name)
    if len(set(measures)) < len(measures):
        msg = f"One measure is named twice: {', '.join(measures)}."
        raise ValueError(msg)
    if unknown:
        msg = f"{len(unknown)} platforms of the log have no measure: {', '.join(unknown)}."
        raise LookupError(msg)
    residents = counts.files["code"].map(_residents())
    online = counts.files.assign(indicator=files, count=counts.files["online"]).assign(
        out_of=counts.files["received"]
    )
    users = counts.files.assign(indicator=people, count=counts.files["people"], out_of=residents)
    each = counts.platforms.assign(
        indicator=counts.platforms["platform"].map(platforms),
        count=counts.platforms["people"],
        out_of=counts.platforms["code"].map(_residents()),
    )
    table = pd.concat([online, users, each], ignore_index=True)
    table = table.dropna(subset="indicator")
    return table.assign(year=table["period"].dt.year, origin=counts.origin)[
        ["code", "year", "indicator", "count", "out_of", "origin"]
    ].sort_values(["code", "year", "indicator"], ignore_index=True)


def table(counts: Counts) -> pd.DataFrame:
    """
    Put all counts into one long table, of any period and list of places.

    Returns
    -------
    table
        `code`, `structure`, `period`, `measure` (`received`, `online` in files, `people` in
        persons), `platform` (none: over all), `value` (missing where it was hidden),
        `approximate` (whether it is an estimate), `origin`.
    """
    files = counts.files.melt(_KEYS, var_name="measure").assign(platform=None)
    each = counts.platforms.rename(columns={"people": "value"}).assign(measure="people")
    columns = [*_KEYS, "measure", "platform", "value"]
    long = pd.concat([files[columns], each[columns]], ignore_index=True)
    estimated = counts.approximate & (long["measure"] == "people")
    long = long.assign(approximate=estimated, origin=counts.origin)
    return long.sort_values([*_KEYS, "measure", "platform"], ignore_index=True)


def save(table: pd.DataFrame, file: Path) -> Path:
    """
    Write a table as Parquet or CSV, whole or not at all; a CSV runs nothing in a spreadsheet.

    Raises
    ------
    ValueError
        If the name of the file ends in something else.
    """
    if file.suffix not in {".parquet", ".csv"}:
        msg = f"{file.name}: expected a name that ends in .parquet or .csv."
        raise ValueError(msg)
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.stem}-{os.getpid()}{file.suffix}")
    try:
        if file.suffix == ".parquet":
            table.to_parquet(half, index=False)
        else:
            half.write_text(escaping.csv(table), encoding="utf-8", newline="")
        # Renaming is done or not done; a run that is stopped leaves no half file.
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    return file


def _residents() -> pd.Series:
    whole = places.province()
    listed: list[pd.Series] = [places.communes()["population"], places.districts()["population"]]
    residents: pd.Series = pd.concat([*listed, pd.Series({whole["code"]: whole["population"]})])
    return residents


def _twice_a_year(files: pd.DataFrame) -> bool:
    return bool(
        files.assign(year=files["period"].dt.year).duplicated(["code", "structure", "year"]).any()
    )
