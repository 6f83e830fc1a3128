"""
Make workbooks as offices send them, with defects of known place and kind.

A `Report` is a list of rows, which `put` and its like spoil; `lay_out` lays it out, as the grids of
a `Form`; `save` writes those as xlsx or csv. Nothing here uses the reader that is tested.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter

from hganalysis import frames, indicators, places, words

HEADERS = {
    "code": "Mã xã",
    "district": "Huyện, thị xã, thành phố",
    "commune": "Xã, phường, thị trấn",
    "period": "Năm",
    "teams": "Số tổ công nghệ số cộng đồng",
    "members": "Số thành viên",
    "population": "Dân số",
    "households": "Số hộ",
}
FIRST = "first"
"""The field of a defect of a whole row, which is found on its first cell."""
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
Place = tuple[str, int, int]
"""Sheet, row and column of a cell, from 1; column 0 for any of the row."""


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
    """Of a total: the name of its district; empty for all rows."""


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

    def data(self, period: int | None = None) -> list[Row]:
        rows = self.rows
        return [row for row in rows if period in (None, row.cells.get("period"))]

    def of(self, code: str, period: int | None = None) -> Row:
        rows = [row for row in self.data(period) if row.cells["code"] == code]
        return rows[0]


@dataclass(frozen=True)
class Layout:
    """How a report is laid out."""

    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    headers: str = "vi"
    """`vi`, `en`, `machine`, `form` or `counts`."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Other texts of headers, by their field."""
    blanks: bool = False
    totals: str = ""
    """`districts` (below the communes of each), `above` (before them), `heads` (before them and
    without numbers), `all`, or some of the words."""
    mark: str = ""
    """What numbers a district above its communes."""
    by_period: bool = False
    file: str = "xlsx"
    encoding: str = "utf-8-sig"
    without: tuple[str, ...] = ()
    merged: bool = False
    first: bool = False
    """Whether only the first row of a district names it."""
    numbered: bool = False
    two_rows: bool = False
    units: Mapping[str, str] = field(default_factory=dict)


