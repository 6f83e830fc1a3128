"""Write down what is wrong with a report, and account for every cell of it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import limits, places, suppress, words
from ..escaping import plain
from ..grid import UnreadableError, address, letter
from .headings import is_share, unsaid
from .template import NUMBERS, measured_periods
from .times import is_year
from .vocabulary import UNUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from ..grid import Cell, Sheet
    from .cells import Line
    from .check import Checked
    from .tables import Layout, Table

    Fault = dict[str, Any]

FAULTS = [
    *("sheet", "row", "column", "field", "found", "rule", "severity"),
    *("message", "expected", "suggestion", "cells", "texts", "marked"),
]
CHANGES = ["sheet", "row", "column", "before", "after", "why"]

WARNINGS = {
    *("encoding", "hidden", "unknown_column", "share_alone", "left_block", "far_from_census"),
    *("count_empty", "count_missing", "falls", "unusually_high", "unusually_low"),
    *("commune_missing", "district_missing", "total_unclear", "total_alone"),
    "groups_small",
}
"""The rules whose breach may be right: the row is accepted, and a person looks at it."""

QUESTIONS = {
    *("unknown_column", "share_alone", "left_block", "stray_number", "total_alone"),
    *("unknown_words", "ambiguous", "zeros_lost", "far_below", "shown_differs", "struck"),
    *("raised", "name_proposed", "name_ambiguous", "district_unknown", "old_or_new"),
    *(
        "percents_said",
        "percents_alike",
        "former_level",
        "former_names",
        "remark",
        "signed",
        "unit_of_cell",
        "repeated_cell",
    ),
}
"""The rules that put a question: what waits for its answer is neither used nor refused."""


# Around a number or a text of the report where it is put into a sentence: what is between may have
# to be left unsaid, and nothing else may. No text of a file has these letters: `plain` drops them.
_BEGIN, _END = "\ue000", "\ue001"
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")


def mark(text: str) -> str:
    """Mark a number or a text of the report that is put into a sentence."""
    return f"{_BEGIN}{text}{_END}"


def has_letters(text: str) -> bool:
    """Say whether a text has a letter, so that it is no bare number."""
    return re.search(r"[^\W\d_]", text) is not None


def unmark(text: str, say: Callable[[str], str] = str) -> str:
    """Take the marks out of a sentence, and say what is between them in another way."""
    sentence = _MARKED.sub(lambda match: say(match[1]), text)
    # a list, or an end, of which nothing is said has one sign for that
    return re.sub(r"…(?:; …)+", "…", sentence).replace("….", "…")


_DIGITS = re.compile(r"[0-9]+(?:[.,\u00a0][0-9]+)*")


def mask_digits(text: str) -> str:
    """
    Leave every number of a text unsaid.

    Examples
    --------
    >>> mask_digits("khoảng 2.012")
    'khoảng …'
    """
    return _DIGITS.sub("…", text)


def mask_counts(text: str) -> str:
    """
    Leave every number of a text unsaid but years beside words; alone, a year may be a count.

    Examples
    --------
    >>> mask_counts("Năm 2023: 41 người"), mask_counts("2023")
    ('Năm 2023: … người', '…')
    """
    return unsaid(text, None) if has_letters(text) else mask_digits(text)


# The texts of a fault, and how their keys end.
_ENDINGS = {"message": "", "expected": "_expected", "suggestion": "_suggestion"}


class Log:
    """
    The faults of a file, and the cells that are read otherwise than written.

    Rows and columns count from 1. A row or column of 0 means the whole sheet; without a sheet, the
    whole file is meant. `cells` of a fault are its place, and further ones with the same fault; a
    cell of another sheet has the name of that sheet and an exclamation mark before it. `texts` are
    the texts in these cells, each once.
    """

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.changes: list[tuple[Sheet, int, str, str, str, str]] = []
        self._fault_by_key: dict[tuple[object, ...], Fault] = {}

    def fault(
        self,
        rule: str,
        sheet: Sheet | None = None,
        row: int = 0,
        column: int = 0,
        /,
        *,
        field: str = "",
        text: str = "",
        severity: str = "",
        once_per: object = None,
        **blanks: str,
    ) -> None:
        """
        Report that a cell breaks a rule.

        Faults with the same rule and `once_per` are one fault with several cells.
        """
        key = rule, once_per
        if once_per is not None and key in self._fault_by_key:
            fault = self._fault_by_key[key]
            fault["cells"].append((sheet, (row, column)))
            fault["texts"].append(text)
            return
        shown = plain(text)
        cell = {"found": shown, "row": row, "column": letter(column)}
        section = "reading" if f"reading.{rule}" in words.strings() else "sense"
        example = words.short_period(measured_periods()[-1])
        # a text with letters names a place, a period or a heading, if it is in no column of numbers
        is_number = "." in field or field in NUMBERS or not has_letters(shown)
        marked_text = mark(shown) if is_number else shown
        values = {"example": example, **cell, "found": marked_text, **blanks}
        marked = {
            name: words.term(f"{section}.{rule}{ending}", **values)
            for name, ending in _ENDINGS.items()
        }
        texts = {name: unmark(text) for name, text in marked.items()}
        fault = {
            "sheet": sheet or self.file,
            **cell,
            "field": field,
            "rule": rule,
            "severity": severity or ("warning" if rule in WARNINGS else "error"),
            **texts,
            "cells": [(sheet, (row, column))],
            "texts": [text],
            "marked": marked,
        }
        self._fault_by_key[key] = fault
        self.faults.append(fault)
        if len(self.faults) > limits.MOST_FAULTS:
            self.require_few()

    def refuse(self, error: UnreadableError, file: str) -> None:
        """Say why a file is refused as a whole; earlier faults of it are dropped."""
        self.changes = []
        self.faults = []
        self.fault(error.rule, file=file, **error.blanks)

    def fault_of_line(
        self, line: Line, rule: str, field: str = "", *, once_per: object = None, **blanks: str
    ) -> None:
        """Report that a row, or a field of it, breaks a rule; it is wrong if that is no warning."""
        cell, column = line.locate(field)
        text = cell.text if cell else ""
        if cell and cell.is_number:
            text = show(cell.value)  # as numbers are written
        self.fault(
            *(rule, line.table.sheet, line.row, column),
            field=field,
            text=text,
            once_per=once_per,
            **blanks,
        )
        if rule not in WARNINGS:
            line.wrong.setdefault(field, rule)

    def add_change(
        self, sheet: Sheet, row: int, column: int, what: tuple[str, str, str], **blanks: object
    ) -> None:
        """Note a cell that is read otherwise than written: before, after and reason."""
        before, after, reason = what
        if " " not in reason:
            reason = words.term(f"reading.{reason}", **blanks)
        self.changes.append((sheet, row, letter(column), before, after, reason))

    def require_few(self) -> None:
        """
        Stop if a file has more faults than anybody looks at: they have one cause.

        Raises
        ------
        UnreadableError
            If there are too many, with the first of them and where it is.
        """
        faults = [fault for fault in self.faults if fault["row"]]
        number = sum(len(set(fault["cells"])) for fault in faults)
        if number <= limits.MOST_FAULTS:
            return
        first = faults[0]
        raise UnreadableError(
            rule="too_many_faults",
            number=number,
            most=limits.MOST_FAULTS,
            place=f"{first['sheet'].name}!{address(*first['cells'][0][1])}",
            first=first["marked"]["message"],
        )

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Write faults and changes as frames."""
        faults = [_fault_row(fault) for fault in self.faults]
        changes = [(sheet.name, *columns) for sheet, *columns in self.changes]
        return (
            pd.DataFrame(faults, columns=FAULTS).astype({"row": "int64"}),
            pd.DataFrame(changes, columns=CHANGES).astype({"row": "int64"}),
        )


