"""Draw two years: slopes of districts, with the years before them, and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators, intake, places, suppress, words
from . import frames, ink, spacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..indicators import Indicator


def slopes(
    difference: pd.DataFrame,
    *,
    before: Indicator,
    after: Indicator,
    ax: Axes,
    history: pd.DataFrame | None = None,
) -> Axes:
    """
    Draw the share of each district in two years as a line from one to the other.

    A line is coloured only where its change is more than chance variation (the interval leaves
    out 0); the others stay grey, and the chart says so.

    Parameters
    ----------
    difference
        Of `change.difference`: `code`, `share_before`, `share_after` (0 to 1), `change_pp`,
        `change_low_pp`, `change_high_pp` (percentage points), `origin`. A district without one
        of the shares is named below the lines, not drawn.
    before, after
        What was compared: they head the two ends.
    ax
        Where to draw. Limits and scales are set here; titles are not.
    history
        Shares of the same measure in all its years, of `rates.to_districts`: those before
        `before` lead up to it as thin grey lines. Years lie as far apart as they are.

    Returns
    -------
    ax
        Of more places than can be read, the first of the later year, and a line says so.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    columns = ["code", "share_before", "share_after", "change_pp", *_REACH]
    frames.require(difference, columns, some="change_pp")
    earlier = _earlier(history, before)
    low, high = (difference[column] for column in _REACH)
    moved = (low > 0).astype(int) - (high < 0).astype(int)
    unit, change = indicators.classes(before.name), indicators.change_scale(before.name)
    table = named(difference).assign(
        before=difference["share_before"],
        after=difference["share_after"],
        text_before=[words.value(share, unit) for share in difference["share_before"]],
        text_after=[words.value(share, unit) for share in difference["share_after"]],
        moved=moved,
        extra=[words.value(pp, change, bare=True) for pp in difference["change_pp"]],
    )
    note = words.term("charts.slopes_grey") if (moved == 0).any() else ""
    heads = (*_heads(before, after), words.short_unit(change))
    if earlier is None:
        return _draw_slopes(ax, table, heads=heads, note=note)
    table["origin"] = _worst(table, earlier)
    return _draw_slopes(
        ax, table, heads=heads, note=note, past=earlier, years=(before.year, after.year)
    )


def bumps(ranks: pd.DataFrame, *, before: Indicator, after: Indicator, ax: Axes) -> Axes:
    """
    Draw the rank of each district in two years, the first on top.

    Ranks may be compared where measures may not, so the ends may be two measures.

    Parameters
    ----------
    ranks
        Of `change.rank_shift`: `code`, `share_before`, `share_after`, `rank_before`,
        `rank_after`, `places_up`, `origin`.
    before, after, ax
        As for `slopes`.

    Returns
    -------
    ax

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them.
    """
    frames.require(ranks, ["code", "rank_before", "rank_after", "places_up"], some="places_up")
    table = named(ranks).assign(
        before=-ranks["rank_before"].astype(float),
        after=-ranks["rank_after"].astype(float),
        text_before=[_rank(rank) for rank in ranks["rank_before"]],
        text_after=[_rank(rank) for rank in ranks["rank_after"]],
        moved=ranks["places_up"].fillna(0).clip(-1, 1).astype(int),
        extra=[_arrow(places_up) for places_up in ranks["places_up"]],
    )
    return _draw_slopes(ax, table, heads=(*_heads(before, after), ""), note="")


_REACH = ["change_low_pp", "change_high_pp"]


def _earlier(history: pd.DataFrame | None, before: Indicator) -> pd.DataFrame | None:
    """Lay out what led up to a year: `code`, `year`, `share`, `origin`; none where nothing did."""
    if history is None:
        return None
    frames.require(history, ["code", "year", "indicator", "share"])
    mine = (history["indicator"] == before.name) & (history["year"] < before.year)
    return history[mine] if mine.any() else None


def _worst(table: pd.DataFrame, past: pd.DataFrame) -> pd.Series:
    """One simulated number in any of its years makes the line of a place simulated."""
    both = pd.concat([table[["code", "origin"]], past[["code", "origin"]]])
    return table["code"].map(both.groupby("code")["origin"].agg(intake.worst_origin))


