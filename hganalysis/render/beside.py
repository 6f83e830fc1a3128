"""Write the table that stands beside a figure, as HTML: what is drawn cannot be read aloud."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .. import words

if TYPE_CHECKING:
    import pandas as pd

    from ..figures.classify import Map


def table(panel: Map, facts: pd.DataFrame, title: str) -> str:
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
        for code, name in panel.table["name"].items()
    )
    caption = f"<caption>{escape(words.term('maps.table', title=title))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
