"""Draw why the headline of the campaign is no head-count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import indicators, words
from ..indicators import SEQUENTIAL
from ..maps import typeset
from ..render.static import style
from . import frames

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHADES = (SEQUENTIAL[4], SEQUENTIAL[3], SEQUENTIAL[2], SEQUENTIAL[1])
"""Of the counts of users, the largest first."""


def ledger(
    counts: pd.DataFrame, *, published: pd.DataFrame, bounds: pd.DataFrame, ax: Axes
) -> Axes:
    """
    Add up the counts of the campaign beside its headline, and bound the different users below.

    The counts of users come first, the largest at the left, so that both bounds stand under a
    border of the bar: at least the largest count are different people, at most all of them.

    Parameters
    ----------
    counts
        Of `intake.published_counts`: `year`, `indicator`, `count`, `origin`.
    published
        Of `intake.published`, with its row `participations_all`: `indicator`, `value`,
        `qualifier`, `origin`.
    bounds
        Of `rates.distinct_users`, one row: `users_low`, `users_high`, `out_of`, `origin`.
    ax
        Where to draw. Limits and scales are set here; titles are not.

    Returns
    -------
    ax

    Raises
    ------
    LookupError
        If the headline is not among the published figures.
    ValueError
        If a column is missing, `origin` among them.
    """
    frames.require(counts, ["year", "indicator", "count"])
    frames.require(published, ["indicator", "value", "qualifier"])
    frames.require(bounds, ["users_low", "users_high", "out_of"])
    headline = published[published["indicator"] == "participations_all"]
    if headline.empty:
        msg = (
            "the published figures have no row 'participations_all', the headline of the campaign."
        )
        raise LookupError(msg)
    printed, span = headline.iloc[0], bounds.iloc[0]
    parts = _parts(counts)
    total = float(parts["count"].sum())
    origins = pd.concat([counts["origin"], headline["origin"], bounds["origin"]])

    room = style.Room(left=8, right=24, bottom=10, top=style.head(ax, origins, []))
    style.stage(ax, x=(0, max(total, float(printed["value"]))), y=(0, 10), room=room)
    across = (ax.get_xlim()[1] - ax.get_xlim()[0]) / style.points(ax)[0]

    _heading(ax, 9.7, words.term("charts.ledger_sum", total=words.number(total)))
    _stack(ax, parts, across=across)
    qualified = words.number(printed["value"])
    if printed["qualifier"] != "exact":
        qualified = f"{words.term('qualifiers.' + printed['qualifier'])} {qualified}"
    part = words.percent(float(printed["value"]) / total)
    _heading(ax, 4.9, words.term("charts.ledger_printed", value=qualified, part=part))
    ax.barh([4.1], [printed["value"]], height=0.8, color="none", edgecolor=style.INK, lw=2)

    low, high = float(span["users_low"]), float(span["users_high"])
    _heading(ax, 2.6, words.term("charts.ledger_bounds", out_of=words.number(span["out_of"])))
    ax.vlines([low, high], 1.5, 6.6, color=style.GREY, lw=1.5, linestyles=":", zorder=0)
    ax.plot([low, high], [1.5, 1.5], color=style.MAIN, lw=9, solid_capstyle="butt")
    ax.vlines([low, high], 1.1, 1.9, color=style.MAIN, lw=4)
    for at, key in ((low, "ledger_low"), (high, "ledger_high")):
        content = words.term(f"charts.{key}", value=words.number(at))
        style.text(ax, at, 0.5, content, ha="center", colour=style.MAIN, bold=True)
    return ax


def _parts(counts: pd.DataFrame) -> pd.DataFrame:
    """Name the counts and put them in order: users first, the largest at the left."""
    found = [indicators.get(one.indicator, year=int(one.year)) for one in frames.rows(counts)]
    return (
        counts[["count"]]
        .assign(label=[one.label for one in found], users=[one.users for one in found])
        .sort_values(["users", "count", "label"], ascending=[False, False, True], ignore_index=True)
    )


def _stack(ax: Axes, parts: pd.DataFrame, *, across: float) -> None:
    """Draw the counts end to end; a name that does not fit its part stands under it, on a line."""
    start = 0.0
    for one in frames.rows(parts):
        shade = SHADES[min(one.Index, len(SHADES) - 1)]
        style: dict[str, Any] = (
            {"color": shade, "edgecolor": "white"}
            if one.users
            else {"color": "white", "edgecolor": style.QUIET, "hatch": "///"}
        )
        ax.barh([7.9], [one.count], left=start, height=2.6, lw=1.5, zorder=1, **style)
        middle, free = start + one.count / 2, one.count / across - 16
        number = words.number(one.count)
        name = typeset.wrap(one.label, style.SIZE, free)
        if style.width(name) <= free and style.width(number, bold=True) <= free:
            dark = one.users and one.Index < 2
            tone = typeset.PALE if dark else style.INK
            content = f"{name}\n{number}"
            style.text(ax, middle, 7.9, content, colour=tone, ha="center", ground=not one.users)
        else:
            ax.vlines([middle], 6.0, 6.6, color=style.QUIET, lw=1.5)
            content = f"{one.label}: {number}"
            ax.plot([middle - 10 * across, middle], [6.0, 6.0], color=style.QUIET, lw=1.5)
            place = middle - 14 * across
            style.text(ax, place, 6.0, content, ha="right", colour=style.QUIET, ground=True)
        start += one.count


def _heading(ax: Axes, y: float, content: str) -> None:
    style.text(ax, 0, y, content, size=style.LARGE, bold=True, ground=True)
