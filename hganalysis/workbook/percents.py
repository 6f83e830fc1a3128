"""
Ask about columns that hold per cents where counts belong.

39 % of a county is not 39 people. Where a measure has classes, such a column is far below them. The
first report of a measure without any has nothing to be held to but its own numbers: counts are
larger where there are more people, and per cents are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators
from ..frames import are_percents
from .faults import mark
from .vocabulary import PARTS, TEXTS, Phrases, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..grid import Cell
    from .cells import Line
    from .faults import Log
    from .headings import Column

_PHRASES = Phrases(TEXTS["headings"]["percent"])


def says_percent(text: str) -> bool:
    """
    Say whether a heading or a cell speaks of per cents.

    Examples
    --------
    >>> [says_percent(text) for text in ("Tỷ lệ hộ", "65,3 %", "Phan tram", "Số hộ", "65,3")]
    [True, True, True, False, False]
    """
    return "%" in text or _PHRASES.are_in(tidy(text))


def find_fields(column: Column, fields: Iterable[str], cells: Sequence[Cell]) -> set[str]:
    """
    Find the counts of a column whose heading or cells say that they are per cents.

    Parameters
    ----------
    column
        One for which a person has answered is not asked about again.
    fields
        What its cells are read as: several in a table with a column of measures.
    cells
        Its cells.
    """
    asked = {field for field in fields if _may_be_asked(column, field)}
    asked = {field for field in asked if not indicators.has_classes(field.partition(".")[0])}
    texts = [column.title, *(cell.text for cell in cells)]
    return asked if asked and any(map(says_percent, texts)) else set()


def _may_be_asked(column: Column, field: str) -> bool:
    """Say whether a column is of counts of a measure, and nobody has said yet what it holds."""
    return field.endswith(f".{PARTS[0]}") and not column.answered


def ask(lines: Sequence[Line], rows: pd.DataFrame, log: Log) -> None:
    """
    Ask about counts that are like per cents, once for each heading.

    Parameters
    ----------
    lines
        Of places and periods that are known.
    rows
        The numbers of each line, from `sense.with_census`.
    log
        Takes the questions.
    """
    for name in indicators.names():
        field = f"{name}.{PARTS[0]}"
        # what is left of the whole for a group stands in no cell
        is_written = [field in line.cells and field in line.numbers for line in lines]
        numbers = rows.loc[is_written, [field, f"{name}.{PARTS[1]}"]]
        # sheets of the same form are one column
        titles = [_column_of(lines[row], field).title for row in numbers.index]
        for _, column in numbers.groupby(pd.Series(titles, numbers.index, dtype="object")):
            if not are_percents(column[field], column[f"{name}.{PARTS[1]}"]):
                continue
            for row in column.index:
                line = lines[row]
                if _may_be_asked(_column_of(line, field), field):
                    ask_about_line(line, field, log, reason="alike")


def _column_of(line: Line, field: str) -> Column:
    return line.table.column_at(line.cells[field].column)


def ask_about_line(line: Line, field: str, log: Log, *, reason: str) -> None:
    """Ask about the column of a field, once for its heading; the number waits for the answer."""
    number = line.cells[field].column
    column = line.table.column_at(number)
    name, _, _ = field.partition(".")
    log.fault(
        *(f"percents_{reason}", line.table.sheet, line.table.header_row(number), number),
        field=field,
        text=column.title,
        once_per=(field, column.title),
        label=indicators.measure_label(name),
        cell=mark(line.cells[field].text),
    )
    line.wrong.setdefault(field, f"percents_{reason}")
