"""Look at a report as a whole: communes that stand twice or not at all, sums that do not add up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .. import places, study, words
from .faults import Fault, at_row, show
from .plausibility import numeric
from .vocabulary import called

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def repeats(rows: pd.DataFrame) -> list[Fault]:
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
    faults
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
    faults = []
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
        faults.append(at_row(int(at), "", rule, values))
    return faults


# One row in so many, or fewer, of a year is taken for a slip, where all others are of another; a
# single one is among three.
_FEW, _ALONE = 10, 3


def years(rows: pd.DataFrame) -> list[Fault]:
    """
    Find rows of a year that hardly another row of their sheet is of.

    Parameters
    ----------
    rows
        `sheet`, `code` and `year`.

    Returns
    -------
    faults
        Errors at the years, where the commune has no row of the year of all others.
    """
    faults = []
    for _, some in rows.dropna(subset=["year"]).groupby("sheet", sort=False):
        number = some["year"].value_counts()
        most = number.index[0]
        there = set(some.loc[some["year"] == most, "code"])
        for at, year in some.loc[some["year"] != most, "year"].items():
            few = _ALONE if number[year] == 1 else _FEW
            if number[year] * few <= number[most] and some.loc[at, "code"] not in there:
                told = {"year": str(int(year)), "others": str(int(most))}
                faults.append(at_row(int(at), "year", "year_alone", told))
    return faults


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


def missing(rows: pd.DataFrame, *, empty: pd.DataFrame) -> list[Fault]:
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
    faults
        Warnings: a report without three communes is a report, but not a complete one. A district
        that is not there at all is one warning.
    """
    communes, districts = places.communes(), places.districts()
    alone = len(places.levels()) < 2
    name = words.column("name")
    label, upper = communes[name].to_dict(), communes["district_code"].to_dict()
    upper_label = districts[name].to_dict()
    blank = {
        (code, int(year)): int(at)
        for at, code, year in empty[["code", "year"]].dropna().itertuples(name=None)
    }
    faults = []
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
            faults.append(at_row(blank.get((code, when)), "", "commune_missing", values))
        for code, number in gone.items():
            values = {
                "district": show(upper_label.get(code, code)),
                "communes": show(number),
                "year": str(when),
            }
            faults.append(at_row(None, "", "district_missing", values))
    return faults


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


# What stands before the name of what is added up.
_ADDED = re.compile(
    r"^\W*(?:(?:tổng\s+cộng|tổng\s+số|tổng|cộng|toàn|total|sum|all|of|the|của|chung|số)\b[\s:.,\-–]*)+",
    re.IGNORECASE,
)
_WHOLE = {"province", "the province"}
"""Beside what the study and the country call the whole."""
_NAMES = ("district", "commune", "code")


@dataclass(frozen=True)
class _Scope:
    """What a total is of: a name to show, and the rows that add up to it."""

    label: str
    rows: pd.DataFrame
    code: str
    """Of a district; empty for all rows of a sheet."""


Cells = set[tuple[int | None, str]]
"""Cells by the index of their row and their field."""


def sums(
    rows: pd.DataFrame, totals: pd.DataFrame, *, spoilt: Cells, spoilt_parts: Cells
) -> list[Fault]:
    """
    Compare each total row with the sum of the rows it stands for.

    Parameters
    ----------
    rows
        Rows with figures: `sheet`, `row`, `code` and `district_code` (none where they are not
        settled), `year` and the numbers.
    totals
        The total rows, with the same columns, `commune`, `label` and `level` (of a reading);
        their index is not that of `rows`.
    spoilt
        Cells of `rows` that are wrong already: a sum over them says nothing new. The field is
        empty where the whole row is wrong.
    spoilt_parts
        The same for the sums of districts: a row may be of another district than it says.

    Returns
    -------
    faults
        Errors at the cells of the totals, or a warning where it is not clear what a total is of.
    """
    faults = []
    for sheet, some in totals.groupby("sheet", sort=False):
        here = rows[rows["sheet"] == sheet].sort_values("row")
        if here.empty:  # a sheet of sums alone: of what the other sheets say
            here = rows.assign(row=0)
        scopes = _scopes(here, some.sort_values("row"))
        for at, scope in scopes.items():
            if scope is None:
                if some.loc[at, numeric(some)].notna().any():
                    faults.append(at_row(at, "", "total_unclear"))
                continue
            if scope.rows.empty:
                found = _alone(at, scope, some)
            else:
                total, parts = pd.Series(some.loc[at]), _parts(some, scopes, at)
                wrong = spoilt_parts if scope.code else spoilt
                found = _compare(total, scope, spoilt=wrong, sub=parts)
            # A row whose district is not known may be what is missing from the sum.
            faults += found if not scope.code or here["district_code"].notna().all() else []
    return faults


