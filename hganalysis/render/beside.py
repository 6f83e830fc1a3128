"""Write the table that stands beside a figure, as HTML: what is drawn cannot be read aloud."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .. import words
from ..figures.classify import Map

if TYPE_CHECKING:
    import pandas as pd

    from ..figures.figure import Figure, Panel


def details(figure: Figure) -> str:
    """
    Write what a figure says and its tables, folded away; nothing where it has none.

    A statement of sentences alone is read as it is, and has no table.
    """
    names = figure.names if len(figure.names) > 1 else [figure.title] * len(figure.panels)
    tables = [
        table(panel, panel.facts, name)
        for panel, name in zip(figure.panels, names, strict=True)
        if not panel.facts.empty
    ]
    if not tables:
        return ""
    head = f"<summary>{escape(words.term('maps.table_of_picture'))}</summary>"
    return f"<details>{head}<p>{escape(figure.headline)}</p>{''.join(tables)}</details>"


def table(panel: Panel, facts: pd.DataFrame, title: str, *, banner: tuple[str, ...] = ()) -> str:
    """
    Write the table that says what a panel shows.

    Whoever points at a place of a web map is shown its row, found by `data-code`, so nothing is
    said twice.

    Parameters
    ----------
    panel
        Any panel of a figure.
    facts
        What it shows, as texts: see `Panel.facts`.
    title
        What the caption names.
    banner
        What the head says first: it is repeated on every page that the table is printed on.
    """
    if isinstance(panel, Map):
        named = panel.table["name"].reindex(facts.index)
        rows = [(name, f' data-code="{escape(str(code))}"') for code, name in named.items()]
        first = words.term("maps.fact_place")
    else:
        rows, first = [(name, "") for name in facts.index], ""
    # The dots of a cloud have no names.
    some = any(name for name, _ in rows)
    heads = [*[first] * some, *facts.columns]
    cells = [f'<th scope="col">{escape(one)}</th>' if one else "<td></td>" for one in heads]
    told = "".join(
        f'<tr><th class="banner" colspan="{len(heads)}">{escape(one)}</th></tr>' for one in banner
    )
    head = f"<thead>{told}<tr>{''.join(cells)}</tr></thead>" if any(heads) else ""
    body = "".join(
        f"<tr{code}>"
        + f'<th scope="row">{escape(name)}</th>' * some
        + "".join(f"<td>{escape(fact) or '–'}</td>" for fact in texts)
        + "</tr>\n"
        for (name, code), texts in zip(rows, facts.to_numpy(), strict=True)
    )
    caption = f"<caption>{escape(words.term('maps.table', title=title))}</caption>"
    return f"<table>{caption}{head}<tbody>{body}</tbody></table>"
