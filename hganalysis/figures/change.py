"""Compose what changed: slopes of places from year to year, and of their ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, words
from . import inputs
from .model import Slope, Slopes

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..indicators import Indicator


def slopes(
    difference: pd.DataFrame,
    *,
    before: Indicator,
    after: Indicator,
    history: pd.DataFrame | None = None,
) -> Slopes:
    """
    Compose the share of each place in two years as a line from one to the other.

    A line is coloured only where its change is more than chance variation (the interval leaves
    out 0); the others stay grey, and a note says so.

    Parameters
    ----------
    difference
        Of `change.difference`: `code`, `share_before`, `share_after` (0 to 1), `change_pp`,
        `change_low_pp`, `change_high_pp` (percentage points), `origin`. A place without one of the
        shares is named below the lines, not drawn.
    before, after
        What was compared: they head the two ends.
    history
        Shares of the same measure in all its years, of `rates.to_districts`: those before
        `before` lead up to it.

    Raises
    ------
    NothingToShow
        If no place has a change.
    ValueError
        If a column is missing, `origin` among them.
    """
    shares = ["share_before", "share_after"]
    reach = ["change_low_pp", "change_high_pp"]
    inputs.require(difference, ["code", *shares, "change_pp", *reach], some="change_pp")
    low, high = (difference[column] for column in reach)
    unit, scale = indicators.classes(before.name), indicators.change_scale(before.name)
    table = inputs.named(difference).assign(
        moved=(low > 0).astype(int) - (high < 0).astype(int),
        change=[words.value(pp, scale, bare=True) for pp in difference["change_pp"]],
    )
    values = difference.set_index("code")[shares].set_axis([before.year, after.year], axis=1)
    heads, notes, origins = _heads(before, after), [], [table["origin"]]
    past = _past(history, before)
    if past is not None:
        wide = past.pivot_table(index="code", columns="year", values="share", dropna=False)
        values = wide.reindex(values.index).join(values)
        heads = str(values.columns[0]), heads[1]
        notes.append(words.term("charts.slopes_past", before=before.year, after=after.year))
        origins.append(past.loc[past["code"].isin(table["code"]), "origin"])
    drawn = values[[before.year, after.year]].notna().all(axis=1).to_numpy()
    if (table["moved"][drawn] == 0).any():
        # What chance alone would do is not known of single counts.
        unknown = low.isna().all()
        notes.append(words.term("charts.slopes_unknown" if unknown else "charts.slopes_grey"))
    return _compose(
        table,
        values,
        lambda share: words.value(share, unit),
        heads=(*heads, words.short_unit(scale)),
        simulated=inputs.simulated(*origins),
        notes=tuple(notes),
    )


def bumps(ranks: pd.DataFrame, *, before: Indicator, after: Indicator) -> Slopes:
    """
    Compose the rank of each place in two years, the first on top.

    Ranks may be compared where measures may not, so the ends may be two measures.

    Parameters
    ----------
    ranks
        Of `change.rank_shift`: `code`, `share_before`, `share_after`, `rank_before`,
        `rank_after`, `places_up`, `origin`.
    before, after
        As for `slopes`.

    Raises
    ------
    NothingToShow
        If no place has a rank in both.
    ValueError
        If a column is missing, `origin` among them.
    """
    columns = ["rank_before", "rank_after"]
    inputs.require(ranks, ["code", *columns, "places_up"], some="places_up")
    table = inputs.named(ranks).assign(
        moved=ranks["places_up"].fillna(0).clip(-1, 1).astype(int),
        change=[_arrow(up) for up in ranks["places_up"]],
    )
    heights = -ranks.set_index("code")[columns].astype(float).set_axis([0, 1], axis=1)
    heads, simulated = (*_heads(before, after), ""), inputs.simulated(table["origin"])
    return _compose(table, heights, _rank, heads=heads, simulated=simulated)


def _past(history: pd.DataFrame | None, before: Indicator) -> pd.DataFrame | None:
    """Keep the years of the measure that led up to one; none where nothing did."""
    if history is None:
        return None
    inputs.require(history, ["code", "year", "indicator", "share"])
    mine = (history["indicator"] == before.name) & (history["year"] < before.year)
    return history[mine] if mine.any() else None


def _compose(
    table: pd.DataFrame,
    values: pd.DataFrame,
    write: Callable[[float], str],
    *,
    heads: tuple[str, str, str],
    simulated: bool,
    notes: tuple[str, ...] = (),
) -> Slopes:
    """Lay places out, a row a place in both: `values` have a column a year, the last two known."""
    known = values.iloc[:, -2:].notna().all(axis=1).to_numpy()
    lines = [
        Slope(
            label=one.label,
            values=tuple(float(value) for value in row),
            first="" if pd.isna(row[0]) else write(row[0]),
            last=write(row[-1]),
            change=one.change,
            moved=one.moved,
        )
        for one, row in zip(
            inputs.rows(table[known]), values[known].to_numpy(dtype=float), strict=True
        )
    ]
    lines.sort(key=lambda one: (-one.values[-1], -one.values[-2], one.label))  # noqa: PD011
    gone = table[~known]
    missing = tuple(
        (f"charts.{key}", tuple(gone.loc[some, "label"]))
        for key, some in (("no_data", ~gone["hidden"]), ("suppressed", gone["hidden"]))
        if some.any()
    )
    return Slopes(
        slopes=tuple(lines),
        years=tuple(int(year) for year in values.columns),
        heads=heads,
        simulated=simulated,
        notes=notes,
        missing=missing,
    )


def _heads(before: Indicator, after: Indicator) -> tuple[str, str]:
    """Head the two ends with their dates, and with the measures where these differ."""
    if before.label == after.label:
        return before.when, after.when
    return f"{before.label}\n{before.when}", f"{after.label}\n{after.when}"


def _rank(height: float) -> str:
    return words.term("charts.rank", rank=words.number(-height))


def _arrow(places_up: float) -> str:
    if pd.isna(places_up) or places_up == 0:
        return "="
    return ("▲" if places_up > 0 else "▼") + words.number(abs(places_up))
