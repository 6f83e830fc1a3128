"""
Make workbooks as offices send them, with defects of known place and kind.

A `Report` is a list of rows; `plant` functions put one defect each into it and say where; `write`
lays it out, in a layout of its own, as xlsx or csv. Nothing here uses the reader that is tested.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pandas as pd
import xlsxwriter

from hganalysis import frames, indicators, places

HEADERS = {
    "code": "Mã xã",
    "district": "Huyện, thị xã, thành phố",
    "commune": "Xã, phường, thị trấn",
    "year": "Năm",
    "teams": "Số tổ công nghệ số cộng đồng",
    "members": "Số thành viên",
    "population": "Dân số",
    "households": "Số hộ",
}
ENGLISH = {
    "code": "Code",
    "district": "District",
    "commune": "Commune",
    "year": "Year",
    "teams": "Teams",
    "members": "Members",
    "population": "Population",
    "households": "Households",
}


FIRST = "first"
"""The field of a defect of a whole row, which is found on its first cell."""


@dataclass(frozen=True)
class Formula:
    """A formula, with the value that was saved, or none."""

    text: str
    value: float | str | None


@dataclass(frozen=True)
class Percent:
    """A number that is shown in per cent."""

    value: float


@dataclass(eq=False)
class Row:
    """A row to be written, and what should become of it."""

    kind: str
    cells: dict[str, object] = field(default_factory=dict)
    label: str = ""
    sheet: str = "Báo cáo"
    scope: str = ""
    """Of a total: the code of its district; empty for all rows."""


@dataclass(frozen=True)
class Planted:
    """A defect: on which row, in which field, of what kind. Without a row it is of the file."""

    row: Row | None
    field: str
    rule: str
    severity: str = "error"


@dataclass
class Report:
    """Rows in order, and what is wrong with them."""

    rows: list[Row]
    fields: list[str]
    planted: list[Planted] = field(default_factory=list)
    hidden: list[Row] = field(default_factory=list)
    off: list[tuple[str, str, int]] = field(default_factory=list)
    """Totals that are wrong: of which district (none for all rows), in which field, by how much."""

    def data(self, year: int | None = None) -> list[Row]:
        return [
            row
            for row in self.rows
            if row.kind == "accepted" and year in (None, row.cells.get("year"))
        ]

    def of(self, code: str, year: int | None = None) -> Row:
        return next(row for row in self.data(year) if row.cells["code"] == code)


@dataclass(frozen=True)
class Layout:
    """How a report is laid out."""

    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    headers: str = "vi"
    order: tuple[int, ...] = ()
    blanks: bool = False
    totals: str = ""
    """`districts` (below the communes of each), `above` (before them), `all`, or both words."""
    by_year: bool = False
    file: str = "xlsx"
    encoding: str = "utf-8-sig"
    without: tuple[str, ...] = ()
    merged: bool = False


@cache
def lists() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the communes and the districts, read once."""
    return places.communes(), places.districts()


@cache
def demo() -> tuple[dict, dict]:
    """Give the counts and the teams of the simulated province, by their keys."""
    counts = frames.reports().set_index(["code", "year", "indicator"])[["count", "out_of"]]
    teams = frames.teams().set_index(["code", "year"])[["teams", "members"]]
    return counts.to_dict("index"), teams.to_dict("index")


def fields_of(year: int) -> list[str]:
    """List the fields that a report of a year fills in."""
    found = ["code", "district", "commune", "year", "teams", "members"]
    for name in indicators.names():
        if year in indicators.years(name):
            found.append(f"{name}.count")
            if indicators.get(name, year=year).denominator != "residents":
                found.append(f"{name}.out_of")
    return found


def report(years=(2022,), *, more=(), codes=None) -> Report:
    """Make a report without a fault out of the simulated province."""
    communes, districts = lists()
    counts, teams = demo()
    names = [*dict.fromkeys(name for year in years for name in fields_of(year)), *more]
    rows = []
    order = communes.sort_values("district_code", kind="stable").index
    for year in years:
        for code in order if codes is None else codes:
            commune = communes.loc[code]
            cells = {
                "code": code,
                "district": districts.loc[commune["district_code"], "name_vi"],
                "commune": commune["name_vi"],
                "year": year,
                "teams": int(teams[code, year]["teams"]),
                "members": int(teams[code, year]["members"]),
                "population": int(commune["population"]),
                "households": int(commune["households"]),
            }
            for name in fields_of(year)[6:]:
                measure, part = name.split(".")
                cells[name] = int(counts[code, year, measure][part])
            rows.append(Row("accepted", {key: cells[key] for key in names if key in cells}))
    made = Report(rows, names)
    for name in ("app_users.count",):
        # people who stopped using an app: the simulated province has some
        for later in made.data(2023) if len(years) > 1 else []:
            if later.cells[name] < made.of(later.cells["code"], 2022).cells[name]:
                made.planted.append(Planted(later, name, "falls", "warning"))
    return made


