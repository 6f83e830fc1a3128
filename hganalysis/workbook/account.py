"""Account for every cell that holds something: read, known and not needed, or left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import suppress, words
from ..escaping import plain
from .cells import COUNTED
from .faults import Fault, warning
from .formats import shown
from .headers import is_share, near, row_of, title
from .sheets import Sheet, Value, column_number, is_blank, letter
from .vocabulary import UNUSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cells import Found
    from .layout import Kind, Layout
    from .tables import Table
    from .vocabulary import Vocabulary

USES = ("read", "heading", "note", "aside", "left")
"""
What became of a cell: read as a place or a number; a title, a header or the name of a block; a
remark outside the tables; known and not needed (running numbers, remarks, shares of what is
counted); or not read at all.
"""

LEFT_OUT = frozenset(
    {
        *("unknown_column", "share_alone", "left_block", "stray_number", "total_alone"),
    }
)
"""The rules of the faults that say what was not read."""

_SHOWN, _LONGEST = 3, 24
_NUMBER = re.compile(r"[-+(]?\s*[0-9][0-9.,\s\u00a0]*\)?\s*%?")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass
class Account:
    """How many cells of a sheet there are of each of `USES`, and what is to be said of them."""

    uses: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USES, 0))
    faults: list[Fault] = field(default_factory=list)


class _Part:
    """A table, and which of its cells were taken or asked about."""

    def __init__(self, table: Table, found: Found) -> None:
        self.table = table
        self.taken = {(row, column_number(column)) for _, row, column, *_ in found.cells}
        self.taken |= {(fault.row, fault.column) for fault in found.faults}
        self.refused = {fault.row for fault in found.faults if fault.severity == "error"}
        self.fields = {one.field for one in table.columns.values()}
        self.left: dict[int, list[int]] = {}

    def use(self, sheet: Sheet, row: int, at: int) -> str:
        """Say what became of a cell of a row that is a place or a total."""
        name = self.table.columns[at].field if at in self.table.columns else ""
        if name in UNUSED:
            told = name in {"remark", "unit"} and is_number(sheet.value(row, at))
            return "left" if told else "aside"
        if is_share(name):
            measure = name.removesuffix("share").removesuffix(".")
            return "aside" if not measure or f"{measure}.count" in self.fields else "left"
        if not name or (
            at in self.table.numbers and (row, at) not in self.taken and row not in self.refused
        ):
            return "left"
        return "read"


def account(lay: Layout, found: Sequence[tuple[Table, Found]], known: Vocabulary) -> Account:
    """
    Say of each cell that holds something what became of it.

    Parameters
    ----------
    lay
        A sheet, and what each of its rows is.
    found
        Its tables, each with what was read of it.
    known
        The header texts to propose from, from `vocabulary.vocabulary`.

    Returns
    -------
    account
        Its numbers add up to the cells that hold something. Whatever is left out has a fault with
        its first values: a column at its header, what stands outside the tables where it begins.
    """
    done, sheet = Account(), lay.sheet
    parts = [_Part(*one) for one in found]
    of_row = {row: part for part in parts for row in part.table.rows}
    outside: list[tuple[int, int]] = []
    for row, kind in lay.kinds.items():
        part = of_row.get(row)
        for at in _filled(sheet, row):
            if part is not None and kind.kind in COUNTED:
                use = "heading" if _names(sheet, row, at, kind) else part.use(sheet, row, at)
                if use == "left":
                    part.left.setdefault(at, []).append(row)
            else:
                use = "note" if lay.ours else _beside(sheet, row, at, kind, part)
                if use == "left":
                    outside.append((row, at))
            done.uses[use] += 1
    for part in parts:
        done.faults += _stray(lay, part)
        done.faults += _columns(sheet, part, known)
    done.faults += [_block(sheet, cells) for cells in _together(outside)]
    return done


def _filled(sheet: Sheet, row: int) -> list[int]:
    """List the columns of a row that hold something: a formula without a value does, too."""
    return [
        at
        for at, value in enumerate(sheet.grid[row - 1], 1)
        if not is_blank(value) or (row, at) in sheet.errors or (row, at) in sheet.uncomputed
    ]


def _names(sheet: Sheet, row: int, at: int, kind: Kind) -> bool:
    """Say whether a cell is what a row of totals was recognised by, in whatever column."""
    value = sheet.value(row, at)
    return kind.kind == "total" and isinstance(value, str) and value.strip().endswith(kind.label)


def _beside(sheet: Sheet, row: int, at: int, kind: Kind, part: _Part | None) -> str:
    """Say what a cell is of a row that is no place and no total."""
    if kind.kind == "header" and part is None:  # the header itself, not a name of a block below
        return "heading"
    columns = part.table.columns if part else {}
    if at in columns and columns[at].field in UNUSED:
        return "aside"
    if is_number(sheet.value(row, at)):
        return "left"
    return "note" if kind.kind == "note" else "heading"


def is_number(value: Value) -> bool:
    """Say whether a cell outside the rows of a table may be data: a number, and no year."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = shown(value)
    return _NUMBER.fullmatch(text) is not None and _YEAR.fullmatch(text) is None


