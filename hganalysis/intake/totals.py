"""Add the communes up, and hold the sums to the total rows that the sender wrote."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from .. import places, words
from .census import numeric
from .row_faults import Hit, show
from .rowwords import called

# What stands before the name of what is added up.
_ADDED = re.compile(
    r"^\W*(?:(?:tổng\s+cộng|tổng\s+số|tổng|cộng|toàn|total|sum|all|of|the|của|chung|số)\b[\s:.,\-–]*)+",
    re.IGNORECASE,
)
_WHOLE = {"tỉnh", "toàn tỉnh", "province", "cả tỉnh", "the province"}
"""Beside what the study calls the whole."""
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


def check(
    rows: pd.DataFrame, totals: pd.DataFrame, *, spoilt: Cells, spoilt_parts: Cells
) -> list[Hit]:
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
    hits
        Errors at the cells of the totals, or a warning where it is not clear what a total is of.
    """
    hits = []
    for sheet, some in totals.groupby("sheet", sort=False):
        here = rows[rows["sheet"] == sheet].sort_values("row")
        if here.empty:  # a sheet of sums alone: of what the other sheets say
            here = rows.assign(row=0)
        scopes = _scopes(here, some.sort_values("row"))
        for at, scope in scopes.items():
            if scope is None:
                if some.loc[at, numeric(some)].notna().any():
                    hits.append(Hit(at, "", "total_unclear"))
                continue
            if scope.rows.empty:
                found = _alone(at, scope, some)
            else:
                total, parts = pd.Series(some.loc[at]), _parts(some, scopes, at)
                wrong = spoilt_parts if scope.code else spoilt
                found = _compare(total, scope, spoilt=wrong, sub=parts)
            # A row whose district is not known may be what is missing from the sum.
            hits += found if not scope.code or here["district_code"].notna().all() else []
    return hits


def _alone(at: int, scope: _Scope, totals: pd.DataFrame) -> list[Hit]:
    """Say of a total without any row that it adds up: nothing holds it, and nobody uses it."""
    if not totals.loc[at, numeric(totals)].notna().any():
        return []
    return [Hit(at, "", "total_alone", {"place": show(scope.label)})]


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
        if {plain.casefold(), text.casefold()} & (_WHOLE | called("province") | called("whole")):
            return "", True
        if not plain:
            continue
        found = places.find_codes(pd.Series([plain]), level="district").iloc[0]
        if found["code"]:
            return str(found["code"]), False
        if places.find_codes(pd.Series([plain]), level="province").iloc[0]["code"]:
            return "", True
    return "", False


def _compare(total: pd.Series, scope: _Scope, *, spoilt: Cells, sub: pd.DataFrame) -> list[Hit]:
    hits = []
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
        hits.append(Hit(int(total.name), field, "sum_differs", values))  # type: ignore[call-overload]
    return hits


def _absent(scope: _Scope, rows: pd.DataFrame) -> str:
    """Name the communes of a district that have no row, since they may be the difference."""
    if not scope.code:
        return ""
    communes = places.communes()
    inside = communes[communes["district_code"] == scope.code]
    names = inside.loc[~inside.index.isin(rows["code"]), words.column("name")]
    return words.term("sense.absent", names=", ".join(map(show, names))) if len(names) else ""
