"""Turn the rows of a table into typed cells, and note each that is read otherwise than written."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from .. import limits, words
from . import formats
from .faults import Change, Fault, show
from .formats import shown
from .headers import meaning, title
from .numbers import Answer, Number, read_column, whole
from .sheets import FOOTNOTES, Sheet, Value, address, is_blank, letter
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from .layout import Kind, Layout
    from .tables import Table

COUNTED = {"data", "rejected", "total"}
"""Kinds of rows whose cells are read."""

Line = tuple[str, int, str, str, str, object]
"""One cell: sheet, row, column, field, raw, value."""


@dataclass
class Found:
    """What reading a table brings; `refused` are its rows, by sheet, where all of them are."""

    cells: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    refused: set[tuple[str, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Part:
    """
    A table, with the layout of the sheet it stands on.

    `answer` is what a person says its decimal mark is, where somebody does.
    """

    lay: Layout
    table: Table
    known: Vocabulary
    answer: Answer | None = None

    @property
    def sheet(self) -> Sheet:
        """The sheet it stands on."""
        return self.lay.sheet

    @property
    def kinds(self) -> dict[int, Kind]:
        """The kind of each row of the sheet."""
        return self.lay.kinds

    @property
    def rows(self) -> list[int]:
        """The rows whose cells are read."""
        return [row for row in self.table.rows if self.kinds[row].kind in COUNTED]

    @cached_property
    def zeros(self) -> set[int]:
        """The columns of which every formula gives nothing: a program saved them uncomputed."""
        values: dict[int, list[Value]] = {}
        for row, at in self.sheet.formulas:
            if row in self.table.rows and self.kinds[row].kind == "data":
                values.setdefault(at, []).append(self.sheet.value(row, at))
        return {at for at, some in values.items() if len(some) > 1 and not any(some)}

    def source(self, row: int, column: int) -> int:
        """Give the row that the value of a cell of places stands in, of merged cells the first."""
        return self.table.filled.get(row, {}).get(column, row)

    def of_year(self, column: int, field: str) -> str:
        """Name a field with its year where years stand side by side: members@2023."""
        year = self.table.years.get(column) if self.table.across else None
        return f"{field}@{year}" if year else field


def read(part: Part) -> Found:
    """
    Read all cells of a table that belong to known columns.

    Parameters
    ----------
    part
        The table. Its totals are read as well: sums are held against them.

    Returns
    -------
    found
        Cells in the order of rows and columns; a year from a title is not among them.
    """
    found = Found()
    measures = _measures(part, found)
    for column, one in part.table.columns.items():
        if len(found.faults) > limits.MOST_FAULTS:
            break  # which is refused as a whole: see reading
        if one.field in {"code", "commune", "district", "district_code", "province"}:
            _read_texts(part, column, found)
        elif one.field == "year":
            _read_years(part, column, found)
        elif column in part.table.numbers and not one.field.endswith("share"):
            _read_numbers(part, column, measures, found)
    _merged_numbers(part, found)
    _cut_wrong(part, found)
    _sections(part, found)
    return found


# --- texts ---


def _read_texts(part: Part, column: int, found: Found) -> None:
    sheet, name, at = part.sheet, part.table.columns[column].field, letter(column)
    above = ""
    fill = name == "district" and not part.table.dense
    for row in part.table.rows:
        kind = part.kinds[row]
        if _heads_a_district(kind):
            above = kind.label
        if kind.kind not in COUNTED:
            continue
        source = part.source(row, column)
        raw = _raw(sheet, source, column)
        if raw and name in {"code", "district_code"}:
            raw = _code(part, row, column, raw, found)
        if raw and source != row:
            _change(part, row, column, ("", raw, "why_merged"), found)
        if not raw and fill and above and kind.kind == "data":
            raw = above
            _change(part, row, column, ("", raw, "why_above"), found)
        if _refused(part, source, column, found, row=row) or not raw:
            continue
        if kind.kind == "data":
            above = raw
        value = _name(raw)
        if value != " ".join(raw.split()):
            _change(part, row, column, (raw, value, "why_mark"), found)
        found.cells.append((sheet.name, row, at, name, raw if source == row else "", value))


def _raw(sheet: Sheet, row: int, column: int) -> str:
    return shown(sheet.value(row, column), sheet.formats.get((row, column), ""))


def _name(raw: str) -> str:
    """Take the mark of a footnote off a name."""
    return " ".join(raw.rstrip(FOOTNOTES).split()) or raw


def _code(part: Part, row: int, column: int, raw: str, found: Found) -> str:
    """Take a code out of what Excel needs around it: ="00027", or a figure of its own."""
    plain = re.fullmatch(r'="?([0-9]+)"?', raw)
    if plain and plain[0] != plain[1]:
        _change(part, row, column, (raw, plain[1], "why_code"), found)
        return plain[1]
    return raw


def _sections(part: Part, found: Found) -> None:
    """Give the communes below the row of a district that district, where no column names it."""
    rows = [row for row in part.table.rows if part.kinds[row].kind in {*COUNTED, "header"}]
    heads = {row for row in rows if _heads_a_district(part.kinds[row])}
    data = [row for row in rows if part.kinds[row].kind == "data"]
    if not heads or not data or part.table.of("district") or min(data) < min(heads):
        return
    district = ""
    for row in rows:
        if row in heads:
            district = part.kinds[row].label
        elif part.kinds[row].kind == "data":
            found.cells.append((part.sheet.name, row, "", "district", "", _name(district)))
            _change(part, row, 0, ("", district, "why_section"), found)


def _heads_a_district(kind: Kind) -> bool:
    """Say whether a row names a district for the rows below: not where it adds up those above."""
    return kind.level == "district" and not kind.label.lower().startswith(_SUMS)


_SUMS = ("tổng", "cộng", "toàn", "cả", "tong", "cong", "toan", "ca", "total", "sub", "grand", "sum")


# --- years ---


def _read_years(part: Part, column: int, found: Found) -> None:
    sheet, at = part.sheet, letter(column)
    for row in part.rows:
        source = part.source(row, column)
        if _refused(part, source, column, found, row=row):
            continue
        raw = _raw(sheet, source, column)
        if not raw:
            continue
        year = re.fullmatch(r"(?:năm |nam |year )?((?:19|20)[0-9]{2})", raw.lower())
        if year is None:
            if part.kinds[row].kind == "data":
                found.faults.append(_fault("no_year", part, row, column, found=raw))
            continue
        if source != row:
            _change(part, row, column, ("", year[1], "why_merged"), found)
        elif year[1] != raw:
            _change(part, row, column, (raw, year[1], "why_text"), found)
        found.cells.append(
            (sheet.name, row, at, "year", raw if source == row else "", int(year[1]))
        )


# --- numbers ---


def _measures(part: Part, found: Found) -> dict[int, str] | None:
    """Give each row of a long table the name of its measure."""
    columns = part.table.of("indicator")
    if not columns:
        return None
    [column] = columns[:1]
    measures = {}
    for row in part.rows:
        source = part.source(row, column)
        raw = _raw(part.sheet, source, column)
        one = meaning(raw, part.known) if raw else None
        exact = raw if any(name == f"{raw}.count" for name in part.known.exact) else ""
        # a measure of another year is another thing
        plain = one is not None and not (one.part or one.year)
        measures[row] = exact or (one.indicator if one is not None and plain else "")
        if not measures[row] and part.kinds[row].kind == "data":
            found.faults.append(_fault("unknown_indicator", part, row, column, found=raw))
    return measures


def _read_numbers(part: Part, column: int, measures: dict[int, str] | None, found: Found) -> None:
    sheet, name, at = part.sheet, part.table.columns[column].field, letter(column)
    long = name in {"count", "out_of"}
    cells = {row: _as_shown(sheet, row, column) for row in part.rows}
    numbers = _written(cells, part.answer)
    beside = (*sheet.formulas, *sheet.formats, *sheet.errors, *sheet.struck)
    special = {row for row, at in beside if at == column}
    for row, cell in cells.items():
        if (is_blank(cell) and row not in special) or (
            (row in special or row in numbers) and _refused(part, row, column, found, row=row)
        ):
            continue
        own = f"{measures.get(row, '')}.{name}" if measures is not None and long else name
        if own.startswith("."):
            continue
        own = part.of_year(column, own)
        raw = shown(cell)
        number = numbers.get(row)
        if number is None:
            found.cells.append((sheet.name, row, at, own, raw, whole(cell)))  # type: ignore[arg-type]
            continue
        if number.rule and number.rule != "missing":
            found.faults.append(_number_fault(part, row, column, raw, number, own))
            continue
        _log_text(part, row, column, raw, number, found)
        found.cells.append((sheet.name, row, at, own, raw, number.value))


def _written(cells: dict[int, Value], answer: Answer | None) -> dict[int, Number]:
    """Read the cells of a column that are no whole numbers of the workbook, or that may not be."""
    written = {
        row
        for row, cell in cells.items()
        if type(cell) is not int and not (type(cell) is float and cell.is_integer())
    }
    if not written:
        return {}
    numbers = read_column(list(cells.values()), answer.mark if answer else None)
    return {
        row: number
        for row, number in zip(cells, numbers, strict=True)
        if row in written or number.rule
    }


def _as_shown(sheet: Sheet, row: int, column: int) -> Value:
    """Give a cell; a text with what its number format puts around it."""
    value, code = sheet.grid[row - 1][column - 1], sheet.formats.get((row, column), "")
    return shown(value, code) if code and isinstance(value, str) else value


def _shows_another(value: float, code: str) -> bool:
    """Say whether a number format shows another number than the cell holds."""
    told = shown(value, code)
    if told in {"", "-", "–", "—"}:  # bookkeepers write nothing so
        return value != 0
    [number] = read_column([told])
    return bool(number.rule) or number.value != whole(value)


def _log_text(part: Part, row: int, column: int, raw: str, number: Number, found: Found) -> None:
    after = "" if number.value is None else f"{number.value:.15g}"
    if number.rule == "missing":
        _change(part, row, column, (raw, "", "why_missing"), found)
    elif number.answered and part.answer:
        who: dict[str, object] = {"who": part.answer.who}
        found.changes.append(Change(part.sheet.name, row, column, raw, after, "why_answer", who))
    elif raw != after:
        _change(part, row, column, (raw, after, "why_note" if number.note else "why_text"), found)
    if _ESTIMATE.search(number.note):
        found.faults.append(_fault("estimate", part, row, column, found=raw, severity="warning"))


_ESTIMATE = re.compile(r"ước|uoc|tạm|tam tinh|est|sơ bộ")


def _number_fault(part: Part, row: int, column: int, raw: str, number: Number, name: str) -> Fault:
    readings = words.term("reading.or").join(map(show, number.readings))
    return _fault(number.rule, part, row, column, found=raw, field=name, readings=readings or "–")


def _refused(part: Part, source: int, column: int, found: Found, *, row: int) -> bool:
    """
    Refuse what a cell cannot say: an error, a formula nobody computed, a date, a per cent, what
    is struck out, a number that looks like another.

    `source` is the row its value stands in, `row` the one it is read for.
    """
    sheet, place = part.sheet, (source, column)
    formula = sheet.formulas.get(place)
    value, code = sheet.value(*place), sheet.formats.get(place, "")
    raw = shown(value, code)
    if place in sheet.errors:
        found.faults.append(_fault("formula_error", part, row, column, found=sheet.errors[place]))
        return True
    if place in sheet.uncomputed or (formula and place[1] in part.zeros and value == 0):
        found.faults.append(_fault("uncomputed", part, row, column, found=formula or "="))
        return True
    if place in sheet.struck:
        out = sheet.struck[place]
        valid = [one for one in sheet.runs.get(place, ()) if not one.struck and one.text.strip()]
        rule = "struck_part" if valid else "struck"
        found.faults.append(_fault(rule, part, row, column, found=raw, struck=out))
        return True
    if formats.is_percent(code) and isinstance(value, int | float):
        found.faults.append(_fault("percent", part, row, column, found=raw, readings=raw))
        return True
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        found.faults.append(_fault("date", part, row, column, found=raw, readings="–"))
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if code and number and column in part.table.numbers:
        told = {"shown": raw or "–", "stored": shown(value)}
        if _shows_another(value, code):  # type: ignore[arg-type]
            found.faults.append(_fault("shown_differs", part, row, column, found=raw, **told))
            return True
        if not raw:
            found.faults.append(
                _fault("shown_empty", part, row, column, found=raw, severity="warning", **told)
            )
    if formula is not None and value is not None and source == row:
        _change(part, row, column, (formula, raw, "why_formula"), found)
    return False


def _cut_wrong(part: Part, found: Found) -> None:
    """Refuse a row of a csv with more fields than its header: it was cut within a number."""
    widths = part.sheet.widths
    if not widths:
        return
    most = max(widths[row - 1] for row in part.table.header)
    for row in part.rows:
        if widths[row - 1] > most:
            told = {"fields": widths[row - 1], "expected": most}
            found.faults.append(Fault("ragged", part.sheet.name, row, blanks=told))


def _merged_numbers(part: Part, found: Found) -> None:
    """Refuse a number that stands for several rows or several columns at once."""
    counted, last = set(part.rows), part.table.rows.stop
    for merge in part.sheet.merges:
        # as far as the table reaches: a merged cell may go on for ever below
        reach = range(max(merge.top, part.table.rows.start), min(merge.bottom + 1, last))
        rows = [row for row in reach if row in counted]
        columns = [at for at in part.table.numbers if merge.left <= at <= merge.right]
        if not columns or len(rows) * len(columns) < 2:
            continue
        raw = _raw(part.sheet, merge.top, merge.left)
        if raw and merge.left in part.table.numbers:
            found.faults += [
                _fault("merged_number", part, row, columns[0], found=raw, merge=str(merge))
                for row in rows
            ]


# --- notes ---


def _change(part: Part, row: int, column: int, what: tuple[str, str, str], found: Found) -> None:
    before, after, why = what
    found.changes.append(Change(part.sheet.name, row, column, before, after, why))


def _fault(rule: str, part: Part, row: int, column: int, **values: object) -> Fault:
    # nothing is lost where a total cannot be read: it only cannot be held against its parts
    severity = "warning" if part.kinds[row].kind == "total" else values.pop("severity", "error")
    values.pop("severity", None)
    return Fault(
        rule,
        part.sheet.name,
        row,
        column,
        field=str(values.pop("field", part.of_year(column, part.table.columns[column].field))),
        found=str(values.pop("found", "")),
        severity="warning" if severity == "warning" else "error",
        blanks={"cell": address(row, column), "header": title(part.table, column), **values},
    )
