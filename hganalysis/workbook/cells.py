"""Turn the rows of a table into typed lines, and note what is read otherwise than written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import words
from ..grid.cell import format_flag
from .faults import show
from .headings import fits, is_unit, meaning, said
from .numbers import Answer, read_column
from .rows import Kind
from .vocabulary import FOOTNOTES, PARTS, PATTERNS, PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..grid import Cell
    from .faults import Log
    from .tables import Table
    from .vocabulary import Vocabulary


@dataclass(eq=False)
class Line:
    """
    What a row says of a place in a year; where years stand side by side it is one for each.

    `texts` are those of its place, `numbers` its numbers, and `cells` where each field stands.
    `wrong` are the fields that could not be read; an empty one is the whole row.
    """

    table: Table
    row: int
    kind: Kind
    year: int | None = None
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    """The rule that each breaks."""
    rejected: bool = False
    code: str | None = None
    """The commune it is of, once that is settled; else it is probably of these."""
    probable_code: str | None = None
    probable_parent: str | None = None

    @property
    def is_data(self) -> bool:
        """Whether it is of a place, and no total."""
        return self.kind.kind in {"data", "rejected"}

    @property
    def has_figures(self) -> bool:
        """Whether it holds numbers, or something that was meant as one."""
        return bool(self.numbers or self.wrong)

    def locate(self, field: str) -> tuple[Cell | None, int]:
        """Give the cell of a field and its column; that of the row where it has no such column."""
        if cell := self.cells.get(field):
            return cell, cell.column
        of = self.table.columns_of(field) if field else []
        years = {None, self.year}
        at = [
            x for x in of if not self.table.has_years_across or self.table.columns[x].year in years
        ]
        return None, at[0] if at else min((one.column for one in self.cells.values()), default=0)

    def shown(self, cell: Cell | None) -> str:
        """Write what a cell holds: a number as numbers are written."""
        return "" if cell is None else show(cell.value) if cell.is_number else cell.text


class Reader:
    """A table that is being read."""

    def __init__(self, table: Table, known: Vocabulary, answer: Answer | None, log: Log) -> None:
        self.table, self.sheet, self.known = table, table.sheet, known
        self.answer, self.log = answer, log
        years = [*sorted(set(table.year_of_column.values()))] if table.has_years_across else [None]
        self.rows: dict[int, list[Line]] = {
            row: [Line(table, row, table.kinds[row], year) for year in years]
            for row in table.read_rows
        }

    def read(self) -> list[Line]:
        """Read all cells of the columns that are known."""
        for row, lines in self.rows.items():
            if rule := lines[0].kind.rule:
                self.log.fault(rule, self.sheet, row)
                _spoil(lines, "", rule)
        for at, one in self.table.columns.items():
            if one.field in PLACE:
                self._texts(at, one.field)
            elif one.field == "year":
                self._year(at)
        kinds = self.table.kinds.values()
        first = next((one for one in kinds if one.kind == "data" or heads_a_district(one)), None)
        if not self.table.columns_of("district") and first and first.kind != "data":
            self._texts(0, "district")  # no column says it, and the rows above do
        measures = self._measures()
        for at in self.table.number_columns:
            self._numbers(at, measures)
        self._ragged()
        return [line for lines in self.rows.values() for line in lines]

    def _change(self, row: int, at: int, before: str, after: str, why: str, **told: object) -> None:
        self.log.change(self.sheet, row, at, (before, after, why), **told)

    def _column(self, at: int) -> Iterator[tuple[list[Line], Cell]]:
        """Give each cell of a column in a row that is read, and the lines that it is of."""
        year = self.table.year_of_column.get(at) if self.table.has_years_across else None
        for row, lines in self.rows.items():
            if cell := self.sheet.cell_at(row, at):
                yield [one for one in lines if year in {None, one.year}], cell

    # --- texts ---

    def _texts(self, at: int, name: str) -> None:
        fill, above = name == "district" and not self.table.repeats_district, ""
        for row in self.table.rows:
            kind = self.table.kinds[row]
            if heads_a_district(kind):
                above = kind.label
            lines, cell = self.rows.get(row), self.sheet.cell_at(row, at)
            if not lines or (cell and not self._take(cell, lines, name)):
                continue
            raw = cell.text if cell else ""
            code = re.fullmatch(r'="?([0-9]+)"?', raw) if "code" in name else None
            value = code[1] if code else " ".join(raw.rstrip(FOOTNOTES).split()) or raw
            if not value and fill and kind.kind == "data":
                value = above
            own = raw if cell and cell.row == row else ""
            if value != " ".join(own.split()):
                self._change(row, at, own, value, "why_mark" if own else "why_above")
            if value and kind.kind == "data":
                above = value
            for line in lines if value else ():
                line.texts[name] = value

    # --- years ---

    def _year(self, at: int) -> None:
        for lines, cell in self._column(at):
            if not self._take(cell, lines, "year"):
                continue
            row, raw, year = lines[0].row, cell.text, _YEAR.fullmatch(cell.text.lower())
            for line in lines:
                line.year = int(year[1]) if year else None
            if year and (cell.row != row or year[1] != raw):
                told = (raw, year[1], "why_text") if cell.row == row else ("", year[1], "why_above")
                self._change(row, at, *told)
            elif not year and lines[0].kind.kind == "data":
                self._fault("no_year", cell, lines, "year")

    # --- numbers ---

    def _measures(self) -> dict[int, str]:
        """Give each row of a long table the name of its measure."""
        columns = self.table.columns_of("indicator")
        found = dict.fromkeys(self.rows if columns else (), "")
        for lines, cell in self._column(columns[0]) if columns else ():
            one = meaning(cell.text, self.known)
            # a measure of another year is another thing
            name = one.indicator if one and not (one.part or one.year) else ""
            found[lines[0].row] = name
            for line in lines:
                line.cells["indicator"] = cell
            if not name and lines[0].kind.kind == "data":
                self._fault("unknown_indicator", cell, lines, "indicator")
        return found

    def _numbers(self, at: int, measures: dict[int, str]) -> None:
        name, cells = self.table.columns[at].field, [*self._column(at)]
        formulas = [
            cell.value
            for lines, cell in cells
            if lines[0].kind.kind == "data" and "formula" in cell.flags
        ]
        zeros = len(formulas) > 1 and not any(formulas)  # a program saved them uncomputed
        free = []
        for lines, cell in cells:
            own = f"{measures[lines[0].row]}.{name}" if measures and name in PARTS else name
            if not own.startswith(".") and self._take(cell, lines, own, zeros=zeros):
                free.append((own, lines, cell))
        mark = self.answer.mark if self.answer else None
        numbers = read_column([cell.value for *_, cell in free], mark)
        for (own, lines, cell), number in zip(free, numbers, strict=True):
            if number.rule and number.rule != "missing":
                readings = words.term("reading.or").join(map(show, number.readings)) or "–"
                self._fault(number.rule, cell, lines, own, readings=readings)
                continue
            if strange := self._strange_unit(number.beside, own):
                self._fault("unit_of_cell", cell, lines, own, unit=strange)
                continue
            formula = "formula" in cell.flags
            before = cell.formula if formula else cell.text
            after = "" if number.value is None else f"{number.value:.15g}"
            if before != after:
                read = "why_formula" if formula else "why_text"
                why = "why_answer" if number.answered else "why_missing" if number.rule else read
                who = self.answer.accepted_by if self.answer else ""
                self._change(lines[0].row, at, before, after, why, who=who)
            for line in lines if number.value is not None else ():
                line.numbers[own] = number.value  # type: ignore[assignment]

    def _strange_unit(self, texts: tuple[str, ...], field: str) -> str:
        """Give the first text behind a number that is no unit of its field, nor harmless."""
        for text in texts:
            meant = said(text, self.known)
            is_known = is_unit(text) or not (meant.strange or meant.years)
            units = [text] if is_unit(text) else meant.units
            if not is_known or not all(fits(unit, field) for unit in units):
                return text
        return ""

    # --- what is taken, and what is refused ---

    def _take(self, cell: Cell, lines: list[Line], field: str, *, zeros: bool = False) -> bool:
        """Refuse what a cell cannot say of a field, or not to a reader who sees another thing."""
        for line in lines:
            line.cells[field] = cell
        flags, number = cell.flags, field not in {*PLACE, "year"}
        rule = next((rule for flag, rule in _FLAGS.items() if flag in flags), "")
        if rule == "shown_differs" and (not number or _shows_unit(cell, field)):
            rule = ""
        if not rule and zeros and "formula" in flags and cell.value == 0:
            rule = "uncomputed"
        if not rule and number and self._is_merged(cell):
            rule = "merged_number"
        if rule:
            told = {
                "stored": show(cell.value),
                "code": cell.number_format or "–",
                "readings": cell.text,
            }
            self._fault(rule, cell, lines, field, **told)
        return not rule

    def _is_merged(self, cell: Cell) -> bool:
        """Say whether a number stands for several rows or several columns at once."""
        if (cell.row, cell.column) not in self.sheet.merged_cells:
            return False
        columns = [
            at for at in self.table.number_columns if self.sheet.cell_at(cell.row, at) is cell
        ]
        rows = [row for row in self.table.read_rows if self.sheet.cell_at(row, cell.column) is cell]
        return len(columns) * len(rows) > 1

    def _fault(
        self, rule: str, cell: Cell, lines: list[Line], field: str, **blanks: object
    ) -> None:
        # nothing is lost where a total cannot be read: it only cannot be held against its parts
        total = lines[0].kind.kind == "total"
        self.log.fault(
            *(rule, self.sheet, lines[0].row, cell.column),
            field=field,
            text=cell.formula if rule == "uncomputed" else cell.text,
            severity="warning" if total else "error",
            once_per=(self.table.header.start, cell.column, total),
            blanks={"header": self.table.column_at(cell.column).title or "–", **blanks},
        )
        _spoil(lines, field, rule)

    def _ragged(self) -> None:
        """Refuse a row of a csv with more fields than its header: it was cut within a number."""
        widths, start = self.sheet.widths, self.table.header.start
        most = max((widths.get(row, 0) for row in self.table.header), default=0)
        for row, lines in self.rows.items():
            if widths.get(row, 0) > most:
                told = {"fields": widths[row], "expected": most}
                self.log.fault("ragged", self.sheet, row, once_per=start, blanks=told)
                _spoil(lines, "", "ragged")


def _shows_unit(cell: Cell, field: str) -> bool:
    """Say whether a cell shows its number and behind it the unit in which it is counted."""
    unit = re.sub(r'["\d.,#?\\\s]', "", re.sub(r"_.|\*.|\[[^\]]*\]", "", cell.number_format))
    digits = re.sub(r"\D", "", cell.number_format)
    plain = digits == cell.text or not format_flag(
        re.sub('"[^"]*"', "", cell.number_format), cell.value
    )
    return is_unit(unit) and fits(unit, field) and plain


def heads_a_district(kind: Kind) -> bool:
    """Say whether a row names a district for the rows below: not where it adds up those above."""
    return kind.level == "district" and not PATTERNS["sum"].match(kind.label.lower())


def _spoil(lines: list[Line], field: str, rule: str) -> None:
    for line in lines:
        line.wrong.setdefault(field, rule)


_YEAR = re.compile(r"(?:năm |nam |year )?((?:19|20)[0-9]{2})")
_FLAGS = {
    "error": "formula_error",
    **{flag: flag for flag in ("uncomputed", "struck", "raised", "percent", "date")},
    "format": "shown_differs",
}
"""The rule that a flag of a cell breaks, the first that holds."""