def _fault_row(fault: Fault) -> Fault:
    """Write the cells of a fault as addresses, and the further ones in its message."""
    own_sheet = fault["sheet"]
    others = ""
    cells = []
    for sheet, place in dict.fromkeys(fault["cells"]):
        is_own = sheet in {None, own_sheet}
        cells.append(address(*place) if is_own else f"{sheet.name}!{address(*place)}")
    if len(cells) > 1:
        others = f" {words.term('reading.others', cells=first_few(cells[1:]))}"
    marked = fault["marked"]
    return {
        **fault,
        "sheet": getattr(own_sheet, "name", own_sheet),
        "message": fault["message"] + others,
        "marked": {**marked, "message": marked["message"] + others},
        "cells": tuple(cells if fault["row"] else ()),
        "texts": tuple(map(plain, dict.fromkeys(fault["texts"]))),
    }


def first_few(texts: list[str], limit: int = 6, separator: str = ", ") -> str:
    """List the first of some texts, and say that there are more."""
    ending = ["…"] if len(texts) > limit else []
    return separator.join([*texts[:limit], *ending])


def show(value: object) -> str:
    """
    Write a value for a reader: a number with its separators, a text in one line.

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
What became of a cell.

used
    Read as a place, a period, a number, a heading or a title.
ignored
    Known and not needed: running numbers, remarks, shares of what is counted, pages of ours.
asked
    Waiting for an answer of a person.
refused
    Not taken for what is wrong with it or its row.
"""

