"""Write what an atlas tells: a table for people, in each language, and one file for machines."""

from __future__ import annotations

import io
from csv import reader, writer
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, words
from ..figures.classify import unit_text, value_text
from ..figures.facts import interval, or_empty, pair
from ..figures.states import KNOWN, state_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..figures.figure import Figure
    from ..indicators import Classes
    from .views import View

DIGITS = "%.8g"
"""Of numbers in the file: more than any of them deserves, and the same on every machine."""


def facts(view: View, names: pd.DataFrame) -> pd.DataFrame:
    """
    Write what is known of each place, in the language in use.

    Parameters
    ----------
    view
        What is shown.
    names
        Index `code`, columns `name` and, where places lie in districts, `district`: in the order
        in which the places are to stand.

    Returns
    -------
    facts
        One row a place, the province last; one column a fact, by its key. A fact that no place
        has is left out, and so is what is not to be told.
    """
    table = pd.concat([view.table, view.whole]).reindex(names.index)
    state = table["state"].where(table["state"].notna(), "no data")
    written = pd.DataFrame(
        {
            "place": names["name"],
            "value": [
                or_empty(one, lambda x: value_text(x, view.classes)) for one in table["value"]
            ],
            "rank": [_rank(*row) for row in table[["rank", "rank_low", "rank_high"]].to_numpy()],
            "district": names.get("district", ""),
            "count": [pair(*row) for row in table[["count", "out_of"]].to_numpy()],
            "chance": [
                interval(low, high, view.classes, bare=bool(unit_text(view.classes)))
                for low, high in table[["low", "high"]].to_numpy(dtype=float)
            ],
            "change": [
                _change(change, low, high, view.moved)
                for change, low, high in table[
                    ["change_pp", "change_low_pp", "change_high_pp"]
                ].to_numpy(float)
            ],
            "state": ["" if one == KNOWN else state_name(str(one)) for one in state],
        },
        index=names.index,
    )
    written.loc[view.whole.index, "rank"] = ""
    return written[[name for name in written if name == "value" or (written[name] != "").any()]]


def heads(view: View, columns: Sequence[str]) -> list[str]:
    """Name the columns of facts, in the language in use."""
    unit = words.short_unit(view.moved or "points")
    special = {
        "value": words.term("maps.fact_value")
        + (f" ({words.short_unit(view.classes)})" if unit_text(view.classes) else ""),
        "district": words.term(
            "atlas.fact_district" if view.level == "commune" else "atlas.fact_province"
        ),
        "rank": words.term("atlas.fact_rank"),
        "chance": words.term("atlas.fact_chance"),
        "change": words.term(
            "atlas.fact_change" if unit else "atlas.fact_change_alone", year=view.before, unit=unit
        ),
    }
    return [special.get(one) or words.term(f"maps.fact_{one}") for one in columns]


def html(view: View, figure: Figure, names: pd.DataFrame) -> str:
    """Write the table of a view in the language in use: the map itself cannot be read aloud."""
    written, language = facts(view, names), words.language()
    columns = [str(name) for name in written]
    head = "".join(
        f'<th scope="col" data-fact="{key}">{escape(text)}'
        for key, text in zip(columns, heads(view, columns), strict=True)
    )
    whole = set(view.whole.index)
    rows = [
        f'<tr data-code="{escape(str(code))}"{" class=whole" if code in whole else ""}>'
        f'<th scope="row">{escape(row[0])}' + "".join(f"<td>{escape(one)}" for one in row[1:])
        for code, row in zip(written.index, written.to_numpy(), strict=True)
    ]
    banner = "".join(f'<b class="banner">{escape(said)}</b> ' for said in figure.banner)
    return (
        f'<table id="{language}.{escape(view.key)}" lang="{language}">'
        f"<caption><span>{banner}{escape(figure.title)}</span></caption>\n"
        f"<thead><tr>{head}</thead>\n<tbody>{chr(10).join(rows)}</tbody></table>"
    )


def csv(views: Sequence[View], names: dict[str, pd.DataFrame]) -> str:
    """
    Write every number of the atlas once, as a colleague's program or spreadsheet reads it.

    Parameters
    ----------
    views
        What is shown. Changes stand in the rows of their later year.
    names
        For each level, index `code` and column `name`.

    Returns
    -------
    text
        Comma-separated, one row for each place, measure and year. `note` says in each row that
        it is simulated, `unit` what `value`, `low` and `high` are in.
    """
    parts = []
    for view in views:
        if view.of_change:
            continue
        rows = [view.table.assign(level=view.level), view.whole.assign(level="province")]
        parts.append(
            pd.concat(rows)
            .rename_axis("code")
            .reset_index()
            .assign(
                indicator=view.measure,
                year=view.year,
                unit=view.classes.unit,
                change_since=view.before,
            )
        )
    table = pd.concat(parts).drop_duplicates(["level", "code", "indicator", "year"])
    whole = ["year", "count", "out_of", "rank", "rank_low", "rank_high", "change_since"]
    table[whole] = table[whole].astype("Float64").round().astype("Int64")
    note = " / ".join(words.strings()["words.simulated"][one] for one in words.LANGUAGES)
    table["note"] = np.where(table["origin"] == "simulated", note, "")
    name = pd.concat([level["name"] for level in names.values()])
    name = name[~name.index.duplicated()]
    table["place"] = table["code"].map(name)
    return escaping.csv(table[CSV], digits=DIGITS)


CSV = [
    *("note", "level", "code", "place", "indicator", "year", "value", "low", "high", "unit"),
    *("count", "out_of", "rank", "rank_low", "rank_high"),
    *("change_since", "change_pp", "change_low_pp", "change_high_pp", "state", "origin"),
]


def by_place(text: str) -> str:
    """Bring the rows of each place together, in what `csv` wrote."""
    head, *rows = reader(io.StringIO(text))
    level, code = head.index("level"), head.index("code")
    sorted_text = io.StringIO()
    lines = writer(sorted_text, lineterminator="\n")
    lines.writerows([head, *sorted(rows, key=lambda row: (row[level], row[code]))])
    return sorted_text.getvalue()


def _rank(rank: float, low: float, high: float) -> str:
    if np.isnan(rank):
        return ""
    text = words.number(rank)
    if np.isnan(low) or np.isnan(high):
        return text
    return words.term("atlas.rank", rank=text, low=words.number(low), high=words.number(high))


def _change(change: float, low: float, high: float, classes: Classes | None) -> str:
    if np.isnan(change):
        return ""
    scale = classes or "points"
    text = words.value(change, scale, bare=True)  # as the map of the change writes it
    if np.isnan(low) or np.isnan(high):
        return text
    return words.term(
        "atlas.between", change=text, interval=words.interval(low, high, scale, bare=True)
    )
