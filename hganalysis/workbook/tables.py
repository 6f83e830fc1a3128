"""Find the tables of a sheet: where each header stands, and what its columns are."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from .. import indicators, limits, study, words
from ..grid import Cell, Sheet, UnreadableError, letter
from .headings import (
    ANY_YEAR,
    Column,
    heading,
    is_group,
    is_share,
    is_time,
    is_unit,
    meaning,
    says_done,
)
from .numbers import looks_like_number
from .rows import Kind, find_row_kinds, is_total, level_of
from .vocabulary import PLACE, TEXTS, UNUSED, Meaning, Vocabulary, level_nouns, tidy

if TYPE_CHECKING:
    from .faults import Log


@dataclass
class Table:
    """
    A header and the rows below it.

    `header` are its rows; `columns` those that have a heading, by their number; `rows` all filled
    rows below, up to the next table, and `kinds` what each is. `refusal` says why all of its rows
    are, where something is wrong with it as a whole.
    """

    sheet: Sheet
    header: range
    rows: list[int]
    columns: dict[int, Column] = field(default_factory=dict)
    kinds: dict[int, Kind] = field(default_factory=dict)
    refusal: str = ""
    is_swapped: bool = False
    """Whether the column of districts is headed as that of communes, and the other way round."""

    def column_at(self, at: int) -> Column:
        """Give what a column is; nothing where it has no heading."""
        return self.columns.get(at, _NONE)

    def columns_of(self, *fields: str) -> list[int]:
        """List the columns that hold any of some fields, from the left."""
        return [at for at, one in self.columns.items() if one.field in fields]

    @cached_property
    def place_columns(self) -> list[int]:
        """The columns that name a place."""
        return self.columns_of(*PLACE)

    @cached_property
    def number_columns(self) -> list[int]:
        """The columns that hold numbers of the report."""
        others = {"", *PLACE, "year", "indicator", *UNUSED}
        fields = {at: one.field for at, one in self.columns.items()}
        return [at for at, one in fields.items() if one not in others and not is_share(one)]

    @cached_property
    def year_of_column(self) -> dict[int, int]:
        """The year of each column of numbers that names one."""
        return {at: year for at in self.number_columns if (year := self.columns[at].year)}

    @property
    def has_years_across(self) -> bool:
        """Whether years stand side by side: then each row is of several."""
        return len(set(self.year_of_column.values())) > 1 and not self.columns_of("year")

    @cached_property
    def read_rows(self) -> list[int]:
        """The rows that are places or totals."""
        return [row for row in self.rows if self.kinds[row].is_read]

    @cached_property
    def repeats_district(self) -> bool:
        """Whether each row names its district, not only the first of a district's rows."""
        last = ""
        for row in self.rows if self.columns_of("district") else ():
            district, *communes = (
                one.text if (one := self.sheet.cells.get((row, at))) else ""
                for at in (*self.columns_of("district")[:1], *self.columns_of("code", "commune"))
            )
            if any(map(is_total, communes)):
                continue
            if district and any(communes) and district == last:
                return True
            # the first row of a district names it once more where another year of it begins
            last = district if any(communes) else last
        return False

    def header_row(self, column: int = 0) -> int:
        """Give the row of the header that a fault of a column, or of the whole table, is of."""
        rows = [one.row for one in self.columns.values()]  # above units and numbers
        return self.column_at(column).row or max(rows, default=0) or self.header.stop - 1


_NONE = Column()


@dataclass(frozen=True)
class Layout:
    """
    A sheet, its tables, and the kind of each of its filled rows.

    `is_ours` is true for a sheet that a template or an earlier check added: it is no report.
    """

    sheet: Sheet
    tables: list[Table]
    kinds: dict[int, Kind]
    is_ours: bool = False


