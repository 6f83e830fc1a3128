"""Write down what is wrong with a report, at its cell, and account for every cell of it."""

from __future__ import annotations

import re
from collections import Counter
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
    *("message", "expected", "suggestion", "cells", "texts"),
]
CHANGES = ["sheet", "row", "column", "before", "after", "why"]

WARNINGS = {
    *("encoding", "hidden", "unknown_column", "share_alone", "left_block", "far_from_census"),
    *(
        "count_empty",
        "count_missing",
        "falls",
        "unusually_high",
        "unusually_low",
        "commune_missing",
    ),
    *("district_missing", "total_unclear", "total_alone"),
}
"""The rules whose breach may be right: the row is accepted, and a person looks at it."""

QUESTIONS = {
    *("unknown_column", "share_alone", "left_block", "stray_number", "total_alone"),
    *("unknown_words", "ambiguous", "zeros_lost", "far_below", "shown_differs", "struck"),
    *("raised", "name_proposed", "name_ambiguous", "district_unknown", "old_or_new"),
    *("remark", "signed", "unit_of_cell", "repeated_cell"),
}
"""The rules that put a question: what waits for its answer is neither used nor refused."""


def _add(fault: dict[str, Any], sheet: Sheet | None, at: tuple[int, int], text: str) -> None:
    """Add a further cell of which the same is to be said, once."""
    if sheet is not None and sheet is not fault["sheet"]:
        fault["elsewhere"].append((sheet, at))
    elif at not in (fault["cells"][0], fault["cells"][-1]):
        fault["cells"].append(at)
    if text not in fault["texts"]:
        fault["texts"].append(text)


