"""Write down what is wrong with a report, at its cell, and what was changed in reading it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import limits, words
from ..escaping import plain
from ..grid import UnreadableError, address, letter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..grid import Sheet
    from .cells import Line

FAULTS = [
    *("sheet", "row", "column", "field", "found", "rule", "severity"),
    *("message", "expected", "suggestion", "cells"),
]
CHANGES = ["sheet", "row", "column", "before", "after", "why"]

WARNINGS = frozenset(
    {
        *("encoding", "hidden", "estimate"),
        *("unknown_column", "share_alone", "left_block"),
        *("far_from_census", "count_missing", "falls", "unusually_high", "unusually_low"),
        *("commune_missing", "district_missing", "total_unclear", "total_alone"),
    }
)
"""The rules whose breach may be right: the row is accepted, and a person looks at it."""

ASKED = frozenset(
    {
        *("unknown_column", "share_alone", "left_block", "stray_number", "total_alone"),
        *("unknown_words", "ambiguous", "zeros_lost", "far_below", "shown_differs", "struck"),
        *("raised", "name_proposed", "name_ambiguous", "district_unknown"),
    }
)
"""The rules that put a question: what waits for its answer is neither used nor refused."""


@dataclass(eq=False)
class Fault:
    """
    One thing that is wrong, and where; without a sheet it is of the whole file.

    `row` and `column` count from 1; 0 where the whole sheet is meant. `others` are further cells
    of the same column of which the same is to be said. `blanks` fill the blanks of its texts.
    """

    rule: str
    sheet: Sheet | None = None
    row: int = 0
    column: int = 0
    field: str = ""
    found: str = ""
    severity: str = "error"
    blanks: Mapping[str, object] = dataclasses.field(default_factory=dict)
    others: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    file: str = ""

    def text(self, part: str = "") -> str:
        """Say what is wrong, what was expected, or what to do, in the language in use."""
        room = "reading" if f"reading.{self.rule}" in words.strings() else "sense"
        own = {"found": self.found, "row": self.row, "column": letter(self.column)}
        return words.term(f"{room}.{self.rule}{part}", **{**own, **self.blanks})

    def message(self) -> str:
        """Say what is wrong, and of which other cells of the column the same holds."""
        if not self.others:
            return self.text()
        cells = first([address(*one) for one in self.others])
        return f"{self.text()} {words.term('reading.others', cells=cells)}"


class Log:
    """What was found wrong in a file, and what was made of its cells."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.changes: list[tuple[Sheet, int, int, str, str, str, dict[str, object]]] = []
        self._columns: dict[tuple[object, ...], Fault] = {}
        self._placed = 0

    def fault(
        self,
        rule: str,
        sheet: Sheet | None = None,
        row: int = 0,
        column: int = 0,
        *,
        field: str = "",
        found: str = "",
        severity: str = "",
        by: object = None,
        blanks: Mapping[str, object] | None = None,
    ) -> None:
        """Say what is wrong with a cell; `by` names what it is said of once, however many cells."""
        key = (rule, id(sheet), by)
        if by is not None and key in self._columns:
            first = self._columns[key]
            if (row, column) != (first.row, first.column):
                first.others.append((row, column))
            return
        severity = severity or ("warning" if rule in WARNINGS else "error")
        fault = Fault(rule, sheet, row, column, field, plain(found), severity, blanks or {})
        self.faults.append(fault)
        if by is not None:
            self._columns[key] = fault
        self._placed += bool(row)
        if self._placed > limits.MOST_FAULTS:
            self.require_few()

    def refuse(self, error: UnreadableError, file: str) -> None:
        """Say why a file is refused as a whole; whatever was said of it before is of no use."""
        self.changes, self.faults = [], [Fault(error.rule, blanks=error.told(file))]

    def of(
        self, line: Line, rule: str, field: str = "", *, by: object = None, **blanks: object
    ) -> None:
        """Say what is wrong with a row, or with a field of it, at its cell."""
        cell, column = line.place(field)
        place = line.table.sheet, line.row, column
        self.fault(rule, *place, field=field, found=line.shown(cell), by=by, blanks=blanks)

    def change(
        self, sheet: Sheet, row: int, column: int, what: tuple[str, str, str], **blanks: object
    ) -> None:
        """Note a cell that is read otherwise than it is written: before, after and the reason."""
        self.changes.append((sheet, row, column, *what, blanks))

    def require_few(self) -> None:
        """
        Stop if a file has more faults than anybody looks at: they have one cause.

        Raises
        ------
        UnreadableError
            If there are too many, with the first of them and where it is.
        """
        placed, most = [one for one in self.faults if one.row and one.sheet], limits.MOST_FAULTS
        number = sum(1 + len(one.others) for one in placed)
        if number > most:
            one = placed[0]
            where = f"{one.sheet.name if one.sheet else ''}!{address(one.row, one.column)}"
            told = {"number": number, "most": most, "place": where, "first": one.text()}
            raise UnreadableError(rule="too_many_faults", **told)

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Write faults and changes as frames, with their texts in the language in use."""
        faults = [
            (
                *(one.sheet.name if one.sheet else one.file, one.row, letter(one.column)),
                *(one.field, one.found, one.rule, one.severity),
                *(one.message(), one.text("_expected"), one.text("_suggestion")),
                tuple(address(*cell) for cell in [(one.row, one.column), *one.others] if cell[0]),
            )
            for one in sorted(self.faults, key=lambda one: (one.sheet is not None, one.file))
        ]
        changes = [
            (sheet.name, row, letter(column), before, after, why)
            for sheet, row, column, before, after, key, told in self.changes
            for why in [key if " " in key else words.term(f"reading.{key}", **told)]
        ]
        rows = {"row": "int64"}
        return (
            pd.DataFrame(faults, columns=FAULTS).astype(rows),
            pd.DataFrame(changes, columns=CHANGES).astype(rows),
        )


def first(texts: list[str], most: int = 6) -> str:
    """List the first of some texts, and say that there are more."""
    return ", ".join(texts[:most]) + ", …" * (len(texts) > most)


def show(value: object) -> str:
    """
    Write a value of a cell for a reader: a number as numbers are written, a text in one line.

    Examples
    --------
    >>> show(1234.0), show(0.5), show(None)
    ('1.234', '0,5', '')
    """
    if value is None or value is pd.NA:
        return ""
    if not isinstance(value, int | float | np.number):
        return plain(value)
    number = float(value)
    decimals = next((d for d in range(6) if round(number, d) == number), 3)
    return "" if np.isnan(number) else words.number(number, decimals=decimals)