def find_tables(sheet: Sheet, known: Vocabulary) -> Layout:
    """
    Find the tables of a sheet, from the top down, and the kind of each row.

    A header has at least two known columns and no numbers; rows above and below belong to it
    where they are known too, number its columns, or share a merged cell with it. Every filled row
    has one kind; without a table, all are notes.

    Parameters
    ----------
    sheet
        As its sender sees it.
    known
        The texts to look for, from `vocabulary.gather_vocabulary`.

    Raises
    ------
    UnreadableError
        If there are more tables than any report has.
    """
    ours = _is_ours(sheet)
    blocks: list[range] = []
    for row, cells in sheet.rows.items() if not ours else ():
        stop = blocks[-1].stop if blocks else 1
        if row >= stop and _is_header(cells, known):
            blocks.append(_block(sheet, row, known, floor=stop))
            if len(blocks) > limits.MOST_TABLES:
                told = {"sheet": sheet.name, "row": row, "most": limits.MOST_TABLES}
                raise UnreadableError(rule="too_many_tables", **told)
    found = [Table(sheet, block, []) for block in blocks]
    kinds_of = {row: Kind("title" if blocks else "note") for row in sheet.rows}
    for row in sheet.rows:
        at = bisect_right(blocks, row, key=lambda block: block.start) - 1
        if at >= 0 and row in blocks[at]:
            kinds_of[row] = Kind("header")
        elif at >= 0:
            found[at].rows.append(row)
    for table in found:
        _columns(table, known)
        _swap_places(table, known)
        table.kinds = find_row_kinds(table, known)
        kinds_of |= table.kinds
    for table in found[1:]:
        # the lines right above a further table are its titles, blank rows between them aside
        for row in range(table.header.start - 1, 0, -1):
            if row in sheet.rows and kinds_of[row].kind == "note":
                kinds_of[row] = Kind("title")
            elif row in sheet.rows or (row + 1) not in sheet.rows:
                break
    return Layout(sheet, found, kinds_of, ours)


# --- where a header is ---


def _are_headers(cells: list[Cell]) -> bool:
    """Say whether cells can be headers: texts and years, no other numbers."""
    return all(
        (isinstance(one.value, str) and (not looks_like_number(one.value) or is_time(one.value)))
        or _is_year(one)
        for one in cells
    )


def _is_header(cells: list[Cell], known: Vocabulary) -> bool:
    if len(cells) < 2 or not isinstance(cells[0].value, str) or not _are_headers(cells):
        return False
    texts = {one.text for one in cells}
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
        (top, bottom)
        for top, _, bottom, _ in sheet.merges
        if top <= anchor <= bottom < top + _TALLEST
    ]
    places = {
        cell.column
        for cell in sheet.rows[anchor]
        if (meaning(cell.text, known) or Meaning()).field in PLACE
    }
    first = max(floor, min((top for top, _ in tall), default=anchor))
    last = max((bottom for _, bottom in tall), default=anchor)
    while first > floor and _belongs(sheet.rows.get(first - 1, []), known, places, above=True):
        first -= 1
    while _belongs(sheet.rows.get(last + 1, []), known, places, above=False):
        last += 1
    return range(first, last + 1)


def _belongs(cells: list[Cell], known: Vocabulary, places: set[int], *, above: bool) -> bool:
    """
    Say whether the row above a header heads some of its columns, or the one below goes on.

    `places` are the columns that name a place: "Nữ" in one of them heads the rows below it.
    """
    if cells and not above:
        goes_on = _counts_columns(cells) or _are_units(cells) or all(map(_is_year, cells))
        if goes_on:
            return True
    if not cells or not _are_headers(cells):
        return False
    # the year of a row of places is no heading; that above the first column is a title
    of_place = any(isinstance(one.value, str) and level_of(one.text, known) for one in cells)
    found = 0
    for cell in cells:
        one = meaning(cell.text, known) or Meaning()
        tells = (one.year or one.is_whole_year) and not of_place and (cell.column > 1 or not above)
        heads_part = is_group(cell.text) and cell.column not in places
        names = one.field or one.indicator or heads_part
        found += bool(names or (not above if one.part else tells))
    return found > 0 and (above or 2 * found >= len(cells))