class Log:
    """
    What was found wrong in a file, and what was made of its cells.

    Rows and columns count from 1; 0 where the whole sheet is meant, and no sheet where the whole
    file is. `cells` of a fault are its place, and further ones of which the same is to be said; of
    another sheet, its name stands before an exclamation mark. `texts` are what stands in them, each
    once.
    """

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.faults: list[dict[str, Any]] = []
        self.changes: list[tuple[Sheet, int, str, str, str, str]] = []
        self._said: dict[tuple[object, ...], dict[str, Any]] = {}

    def fault(
        self,
        rule: str,
        sheet: Sheet | None = None,
        row: int = 0,
        column: int = 0,
        *,
        field: str = "",
        text: str = "",
        severity: str = "",
        once_per: object = None,
        in_all_sheets: bool = False,
        blanks: dict[str, Any] | None = None,
    ) -> None:
        """
        Say what is wrong with a cell; `once_per` names what it is said of once, however many cells.

        Once in a sheet, or once in all sheets where that is so `in_all_sheets`.
        """
        at, key = (row, column), (rule, None if in_all_sheets else id(sheet), once_per)
        if once_per is not None and (said := self._said.get(key)):
            _add(said, sheet, at, text)
            return
        own: dict[str, Any] = {"found": plain(text), "row": row, "column": letter(column)}
        room = "reading" if f"reading.{rule}" in words.strings() else "sense"
        ends = ("", "_expected", "_suggestion")
        texts = (words.term(f"{room}.{rule}{end}", **own | (blanks or {})) for end in ends)
        severity = severity or ("warning" if rule in WARNINGS else "error")
        told = (own["column"], field, own["found"], rule, severity, *texts, [at])
        fault = dict(zip(FAULTS, (sheet or self.file, row, *told, [text]), strict=True))
        fault["elsewhere"] = []
        self._said[key] = fault
        self.faults.append(fault)
        if len(self.faults) > limits.MOST_FAULTS:
            self.require_few()

    def refuse(self, error: UnreadableError, file: str) -> None:
        """Say why a file is refused as a whole; whatever was said of it before is of no use."""
        self.changes, self.faults = [], []
        self.fault(error.rule, blanks={"file": file, **error.blanks})

    def fault_of_line(
        self, line: Line, rule: str, field: str = "", *, once_per: object = None, **blanks: object
    ) -> None:
        """Say what is wrong with a row, or with a field of it, at its cell."""
        cell, column = line.locate(field)
        place = line.table.sheet, line.row, column
        self.fault(
            rule, *place, field=field, text=line.shown(cell), once_per=once_per, blanks=blanks
        )

    def change(
        self, sheet: Sheet, row: int, column: int, what: tuple[str, str, str], **blanks: object
    ) -> None:
        """Note a cell that is read otherwise than it is written: before, after and the reason."""
        before, after, why = what
        why = why if " " in why else words.term(f"reading.{why}", **blanks)
        self.changes.append((sheet, row, letter(column), before, after, why))

    def require_few(self) -> None:
        """
        Stop if a file has more faults than anybody looks at: they have one cause.

        Raises
        ------
        UnreadableError
            If there are too many, with the first of them and where it is.
        """
        placed = [one for one in self.faults if one["row"]]
        number = sum(len(one["cells"]) + len(one["elsewhere"]) for one in placed)
        most = limits.MOST_FAULTS
        if number > most:
            one = placed[0]
            place = f"{one['sheet'].name}!{address(*one['cells'][0])}"
            told = {"number": number, "most": most, "place": place, "first": one["message"]}
            raise UnreadableError(rule="too_many_faults", **told)

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Write faults and changes as frames."""
        faults = []
        for one in self.faults:
            cells = [address(*at) for at in one["cells"]]
            cells += [f"{sheet.name}!{address(*at)}" for sheet, at in one["elsewhere"]]
            more = (
                f" {words.term('reading.others', cells=first_few(cells[1:]))}" if cells[1:] else ""
            )
            told = {"cells": tuple(cells if one["row"] else ()), "message": one["message"] + more}
            told["texts"] = tuple(map(plain, one["texts"]))
            faults.append({**one, **told, "sheet": getattr(one["sheet"], "name", one["sheet"])})
        changes = [(sheet.name, *told) for sheet, *told in self.changes]
        return (
            pd.DataFrame(faults, columns=FAULTS).astype({"row": "int64"}),
            pd.DataFrame(changes, columns=CHANGES).astype({"row": "int64"}),
        )


def first_few(texts: list[str], most: int = 6) -> str:
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


def mark_unread_cells(lay: Layout, lines: list[Line], log: Log) -> None:
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
        if cell.used == "asked":  # of a remark
            continue
        if id(cell) in taken:
            cell.used = "used"
        elif table is not None and kind.is_read:
            own = kind.kind == "total" and cell.shown.endswith(kind.label or "\0")
            read = "refused" if cell.row in spoilt else "used"
            cell.used = "used" if own else _of_row(table, field, cell) or read
            if cell.used == "asked":
                unknown[id(table)].setdefault(cell.column, []).append(cell)
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
        _unknown(table, unknown[id(table)], lines, log)
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


def _unknown(table: Table, unknown: dict[int, list[Cell]], lines: list[Line], log: Log) -> None:
    """
    Ask about the columns of a table that nobody knows.

    A number where there is no column for it is refused: the row has slipped, or it is of nothing.
    """
    there, counted = table.sheet.cells, table.read_rows
    usual = [
        at for at in table.numbers if 2 * sum((row, at) in there for row in counted) > len(counted)
    ]
    for at, cells in sorted(unknown.items()):
        field = table.columns[at].field if at in table.columns else ""
        name, stray = table.column(at).title, [one for one in cells if is_number(one)]
        if name and field not in UNUSED:
            # it may stand among words as well, but not where the row lacks one further left
            few = stray if len(stray) <= max(1, len(cells) // 2) else []
            before = [one for one in usual if one < at]
            stray = [one for one in few if any((one.row, x) not in there for x in before)]
        elif 2 * len(stray) >= len(counted):
            stray = []
        for one in stray:
            severity = "warning" if table.kinds[one.row].kind == "total" else "error"
            place = table.sheet, one.row, at
            log.fault("stray_number", *place, text=one.shown, severity=severity)
            for line in lines:
                if line.row == one.row and severity == "error":
                    line.wrong.setdefault("", "stray_number")
        if rest := [one for one in cells if one not in stray]:
            # one cell below no heading is shown where it stands
            alone = len(rest) == 1 < len(table.rows) and not name
            row = rest[0].row if alone else table.row_of(at)
            blanks = {"header": name or "–", **_values(rest)}
            rule = "share_alone" if is_share(field) else "unknown_column"
            log.fault(rule, table.sheet, row, at, text=name, blanks=blanks)


def _values(cells: Sequence[Cell]) -> dict[str, object]:
    """Write how many cells there are, and the first of what stands in them: no small count."""
    told = [unsaid(plain(one.shown or "=", longest=_LONGEST)) for one in cells[:_SHOWN]]
    more = "; …" if len(cells) > len(told) else ""
    return {"cells": words.number(len(cells)), "first": "; ".join(told) + more}


def count_uses(sheets: Sequence[Sheet], lines: Sequence[Line], log: Log) -> list[dict[str, object]]:
    """
    Count what became of the cells of each sheet, once every rule has spoken.

    Returns
    -------
    uses
        A row for each sheet: its name, and how many of its cells there are of each of `USES`.
        Together they are the cells that hold something.
    """
    for line in lines:
        rules = {*line.wrong.values(), line.table.refused} - {""}
        state = "asked" if rules and rules <= QUESTIONS else "refused"
        for cell in line.cells.values():
            if line.rejected and cell.used == "used":
                cell.used = state
    for fault in log.faults:
        if fault["severity"] != "error":
            continue
        cells = getattr(fault["sheet"], "cells", {})
        wrong = [cells.get(place) for place in fault["cells"]]
        wrong += [sheet.cells.get(place) for sheet, place in fault["elsewhere"]]
        for cell in filter(None, wrong):
            cell.used = "asked" if fault["rule"] in QUESTIONS else "refused"
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
        shown["cell"] = [*map(cell_name, frame["column"], frame["row"])]
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
        words.term("own.fault", sheet=plain(one["sheet"]), cell=at, text=plain(one["message"]))
        for one in checked.left_out.to_dict("records")
        for at in [cell_name(one["column"], one["row"])]
    ]
    head = words.term("check.left", left=words.number(checked.uses["asked"].sum()))
    return [head, *lines] if lines else []


def comment(fault: Mapping[Hashable, Any]) -> list[tuple[str, str]]:
    """Say what is wrong, what was expected and what to do, each with its key and in a line."""
    parts = {fault["severity"]: "message", "expected": "expected", "suggestion": "suggestion"}
    return [
        (key, words.term(f"check.comment_{key}", **{name: text}))
        for key, name in parts.items()
        if (text := plain(fault[name]))
    ]


KINDS = ("accepted", "rejected", "total", "title", "header", "note", "blank")
"""What a row can be; every row is one of these."""


def cell_name(column: str, row: int) -> str:
    """Write where a fault is; nothing where it is no cell's and no row's."""
    return f"{column}{row}" if row > 0 else ""
