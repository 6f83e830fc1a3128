"""Write down what is wrong with a report, at its cell, and account for every cell of it."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import limits, places, words
from ..escaping import plain
from ..grid import UnreadableError, address, letter
from .headings import is_share, unsaid
from .vocabulary import UNUSED

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from ..grid import Cell, Sheet
    from .cells import Line
    from .check import Checked
    from .tables import Layout, Table

FAULTS = [
    *("sheet", "row", "column", "field", "found", "rule", "severity"),
    *("message", "expected", "suggestion", "cells"),
]
CHANGES = ["sheet", "row", "column", "before", "after", "why"]

WARNINGS = frozenset(
    {
        *("encoding", "hidden"),
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

    @property
    def places(self) -> list[tuple[int, int]]:
        """All of its cells."""
        return [(self.row, self.column), *self.others]

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
        if len(self.faults) > limits.MOST_FAULTS:
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

    def tables(self) -> tuple[pd.DataFrame, ...]:
        """Write faults and changes as frames, with their texts in the language in use."""
        faults = [
            (
                *(one.sheet.name if one.sheet else one.file, one.row, letter(one.column)),
                *(one.field, one.found, one.rule, one.severity),
                *(one.message(), one.text("_expected"), one.text("_suggestion")),
                tuple(address(*cell) for cell in one.places if cell[0]),
            )
            for one in sorted(self.faults, key=lambda one: (one.sheet is not None, one.file))
        ]
        changes = [
            (sheet.name, row, letter(column), before, after, why)
            for sheet, row, column, before, after, key, told in self.changes
            for why in [key if " " in key else words.term(f"reading.{key}", **told)]
        ]
        return tuple(
            pd.DataFrame(rows, columns=columns).astype({"row": "int64"})
            for rows, columns in ((faults, FAULTS), (changes, CHANGES))
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


# --- what became of each cell ---

USES = ("used", "ignored", "asked", "refused")
"""
What became of a cell: read as a place, a year, a number, a heading or a title; known and not
needed (running numbers, remarks, shares of what is counted, pages of ours); waiting for an answer
of a person; or refused for what is wrong with it or its row.
"""

_SHOWN, _LONGEST = 3, 24
_NUMBER = re.compile(r"[-+(]?\s*[0-9][0-9.,\s\u00a0]*\)?\s*%?")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def is_number(cell: Cell) -> bool:
    """Say whether a cell outside the rows of a table may be data: a number, and no year."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, str | int | float):
        return False
    return _NUMBER.fullmatch(cell.shown) is not None and _YEAR.fullmatch(cell.shown) is None


def left(lay: Layout, lines: list[Line], log: Log) -> None:
    """
    Say what became of each cell that is none of a line, and ask about what nobody knows.

    Parameters
    ----------
    lay
        A sheet, and what each of its rows is.
    lines
        What was read of its tables.
    """
    sheet = lay.sheet
    taken = {id(cell) for line in lines for cell in line.cells.values()}
    spoilt = {line.row for line in lines if line.wrong and line.is_data}
    of_row = {row: table for table in lay.tables for row in table.rows}
    unknown: dict[int, dict[int, list[Cell]]] = {id(table): {} for table in lay.tables}
    blocks: list[list[Cell]] = []
    for cell in (cell for cells in sheet.rows.values() for cell in cells):
        table, kind = of_row.get(cell.row), lay.kinds[cell.row]
        field = table.columns[cell.column].field if table and cell.column in table.columns else ""
        if id(cell) in taken:
            cell.used = "used"
        elif table is not None and kind.counted:
            own = kind.kind == "total" and cell.shown.endswith(kind.label or "\0")
            cell.used = "used" if own else _of_row(table, field, cell)
            if cell.used == "asked":
                unknown[id(table)].setdefault(cell.column, []).append(cell)
            elif cell.used == "":
                cell.used = "refused" if cell.row in spoilt else "used"
        elif lay.ours or field in UNUSED:
            cell.used = "ignored"
        elif is_number(cell) and not (kind.kind == "header" and table is None):
            cell.used = "asked"
            if not blocks or cell.row > blocks[-1][-1].row + 1:
                blocks.append([])
            blocks[-1].append(cell)
        else:
            cell.used = "used" if kind.kind in {"header", "title"} else "ignored"
    for table in lay.tables:
        _stray(table, unknown[id(table)], lines, log)
        _columns(table, unknown[id(table)], log)
    for block in blocks:
        one, last = block[0], block[-1].row
        told = str(last) if last == one.row else f"{one.row}–{last}"
        blanks = {"rows": told, **_values(block)}
        log.fault("left_block", sheet, one.row, one.column, blanks=blanks)


