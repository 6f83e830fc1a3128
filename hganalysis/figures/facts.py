"""Write down what is known of each place of a map, for whoever points at it or has it read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import words
from ..rates.shrunken import SHRUNKEN
from .states import KNOWN, UNRELIABLE, state_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..indicators import Classes


def write(table: pd.DataFrame, column: str, classes: Classes) -> pd.DataFrame:
    """
    Write down what is known of each place: index code, one column a fact, with its heading.

    Nothing is said of a place whose value is not shown: its count would give the value away.
    """
    shown = table["value"].notna()
    # Nobody is ranked by what was drawn towards others, or should not be used by itself.
    alone = column != SHRUNKEN and not (table["state"] == UNRELIABLE).any()
    ranked = table["value"].where(shown & alone)
    rank = ranked.rank(ascending=False, method="min")
    facts = {
        "value": [or_empty(one, lambda x: words.value(x, classes)) for one in table["value"]],
        "count": _pairs(table, "count", "out_of"),
        "year": table["year"].map(lambda year: f"{year:.0f}") if "year" in table else "",
        "rank": [or_empty(one, lambda place: f"{place:.0f}/{shown.sum()}") for one in rank],
        "chance": _intervals(table, column, classes),
        "note": _notes(table),
    }
    written = pd.DataFrame(facts, index=table.index).where(shown, "")
    written["state"] = ["" if state == KNOWN else state_name(state) for state in table["state"]]
    some = [name for name in written if name == "value" or (written[name] != "").any()]
    heads = {name: words.term(f"maps.fact_{name}") for name in some}
    if column == SHRUNKEN:  # it is not what was counted, which stands beside it
        heads["value"] = words.term(f"columns.{SHRUNKEN}")
    return written[some].rename(columns=heads)


def _notes(table: pd.DataFrame) -> list[str] | str:
    if "approximate" not in table:
        return ""
    return [words.term("maps.approximate") if flag == 1 else "" for flag in table["approximate"]]


def or_empty(value: float, write: Callable[[float], str]) -> str:
    """Write a number, or nothing where there is none."""
    return "" if np.isnan(value) else write(value)


def pair(count: float, out_of: float) -> str:
    """Write a count and what it is out of."""
    if np.isnan(count) or np.isnan(out_of):
        return ""
    return f"{words.number(count)} / {words.number(out_of)}"


def interval(low: float, high: float, classes: Classes, *, bare: bool = False) -> str:
    """Write an interval, perhaps without its unit."""
    if np.isnan(low) or np.isnan(high):
        return ""
    return words.interval(low, high, classes, bare=bare)


def _pairs(table: pd.DataFrame, part: str, whole: str) -> list[str] | str:
    if not {part, whole} <= set(table.columns):
        return ""
    return [pair(*both) for both in zip(table[part], table[whole], strict=True)]


def _intervals(table: pd.DataFrame, column: str, classes: Classes) -> list[str] | str:
    base, pp = column.removesuffix("_pp"), "_pp" if column.endswith("_pp") else ""
    low, high = f"{base}_low{pp}", f"{base}_high{pp}"
    if not {low, high} <= set(table.columns):
        return ""
    return [interval(*ends, classes) for ends in zip(table[low], table[high], strict=True)]