def _draw_slopes(
    ax: Axes,
    table: pd.DataFrame,
    *,
    heads: tuple[str, str, str],
    note: str,
    past: pd.DataFrame | None = None,
    years: tuple[int, int] = (0, 1),
) -> Axes:
    """
    Draw lines from `before` to `after` and label both ends, moved apart where needed.

    What is `past` leads up to `before`; the label on the left is then that of its first year.
    """
    missing = table[table[["before", "after"]].isna().any(axis=1)]
    lines = table.drop(missing.index).sort_values(["after", "before", "label"])
    notes = [note] if note else []
    if past is not None:
        notes.insert(0, words.term("charts.slopes_past", before=years[0], after=years[1]))
    for key, some in (("no_data", ~missing["hidden"]), ("suppressed", missing["hidden"])):
        if some.any():
            names = ink.names(ax, missing.loc[some, "label"], around=f"charts.{key}")
            notes.append(words.term(f"charts.{key}", names=names))
    fit = ink.fit(ax, taken=(len(notes) + 6) * ink.LINE + 44)
    if len(lines) > fit:
        notes.append(ink.some("charts.slopes_some", fit, len(lines)))
        lines = lines.tail(fit)

    x, values = _through(lines, past, years)
    first = values.iloc[:, 0]
    wide = ink.points(ax)[0]
    lines = lines.assign(label=[ink.short(label, 0.22 * wide) for label in lines["label"]])
    begun = lines["text_before"] if past is None else _text_first(first, past)
    left = [f"{label}   {text}" for label, text in zip(lines["label"], begun, strict=True)]
    right = [f"{one.text_after}   {one.label}" for one in frames.rows(lines)]
    if past is not None:
        heads = (str(values.columns[0]), *heads[1:])
    head_lines = max(head.count("\n") + 1 for head in heads)
    extra = ink.widest(right) + _LEADER + 16
    room = ink.Room(
        left=max(ink.widest(left) + _LEADER, ink.width(heads[0], bold=True)) + 12,
        right=max(
            extra + ink.widest([*lines["extra"], heads[2]], bold=True),
            ink.width(heads[1], bold=True),
        )
        + 12,
        bottom=ink.LINE * len(notes) + 18,
        top=ink.head(ax, table["origin"], []) + ink.LINE * head_lines + 26,
    )
    ends = frames.numbers(values, list(values))
    bottom, top = (min(ends), max(ends)) if len(ends) else (0.0, 1.0)
    ink.stage(ax, x=(0, 1), y=(bottom, top if top > bottom else bottom + 1), room=room)
    across, up = (
        abs(end - start) / points
        for (start, end), points in zip((ax.get_xlim(), ax.get_ylim()), ink.points(ax), strict=True)
    )

    ax.vlines(x, bottom, top, color=ink.PALE, lw=1.5, zorder=0)
    for one, row in zip(frames.rows(lines), values.to_numpy(dtype=float), strict=True):
        colour = _COLOURS[one.moved]
        width = 3.5 if one.moved else 2
        if past is not None:  # through a year without a number, from the one before to the next
            there = ~np.isnan(row[:-1])
            before = np.array(x[:-1])[there], row[:-1][there]
            ax.plot(*before, color=ink.GREY, lw=1.2, zorder=1)
            ax.plot(*before, "o", color=ink.GREY, ms=5, zorder=2, mec="white")
        ax.plot(x[-2:], row[-2:], color=colour, lw=width, zorder=2 + abs(one.moved))
        ax.plot(x[-2:], row[-2:], "o", color=colour, ms=9, zorder=4, mec="white")
    for end, side, column, labels in ((0.0, -1, first, left), (1.0, 1, lines["after"], right)):
        named = [at for at, known in enumerate(column.notna()) if known]
        at = spacing.apart(
            column.iloc[named].tolist(), gap=ink.LINE * up, low=bottom - 8 * up, high=top + 8 * up
        )
        for one, y, start, label in zip(
            frames.rows(lines.iloc[named]),
            at,
            column.iloc[named],
            [labels[number] for number in named],
            strict=True,
        ):
            leader = [end + side * 7 * across, end + side * (_LEADER - 3) * across]
            ax.plot(leader, [start, y], color=ink.GREY, lw=1, zorder=1)
            place = end + side * _LEADER * across
            ink.text(ax, place, y, label, ha="left" if side > 0 else "right")
            if side > 0:
                place, colour = end + extra * across, _COLOURS[one.moved]
                ink.text(ax, place, y, one.extra, bold=True, colour=colour)
    aligned: list[tuple[float, ink.Align, str]] = [
        (0.0, "right", heads[0]),
        *((place, "center", str(year)) for place, year in list(zip(x, values, strict=True))[1:-1]),
        (1.0, "left", heads[1]),
        (1 + extra * across, "left", heads[2]),
    ]
    for place, align, head in aligned:
        y = top + 26 * up
        ink.text(ax, place, y, head, ha=align, va="bottom", bold=True, colour=ink.QUIET)
    for line, content in enumerate(reversed(notes)):
        y = ax.get_ylim()[0] + (line + 0.5) * ink.LINE * up
        ink.text(ax, 0.5, y, content, ha="center", colour=ink.QUIET)
    return ax


def _through(
    lines: pd.DataFrame, past: pd.DataFrame | None, years: tuple[int, int]
) -> tuple[list[float], pd.DataFrame]:
    """Lay out what each line runs through: where its years lie, from 0 to 1, and its values."""
    values = lines.set_index("code")[["before", "after"]].set_axis(list(years), axis=1)
    if past is not None:
        before = past.pivot_table(index="code", columns="year", values="share", dropna=False)
        values = before.reindex(values.index).join(values)
    every = [int(year) for year in values.columns]
    return [(year - every[0]) / (every[-1] - every[0]) for year in every], values


def _text_first(first: pd.Series, past: pd.DataFrame) -> list[str]:
    unit = indicators.classes(str(past["indicator"].iloc[0]))
    return [words.value(share, unit) for share in first]


_LEADER = 26.0
"""Length of the line from the end of a slope to its label, in points."""
_COLOURS = {1: ink.RISE, 0: ink.GREY, -1: ink.FALL}


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Name the places of `code` in the language in use; an unknown code is refused."""
    names = pd.concat([places.districts(), places.communes()])[words.column("label")]
    names = names[~names.index.duplicated()]  # where there is one level, both hold the same
    unknown = sorted(set(frame["code"]) - set(names.index))
    if unknown:
        msg = f"{len(unknown)} codes are of no place of the list: {', '.join(map(repr, unknown))}."
        raise LookupError(msg)
    return frame[["code", "origin"]].assign(
        label=frame["code"].map(names), hidden=suppress.is_hidden(frame)
    )


def _heads(before: Indicator, after: Indicator) -> tuple[str, str]:
    """Head the two ends with their dates, and with the measures where these differ."""
    if before.label == after.label:
        return before.when, after.when
    return f"{before.label}\n{before.when}", f"{after.label}\n{after.when}"


def _rank(rank: float) -> str:
    return "–" if pd.isna(rank) else words.term("charts.rank", rank=words.number(rank))


def _arrow(places_up: float) -> str:
    if pd.isna(places_up) or places_up == 0:
        return "="
    return ("▲" if places_up > 0 else "▼") + words.number(abs(places_up))
