"""Write down what is wrong with a report, found by a rule, and what was changed in reading it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import words
from ..escaping import plain
from .sheets import letter
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
    whole file is. `blanks` fill the blanks of the texts of the rule.
    """

    rule: str
    sheet: str = ""
    row: int = 0
    column: int = 0
    field: str = ""
    found: str = ""
    severity: Literal["error", "warning"] = "error"
    blanks: dict[str, object] = dataclasses.field(default_factory=dict)


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
    """One cell that is read otherwise than it is written; `why` is a key of `strings.toml`."""

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
            *(
                words.term(f"reading.{fault.rule}{part}", **{"found": fault.found, **fault.blanks})
                for part in ("", "_expected", "_suggestion")
            ),
        )
        for fault in faults
    ]
    return pd.DataFrame(rows, columns=FAULTS).astype({"row": "int64"})


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


@dataclass(frozen=True)
class Hit:
    """
    One rule that one cell breaks.

    `at` is the index of its row in the frame of rows, or None where a row is not there at all.
    `blanks` fills those of the texts of the rule.
    """

    at: int | None
    field: str
    rule: str
    blanks: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def severity(self) -> Literal["error", "warning"]:
        """Whether the row is refused for it."""
        return "warning" if self.rule in WARNINGS else "error"


def find(
    broken: pd.Series,
    *,
    field: str,
    rule: str,
    blanks: Blanks | None = None,
) -> list[Hit]:
    """
    Give a hit for each row that breaks a rule.

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
    hits
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
        Hit(int(at), field, rule, dict(zip(told, line, strict=True)))
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


def write(hits: Sequence[Hit], rows: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Write hits down as faults.

    Parameters
    ----------
    hits
        What was found.
    rows
        Index as in `Hit.at`; columns `sheet`, `row`, `across`.
    cells
        `sheet`, `row`, `across` (the year, where years stand side by side), `field`, `column`,
        `raw`: where each field of a row stands. Where a row has no such cell the fault stands at
        the place of the first cell of the row.

    Returns
    -------
    faults
        One row for each hit; `found` is the text of the cell.
    """
    wanted = sorted({hit.at for hit in hits if hit.at is not None})
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
    lines = []
    for hit in hits:
        if hit.at is None:
            sheet, row, column, raw = "", 0, "", ""
        else:
            sheet, row, across = stands[hit.at]
            # an empty cell is none of the filled ones: its column is that of its field
            there = columns.get((sheet, across, hit.field), first.get(hit.at, ""))
            column, raw = known.get((hit.at, hit.field), (there, ""))
        said = show(raw)
        if _NUMBER.fullmatch(said) and hit.field not in PLACE:
            said = show(float(said))
        texts = [
            words.term(f"sense.{hit.rule}{part}", **{**hit.blanks, "found": said})
            for part in ("", "_expected", "_suggestion")
        ]
        lines.append((sheet, row, column, hit.field, show(raw), hit.rule, hit.severity, *texts))
    return pd.DataFrame(lines, columns=FAULTS).astype({"row": "int64"})