def _of_row(table: Table, field: str, cell: Cell) -> str:
    """Say what a cell is of a row that is a place or a total, and that was not read."""
    if field in UNUSED:
        return "asked" if field in {"remark", "unit"} and is_number(cell) else "ignored"
    if is_share(field):
        measure = field.removesuffix("share").removesuffix(".")
        return "ignored" if not measure or table.of(f"{measure}.count") else "asked"
    return "" if field else "asked"


def _stray(table: Table, columns: dict[int, list[Cell]], lines: list[Line], log: Log) -> None:
    """Refuse a number where there is no column for it: the row has slipped, or it is of nothing."""
    there, counted = table.sheet.cells, table.counted
    usual = [
        at for at in table.numbers if 2 * sum((row, at) in there for row in counted) > len(counted)
    ]
    for at, cells in columns.items():
        field = table.columns[at].field if at in table.columns else ""
        numbers = [one for one in cells if is_number(one)]
        if table.title(at) and field not in UNUSED:
            # it may stand among words as well, but not where the row lacks one further left
            few = numbers if len(numbers) <= max(1, len(cells) // 2) else []
            before = [one for one in usual if one < at]
            numbers = [one for one in few if any((one.row, x) not in there for x in before)]
        elif 2 * len(numbers) >= len(counted):
            continue
        columns[at] = [one for one in cells if one not in numbers]
        for one in numbers:
            severity = "warning" if table.kinds[one.row].kind == "total" else "error"
            place = table.sheet, one.row, at
            log.fault("stray_number", *place, found=one.shown, severity=severity)
            for line in lines:
                if line.row == one.row and severity == "error":
                    line.wrong.setdefault("", "stray_number")


def _columns(table: Table, unknown: dict[int, list[Cell]], log: Log) -> None:
    """Say which columns of a table were left out."""
    for at, cells in sorted(unknown.items()):
        if not cells:
            continue
        name = table.title(at)
        share = at in table.columns and is_share(table.columns[at].field)
        rule = "share_alone" if share else "unknown_column"
        # one cell below no heading is shown where it stands
        alone = len(cells) == 1 < len(table.rows) and not name
        row = cells[0].row if alone else table.row_of(at)
        blanks = {"header": name or "–", **_values(cells)}
        log.fault(rule, table.sheet, row, at, found=name, blanks=blanks)


def _values(cells: Sequence[Cell]) -> dict[str, object]:
    """Write how many cells there are, and the first of what stands in them: no small count."""
    told = [unsaid(plain(one.shown or "=", longest=_LONGEST)) for one in cells[:_SHOWN]]
    more = "; …" if len(cells) > len(told) else ""
    return {"cells": words.number(len(cells)), "first": "; ".join(told) + more}


def settle(sheets: Sequence[Sheet], lines: Sequence[Line], log: Log) -> list[dict[str, object]]:
    """
    Count what became of the cells of each sheet, once every rule has spoken.

    Returns
    -------
    uses
        A row for each sheet: its name, and how many of its cells there are of each of `USES`.
        Together they are the cells that hold something.
    """
    for line in lines:
        rules = set(line.wrong.values()) | ({line.table.refused} if line.table.refused else set())
        state = "asked" if rules and rules <= ASKED else "refused"
        for cell in line.cells.values():
            if line.rejected and cell.used == "used":
                cell.used = state
    for fault in log.faults:
        if fault.sheet is None or fault.severity == "warning":
            continue
        for place in fault.places:
            if wrong := fault.sheet.cells.get(place):
                wrong.used = "asked" if fault.rule in ASKED else "refused"
    counts = [Counter(one.used for one in sheet.cells.values()) for sheet in sheets]
    return [
        {"sheet": sheet.name, **{use: count[use] for use in USES}}
        for sheet, count in zip(sheets, counts, strict=True)
    ]


# --- in words ---

# Of a list of cells, in the order of a row that is read from its place to what is to be done.
_HEADS = [
    *("sheet", "cell", "severity", "found", "before", "after"),
    *("message", "why", "expected", "suggestion", "number", "place"),
]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Lay what was found, changed or proposed out for reading, in the language in use.

    Parameters
    ----------
    frame
        Rows of `faults`, `changes` or `proposals` of a `Checked`, with all of their columns or
        some; a column `number` counts cells.

    Returns
    -------
    table
        Texts under the headers of the two sheets that go back, the first of them as its index.
        Column letter and row are one cell; a proposed code is the name of its place, with the
        code behind it.
    """
    shown = frame.astype(str)
    if {"column", "row"} <= set(frame):
        shown["cell"] = [*map(where, frame["column"], frame["row"])]
    if "severity" in frame:
        shown["severity"] = [words.term(f"check.{one}") for one in frame["severity"]]
    if "number" in frame:
        shown["number"] = [words.number(one) for one in frame["number"]]
    if "written" in frame:
        shown["found"] = shown["written"]
        shown["place"] = [f"{places.name(one)} ({one})" for one in frame["code"]]
    heads = {name: words.term(f"check.head_{name}") for name in _HEADS if name in shown}
    made = shown[[*heads]].rename(columns=heads)
    return made.set_index(made.columns[0])


def account(checked: Checked) -> list[str]:
    """
    Say what became of the rows and of the cells: how many there are, and that they add up.

    Returns
    -------
    lines
        Sentences in the language in use. What was not read is listed, each with its first values.
    """
    kinds, cells = Counter(checked.rows["kind"]), checked.uses[[*USES]].sum().astype(int)
    told = {
        "account": {"rows": len(checked.rows), **{kind: kinds[kind] for kind in KINDS}},
        "cells": {"cells": cells.sum(), **cells},
        "faults": {
            "errors": len(checked.errors),
            "warnings": len(checked.faults) - len(checked.errors),
            "changes": len(checked.changes),
        },
    }
    lines = [
        words.term(f"check.{key}", **{name: words.number(one) for name, one in counts.items()})
        for key, counts in told.items()
    ]
    if checked.complete:
        return [*lines, words.term("check.all")]
    if not checked.sound:
        nothing = checked.accepted.empty and checked.errors.empty
        lines.append(words.term("check.nothing" if nothing else "check.not_all"))
    return [*lines, *not_read(checked)]


def not_read(checked: Checked) -> list[str]:
    """
    List what was not read: the columns and blocks that nobody knows, each with its first values.

    Returns
    -------
    lines
        Sentences in the language in use; none where every cell was read or is known.
    """
    lines = [
        words.term("own.fault", sheet=plain(sheet), cell=where(column, row), text=plain(text))
        for sheet, row, column, text in checked.left_out[
            ["sheet", "row", "column", "message"]
        ].itertuples(index=False, name=None)
    ]
    head = words.term("check.left", left=words.number(checked.uses["asked"].sum()))
    return [head, *lines] if lines else []


def comment(fault: Mapping[Hashable, Any]) -> list[tuple[str, str]]:
    """Say what is wrong, what was expected and what to do, each with its key and in a line."""
    parts = ((fault["severity"], "message"), *((key, key) for key in ("expected", "suggestion")))
    return [
        (key, words.term(f"check.comment_{key}", **{name: text}))
        for key, name in parts
        if (text := plain(fault[name]))
    ]


KINDS = ("accepted", "rejected", "total", "title", "header", "note", "blank")
"""What a row can be; every row is one of these."""


def where(column: str, row: int) -> str:
    """Write where a fault is; nothing where it is no cell's and no row's."""
    return f"{column}{row}" if row > 0 else ""