# Values of a column that are listed, and letters of each.
_N_LISTED, _LONGEST = 3, 24
_NUMBER = re.compile(r"[-+(]?\s*[0-9][0-9.,\s\u00a0]*\)?\s*%?")


def is_number(cell: Cell) -> bool:
    """Say whether a cell outside a table may be data: a number, and no period."""
    return _NUMBER.fullmatch(cell.text) is not None and not is_year(cell.text)


def mark_unread_cells(layout: Layout, lines: list[Line], log: Log) -> None:
    """
    Mark what became of each cell, and ask about those that are not known.

    Parameters
    ----------
    layout
        A sheet, and what each of its rows is.
    lines
        What was read of its tables.
    log
        Takes the questions.
    """
    unknown = _mark_cells(layout, lines)
    for table in layout.tables:
        rows = set(table.read_rows)
        _ask_about_columns(table, [cell for cell in unknown if cell.row in rows], lines, log)
        unknown = [cell for cell in unknown if cell.row not in rows]
    _ask_about_blocks(layout.sheet, unknown, log)


def _mark_cells(layout: Layout, lines: list[Line]) -> list[Cell]:
    """Mark what became of each cell, and list the cells that are not known."""
    for line in lines:
        for cell in line.cells.values():
            # a remark has its question already
            cell.status = cell.status or "used"
    refused_rows = {line.row for line in lines if line.wrong and line.is_data}
    table_of_row = {row: table for table in layout.tables for row in table.rows}
    unread = [cell for row in layout.sheet.rows.values() for cell in row if not cell.status]
    for cell in unread:
        table = table_of_row.get(cell.row)
        cell.status = _use_of_unread(layout, table, cell, is_refused=cell.row in refused_rows)
    return [cell for cell in unread if cell.status == "asked"]


def _field_of(table: Table | None, cell: Cell) -> str:
    """Give the field of the column of a cell; none outside a table."""
    return table.column_at(cell.column).field if table else ""


def _use_of_unread(layout: Layout, table: Table | None, cell: Cell, *, is_refused: bool) -> str:
    """Say what became of a cell that was not read."""
    if table is None or not table.kinds[cell.row].is_read:
        return _use_outside_rows(layout, table, cell)
    field = _field_of(table, cell)
    kind = table.kinds[cell.row]
    if kind.kind == "total" and kind.label and cell.text.endswith(kind.label):
        return "used"
    if field in UNUSED:
        return "asked" if field in {"remark", "unit"} and is_number(cell) else "ignored"
    if is_share(field):
        measure = field.removesuffix("share").removesuffix(".")
        return "ignored" if not measure or table.columns_of(f"{measure}.count") else "asked"
    if not field:
        return "asked"
    return "refused" if is_refused else "used"


def _use_outside_rows(layout: Layout, table: Table | None, cell: Cell) -> str:
    """Say what became of a cell outside the rows of places and totals."""
    kind = layout.kinds[cell.row].kind
    if layout.is_ours or _field_of(table, cell) in UNUSED:
        return "ignored"
    if is_number(cell) and not (kind == "header" and table is None):
        return "asked"
    return "used" if kind in {"header", "title"} else "ignored"


def _ask_about_columns(table: Table, unknown: list[Cell], lines: list[Line], log: Log) -> None:
    """
    Ask about the columns of a table that are not known, and refuse stray numbers.

    A number in a column without a heading is stray: the row has slipped, or it counts nothing.
    """
    by_column = attrgetter("column")
    for column, group in groupby(sorted(unknown, key=by_column), key=by_column):
        cells = [*group]
        stray = _stray_numbers(table, column, cells)
        for cell in stray:
            _refuse_stray(table, cell, lines, log)
        cells = [cell for cell in cells if cell not in stray]
        if not cells:
            continue
        title = table.column_at(column).title
        # a single cell below no heading is shown where it stands
        is_single = len(cells) == 1 < len(table.rows) and not title
        row = cells[0].row if is_single else table.header_row(column)
        field = _field_of(table, cells[0])
        name, point, _ = field.partition(".")
        rule = "share_alone" if is_share(field) else "unknown_column"
        log.fault(
            *(rule, table.sheet, row, column),
            field=f"{name}.count" if point and is_share(field) else "",
            text=title,
            header=title or "–",
            **_first_values(cells),
        )


