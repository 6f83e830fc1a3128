"""Find the tables of a sheet: where each header stands, and what its columns are."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from .. import indicators, limits, study, words
from ..grid import Cell, Sheet, UnreadableError, letter
from .headings import (
    ANY_YEAR,
    fits,
    heading,
    is_percent,
    is_share,
    is_time,
    is_unit,
    meaning,
)
from .numbers import looks_like_one
from .rows import Kind, is_total, kinds, level_of
from .vocabulary import PLACE, TEXTS, UNUSED, Meaning, Vocabulary, called, tidy

if TYPE_CHECKING:
    from .faults import Log


@dataclass
class Table:
    """
    A header and the rows below it.

    `header` are its rows; `columns` the heading of each column by its number, `texts` the texts
    of that heading from the top down, `named` the row that the last of them stands in; `rows` all
    filled rows below, up to the next table, and `kinds` what each is. `refused` says why all of its
    rows are, where something is wrong with it as a whole.
    """

    sheet: Sheet
    header: range
    rows: list[int]
    columns: dict[int, Meaning] = field(default_factory=dict)
    texts: dict[int, tuple[str, ...]] = field(default_factory=dict)
    named: dict[int, int] = field(default_factory=dict)
    kinds: dict[int, Kind] = field(default_factory=dict)
    refused: str = ""

    def of(self, *fields: str) -> list[int]:
        """List the columns that hold any of some fields, from the left."""
        return [at for at, one in self.columns.items() if one.field in fields]

    @cached_property
    def places(self) -> list[int]:
        """The columns that name a place."""
        return self.of(*PLACE)

    @cached_property
    def numbers(self) -> list[int]:
        """The columns that hold numbers of the report."""
        others = {"", *PLACE, "year", "indicator", *UNUSED}
        fields = {at: one.field for at, one in self.columns.items()}
        return [at for at, one in fields.items() if one not in others and not is_share(one)]

    @cached_property
    def years(self) -> dict[int, int]:
        """The year of each column of numbers that names one."""
        return {at: year for at in self.numbers if (year := self.columns[at].year)}

    @property
    def across(self) -> bool:
        """Whether years stand side by side: then each row is of several."""
        return len(set(self.years.values())) > 1 and not self.of("year")

    @cached_property
    def counted(self) -> list[int]:
        """The rows that are places or totals."""
        return [row for row in self.rows if self.kinds[row].counted]

    @cached_property
    def dense(self) -> bool:
        """Whether each row names its district, not only the first of a district's rows."""
        last = ""
        for row in self.rows if self.of("district") else ():
            district, *communes = (
                one.shown if (one := self.sheet.cells.get((row, at))) else ""
                for at in (*self.of("district")[:1], *self.of("code", "commune"))
            )
            if any(map(is_total, communes)):
                continue
            if district and any(communes) and district == last:
                return True
            # the first row of a district names it once more where another year of it begins
            last = district if any(communes) else last
        return False

    def title(self, column: int) -> str:
        """Give the header of a column as its sender wrote it, in one line."""
        texts = dict.fromkeys(self.texts.get(column, ()))
        return " – ".join(" ".join(text.split()) for text in texts)

    def row_of(self, column: int = 0) -> int:
        """Give the row of the header that a fault of a column, or of the whole table, is of."""
        last = self.header.stop - 1
        if column:
            return self.named.get(column, last)
        return max(self.named.values(), default=last)  # above units and numbers


def tables(sheet: Sheet, known: Vocabulary) -> list[Table]:
    """
    Find the tables of a sheet, from the top down.

    A header has at least two known columns and no numbers; rows above and below belong to it
    where they are known too, number its columns, or share a merged cell with it.

    Raises
    ------
    UnreadableError
        If there are more of them than any report has.
    """
    blocks: list[range] = []
    for row, cells in sheet.rows.items():
        stop = blocks[-1].stop if blocks else 1
        if row >= stop and _is_header(cells, known):
            blocks.append(_block(sheet, row, known, floor=stop))
            if len(blocks) > limits.MOST_TABLES:
                raise UnreadableError(
                    rule="too_many_tables", sheet=sheet.name, row=row, most=limits.MOST_TABLES
                )
    rows = list(sheet.rows)
    starts = [bisect_left(rows, block.stop) for block in blocks]
    ends = [*(bisect_left(rows, block.start) for block in blocks[1:]), len(rows)]
    return [
        _table(Table(sheet, block, rows[start:end]), known)
        for block, start, end in zip(blocks, starts, ends, strict=False)
    ]