_ORDINAL = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\]]?(?: ?= ?[0-9()+\-*/x:% ]+)?")


def _counts_columns(cells: list[Cell]) -> bool:
    """Recognise the row that numbers the columns of a form: A, B, 1, 2, 3=1+2."""
    found = [_ORDINAL.fullmatch(one.text) for one in cells]
    if len(cells) < 3 or None in found:
        return False
    marks = [one[1].lower() for one in found if one]
    told = [
        [int(mark) for mark in marks if mark.isdigit()],
        [ord(mark) for mark in marks if not mark.isdigit()],
    ]
    return all(after == before + 1 for some in told for before, after in pairwise(some))


_UNIT_HEADS = {"đvt", "đơn vị tính", "unit"}
_NO_UNIT = {"-", "–", "x", *_UNIT_HEADS}


def _are_units(cells: list[Cell]) -> bool:
    """Recognise a row that names the unit of each column, or none: tổ, người, %."""
    texts = [one.value.strip() for one in cells if isinstance(one.value, str)]
    named = [text for text in texts if text.lower() not in _NO_UNIT]
    return bool(named) and len(texts) == len(cells) and all(map(is_unit, named))


def _is_year(one: Cell) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}", one.text) is not None


# --- what its columns are ---


def _columns(table: Table, known: Vocabulary) -> None:
    sheet = table.sheet
    exact: dict[int, str] = {}
    speak: list[int] = []
    for row in table.header:
        cells = sheet.rows.get(row, [])
        if len(cells) > 1 and {one.text for one in cells} <= known.exact.keys():
            exact |= {one.column: known.exact[one.text] for one in cells}
        elif not _counts_columns(cells):
            speak.append(row)
    used = [one.column for row in table.header for one in sheet.rows.get(row, [])]
    reach = range(1, max(used + [column for _, column in sheet.merged_cells], default=0) + 1)
    found = {at: path for at in reach if (path := _path(sheet, speak, at)) or at in exact}
    plain_row = all(one.text.isascii() for path in found.values() for one in path)
    for at, path in found.items():
        one = heading([one.text for one in path], known, plain_row=plain_row)
        one = Column(exact[at], texts=one.texts) if at in exact else one
        rows = [cell.row for cell in path if cell.text in one.texts]
        table.columns[at] = one._replace(row=max(rows, default=0))
    done = [cell for path in found.values() for cell in path if says_done(cell.text)]
    for at, path in found.items():
        if _is_target(table, at, path, known, done):
            table.columns[at] = table.columns[at]._replace(field="", year=None)
    _add_totals(table.columns)


def _is_target(
    table: Table, at: int, path: list[Cell], known: Vocabulary, done: list[Cell]
) -> bool:
    """
    Say whether "Chỉ tiêu" heads numbers that were planned: alone, or beside what was done.

    `done` are the headings of what was done; one over this column, too, stands beside nothing.
    """
    column = table.columns[at]
    is_beside = any(cell not in path for cell in done)
    if column.answered or not (is_beside or column.field == "indicator"):
        return False
    headings = [meaning(cell.text, known) for cell in path]
    if not any(text is not None and text.field == "indicator" for text in headings):
        return False
    cells = [cell for row in table.rows if (cell := table.sheet.cells.get((row, at)))]
    n_numbers = sum(looks_like_number(cell.value) for cell in cells)
    return 2 * n_numbers > len(cells)


def _swap_places(table: Table, known: Vocabulary) -> None:
    """
    Read the column of communes as that of districts, and the other way round, if they were swapped.

    `check` then refuses the table for it, once.
    """
    columns = table.columns_of("district"), table.columns_of("commune")
    if any(len(numbers) != 1 for numbers in columns):
        return
    [[upper], [lower]] = columns
    levels = [
        tuple(_level_in(table.sheet.cell_at(row, column), known) for column in (upper, lower))
        for row in table.rows
    ]
    n_swapped = levels.count(("commune", "district"))
    if n_swapped and n_swapped > len(levels) / 2:
        table.is_swapped = True
        one, other = table.columns[upper], table.columns[lower]
        table.columns[upper] = one._replace(field=other.field)
        table.columns[lower] = other._replace(field=one.field)