def _stray_numbers(table: Table, column: int, cells: list[Cell]) -> list[Cell]:
    """Find the numbers of an unknown column that belong into another one, or count nothing."""
    numbers = [cell for cell in cells if is_number(cell)]
    filled = table.sheet.cells
    if not table.column_at(column).title or _field_of(table, cells[0]) in UNUSED:
        return [] if 2 * len(numbers) >= len(table.read_rows) else numbers
    if len(numbers) > max(1, len(cells) // 2):
        return []
    # a number may stand among words, but not where the row lacks one further left
    usual_columns = [number for number in _usual_columns(table) if number < column]
    return [
        cell
        for cell in numbers
        if any((cell.row, number) not in filled for number in usual_columns)
    ]


def _usual_columns(table: Table) -> list[int]:
    """List the columns of numbers that most rows fill."""
    rows = table.read_rows
    filled = table.sheet.cells
    return [
        number
        for number in table.number_columns
        if 2 * sum((row, number) in filled for row in rows) > len(rows)
    ]


def _refuse_stray(table: Table, cell: Cell, lines: list[Line], log: Log) -> None:
    """Refuse the row of a stray number; of a total, only warn."""
    severity = "warning" if table.kinds[cell.row].kind == "total" else "error"
    log.fault("stray_number", table.sheet, cell.row, cell.column, text=cell.text, severity=severity)
    for line in lines:
        if line.row == cell.row:
            line.wrong.setdefault("", "stray_number")


def _ask_about_blocks(sheet: Sheet, cells: list[Cell], log: Log) -> None:
    """Ask about numbers outside the rows of tables, once for each block of rows."""
    blocks: list[list[Cell]] = []
    for cell in cells:
        if not blocks or cell.row > blocks[-1][-1].row + 1:
            blocks.append([])
        blocks[-1].append(cell)
    for block in blocks:
        first = block[0]
        rows = "–".join(map(str, dict.fromkeys([first.row, block[-1].row])))
        log.fault("left_block", sheet, first.row, first.column, rows=rows, **_first_values(block))


def _first_values(cells: Sequence[Cell]) -> dict[str, str]:
    """Write how many cells there are, and the first values."""
    # one more than is listed says that there are more
    listed = cells[: _N_LISTED + 1]
    values = [mark(plain(cell.text or "=", longest=_LONGEST)) for cell in listed]
    return {"cells": words.number(len(cells)), "first": first_few(values, _N_LISTED, "; ")}


def count_uses(sheets: Sequence[Sheet], lines: Sequence[Line], log: Log) -> list[dict[str, object]]:
    """
    Count what became of the cells of each sheet, after every rule is applied.

    Returns
    -------
    uses
        A row for each sheet: its name, and how many of its cells there are of each of `USES`.
        Together they are the cells that hold something.
    """
    for line in lines:
        if line.is_rejected:
            _mark_rejected(line)
    for fault in log.faults:
        if fault["severity"] == "error":
            _mark_cells_of(fault)
    uses = []
    for sheet in sheets:
        counts = Counter(cell.status for cell in sheet.cells.values())
        uses.append({"sheet": sheet.name, **{use: counts[use] for use in USES}})
    return uses


def _mark_rejected(line: Line) -> None:
    """Mark the cells of a rejected line: asked where all of its faults are questions."""
    rules = {*line.wrong.values(), line.table.refusal} - {""}
    use = "asked" if rules and rules <= QUESTIONS else "refused"
    for cell in line.cells.values():
        if cell.status == "used":
            cell.status = use


def _mark_cells_of(fault: Fault) -> None:
    """Mark the cells of an error."""
    for sheet, place in fault["cells"]:
        if sheet and place in sheet.cells:
            use = "asked" if fault["rule"] in QUESTIONS else "refused"
            sheet.cells[place].status = use


# --- in words ---

# Of a list of cells, in the order in which a row is read: from its place to what is to be done.
_HEADS = [
    *("sheet", "cell", "severity", "found", "before", "after"),
    *("message", "why", "expected", "suggestion", "number", "place"),
]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Arrange faults, changes or proposals for reading, in the language in use.

    Parameters
    ----------
    frame
        Rows of `faults`, `changes` or `proposals` of a `Checked`, with all of their columns or
        some; a column `number` counts cells.

    Returns
    -------
    table
        Texts under the headers of the two sheets that are given back; the first column is the
        index. Column letter and row are one cell. A proposed code is the name of its place, with
        the code behind it.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = hg.workbook.template(f"{folder}/form.xlsx", period=2023)
    ...     checked = hg.workbook.read(form)
    >>> with hg.words.use("en"):
    ...     list(table(checked.faults).columns)
    ['Cell', 'Severity', 'Found', 'What is wrong', 'Expected', 'What to do']
    """
    shown = frame.astype(str)
    if {"column", "row"} <= set(frame):
        shown["cell"] = [*map(cell_name, frame["column"], frame["row"])]
    if "severity" in frame:
        shown["severity"] = [words.term(f"check.{severity}") for severity in frame["severity"]]
    if "number" in frame:
        shown["number"] = [words.number(number) for number in frame["number"]]
    if "written" in frame:
        shown["found"] = shown["written"]
        shown["place"] = [f"{places.name(code)} ({code})" for code in frame["code"]]
    heads = {name: words.term(f"check.head_{name}") for name in _HEADS if name in shown}
    return shown[[*heads]].rename(columns=heads).set_index(next(iter(heads.values())))


def account(checked: Checked) -> list[str]:
    """
    Say what became of all rows and cells, in numbers that add up.

    Returns
    -------
    lines
        Sentences in the language in use. What was not read is listed, each with its first values.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = hg.workbook.template(f"{folder}/form.xlsx", period=2023)
    ...     checked = hg.workbook.read(form)
    >>> with hg.words.use("en"):
    ...     account(checked)[0][:15]
    '101 rows read ='
    """
    kinds = checked.rows["kind"].value_counts().reindex(KINDS, fill_value=0)
    cells = checked.uses[[*USES]].sum().astype(int)
    counts = {
        "account": {"rows": kinds.sum(), **kinds},
        "cells": {"cells": cells.sum(), **cells},
        "faults": {
            "errors": len(checked.errors),
            "warnings": len(checked.faults) - len(checked.errors),
            "changes": len(checked.changes),
        },
    }
    lines = []
    for key, numbers in counts.items():
        blanks = {name: words.number(number) for name, number in numbers.items()}
        lines.append(words.term(f"check.{key}", **blanks))
    if checked.is_complete:
        return [*lines, words.term("check.all")]
    if not checked.is_sound:
        is_empty = checked.accepted.empty and checked.errors.empty
        lines.append(words.term("check.nothing" if is_empty else "check.not_all"))
    return [*lines, *not_read(checked)]


def not_read(checked: Checked) -> list[str]:
    """
    List what was not read: unknown columns and blocks, each with its first values.

    Returns
    -------
    lines
        Sentences in the language in use; no sentence where every cell was read or is known.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = hg.workbook.template(f"{folder}/form.xlsx", period=2023)
    ...     checked = hg.workbook.read(form)
    >>> not_read(checked)
    []
    """
    # what nobody has read may be counts, and these lines are printed
    mask = mask_counts if suppress.threshold() else str
    lines = []
    for fault in checked.left_out.to_dict("records"):
        sheet = plain(fault["sheet"])
        cell = cell_name(fault["column"], fault["row"])
        text = plain(unmark(fault["marked"]["message"], mask))
        lines.append(words.term("own.fault", sheet=sheet, cell=cell, text=text))
    head = words.term("check.left", left=words.number(checked.uses["asked"].sum()))
    return [head, *lines] if lines else []


def comment(fault: Mapping[Hashable, Any]) -> list[str]:
    """Say what is wrong, what was expected and what to do."""
    columns = {fault["severity"]: "message", "expected": "expected", "suggestion": "suggestion"}
    lines = []
    for key, column in columns.items():
        text = plain(fault[column])
        if text:
            lines.append(words.term(f"check.comment_{key}", **{column: text}))
    return lines


KINDS = ("accepted", "rejected", "total", "title", "header", "note", "blank")
"""What a row can be; every row is one of these."""


def cell_name(column: str, row: int) -> str:
    """Name the cell of a fault; an empty text where it has no row."""
    return f"{column}{row}" if row > 0 else ""
