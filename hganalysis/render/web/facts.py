"""Write down what is known of each place, for whoever points at it or has the page read aloud."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ... import words
from ...figures.classify import Map
from ...figures.states import KNOWN, state_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...indicators import Classes


def write(drawn: Map) -> pd.DataFrame:
    """
    Write down what is known of each place: index code, one column a fact, with its heading.

    Nothing is said of a place whose value is not shown: its count would give the value away.
    """
    table, classes = drawn.table, drawn.classes
    shown = table["value"].notna()
    rank = table["value"].rank(ascending=False, method="min")
    facts = {
        "value": [_or_empty(one, lambda x: words.value(x, classes)) for one in table["value"]],
        "count": _pairs(table, "count", "out_of"),
        "year": table["year"].map(lambda year: f"{year:.0f}") if "year" in table else "",
        "rank": [_or_empty(one, lambda place: f"{place:.0f}/{shown.sum()}") for one in rank],
        "chance": _intervals(table, drawn.column, classes),
        "note": _notes(table),
    }
    written = pd.DataFrame(facts, index=table.index).where(shown, "")
    written["state"] = ["" if state == KNOWN else state_name(state) for state in table["state"]]
    some = [name for name in written if name == "value" or (written[name] != "").any()]
    return written[some].rename(columns=lambda name: words.term(f"maps.fact_{name}"))


def _notes(table: pd.DataFrame) -> list[str] | str:
    if "approximate" not in table:
        return ""
    return [words.term("maps.approximate") if flag == 1 else "" for flag in table["approximate"]]


def _or_empty(value: float, write: Callable[[float], str]) -> str:
    return "" if np.isnan(value) else write(value)


def _pairs(table: pd.DataFrame, part: str, whole: str) -> list[str] | str:
    if not {part, whole} <= set(table.columns):
        return ""
    return [
        f"{words.number(count)} / {words.number(out_of)}"
        for count, out_of in zip(table[part], table[whole], strict=True)
    ]


def _intervals(table: pd.DataFrame, column: str, classes: Classes) -> list[str] | str:
    base, pp = column.removesuffix("_pp"), "_pp" if column.endswith("_pp") else ""
    low, high = f"{base}_low{pp}", f"{base}_high{pp}"
    if not {low, high} <= set(table.columns):
        return ""
    return [
        "" if np.isnan(least) or np.isnan(most) else words.interval(least, most, classes)
        for least, most in zip(table[low], table[high], strict=True)
    ]


def table_of(drawn: Map, facts: pd.DataFrame, title: str) -> str:
    """
    Write the table that says what the map shows: the map itself cannot be read aloud.

    Whoever points at a place is shown its row, found by `data-code`, so nothing is said twice.
    """
    heads = [words.term("maps.fact_place"), *facts.columns]
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr data-code="{escape(str(code))}"><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(fact) or '–'}</td>" for fact in facts.loc[code])
        + "</tr>\n"
        for code, name in drawn.table["name"].items()
    )
    caption = f"<caption>{escape(words.term('maps.table', title=title))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