def header(name: str, style: str) -> str:
    """Head a column as the layout wants it."""
    if style == "machine":
        return name
    if "." not in name:
        return (ENGLISH if style == "en" else HEADERS)[name]
    measure, part = name.split(".")
    label = indicators.measure_label(measure)
    return f"{label} ({'số đếm' if part == 'count' else 'trên tổng số'})"


# --- laying out ---


def lay_out(report: Report, layout: Layout) -> dict[str, list[Row]]:
    """Put titles, headers, totals, blanks and notes around the rows, sheet by sheet."""
    sheets: dict[str, list[Row]] = {}
    for row in report.rows:
        if layout.file != "xlsx":
            row.sheet = "report"
        if layout.by_year and row.sheet == "Báo cáo":
            row.sheet = f"Năm {row.cells['year']}"
        sheets.setdefault(row.sheet, []).append(row)
    done = {}
    for name, rows in sheets.items():
        top = [Row("title", label=text) for text in layout.titles]
        lines = [*top, Row("header"), *_body(rows, layout)]
        lines += [Row("blank")] * bool(layout.notes) + [
            Row("note", label=text) for text in layout.notes
        ]
        while lines[-1].kind == "blank":  # a file ends with its last filled row
            lines.pop()
        for line in lines:
            line.sheet = name
        done[name] = lines
        _spoil(report, lines)
    return done


def _spoil(report: Report, lines: list[Row]) -> None:
    for scope, name, by in report.off:
        total = next(row for row in lines if row.kind == "total" and row.scope == scope)
        total.cells[name] += by
        report.planted.append(Planted(total, name, "sum_differs"))


def _body(rows: list[Row], layout: Layout) -> list[Row]:
    upper = lists()[0]["district_code"].to_dict()
    lines: list[Row] = []
    block: list[Row] = []
    for at, row in enumerate(rows):
        block.append(row)
        following = rows[at + 1] if at + 1 < len(rows) else None
        here, there = (_district(one, upper) for one in (row, following))
        if here == there or row.kind != "accepted":
            continue
        total = Row("total", label=f"Cộng {here}", scope=here)
        if "above" in layout.totals:
            total.label = here
            lines.append(total)
        lines += block
        if "districts" in layout.totals:
            lines.append(total)
        if layout.blanks:
            lines.append(Row("blank"))
        block = []
    lines += block
    if "all" in layout.totals:
        lines.append(Row("total", label="TỔNG CỘNG"))
    _add_up(lines)
    return lines


def _district(row: Row | None, upper: dict) -> str:
    if row is None:
        return ""
    code = upper.get(row.cells.get("_home", row.cells.get("code")), "")
    return district_names().get(code, "")


@cache
def district_names() -> dict:
    """Name each district by its code."""
    return lists()[1]["name_vi"].to_dict()


def _add_up(lines: list[Row]) -> None:
    """Fill total rows with what the rows they are of really add up to, as far as it is said."""
    upper = lists()[0]["district_code"].to_dict()
    for total in (row for row in lines if row.kind == "total"):
        for row in lines:
            if row.kind not in {"accepted", "rejected"} or row.cells.get("_apart"):
                continue
            if total.scope and _district(row, upper) != total.scope:
                continue
            for name, value in row.cells.items():
                number = isinstance(value, int | float) and not isinstance(value, bool)
                if number and name not in {"code", "year"}:
                    told = total.cells.get(name, 0)
                    total.cells[name] = told + value


@dataclass(frozen=True)
class Written:
    """A file, where each row stands in it, and the letter of each field."""

    file: Path
    places: dict[int, tuple[str, int]]
    letters: dict[str, str]
    rows: dict[tuple[str, int], str]
    """The kind that each row should have."""

    def expected(self, report: Report) -> set[tuple[str, int, str, str, str]]:
        """Give each planted defect as sheet, row, column, rule and severity."""
        found = set()
        for one in report.planted:
            sheet, row = self.places[id(one.row)] if one.row else ("", 0)
            letter = self.letters.get(one.field, "") if one.row else ""
            letter = "A" if one.field == FIRST else letter
            found.add((sheet, row, letter, one.rule, one.severity))
        return found


