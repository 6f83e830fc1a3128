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
from ..suppress import is_hidden
from .faults import mark
from .headings import UNUSED_ANSWER
from .vocabulary import PARTS, TEXTS, Phrases, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .cells import Line
    from .corrections import Corrections
    from .faults import Log
    from .tables import Table

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


def find_fields(table: Table, column: int, texts_by_field: Mapping[str, Sequence[str]]) -> set[str]:
    """
    Find the counts of a column whose heading or cells say that they are per cents.

    Parameters
    ----------
    table, column
        Where it is. One for which a person has answered is not asked about again.
    texts_by_field
        Its cells, by what they are read as: several fields in a table with a column of measures.
    """
    title = table.column_at(column).title
    fields = set()
    for field, texts in texts_by_field.items():
        name, _, _ = field.partition(".")
        if not _may_be_asked(table, column, field) or indicators.has_classes(name):
            continue
        if any(map(says_percent, [title, *texts])):
            fields.add(field)
    return fields


def _may_be_asked(table: Table, column: int, field: str) -> bool:
    """Say whether a column is of counts of a measure, and nobody has said yet what it holds."""
    return field.endswith(f".{PARTS[0]}") and table.may_ask(column, field)


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
        field, out_of = (f"{name}.{part}" for part in PARTS)
        # what is left of the whole for a group stands in no cell
        is_written = [field in line.cells and field in line.numbers for line in lines]
        numbers = rows.loc[is_written, [field, out_of]]
        # sheets of the same form are one column
        titles = [_question_of(lines[row], field) for row in numbers.index]
        by_title = numbers.groupby(pd.Series(titles, numbers.index, dtype="object"))
        for _, column in by_title:
            if not are_percents(column[field], column[out_of]):
                continue
            for row in column.index:
                line = lines[row]
                if _may_be_asked(line.table, line.cells[field].column, field):
                    ask_about_line(line, field, log, reason="alike")


def _question_of(line: Line, field: str) -> str:
    return line.table.question_at(line.cells[field].column, field)


def ask_about_line(line: Line, field: str, log: Log, *, reason: str) -> None:
    """Ask about the column of a field, once for its heading; the number waits for the answer."""
    number = line.cells[field].column
    question = _question_of(line, field)
    name, _, _ = field.partition(".")
    log.fault(
        *(f"percents_{reason}", line.table.sheet, line.table.header_row(number), number),
        field=field,
        text=question,
        once_per=(field, question),
        label=indicators.measure_label(name),
        cell=mark(line.cells[field].text),
    )
    line.wrong.setdefault(field, f"percents_{reason}")


def take_out(table: pd.DataFrame, corrections: Corrections, log: Log) -> pd.DataFrame:
    """
    Take measures that may be per cents out of the counts of a log, and ask about each once.

    Parameters
    ----------
    table
        Rows as they are written: a row for each place, period and measure.
    corrections
        What a person has answered, by `measure.count`.
    log
        Takes the questions.

    Returns
    -------
    table
        Without the measures that wait for an answer, or are not to be used.
    """
    is_taken_out = pd.Series(data=False, index=table.index)
    column = [*table].index(PARTS[0]) + 1
    for name, rows in table.groupby("indicator"):
        field = f"{name}.{PARTS[0]}"
        answer = corrections.find("heading", field).code
        reason = "" if answer else _why_ask(str(name), rows)
        for row in rows.index if reason else ():
            log.fault(
                *(f"percents_{reason}", None, int(row) + 2, column),
                field=field,
                text=field,
                once_per=field,
                label=indicators.measure_label(str(name)),
            )
        if reason or answer == UNUSED_ANSWER:
            is_taken_out[rows.index] = True
    return table[~is_taken_out].reset_index(drop=True)


def _why_ask(name: str, rows: pd.DataFrame) -> str:
    """Say why the counts of a measure in a long table may be per cents; blank if they are not."""
    if name not in indicators.names():
        return ""
    texts = rows[PARTS[0]].astype("str")
    if not indicators.has_classes(name) and texts.map(says_percent).any():
        return "said"
    shown = rows[~is_hidden(rows)]
    count, out_of = (pd.to_numeric(shown[part], errors="coerce") for part in PARTS)
    return "alike" if are_percents(count, out_of) else ""
