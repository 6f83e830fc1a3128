"""Ask about texts beside numbers that say that the numbers are not counts of their year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .. import study
from .faults import is_number
from .headings import Phrases, fits, is_group, is_person, is_unit, said, unsaid
from .vocabulary import PATTERNS, TEXTS, Vocabulary, tidy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ..grid import Cell
    from .cells import Line
    from .faults import Log
    from .tables import Layout, Table

_TELLING = TEXTS["remarks"]["telling"]
_WORDS = Phrases(_TELLING)
_SEVERAL_WORDS = Phrases(text for text in _TELLING if " " in text)
# The whole year is no part of it.
_WHOLE_YEAR = [text for text in TEXTS["headings"]["whole"] if " " in text]
_HARMLESS = Phrases([*TEXTS["remarks"]["harmless"], *_WHOLE_YEAR])
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
# The columns in which nothing is read: one without a known heading, remarks, running numbers.
_UNREAD = {"", "remark", "number"}


def is_caveat(
    text: str, known: Vocabulary, *, years: Collection[int] = (), fields: Collection[str] = ()
) -> bool:
    """
    Say whether a text says that the numbers beside it are not counts of their year.

    Parameters
    ----------
    text
        As it stands in a cell or a comment. What a person said of it holds.
    known
        From `vocabulary.gather_vocabulary`.
    years
        Of the numbers; none where they are not known.
    fields
        Of the numbers: a unit has to be one of all of them.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> known = gather_vocabulary()
    >>> texts = ("tạm lấy số năm trước", "Chưa báo cáo", "6 tháng", "Nam", "cả năm", "đã xem")
    >>> [is_caveat(text, known) for text in texts]
    [True, True, True, True, False, False]
    >>> is_caveat("số năm 2021", known, years=[2022]), is_caveat("hộ", known, fields=["members"])
    (True, True)
    """
    if known.answers.get(tidy(text)):
        return False
    decoded = [] if text.isascii() else study.current().country.decodings(text)
    ways = [text, *(other for _, other in decoded)]
    return any(_tells(way, years, fields) for way in ways)


def _tells(text: str, years: Collection[int], fields: Collection[str]) -> bool:
    if is_group(text):
        return True
    stated = PATTERNS["unit"].fullmatch(text.strip().lower())
    unit = stated[1] if stated else text
    if is_unit(unit):
        return not all(fits(unit, field) for field in fields)
    undated = PATTERNS["cited"].sub(" ", PATTERNS["signed"].sub(" ", text.lower()))
    line = _HARMLESS.without(tidy(undated))
    # "Ước" and "Triệu" are also names of people
    telling = _SEVERAL_WORDS if is_person(text, signed=True) else _WORDS
    if telling.are_in(line) or PATTERNS["part_of_year"].search(line):
        return True
    other_years = {int(year) for year in _YEAR.findall(undated)} - set(years)
    return bool(years and other_years)


class _Remark(NamedTuple):
    """A text beside numbers: where it stands, and the lines and fields that it is about."""

    place: tuple[int, int]
    text: str
    lines: list[Line]
    fields: set[str]
    cell: Cell | None = None


def ask(lay: Layout, lines: list[Line], known: Vocabulary, log: Log) -> None:
    """
    Ask about each text beside numbers that says another thing of them; its rows wait for an answer.

    Parameters
    ----------
    lay
        A sheet, and what each of its rows is.
    lines
        What was read of its tables.
    known
        From `vocabulary.gather_vocabulary`.
    log
        Takes the questions: one for each text of a table.
    """
    for table in lay.tables:
        own = [line for line in lines if line.table is table and line.has_figures]
        remarks = [*_of_cells(table, own), *_of_comments(table, own, known)]
        for remark in sorted(remarks, key=lambda remark: remark.place):
            years = {line.year for line in remark.lines if line.year}
            if not is_caveat(remark.text, known, years=years, fields=remark.fields):
                continue
            text = " ".join(remark.text.split())
            by, blanks = (id(table), tidy(text)), {"found": unsaid(text)}
            log.fault("remark", lay.sheet, *remark.place, text=text, once_per=by, blanks=blanks)
            if remark.cell is not None:
                remark.cell.status = "asked"
            for line in remark.lines:
                line.wrong.setdefault("", "remark")


def _of_cells(table: Table, lines: list[Line]) -> Iterator[_Remark]:
    """Give the texts of cells that are not read: of a row, or of a heading above several."""
    last = max((column for _, column in table.sheet.cells), default=0)
    unread = [at for at in range(1, last + 1) if table.column_at(at).field in _UNREAD]
    block: list[Line] = []
    # from below, so that the rows of a block are known where its heading is met
    for row in reversed(table.rows):
        of_row = [line for line in lines if line.row == row]
        is_heading = table.kinds[row].kind == "header"
        about = block if is_heading else of_row
        fields = {name for line in about for name in line.numbers}
        numbers = [number for line in about for number in line.numbers.values()]
        # "chưa báo cáo" for one number, and 0 for all others
        has_only_zeros = bool(numbers) and not any(numbers)
        columns = [*unread, *table.number_columns] if has_only_zeros else unread
        for at in columns if about else ():
            cell = table.sheet.cell_at(row, at)
            if cell is not None and _is_text(cell, table.column_at(at).field):
                yield _Remark((cell.row, cell.column), cell.text, about, fields, cell)
        block = [] if is_heading else block + of_row


def _is_text(cell: Cell, field: str) -> bool:
    """Say whether a cell says something: 2022 is a year among remarks, elsewhere a number."""
    is_year = _YEAR.fullmatch(cell.text) is not None
    if is_year or not isinstance(cell.value, str):
        return is_year and field == "remark"
    return not is_number(cell)


def _of_comments(table: Table, lines: list[Line], known: Vocabulary) -> Iterator[_Remark]:
    """Give the comments on a table and what its pages say, less those that `around` asks about."""
    for (row, at), text in table.sheet.notes.items():
        if said(text, known).strange:
            continue
        about = [line for line in lines if line.row == row]
        place = row, at
        if row == 0:
            about, place = lines, (table.header_row(), 0)
        elif row in table.header:
            about = lines
        fields = {name for line in about for name in line.numbers}
        if row > 0 and at in table.number_columns:
            fields &= {table.column_at(at).field}
            year = table.year_of_column.get(at) if table.has_years_across else None
            about = [line for line in about if year in {None, line.year}]
        if about:
            yield _Remark(place, text, about, fields)
