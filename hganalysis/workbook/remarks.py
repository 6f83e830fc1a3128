"""Ask about caveats: texts beside numbers that are no counts of their period."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..escaping import plain
from .faults import is_number, mark
from .headings import fits, is_group, is_name, is_unit, read_text
from .times import find_periods, is_year
from .vocabulary import (
    PATTERNS,
    SCOPES,
    TEXTS,
    UNUSED,
    Phrases,
    Vocabulary,
    is_since_january,
    readings,
    tidy,
    whole_texts,
    without_dates_of_letters,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ..grid import Cell
    from ..periods import Grain, PeriodKey
    from .cells import Line
    from .faults import Log
    from .tables import Layout, Table

_CAVEATS = TEXTS["remarks"]["telling"]
_PHRASES = Phrases(_CAVEATS)
_LONG_PHRASES = Phrases(text for text in _CAVEATS if " " in text)


@cache  # phrases of each length of periods, and of no study
def _harmless(grain: Grain) -> Phrases:
    """Gather what changes nothing; "cả năm" does in a report of quarters."""
    # "tính đến" is of the day behind it
    whole = [text for text in whole_texts(grain) if " " in text and not text.endswith("đến")]
    return Phrases([*TEXTS["remarks"]["harmless"], *whole])


# The columns in which nothing is read: without a known heading, remarks, running numbers, units.
_UNREAD = {"", *UNUSED}


def is_caveat(
    text: str,
    vocabulary: Vocabulary,
    *,
    periods: Collection[PeriodKey] = (),
    fields: Collection[str] = (),
) -> bool:
    """
    Say whether a text says that numbers are no counts of their period.

    Parameters
    ----------
    text
        Of a cell or a comment. A text that a person has answered for is no caveat.
    vocabulary
        From `gather_vocabulary`.
    periods
        Of the numbers; empty where they are not known.
    fields
        Of the numbers: a unit has to fit all of them.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> vocabulary = gather_vocabulary()
    >>> texts = ("tạm lấy số năm trước", "Chưa báo cáo", "6 tháng", "Nam", "cả năm", "đã xem")
    >>> [is_caveat(text, vocabulary) for text in texts]
    [True, True, True, True, False, False]
    >>> is_caveat("số năm 2021", vocabulary, periods=[2022])
    True
    >>> is_caveat("hộ", vocabulary, fields=["members"])
    True
    """
    if vocabulary.answers.get(tidy(text)):
        return False
    of = vocabulary.study
    return any(
        _is_caveat(reading, of.grain, periods, fields) for reading in readings(text, of.country)
    )


def _is_caveat(
    text: str, grain: Grain, periods: Collection[PeriodKey], fields: Collection[str]
) -> bool:
    """Say whether one reading of a text is a caveat."""
    if is_group(text):
        return True
    unit_line = PATTERNS["unit"].fullmatch(text.strip().lower())
    unit = unit_line[1] if unit_line else text
    if is_unit(unit):
        return not all(fits(unit, field) for field in fields)
    # days of documents and signatures are not of the numbers
    line = _harmless(grain).without(tidy(without_dates_of_letters(text)))
    if is_since_january(fields):
        line = SCOPES["since"].without(line)
    search = find_periods(line, grain)
    # "Ước" and "Triệu" are also names of people
    phrases = _LONG_PHRASES if is_name(text) else _PHRASES
    if phrases.are_in(line) or PATTERNS["part_of_year"].search(search.remainder):
        return True
    return bool(periods and search.keys - set(periods))


class _Remark(NamedTuple):
    """A text beside numbers: its address, and the lines and fields that it is about."""

    address: tuple[int, int]
    text: str
    lines: list[Line]
    fields: set[str]
    cell: Cell | None = None


def ask(layout: Layout, lines: list[Line], vocabulary: Vocabulary, log: Log) -> None:
    """
    Ask about each caveat beside numbers; the rows of the numbers wait for an answer.

    Parameters
    ----------
    layout
        A sheet, and what each of its rows is.
    lines
        What was read of its tables.
    vocabulary
        From `gather_vocabulary`.
    log
        Takes the questions: one for each text of a table.
    """
    lines_of_row: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.has_figures:
            lines_of_row[line.row].append(line)
    for table in layout.tables:
        remarks = [*_of_cells(table, lines_of_row), *_of_comments(table, lines_of_row, vocabulary)]
        for remark in sorted(remarks, key=lambda remark: remark.address):
            periods = {line.period for line in remark.lines if line.period}
            is_caution = is_caveat(remark.text, vocabulary, periods=periods, fields=remark.fields)
            if is_caution or _is_unknown_unit(remark, table, vocabulary):
                _ask_about(remark, table, log)


def _is_unknown_unit(remark: _Remark, table: Table, vocabulary: Vocabulary) -> bool:
    """Say whether a text in a column of units names none that is counted one by one."""
    if remark.cell is None or table.column_at(remark.cell.column).field != "unit":
        return False
    return not is_unit(remark.text) and not vocabulary.answers.get(tidy(remark.text))


def _ask_about(remark: _Remark, table: Table, log: Log) -> None:
    text = " ".join(remark.text.split())
    question = table, tidy(text)
    found = mark(plain(text))
    log.fault("remark", table.sheet, *remark.address, text=text, once_per=question, found=found)
    if remark.cell is not None:
        remark.cell.status = "asked"
    for line in remark.lines:
        line.wrong.setdefault("", "remark")


def _of_cells(table: Table, lines_of_row: Mapping[int, list[Line]]) -> Iterator[_Remark]:
    """Give the texts in unread columns: of one row, or above several rows."""
    columns = range(1, table.sheet.last_column + 1)
    unread_columns = [number for number in columns if table.column_at(number).field in _UNREAD]
    block: list[Line] = []
    # from below, so that the rows of a block are known before its heading
    for row in reversed(table.rows):
        if table.kinds[row].kind == "header":
            subject, block = block, []
        else:
            subject = lines_of_row[row]
            block += subject
        if subject:
            yield from _of_row(table, row, subject, unread_columns)


def _of_row(table: Table, row: int, lines: list[Line], columns: list[int]) -> Iterator[_Remark]:
    """Give the texts in some columns of a row, which is about some lines."""
    numbers = [number for line in lines for number in line.numbers.values()]
    # "chưa báo cáo" for one number, and 0 for all others
    if numbers and not any(numbers):
        columns = columns + table.number_columns
    for column in columns:
        cell = table.sheet.cell_at(row, column)
        if cell is not None and _is_text(cell, table.column_at(column).field):
            yield _Remark((cell.row, cell.column), cell.text, lines, _fields(lines), cell)


def _is_text(cell: Cell, field: str) -> bool:
    """Say whether a cell holds a text; a year is one among remarks only."""
    if is_year(cell.text):
        return field == "remark"
    return isinstance(cell.value, str) and not is_number(cell)


def _of_comments(
    table: Table, lines_of_row: Mapping[int, list[Line]], vocabulary: Vocabulary
) -> Iterator[_Remark]:
    """Give the comments of a table, less those that `around` asks about."""
    for (row, column), text in table.sheet.notes.items():
        rows = [row] if row in table.kinds else []
        # a comment on a header is about all rows, and so are headers and footers of pages
        if row == 0 or row in table.header:
            rows = table.rows
        subject = [line for number in rows for line in lines_of_row[number]]
        if subject and not read_text(text, vocabulary).unknown:
            address = (row, column) if row else (table.header_row(), 0)
            yield _Remark(address, text, subject, _fields(subject))


def _fields(lines: list[Line]) -> set[str]:
    """Give the fields of the numbers of some lines."""
    return {field for line in lines for field in line.numbers}