def write(report: Report, layout: Layout, file: Path) -> Written:
    """Write a report as a file of the layout's kind."""
    names = [name for name in report.fields if name not in layout.without]
    if layout.order:
        first = [names[at] for at in layout.order if at < len(names)]
        names = [*first, *(name for name in names if name not in first)]
    sheets = lay_out(report, layout)
    wrong = {id(one.row) for one in report.planted if one.severity == "error"}
    stands, kinds = {}, {}
    grids = {}
    for sheet, rows in sheets.items():
        grid = []
        for number, row in enumerate(rows, start=1):
            stands[id(row)] = (sheet, number)
            refused = row.kind == "accepted" and id(row) in wrong
            kinds[sheet, number] = "rejected" if refused else row.kind
            grid.append(_line(row, names, layout))
        grids[sheet] = grid
    letters = {name: chr(ord("A") + at) for at, name in enumerate(names)}
    if layout.file == "xlsx":
        hidden = {stands[id(row)] for row in report.hidden}
        _write_xlsx(file, grids, hidden, merged=_merges(sheets, names) if layout.merged else {})
    else:
        _write_csv(file, grids, layout)
    return Written(file, stands, letters, kinds)


def _line(row: Row, names: list[str], layout: Layout) -> list[object]:
    if row.kind == "header":
        return [header(name, layout.headers) for name in names]
    if row.kind in {"title", "note"}:
        return [row.label]
    cells = [row.cells.get(name) for name in names]
    if row.kind == "total":
        at = names.index("commune") if "commune" in names else 0
        cells[at] = row.label
    return cells


def _merges(
    sheets: dict[str, list[Row]], names: list[str]
) -> dict[str, list[tuple[int, int, int]]]:
    """List runs of one district as blocks to merge: first row, last row, column, from 0."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    at = names.index("district")
    for sheet, rows in sheets.items():
        start = None
        for number, row in enumerate([*rows, Row("end")]):
            told = row.cells.get("district") if row.kind in {"accepted", "rejected"} else None
            before = rows[number - 1].cells.get("district") if number else None
            if start is not None and told != before:
                if number - start > 1:
                    found.setdefault(sheet, []).append((start, number - 1, at))
                start = None
            if start is None and told:
                start = number
    return found


def _write_xlsx(file, grids, hidden, *, merged) -> None:
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        percent = book.add_format({"num_format": "0%"})
        for name, grid in grids.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(grid):
                for column, value in enumerate(line):
                    _put(sheet, row, column, value, percent)
                if (name, row + 1) in hidden:
                    sheet.set_row(row, None, None, {"hidden": True})
            for first, last, column in merged.get(name, []):
                sheet.merge_range(first, column, last, column, grid[first][column])


def _put(sheet, row, column, value, percent) -> None:
    if isinstance(value, Formula):
        saved = "" if value.value is None else value.value
        sheet.write_formula(row, column, value.text, None, saved)
    elif isinstance(value, Percent):
        sheet.write_number(row, column, value.value, percent)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write_number(row, column, value)


def _write_csv(file, grids, layout: Layout) -> None:
    [grid] = grids.values()
    text = io.StringIO()
    width = max(map(len, grid))
    csv.writer(text, delimiter=";" if "16" in layout.encoding else ",").writerows(
        [*(("" if cell is None else cell) for cell in line), *[""] * (width - len(line))]
        for line in grid
    )
    told = text.getvalue()
    if layout.encoding == "cp1258":
        told = for_windows(told)
    file.write_bytes(told.encode(layout.encoding))


def for_windows(text: str) -> str:
    """Take the tone marks off the letters, as Windows-1258 wants them, and no other mark."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    found = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = [mark for mark in parts if mark in tones]
        rest = unicodedata.normalize("NFC", "".join(m for m in parts if m not in tones))
        found.append(rest + "".join(tone))
    return "".join(found)


# --- planting ---


def put(name: str, value, rule: str, *, at: int = 7, severity="error", year=None, place: str = ""):
    """Plant a value into a cell; `place` is the field where the fault is found, if another."""

    def plant(report: Report) -> None:
        row = report.data(year)[at]
        told = value(row.cells) if callable(value) else value
        row.cells = {"_home": row.cells["code"], **row.cells, name: told}
        if rule:
            report.planted.append(Planted(row, place or name, rule, severity))

    return plant


def several(*plants):
    """Plant several defects into one report."""

    def plant(report: Report) -> None:
        for one in plants:
            one(report)

    return plant


def change_row(at: int, **cells):
    """Change cells of a row without any fault: another way of writing."""

    def plant(report: Report) -> None:
        row = report.data()[at]
        home = row.cells["code"]
        row.cells = {**row.cells, **cells, "_home": home}

    return plant


def copied(report: Report, at: int, **changed) -> Row:
    """Add a copy of a row at the end of its district."""
    row = report.data()[at]
    twin = replace(row, cells={**row.cells, **changed, "_apart": True})
    report.rows.insert(report.rows.index(row) + 1, twin)
    return twin
