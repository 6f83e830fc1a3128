"""Lay out what was published, each figure as it was printed."""

from __future__ import annotations

import pandas as pd

from .. import frames, words
from .common import called, qualified
from .table import Table


def printed(published: pd.DataFrame) -> Table:
    """
    Lay published figures out for reading, in the language in use.

    Parameters
    ----------
    published
        Of `frames.published`, or some of its rows.

    Returns
    -------
    table
        Texts, one row a figure, named by what it is of: where, which period, the figure with its
        qualifier and unit, who published it and when. What has no name in
        `frames.published_names` keeps the one that the file gives.
    """
    shown = published.astype(object).where(published.notna(), "")
    names = frames.published_names()
    subjects, periods, units = (
        [names.get((column, one), str(one)) for one in shown[column]]
        for column in ("indicator", "period", "unit")
    )
    rows = {
        "place": map(called, shown["unit_code"]),
        "period": periods,
        "value": [_figure(*one) for one in zip(shown.itertuples(), units, strict=True)],
        "publisher": [
            _who(names.get(("publisher", one), str(one)), day)
            for one, day in zip(shown["publisher"], shown["published"], strict=True)
        ],
    }
    heads = {name: words.term(f"columns.{name}") for name in (*rows, "published_figure")}
    table = Table({heads[name]: list(texts) for name, texts in rows.items()})
    laid = table.set_index(pd.Index(subjects, name=heads["published_figure"]))
    laid.unfolded = True
    return laid


def _who(publisher: str, day: object) -> str:
    return ", ".join(filter(None, (publisher, words.day(day))))


def _figure(one: object, unit: str) -> str:
    """Write a figure as it was printed: its qualifier, the number, the unit."""
    value = getattr(one, "value", "")
    if value == "":
        return words.day(getattr(one, "as_of", ""))
    share = str(getattr(one, "unit", "")).startswith("share of")
    number = words.series([float(value)], "share" if share else "decimal")[0]
    return f"{qualified(number, getattr(one, 'qualifier', 'exact'))} {unit}".strip()