def _level_in(cell: Cell | None, known: Vocabulary) -> str:
    return level_of(cell.text, known) if cell else ""


def _path(sheet: Sheet, rows: list[int], at: int) -> list[Cell]:
    """Give the cells above a column, from the top down; those of a group reach to its right."""
    found: list[Cell] = []
    for number, row in enumerate(rows):
        lower = rows[number + 1 :]
        cell = sheet.cell_at(row, at)
        if cell is None and any(sheet.cell_at(low, at) for low in lower):
            left = next((one for x in range(at - 1, 0, -1) if (one := sheet.cell_at(row, x))), None)
            if left is not None and (left.row, left.column) not in sheet.merged_cells:
                under = [sheet.cell_at(low, left.column) for low in lower]
                cell = left if any(one not in (None, left) for one in under) else None
        left_out = _NO_UNIT if number else _NO_UNIT - _UNIT_HEADS
        if cell is not None and cell not in found and cell.text.lower() not in left_out:
            found.append(cell)
    return found


def _add_totals(columns: dict[int, Column]) -> None:
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
            columns[at] = one._replace(field=f"{names[0]}.out_of")


# --- what is wrong with them ---


def check_columns(table: Table, log: Log, *, summary: bool) -> None:
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
        name = table.column_at(at).title
        told = {"header": name or "–", **blanks}
        log.fault(rule, table.sheet, table.header_row(at), at, text=name, blanks=told)
        table.refusal = table.refusal or rule

    fields = {
        at: (one.field, one.year)
        for at, one in table.columns.items()
        if one.field not in {"", *UNUSED} and not is_share(one.field)
    }
    for at, said in fields.items():
        same = [other for other, one in fields.items() if one == said]
        if len(same) > 1:
            listed = ", ".join(f"{letter(one)} ({table.columns[one].title})" for one in same)
            fault("same_field", at, columns=listed)
    if table.is_swapped:
        fault("columns_swapped", table.columns_of("district")[0])
    for at in table.number_columns if table.has_years_across else ():
        if at not in table.year_of_column and table.columns[at].field not in ANY_YEAR:
            fault(
                "years_across",
                at,
                years=", ".join(map(str, sorted(set(table.year_of_column.values())))),
            )
    for cell in (cell for row in table.header for cell in table.sheet.rows.get(row, [])):
        if "struck" in cell.flags:
            fault("struck", cell.column)
    has = {name: bool(table.columns_of(name)) for name in (*PLACE, "indicator", "count", "out_of")}
    for rule, broken in (
        ("missing_place", not (has["code"] or has["commune"] or (summary and has["district"]))),
        ("missing_numbers", not table.number_columns),
        ("missing_indicator", (has["count"] or has["out_of"]) and not has["indicator"]),
        ("missing_count", has["indicator"] and not has["count"]),
    ):
        if broken:
            fault(rule)
    for name in indicators.names():
        if (alone := table.columns_of(f"{name}.out_of")) and not table.columns_of(f"{name}.count"):
            fault("missing_count_of", alone[0], measure=indicators.measure_label(name))
    names = set(TEXTS["headings"]["hamlets"]) if study.current().country.hamlet else set()
    if "levels.hamlet" in study.current().described:
        names |= level_nouns("hamlet") | level_nouns("hamlets")
    for at, one in table.columns.items():
        below = (table.sheet.cells.get((row, at)) for row in table.rows)
        named = any(cell and re.search(r"[^\W\d_]", cell.text) for cell in below)
        if tidy(" ".join(one.texts[-1:])) in names and named:
            fault("by_hamlet", at)


# --- sheets of ours ---

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
        sheet.name == name and re.fullmatch(re.sub(r"\\{\w+\\}", ".*", re.escape(form)), cell.text)
        for title, head in _OURS
        for name, form in zip(texts[title].values(), texts[head].values(), strict=True)
    )
