"""Turn the rows of a table into lines, and note what is read otherwise than written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from .. import words
from ..grid.cell import format_flag
from ..periods import PeriodError
from . import percents
from .corrections import MARKS, SignedLine
from .faults import mark, show
from .headings import UNUSED_ANSWER, fits, is_unit, meaning, read_text
from .numbers import Number, read_column
from .rows import Kind
from .times import find_unclear_days, read_cell
from .vocabulary import FOOTNOTES, PARTS, PATTERNS, PLACE, TIMES, Meaning, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..grid import Cell
    from ..periods import PeriodKey
    from .faults import Log
    from .tables import Table
    from .vocabulary import Vocabulary


@dataclass(eq=False)
class Line:
    """
    What a row says of a place in one period.

    Where periods stand side by side, a row has one line for each period.

    Attributes
    ----------
    texts
        What the row says of its place, by field.
    numbers
        The numbers of the row, by field.
    cells
        The cell of each field.
    wrong
        The rule that each wrong field breaks; an empty field is the whole row.
    code
        The commune, once that is settled.
    probable_code, probable_parent
        The commune and the district that the row seems to be of.
    """

    table: Table
    row: int
    kind: Kind
    period: PeriodKey | None = None
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    is_rejected: bool = False
    code: str | None = None
    probable_code: str | None = None
    probable_parent: str | None = None

    @property
    def is_data(self) -> bool:
        """Say whether the line is of a place, and no total."""
        return self.kind.kind in {"data", "rejected"}

    @property
    def has_figures(self) -> bool:
        """Say whether the line holds numbers, or something that was meant as one."""
        return bool(self.numbers or self.wrong)

    def locate(self, field: str) -> tuple[Cell | None, int]:
        """Give the cell and the column of a field, or the first column."""
        cell = self.cells.get(field)
        if cell:
            return cell, cell.column
        columns = self.table.columns_of(field) if field else []
        if self.table.has_periods_across:
            periods = {None, self.period}
            columns = [number for number in columns if self.table.columns[number].period in periods]
        if columns:
            return None, columns[0]
        return None, min((cell.column for cell in self.cells.values()), default=0)


class _NumberCell(NamedTuple):
    """A cell that is read as a number, with its field and its lines."""

    field: str
    lines: list[Line]
    cell: Cell
    column: int
    """Of a merged cell, not the first one."""


class Reader:
    """Reads a table into lines. `answer` says what the dots in the numbers of its file mark."""

    def __init__(self, table: Table, vocabulary: Vocabulary, answer: SignedLine, log: Log) -> None:
        self.table = table
        self.sheet = table.sheet
        self.vocabulary = vocabulary
        self.answer = answer
        self.log = log
        periods = (
            [*sorted(set(table.period_of_column.values()))] if table.has_periods_across else [None]
        )
        self.rows: dict[int, list[Line]] = {
            row: [Line(table, row, table.kinds[row], period) for period in periods]
            for row in table.read_rows
        }

    def read(self) -> list[Line]:
        """Read all cells of the columns that are known."""
        for row, lines in self.rows.items():
            rule = lines[0].kind.rule
            if rule:
                self.log.fault(rule, self.sheet, row)
                _mark_wrong(lines, "", rule)
        for number, column in self.table.columns.items():
            if column.field in PLACE:
                self._read_texts(number, column.field)
            elif column.field == "period":
                self._read_periods(number)
        if self._has_district_headings():
            self._read_texts(0, "district")
        measures = self._measures()
        for column_number in self.table.number_columns:
            self._read_numbers(column_number, measures)
        self._refuse_ragged()
        return [line for lines in self.rows.values() for line in lines]

    def _has_district_headings(self) -> bool:
        """Say whether rows above name the district, and no column does."""
        if self.table.columns_of("district"):
            return False
        for kind in self.table.kinds.values():
            if kind.kind == "data" or heads_a_district(kind):
                return kind.kind != "data"
        return False

    def _column_cells(self, column: int) -> Iterator[tuple[list[Line], Cell]]:
        """Give each cell of a column in the rows that are read, and its lines."""
        period = self.table.period_of_column.get(column) if self.table.has_periods_across else None
        for row, lines in self.rows.items():
            cell = self.sheet.cell_at(row, column)
            if cell:
                yield [line for line in lines if period in {None, line.period}], cell

    # --- texts ---

    def _read_texts(self, column: int, field: str) -> None:
        """Read a column of places; an empty district is that of the row above."""
        may_fill = field == "district" and not self.table.repeats_district
        above = ""
        for row in self.table.rows:
            kind = self.table.kinds[row]
            if heads_a_district(kind):
                above = kind.label
            lines = self.rows.get(row)
            cell = self.sheet.cell_at(row, column)
            if not lines or (cell and not self._may_read(cell, lines, field)):
                continue
            text = _place_text(cell, field)
            if may_fill and kind.kind == "data":
                text = text or above
                above = text
            self._note_text(cell, row, column, "why_mark", text)
            for line in lines:
                line.texts[field] = text or line.texts.get(field, "")

    def _note_text(
        self, cell: Cell | None, row: int, column: int, reason: str, *texts: str
    ) -> None:
        """Note what is read as the first of some texts, and written as none, or in a row above."""
        # the text of a merged cell stands in another row
        written = cell.text if cell and cell.row == row else ""
        reason = reason if written else "why_above"
        if " ".join(written.split()).casefold() not in map(str.casefold, texts):
            self.log.add_change(self.sheet, row, column, (written, texts[0], reason))

    # --- periods ---

    def _read_periods(self, column: int) -> None:
        """Read a column of periods; a text that is no period is a fault."""
        column_cells = [*self._column_cells(column)]
        grain = self.vocabulary.study.grain
        unclear_rows = find_unclear_days([cell for _, cell in column_cells], grain)
        for lines, cell in column_cells:
            if not self._may_read(cell, lines, "period"):
                continue
            if cell.row in unclear_rows:
                self._fault("day_order", cell, lines, "period")
                continue
            year = self._year_beside(lines)
            try:
                period = read_cell(cell, grain, year).key
            except PeriodError as error:
                if lines[0].kind.kind == "data":
                    self._fault(error.reason, cell, lines, "period", year=year)
                continue
            for line in lines:
                line.period = period
            texts = str(period), words.short_period(period)
            self._note_text(cell, lines[0].row, column, "why_period_text", *texts)

    def _year_beside(self, lines: list[Line]) -> str:
        """Give what a row says in its column of years, beside that of quarters or months."""
        for column in self.table.columns_of("year"):
            cell = self.sheet.cell_at(lines[0].row, column)
            if cell and self._may_read(cell, lines, "year"):
                return cell.text
        return ""

    # --- numbers ---

    def _measures(self) -> dict[int, str]:
        """Give each row of a long table the name of its measure."""
        columns = self.table.columns_of("indicator")
        if not columns:
            return {}
        names = dict.fromkeys(self.rows, "")
        for lines, cell in self._column_cells(columns[0]):
            text = meaning(cell.text, self.vocabulary) or Meaning()
            # a measure of another period is another measure
            name = "" if text.part or text.period else text.indicator
            names[lines[0].row] = name
            for line in lines:
                line.cells["indicator"] = cell
            if not name and lines[0].kind.kind == "data":
                self._fault("unknown_indicator", cell, lines, "indicator")
        return names

    def _read_numbers(self, column: int, measures: dict[int, str]) -> None:
        """Read a column of numbers: the cells together decide on the decimal mark."""
        field = self.table.columns[column].field
        cells = [*self._column_cells(column)]
        formulas = [
            cell.value
            for lines, cell in cells
            if lines[0].kind.kind == "data" and "formula" in cell.flags
        ]
        # a program that does not compute saves every formula as 0
        is_uncomputed = len(formulas) > 1 and not any(formulas)
        placed = []
        for lines, cell in cells:
            cell_field = field
            if measures and field in PARTS:
                cell_field = f"{measures[lines[0].row]}.{field}"
                answer = self.vocabulary.answers.get(tidy(cell_field))
                if answer == UNUSED_ANSWER:
                    cell.status = "ignored"
                    continue
                if answer == cell_field:
                    self.table.answered.add(cell_field)
            if not cell_field.startswith("."):
                placed.append(_NumberCell(cell_field, lines, cell, column))
        texts_by_field: dict[str, list[str]] = {}
        for number_cell in placed:
            texts = texts_by_field.setdefault(number_cell.field, [])
            texts.append(number_cell.cell.text)
        in_percent = percents.find_fields(self.table, column, texts_by_field)
        number_cells = []
        for number_cell in placed:
            cell_field, lines, cell, _ = number_cell
            if cell_field in in_percent:
                self._ask_about_percent(number_cell)
            elif self._may_read(cell, lines, cell_field, is_uncomputed=is_uncomputed):
                number_cells.append(number_cell)
        mark = MARKS.get(self.answer.code)
        numbers = read_column([number_cell.cell.value for number_cell in number_cells], mark)
        for number_cell, number in zip(number_cells, numbers, strict=True):
            self._take_number(number_cell, number)

    def _ask_about_percent(self, number_cell: _NumberCell) -> None:
        """Let a number of a column of per cents wait for an answer."""
        for line in number_cell.lines:
            line.cells[number_cell.field] = number_cell.cell
            percents.ask_about_line(line, number_cell.field, self.log, reason="said")

    def _take_number(self, number_cell: _NumberCell, number: Number) -> None:
        """Give a number to its lines, and note why it is written otherwise; or refuse it."""
        field, lines, cell, column = number_cell
        if number.rule and number.rule != "missing":
            readings = [mark(show(reading)) for reading in number.readings]
            listed = words.term("reading.or").join(readings) or "–"
            self._fault(number.rule, cell, lines, field, readings=listed)
            return
        strange_unit = self._strange_unit(number.suffixes, field)
        if strange_unit:
            self._fault("unit_of_cell", cell, lines, field, unit=mark(strange_unit))
            return
        after = ""
        if number.value is not None:
            after = f"{number.value:.15g}"
            for line in lines:
                line.numbers[field] = number.value
        before = cell.text
        reason = "why_text"
        if "formula" in cell.flags:
            before = cell.formula
            reason = "why_formula"
        if number.rule:
            reason = "why_missing"
        if number.is_answered:
            reason = "why_answer"
        if before != after:
            change = before, after, reason
            who = self.answer.accepted_by
            self.log.add_change(self.sheet, lines[0].row, column, change, who=who)

    def _strange_unit(self, texts: tuple[str, ...], field: str) -> str:
        """Give the first text behind a number that is no unit and not harmless."""
        for text in texts:
            content = read_text(text, self.vocabulary)
            has_strange_words = content.unknown or content.periods
            if has_strange_words or not all(fits(unit, field) for unit in content.units):
                return text
        return ""

    # --- what may be read, and what is refused ---

    def _may_read(
        self, cell: Cell, lines: list[Line], field: str, *, is_uncomputed: bool = False
    ) -> bool:
        """Refuse a cell whose value a reader does not see, or that is not clear."""
        for line in lines:
            line.cells[field] = cell
        is_number_field = field not in {*PLACE, *TIMES}
        rule = next((flag for flag in _UNREADABLE if flag in cell.flags), "")
        if rule == "date" and field in TIMES and self.vocabulary.study.grain != "year":
            rule = ""
        if rule == "shown_differs" and (not is_number_field or _shows_unit(cell, field)):
            rule = ""
        if not rule and is_uncomputed and "formula" in cell.flags and cell.value == 0:
            rule = "uncomputed"
        if not rule and is_number_field and self._is_merged(cell):
            rule = "merged_number"
        if not rule:
            return True
        texts = {"stored": mark(show(cell.value)), "readings": mark(cell.text)}
        self._fault(rule, cell, lines, field, code=cell.number_format or "–", **texts)
        return False

    def _is_merged(self, cell: Cell) -> bool:
        """Say whether a number stands for several rows or several columns at once."""
        if (cell.row, cell.column) not in self.sheet.merged_cells:
            return False
        table = self.table
        sheet = self.sheet
        columns = [
            column for column in table.number_columns if sheet.cell_at(cell.row, column) is cell
        ]
        rows = [row for row in table.read_rows if sheet.cell_at(row, cell.column) is cell]
        return len(columns) * len(rows) > 1

    def _fault(self, rule: str, cell: Cell, lines: list[Line], field: str, **blanks: str) -> None:
        """Report a cell that cannot be read; in a total, it is a warning."""
        is_total = lines[0].kind.kind == "total"
        self.log.fault(
            *(rule, self.sheet, lines[0].row, cell.column),
            field=field,
            text=cell.formula if rule == "uncomputed" else cell.text,
            severity="warning" if is_total else "error",
            once_per=(self.table, cell.column, is_total),
            header=self.table.column_at(cell.column).title or "–",
            **blanks,
        )
        _mark_wrong(lines, field, rule)

    def _refuse_ragged(self) -> None:
        """Refuse rows of a csv with more fields than the header: a number was cut."""
        widths = self.sheet.widths
        expected = max((widths.get(row, 0) for row in self.table.header), default=0)
        for row, lines in self.rows.items():
            if widths.get(row, 0) > expected:
                numbers = {"fields": str(widths[row]), "expected": str(expected)}
                self.log.fault("ragged", self.sheet, row, once_per=self.table, **numbers)
                _mark_wrong(lines, "", "ragged")


def _place_text(cell: Cell | None, field: str) -> str:
    """Take the text of a place out of a cell, without marks of footnotes."""
    if cell is None:
        return ""
    # a formula keeps the zeros before a code: ="09123"
    code = re.fullmatch(r'="?([0-9]+)"?', cell.text) if "code" in field else None
    if code:
        return code[1]
    return " ".join(cell.text.rstrip(FOOTNOTES).split()) or cell.text


def _shows_unit(cell: Cell, field: str) -> bool:
    """Say whether a cell shows its number, and behind it a unit of its field."""
    unit = re.sub(r'["\d.,#?\\\s]', "", re.sub(r"_.|\*.|\[[^\]]*\]", "", cell.number_format))
    digits = re.sub(r"\D", "", cell.number_format)
    without_unit = re.sub('"[^"]*"', "", cell.number_format)
    is_plain = digits == cell.text or not format_flag(without_unit, cell.value)
    return is_unit(unit) and fits(unit, field) and is_plain


def heads_a_district(kind: Kind) -> bool:
    """Say whether a row names the district of the rows below, not of those above."""
    return kind.level == "district" and not PATTERNS["sum"].match(kind.label.lower())


def _mark_wrong(lines: list[Line], field: str, rule: str) -> None:
    """Mark a field of lines as wrong; the first rule that it breaks is kept."""
    for line in lines:
        line.wrong.setdefault(field, rule)


_UNREADABLE = [
    "formula_error",
    "uncomputed",
    "struck",
    "raised",
    "percent",
    "date",
    "shown_differs",
]
"""The flags of a cell that are rules which it breaks; of several, the first counts."""
