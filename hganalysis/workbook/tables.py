"""Find the tables of a sheet: where each header is, and what its columns are."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from .. import limits, words
from ..grid import Cell, Sheet, UnreadableError, letter
from ..periods import Grain, read_period
from ..study import Study
from .faults import has_letters
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
from .rows import Kind, find_row_kinds, level_of
from .times import find_periods, in_year, is_period, lacks_year, list_names
from .vocabulary import (
    PARTS,
    PLACE,
    TEXTS,
    TIMES,
    UNUSED,
    Meaning,
    Vocabulary,
    level_nouns,
    tidy,
    with_bare,
    without_dates_of_letters,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..periods import PeriodKey
    from .faults import Log


@dataclass(eq=False)
class Table:
    """
    A header and the rows below it.

    - `header`: the rows of the header;
    - `rows`: all filled rows below the header, up to the next table;
    - `columns`: the columns that have a heading, by their number;
    - `kinds`: the kind of each row;
    - `refusal`: the rule that the whole table breaks, so that all its rows are refused;
    - `answered`: what a person said are counts, of the measures of a long table.
    """

    sheet: Sheet
    header: range
    rows: list[int]
    columns: dict[int, Column] = field(default_factory=dict)
    kinds: dict[int, Kind] = field(default_factory=dict)
    refusal: str = ""
    answered: set[str] = field(default_factory=set)

    def column_at(self, number: int) -> Column:
        """Give a column by its number; an empty one if it has no heading."""
        return self.columns.get(number, _NO_COLUMN)

    def question_at(self, number: int, field: str) -> str:
        """
        Give the text by which a question about a field of a column is asked and answered.

        That is its heading. In a long table, one column is of several measures: it is the field.
        """
        column = self.column_at(number)
        return field if column.field in PARTS else column.title

    def may_ask(self, number: int, field: str) -> bool:
        """Say whether nobody has said yet what a column holds of a field."""
        return not self.column_at(number).is_answered and field not in self.answered

    def columns_of(self, *fields: str) -> list[int]:
        """List the columns that hold any of some fields, from the left."""
        return [number for number, column in self.columns.items() if column.field in fields]

    @cached_property
    def place_columns(self) -> list[int]:
        """The columns that name a place."""
        return self.columns_of(*PLACE)

    @cached_property
    def number_columns(self) -> list[int]:
        """The columns that hold numbers of the report."""
        without_numbers = {"", *PLACE, *TIMES, "indicator", *UNUSED}
        return [
            number
            for number, column in self.columns.items()
            if column.field not in without_numbers and not is_share(column.field)
        ]

    @cached_property
    def period_of_column(self) -> dict[int, PeriodKey]:
        """The period of each column of numbers that names one."""
        periods = {number: self.columns[number].period for number in self.number_columns}
        return {number: period for number, period in periods.items() if period}

    @property
    def has_periods_across(self) -> bool:
        """Whether periods are side by side, so that each row is of several periods."""
        return len(set(self.period_of_column.values())) > 1 and not self.columns_of("period")

    @cached_property
    def read_rows(self) -> list[int]:
        """The rows that are places or totals."""
        return [row for row in self.rows if self.kinds[row].is_read]

    @cached_property
    def repeats_district(self) -> bool:
        """Whether each row names its district, not only the first row of a district."""
        district_columns = self.columns_of("district")
        if not district_columns:
            return False
        commune_columns = self.columns_of("code", "commune")
        districts = [
            self._text_at(row, district_columns[0])
            for row in self.rows
            if any(self._text_at(row, number) for number in commune_columns)
        ]
        return any(name and name == following for name, following in pairwise(districts))

    def _text_at(self, row: int, number: int) -> str:
        cell = self.sheet.cells.get((row, number))
        return cell.text if cell else ""

    def header_row(self, number: int = 0) -> int:
        """Give the row where a fault of a column, or of the whole table, is logged."""
        # the lowest row of names is above those of units and of column numbers
        lowest = max((column.row for column in self.columns.values()), default=0)
        return self.column_at(number).row or lowest or self.header.stop - 1


_NO_COLUMN = Column()


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

    @cached_property
    def text_rows(self) -> list[int]:
        """The rows of titles and notes."""
        return [row for row, kind in self.kinds.items() if kind.kind in {"title", "note"}]

    @cached_property
    def table_of_row(self) -> dict[int, Table]:
        """The table of each row that is in its header or below."""
        return {row: table for table in self.tables for row in (*table.header, *table.rows)}


def find_tables(sheet: Sheet, vocabulary: Vocabulary) -> Layout:
    """
    Find the tables of a sheet and the kind of each row.

    A header has at least two known columns and no numbers. Rows above and below belong to it if
    they are known too, if they number its columns, or if they share a merged cell with it. Every
    filled row has one kind; without a table, all rows are notes.

    Parameters
    ----------
    sheet
        As its sender sees it.
    vocabulary
        The texts to look for, from `gather_vocabulary`.

    Raises
    ------
    UnreadableError
        If there are more tables than any report has.
    """
    is_ours = _is_ours(sheet)
    headers = [] if is_ours else _find_headers(sheet, vocabulary)
    tables = [Table(sheet, header, []) for header in headers]
    starts = [header.start for header in headers]
    kinds = {row: Kind("title" if headers else "note") for row in sheet.rows}
    for row in sheet.rows:
        index = bisect_right(starts, row) - 1
        if index < 0:
            continue
        if row in headers[index]:
            kinds[row] = Kind("header")
        else:
            tables[index].rows.append(row)
    for table in tables:
        _read_columns(table, vocabulary)
        _swap_places(table, vocabulary)
        table.kinds = find_row_kinds(table, vocabulary)
        kinds |= table.kinds
    for table in tables[1:]:
        _mark_titles(table, kinds)
    return Layout(sheet, tables, kinds, is_ours)


def _mark_titles(table: Table, kinds: dict[int, Kind]) -> None:
    """Take the notes right above a table for its titles; blank rows may be between."""
    rows = table.sheet.rows
    for row in range(table.header.start - 1, 0, -1):
        if row in rows and kinds[row].kind == "note":
            kinds[row] = Kind("title")
        elif row in rows or (row + 1) not in rows:
            break


# --- where a header is ---


def _find_headers(sheet: Sheet, vocabulary: Vocabulary) -> list[range]:
    """Find the rows of each header of a sheet."""
    headers: list[range] = []
    first_free = 1
    for row, cells in sheet.rows.items():
        if row < first_free or not _is_header(cells, vocabulary):
            continue
        header = _extend_header(sheet, row, vocabulary, first_free)
        headers.append(header)
        first_free = header.stop
        if len(headers) > limits.MOST_TABLES:
            most = limits.MOST_TABLES
            raise UnreadableError(rule="too_many_tables", sheet=sheet.name, row=row, most=most)
    return headers


def _are_headers(cells: list[Cell], grain: Grain) -> bool:
    """Say whether cells can be headers: texts and periods, no other numbers."""
    # numbers stand at the end of a row, where they are found at once
    return all(_is_heading_text(cell) or is_period(cell, grain) for cell in reversed(cells))


def _is_heading_text(cell: Cell) -> bool:
    value = cell.value
    return isinstance(value, str) and (not looks_like_number(value) or is_time(value))


def _is_header(cells: list[Cell], vocabulary: Vocabulary) -> bool:
    """Say whether a row is a header by itself."""
    begins_with_text = len(cells) > 1 and isinstance(cells[0].value, str)
    if not begins_with_text or not _are_headers(cells, vocabulary.study.grain):
        return False
    texts = {cell.text for cell in cells}
    meanings = {meaning(text, vocabulary) for text in texts} - {None}
    # A row of words may hold one or two texts that are also headers. Three, or half of a row, are
    # no accident, and one of them must name what is counted or what a row is of.
    has_subject = any(item.names_subject for item in meanings if item)
    n_known = len(meanings)
    return has_subject and n_known >= 2 and (n_known >= 3 or 2 * n_known >= len(texts))


_TALLEST = 6  # rows of a header: more than any form has


def _extend_header(sheet: Sheet, anchor: int, vocabulary: Vocabulary, first_free: int) -> range:
    """Give all rows of the header whose first well-known row is `anchor`."""
    rows = [anchor]
    for top, _, bottom, _ in sheet.merges:
        if top <= anchor <= bottom < top + _TALLEST:
            rows += [top, bottom]
    place_columns = {
        cell.column for cell in sheet.rows[anchor] if _meaning_of(cell, vocabulary).field in PLACE
    }
    first = max(first_free, min(rows))
    last = max(rows)
    while first > first_free and _count_headings(
        sheet.rows.get(first - 1, []), vocabulary, place_columns, is_above=True
    ):
        first -= 1
    while _continues_header(sheet.rows.get(last + 1, []), vocabulary, place_columns):
        last += 1
    return range(first, last + 1)


def _continues_header(cells: list[Cell], vocabulary: Vocabulary, place_columns: set[int]) -> bool:
    """Say whether the row below a header is a part of it."""
    if not cells:
        return False
    are_periods = all(is_period(cell, vocabulary.study.grain) for cell in cells)
    if _counts_columns(cells) or _are_units(cells) or are_periods:
        return True
    n_headings = _count_headings(cells, vocabulary, place_columns, is_above=False)
    return n_headings > 0 and 2 * n_headings >= len(cells)


def _count_headings(
    cells: list[Cell], vocabulary: Vocabulary, place_columns: set[int], *, is_above: bool
) -> int:
    """
    Count the headings in a row above or below a header; none if it cannot be a part of it.

    `place_columns` name a place: "Nữ" in one of them heads the rows below it.
    """
    if not _are_headers(cells, vocabulary.study.grain):
        return 0
    # the period in a row of places is no heading
    may_be_time = not any(
        isinstance(cell.value, str) and level_of(cell.text, vocabulary) for cell in cells
    )
    n_headings = 0
    for cell in cells:
        heads = _meaning_of(cell, vocabulary)
        is_part = _heads_group(cell.text, vocabulary) and cell.column not in place_columns
        # a period above the first column is a title, and so is "lũy kế" alone
        is_alone = len(cells) == 1 and heads.scope == "since"
        is_title = is_above and (cell.column <= 1 or is_alone)
        if heads.names_subject or is_part:
            n_headings += 1
        elif heads.part:
            n_headings += 0 if is_above else 1
        elif may_be_time and not is_title and (heads.period or heads.is_whole_period):
            n_headings += 1
    return n_headings


def _meaning_of(cell: Cell, vocabulary: Vocabulary) -> Meaning:
    return meaning(cell.text, vocabulary) or Meaning()


_ORDINAL = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\]]?(?: ?= ?[0-9()+\-*/x:% ]+)?")


def _counts_columns(cells: list[Cell]) -> bool:
    """Recognise the row that numbers the columns of a form: A, B, 1, 2, 3=1+2."""
    matches = [_ORDINAL.fullmatch(cell.text) for cell in cells]
    if len(cells) < 3 or None in matches:
        return False
    marks = [match[1].lower() for match in matches if match]
    digits = [int(mark) for mark in marks if mark.isdigit()]
    letters = [ord(mark) for mark in marks if not mark.isdigit()]
    steps = [*pairwise(digits), *pairwise(letters)]
    return all(after == before + 1 for before, after in steps)


_UNIT_HEADS = {"đvt", "đơn vị tính", "unit"}
_NO_UNIT = {"-", "–", "x", *_UNIT_HEADS}


def _are_units(cells: list[Cell]) -> bool:
    """Recognise a row that names the unit of each column, or none: tổ, người, %."""
    texts = [cell.value.strip() for cell in cells if isinstance(cell.value, str)]
    units = [text for text in texts if text.lower() not in _NO_UNIT]
    return bool(units) and len(texts) == len(cells) and all(map(is_unit, units))


# --- what its columns are ---


class _Header(NamedTuple):
    """A header: its rows with texts, and the fields of columns that have machine names."""

    text_rows: list[int]
    machine_names: dict[int, str]


def _split_header(table: Table, vocabulary: Vocabulary) -> _Header:
    """Tell rows with texts from those with machine names, and from one that numbers columns."""
    header = _Header([], {})
    for row in table.header:
        cells = table.sheet.rows.get(row, [])
        texts = {cell.text for cell in cells}
        if len(cells) > 1 and texts <= vocabulary.exact.keys():
            header.machine_names.update(
                {cell.column: vocabulary.exact[cell.text] for cell in cells}
            )
        elif not _counts_columns(cells):
            header.text_rows.append(row)
    return header


def _read_columns(table: Table, vocabulary: Vocabulary) -> None:
    """Say what each column of a table is, by the texts of its header."""
    text_rows, machine_names = _split_header(table, vocabulary)
    headings: dict[int, list[Cell]] = {}
    for number in range(1, table.sheet.last_column + 1):
        cells = _heading_cells(table.sheet, text_rows, number, vocabulary)
        if cells or number in machine_names:
            headings[number] = cells
    dated = _date_headings(table, headings, vocabulary.study.grain)
    for number, cells in headings.items():
        name = machine_names.get(number, "")
        table.columns[number] = _read_column(cells, name, dated, vocabulary)
    _read_wholes(table, vocabulary)
    _drop_targets(table, headings, vocabulary)
    _drop_partial(table)
    if not table.columns_of("period"):
        # what is headed "Năm" and has no other period beside it may hold quarters
        for number in table.columns_of("year"):
            table.columns[number] = table.columns[number]._replace(field="period")


def _read_column(
    cells: list[Cell], name: str, dated: Mapping[str, str], vocabulary: Vocabulary
) -> Column:
    """Say what a column is by its headings, or by its machine name if no person answered."""
    texts = [cell.text for cell in cells] or [name]
    column = heading(texts, vocabulary)
    if not column.field and not dated.keys().isdisjoint(texts):
        of_year = heading([dated.get(text, text) for text in texts], vocabulary)
        column = column._replace(field=of_year.field, period=of_year.period)
    if name and not column.is_answered:
        column = Column(name, texts=column.texts)
    rows = [cell.row for cell in cells if cell.text in column.texts]
    return column._replace(row=max(rows, default=0))


def _date_headings(
    table: Table, headings: Mapping[int, list[Cell]], grain: Grain
) -> dict[str, str]:
    """Write headings such as "Quý III" with the only year that is named above them, if one is."""
    texts = {cell.text for cells in headings.values() for cell in cells}
    undated = [text for text in texts if lacks_year(text, grain)]
    if not undated:
        return {}
    years = _years_above(table, grain)
    if len(years) != 1:
        return {}
    [year] = years
    return {text: in_year(text, year) for text in undated}


def _years_above(table: Table, grain: Grain) -> set[int]:
    """Give the years that the name of a sheet and the texts above a header name."""
    cells = [cell for cell in table.sheet.cells.values() if cell.row < table.header.start]
    # a number of a table above is no year
    texts = [cell.text for cell in cells if has_letters(cell.text)]
    years = set()
    for text in [table.sheet.name, *texts]:
        line = tidy(without_dates_of_letters(text))
        years |= {read_period(key).year for key in find_periods(line, grain).keys}
    return years


_WHOLE = with_bare(TEXTS["headings"]["wholes"])
_AREAS = with_bare(TEXTS["headings"]["areas"])


def _read_wholes(table: Table, vocabulary: Vocabulary) -> None:
    """Take "Tổng số" beside groups of people, below one heading, for what that heading says."""
    of_groups = set()
    for column in table.columns.values():
        *above, last = column.texts or ("",)
        if above and _heads_group(last, vocabulary):
            of_groups.add(tuple(above))
    for number, column in table.columns.items():
        *above, last = column.texts or ("",)
        is_whole = not column.field and tidy(last) in _WHOLE
        if is_whole and tuple(above) in of_groups:
            of_heading = heading(above, vocabulary)
            table.columns[number] = column._replace(
                field=of_heading.field, period=of_heading.period
            )


def _heads_group(text: str, vocabulary: Vocabulary) -> bool:
    """Say whether a text heads a part of the people: women, an age, those in towns."""
    of_study = meaning(text, vocabulary) or Meaning()
    return is_group(text) or tidy(text) in _AREAS or bool(of_study.group)


def _drop_targets(table: Table, headings: dict[int, list[Cell]], vocabulary: Vocabulary) -> None:
    """Take columns of planned numbers for unknown ones."""
    done = [cell for cells in headings.values() for cell in cells if says_done(cell.text)]
    for number, cells in headings.items():
        column = table.columns[number]
        # a heading of what was done that is over this column, too, is not beside it
        is_beside_done = any(cell not in cells for cell in done)
        may_be_target = is_beside_done or column.field == "indicator"
        if column.is_answered or not may_be_target:
            continue
        fields = [_meaning_of(cell, vocabulary).field for cell in cells]
        if "indicator" in fields and _holds_numbers(table, number):
            table.columns[number] = column._replace(field="", period=None)


def _holds_numbers(table: Table, number: int) -> bool:
    """Say whether most filled cells of a column are numbers: of "Chỉ tiêu", targets."""
    cells = [table.sheet.cells.get((row, number)) for row in table.rows]
    are_numbers = [looks_like_number(cell.value) for cell in cells if cell]
    return 2 * sum(are_numbers) > len(are_numbers)


def _swap_places(table: Table, vocabulary: Vocabulary) -> None:
    """
    Exchange the columns of communes and districts, if their headings were exchanged.

    `check_columns` then refuses the table for it, once.
    """
    district_columns = table.columns_of("district")
    commune_columns = table.columns_of("commune")
    if len(district_columns) != 1 or len(commune_columns) != 1:
        return
    upper, lower = district_columns[0], commune_columns[0]
    levels = [
        tuple(level_of(table.sheet.text_at(row, number), vocabulary) for number in (upper, lower))
        for row in table.rows
    ]
    if levels.count(("commune", "district")) > len(levels) / 2:
        table.refusal = "columns_swapped"
        table.columns[upper] = table.columns[upper]._replace(field="commune")
        table.columns[lower] = table.columns[lower]._replace(field="district")


def _heading_cells(
    sheet: Sheet, rows: list[int], number: int, vocabulary: Vocabulary
) -> list[Cell]:
    """Give the headings of a column, from the top down, with those of its group."""
    cells: list[Cell] = []
    for index, row in enumerate(rows):
        cell = sheet.cell_at(row, number)
        if cell is None:
            cell = _group_cell(sheet, row, rows[index + 1 :], number, vocabulary)
        no_headings = _NO_UNIT if index else _NO_UNIT - _UNIT_HEADS
        if cell is not None and cell not in cells and cell.text.lower() not in no_headings:
            cells.append(cell)
    return cells


def _group_cell(
    sheet: Sheet, row: int, lower_rows: list[int], number: int, vocabulary: Vocabulary
) -> Cell | None:
    """Find the heading of a group: to the left, with headings below it."""
    if not any(sheet.cell_at(lower, number) for lower in lower_rows):
        return None
    cells_to_left = (sheet.cell_at(row, column) for column in range(number - 1, 0, -1))
    group = next(filter(None, cells_to_left), None)
    if group is None or (group.row, group.column) in sheet.merged_cells:
        return None
    cells_below = [sheet.cell_at(lower, group.column) for lower in lower_rows]
    is_group_heading = any(cell not in (None, group) for cell in cells_below)
    is_centred = _lacks_group(sheet, row, lower_rows, group.column - 1, vocabulary)
    return group if is_group_heading and not is_centred else None


def _lacks_group(
    sheet: Sheet, row: int, lower_rows: list[int], number: int, vocabulary: Vocabulary
) -> bool:
    """Say whether a column holds a part of something that no heading in a row names."""
    below = [cell for lower in lower_rows if (cell := sheet.cell_at(lower, number))]
    meanings = [meaning(cell.text, vocabulary) for cell in below]
    # where "Số lượng" stands alone, the next heading is in the middle of its group
    is_part = any(item and not item.names_subject for item in meanings)
    if not is_part or sheet.cell_at(row, number):
        return False
    return _group_cell(sheet, row, lower_rows, number, vocabulary) is None


def _drop_partial(table: Table) -> None:
    """Take for unknown a count of no measure, and what is out of without its count."""
    fields = {column.field for column in table.columns.values()}
    for number, column in table.columns.items():
        name, point, part = column.field.rpartition(".")
        lacks_measure = column.field in PARTS and "indicator" not in fields
        lacks_count = part == "out_of" and f"{name}{point}count" not in fields
        if lacks_measure or lacks_count:
            table.columns[number] = column._replace(field="", period=None)


# --- what is wrong with them ---


def check_columns(of: Study, table: Table, log: Log, *, summary: bool) -> None:
    """
    Refuse a table whose columns are wrong.

    - two columns of one field;
    - headings of districts and communes that are exchanged;
    - a column without a period among others that have one;
    - a header of which something is struck out;
    - a table without a place or without anything to count;
    - a column of hamlets.

    What is not read at all is for `account`.

    Parameters
    ----------
    of
        The study, which has words for hamlets.
    summary
        Whether a table of districts alone sums up what others say of communes.
    """
    _check_fields(table, log)
    if table.refusal == "columns_swapped":
        _refuse(table, log, "columns_swapped", table.columns_of("district")[0])
    _check_periods(table, log)
    for row in table.header:
        for cell in table.sheet.rows.get(row, []):
            if "struck" in cell.flags:
                _refuse(table, log, "struck", cell.column)
    has_place = table.columns_of("code", "commune") or (summary and table.columns_of("district"))
    if not has_place:
        _refuse(table, log, "missing_place")
    if not table.number_columns:
        _refuse(table, log, "missing_numbers")
    _check_hamlets(of, table, log)


def _refuse(table: Table, log: Log, rule: str, number: int = 0, **blanks: str) -> None:
    """Refuse a table for a fault of one column, or of all."""
    title = table.column_at(number).title
    row = table.header_row(number)
    log.fault(rule, table.sheet, row, number, text=title, header=title or "–", **blanks)
    table.refusal = table.refusal or rule


def _check_fields(table: Table, log: Log) -> None:
    """Refuse two columns that are of one field and period."""
    fields = {
        number: (column.field, column.period)
        for number, column in table.columns.items()
        if column.field not in {"", *UNUSED} and not is_share(column.field)
    }
    for number, field_and_period in fields.items():
        same = [column for column in fields if fields[column] == field_and_period]
        if len(same) > 1:
            titles = [f"{letter(column)} ({table.columns[column].title})" for column in same]
            _refuse(table, log, "same_field", number, columns=", ".join(titles))


def _check_periods(table: Table, log: Log) -> None:
    """Refuse a column without a period beside columns of several periods."""
    if not table.has_periods_across:
        return
    periods = list_names(table.period_of_column.values())
    for number in table.number_columns:
        if number not in table.period_of_column and table.columns[number].field not in ANY_YEAR:
            _refuse(table, log, "periods_across", number, periods=periods)


def _check_hamlets(of: Study, table: Table, log: Log) -> None:
    """Refuse a table that has a column of names of hamlets."""
    nouns: set[str] = set()
    if of.country.hamlet:
        nouns.update(TEXTS["headings"]["hamlets"])
    if "levels.hamlet" in of.described:
        nouns |= level_nouns(of, "hamlet") | level_nouns(of, "hamlets")
    for number, column in table.columns.items():
        last_text = " ".join(column.texts[-1:])
        if tidy(last_text) not in nouns:
            continue
        cells = (table.sheet.cells.get((row, number)) for row in table.rows)
        if any(cell and re.search(r"[^\W\d_]", cell.text) for cell in cells):
            _refuse(table, log, "by_hamlet", number)


# --- sheets of ours ---


# Of each sheet of ours, the key of its name, and that of the text in its first cell.
_OUR_SHEETS = {
    "template.sheet_guide": "template.title",
    "template.sheet_catalogue": "template.catalogue_name",
    "check.sheet_found": "check.sheet_found",
    "check.sheet_changes": "check.sheet_changes",
}


def _is_ours(sheet: Sheet) -> bool:
    """Say whether a template or an earlier check added a sheet, in any language."""
    first_cell = sheet.cells.get((1, 1))
    if first_cell is None:
        return False
    texts = words.strings()
    for name_key, text_key in _OUR_SHEETS.items():
        for language, name in texts[name_key].items():
            # a text of ours is shown with its blanks filled
            pattern = re.sub(r"\\{\w+\\}", ".*", re.escape(texts[text_key][language]))
            if sheet.name == name and re.fullmatch(pattern, first_cell.text):
                return True
    return False
