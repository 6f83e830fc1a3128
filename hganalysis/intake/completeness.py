"""Look at a report as a whole: which communes stand in it twice, and which not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, words
from .census import numeric
from .row_faults import Hit, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def repeats(rows: pd.DataFrame) -> list[Hit]:
    """
    Find communes that are reported more than once in a year.

    Two rows may complete each other: teams on one sheet, measures on another. Rows that say the
    same again are refused but for the first; of rows that contradict each other none is chosen.

    Parameters
    ----------
    rows
        `sheet`, `row`, `code`, `year` and the numbers.

    Returns
    -------
    hits
        Errors, on the commune of the row.
    """
    cells = _filled(rows.dropna(subset=["code", "year"]))
    again = cells.duplicated(["code", "year", "field"], keep=False)
    if not again.any():
        return []
    same = cells.duplicated(["code", "year", "field", "value"])
    some = cells[again]
    told = some.groupby(["code", "year", "field"])["value"].transform("nunique")
    differs = set(some.loc[told > 1, "at"])
    repeated = set(cells["at"]) - set(cells.loc[~same, "at"]) - differs
    names = places.communes()[words.column("name")].to_dict()
    keys = dict(zip(rows.index, zip(rows["code"], rows["year"], strict=True), strict=True))
    stands = dict(zip(rows.index, zip(rows["sheet"], rows["row"], strict=True), strict=True))
    others: dict[object, list[int]] = {}
    unlike: dict[object, list[int]] = {}
    for at in dict.fromkeys(some["at"]):
        others.setdefault(keys[at], []).append(at)
        if at in differs:
            unlike.setdefault(keys[at], []).append(at)
    hits = []
    for at in sorted(differs | repeated):
        code, year = keys[at]
        all_of_them = unlike.get(keys[at], []) if at in differs else [at]
        values = {
            "commune": show(names.get(code, code)),
            "year": str(int(year)),
            "first": _place(stands, others[keys[at]][:1]),
            "places": _place(stands, all_of_them),
        }
        rule = "duplicate_differs" if at in differs else "duplicate_same"
        hits.append(Hit(int(at), "", rule, values))
    return hits


# One row in so many, or fewer, of a year is taken for a slip, where all others are of another; a
# single one is among three.
_FEW, _ALONE = 10, 3


def years(rows: pd.DataFrame) -> list[Hit]:
    """
    Find rows of a year that hardly another row of their sheet is of.

    Parameters
    ----------
    rows
        `sheet`, `code` and `year`.

    Returns
    -------
    hits
        Errors at the years, where the commune has no row of the year of all others.
    """
    hits = []
    for _, some in rows.dropna(subset=["year"]).groupby("sheet", sort=False):
        number = some["year"].value_counts()
        most = number.index[0]
        there = set(some.loc[some["year"] == most, "code"])
        for at, year in some.loc[some["year"] != most, "year"].items():
            few = _ALONE if number[year] == 1 else _FEW
            if number[year] * few <= number[most] and some.loc[at, "code"] not in there:
                told = {"year": str(int(year)), "others": str(int(most))}
                hits.append(Hit(int(at), "year", "year_alone", told))
    return hits


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """Put every number into a row of its own: `at`, `code`, `year`, `field`, `value`."""
    parts = [
        rows.loc[rows[field].notna(), ["code", "year", field]]
        .set_axis(["code", "year", "value"], axis=1)
        .assign(field=field)
        for field in numeric(rows)
    ]
    if not parts:
        return pd.DataFrame(columns=["at", "code", "year", "field", "value"])
    return pd.concat(parts).rename_axis("at").reset_index().sort_values("at", kind="stable")


def missing(rows: pd.DataFrame, *, empty: pd.DataFrame) -> list[Hit]:
    """
    List the communes that have no figures, for each year that is reported.

    Parameters
    ----------
    rows
        Rows with figures; `sheet`, `code`, `year`. One without a year counts for every year, unless
        its sheet, of no year at all, says most of that year again.
    empty
        Rows that name a commune and a year and have no figures; there the warning can stand.

    Returns
    -------
    hits
        Warnings: a report without three communes is a report, but not a complete one. A district
        that is not there at all is one warning.
    """
    communes, districts = places.communes(), places.districts()
    alone = len(places.levels()) == 1
    name = words.column("name")
    label, upper = communes[name].to_dict(), communes["district_code"].to_dict()
    upper_label = districts[name].to_dict()
    blank = {
        (code, int(year)): int(at)
        for at, code, year in empty[["code", "year"]].dropna().itertuples(name=None)
    }
    hits = []
    for year in sorted(set(rows["year"].dropna())):
        reported = set(rows.loc[rows["year"] == year, "code"].dropna())
        reported |= _undated(rows, reported)
        there = {upper[code] for code in reported if code in upper}
        when = int(year)
        gone: dict[str, int] = {}
        for code in communes.index:
            if code in reported:
                continue
            if not alone and upper[code] not in there and (code, when) not in blank:
                gone[upper[code]] = gone.get(upper[code], 0) + 1
                continue
            values = {
                "code": str(code),
                "commune": show(label[code]),
                "district": show(upper_label.get(upper[code], upper[code])),
                "year": str(when),
            }
            hits.append(Hit(blank.get((code, when)), "", "commune_missing", values))
        for code, number in gone.items():
            values = {
                "district": show(upper_label.get(code, code)),
                "communes": show(number),
                "year": str(when),
            }
            hits.append(Hit(None, "", "district_missing", values))
    return hits


def _undated(rows: pd.DataFrame, reported: set[str]) -> set[str]:
    """Give the communes of rows without a year that may be of one in which some are reported."""
    # a whole sheet that says most of a year again is a table of another one
    found: set[str] = set()
    dated_sheets = set(rows.loc[rows["year"].notna(), "sheet"])
    for sheet, some in rows[rows["year"].isna()].groupby("sheet", sort=False):
        codes = set(some["code"].dropna())
        if sheet in dated_sheets or 2 * len(codes & reported) <= len(codes):
            found |= codes
    return found


def _place(stands: Mapping[int, tuple[str, int]], at: Sequence[int]) -> str:
    """Write where rows stand; of many, the first few."""
    told = [
        words.term("sense.sheet_row", sheet=show(sheet), row=row)
        for sheet, row in map(stands.__getitem__, at[:5])
    ]
    return "; ".join(told) + ("; …" if len(at) > len(told) else "")
