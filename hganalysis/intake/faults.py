"""Write down what is wrong with a report, and what was changed in reading it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import words
from .sheets import letter

if TYPE_CHECKING:
    from collections.abc import Iterable

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
