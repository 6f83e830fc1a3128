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
from .faults import mark
from .vocabulary import PARTS, TEXTS, Phrases, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..grid import Cell
    from .cells import Line
    from .faults import Log
    from .headings import Column

_PHRASES = Phrases(TEXTS["headings"]["percent"])

MIN_ROWS = 10
"""Of fewer numbers nobody can say that they are alike, or grow with what they are out of."""
MOST = 100
"""No part is more than so many per cent."""
MIN_FRACTIONS = 0.5
"""More than this share of per cents is not whole; counts have no fractions."""
MIN_MEDIAN, MIN_RANGE, MAX_CORRELATION = 20, 10, 0.2
"""
Whole numbers are per cents if half of them are at least so large, what they are out of differs by
this factor, and they do not grow with it: Spearman's coefficient is below the last.

Of 50 columns of rare events, with medians from 1 to 60, none is so; of 534 counties' whole per
cents the column is. A count is rarely that regular: it would have to fall where places grow.
"""


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


def are_percents(count: pd.Series, out_of: pd.Series) -> bool:
    """
    Say whether numbers are those of per cents, and not of counts.

    Parameters
    ----------
    count, out_of
        Of the same rows; a row without a count is left out.

    Examples
    --------
    >>> people = pd.Series(range(1_000, 21_000, 1_000))
    >>> alike = pd.Series([39, 65, 41, 58] * 5)
    >>> are_percents(alike, people), are_percents(people // 250, people)
    (True, False)
    """
    count = count.dropna()
    if len(count) < MIN_ROWS or count.max() > MOST or count.min() < 0:
        return False
    n_fractions = (count % 1 != 0).sum()
    if n_fractions:
        return bool(n_fractions > MIN_FRACTIONS * len(count))
    people = out_of.reindex(count.index)
    people = people[people > 0]
    if len(people) < MIN_ROWS or people.max() < MIN_RANGE * people.min():
        return False
    # where all numbers are equal there is no coefficient: they do not grow either
    grows = count.rank().corr(people.rank()) >= MAX_CORRELATION
    return bool(count.median() >= MIN_MEDIAN and not grows)


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