def _alone(at: int, scope: _Scope, totals: pd.DataFrame) -> list[Fault]:
    """Say of a total without any row that it adds up: nothing holds it, and nobody uses it."""
    if not totals.loc[at, numeric(totals)].notna().any():
        return []
    return [at_row(at, "", "total_alone", {"place": show(scope.label)})]


def _parts(totals: pd.DataFrame, scopes: dict[int, _Scope | None], at: int) -> pd.DataFrame:
    """Give the totals of the districts that a total of everything is of, if all have one."""
    whole = scopes[at]
    if whole is None or whole.code:
        return totals.iloc[:0]
    years = totals["year"].fillna(0)
    codes = {
        other: scope.code
        for other, scope in scopes.items()
        if scope is not None and scope.code and years[other] == years[at]
    }
    complete = set(codes.values()) >= set(whole.rows["district_code"].dropna())
    return totals.loc[list(codes)] if complete else totals.iloc[:0]


def _scopes(rows: pd.DataFrame, totals: pd.DataFrame) -> dict[int, _Scope | None]:
    """Find out what each total of a sheet is of: by the name beside it, else by where it stands."""
    scopes: dict[int, _Scope | None] = {}
    before = last = 0
    for at in totals.index.tolist():
        total = totals.loc[at]
        number = total["row"]
        of_year = _of_year(rows, total)
        if number != last:  # where years stand side by side a row has a total of each
            before, last = last, number
        block = rows[(rows["row"] > before) & (rows["row"] < number)]
        if of_year is None:
            scopes[at] = None
            continue
        code, is_whole = _named(total)
        if not code and not is_whole:
            inside = set(block["district_code"].dropna())
            # A total right below the communes of one district, where there are others, is its own.
            alone = len(inside) == 1 and len(set(rows["district_code"].dropna())) > 1
            code = next(iter(inside)) if alone else ""
        scopes[at] = _scope(of_year, code)
    return scopes


def _scope(rows: pd.DataFrame, code: str) -> _Scope | None:
    if code:
        return _Scope(places.name(code), rows[rows["district_code"] == code], code)
    if rows.empty:
        return None
    districts = set(rows["district_code"].dropna())
    only = next(iter(districts)) if len(districts) == 1 else ""
    return _Scope(places.name(only) if only else words.term("sense.sheet"), rows, "")


def _of_year(rows: pd.DataFrame, total: pd.Series) -> pd.DataFrame | None:
    """Keep the rows of the year of a total; none where that cannot be told."""
    if pd.notna(total["year"]):
        return rows[rows["year"].eq(total["year"])]
    return rows if len(set(rows["year"].dropna())) <= 1 else None


def _named(total: pd.Series) -> tuple[str, bool]:
    """Read what a total is of from the names beside it: a district's code, or all there is."""
    if total["level"] in {"all", "province"}:
        return "", True
    for field in ("label", *_NAMES):
        text = unicodedata.normalize("NFC", str(total.get(field) or "")).strip()
        if not text:
            continue
        plain = _ADDED.sub("", text).strip(" :.-–")
        if {plain.casefold(), text.casefold()} & (
            _WHOLE | study.current().country.whole | called("province") | called("whole")
        ):
            return "", True
        if not plain:
            continue
        found = places.find_codes(pd.Series([plain]), level="district").iloc[0]
        if found["code"]:
            return str(found["code"]), False
        if places.find_codes(pd.Series([plain]), level="province").iloc[0]["code"]:
            return "", True
    return "", False


def _compare(total: pd.Series, scope: _Scope, *, spoilt: Cells, sub: pd.DataFrame) -> list[Fault]:
    faults = []
    rows = scope.rows
    if any((int(at), "") in spoilt for at in rows.index):
        return []
    for field in numeric(rows):
        told = total.get(field)
        cells = rows[field].dropna()
        if pd.isna(told) or cells.empty or any((int(at), field) in spoilt for at in rows.index):
            continue
        added = float(cells.sum())
        if added == told or (len(sub) and float(sub[field].sum()) == told):
            continue
        values = {
            "place": show(scope.label),
            "number": show(len(cells)),
            "sum": show(added),
            "difference": words.number(float(told) - added, signed=True),
            "absent": _absent(scope, rows),
        }
        faults.append(at_row(int(total.name), field, "sum_differs", values))  # type: ignore[call-overload]
    return faults


def _absent(scope: _Scope, rows: pd.DataFrame) -> str:
    """Name the communes of a district that have no row, since they may be the difference."""
    if not scope.code:
        return ""
    communes = places.communes()
    inside = communes[communes["district_code"] == scope.code]
    names = inside.loc[~inside.index.isin(rows["code"]), words.column("name")]
    return words.term("sense.absent", names=", ".join(map(show, names))) if len(names) else ""
