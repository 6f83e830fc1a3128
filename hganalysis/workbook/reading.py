"""Read a report out of any spreadsheet: every cell typed, every row accounted for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from . import around, cells, headers
from .account import USES, Account, account
from .containers import Book, book
from .faults import Change, Fault, change_table, fault_table, require_few, warning
from .guard import UnreadableError
from .layout import Kind, Layout, layout
from .numbers import looks_like_one
from .sheets import Sheet, is_blank, letter
from .vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .numbers import Answer

CELLS = ["sheet", "row", "column", "field", "raw", "value"]
ROWS = ["sheet", "row", "kind", "label", "level"]


@dataclass(frozen=True)
class Reading:
    """
    What a file says.

    `cells`: one row for each filled cell of a known column, of rows accepted, rejected or total:
    `sheet`, `row`, `column` (letters; empty where a title or a heading above says it), `field`
    (its machine name), `raw` (as shown), `value` (text of places; a number; None where the sender
    says there is none).
    `rows`: one for each row of each sheet: `sheet`, `row`, `kind` (`accepted`, `rejected`,
    `total`, `title`, `header`, `note`, `blank`), `label` (what a total or a heading was
    recognised by) and `level` of a total (`district`, `province`, `all` rows of its table, or
    nothing where that is not certain).
    `faults` and `changes`: as `faults.FAULTS` and `faults.CHANGES`.
    `uses`: one row for each sheet: how many of its cells there are of each of `account.USES`.
    `sheets`: the sheets as the sender sees them; `kind`: what the file is (`xlsx`, `xls`, `ods`,
    `csv`), empty where it could not be opened.
    """

    cells: pd.DataFrame
    rows: pd.DataFrame
    faults: pd.DataFrame
    changes: pd.DataFrame
    uses: pd.DataFrame
    sheets: tuple[Sheet, ...] = ()
    kind: str = ""


def read_table(
    file: Path | str,
    answer: Answer | None = None,
    said: Mapping[str, str] | None = None,
) -> Reading:
    """
    Read a report of any layout out of an xlsx, xls, ods or csv file.

    Nothing is guessed: what can be read in two ways is an error that says both. Nothing is lost:
    each row of each sheet has one kind.

    Parameters
    ----------
    file
        The file as it was sent. It is not changed.
    answer
        What a person says its decimal mark is, for the columns in which no cell decides.
    said
        What a person says of headings and titles, by their text.

    Returns
    -------
    reading
        Also of a file that cannot be opened: then without rows, and with a fault that says why.
    """
    name = Path(file).name
    try:
        return _read_book(book(file), name, answer, said)
    except UnreadableError as error:
        return refused(error, name)


def refused(error: UnreadableError, name: str) -> Reading:
    """Give the reading of a file that is refused as a whole: no row, one fault that says why."""
    blanks = {"file": name, **error.blanks}
    for key in {"number", "most"} & set(blanks):
        blanks[key] = words.number(int(str(blanks[key])))
    if "kind" in blanks:
        blanks["kind"] = words.term(f"reading.kind_{blanks['kind']}")
    return nothing(Fault(error.rule, blanks=blanks))


def nothing(*faults: Fault) -> Reading:
    """Give a reading of no sheet, with what is to be said of it."""
    return _reading(Book((), ""), [], [cells.Found(faults=[*faults])], [])


def _read_book(
    opened: Book, name: str, answer: Answer | None, said: Mapping[str, str] | None
) -> Reading:
    remarks = [replace(one, blanks={"file": name, **one.blanks}) for one in opened.remarks]
    known = vocabulary(said)
    named = opened.kind != "csv"
    layouts = [replace(layout(sheet, known), named=named) for sheet in opened.sheets]
    found = [cells.Found(faults=remarks)]
    communes = any(table.of("code", "commune") for lay in layouts for table in lay.tables)
    accounts = []
    for lay in layouts:
        parts = [
            _read(cells.Part(lay, table, known, answer), summary=communes) for table in lay.tables
        ]
        done = account(lay, list(zip(lay.tables, parts, strict=True)), known)
        accounts.append(done)
        found += [cells.Found(faults=[*_beside(lay), *done.faults]), *parts]
        require_few([fault for one in found for fault in one.faults])
    if not any(lay.tables for lay in layouts):
        found.append(cells.Found(faults=[Fault("no_table", blanks={"file": name})]))
    return _reading(opened, layouts, found, accounts)


def together(readings: Mapping[str, Reading]) -> Reading:
    """
    Put what several files say into one reading, as if their sheets were those of one file.

    Parameters
    ----------
    readings
        What each file says, by the name that is put before those of its sheets.

    Returns
    -------
    reading
        Without the sheets themselves: nothing goes back into several files at once.
    """

    def part(which: str) -> pd.DataFrame:
        tables = []
        for name, one in readings.items():
            table: pd.DataFrame = getattr(one, which)
            sheets = [f"{name}: {sheet}" if sheet else name for sheet in table["sheet"]]
            tables.append(table.assign(sheet=sheets))
        # an empty table would change the types of the others
        return pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)

    return Reading(part("cells"), part("rows"), part("faults"), part("changes"), part("uses"))


def _read(part: cells.Part, *, summary: bool) -> cells.Found:
    sheet, table = part.sheet, part.table
    found = cells.read(part)
    found.faults[:0] = headers.check(sheet, table, summary=summary)
    for at, one in table.columns.items():
        if one.encoding:
            said = headers.row_of(table, at), at, headers.title(table, at), one.field
            why = Change(sheet.name, *said, "why_encoding", {"encoding": one.encoding})
            found.changes.append(why)
    found.faults += [
        Fault(kind.rule, sheet.name, row, blanks={"row": row})
        for row in table.rows
        if (kind := part.kinds[row]).rule
    ]
    around.time_and_unit(part, found)
    around.settle_places(part, found)
    if any(around.of_all(fault, part) for fault in found.faults):
        found.refused = {(sheet.name, row) for row in table.rows}
    return found


def _beside(lay: Layout) -> list[Fault]:
    """Say what a reader of the sheet does not see, and where no table was found."""
    sheet = lay.sheet
    if lay.ours:
        return []
    if not lay.tables:
        numbered = sum(sum(looks_like_one(cell) for cell in row) >= 2 for row in sheet.grid[:1000])
        return [Fault("no_header", sheet.name)] if numbered >= 3 else []
    faults = []
    if sheet.hidden:
        faults.append(warning("hidden_sheet", sheet.name))
    rows = [
        row
        for row in sorted(sheet.hidden_rows)
        if row in lay.kinds and lay.kinds[row].kind not in {"blank", "header"}
    ]
    if rows:
        faults.append(warning("hidden_rows", sheet.name, rows[0], blanks={"rows": _spans(rows)}))
    used = {at for table in lay.tables for at, one in table.columns.items() if one.field}
    columns = [
        at
        for at in sorted(sheet.hidden_columns & used)
        if not all(is_blank(row[at - 1]) for row in sheet.grid)
    ]
    if columns:
        told: dict[str, object] = {"columns": ", ".join(map(letter, columns))}
        faults.append(warning("hidden_columns", sheet.name, 0, columns[0], blanks=told))
    return faults


def _spans(rows: list[int]) -> str:
    """Write 3, 4, 5, 9 as 3–5, 9."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)