# --- where a header is ---


def _are_headers(cells: list[Cell]) -> bool:
    """Say whether cells can be headers: texts and years, no other numbers."""
    return all(
        (isinstance(one.value, str) and (not looks_like_one(one.value) or is_time(one.value)))
        or _is_year(one)
        for one in cells
    )


def _is_header(cells: list[Cell], known: Vocabulary) -> bool:
    if len(cells) < 2 or not isinstance(cells[0].value, str) or not _are_headers(cells):
        return False
    texts = {one.shown for one in cells}
    plain_row = all(text.isascii() for text in texts)
    said = {meaning(text, known, plain_row=plain_row) for text in texts} - {None}
    # A row of words may hold one or two that are also headers; three, or half of a row, are no
    # accident, and one of them must name a thing.
    names = any(one.field or one.indicator for one in said if one)
    return names and len(said) >= 2 and (len(said) >= 3 or 2 * len(said) >= len(texts))


_TALLEST = 6  # rows of a header: more than any form has


def _block(sheet: Sheet, anchor: int, known: Vocabulary, *, floor: int) -> range:
    """Give all rows of the header whose first well-known row is `anchor`."""
    tall = [
        range(top, bottom + 1)
        for top, _, bottom, _ in sheet.merges
        if top <= anchor <= bottom and 0 < bottom - top < _TALLEST
    ]
    first = max(floor, min([anchor, *(one.start for one in tall)]))
    last = max([anchor, *(one.stop - 1 for one in tall)])
    while first > floor and _is_group(sheet.rows.get(first - 1, []), known):
        first -= 1
    while _goes_on(sheet.rows.get(last + 1, []), known):
        last += 1
    return range(first, last + 1)


def _is_group(cells: list[Cell], known: Vocabulary) -> bool:
    """Say whether a row above a header belongs to it: it heads some of its columns."""
    if not cells or not _are_headers(cells):
        return False
    said = [meaning(one.shown, known) for one in cells]
    if any(one is not None and (one.field or one.indicator) for one in said):
        return True
    # a year or a plan over some columns; in the first one it is a title
    later = [one for one, cell in zip(said, cells, strict=True) if cell.column > 1]
    return not _names_place(cells, known) and any(map(_is_when, later))


def _names_place(cells: list[Cell], known: Vocabulary) -> bool:
    """Say whether a cell is the name of a commune or a district, as those of a row are."""
    return any(isinstance(one.value, str) and level_of(one.shown, known) for one in cells)


def _is_when(one: Meaning | None) -> bool:
    """Say whether a heading tells a year, a period or a plan, and nothing else."""
    return one is not None and not one.names and bool(one.year or one.when)


def _goes_on(cells: list[Cell], known: Vocabulary) -> bool:
    """Say whether a row below a header is still part of it."""
    if not cells or _counts_columns(cells) or _are_units(cells):
        return bool(cells)
    if not _are_headers(cells) or all(map(_is_year, cells)):
        return _are_headers(cells)
    row_of_place = _names_place(cells, known)  # its year is no heading
    said = [one for cell in cells if (one := meaning(cell.shown, known))]
    found = [one for one in said if one.names or (_is_when(one) and not row_of_place)]
    return len(found) >= 1 and 2 * len(found) >= len(cells)


_ORDINAL = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\]]?(?: ?= ?[0-9()+\-*/x:% ]+)?")


def _counts_columns(cells: list[Cell]) -> bool:
    """Recognise the row that numbers the columns of a form: A, B, 1, 2, 3=1+2."""
    found = [_ORDINAL.fullmatch(one.shown) for one in cells]
    if len(cells) < 3 or None in found:
        return False
    marks = [one[1].lower() for one in found if one]
    numbers = [int(mark) for mark in marks if mark.isdigit()]
    letters = [ord(mark) for mark in marks if not mark.isdigit()]
    steps = [*pairwise(numbers), *pairwise(letters)]
    return all(after == before + 1 for before, after in steps)


_UNIT_HEADS = {"đvt", "đơn vị tính", "unit"}
_NO_UNIT = {"-", "–", "x", *_UNIT_HEADS}


