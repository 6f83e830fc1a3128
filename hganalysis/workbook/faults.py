"""Write down what is wrong with a report, found by a rule, and what was changed in reading it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import limits, words
from ..escaping import plain
from .guard import UnreadableError
from .sheets import address, column_number, letter
from .template import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


FAULTS = [
    *("sheet", "row", "column", "field", "found"),
    *("rule", "severity", "message", "expected", "suggestion"),
]
CHANGES = ["sheet", "row", "column", "before", "after", "why"]


@dataclass(frozen=True)
class Fault:
    """
    One thing that is wrong, and where.

    `row` and `column` count from 1; 0 where the whole sheet is meant, an empty `sheet` where the
    whole file is. `blanks` fill the blanks of the texts of the rule. What is found in a frame of
    rows stands, until it is `placed`, `at` the index of its row, or nowhere where a row is not
    there at all.
    """

    rule: str
    sheet: str = ""
    row: int = 0
    column: int = 0
    field: str = ""
    found: str = ""
    severity: Literal["error", "warning"] = "error"
    blanks: Mapping[str, object] = dataclasses.field(default_factory=dict)
    at: int | None = None


def warning(
    rule: str,
    sheet: str = "",
    row: int = 0,
    column: int = 0,
    *,
    found: str = "",
    blanks: dict[str, object] | None = None,
) -> Fault:
    """Say what may be right, and has to be looked at; the arguments are those of a `Fault`."""
    return Fault(rule, sheet, row, column, found=found, severity="warning", blanks=blanks or {})


@dataclass(frozen=True)
class Change:
    """One cell that is read otherwise than it is written; `why` is a key of `texts.toml`."""

    sheet: str
    row: int
    column: int
    before: str
    after: str
    why: str
    blanks: dict[str, object] = dataclasses.field(default_factory=dict)


def fault_table(faults: Iterable[Fault]) -> pd.DataFrame:
    """Write faults as a frame, with their texts in the language in use."""
    rows = [
        (
            *(fault.sheet, fault.row, letter(fault.column), fault.field, fault.found),
            *(fault.rule, fault.severity),
            *(_text(fault, part) for part in ("", "_expected", "_suggestion")),
        )
        for fault in faults
    ]
    return pd.DataFrame(rows, columns=FAULTS).astype({"row": "int64"})


def _text(fault: Fault, part: str = "") -> str:
    """Say what is wrong, what was expected, or what to do, in the language in use."""
    key = next(
        key for key in (f"reading.{fault.rule}", f"sense.{fault.rule}") if key in words.strings()
    )
    return words.term(f"{key}{part}", **{"found": fault.found, **fault.blanks})


def require_few(faults: Sequence[Fault]) -> None:
    """
    Stop if a file has more faults than anybody looks at: they have one cause, and the first tells.

    Raises
    ------
    UnreadableError
        If there are too many, with the first of them and where it is.
    """
    placed, most = [fault for fault in faults if fault.row], limits.MOST_FAULTS
    if len(placed) > most:
        first = placed[0]
        place = f"{first.sheet}!{address(first.row, first.column)}"
        raise UnreadableError(
            rule="too_many_faults", number=len(placed), most=most, place=place, first=_text(first)
        )


def change_table(changes: Iterable[Change]) -> pd.DataFrame:
    """Write changes as a frame, with their reasons in the language in use."""
    rows = [
        (
            *(change.sheet, change.row, letter(change.column), change.before, change.after),
            words.term(f"reading.{change.why}", **change.blanks),
        )
        for change in changes
    ]
    return pd.DataFrame(rows, columns=CHANGES).astype({"row": "int64"})


_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")


Blanks = Mapping[str, "pd.Series | str"]
"""What fills the blanks of a text: of each row by its index, or the same for all."""

WARNINGS = frozenset(
    {
        "far_from_census",
        "count_missing",
        "falls",
        "unusually_high",
        "unusually_low",
        "commune_missing",
        "district_missing",
        "total_unclear",
        "total_alone",
    }
)
"""The rules whose breach may be right: the row is accepted, and a person looks at it."""


def at_row(
    at: int | None, field: str, rule: str, blanks: Mapping[str, object] | None = None
) -> Fault:
    """Say what is wrong with a row of a frame; the row is refused, but for `WARNINGS`."""
    severity: Literal["error", "warning"] = "warning" if rule in WARNINGS else "error"
    return Fault(rule, field=field, severity=severity, blanks=blanks or {}, at=at)


def find(
    broken: pd.Series,
    *,
    field: str,
    rule: str,
    blanks: Blanks | None = None,
) -> list[Fault]:
    """
    Give a fault for each row that breaks a rule.

    Parameters
    ----------
    broken
        True where the rule is broken; its index names the rows.
    field, rule
        Where, and what is wrong.
    blanks
        What fills the blanks of the texts: of each row by the same index, or the same for all.

    Returns
    -------
    faults
        In the order of the rows.

    Examples
    --------
    >>> find(pd.Series([False, True]), field="teams", rule="negative")[0].at
    1
    """
    wrong = broken.index[broken.fillna(value=False).astype(bool)]
    if not len(wrong):
        return []
    told = {
        name: [value] * len(wrong) if isinstance(value, str) else value.loc[wrong].map(show)
        for name, value in (blanks or {}).items()
    }
    lines = zip(*told.values(), strict=True) if told else [()] * len(wrong)
    return [
        at_row(int(at), field, rule, dict(zip(told, line, strict=True)))
        for at, line in zip(wrong, lines, strict=True)
    ]


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
    if isinstance(value, (int, float)) or hasattr(value, "dtype"):
        number = float(value)  # type: ignore[arg-type]
        if number != number:
            return ""
        whole = number.is_integer()
        return words.number(number, decimals=0 if whole else _decimals(number))
    return plain(value)


def _decimals(number: float) -> int:
    """Show three digits of what is small, and no more decimals than it has."""
    return next((d for d in range(1, 6) if round(number, d) == number), 3)


def placed(faults: Sequence[Fault], rows: pd.DataFrame, cells: pd.DataFrame) -> list[Fault]:
    """
    Say of faults that were found in a frame of rows in which cell each stands.

    Parameters
    ----------
    faults
        What was found.
    rows
        Index as in `Fault.at`; columns `sheet`, `row`, `across`.
    cells
        `sheet`, `row`, `across` (the year, where years stand side by side), `field`, `column`,
        `raw`: where each field of a row stands. Where a row has no such cell the fault stands at
        the place of the first cell of the row.

    Returns
    -------
    faults
        In the same order; `found` is the text of the cell.
    """
    wanted = sorted({fault.at for fault in faults if fault.at is not None})
    keys = ["sheet", "row", "across"]
    at = pd.MultiIndex.from_frame(rows.loc[wanted, keys])
    places = at.get_indexer(pd.MultiIndex.from_frame(cells[keys]))
    near = cells.assign(at=places)[places >= 0]
    known: dict[tuple[int, str], tuple[str, str]] = {}
    first: dict[int, str] = {}
    for number, field, column, raw in near[["at", "field", "column", "raw"]].itertuples(
        index=False, name=None
    ):
        known[wanted[number], field] = (column, raw)
        if column:
            first.setdefault(wanted[number], column)
    columns = {
        (sheet, across, field): column
        for sheet, across, field, column in cells[["sheet", "across", "field", "column"]]
        .drop_duplicates(["sheet", "across", "field"])
        .itertuples(index=False, name=None)
    }
    stands = dict(zip(wanted, rows.loc[wanted, keys].to_numpy().tolist(), strict=True))
    found = []
    for fault in faults:
        sheet, row, column, raw = "", 0, "", ""
        if fault.at is not None:
            sheet, row, across = stands[fault.at]
            # an empty cell is none of the filled ones: its column is that of its field
            there = columns.get((sheet, across, fault.field), first.get(fault.at, ""))
            column, raw = known.get((fault.at, fault.field), (there, ""))
        said = show(raw)
        plain_number = _NUMBER.fullmatch(said) and fault.field not in PLACE
        blanks = {**fault.blanks, "found": show(float(said)) if plain_number else said}
        found.append(
            replace(
                fault, sheet=sheet, row=row, column=column_number(column), found=said, blanks=blanks
            )
        )
    return found