def _reading(
    opened: Book, layouts: list[Layout], found: list[cells.Found], accounts: list[Account]
) -> Reading:
    faults = [fault for one in found for fault in one.faults]
    lines = [line for one in found for line in one.cells]
    order = {sheet.name: at for at, sheet in enumerate(opened.sheets)}
    frame = pd.DataFrame(lines, columns=CELLS).astype({"value": "object"})
    errors = {(fault.sheet, fault.row) for fault in faults if fault.severity == "error"}
    errors |= {place for one in found for place in one.refused}
    rows = [
        (name, row, _final(kind, refused=(name, row) in errors), kind.label, kind.level)
        for name, lay in ((one.sheet.name, one) for one in layouts)
        for row, kind in sorted(lay.kinds.items())
    ]
    at = frame["sheet"].map(order)
    frame = frame.assign(at=at).sort_values(["at", "row"], kind="stable", ignore_index=True)
    return Reading(
        cells=frame[CELLS],
        rows=pd.DataFrame(rows, columns=ROWS),
        faults=fault_table(faults),
        changes=change_table(change for one in found for change in one.changes),
        uses=pd.DataFrame(
            [
                (lay.sheet.name, *(one.uses[use] for use in USES))
                for lay, one in zip(layouts, accounts, strict=True)
            ],
            columns=["sheet", *USES],
        ),
        sheets=opened.sheets,
        kind=opened.kind,
    )


def _final(kind: Kind, *, refused: bool) -> str:
    if kind.kind == "data":
        return "rejected" if refused else "accepted"
    return kind.kind