def _stray(lay: Layout, part: _Part) -> list[Fault]:
    """Refuse a number where there is no column for it: the row has slipped, or it is of nothing."""
    faults, sheet = [], lay.sheet
    counted = [row for row in part.table.rows if lay.kinds[row].kind in COUNTED]
    usual = [
        at
        for at in part.table.numbers
        if 2 * sum(not is_blank(sheet.value(row, at)) for row in counted) > len(counted)
    ]
    for at, rows in list(part.left.items()):
        field_ = part.table.columns[at].field if at in part.table.columns else ""
        numbers = [row for row in rows if is_number(sheet.value(row, at))]
        if title(part.table, at) and field_ not in UNUSED:
            # it may stand among words as well, but not where the row lacks one further left
            few = numbers if len(numbers) <= max(1, len(rows) // 2) else []
            before = [one for one in usual if one < at]
            numbers = [row for row in few if any(is_blank(sheet.value(row, one)) for one in before)]
        elif 2 * len(numbers) >= len(counted):
            continue
        part.left[at] = sorted({*rows} - {*numbers})
        faults += [
            Fault(
                *("stray_number", sheet.name, row, at),
                found=shown(sheet.value(row, at)),
                severity="warning" if lay.kinds[row].kind == "total" else "error",
                blanks={"column": letter(at)},
            )
            for row in numbers
        ]
    part.left = {at: rows for at, rows in part.left.items() if rows}
    return faults


def _columns(sheet: Sheet, part: _Part, known: Vocabulary) -> list[Fault]:
    """Say which columns of a table were left out, or hold shares that are computed again."""
    faults = []
    table = part.table
    shares = [at for at, one in table.columns.items() if is_share(one.field)]
    for at in sorted({*part.left, *shares}):
        rows, name = part.left.get(at, []), title(table, at)
        field_ = table.columns[at].field if at in table.columns else ""
        rule = "unknown_column" if rows else "share_column"
        alone = len(rows) == 1 < len(table.rows)
        if not rows and all(is_blank(sheet.value(row, at)) for row in table.rows):
            continue
        if rows and is_share(field_):
            rule = "share_alone"
        # one cell below no heading is shown where it stands
        row = rows[0] if alone and not name else row_of(table, at)
        told = {
            "column": letter(at),
            "header": name or "–",
            "near": near(table.texts[at][::-1], known) if rule == "unknown_column" else "",
            **_values(sheet, [(row, at) for row in rows]),
        }
        faults.append(warning(rule, sheet.name, row, at, found=name, blanks=told))
    return faults


def _together(cells: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Put cells of rows that follow each other into one block."""
    blocks: list[list[tuple[int, int]]] = []
    for row, at in cells:
        if blocks and row <= blocks[-1][-1][0] + 1:
            blocks[-1].append((row, at))
        else:
            blocks.append([(row, at)])
    return blocks


def _block(sheet: Sheet, cells: list[tuple[int, int]]) -> Fault:
    (first, at), (last, _) = cells[0], cells[-1]
    rows = str(first) if first == last else f"{first}–{last}"
    blanks = {"rows": rows, **_values(sheet, cells)}
    return warning("left_block", sheet.name, first, at, blanks=blanks)


def _values(sheet: Sheet, cells: list[tuple[int, int]]) -> dict[str, object]:
    """Write how many cells there are, and the first of what stands in them: no small count."""
    told = [
        plain(sheet.errors.get(one) or shown(sheet.value(*one)) or "=", longest=_LONGEST)
        for one in cells[:_SHOWN]
    ]
    if suppress.threshold():
        told = [_DIGITS.sub("…", text) for text in told]
    more = "; …" if len(cells) > len(told) else ""
    return {"cells": words.number(len(cells)), "first": "; ".join(told) + more}
