"""Draw every commune in two years, grouped by district."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, words
from ..maps import typeset
from ..render.static import spacing, style
from . import frames
from .two_years import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..indicators import Indicator

COLUMNS = 4
"""Of panels: 75 communes in one column would need letters of six points."""
_BELOW = 0.4
"""Rows left free below each panel."""
_NARROWEST = 6.0 * style.SIZE
"""Of a panel, in points."""


def dumbbell(
    difference: pd.DataFrame,
    *,
    before: Indicator,
    after: Indicator,
    ax: Axes,
    districts: pd.DataFrame | None = None,
) -> Axes:
    """
    Draw the share of each commune in two years, a panel a district, all on one scale.

    Parameters
    ----------
    difference
        Of `change.difference` by commune: `code`, `share_before`, `share_after` (0 to 1),
        `origin`. Within a district the highest share of the second year is on top.
    before, after
        What was compared: they name the dots.
    ax
        Where to draw, a whole sheet; each panel becomes an inset of it. Titles are not set here.
    districts
        The same by district, if wanted: `code`, `share_after`, `change_pp`, `change_low_pp`,
        `change_high_pp`, `origin`. Each panel gets its district's change, and a line at its share.

    Returns
    -------
    ax
        Of more communes than can be read, those of the first districts, and of a district of more
        than a column holds the first in the later year; a line says of how many.

    Raises
    ------
    ValueError
        If a column is missing, `origin` among them; if the axes are too small for the names.
    """
    frames.require(difference, ["code", "share_before", "share_after"], some="share_after")
    table = named(difference).assign(
        before=difference["share_before"],
        after=difference["share_after"],
        district=places.parents(difference["code"], "district"),
    )
    table["label"] = _short(table)
    scale, unit = indicators.change_scale(after.name), indicators.classes(after.name)
    origins = [table["origin"]]
    if districts is not None:
        columns = ["code", "share_after", "change_pp", "change_low_pp", "change_high_pp"]
        frames.require(districts, columns)
        origins.append(districts["origin"])
        districts = districts.set_index("code")
    heads = 1 if districts is None else 2

    ax.set_axis_off()
    across, tall = style.points(ax)
    key = _key(before, after, district=districts is not None)
    bottom, top = 24.0, style.head(ax, pd.concat(origins), key)
    counted = table["district"].value_counts().sort_index()
    name_width = style.widest(table["label"]) + 16
    # Long names leave room for fewer panels side by side.
    wide = [many for many in range(COLUMNS, 0, -1) if across / many - name_width - 18 >= _NARROWEST]
    layout = {"columns": max(wide, default=COLUMNS), "heads": heads}
    packed, row = _rows(counted, tall - bottom - top, **layout)
    if row < style.SIZE:
        top += style.LINE
        every, known = len(table), len(counted)
        # A district of more communes than a column holds shows the first of them.
        most = int((tall - bottom - top) / style.SIZE - heads - 0.4 - _BELOW)
        if most > 0:
            ordered = table.sort_values("after", ascending=False, na_position="last", kind="stable")
            table = table.loc[ordered.groupby("district").head(most).index]
            counted = table["district"].value_counts().sort_index()
        cut = len(table) < every
        some = range(len(counted), 0, -1)
        fitting = (_rows(counted.head(many), tall - bottom - top, **layout) for many in some)
        packed, row = next((one for one in fitting if one[1] >= style.SIZE), (packed, row))
        table = table[table["district"].isin([code for column in packed for code in column])]
        said = style.some("charts.districts_some", table["district"].nunique(), known)
        if cut:
            said = style.some("charts.communes_some", len(table), every)
        place = 8 / across, 1 - (top - 0.8 * style.LINE) / tall
        style.text(ax, *place, said, colour=style.QUIET, within=ax.transAxes)
    lowest, highest = _ends(table)
    _require_room(ax, row=row, panel=across / len(packed) - name_width - 18)

    for number, sizes in enumerate(packed):
        used = 0.0
        for code, taken in sizes.items():
            communes = table[table["district"] == code].sort_values(
                ["after", "label"], ascending=[False, True], na_position="last"
            )
            used += taken
            panel = ax.inset_axes(
                (
                    (number * across / len(packed) + name_width) / across,
                    1 - (top + (used - _BELOW) * row) / tall,
                    (across / len(packed) - name_width - 18) / across,
                    len(communes) * row / tall,
                ),
                gid=code,
            )
            style.stage(
                panel, x=(lowest, highest), y=(len(communes) - 0.5, -0.5), room=style.Room(4, 4)
            )
            own = None if districts is None else districts.reindex([code]).iloc[0]
            _panel(panel, communes, own=own, names=name_width, scale=scale, unit=unit)
            if code == list(sizes)[-1]:
                _shares(panel, unit)
    return ax


def _panel(
    panel: Axes,
    communes: pd.DataFrame,
    *,
    own: pd.Series | None,
    names: float,
    scale: indicators.Classes | str,
    unit: indicators.Classes,
) -> None:
    """Draw one district."""
    across, tall = style.points(panel)
    side = panel.get_yaxis_transform()
    row = tall / len(communes)
    for tick in _ticks(panel, unit):
        panel.axvline(tick, color=style.PALE, lw=1, zorder=0)
    for y, one in enumerate(frames.rows(communes)):
        style.text(panel, -8 / across, y, one.label, ha="right", within=side)
        if pd.isna(one.before) or pd.isna(one.after):
            nothing = words.term("charts.hidden" if one.hidden else "maps.state_no_data")
            style.text(panel, 0, y, nothing, colour=style.QUIET, within=side)
            continue
        colour = style.GREY
        if one.before != one.after:
            colour = style.RISE if one.after > one.before else style.FALL
        panel.plot([one.before, one.after], [y, y], color=colour, lw=2.5, zorder=3, alpha=0.6)
        panel.plot([one.before], [y], "o", ms=6, mfc="white", mec=colour, mew=1.5, zorder=4)
        panel.plot([one.after], [y], "o", ms=9, color=colour, mec="white", mew=0.5, zorder=5)
    above = -0.5 - 0.55 * style.LINE / row
    head = str(places.districts().loc[communes["district"].iloc[0], words.column("label")])
    if own is not None and pd.notna(own["change_pp"]):
        panel.axvline(own["share_after"], color=style.QUIET, lw=1.5, zorder=1)
        change = words.term(
            "charts.district_change",
            change=words.value(own["change_pp"], scale, bare=True),
            interval=words.interval(own["change_low_pp"], own["change_high_pp"], scale, bare=True),
            unit=words.short_unit(scale),
        )
        style.text(panel, -(names - 8) / across, above, change, colour=style.QUIET, within=side)
        above -= style.LINE / row
    head = style.short(head, names + across - 8, bold=True)
    style.text(panel, -(names - 8) / across, above, head, bold=True, within=side)


def _shares(panel: Axes, unit: indicators.Classes) -> None:
    """Write the scale under the lowest panel of a column."""
    ticks = _ticks(panel, unit)
    labels = words.series(ticks, unit)
    panel.set_xticks(ticks, labels, fontproperties=typeset.font(style.SIZE), color=style.INK)
    panel.tick_params(axis="x", length=0, pad=3)


def _ticks(panel: Axes, unit: indicators.Classes) -> list[float]:
    """Choose as many round shares as can be written side by side, one at least."""
    low, high = panel.get_xlim()
    per_point = (high - low) / style.points(panel)[0]
    most = min(high, 1) if unit.unit == "share" else high
    ticks: list[float] = []
    for about in range(10, 0, -1):
        ticks = spacing.round_ticks(max(low, 0), most, about=about) or ticks
        room = (style.widest(words.series(ticks, unit)) + 6) * per_point
        if all(after - before >= room for before, after in pairwise(ticks)):
            break
    return ticks


def _key(before: Indicator, after: Indicator, *, district: bool) -> list[list[tuple[str, str]]]:
    """Say what is measured and what the dots are."""
    name = words.term("charts.of_out_of", label=after.label, out_of=after.out_of)
    parts = [("○", before.when), ("●", after.when)]
    parts += [("|", words.term("charts.district_line"))] if district else []
    return [[("", name)], parts]


def _pack(sizes: pd.Series, *, columns: int, room: float) -> list[dict[str, float]]:
    """
    Spread panels over columns of about the same height, the largest first.

    Returns for each column the districts from top to bottom, with the rows that each takes.
    """
    filled: list[dict[str, float]] = [{} for _ in range(min(columns, len(sizes)))]
    for code, communes in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        emptiest = min(filled, key=lambda column: sum(column.values()))
        emptiest[str(code)] = float(communes) + room + _BELOW
    ordered = [dict(sorted(column.items())) for column in filled]
    return sorted(ordered, key=lambda column: next(iter(column)))


def _rows(
    sizes: pd.Series, tall: float, *, columns: int, heads: int
) -> tuple[list[dict[str, float]], float]:
    """Spread panels over columns, and say how many points that leaves for a row."""
    packed = _pack(sizes, columns=columns, room=heads + 0.4)
    return packed, tall / max(sum(column.values()) for column in packed)


def _require_room(ax: Axes, *, row: float, panel: float) -> None:
    """Stop before names run into each other."""
    if row < style.SIZE or panel < _NARROWEST:
        across, tall = style.points(ax)
        msg = (
            f"the axes are {across:.0f} x {tall:.0f} points: a row would be {row:.0f} points high "
            f"and a panel {panel:.0f} wide,\ntoo small to read. Give this chart a whole page, "
            "about 1,090 x 520 points, or fewer communes."
        )
        raise ValueError(msg)


def _ends(table: pd.DataFrame) -> tuple[float, float]:
    ends = frames.numbers(table, ["before", "after"])
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    return (low, high) if low < high else (low - 0.01, high + 0.01)


def _short(table: pd.DataFrame) -> pd.Series:
    """Shorten the names of communes, where the short one is still one of its kind in its panel."""
    land = places.communes().loc[table["code"]]
    full = table["label"]
    if words.language() == "en":
        cut = [
            name.removesuffix(f" {kind}")
            for name, kind in zip(land["name_en"], land["type_en"], strict=True)
        ]
    else:
        cut = [label.removeprefix("X.\N{NO-BREAK SPACE}") for label in full]
    short = pd.Series(cut, index=table.index, dtype="str")
    taken = pd.DataFrame({"short": short, "district": table["district"]}).duplicated(keep=False)
    return short.where(~taken, full)