def _are_units(cells: list[Cell]) -> bool:
    """Recognise a row that names the unit of each column, or none: tổ, người, %."""
    texts = [one.value.strip() for one in cells if isinstance(one.value, str)]
    named = [text for text in texts if text.lower() not in _NO_UNIT]
    return bool(named) and len(texts) == len(cells) and all(map(is_unit, named))


def _is_year(one: Cell) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}", one.shown) is not None


# --- what its columns are ---


def _table(table: Table, known: Vocabulary) -> Table:
    sheet = table.sheet
    exact: dict[int, str] = {}
    units: dict[int, str] = {}
    speak: list[int] = []
    unit_rows: list[int] = []
    for row in table.header:
        cells = sheet.rows.get(row, [])
        if len(cells) > 1 and {one.shown for one in cells} <= known.exact:
            exact |= {one.column: one.shown for one in cells}
        elif speak and _are_units(cells):
            units |= {one.column: one.shown for one in cells if is_unit(one.shown)}
            unit_rows.append(row)
        elif not _counts_columns(cells):
            speak.append(row)
            table.named |= {one.column: row for one in cells}
    used = [one.column for row in table.header for one in sheet.rows.get(row, [])]
    reach = range(1, max(used + [column for _, column in sheet.covered], default=0) + 1)
    found = {at: _path(sheet, speak, at) for at in reach}
    counted = [found[at] for at, unit in units.items() if not is_percent(unit)]
    fields = [field for texts in counted if (field := heading(texts, known).field)]
    if not all(counted) or len(set(fields)) < len(fields):  # they are the names themselves
        speak, units = sorted({*speak, *unit_rows}), {}
        found = {at: _path(sheet, speak, at) for at in reach}
    for at, unit in units.items():
        found[at] = (*found[at], unit) if is_percent(unit) else found[at]
    plain_row = all(text.isascii() for texts in found.values() for text in texts)
    for at, texts in found.items():
        if texts or at in exact:
            table.texts[at] = texts
            own = Meaning(known.named(exact[at])) if at in exact else None
            own = own or heading(texts, known, plain_row=plain_row)
            table.columns[at] = own if fits(units.get(at, ""), own.field) else Meaning()
    _add_totals(table.columns)
    table.kinds = kinds(table, known)
    return table


def _path(sheet: Sheet, rows: list[int], at: int) -> tuple[str, ...]:
    """Give the texts above a column, from the top down; those of a group reach to its right."""
    found: list[Cell] = []
    for number, row in enumerate(rows):
        lower = rows[number + 1 :]
        cell = sheet.at(row, at)
        if cell is None and any(sheet.at(low, at) for low in lower):
            left = next((one for x in range(at - 1, 0, -1) if (one := sheet.at(row, x))), None)
            if left is not None and (left.row, left.column) not in sheet.covered:
                under = [sheet.at(low, left.column) for low in lower]
                cell = left if any(one not in (None, left) for one in under) else None
        left_out = _NO_UNIT if number else _NO_UNIT - _UNIT_HEADS
        if cell is not None and cell not in found and cell.shown.lower() not in left_out:
            found.append(cell)
    return tuple(one.shown for one in found)


def _add_totals(columns: dict[int, Meaning]) -> None:
    """
    Let "all files" be what files are out of, where one measure of files is there without it.

    In a table that has its measures in rows it is a column of every measure.
    """
    fields = {one.field for one in columns.values()}
    names = [
        name
        for name in indicators.names()
        if f"{name}.count" in fields
        and f"{name}.out_of" not in fields
        and indicators.get(name, year=indicators.years(name)[0]).denominator != "residents"
    ]
    for at, one in columns.items():
        if one.field == "out_of" and len(names) == 1 and "indicator" not in fields:
            columns[at] = replace(one, field=f"{names[0]}.out_of")


# --- what is wrong with them ---


