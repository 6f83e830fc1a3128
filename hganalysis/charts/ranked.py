"""Draw the districts in order of their share, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, words
from ..rates import pick
from ..render.static import spacing, style
from . import frames
from .two_years import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..indicators import Indicator


def intervals(
    rates: pd.DataFrame,
    *,
    indicator: Indicator,
    ax: Axes,
    province: pd.DataFrame | None = None,
) -> Axes:
    """
    Draw the share of each place with its interval, the highest first, and the target if any.

    Parameters
    ----------
    rates
        Of `rates.to_districts`: `code`, `year`, `indicator`, `share`, `share_low`, `share_high`,
        `state`, `origin`. Rows of other measures and years are passed over.
    indicator
        The measure and year to draw. Its classes give colours, unit and target.
    ax
        Where to draw. Limits and scales are set here; titles are not.
    province
        Of `rates.to_province`, for a line across.

    Returns
    -------
    ax
        Of more places than can be read, the first, and a line says how many of how many.

    Raises
    ------
    LookupError
        If there is no row of that measure and year.
    ValueError
        If a column is missing, `origin` among them, or a place stands twice.
    """
    table = _measured(rates, indicator).sort_values(
        ["share", "code"], ascending=[False, True], na_position="last", ignore_index=True
    )
    frames.require(table, ["share"], some="share")
    twice = sorted(table.loc[table["code"].duplicated(), "code"])
    if twice:
        msg = f"{len(twice)} places stand twice: {', '.join(twice)}. One row a place is needed."
        raise ValueError(msg)
    classes = indicators.classes(indicator.name)
    marks = _marks(province, indicator, classes)
    table["label"] = named(table)["label"]
    table["text"] = [_text(one, classes) for one in frames.rows(table)]
    said = [[("", words.term("charts.chance"))]]
    fit = style.fit(ax, taken=64 + 6.5 * style.LINE) // (1 + table["text"].str.count("\n").max())
    if len(table) > fit:
        said.append([("", style.some("charts.some", fit, len(table)))])
        table = table.head(fit)

    shown = ["share", "share_low", "share_high"]
    ends = [*frames.numbers(table, shown), *(mark.at for mark in marks)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    origins = pd.concat([table["origin"], *([province["origin"]] if province is not None else [])])
    right = style.widest(table["text"]) + 40
    table = table.assign(label=style.beside(ax, table["label"], taken=right + 44))
    room = style.Room(
        left=style.widest(table["label"]) + 44,
        right=right,
        bottom=64,
        top=style.head(ax, origins, said) + 2 * style.LINE + 4,
    )
    margin = 0.02 * (high - low or 1)
    style.stage(ax, x=(low - margin, high + margin), y=(len(table) - 0.5, -0.5), room=room)
    ticks = spacing.round_ticks(low - margin, high + margin, about=6)
    labels = words.series(ticks, classes)
    name = words.term("charts.of_out_of", label=indicator.label, out_of=indicator.out_of)
    style.scale(ax, ticks, labels, label=name, room=room)
    ax.vlines(ticks, -0.5, len(table) - 0.5, color=style.PALE, lw=1, zorder=0)
    across = style.points(ax)[0]
    style.marks(ax, marks, rows=len(table))
    colours = dict(enumerate(classes.colours))
    filled = classes.index(table["share"]).map(colours)
    for y, one in enumerate(frames.rows(table)):
        side = ax.get_yaxis_transform()
        tone = style.INK if one.state == "known" else style.QUIET
        style.text(ax, (room.left - 24) / across, y, one.label, ha="right", within=side)
        style.text(ax, 1 - (room.right - 20) / across, y, one.text, colour=tone, within=side)
        if pd.isna(one.share) or one.state in _HIDDEN:
            continue
        style = "-" if one.state == "known" else ":"
        ax.plot(
            [one.share_low, one.share_high], [y, y], color=style.QUIET, lw=4, ls=style, zorder=3
        )
        face = filled[one.Index]
        ax.plot([one.share], [y], "o", ms=15, mfc=face, mec=style.INK, mew=1.5, zorder=4)
    return ax


_HIDDEN = ("suppressed", "not comparable", "no data")


def _measured(rates: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    shown = ["code", "year", "indicator", "share", "share_low", "share_high", "state"]
    frames.require(rates, shown)
    return pick(rates, indicator)[[*shown, "origin"]]


def _text(one: object, classes: indicators.Classes) -> str:
    """Write the share, its interval, and its state where that is not `known`."""
    state, share, low, high = (
        getattr(one, name) for name in ("state", "share", "share_low", "share_high")
    )
    said = "" if state == "known" else words.term(f"maps.state_{state.replace(' ', '_')}")
    if state in _HIDDEN or pd.isna(share):
        return said or words.term("maps.state_no_data")
    between = "" if pd.isna(low) else f" ({words.interval(low, high, classes)})"
    return words.value(share, classes) + between + (f"\n{said}" if said else "")


def _marks(
    province: pd.DataFrame | None, indicator: Indicator, classes: indicators.Classes
) -> list[style.Mark]:
    """Name the share of the province and the target, as far as there are any."""
    found = []
    if province is not None:
        share = float(_measured(province, indicator)["share"].iloc[0])
        if pd.notna(share):
            value = words.value(share, classes)
            found.append(Line(share, words.term("charts.province", value=value)))
    if classes.target is not None:
        found.append(Line(classes.target, classes.target_text, "--", style.ALARM))
    return found