@cache
def lists() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the communes and the districts, read once."""
    return places.units(), places.compared()


@cache
def demo() -> tuple[dict, dict]:
    """Give the counts and the teams of the simulated province, by their keys."""
    keys = ["code", "period"]
    counts = frames.reports().set_index([*keys, "indicator"])[["count", "out_of"]]
    teams = frames.teams().set_index(keys)[["teams", "members"]]
    return counts.to_dict("index"), teams.to_dict("index")


@cache
def district_names() -> dict:
    """Name each district by its code."""
    return lists()[1]["name_vi"].to_dict()


def home(row: Row) -> str:
    """Give the code of the district that a row is really of."""
    code = row.cells.get("_home", row.cells.get("code"))
    return lists()[0]["compared_code"].get(code, "")


@cache
def fields_of(period: int) -> list[str]:
    """List the fields that a report of a year fills in."""
    fields = ["code", "district", "commune", "period", "teams", "members"]
    for name in indicators.names():
        if period in indicators.periods(name):
            fields.append(f"{name}.count")
            if indicators.get(name, period=period).denominator != "residents":
                fields.append(f"{name}.out_of")
    return fields


def report(periods=(2022,), *, more=(), codes=None) -> Report:
    """Make a report without a fault out of the simulated province."""
    communes, _ = lists()
    counts, teams = demo()
    fields = [name for period in periods for name in fields_of(period)]
    names = [*dict.fromkeys(fields), *more]
    rows = []
    order = communes.sort_values("compared_code", kind="stable").index
    listed = communes.to_dict("index")
    for period in periods:
        for code in order if codes is None else codes:
            commune = listed[code]
            cells = {"code": code, "district": district_names()[commune["compared_code"]]}
            cells |= {"commune": commune["name_vi"], "period": period}
            cells |= {name: int(number) for name, number in teams[code, period].items()}
            cells |= {name: int(commune[name]) for name in ("population", "households")}
            for name in fields_of(period)[6:]:
                measure, part = name.split(".")
                cells[name] = int(counts[code, period, measure][part])
            in_order = {key: cells[key] for key in names if key in cells}
            rows.append(Row("accepted", in_order))
    report_made = Report(rows, names)
    # people who stopped using an app: the simulated province has some
    for later in report_made.data(2023) if len(periods) > 1 else []:
        before = report_made.of(later.cells["code"], 2022).cells
        if later.cells["app_users.count"] < before["app_users.count"]:
            report_made.planted.append(Planted(later, "app_users.count", "falls", "warning"))
    return report_made


def fill(file, period, *, change=None):
    """Fill a template in with the simulated province, as a person would: only the open cells."""
    counts = frames.reports().set_index(["code", "period", "indicator"])
    teams = frames.teams().set_index(["code", "period"])
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=3):
        code = row[0].value
        fields = [cell.value for cell in sheet[2]]
        for cell, name in zip(row, fields, strict=True):
            if cell.protection.locked:
                continue
            measure, _, part = name.partition(".")
            if name in ("teams", "members"):
                cell.value = int(teams.loc[(code, period), name])
            elif part == "count" or measure == "files_online":
                number = counts.loc[(code, period, measure), part]
                cell.value = int(number)
    if change:
        change(sheet)
    book.save(file)
    return file


# --- laying out ---


@dataclass
class Form:
    """The grids of a report, and what stands where in them."""

    layout: Layout
    columns: dict[str, int]
    sheets: dict[str, list[list[object]]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    heads: dict[str, list[Place]] = field(default_factory=dict)
    looks: dict[Place, str] = field(default_factory=dict)
    """The number formats of cells, or `struck`."""
    hidden: set[tuple[str, int]] = field(default_factory=set)
    comments: dict[Place, str] = field(default_factory=dict)
    file: Path = Path()

    def at(self, row: Row) -> tuple[str, int]:
        rows = enumerate(self.rows[row.sheet], 1)
        return row.sheet, next(number for number, listed_row in rows if listed_row is row)

    def place(self, row: Row, name: str) -> Place:
        return (*self.at(row), self.columns[name])

    def get(self, place: Place) -> object:
        sheet, row, column = place
        return self.sheets[sheet][row - 1][column - 1]

    def put(self, place: Place, value: object) -> None:
        line = self.sheets[place[0]][place[1] - 1]
        line += [None] * (place[2] - len(line))
        line[place[2] - 1] = value

    def kinds(self, report: Report) -> dict[tuple[str, int], str]:
        """Give the kind that each row should have."""
        errors = [defect for defect in report.planted if defect.severity == "error"]
        wrong = {id(defect.row) for defect in errors}
        kinds = {}
        for sheet, rows in self.rows.items():
            for number, row in enumerate(rows, 1):
                is_wrong = id(row) in wrong and row.kind == "accepted"
                kinds[sheet, number] = "rejected" if is_wrong else row.kind
        return kinds

    def expected(self, report: Report) -> list[tuple[str, int, str, str, str]]:
        """Give each planted defect as sheet, row, column, rule and severity."""
        letters = {name: chr(ord("A") + number - 1) for name, number in self.columns.items()}
        letters[FIRST] = "A"
        defects = []
        for defect in report.planted:
            place = self.at(defect.row) if defect.row else ("", 0)
            column = letters.get(defect.field, "")
            defects.append((*place, column, defect.rule, defect.severity))
        return defects


def header(name: str, layout: Layout) -> str:
    """Head a column as the layout wants it."""
    if name in layout.called or layout.headers == "machine":
        return layout.called.get(name, name)
    english = layout.headers == "en"
    if "." not in name:
        return name.capitalize() if english else HEADERS[name]
    measure, part = name.split(".")
    with words.use("en" if english else "vi"):
        measure_described = indicators.get(measure, period=indicators.periods(measure)[0])
        if layout.headers == "form":
            text = words.term(
                "template.count", counts=measure_described.counts, when=measure_described.when
            )
            text = text.split(" (")[0]
            blanks = {"out_of": measure_described.out_of, "label": measure_described.label}
            of = words.term("template.out_of_other", **blanks)
            return text if part == "count" else of
        if layout.headers == "counts" and part == "count":
            return measure_described.counts
        of = ("count", "out of") if english else ("số đếm", "trên tổng số")
        return f"{measure_described.label} ({of[part != 'count']})"


def lay_out(report: Report, layout: Layout) -> Form:
    """Put titles, headers, totals, blanks and notes around the rows, sheet by sheet."""
    names = [name for name in report.fields if name not in layout.without]
    form = Form(layout, {name: number for number, name in enumerate(names, 1)})
    sheets: dict[str, list[Row]] = {}
    for row in report.rows:
        if layout.file == "csv":
            row.sheet = "report"  # the name of a sheet is that of the file
        elif layout.by_period and row.sheet == "Báo cáo":
            row.sheet = f"Năm {row.cells['period']}"
        sheets.setdefault(row.sheet, []).append(row)
    for name, rows in sheets.items():
        _sheet(form, report, name, rows)
    form.hidden = {form.at(row) for row in report.hidden}
    return form


def _sheet(form: Form, report: Report, name: str, rows: list[Row]) -> None:
    layout = form.layout
    top = [Row("title", label=text) for text in layout.titles]
    n_heads = 1 + layout.two_rows + bool(layout.units) + layout.numbered
    heads = [Row("header")] * n_heads
    below = [Row("note", label=text) for text in layout.notes]
    blank = [Row("blank")] * bool(below)
    lines = [*top, *heads, *_body(rows, layout), *blank, *below]
    while lines[-1].kind == "blank":  # a file ends with its last filled row
        lines.pop()
    form.rows[name] = lines
    for scope, field_, by in report.off:
        totals = [row for row in lines if row.kind == "total" and row.scope == scope]
        total = totals[0]
        total.cells[field_] += by
        report.planted.append(Planted(total, field_, "sum_differs"))
    form.sheets[name] = [_line(row, form) for row in lines]
    for row in lines:
        row.sheet = name
    _heads(form, name, len(top) + 1)
    if layout.merged or layout.first:
        _districts(form, name)


def _body(rows: list[Row], layout: Layout) -> list[Row]:
    lines: list[Row] = []
    block: list[Row] = []
    number = 0
    next_rows = [*rows[1:], None]
    for row, following in zip(rows, next_rows, strict=True):
        block.append(row)
        if following is not None and _block(row) == _block(following):
            continue
        district = district_names().get(home(row), "")
        sums = Row("total", label=f"Cộng {district}", scope=district)
        if "above" in layout.totals or "heads" in layout.totals:
            heading = str(block[0].cells.get("district") or district)
            sums.kind = "total" if "above" in layout.totals else "header"
            sums.label = layout.mark.format(ROMAN[number % 8]) + heading
            lines.append(sums)
        lines += block
        if "districts" in layout.totals:
            lines.append(sums)
        lines += [Row("blank")] * layout.blanks
        block = []
        number += 1
    if "all" in layout.totals:
        lines.append(Row("total", label="TỔNG CỘNG"))
    for total in [row for row in lines if row.kind == "total"]:
        for row in rows:
            is_inside = not total.scope or district_names().get(home(row)) == total.scope
            if not is_inside or row.cells.get("_apart"):
                continue
            for name, value in row.cells.items():
                if type(value) in (int, float) and name not in NO_SUM:
                    total.cells[name] = total.cells.get(name, 0) + value
    return lines


NO_SUM = {"code", "period", "STT", "area", "nothing"}


def _block(row: Row) -> tuple[object, str]:
    return row.cells.get("period"), home(row)


def _line(row: Row, form: Form) -> list[object]:
    if row.kind in {"title", "note"}:
        if row.label.startswith("Đơn vị tính"):
            return [None, None, row.label]
        return [row.label]
    cells = [row.cells.get(name) for name in form.columns]
    if row.label:
        cells[form.columns.get("commune", 1) - 1] = row.label
    return cells


def _heads(form: Form, sheet: str, top: int) -> None:
    """Write the headers, in two rows where a measure has two columns side by side."""
    layout = form.layout
    grid = form.sheets[sheet]
    row_number = top
    merges = form.merges.setdefault(sheet, [])
    for name, column in form.columns.items():
        form.put((sheet, top, column), header(name, layout))
        places_of_head = form.heads.setdefault(name, []).append
        places_of_head((sheet, top, column))
    if layout.two_rows:
        row_number += 1
        joined = []
        for name, column in form.columns.items():
            if form.columns.get(name.replace(".count", ".out_of")) == column + 1:
                joined.append(column)
        for column in form.columns.values():
            if column in joined:
                measure = list(form.columns)[column - 1].split(".")[0]
                both = slice(column - 1, column + 1)
                grid[top - 1][both] = [indicators.measure_label(measure), None]
                grid[row_number - 1][both] = ["Số đếm", "Trên tổng số"]
                merges.append((top, column, top, column + 1))
            elif column - 1 not in joined:
                merges.append((top, column, row_number, column))
    if layout.units:
        row_number += 1
        grid[row_number - 1] = [layout.units.get(name) for name in form.columns]
    if layout.numbered:
        numbers = range(1, len(form.columns) + 1)
        grid[row_number] = [str(column) for column in numbers]


def _districts(form: Form, sheet: str) -> None:
    """Name a district only in the first row of its block, or in one merged cell."""
    column = form.columns["district"]
    start = 0
    districts = []
    for row in [*form.rows[sheet], Row("end")]:
        is_accepted = row.kind == "accepted"
        key = (row.cells["period"], row.cells["district"]) if is_accepted else None
        districts.append(key)
    for number, (district, district_after) in enumerate(pairwise(districts), 1):
        if start and district == districts[start - 1]:
            form.put((sheet, number, column), None)
        else:
            start = number if district else 0
        if form.layout.merged and start and district_after != district and number > start:
            form.merges[sheet].append((start, column, number, column))


# --- writing ---


def write(report: Report, layout: Layout, file: Path) -> Form:
    """Write a report as a file of the layout's kind."""
    form = lay_out(report, layout)
    save(form, file)
    return form