def check(table: Table, log: Log, *, summary: bool) -> None:
    """
    Say what is wrong with the columns of a table: then all of its rows are refused.

    Two columns that are one field, a column without a year among others that have one, a header
    of which something is struck out, hamlets, and a table without a place or without anything to
    count. What is not read at all is for `account`.

    Parameters
    ----------
    summary
        Whether a table of districts alone sums up what others say of communes.
    """

    def fault(rule: str, at: int = 0, **blanks: object) -> None:
        name = table.title(at)
        told = {"header": name or "–", **blanks}
        log.fault(rule, table.sheet, table.row_of(at), at, found=name, blanks=told)
        table.refused = table.refused or rule

    same: dict[tuple[str, int | None], list[int]] = {}
    for at, one in table.columns.items():
        if one.field and one.field not in UNUSED and not is_share(one.field):
            same.setdefault((one.field, one.year), []).append(at)
    for columns in same.values():
        listed = ", ".join(f"{letter(at)} ({table.title(at)})" for at in columns)
        for at in columns if len(columns) > 1 else ():
            fault("same_field", at, columns=listed)
    for at in table.numbers if table.across else ():
        if at not in table.years and table.columns[at].field not in ANY_YEAR:
            fault("years_across", at, years=", ".join(map(str, sorted(set(table.years.values())))))
    for cell in (cell for row in table.header for cell in table.sheet.rows.get(row, [])):
        if "struck" in cell.flags:
            fault("struck", cell.column)
    has = {name: bool(table.of(name)) for name in (*PLACE, "indicator", "count", "out_of")}
    for rule, broken in (
        ("missing_place", not (has["code"] or has["commune"] or (summary and has["district"]))),
        ("missing_numbers", not table.numbers),
        ("missing_indicator", (has["count"] or has["out_of"]) and not has["indicator"]),
        ("missing_count", has["indicator"] and not has["count"]),
    ):
        if broken:
            fault(rule)
    for name in indicators.names():
        if (alone := table.of(f"{name}.out_of")) and not table.of(f"{name}.count"):
            fault("missing_count_of", alone[0], measure=indicators.measure_label(name))
    names = set(TEXTS["headings"]["hamlets"]) if study.current().country.hamlet else set()
    if "levels.hamlet" in study.current().described:
        names |= called("hamlet") | called("hamlets")
    for at, texts in table.texts.items():
        below = (table.sheet.cells.get((row, at)) for row in table.rows)
        named = any(one and re.search(r"[^\W\d_]", one.shown) for one in below)
        if tidy(" ".join(texts[-1:])) in names and named:
            fault("by_hamlet", at)


# --- a sheet as a whole ---


@dataclass(frozen=True)
class Layout:
    """
    A sheet, its tables, and the kind of each of its filled rows.

    `ours` is true for a sheet that a template or an earlier check added for notes: it is no report.
    """

    sheet: Sheet
    tables: list[Table]
    kinds: dict[int, Kind]
    ours: bool = False
    named: bool = True
    """Whether somebody gave the sheet its name: that of a csv is the file's."""


def layout(sheet: Sheet, known: Vocabulary) -> Layout:
    """
    Find the tables of a sheet and the kind of each row.

    Parameters
    ----------
    sheet
        As its sender sees it.
    known
        The texts to look for, from `vocabulary.vocabulary`.

    Returns
    -------
    layout
        Every filled row has one kind. Without a table, all are notes.
    """
    ours = _is_ours(sheet)
    found = [] if ours else tables(sheet, known)
    first = found[0].header.start if found else 0
    found_kinds = {row: Kind("title" if row < first else "note") for row in sheet.rows}
    for table in found:
        found_kinds |= {row: Kind("header") for row in table.header if row in sheet.rows}
        found_kinds |= table.kinds
    for table in found[1:]:
        # the lines right above a further table are its titles, blank rows between them aside
        for row in range(table.header.start - 1, 0, -1):
            if row in sheet.rows and found_kinds[row].kind == "note":
                found_kinds[row] = Kind("title")
            elif row in sheet.rows or (row + 1) not in sheet.rows:
                break
    return Layout(sheet, found, found_kinds, ours, named=not sheet.widths)


# The name of a sheet of ours, and what stands in its first cell.
_OURS = (
    ("template.sheet_guide", "template.title"),
    ("template.sheet_catalogue", "template.catalogue_name"),
    ("check.sheet_found", "check.sheet_found"),
    ("check.sheet_changes", "check.sheet_changes"),
)


def _is_ours(sheet: Sheet) -> bool:
    """Say whether a template or an earlier check added a sheet, in whatever language."""
    texts, cell = words.strings(), sheet.cells.get((1, 1))
    return cell is not None and any(
        # a text of ours is shown with its blanks filled
        sheet.name == name and re.fullmatch(re.sub(r"\\{\w+\\}", ".*", re.escape(form)), cell.shown)
        for title, head in _OURS
        for name, form in zip(texts[title].values(), texts[head].values(), strict=True)
    )
