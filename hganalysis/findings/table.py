"""Lay a frame out for reading: names for codes, units for numbers, headers in the language."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, sources, study, suppress, words
from .common import called
from .teams import covariate, exposure, flags, method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..indicators import Classes

# The unit that each column is written in; what is not here is shown as it is.
_UNITS = {
    "share": "share",
    "share_before": "share",
    "share_after": "share",
    "province_share": "share",
    "share_after_nearly": "share",
    "share_before_below": "share",
    "target": "share",
    "urban_share": "share",
    "shrunken_share": "share",
    "towards": "share",
    "weight": "share",
    "change_pp": "points",
    "change_pp_above": "points",
    "distance_pp": "points",
    "within_pp": "points",
    "between_pp": "points",
    "members_per_1000": "decimal",
    "members_per_10000": "decimal",
    "teams_per_1000_households": "decimal",
    "members_per_team": "decimal",
    "people_per_household": "decimal",
    "rate_ratio": "ratio",
    "rate_ratio_per_sd": "ratio",
    "shift_in_se": "decimal",
    "elasticity": "decimal",
    "df": "decimal",
    "coverage": "share",
    "phi": "count",
    "doubt": "share",
    "power": "share",
    "exposure_share": "share",
    "times": "count",
    "made_by_doubt": "decimal",
    **dict.fromkeys(
        ["count", "out_of", "users_low", "users_high", "teams", "members", "population"], "count"
    ),
    **dict.fromkeys(["households", "missing", "rank_before", "rank_after", "places_up"], "count"),
    **dict.fromkeys(["communes", "parts", "clusters", "units"], "count"),
}
# What is in the unit of the measure of its row.
_OF_MEASURE = {"share", "share_before", "share_after", "province_share", "change_pp", "within_pp"}
_OF_MEASURE |= {"between_pp", "distance_pp", "shrunken_share", "towards"}
# Two columns that become one interval: its name, the column it is of, the ends.
_INTERVALS = {
    "rank_interval": ("rank_before", "rank_low", "rank_high"),
    "share_interval": ("share", "share_low", "share_high"),
    "shrunken_share_interval": ("shrunken_share", "shrunken_share_low", "shrunken_share_high"),
    "change_interval": ("change_pp", "change_low_pp", "change_high_pp"),
    "rate_ratio_interval": ("rate_ratio", "low", "high"),
    "rate_ratio_per_sd_interval": ("rate_ratio_per_sd", "low_per_sd", "high_per_sd"),
}
_ENDS = {"rate_ratio": ("low", "high"), "rate_ratio_per_sd": ("low_per_sd", "high_per_sd")}
FEW_ROWS = 20
"""Of a table that is shown unfolded."""
MOST_ROWS = 1000
"""Of any table that a page shows; all of them are in the file that is kept."""
_PLACES = ("code", "left_out", places.CODE_2025)
_TEXTS = {"state": "states", "origin": "origins", "reading": "readings", "qualifier": "qualifiers"}


class Table(pd.DataFrame):
    """Texts laid out for reading: a notebook shows them whole, and a long table folded."""

    @property
    def _constructor(self) -> type[Table]:
        return Table

    _metadata = ("caption", "unfolded")
    caption = ""
    """What all of its rows are of, where that is one measure in one year, or since another."""
    unfolded = False
    """Whether it is what a page is about, however long: what is folded is not on paper."""

    def _repr_html_(self) -> str:
        return as_html(self)


def as_html(texts: pd.DataFrame) -> str:
    """
    Write a table of texts as HTML, whole; a long one is folded away.

    Parameters
    ----------
    texts
        Of `table`, or any frame of texts. Of more than 1,000 rows the first are written.

    Returns
    -------
    html
        With the caption that the table has, if any, and one row of heads.
    """
    # left to itself pandas cuts a text after 50 letters, and a table after 60 rows
    with pd.option_context("display.max_colwidth", None):
        # the name of the index stands in the corner, not in a row of its own
        some = texts.head(MOST_ROWS)
        if some.index.name is not None:
            some = some.rename_axis(str(some.index.name), axis="columns").rename_axis(None)
        shown = str(some.to_html(show_dimensions=False))
    if caption := getattr(texts, "caption", ""):
        shown = shown.replace(">", f"><caption>{escape(caption)}</caption>", 1)
    if len(texts) <= FEW_ROWS or getattr(texts, "unfolded", False):
        return shown
    rows = {"rows": words.number(len(texts)), "shown": words.number(MOST_ROWS)}
    key = "table_rows" if len(texts) <= MOST_ROWS else "table_first_rows"
    said = escape(words.term(f"findings.{key}", **rows))
    return f"<details><summary>{said}</summary>{shown}</details>"


def captioned(texts: pd.DataFrame, caption: str) -> Table:
    """
    Let a table of texts say what it is of.

    Parameters
    ----------
    texts
        Any frame of texts, as of `workbook.table`.
    caption
        What stands above it, in plain text.

    Returns
    -------
    table
        The same texts, which a notebook shows whole, a long table folded.
    """
    made = Table(texts)
    made.caption = caption
    return made


def table(frame: pd.DataFrame, *, columns: list[str] | None = None) -> Table:
    """
    Lay a frame out for reading, in the language in use.

    Parameters
    ----------
    frame
        Any frame of this package. A place is read from `code` (`code_2025`: a commune since
        1 July 2025), or from an index of codes.
    columns
        Which columns to show, in this order; if none are named, all that have a header, but for
        a year or a measure that is the same in every row. Ends of
        an interval are shown together, as `share_interval`, `shrunken_share_interval`,
        `change_interval`, `rate_ratio_interval` or `rate_ratio_per_sd_interval`.

    Returns
    -------
    table
        Texts, with translated headers; its index is the name of the place, if there is one. What
        stands for a hidden count is the rate of all that are hidden with it, and nobody's: a dash.

    Raises
    ------
    LookupError
        If a named column is not there.
    ValueError
        If it holds small counts that nobody hid.
    """
    suppress.refuse_small(frame)
    shown = frame.reset_index() if frame.index.name in _PLACES else frame
    if (hidden := suppress.is_hidden(shown)).any():
        numbers = [name for name in ("count", "out_of") if name in shown]
        shown = shown.assign(**{name: shown[name].astype(float).mask(hidden) for name in numbers})
    found = {}
    for name, (column, low, high) in _INTERVALS.items():
        if low in shown and high in shown:
            ends = zip(shown[low], shown[high], _scales(shown, column), strict=True)
            found[name] = [_interval(shown, column, *row) for row in ends]
    if {"rung", "method"} <= set(shown.columns):
        shown = shown.assign(method=[method(rung) for rung in shown["rung"]])
    for name in shown.columns:
        if f"columns.{name}" in words.strings():
            found[name] = _texts(shown, name)
    if {"code", "communes"} <= set(shown.columns):
        found["communes"] = _of_all(shown)
    # What is the same in every row stands in the text around the table.
    same = {
        name
        for name in ("since", "year", "indicator")
        if name in shown and len(shown) and (shown[name] == shown[name].iloc[0]).all()
    }
    names = columns or _ordered(found, [name for name in shown.columns if name not in same])
    missing = [name for name in names if name not in found]
    if missing:
        msg = f"columns that the frame has not, or that have no header: {', '.join(missing)}."
        raise LookupError(msg)
    made = Table({_head(name, shown): found[name] for name in names})
    if {"indicator", "year"} <= same - {*names}:
        made.caption = _caption(shown.iloc[0])
    place = next((name for name in _PLACES if name in shown), None)
    if place is None:
        return made.set_index(made.columns[0])
    if place == places.CODE_2025:
        codes = shown[place].map(places.communes_2025()[words.column("name")])
    else:
        codes = shown[place].map(called)
    return made.set_index(pd.Index(codes, name=words.term("columns.place")))


def _caption(row: pd.Series) -> str:
    """Say what a table is of: a measure, and when it was taken or between which years."""
    measure = indicators.get(row["indicator"], year=int(row["year"]))
    when = f"{row['since']}–{row['year']}" if "since" in row else measure.when
    return f"{measure.label}, {when}"


def _of_all(shown: pd.DataFrame) -> list[str]:
    """Say how many communes reported, and of how many where some did not."""
    every = pd.concat([places.commune_counts(level) for level in ("district", "province")])
    every = every[~every.index.duplicated()]  # a province alone is both
    return [
        words.number(told)
        if told == every.get(code, told)
        else words.term("findings.of_all", told=words.number(told), all=words.number(every[code]))
        for code, told in zip(shown["code"], shown["communes"], strict=True)
    ]


def _head(name: str, shown: pd.DataFrame) -> str:
    """Head a column; residents are of a year where the study names it, unless they are reported."""
    own = not study.current().says("residents", "year") or sources.has(sources.RESIDENTS)
    if own and f"columns.{name}_own" in words.strings():
        name = f"{name}_own"
    kinds = (f"columns.{name}_{kind}" for kind in _of_ratios(shown))
    return words.term(next((key for key in kinds if key in words.strings()), f"columns.{name}"))


def _of_ratios(shown: pd.DataFrame) -> list[str]:
    """
    Say what a head may, where all measures are ratios: for how many changes are shown, if that is
    one number, and that they are ratios.
    """
    names = [*shown["indicator"].dropna().unique()] if "indicator" in shown else []
    units = {indicators.change_unit(name) for name in names}
    if not units or "points" in units:
        return []
    return [*(one.removesuffix("_change") for one in units if len(units) == 1), "ratio"]


def _interval(
    shown: pd.DataFrame, column: str, low: float, high: float, scale: Classes | str
) -> str:
    return (
        "–" if pd.isna(low) else words.interval(low, high, scale, bare=_bare(shown, column, scale))
    )


def _bare(shown: pd.DataFrame, column: str, scale: Classes | str) -> bool:
    """Say whether the head names the unit of a cell; of measures of two kinds it names one."""
    unit = scale if isinstance(scale, str) else scale.unit
    return _UNITS[column] == "points" and (unit == "points" or len(_of_ratios(shown)) > 1)


def _scales(shown: pd.DataFrame, column: str) -> Sequence[Classes | str]:
    """Say what the number of each row is read against: the classes of its measure, or a unit."""
    unit = _UNITS[column]
    if column in indicators.quantities():
        return [indicators.classes(column)] * len(shown)
    if "indicator" not in shown or column not in _OF_MEASURE:
        return [unit] * len(shown)
    by: dict[str, Callable[[str], Classes | str]] = {
        "share": indicators.classes,
        "points": indicators.change_scale if column == "change_pp" else indicators.change_unit,
    }
    found = {one: by[unit](one) for one in shown["indicator"].dropna().unique()}
    return [found.get(one, unit) for one in shown["indicator"]]


def _texts(shown: pd.DataFrame, name: str) -> list[str]:
    values = shown[name]
    if name == "flags":
        return [flags(value) for value in values]
    if name in _TEXTS:
        return [words.term(f"{_TEXTS[name]}.{value}") for value in values]
    if name == "approximate":
        return [words.term("maps.approximate") if value else "" for value in values]
    if name == "indicator":
        return [indicators.measure_label(value) for value in values]
    if name in ("term", "control"):
        known = words.strings()
        return [
            exposure(one)
            if f"exposures.{one}" in known
            else covariate(one)
            if one
            else words.term("findings.nothing_added")
            for one in map(str, values)
        ]
    if name not in _UNITS:
        return ["" if pd.isna(value) else str(value) for value in values]
    numbers = [float("nan") if pd.isna(one) else float(one) for one in values]
    if (ends := _ENDS.get(name)) and {*ends} <= set(shown.columns):
        both = shown[[*ends]].astype(float).to_numpy()
        return [
            words.ratios(one, *low_high)[0] for one, low_high in zip(numbers, both, strict=True)
        ]
    return [
        words.value(one, scale, bare=_bare(shown, name, scale))
        for one, scale in zip(numbers, _scales(shown, name), strict=True)
    ]


def _ordered(found: dict[str, list[str]], columns: list[str]) -> list[str]:
    """Put each interval behind the number it belongs to."""
    names = []
    for column in columns:
        if column in found and column not in {"left_out"}:
            names.append(column)
            name = {"change_pp": "change"}.get(column, column) + "_interval"
            if name in found:
                names.append(name)
    return names