def save(form: Form, file: Path) -> None:
    """Write the grids of a form; what is None stays empty."""
    form.file = file
    {".xlsx": _xlsx, ".csv": _csv}[file.suffix](form, file)


def _xlsx(form: Form, file: Path) -> None:
    # in memory: of a form ten files were written and removed
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        kinds = {"struck": {"font_strikeout": True}, "super": {"font_script": 1}}
        kinds[""] = {}
        look_names = {*kinds, *form.looks.values(), "0%"}
        looks = {}
        for look_name in look_names:
            options = kinds.get(look_name, {"num_format": look_name})
            looks[look_name] = book.add_format(options)
        for name, grid in form.sheets.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(grid):
                if (name, row + 1) in form.hidden:
                    sheet.set_row(row, options={"hidden": True})
                for column, value in enumerate(line):
                    name_of_look = form.looks.get((name, row + 1, column + 1))
                    look = looks.get(name_of_look)
                    if isinstance(value, list):
                        parts = []
                        for text, kind in value:
                            parts += [looks[kind], text]
                        sheet.write_rich_string(row, column, *parts)
                    elif isinstance(value, Formula):
                        saved = "" if value.value is None else value.value
                        sheet.write_formula(row, column, value.text, None, saved)
                    elif isinstance(value, Percent):
                        sheet.write_number(row, column, value.value, looks["0%"])
                    elif isinstance(value, str):
                        sheet.write_string(row, column, value, look)
                    elif value is not None:
                        sheet.write_number(row, column, value, look)
            for top, left, bottom, right in form.merges.get(name, []):
                text = grid[top - 1][left - 1]
                sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, text)
            for (sheet_name, row, column), text in form.comments.items():
                if sheet_name == name:
                    sheet.write_comment(row - 1, column - 1, text)


def _csv(form: Form, file: Path) -> None:
    [grid] = form.sheets.values()
    width = max(map(len, grid))
    encoding = form.layout.encoding
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if "16" in encoding else ",")
    for line in grid:
        cells = ["" if cell is None else cell for cell in line]
        writer.writerow(cells + [""] * (width - len(line)))
    content = text.getvalue()
    if encoding == "cp1258":
        content = for_windows(content)
    file.write_bytes(content.encode(encoding))


def for_windows(text: str) -> str:
    """Take the tone marks off the letters, as Windows-1258 wants them, and no other mark."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters_apart = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        rest = "".join(mark for mark in parts if mark not in tones)
        tone = [mark for mark in parts if mark in tones]
        letters_apart += [unicodedata.normalize("NFC", rest), *tone]
    return "".join(letters_apart)


# --- planting ---


def put(
    name: str,
    value,
    rule: str,
    *,
    row_number: int = 7,
    severity="error",
    period=None,
    place: str = "",
):
    """Plant a value into a cell; `place` is the field where the fault is found, if another."""

    def plant(report: Report) -> None:
        row = report.data(period)[row_number]
        cell = value(row.cells) if callable(value) else value
        row.cells = {"_home": row.cells["code"], **row.cells, name: cell}
        defect = Planted(row, place or name, rule, severity)
        if rule and defect not in report.planted:
            report.planted.append(defect)

    return plant


def several(*plants):
    """Plant several defects into one report."""
    return lambda report: [plant(report) for plant in plants]


def change_row(row_number: int, **cells):
    """Change cells of a row without any fault: another way of writing."""

    def plant(report: Report) -> None:
        row = report.data()[row_number]
        code = row.cells["code"]
        row.cells = {**row.cells, **cells, "_home": code}

    return plant


def add_copy(report: Report, row_number: int, **cells_changed) -> Row:
    """Add a copy of a row at the end of its district."""
    row = report.data()[row_number]
    cells = {**row.cells, **cells_changed, "_apart": True}
    twin = replace(row, cells=cells)
    report.rows.insert(report.rows.index(row) + 1, twin)
    return twin
